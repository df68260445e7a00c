/* Sheets that somebody filled in. */
#ifndef SHEET_GRADE_H
#define SHEET_GRADE_H

#include "sheet/ledger.h"

/* What is written for a cell. */
typedef struct written {
    bool is_there;
    double value;
    double half_unit; /* of its last digit */
    size_t line;      /* of the file, from 1 */
} written;

/* One line of the file, not yet placed. */
typedef struct written_row {
    quantity quantity;
    size_t row, step; /* NO_CELL: not said */
    written what;
} written_row;

/* Reads the lines of a CSV file with the columns quantity, value and, where they matter, row and
 * step, in any order; others are passed over, and so are empty values.  *rows is the caller's.
 * BG_E_DATA with file, line and column. */
bg_status grade_read(const char *file, const char *csv, size_t size, written_row **rows,
                     size_t *count, bg_error *error);

/* A sheet while it is looked through.  value and doubt have a number for each cell: what the sheet
 * goes on with, and how far the number that it was computed with may be from it. */
typedef struct grader {
    ledger ledger;    /* ledger.value is `value` */
    written *written; /* a place for each cell; owned */
    double *doubt;    /* owned */
    double *clean;    /* as ledger.value, with the right numbers for wrong ones; owned */
    size_t now;       /* the cell that is looked at */
    term *term;       /* scratch for changed expressions: twice the longest; owned */
} grader;

/* A cell's expression, or a changed one, from what the sheet has so far. */
typedef struct outcome {
    double value, doubt;
} outcome;
outcome grade_outcome(grader *g, const cell *c, const term *terms);

/* What a cell further down will come to, computed from the numbers that there are so far; those
 * before it that are not known yet are computed on the way. */
double grade_ahead(grader *g, size_t cell);

/* A known mistake that explains a wrong number: its name for programs and its sentence, with a
 * detail or NULL; false: none does. */
typedef struct explanation {
    const char *name, *sentence, *detail;
} explanation;
bool mistake_find(grader *g, size_t cell, double right, explanation *found);

/* Is `value` what is written for the cell, within its digits and the doubt? */
bool grade_meets(const grader *g, size_t cell, outcome o);

#endif
