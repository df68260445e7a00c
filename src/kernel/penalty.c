#include "kernel/penalty.h"

#include "base/real.h"
#include "kernel/reduce.h"

double penalty_value(const bg_objective *o, size_t n, const real *w)
{
    double value = 0;
    if (o->l1 != 0)
        value += o->l1 * reduce_sizes(n, w);
    if (o->l2 != 0)
        value += o->l2 / 2 * reduce_squares(n, w);
    return value;
}

void penalty_add_slope(const bg_objective *o, size_t n, const real *restrict w, real *restrict g)
{
    real l1 = (real)o->l1, l2 = (real)o->l2;
    for (size_t i = 0; l2 != 0 && i < n; i++)
        g[i] += l2 * w[i];
    for (size_t i = 0; l1 != 0 && i < n; i++)
        g[i] += w[i] > 0 ? l1 : w[i] < 0 ? -l1 : 0;
}
