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
    /* delta <- dE/dz where delta holds dE/da, n values (of one row where by_row); z is read only
     * where needs_z. */
    void (*pull_back)(size_t n, const real *z, const real *a, real *delta);
    bool needs_z; /* the derivative cannot be had from a without loss of digits */
    bool by_row;  /* couples the units of a row */
} activation_rule;

/* Never NULL for a valid activation. */
const activation_rule *activation_find(bg_activation activation);

/* The rule of one instruction set: tests look at all that this processor runs. */
const activation_rule *activation_variant(bg_activation activation, variant v);

#endif
