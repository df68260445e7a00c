#include "kernel/activation.h"

#include <math.h>
#include <string.h>

#include "base/real.h"

#define LEAKY_SLOPE ((real)0.01)
#define SQRT_HALF ((real)0.70710678118654752440)
#define INV_SQRT_2PI ((real)0.39894228040143267794)

static real r_exp(real x)
{
    return REAL_FUNCTION(exp)(x);
}
static real r_expm1(real x)
{
    return REAL_FUNCTION(expm1)(x);
}
static real r_log1p(real x)
{
    return REAL_FUNCTION(log1p)(x);
}
static real r_abs(real x)
{
    return REAL_FUNCTION(fabs)(x);
}

static real sigmoid(real z)
{
    return 1 / (1 + r_exp(-z));
}

/* Phi, the normal distribution function. */
static real normal_cdf(real z)
{
    return (real)0.5 * REAL_FUNCTION(erfc)(-z * SQRT_HALF);
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

static void sigmoid_apply(size_t n, const real *z, real *a)
{
    for (size_t j = 0; j < n; j++)
        a[j] = sigmoid(z[j]);
}

static void sigmoid_pull_back(size_t n, const real *z, const real *a, real *delta)
{
    (void)z;
    for (size_t j = 0; j < n; j++)
        delta[j] *= a[j] * (1 - a[j]);
}

static void tanh_apply(size_t n, const real *z, real *a)
{
    for (size_t j = 0; j < n; j++)
        a[j] = REAL_FUNCTION(tanh)(z[j]);
}

/* 1 - a^2 as a product keeps digits where a is near 1. */
static void tanh_pull_back(size_t n, const real *z, const real *a, real *delta)
{
    (void)z;
    for (size_t j = 0; j < n; j++)
        delta[j] *= (1 - a[j]) * (1 + a[j]);
}

/* Written so that NaN stays NaN. */
static void relu_apply(size_t n, const real *z, real *a)
{
    for (size_t j = 0; j < n; j++)
        a[j] = z[j] < 0 ? 0 : z[j];
}

static void relu_pull_back(size_t n, const real *z, const real *a, real *delta)
{
    (void)z;
    for (size_t j = 0; j < n; j++)
        delta[j] = a[j] > 0 ? delta[j] : 0;
}

static void leaky_relu_apply(size_t n, const real *z, real *a)
{
    for (size_t j = 0; j < n; j++)
        a[j] = z[j] < 0 ? LEAKY_SLOPE * z[j] : z[j];
}

static void leaky_relu_pull_back(size_t n, const real *z, const real *a, real *delta)
{
    (void)z;
    for (size_t j = 0; j < n; j++)
        delta[j] *= a[j] > 0 ? 1 : LEAKY_SLOPE;
}

static void elu_apply(size_t n, const real *z, real *a)
{
    for (size_t j = 0; j < n; j++)
        a[j] = z[j] > 0 ? z[j] : r_expm1(z[j]);
}

static void elu_pull_back(size_t n, const real *z, const real *a, real *delta)
{
    (void)a;
    for (size_t j = 0; j < n; j++)
        delta[j] *= z[j] > 0 ? 1 : r_exp(z[j]);
}

/* ln(1 + e^z) without overflow. */
static void softplus_apply(size_t n, const real *z, real *a)
{
    for (size_t j = 0; j < n; j++)
        a[j] = (z[j] > 0 ? z[j] : z[j] < 0 ? 0 : z[j]) + r_log1p(r_exp(-r_abs(z[j])));
}

static void softplus_pull_back(size_t n, const real *z, const real *a, real *delta)
{
    (void)a;
    for (size_t j = 0; j < n; j++)
        delta[j] *= sigmoid(z[j]);
}

static void gelu_apply(size_t n, const real *z, real *a)
{
    for (size_t j = 0; j < n; j++)
        a[j] = z[j] * normal_cdf(z[j]);
}

/* (z Phi(z))' = Phi(z) + z phi(z) */
static void gelu_pull_back(size_t n, const real *z, const real *a, real *delta)
{
    (void)a;
    for (size_t j = 0; j < n; j++)
        delta[j] *= normal_cdf(z[j]) + z[j] * INV_SQRT_2PI * r_exp((real)-0.5 * z[j] * z[j]);
}

static void silu_apply(size_t n, const real *z, real *a)
{
    for (size_t j = 0; j < n; j++)
        a[j] = z[j] * sigmoid(z[j]);
}

/* (z s(z))' = s + z s (1-s), with 1 - s(z) = s(-z) */
static void silu_pull_back(size_t n, const real *z, const real *a, real *delta)
{
    (void)a;
    for (size_t j = 0; j < n; j++)
        delta[j] *= sigmoid(z[j]) * (1 + z[j] * sigmoid(-z[j]));
}

/* e^(z-max) / sum: the largest exponent is 0, so nothing overflows and the sum is at least 1. */
static void softmax_apply(size_t n, const real *z, real *a)
{
    real top = z[0], sum = 0;
    for (size_t j = 1; j < n; j++)
        top = z[j] > top ? z[j] : top;
    for (size_t j = 0; j < n; j++)
        sum += a[j] = r_exp(z[j] - top);
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

static const activation_rule rules[BG_ACTIVATION_COUNT] = {
    [BG_IDENTITY] = {identity_apply, identity_pull_back, false},
    [BG_SIGMOID] = {sigmoid_apply, sigmoid_pull_back, false},
    [BG_TANH] = {tanh_apply, tanh_pull_back, false},
    [BG_RELU] = {relu_apply, relu_pull_back, false},
    [BG_LEAKY_RELU] = {leaky_relu_apply, leaky_relu_pull_back, false},
    [BG_ELU] = {elu_apply, elu_pull_back, true},
    [BG_SOFTPLUS] = {softplus_apply, softplus_pull_back, true},
    [BG_GELU] = {gelu_apply, gelu_pull_back, true},
    [BG_SILU] = {silu_apply, silu_pull_back, true},
    [BG_SOFTMAX] = {softmax_apply, softmax_pull_back, false},
};

const activation_rule *activation_find(bg_activation activation)
{
    return &rules[activation];
}
