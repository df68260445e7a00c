/* JSON on its way out: one value after another, commas by themselves. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdint.h>

#include "text.h"

typedef struct json {
    text *out; /* borrowed */
    bool comma;
} json;

/* `name` is NULL inside an array and for the outermost value; bracket is '{' or '['. */
void json_begin(json *j, const char *name, char bracket);
void json_end(json *j, char bracket); /* '}' or ']' */
void json_text(json *j, const char *name, const char *words); /* NULL: null; not UTF-8: U+FFFD */
void json_number(json *j, const char *name, double value, bg_dtype dtype); /* not finite: null */
void json_count(json *j, const char *name, uint64_t count);
void json_flag(json *j, const char *name, bool flag);

/* Bytes of the UTF-8 sequence at `bytes` (NUL-terminated), 0 when it is none. */
size_t utf8_length(const char *bytes);

#endif
