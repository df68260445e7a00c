#include "kernel/optimizer.h"

#include "base/real.h"
#include "kernel/lanes.h"

/* Most are plain loops: element by element and without contraction, a compiler's vectors
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
    s.m = rates->beta1 * s.m + rates->rest1 * g;
    s.v = rates->beta2 * s.v + rates->rest2 * (g * g);
    lanes root = lanes_sqrt(s.v) * (1 / rates->root_correction) + rates->epsilon;
    s.p -= rates->step_size * s.m / root;
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

static void adamw_update(const optimizer_rates *rates, size_t n, real *restrict p,
                         const real *restrict g, real *const *s)
{
    real keep = rates->keep;
    for (size_t i = 0; i < n; i++)
        p[i] *= keep;
    adam_update(rates, n, p, g, s);
}

/* p -= lr g / (sqrt(v) + epsilon) */
static void scaled_update(const optimizer_rates *rates, size_t n, real *restrict p,
                          const real *restrict g, const real *restrict v)
{
    real lr = rates->lr, epsilon = rates->epsilon;
    for (size_t i = 0; i < n; i++)
        p[i] -= lr * (g[i] / (REAL_FUNCTION(sqrt)(v[i]) + epsilon));
}

static void rmsprop_update(const optimizer_rates *rates, size_t n, real *restrict p,
                           const real *restrict g, real *const *s)
{
    real *restrict v = s[0], alpha = rates->alpha, rest = rates->rest;
    for (size_t i = 0; i < n; i++)
        v[i] = alpha * v[i] + rest * (g[i] * g[i]);
    scaled_update(rates, n, p, g, v);
}

static void adagrad_update(const optimizer_rates *rates, size_t n, real *restrict p,
                           const real *restrict g, real *const *s)
{
    real *restrict v = s[0];
    for (size_t i = 0; i < n; i++)
        v[i] += g[i] * g[i];
    scaled_update(rates, n, p, g, v);
}

INLINE real sign_of(real x)
{
    return x > 0 ? 1 : x < 0 ? -1 : 0;
}

/* A step of 0 has not begun.  Where the sign has changed, the gradient counts as 0 for this and the
 * next step. */
static void rprop_update(const optimizer_rates *rates, size_t n, real *restrict p,
                         const real *restrict g, real *const *s)
{
    const real least = (real)1e-6, most = 50, up = (real)1.2, down = (real)0.5;
    real *restrict before = s[0], *restrict step = s[1];
    real start = REAL_FUNCTION(fabs)(rates->lr), way = rates->lr < 0 ? -1 : 1;
    for (size_t i = 0; i < n; i++) {
        /* Signs, not numbers, whose product may be too small for one. */
        real same = sign_of(g[i]) * sign_of(before[i]), size = step[i] == 0 ? start : step[i];
        size *= same > 0 ? up : same < 0 ? down : 1;
        size = size < least ? least : size > most ? most : size;
        real now = same < 0 ? 0 : g[i];
        p[i] -= way * (now > 0 ? size : now < 0 ? -size : 0);
        before[i] = now;
        step[i] = size;
    }
}

const optimizer_rule LANES_NAME(optimizer_rules)[BG_OPTIMIZER_COUNT] = {
    [BG_GD] = {0, false, gd_update},
    [BG_MOMENTUM] = {1, false, momentum_update},
    [BG_NESTEROV] = {1, false, nesterov_update},
    [BG_ADAM] = {2, true, adam_update},
    [BG_ADAMW] = {2, true, adamw_update},
    [BG_RMSPROP] = {1, false, rmsprop_update},
    [BG_ADAGRAD] = {1, false, adagrad_update},
    [BG_RPROP] = {2, false, rprop_update},
};
