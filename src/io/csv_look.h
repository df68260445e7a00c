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

typedef enum csv_header { CSV_NO_HEADER, CSV_HEADER, CSV_GUESSED_HEADER } csv_header;

/* Is the first record, of `columns` cells, a header, as BG_HEADER_AUTO has it?  schema may be NULL.
 * Guessed: its numbers count, and that is all that speaks for it. */
bg_status csv_find_header(const csv_scan *start, size_t columns, const bg_schema *schema,
                          csv_header *header, bg_error *error);

#endif
