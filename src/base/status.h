/* Status codes and the sentences that go with them. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include "backgemm.h"

/* Fills *error (when not NULL) with a printf sentence; its value is `status`.  Macros, so that a
 * compiler sees at the call that no failure is BG_OK. */
#define fail(error, status, ...) fail_value((status_fill(error, status, __VA_ARGS__), (status)))

/* The same with a place in a text file: "FILE:LINE:COLUMN: sentence"; a column or line of 0 is left
 * out. */
#define fail_at(error, status, file, line, column, ...)                                            \
    fail_value((status_fill_at(error, status, file, line, column, __VA_ARGS__), (status)))

/* The same with a data row, from 1: "FILE: row ROW: sentence"; file may be NULL. */
#define fail_row(error, status, file, row, ...)                                                    \
    fail_value((status_fill_row(error, status, file, row, __VA_ARGS__), (status)))

void status_fill(bg_error *error, bg_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void status_fill_at(bg_error *error, bg_status status, const char *file, uint64_t line,
                    uint64_t column, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
void status_fill_row(bg_error *error, bg_status status, const char *file, uint64_t row,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));

static inline bg_status fail_value(bg_status status)
{
    return status;
}

/* "not enough memory" for `what`. */
#define fail_memory(error, what) fail(error, BG_E_MEMORY, "not enough memory for %s", what)

/* Returns status after a call on the way up, or goes on. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        bg_status try_status_ = (call);                                                            \
        if (try_status_ != BG_OK)                                                                  \
            return try_status_;                                                                    \
    } while (0)

#endif
