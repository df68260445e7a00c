/* Decimal numbers in files: C locale always, shortest form that reads back to the same bits. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>

#include "backgemm.h"

/* The C locale, made once and kept for the life of the process; 0 where memory is short. */
locale_t number_locale(void);

/* Reads the number that `text` (length bytes, not NUL-terminated) is as a whole: decimal only,
 * spaces around it allowed; "nan", "inf" and "infinity" in any case are read too, for the caller to
 * refuse.  False: it is not one. */
bool number_parse(const char *text, size_t length, double *value);

/* The value rounded to so many significant digits, 0 at the end kept or dropped; digits 0: as
 * bg_number_text. */
void number_round_text(double value, bg_dtype dtype, int digits, bool keep_zeros, char text[32]);

/* Reads a whole number without sign.  False: it is not one or does not fit. */
bool number_parse_count(const char *text, size_t length, uint64_t *value);

#endif
