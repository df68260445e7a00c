/* A network a second time: a plain forward pass in quad precision, straight from the formulas of
 * backgemm.h and with no code in common with the engine.  Derivatives come from dual numbers,
 * forwards; and, without any, from how the loss changes when a number does. */
#ifndef SHEET_REFERENCE_H
#define SHEET_REFERENCE_H

#include "base/arena.h"
#include "sheet/dual.h"
#include "backgemm.h"

typedef struct reference_layer {
    size_t in, out;
    bg_activation activation;
    double *weight;     /* out x in */
    double *bias;       /* out */
    quad *wide;         /* weight once more */
    size_t unit;        /* place of its first unit among all units, those of layer 0 included */
    size_t z, a, slope; /* places in a row's numbers, `out` each; slope is f'(z), not of softmax */
} reference_layer;

typedef struct reference {
    size_t layers;
    reference_layer *layer; /* l at [l-1] */
    bg_objective objective;
    size_t inputs, outputs;
    size_t units;    /* inputs included */
    size_t targets;  /* place in a row's numbers */
    size_t top;      /* dE/dz[L] of the row's loss, `outputs` */
    size_t loss;     /* the row's, one number */
    size_t row_size; /* quads of a row's numbers; the inputs are first */
    size_t widest;   /* of layers 1..L */
    arena memory;    /* owns all of the above */
} reference;

#define REFERENCE_SCRATCH ((size_t)3)

/* BG_E_MEMORY. */
bg_status reference_open(reference *r, const bg_net *net, const bg_objective *objective,
                         bg_error *error);
void reference_close(reference *r);

/* All numbers of one sample. */
void reference_forward(const reference *r, const double *x, const double *t, quad *row);

/* dE/dz of a unit of layer l (from 0) of a row, carried forward from that unit to the loss.
 * scratch: REFERENCE_SCRATCH times `widest` quads. */
quad reference_tangent(const reference *r, const quad *row, size_t l, size_t unit, quad *scratch);

/* The row's loss when z of that unit is moved.  False: on the way a unit or a residual left its
 * side of a kink, and *loss is not set. */
bool reference_moved(const reference *r, const quad *row, size_t l, size_t unit, quad shift,
                     quad *scratch, quad *loss);

/* l1 sum |W| + l2/2 sum W^2 */
quad reference_penalty(const reference *r);

#endif
