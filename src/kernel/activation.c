#include "kernel/activation.h"

#include <string.h>

#include "base/real.h"
#include "kernel/lanes_normal.h"
#include "kernel/lanes_sum.h"

#define LEAKY_SLOPE ((real)0.01)

/* a = f(z) over n values, the last few in the same lanes as all others. */
#define APPLY(name, f)                                                                             \
    static void name(size_t n, const real *z, real *a)                                             \
    {                                                                                              \
        size_t i = 0;                                                                              \
        for (; i + LANES <= n; i += LANES)                                                         \
            lanes_store(a + i, f(lanes_load(z + i)));                                              \
        if (i < n)                                                                                 \
            lanes_store_part(a + i, f(lanes_load_part(z + i, n - i)), n - i);                      \
    }

/* a = end(begin(z)) for functions of many operations: two vectors begin before the two ahead of
 * them end, or a chain's end would keep the next one's beginning out of the processor's queues. */
#define APPLY_STAGED(name, parts, begin, end)                                                      \
    static void name(size_t n, const real *z, real *a)                                             \
    {                                                                                              \
        size_t i = 0;                                                                              \
        if (n >= 2 * LANES) {                                                                      \
            parts next[2] = {begin(lanes_load(z)), begin(lanes_load(z + LANES))};                  \
            for (; i + 2 * LANES <= n; i += 2 * LANES) {                                           \
                parts now[2] = {next[0], next[1]};                                                 \
                const real *ahead = z + (i + 4 * LANES <= n ? i + 2 * LANES : i);                  \
                next[0] = begin(lanes_load(ahead));                                                \
                next[1] = begin(lanes_load(ahead + LANES));                                        \
                lanes first = end(now[0]), second = end(now[1]);                                   \
                lanes_store(a + i, first);                                                         \
                lanes_store(a + i + LANES, second);                                                \
            }                                                                                      \
        }                                                                                          \
        for (; i + LANES <= n; i += LANES)                                                         \
            lanes_store(a + i, end(begin(lanes_load(z + i))));                                     \
        if (i < n)                                                                                 \
            lanes_store_part(a + i, end(begin(lanes_load_part(z + i, n - i))), n - i);             \
    }

/* a = f(z).value; and slope = f(z).slope beside it. */
#define APPLY_BOTH(f)                                                                              \
    INLINE lanes f##_value(lanes z)                                                                \
    {                                                                                              \
        return f(z).value;                                                                         \
    }                                                                                              \
    APPLY(f##_apply, f##_value)                                                                    \
    static void f##_apply_slope(size_t n, const real *z, real *a, real *slope)                     \
    {                                                                                              \
        size_t i = 0;                                                                              \
        for (; i + LANES <= n; i += LANES) {                                                       \
            lanes_both y = f(lanes_load(z + i));                                                   \
            lanes_store(a + i, y.value);                                                           \
            lanes_store(slope + i, y.slope);                                                       \
        }                                                                                          \
        if (i < n) {                                                                               \
            lanes_both y = f(lanes_load_part(z + i, n - i));                                       \
            lanes_store_part(a + i, y.value, n - i);                                               \
            lanes_store_part(slope + i, y.slope, n - i);                                           \
        }                                                                                          \
    }

/* delta = f(from, delta) */
#define PULL_BACK(name, f)                                                                         \
    static void name(size_t n, const real *from, real *delta)                                      \
    {                                                                                              \
        size_t i = 0;                                                                              \
        for (; i + LANES <= n; i += LANES)                                                         \
            lanes_store(delta + i, f(lanes_load(from + i), lanes_load(delta + i)));                \
        if (i < n)                                                                                 \
            lanes_store_part(                                                                      \
                delta + i, f(lanes_load_part(from + i, n - i), lanes_load_part(delta + i, n - i)), \
                n - i);                                                                            \
    }

static void identity_apply(size_t n, const real *z, real *a)
{
    if (a != z)
        memcpy(a, z, n * sizeof *a);
}

static void identity_pull_back(size_t n, const real *a, real *delta)
{
    (void)n, (void)a, (void)delta; /* f' = 1 */
}

INLINE lanes sigmoid_slope(lanes a, lanes delta)
{
    return delta * (a * (1 - a));
}
APPLY_STAGED(sigmoid_apply, sigmoid_parts, lanes_sigmoid_parts, lanes_sigmoid_from)
PULL_BACK(sigmoid_pull_back, sigmoid_slope)

/* 1 - a^2 as a product keeps digits where a is near 1. */
INLINE lanes tanh_slope(lanes a, lanes delta)
{
    return delta * ((1 - a) * (1 + a));
}
APPLY_STAGED(tanh_apply, tanh_parts, lanes_tanh_parts, lanes_tanh_from)
PULL_BACK(tanh_pull_back, tanh_slope)

INLINE lanes relu(lanes z)
{
    return lanes_max(z, (lanes){0});
}
INLINE lanes relu_slope(lanes a, lanes delta)
{
    return lanes_keep(lanes_less((lanes){0}, a), delta);
}
APPLY(relu_apply, relu)
PULL_BACK(relu_pull_back, relu_slope)

/* The slope is below 1, so the larger of z and slope z is the function. */
INLINE lanes leaky_relu(lanes z)
{
    return lanes_max(z, LEAKY_SLOPE * z);
}
INLINE lanes leaky_relu_slope(lanes a, lanes delta)
{
    return lanes_select(lanes_less((lanes){0}, a), delta, LEAKY_SLOPE * delta);
}
APPLY(leaky_relu_apply, leaky_relu)
PULL_BACK(leaky_relu_pull_back, leaky_relu_slope)

/* Where the slope was kept. */
INLINE lanes times_slope(lanes slope, lanes delta)
{
    return delta * slope;
}
PULL_BACK(slope_pull_back, times_slope)

INLINE lanes_both elu(lanes z)
{
    lanes_int positive = lanes_less((lanes){0}, z);
    lanes_both low = lanes_expm1_negative(z);
    return (lanes_both){lanes_select(positive, z, low.value),
                        lanes_select(positive, lanes_all(1), low.slope)};
}
APPLY_BOTH(elu)

/* ln(1 + e^z) without overflow, and s(z). */
INLINE lanes_both softplus(lanes z)
{
    lanes e = lanes_exp(-lanes_abs(z));
    return (lanes_both){lanes_max(z, (lanes){0}) + lanes_log1p_unit(e), lanes_sigmoid_of(z, e).s};
}
APPLY_BOTH(softplus)

/* z Phi(z) and Phi(z) + z phi(z), Phi the normal distribution function, phi its density: by the
 * tail Q(x) = Phi(-x) of x = |z|, so that nothing cancels far below 0. */
INLINE lanes_both gelu(lanes z)
{
    lanes zero = {0};
    normal_tail q = lanes_normal_tail(lanes_abs(z));
    lanes low = lanes_fma(-q.x, q.density, q.tail);
    return (lanes_both){lanes_fma(-q.x, q.tail, lanes_max(z, zero)),
                        lanes_select(lanes_less(z, zero), low, 1 - low)};
}
APPLY_BOTH(gelu)

/* z s(z) and s + z s (1-s) */
INLINE lanes_both silu(lanes z)
{
    sigmoid_pair p = lanes_sigmoid_pair(z);
    return (lanes_both){z * p.s, p.s * (1 + lanes_min(z, lanes_all(SIGMOID_HIGH)) * p.rest)};
}
APPLY_BOTH(silu)

/* e^(z-max) / sum: the largest exponent is 0, so nothing overflows and the sum is at least 1. */
static void softmax_apply(size_t n, const real *z, real *a)
{
    size_t whole = n / LANES * LANES, rest = n - whole;
    lanes top = lanes_all(lanes_row_highest(n, z)), sum = {0}, last = {0};
    for (size_t j = 0; j < whole; j += LANES) {
        lanes e = lanes_exp(lanes_load(z + j) - top);
        lanes_store(a + j, e);
        sum += e;
    }
    if (rest) {
        last = lanes_exp(lanes_load_part(z + whole, rest) - top);
        sum += lanes_keep(lanes_first(rest), last);
    }
    lanes divisor = lanes_all(lanes_sum(sum));
    for (size_t j = 0; j < whole; j += LANES)
        lanes_store(a + j, lanes_load(a + j) / divisor);
    if (rest)
        lanes_store_part(a + whole, last / divisor, rest);
}

/* dE/dz[j] = a[j] (g[j] - sum_k a[k] g[k]) for g = dE/da */
static void softmax_pull_back(size_t n, const real *a, real *delta)
{
    size_t whole = n / LANES * LANES, rest = n - whole;
    lanes sum = {0}, last = lanes_load_part(a + whole, rest),
          g = lanes_load_part(delta + whole, rest);
    for (size_t j = 0; j < whole; j += LANES)
        sum += lanes_load(a + j) * lanes_load(delta + j);
    lanes mean = lanes_all(lanes_sum(sum + last * g));
    for (size_t j = 0; j < whole; j += LANES)
        lanes_store(delta + j, lanes_load(a + j) * (lanes_load(delta + j) - mean));
    lanes_store_part(delta + whole, last * (g - mean), rest);
}

const activation_rule LANES_NAME(activation_rules)[BG_ACTIVATION_COUNT] = {
    [BG_IDENTITY] = {identity_apply, NULL, identity_pull_back, false},
    [BG_SIGMOID] = {sigmoid_apply, NULL, sigmoid_pull_back, false},
    [BG_TANH] = {tanh_apply, NULL, tanh_pull_back, false},
    [BG_RELU] = {relu_apply, NULL, relu_pull_back, false},
    [BG_LEAKY_RELU] = {leaky_relu_apply, NULL, leaky_relu_pull_back, false},
    [BG_ELU] = {elu_apply, elu_apply_slope, slope_pull_back, false},
    [BG_SOFTPLUS] = {softplus_apply, softplus_apply_slope, slope_pull_back, false},
    [BG_GELU] = {gelu_apply, gelu_apply_slope, slope_pull_back, false},
    [BG_SILU] = {silu_apply, silu_apply_slope, slope_pull_back, false},
    [BG_SOFTMAX] = {softmax_apply, NULL, softmax_pull_back, true},
};
