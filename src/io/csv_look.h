/* What a table in text looks like: its separator, and whether it begins with a header. */
#ifndef IO_CSV_LOOK_H
#define IO_CSV_LOOK_H

#include "io/csv_scan.h"

/* Words that stand for a number that is missing: nothing, "?", "NA", "n/a", "nan", … */
bool csv_is_missing(const csv_cell *cell);

/* Is it a number, be it infinite or none at all (nan)? */
bool csv_is_number(const csv_cell *cell);

/* The separator that cuts the first records, quoted parts set aside, into the same number (more
 * than one) of cells: a tab, a semicolon, a comma, or runs of spaces. */
char csv_find_separator(const csv_scan *start);

/* Is the first record, of `columns` cells, a header?  It is when it has words where the records
 * below it have numbers. */
bg_status csv_find_header(const csv_scan *start, size_t columns, bool *header, bg_error *error);

#endif
