/* Losses of one row and their derivatives. */
#ifndef KERNEL_LOSS_H
#define KERNEL_LOSS_H

#include <stdbool.h>
#include <stddef.h>

#include "backgemm.h"
#include "base/real.h"

#define loss_rule REAL_NAME(loss_rule)
#define loss_find REAL_NAME(loss_find)
#define loss_weigh REAL_NAME(loss_weigh)

typedef struct loss_rule {
    /* Loss of a row of n outputs, and its derivative into delta: dE/dz where `fused`, else dE/da.
     * z is read only by fused rules. */
    double (*row)(size_t n, const real *z, const real *a, const real *t, real *delta);
    bool fused;
} loss_rule;

/* The rule for a loss under an output activation; fused where loss and activation are stable only
 * together. */
const loss_rule *loss_find(bg_loss loss, bg_activation output);

/* Loss and derivative of a row that counts `weight` times: the first is returned. */
double loss_weigh(real weight, double value, size_t n, real *delta);

#endif
