/* First and second derivatives of activations and losses, in double, for directional derivatives of
 * the gradient: B. A. Pearlmutter 1994, "Fast exact multiplication by the Hessian".  R{x} is the
 * derivative of x in a direction of the parameters. */
#ifndef KERNEL_CURVATURE_H
#define KERNEL_CURVATURE_H

#include <stddef.h>

#include "backgemm.h"

/* One row of a layer, n units. */
typedef struct curvature_row {
    size_t n;
    const double *z, *a;
    const double *rz; /* R{z} */
    double *ra;       /* R{a} */
} curvature_row;

/* R{a} from R{z}. */
void curvature_forward(bg_activation f, const curvature_row *row);

/* delta holds dE/da and rdelta R{dE/da}; they become dE/dz and R{dE/dz}. */
void curvature_backward(bg_activation f, const curvature_row *row, double *delta, double *rdelta);

/* At the last layer: dE/dz of the row's loss and its R{}, both times `scale`; t are the targets. */
void curvature_loss(bg_loss loss, bg_activation f, const curvature_row *row, const double *t,
                    double scale, double *delta, double *rdelta);

#endif
