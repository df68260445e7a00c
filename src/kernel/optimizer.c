#include "kernel/optimizer.h"

#include <math.h>

#include "base/real.h"

static void gd_update(const optimizer_rates *rates, size_t n, real *p, const real *g,
                      real *const *s)
{
    (void)s;
    real lr = rates->lr;
    for (size_t i = 0; i < n; i++)
        p[i] -= lr * g[i];
}

static void momentum_update(const optimizer_rates *rates, size_t n, real *p, const real *g,
                            real *const *s)
{
    real *v = s[0], lr = rates->lr, mu = rates->momentum;
    for (size_t i = 0; i < n; i++) {
        v[i] = mu * v[i] + g[i];
        p[i] -= lr * v[i];
    }
}

static void nesterov_update(const optimizer_rates *rates, size_t n, real *p, const real *g,
                            real *const *s)
{
    real *v = s[0], lr = rates->lr, mu = rates->momentum;
    for (size_t i = 0; i < n; i++) {
        v[i] = mu * v[i] + g[i];
        p[i] -= lr * (g[i] + mu * v[i]);
    }
}

/* p -= lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon) */
static void adam_update(const optimizer_rates *rates, size_t n, real *p, const real *g,
                        real *const *s)
{
    real *m = s[0], *v = s[1];
    real beta1 = rates->beta1, beta2 = rates->beta2, epsilon = rates->epsilon;
    real step_size = rates->step_size, root_correction = rates->root_correction;
    for (size_t i = 0; i < n; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1 - beta2) * (g[i] * g[i]);
        p[i] -= step_size * m[i] / (REAL_FUNCTION(sqrt)(v[i]) / root_correction + epsilon);
    }
}

static const optimizer_rule rules[BG_OPTIMIZER_COUNT] = {
    [BG_GD] = {0, gd_update},
    [BG_MOMENTUM] = {1, momentum_update},
    [BG_NESTEROV] = {1, nesterov_update},
    [BG_ADAM] = {2, adam_update},
};

const optimizer_rule *optimizer_find(bg_optimizer optimizer)
{
    return &rules[optimizer];
}
