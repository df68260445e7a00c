/* Text on its way out: gathered for a file, or passed on to standard output in large pieces. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdbool.h>

#include "backgemm.h"

typedef struct text {
    const char *path; /* borrowed; NULL: standard output */
    char *bytes;      /* owned */
    size_t size, room;
    bool for_people; /* text_make_printable */
    bool short_of_memory;
    int write_error; /* errno of the first write to standard output that failed */
} text;

/* What a terminal could act on becomes '?', so that a file or an argument cannot speak through us:
 * the control characters of ASCII, but for the ends of `lines`, and U+0080 to U+009F. */
void text_make_printable(char *bytes, size_t size, bool lines);

text text_open(const char *path); /* NULL or "-": standard output */
void text_add(text *out, const char *words);
void text_add_bytes(text *out, const char *bytes, size_t size);
void text_format(text *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_name(text *out, const char *name); /* on one line, without control characters */
void text_number(text *out, double value, bg_dtype dtype); /* shortest form */
void text_csv_cell(text *out, const char *words);          /* quoted where CSV needs it */
void text_drop(text *out);                                 /* forgets what was gathered */
bool text_failed(const text *out);

/* Writes what is left, or the whole file; says what went wrong, but for a pipe that its reader has
 * closed.  Returns an exit code. */
int text_close(text *out);

#endif
