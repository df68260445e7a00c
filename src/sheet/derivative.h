/* The partial derivatives that a certificate looks at, what is known of each, and which of them are
 * chosen. */
#ifndef SHEET_DERIVATIVE_H
#define SHEET_DERIVATIVE_H

#include "sheet/reference.h"

typedef struct derivative {
    size_t layer, out, in; /* from 0; in == the layer's inputs: the bias */
    size_t index;          /* in the gradient */
    bool moved;            /* by differences too */
    bool crossed;          /* a kink lies within the step, on some row */
    quad exact;            /* sum over the rows of the row's derivative */
    quad change[2];        /* sums of E(+h) - E(-h), h = the step and half of it */
    /* Sums over the rows, of the engine's scale (1/m for a mean); see rounding_unit. */
    double terms, size, error, kink;
} derivative;

/* All of a unit: neighbours in the list. */
typedef struct derivative_group {
    size_t first, count;
} derivative_group;

typedef struct derivative_list {
    derivative *item; /* by layer, unit and input, the bias last; owned */
    size_t items;
    derivative_group *group; /* owned */
    size_t groups;
} derivative_list;

/* Draws `sample` of all (0: all), by equal shares of the layers where they have as many; and at
 * most `moved` of these for differences, likewise (0: by what they cost).  BG_E_MEMORY. */
bg_status derivative_choose(const reference *r, size_t rows, size_t sample, size_t moved,
                            uint64_t seed, derivative_list *list, bg_error *error);
void derivative_release(derivative_list *list);

#endif
