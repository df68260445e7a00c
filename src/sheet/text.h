/* Text that grows: what sheets are written into. */
#ifndef SHEET_TEXT_H
#define SHEET_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Start with all zero.  When memory runs short `failed` is set and what follows is dropped. */
typedef struct text {
    char *bytes; /* NUL-terminated once something was added; owned */
    size_t length, room;
    bool failed;
} text;

/* printf; numbers with a point come as bg_number_text's words, since %g obeys the locale. */
void text_add(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A paragraph broken between words into lines of at most `width` columns, each after `indent`
 * spaces but the first, which goes on where the text stands (at column `indent`). */
void text_wrap(text *t, size_t indent, size_t width, const char *paragraph);

/* The inside of a JSON string: quotes, backslashes and control characters escaped, what is not
 * UTF-8 as U+FFFD. */
void text_json(text *t, const char *string);

void text_release(text *t); /* back to all zero */

#endif
