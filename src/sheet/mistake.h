/* Known mistakes: each is a way to compute one number of a sheet wrongly. */
#ifndef SHEET_MISTAKE_H
#define SHEET_MISTAKE_H

#include "sheet/grade.h"

/* An expression being changed.  A mistake may have variants (which weight, which row); it says
 * ATTEMPT_END when there are no more, ATTEMPT_SKIP when this one does not exist here. */
typedef enum attempt_end { ATTEMPT_MADE, ATTEMPT_SKIP, ATTEMPT_END } attempt_end;

typedef struct attempt {
    grader *g;
    size_t at;      /* the cell */
    double right;   /* what it should be */
    size_t variant; /* from 0 */
    cell cell;      /* a copy, to be changed */
    term *term;     /* a copy of its terms, room for twice as many */
    bool is_value;  /* the outcome is `value`, not the expression's */
    double value;
    const char *detail; /* NULL, or what the sentence ends with */
} attempt;

typedef attempt_end mistake_edit(attempt *a);

#define OF(id) (1u << QUANTITY_##id)

typedef struct mistake {
    const char *name, *sentence;
    unsigned quantities; /* OF(Z) | ... */
    mistake_edit *edit;
} mistake;

/* In the order in which they are tried: the plain ones first.  Each ends with a row without name.
 */
extern const mistake mistakes_forward[], mistakes_backward[], mistakes_update[], mistakes_any[];

/* Parts of the cell's name, and the cell with another. */
size_t attempt_layer(const attempt *a);
size_t attempt_unit(const attempt *a);
size_t attempt_cell(const attempt *a, quantity_id id, size_t l, size_t j, size_t i);

/* Puts `value` for the cell. */
attempt_end attempt_value(attempt *a, double value);

/* Takes term k out. */
void attempt_drop(attempt *a, size_t k);

/* The neighbour that a variant means: unit + 1, then unit - 1; NO_CELL past them, SIZE_MAX - 1
 * where there is none on that side. */
#define NO_NEIGHBOUR (SIZE_MAX - 1)
size_t attempt_neighbour(const attempt *a, size_t unit);

#endif
