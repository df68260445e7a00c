/* Exact fractions: what decimal numbers on paper are. */
#ifndef SHEET_RATIONAL_H
#define SHEET_RATIONAL_H

#include <gmp.h>
#include <stdbool.h>

/* value = the decimal number `text` ("-0.35E-01"), exactly; initialised by the caller.  False: it
 * is none, or its power of ten is beyond +-RATIONAL_MOST_EXPONENT.  *last_place, unless NULL: the
 * power of ten of its last digit; *digits, unless NULL: how many there are from the first that is
 * not 0.
 */
#define RATIONAL_MOST_EXPONENT 400
bool rational_parse(mpq_t value, const char *text, long *last_place, size_t *digits);

/* value = 10^power. */
void rational_power(mpq_t value, long power);

#endif
