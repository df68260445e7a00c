/* Cells of a table in text, one after the other, with their places. */
#ifndef IO_CSV_SCAN_H
#define IO_CSV_SCAN_H

#include "io/input.h"

typedef struct csv_scan {
    const char *file;       /* for sentences; borrowed */
    const char *at, *end;   /* borrowed; *end is 0 and no other byte is */
    const char *line_start; /* first byte of the line of `at` */
    uint64_t line;          /* from 1 */
    char newline;           /* ends a line: '\n', or '\r' in a file without any '\n' */
    char separator;         /* ',' ';' '\t', or ' ' for runs of spaces and tabs */
    unsigned char meaning[256];
} csv_scan;

typedef struct csv_cell {
    const char *text; /* length of it, without quotes and the spaces around; borrowed */
    size_t length;
    uint64_t line, column; /* of its first byte (a quoted cell: its quote), from 1 */
    bool quoted;
    bool doubled; /* holds "" for " */
} csv_cell;

csv_scan csv_start(const input *in, char separator);
void csv_set_separator(csv_scan *s, char separator);

/* The next cell; *last: its record ends with it. */
bg_status csv_next(csv_scan *s, csv_cell *cell, bool *last, bg_error *error);

/* Passes over a record and counts its cells. */
bg_status csv_count_cells(csv_scan *s, size_t *cells, bg_error *error);

/* Passes over lines of nothing but spaces; true when there was one. */
bool csv_skip_blank_lines(csv_scan *s);

/* The text of a cell as meant, NUL-terminated, in *buffer (from memory_*, *room bytes, may move).
 * False when memory is short. */
bool csv_cell_text(const csv_cell *cell, char **buffer, size_t *room, size_t *length);

#endif
