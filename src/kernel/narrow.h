/*
 * Whole networks too thin for a GEMM: rows in lanes, units in memory.  A block of rows is held
 * feature-major, `vectors` vectors for each unit; gradients are kept as one vector a parameter and
 * summed over the lanes once.
 */
#ifndef KERNEL_NARROW_H
#define KERNEL_NARROW_H

#include <stdint.h>

#include "base/real.h"
#include "kernel/activation.h"

#define narrow_layer REAL_NAME(narrow_layer)
#define narrow_net REAL_NAME(narrow_net)
#define narrow_rule REAL_NAME(narrow_rule)
#define narrow_find REAL_NAME(narrow_find)

typedef struct narrow_layer {
    size_t in, out, ldw, weight, bias; /* as in net_layer */
    size_t z, a, slope, delta; /* places in scratch, out x vectors x lanes reals each; z and slope
                                  are a unless kept */
    const activation_rule *f;
    bool softmax;
} narrow_layer;

typedef struct narrow_net {
    size_t layers, vectors; /* vectors: NARROW_VECTORS or 1 */
    narrow_layer *layer;    /* borrowed */
    size_t x, t, w;         /* places in scratch of inputs, targets and weights of rows */
    bg_loss loss;
} narrow_net;

typedef struct narrow_rule {
    size_t lanes;
    /* `rows` rows of x and t (t may be NULL) into scratch, 0 in the lanes beyond; index NULL: rows
     * 0.., else the rows it names. */
    void (*load)(const narrow_net *net, const real *x, const real *t, const uint32_t *index,
                 size_t rows, real *scratch);
    /* The weights of those rows, likewise. */
    void (*load_weights)(const narrow_net *net, const real *w, const uint32_t *index, size_t rows,
                         real *scratch);
    /* z, a and f'(z) of every layer from the parameters (laid out like net->values). */
    void (*forward)(const narrow_net *net, const real *values, real *scratch);
    /* Sum of the losses of `rows` rows; delta of the last layer, times scale, if slopes are kept.
     */
    double (*loss)(const narrow_net *net, size_t rows, real scale, real *scratch);
    /* The same, each row's share of both times its weight; a row of weight 0 has none. */
    double (*weighted_loss)(const narrow_net *net, size_t rows, real scale, real *scratch);
    /* All deltas, and the gradient of one block after the other: sums, a vector for each parameter
     * (for each layer W in x out, then b), begins with the first; with the last the sums over the
     * lanes go to gradient (laid out like net->values), else it may be NULL. */
    void (*backward)(const narrow_net *net, const real *values, real *scratch, bool first,
                     bool last, real *sums, real *gradient);
} narrow_rule;

const narrow_rule *narrow_find(void);

#endif
