/* Activation functions and their derivatives, one row of a table each. */
#ifndef KERNEL_ACTIVATION_H
#define KERNEL_ACTIVATION_H

#include <stdbool.h>
#include <stddef.h>

#include "backgemm.h"
#include "base/real.h"
#include "kernel/variants.h"

#define activation_rule REAL_NAME(activation_rule)
#define activation_find REAL_NAME(activation_find)
#define activation_variant REAL_NAME(activation_variant)

typedef struct activation_rule {
    /* a = f(z), n values (of one row where by_row); a may be z. */
    void (*apply)(size_t n, const real *z, real *a);
    /* The same a, bit by bit, and slope = f'(z), which costs little where both share an exponential
     * function.  NULL: the derivative is had from a without loss of digits. */
    void (*apply_slope)(size_t n, const real *z, real *a, real *slope);
    /* delta <- dE/dz where delta holds dE/da, n values (of one row where by_row); from: the slope
     * of apply_slope where there is one, else a. */
    void (*pull_back)(size_t n, const real *from, real *delta);
    bool by_row; /* couples the units of a row */
} activation_rule;

/* Never NULL for a valid activation. */
const activation_rule *activation_find(bg_activation activation);

/* The rule of one instruction set: tests look at all that this processor runs. */
const activation_rule *activation_variant(bg_activation activation, variant v);

#endif
