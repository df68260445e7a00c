/* Texts that go into a model file must be UTF-8; in JSON, what is not is replaced. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Well-formed UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing past U+10FFFF. */
bool utf8_valid(const char *text);

/* Bytes of the character at the start of the text, 0: it is none. */
size_t utf8_character(const char *text);

#endif
