/* Status codes and the sentences that go with them. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include "backgemm.h"

/* Fills *error (when not NULL) with a printf sentence and returns status. */
bg_status fail(bg_error *error, bg_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with a place in a text file: "FILE:LINE:COLUMN: sentence"; a column or line of 0 is left
 * out. */
bg_status fail_at(bg_error *error, bg_status status, const char *file, uint64_t line,
                  uint64_t column, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The same with a data row, from 1: "FILE: row ROW: sentence"; file may be NULL. */
bg_status fail_row(bg_error *error, bg_status status, const char *file, uint64_t row,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

/* "not enough memory" for `what`. */
bg_status fail_memory(bg_error *error, const char *what);

/* Returns status after a call on the way up, or goes on. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        bg_status try_status_ = (call);                                                            \
        if (try_status_ != BG_OK)                                                                  \
            return try_status_;                                                                    \
    } while (0)

#endif
