/* Updates of a range of parameters from its gradient. */
#ifndef KERNEL_OPTIMIZER_H
#define KERNEL_OPTIMIZER_H

#include <stdbool.h>
#include <stddef.h>

#include "backgemm.h"
#include "base/real.h"

#define optimizer_rates REAL_NAME(optimizer_rates)
#define optimizer_rule REAL_NAME(optimizer_rule)
#define optimizer_find REAL_NAME(optimizer_find)

typedef struct optimizer_rates {
    real lr;       /* negative climbs */
    real momentum; /* momentum, nesterov */
    real beta1, beta2, epsilon;
    real rest1, rest2;    /* 1 - beta1, 1 - beta2: of floats, 1 - 0.999 would be off by 1e-5 */
    real alpha, rest;     /* rmsprop: alpha, 1 - alpha */
    real keep;            /* adamw: 1 - |lr| weight_decay */
    real step_size;       /* adam: lr / (1 - beta1^t), t = 1 for the first update */
    real root_correction; /* adam: sqrt(1 - beta2^t) */
} optimizer_rates;

typedef struct optimizer_rule {
    size_t vectors; /* of state, 0..2 */
    bool corrected; /* reads step_size and root_correction */
    /* n parameters p, their gradient g, and their state s[0..vectors-1], all updated in place. */
    void (*update)(const optimizer_rates *rates, size_t n, real *p, const real *g, real *const *s);
} optimizer_rule;

const optimizer_rule *optimizer_find(bg_optimizer optimizer);

#endif
