/* The numbers of a worked example, step after step, from the engine in one precision. */
#ifndef SHEET_EVALUATE_H
#define SHEET_EVALUATE_H

#include "sheet/example.h"

/* Kinds trace and certified: the network at one step. */
typedef struct evaluation {
    const bg_example *example; /* borrowed */
    bg_dtype dtype;
    bg_objective objective; /* whose derivatives are the example's; without the penalty */
    bg_net *net;            /* owned, as is all below */
    bg_data *data;          /* targets 0 where the example has none */
    bg_data **row_data;     /* each row by itself, online updates only; else NULL */
    bg_data *output_data;   /* loss `output`: targets that make dE/da 1, 0, 0 ...; else NULL */
    bg_trainer *trainer;    /* NULL: no training */
    size_t step;            /* updates made */
    bg_trace **trace;       /* of each row at this step; NULL: not asked for yet */
    double *gradient;       /* of the full objective at this step */
    bool has_gradient;
    double *row_gradient; /* of one row's loss */
    double *parameters;   /* scratch */
} evaluation;

bg_status evaluation_open(evaluation *v, const bg_example *example, bg_dtype dtype,
                          bg_error *error);
void evaluation_close(evaluation *v);

/* Makes updates up to `step`, which is not below v->step.  BG_E_DIVERGED. */
bg_status evaluation_advance(evaluation *v, size_t step, bg_error *error);

/* One row through the network and back; with loss `null` the derivatives mean nothing.  Borrowed
 * until the next advance. */
bg_status evaluation_trace(evaluation *v, size_t row, const bg_trace **trace, bg_error *error);

/* Gradient of the full objective, penalty included; borrowed until the next advance. */
bg_status evaluation_gradient(evaluation *v, const double **gradient, bg_error *error);

/* A quantity of the network at this step; row: where the quantity has one, has_row false: of all
 * rows. */
bg_status evaluation_value(evaluation *v, const quantity *q, size_t row, bool has_row,
                           double *value, bg_error *error);

/* Of one row's loss alone; borrowed until the next call of any of these. */
bg_status evaluation_row_gradient(evaluation *v, size_t row, const double **gradient,
                                  bg_error *error);

/* Copies the parameters, ordered as bg_gradient has them. */
void evaluation_parameters(const evaluation *v, double *values);

/* Puts others in their place, before any update. */
void evaluation_set(evaluation *v, const double *values);

/* The next update where the trainer cannot make it alone: it is given the gradient.  In update.c.
 */
bg_status update_by_gradient(evaluation *v, bg_error *error);
bg_status update_in_sequence(evaluation *v, bg_error *error);

/* Kind optimizer: the parameters and the state after the update.  values[0] is w, then come the
 * vectors of the rule's state (v; cache; m, v), update.count each, the caller's. */
bg_status update_vector(const bg_example *example, bg_dtype dtype, double *values[3],
                        bg_error *error);

#endif
