/* Strict reading of a worked example's JSON tree: what is not as the format has it is refused with
 * file, line, key and what was expected. */
#ifndef SHEET_EXAMPLE_READ_H
#define SHEET_EXAMPLE_READ_H

#include "sheet/example.h"
#include "sheet/json_place.h"

typedef struct reader {
    const char *file, *text; /* borrowed */
    bg_error *error;         /* or NULL */
} reader;

/* "net.weights[1][0]" */
typedef struct path {
    char text[120];
} path;

path path_key(const path *parent, const char *key);
path path_item(const path *parent, size_t index);

/* "FILE:LINE: PATH: sentence", the line being that of the value or of what should hold it. */
#define REFUSE(r, where, ...) fail_value((reader_refuse(r, (where)->text, __VA_ARGS__), BG_E_DATA))
void reader_refuse(const reader *r, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An object with all of `required` and nothing beyond them and `optional`; both end with NULL, and
 * optional may be NULL. */
bg_status read_object(const reader *r, const json_t *value, const path *where,
                      const char *const *required, const char *const *optional);

/* A list of `count` items, of any number of them (at least one) where count is NULL. */
bg_status read_list(const reader *r, const json_t *value, const path *where, const size_t *count);

bg_status read_text(const reader *r, const json_t *object, const path *where, const char *key,
                    const char **text);
bg_status read_count(const reader *r, const json_t *value, const path *where, size_t most,
                     size_t *count);
bg_status read_bool(const reader *r, const json_t *object, const path *where, const char *key,
                    bool *value);

/* One of the words, NULL-terminated: its index. */
bg_status read_choice(const reader *r, const json_t *object, const path *where, const char *key,
                      const char *const *words, size_t *choice);

/* A finite number as a decimal string. */
bg_status read_number(const reader *r, const json_t *value, const path *where, double *number);

/* The number at a key, above or from `low` to `high`. */
bg_status read_number_within(const reader *r, const json_t *object, const path *where,
                             const char *key, double low, bool low_out, double high,
                             double *number);

/* `count` numbers. */
bg_status read_vector(const reader *r, const json_t *value, const path *where, size_t count,
                      double *values);

/* rows x columns numbers; the shape is checked before any number is read. */
bg_status read_matrix_shape(const reader *r, const json_t *value, const path *where, size_t rows,
                            size_t columns);
bg_status read_matrix(const reader *r, const json_t *value, const path *where, size_t rows,
                      size_t columns, double *values);

/* Parts of a worked example, in files of their own. */
bg_status read_training(const reader *r, bg_example *e, const json_t *root);
bg_status read_parameters(const reader *r, const bg_example *e, const json_t *object,
                          const path *where, double *values);
bg_status read_expectations(const reader *r, bg_example *e, const json_t *root);

#endif
