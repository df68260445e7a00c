#include "kernel/activation.h"

#include <string.h>

#include "base/real.h"
#include "kernel/lanes_math.h"

#define LEAKY_SLOPE ((real)0.01)
#define SQRT_HALF ((real)0.70710678118654752440)
#define INV_SQRT_2PI ((real)0.39894228040143267794)

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

/* delta *= f'(x), where x is z or a, whichever the derivative is written in. */
#define PULL_BACK(name, slope, x)                                                                  \
    static void name(size_t n, const real *z, const real *a, real *delta)                          \
    {                                                                                              \
        (void)z, (void)a;                                                                          \
        size_t i = 0;                                                                              \
        for (; i + LANES <= n; i += LANES)                                                         \
            lanes_store(delta + i, slope(lanes_load((x) + i), lanes_load(delta + i)));             \
        if (i < n)                                                                                 \
            lanes_store_part(                                                                      \
                delta + i,                                                                         \
                slope(lanes_load_part((x) + i, n - i), lanes_load_part(delta + i, n - i)), n - i); \
    }

/* The functions without a vector form of their own: libm, lane by lane. */
#define LANE_BY_LANE(name, f)                                                                      \
    INLINE lanes name(lanes x)                                                                     \
    {                                                                                              \
        for (size_t i = 0; i < LANES; i++)                                                         \
            x[i] = f(x[i]);                                                                        \
        return x;                                                                                  \
    }

static void identity_apply(size_t n, const real *z, real *a)
{
    if (a != z)
        memcpy(a, z, n * sizeof *a);
}

static void identity_pull_back(size_t n, const real *z, const real *a, real *delta)
{
    (void)n, (void)z, (void)a, (void)delta; /* f' = 1 */
}

INLINE lanes sigmoid_slope(lanes a, lanes delta)
{
    return delta * (a * (1 - a));
}
APPLY(sigmoid_apply, lanes_sigmoid)
PULL_BACK(sigmoid_pull_back, sigmoid_slope, a)

/* 1 - a^2 as a product keeps digits where a is near 1. */
INLINE lanes tanh_slope(lanes a, lanes delta)
{
    return delta * ((1 - a) * (1 + a));
}
APPLY(tanh_apply, lanes_tanh)
PULL_BACK(tanh_pull_back, tanh_slope, a)

INLINE lanes relu(lanes z)
{
    return lanes_max(z, (lanes){0});
}
INLINE lanes relu_slope(lanes a, lanes delta)
{
    return lanes_keep(lanes_less((lanes){0}, a), delta);
}
APPLY(relu_apply, relu)
PULL_BACK(relu_pull_back, relu_slope, a)

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
PULL_BACK(leaky_relu_pull_back, leaky_relu_slope, a)

INLINE lanes elu(lanes z)
{
    return lanes_select(lanes_less((lanes){0}, z), z, lanes_expm1_negative(z));
}
INLINE lanes elu_slope(lanes z, lanes delta)
{
    return lanes_select(lanes_less((lanes){0}, z), delta, delta * lanes_exp(z));
}
APPLY(elu_apply, elu)
PULL_BACK(elu_pull_back, elu_slope, z)

/* ln(1 + e^z) without overflow. */
INLINE lanes softplus(lanes z)
{
    return lanes_max(z, (lanes){0}) + lanes_softplus_low(z);
}
INLINE lanes softplus_slope(lanes z, lanes delta)
{
    return delta * lanes_sigmoid(z);
}
APPLY(softplus_apply, softplus)
PULL_BACK(softplus_pull_back, softplus_slope, z)

/* Phi, the normal distribution function. */
LANE_BY_LANE(erfc_each, REAL_FUNCTION(erfc))
INLINE lanes normal_cdf(lanes z)
{
    return (real)0.5 * erfc_each(-z * SQRT_HALF);
}
INLINE lanes gelu(lanes z)
{
    return z * normal_cdf(z);
}
/* (z Phi(z))' = Phi(z) + z phi(z) */
INLINE lanes gelu_slope(lanes z, lanes delta)
{
    return delta * (normal_cdf(z) + z * INV_SQRT_2PI * lanes_exp((real)-0.5 * z * z));
}
APPLY(gelu_apply, gelu)
PULL_BACK(gelu_pull_back, gelu_slope, z)

INLINE lanes silu(lanes z)
{
    return z * lanes_sigmoid(z);
}
/* (z s(z))' = s + z s (1-s), with 1 - s(z) = s(-z) */
INLINE lanes silu_slope(lanes z, lanes delta)
{
    return delta * (lanes_sigmoid(z) * (1 + z * lanes_sigmoid(-z)));
}
APPLY(silu_apply, silu)
PULL_BACK(silu_pull_back, silu_slope, z)

APPLY(exp_apply, lanes_exp)

/* e^(z-max) / sum: the largest exponent is 0, so nothing overflows and the sum is at least 1. */
static void softmax_apply(size_t n, const real *z, real *a)
{
    real top = z[0], sum = 0;
    for (size_t j = 1; j < n; j++)
        top = z[j] > top ? z[j] : top;
    for (size_t j = 0; j < n; j++)
        a[j] = z[j] - top;
    exp_apply(n, a, a);
    for (size_t j = 0; j < n; j++)
        sum += a[j];
    for (size_t j = 0; j < n; j++)
        a[j] /= sum;
}

/* dE/dz[j] = a[j] (g[j] - sum_k a[k] g[k]) for g = dE/da */
static void softmax_pull_back(size_t n, const real *z, const real *a, real *delta)
{
    (void)z;
    real mean = 0;
    for (size_t j = 0; j < n; j++)
        mean += a[j] * delta[j];
    for (size_t j = 0; j < n; j++)
        delta[j] = a[j] * (delta[j] - mean);
}

const activation_rule LANES_NAME(activation_rules)[BG_ACTIVATION_COUNT] = {
    [BG_IDENTITY] = {identity_apply, identity_pull_back, false, false},
    [BG_SIGMOID] = {sigmoid_apply, sigmoid_pull_back, false, false},
    [BG_TANH] = {tanh_apply, tanh_pull_back, false, false},
    [BG_RELU] = {relu_apply, relu_pull_back, false, false},
    [BG_LEAKY_RELU] = {leaky_relu_apply, leaky_relu_pull_back, false, false},
    [BG_ELU] = {elu_apply, elu_pull_back, true, false},
    [BG_SOFTPLUS] = {softplus_apply, softplus_pull_back, true, false},
    [BG_GELU] = {gelu_apply, gelu_pull_back, true, false},
    [BG_SILU] = {silu_apply, silu_pull_back, true, false},
    [BG_SOFTMAX] = {softmax_apply, softmax_pull_back, false, true},
};
