#include "kernel/optimizer.h"

#include "base/real.h"
#include "kernel/lanes.h"

/* Plain loops: element by element and without contraction, a compiler's vectors give the same bits.
 */

static void gd_update(const optimizer_rates *rates, size_t n, real *restrict p,
                      const real *restrict g, real *const *s)
{
    (void)s;
    real lr = rates->lr;
    for (size_t i = 0; i < n; i++)
        p[i] -= lr * g[i];
}

static void momentum_update(const optimizer_rates *rates, size_t n, real *restrict p,
                            const real *restrict g, real *const *s)
{
    real *restrict v = s[0], lr = rates->lr, mu = rates->momentum;
    for (size_t i = 0; i < n; i++) {
        v[i] = mu * v[i] + g[i];
        p[i] -= lr * v[i];
    }
}

static void nesterov_update(const optimizer_rates *rates, size_t n, real *restrict p,
                            const real *restrict g, real *const *s)
{
    real *restrict v = s[0], lr = rates->lr, mu = rates->momentum;
    for (size_t i = 0; i < n; i++) {
        v[i] = mu * v[i] + g[i];
        p[i] -= lr * (g[i] + mu * v[i]);
    }
}

/* p -= lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon) */
static void adam_update(const optimizer_rates *rates, size_t n, real *restrict p,
                        const real *restrict g, real *const *s)
{
    real *restrict m = s[0], *restrict v = s[1];
    real beta1 = rates->beta1, beta2 = rates->beta2, epsilon = rates->epsilon;
    real step_size = rates->step_size, root_correction = rates->root_correction;
    for (size_t i = 0; i < n; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1 - beta2) * (g[i] * g[i]);
        p[i] -= step_size * m[i] / (REAL_FUNCTION(sqrt)(v[i]) / root_correction + epsilon);
    }
}

const optimizer_rule LANES_NAME(optimizer_rules)[BG_OPTIMIZER_COUNT] = {
    [BG_GD] = {0, false, gd_update},
    [BG_MOMENTUM] = {1, false, momentum_update},
    [BG_NESTEROV] = {1, false, nesterov_update},
    [BG_ADAM] = {2, true, adam_update},
};
