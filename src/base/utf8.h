/* Texts that go into a model file must be UTF-8. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>

/* Well-formed UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing past U+10FFFF. */
bool utf8_valid(const char *text);

#endif
