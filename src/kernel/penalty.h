/* What weights cost by their size: l1 sum |w| + l2/2 sum w^2. */
#ifndef KERNEL_PENALTY_H
#define KERNEL_PENALTY_H

#include <stdbool.h>
#include <stddef.h>

#include "backgemm.h"
#include "base/real.h"

#define penalty_value REAL_NAME(penalty_value)
#define penalty_add_slope REAL_NAME(penalty_add_slope)

static inline bool penalty_any(const bg_objective *objective)
{
    return objective->l1 != 0 || objective->l2 != 0;
}

/* Of n weights w. */
double penalty_value(const bg_objective *objective, size_t n, const real *w);

/* Adds its derivative to n values of g: l1 sign(w) + l2 w, with sign(0) = 0. */
void penalty_add_slope(const bg_objective *objective, size_t n, const real *w, real *g);

#endif
