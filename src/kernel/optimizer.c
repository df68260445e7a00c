#include "kernel/optimizer.h"

#include "base/real.h"
#include "kernel/lanes.h"

/* The first three are plain loops: element by element and without contraction, a compiler's vectors
 * give the same bits. */

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

typedef struct moments {
    lanes m, v, p;
} moments;

/* p -= lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon) */
INLINE moments adam_step(const optimizer_rates *rates, moments s, lanes g)
{
    s.m = rates->beta1 * s.m + (1 - rates->beta1) * g;
    s.v = rates->beta2 * s.v + (1 - rates->beta2) * (g * g);
    lanes root = lanes_near_sqrt(s.v) * (1 / rates->root_correction) + rates->epsilon;
    s.p -= lanes_near_quotient(rates->step_size * s.m, root);
    return s;
}

static void adam_update(const optimizer_rates *rates, size_t n, real *restrict p,
                        const real *restrict g, real *const *s)
{
    real *m = s[0], *v = s[1];
    for (size_t i = 0; i < n; i += LANES) {
        size_t count = n - i < LANES ? n - i : LANES;
        if (count == LANES) {
            moments x = {lanes_load(m + i), lanes_load(v + i), lanes_load(p + i)};
            x = adam_step(rates, x, lanes_load(g + i));
            lanes_store(m + i, x.m);
            lanes_store(v + i, x.v);
            lanes_store(p + i, x.p);
        } else {
            moments x = {lanes_load_part(m + i, count), lanes_load_part(v + i, count),
                         lanes_load_part(p + i, count)};
            x = adam_step(rates, x, lanes_load_part(g + i, count));
            lanes_store_part(m + i, x.m, count);
            lanes_store_part(v + i, x.v, count);
            lanes_store_part(p + i, x.p, count);
        }
    }
}

const optimizer_rule LANES_NAME(optimizer_rules)[BG_OPTIMIZER_COUNT] = {
    [BG_GD] = {0, false, gd_update},
    [BG_MOMENTUM] = {1, false, momentum_update},
    [BG_NESTEROV] = {1, false, nesterov_update},
    [BG_ADAM] = {2, true, adam_update},
};
