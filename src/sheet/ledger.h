/* A sheet as a person fills it in: every number of some updates, in the order of computation, each
 * with the expression that it comes from.  What `trace` prints and `grade` recomputes. */
#ifndef SHEET_LEDGER_H
#define SHEET_LEDGER_H

#include "sheet/example.h"

#define NO_CELL SIZE_MAX

typedef enum cell_form {
    FORM_GIVEN,        /* inputs, targets, start parameters */
    FORM_SUM,          /* factor / over * sum (f u v) * times + extra_factor * extra */
    FORM_ACTIVATION,   /* f(u); softmax: of all u, the own one at index[1] */
    FORM_SLOPE,        /* f'(z), terms z and a */
    FORM_LOSS,         /* of a row, terms a_j t_j */
    FORM_LOSS_SLOPE,   /* dE/da_j, term a_j t_j */
    FORM_SOFTMAX_PULL, /* factor a_j (e_j - sum e_k a_k), terms e_k a_k, the own at index[1] */
} cell_form;

typedef struct term {
    double factor;
    size_t u, v; /* cells; v NO_CELL: factor u */
} term;

typedef struct cell {
    quantity quantity;
    size_t row, step; /* row NO_CELL: of all rows */
    cell_form form;
    double factor, over;
    size_t times; /* a cell, or NO_CELL */
    double extra_factor;
    size_t extra; /* a cell, or NO_CELL */
    size_t first, terms;
} cell;

/* Quantities that a sheet may have or not. */
typedef struct ledger_wants {
    bool error; /* t - a, from which delta comes */
    bool pull;  /* dE/da of hidden units, from which delta comes */
} ledger_wants;

typedef struct ledger {
    const bg_example *example; /* borrowed */
    size_t updates;            /* the steps are 0..updates; of the last only the parameters */
    ledger_wants wants;
    cell *cell; /* in the order of computation; owned */
    size_t cells, cell_room;
    term *term; /* owned */
    size_t term_count, term_room;
    size_t *place; /* of unit 0 by step, row, kind and layer, see ledger_find; owned */
    double *value; /* one for each cell; owned */
} ledger;

/* Lists the cells of `updates` updates; without a training rule: one pass, no update.  All values
 * are 0, those given aside.  BG_E_ARGUMENT: more cells than anybody reads. */
bg_status ledger_open(ledger *g, const bg_example *example, size_t updates, ledger_wants wants,
                      bg_error *error);
void ledger_close(ledger *g);

/* The cell of a quantity, or NO_CELL: the sheet has none.  row NO_CELL: of all rows. */
size_t ledger_find(const ledger *g, const quantity *q, size_t row, size_t step);

/* The same by parts. */
size_t ledger_at(const ledger *g, quantity_id id, size_t l, size_t j, size_t i, size_t row,
                 size_t step);

/* Fills in the engine's numbers. */
bg_status ledger_fill(ledger *g, bg_dtype dtype, bg_error *error);

/* What a cell comes to, from the values of others.  terms: those of the cell, or as many others. */
double cell_value(const ledger *g, const cell *c, const term *terms, const double *value);

/* The number that the example gives for a cell of FORM_GIVEN. */
double cell_given(const ledger *g, const cell *c);

/* The activation of a cell's layer. */
bg_activation cell_activation(const ledger *g, const cell *c);

/* f(z), and f'(z) given a = f(z), in double. */
double activation_value(bg_activation f, double z);
double activation_slope(bg_activation f, double z, double a);

/* The loss of one output, and its derivative by a; the terms of a row add up to its loss.  n: the
 * number of outputs. */
double loss_term(int loss, size_t j, size_t n, double a, double t);
double loss_term_slope(int loss, size_t j, size_t n, double a, double t);

#endif
