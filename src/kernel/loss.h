/* Losses of rows and their derivatives. */
#ifndef KERNEL_LOSS_H
#define KERNEL_LOSS_H

#include <stdbool.h>
#include <stddef.h>

#include "backgemm.h"
#include "base/real.h"
#include "kernel/variants.h"

#define loss_rows REAL_NAME(loss_rows)
#define loss_rule REAL_NAME(loss_rule)
#define loss_find REAL_NAME(loss_find)
#define loss_variant REAL_NAME(loss_variant)

/* The last layer of some rows. */
typedef struct loss_rows {
    size_t rows, n, stride; /* n outputs; rows of z, a and delta are `stride` apart */
    const real *z;          /* read by fused rules only */
    const real *a, *t;      /* a = f(z); t: targets, rows n apart */
    const real *weight;     /* how often each row counts, or NULL: once */
    real scale;             /* of delta, beside the weight */
    real *delta;
} loss_rows;

typedef struct loss_rule {
    /* Sum of the rows' losses, and the derivative into delta: dE/dz where `fused`, else dE/da.  A
     * row of weight 0 is not there: not even infinity counts. */
    double (*apply)(const loss_rows *rows);
    bool fused;
} loss_rule;

/* The rule for a loss under an output activation; fused where loss and activation are stable only
 * together. */
const loss_rule *loss_find(bg_loss loss, bg_activation output);

/* The rule of one instruction set: tests look at all that this processor runs. */
const loss_rule *loss_variant(bg_loss loss, bg_activation output, variant v);

#endif
