/* A naive twin of the engine in long double, one row at a time, straight from the formulas of
 * backgemm.h.  Beside every number goes a bound of what rounding in the engine may do to it: first
 * order, worst case, in units of u = epsilon / 2 of the engine's precision.  So one twin serves
 * both precisions, and no tolerance is guessed. */
#ifndef TESTS_TWIN_H
#define TESTS_TWIN_H

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "backgemm.h"

typedef long double wide;

/* What one function call may cost, in u; measured by test_activation. */
#define TWIN_CALL 8

typedef struct twin_number {
    wide value, error; /* error in u */
} twin_number;

/* ------------------------------------------------------------------------- activations --- */

static inline wide twin_sigmoid(wide z)
{
    return 1 / (1 + expl(-z));
}
static inline wide twin_normal_cdf(wide z)
{
    return erfcl(-z * M_SQRT1_2l) / 2;
}
static inline wide twin_normal_density(wide z)
{
    return expl(-z * z / 2) * M_2_SQRTPIl * M_SQRT1_2l / 2;
}
static inline wide twin_identity(wide z)
{
    return z;
}
static inline wide twin_identity_slope(wide z)
{
    (void)z;
    return 1;
}
static inline wide twin_sigmoid_slope(wide z)
{
    return twin_sigmoid(z) * twin_sigmoid(-z);
}
static inline wide twin_tanh(wide z)
{
    return tanhl(z);
}
static inline wide twin_tanh_slope(wide z)
{
    return 4 * twin_sigmoid_slope(2 * z);
}
static inline wide twin_relu(wide z)
{
    return z > 0 ? z : 0;
}
static inline wide twin_relu_slope(wide z)
{
    return z > 0;
}
static inline wide twin_leaky_relu(wide z)
{
    return z > 0 ? z : z * 0.01L;
}
static inline wide twin_leaky_relu_slope(wide z)
{
    return z > 0 ? 1 : 0.01L;
}
static inline wide twin_elu(wide z)
{
    return z > 0 ? z : expm1l(z);
}
static inline wide twin_elu_slope(wide z)
{
    return z > 0 ? 1 : expl(z);
}
static inline wide twin_softplus(wide z)
{
    return z > 0 ? z + log1pl(expl(-z)) : log1pl(expl(z));
}
static inline wide twin_gelu(wide z)
{
    return z * twin_normal_cdf(z);
}
static inline wide twin_gelu_slope(wide z)
{
    return twin_normal_cdf(z) + z * twin_normal_density(z);
}
static inline wide twin_silu(wide z)
{
    return z * twin_sigmoid(z);
}
static inline wide twin_silu_slope(wide z)
{
    return twin_sigmoid(z) * (1 + z * twin_sigmoid(-z));
}

typedef struct twin_function {
    wide (*f)(wide z);
    wide (*slope)(wide z);
    double curvature;   /* at least sup |f''|, kinks apart */
    double noise;       /* absolute error of a beside TWIN_CALL of its own size, in u */
    double slope_noise; /* absolute error of f', in u */
    bool kink;          /* f' or f'' jumps at 0 */
} twin_function;

static const twin_function twin_functions[BG_SOFTMAX] = {
    [BG_IDENTITY] = {twin_identity, twin_identity_slope, 0, 0, 0, false},
    [BG_SIGMOID] = {twin_sigmoid, twin_sigmoid_slope, 0.1, 0, TWIN_CALL, false},
    [BG_TANH] = {twin_tanh, twin_tanh_slope, 0.8, 0, TWIN_CALL, false},
    [BG_RELU] = {twin_relu, twin_relu_slope, 0, 0, 0, true},
    [BG_LEAKY_RELU] = {twin_leaky_relu, twin_leaky_relu_slope, 0, 0, 0.01, true},
    [BG_ELU] = {twin_elu, twin_elu_slope, 1, 0, TWIN_CALL, true},
    [BG_SOFTPLUS] = {twin_softplus, twin_sigmoid, 0.25, 0, TWIN_CALL, false},
    [BG_GELU] = {twin_gelu, twin_gelu_slope, 0.8, TWIN_CALL, 2 * TWIN_CALL, false},
    [BG_SILU] = {twin_silu, twin_silu_slope, 0.5, TWIN_CALL, 2 * TWIN_CALL, false},
};

/* e^z[j] / sum_k e^z[k] */
static inline void twin_softmax(size_t n, const twin_number *z, twin_number *a)
{
    wide top = z[0].value, sum = 0, mean = 0;
    for (size_t j = 1; j < n; j++)
        top = fmaxl(top, z[j].value);
    for (size_t j = 0; j < n; j++)
        sum += expl(z[j].value - top);
    for (size_t j = 0; j < n; j++) {
        a[j].value = expl(z[j].value - top) / sum;
        /* the difference z - top is rounded before e is raised to it */
        mean += a[j].value * (z[j].error + fabsl(z[j].value - top));
    }
    for (size_t j = 0; j < n; j++)
        a[j].error =
            a[j].value * (z[j].error + fabsl(z[j].value - top) + mean + (wide)(n + 2 * TWIN_CALL));
}

static inline void twin_activate(bg_activation f, size_t n, const twin_number *z, twin_number *a)
{
    if (f == BG_SOFTMAX) {
        twin_softmax(n, z, a);
        return;
    }
    const twin_function *rule = &twin_functions[f];
    for (size_t j = 0; j < n; j++) {
        a[j].value = rule->f(z[j].value);
        a[j].error = fabsl(rule->slope(z[j].value)) * z[j].error + TWIN_CALL * fabsl(a[j].value) +
                     rule->noise;
    }
}

/* dE/dz from g = dE/da. */
static inline void twin_pull_back(bg_activation f, size_t n, const twin_number *z,
                                  const twin_number *a, const twin_number *g, twin_number *delta)
{
    if (f != BG_SOFTMAX) {
        const twin_function *rule = &twin_functions[f];
        for (size_t j = 0; j < n; j++) {
            wide slope = rule->slope(z[j].value);
            delta[j].value = g[j].value * slope;
            delta[j].error = fabsl(slope) * g[j].error +
                             fabsl(g[j].value) *
                                 (rule->curvature * z[j].error + rule->slope_noise + fabsl(slope));
        }
        return;
    }
    twin_number mean = {0, 0};
    wide size = 0;
    for (size_t j = 0; j < n; j++) {
        mean.value += a[j].value * g[j].value;
        size += fabsl(a[j].value * g[j].value);
        mean.error += fabsl(a[j].value) * g[j].error + a[j].error * fabsl(g[j].value);
    }
    mean.error += (wide)(n + 1) * size;
    for (size_t j = 0; j < n; j++) {
        wide difference = g[j].value - mean.value;
        delta[j].value = a[j].value * difference;
        delta[j].error = a[j].error * fabsl(difference) + 2 * fabsl(delta[j].value) +
                         a[j].value * (g[j].error + mean.error);
    }
}

/* ------------------------------------------------------------------------------ losses --- */

/* One output's share of a loss: value, derivative dE/da and a bound of the second derivative. */
typedef struct twin_term {
    wide value, slope, bend;
    wide noise; /* of slope, beside bend times the error of a; in u */
} twin_term;

static inline wide twin_log_term(wide t, wide a)
{
    return t == 0 ? 0 : -t * logl(a); /* 0 ln 0 = 0 */
}

static inline twin_term twin_loss_term(bg_loss loss, size_t n, wide a, wide t)
{
    wide d = a - t, size = fabsl(d), share = 1 / (wide)n, sign = d > 0 ? 1 : d < 0 ? -1 : 0;
    wide up = t == 0 ? 0 : t / a, down = t == 1 ? 0 : (1 - t) / (1 - a);
    const twin_term terms[BG_LOSS_COUNT] = {
        [BG_MSE] = {d * d * share, 2 * d * share, 2 * share, 3 * size * share},
        [BG_HALF_SSE] = {d * d / 2, d, 1, size},
        [BG_SSE] = {d * d, 2 * d, 2, 2 * size},
        [BG_MAE] = {size * share, sign * share, 0, share},
        [BG_HUBER] = {(size > 1 ? size - 0.5L : d * d / 2) * share, (size > 1 ? sign : d) * share,
                      size > 1 ? 0 : share, 2 * share},
        [BG_BCE] = {twin_log_term(t, a) + twin_log_term(1 - t, 1 - a), down - up,
                    up / a + down / (1 - a), 4 * (up + down)},
        [BG_SOFTMAX_CE] = {twin_log_term(t, a), -up, up / a, 2 * up},
    };
    return terms[loss];
}

/* Loss of a row, and g = dE/da. */
static inline twin_number twin_loss(bg_loss loss, size_t n, const twin_number *a, const double *t,
                                    twin_number *g)
{
    twin_number sum = {0, 0};
    for (size_t j = 0; j < n; j++) {
        twin_term term = twin_loss_term(loss, n, a[j].value, (wide)t[j]);
        sum.value += term.value;
        sum.error += (wide)(n + TWIN_CALL) * fabsl(term.value) + fabsl(term.slope) * a[j].error;
        g[j].value = term.slope;
        g[j].error = term.bend * a[j].error + term.noise;
    }
    return sum;
}

/* Pairs whose delta the engine takes from z in one formula: the rounding is that of a T - t, with
 * T the sum of the targets, however large dE/da is. */
static inline void twin_tighten_fused(bg_loss loss, bg_activation f, size_t n, const twin_number *a,
                                      const double *t, twin_number *delta)
{
    bool fused = (loss == BG_BCE && f == BG_SIGMOID) ||
                 (loss == BG_SOFTMAX_CE && (f == BG_SIGMOID || f == BG_SOFTMAX));
    if (!fused)
        return;
    wide total = 1;
    for (size_t j = 0; j < n; j++)
        total += fabsl((wide)t[j]);
    for (size_t j = 0; j < n; j++)
        delta[j].error = total * (a[j].error + (wide)(n + 4) * a[j].value) + 4 * fabsl((wide)t[j]);
}

/* ----------------------------------------------------------------------------- network --- */

enum { TWIN_LAYERS = 5, TWIN_WIDTH = 80 };

typedef struct twin {
    size_t layers, width[TWIN_LAYERS + 1];
    bg_activation f[TWIN_LAYERS + 1]; /* of layer l at [l] */
    const double *parameters;         /* as bg_gradient orders them; borrowed */
    twin_number z[TWIN_LAYERS + 1][TWIN_WIDTH], a[TWIN_LAYERS + 1][TWIN_WIDTH],
        delta[TWIN_LAYERS + 1][TWIN_WIDTH]; /* of the last row; layer l at [l] */
} twin;

static inline size_t twin_parameters(const twin *w)
{
    size_t count = 0;
    for (size_t l = 1; l <= w->layers; l++)
        count += (w->width[l - 1] + 1) * w->width[l];
    return count;
}

static inline void twin_forward(twin *w, const double *x)
{
    const double *weight = w->parameters;
    for (size_t i = 0; i < w->width[0]; i++)
        w->a[0][i] = (twin_number){(wide)x[i], 0};
    for (size_t l = 1; l <= w->layers; l++) {
        size_t in = w->width[l - 1], out = w->width[l];
        const double *bias = weight + in * out;
        for (size_t j = 0; j < out; j++) {
            wide sum = 0, size = 0, error = 0;
            for (size_t i = 0; i < in; i++) {
                wide v = (wide)weight[j * in + i], term = w->a[l - 1][i].value * v;
                sum += term;
                size += fabsl(term);
                error += w->a[l - 1][i].error * fabsl(v);
            }
            sum += (wide)bias[j];
            size += fabsl((wide)bias[j]);
            w->z[l][j] = (twin_number){sum, error + (wide)(in + 1) * size};
        }
        twin_activate(w->f[l], out, w->z[l], w->a[l]);
        weight = bias + out;
    }
}

/* After twin_forward of the same row: its loss, and all deltas. */
static inline twin_number twin_backward(twin *w, bg_loss loss, const double *t)
{
    twin_number g[TWIN_WIDTH];
    const double *end = w->parameters + twin_parameters(w);
    size_t top = w->layers;
    twin_number value = twin_loss(loss, w->width[top], w->a[top], t, g);
    for (size_t l = top; l > 0; l--) {
        size_t in = w->width[l - 1], out = w->width[l];
        const double *weight = end - (in + 1) * out;
        twin_pull_back(w->f[l], out, w->z[l], w->a[l], g, w->delta[l]);
        if (l == top)
            twin_tighten_fused(loss, w->f[l], out, w->a[l], t, w->delta[l]);
        for (size_t i = 0; i < in; i++) {
            wide size = 0;
            g[i] = (twin_number){0, 0};
            for (size_t j = 0; j < out; j++) {
                wide v = (wide)weight[j * in + i], term = w->delta[l][j].value * v;
                g[i].value += term;
                size += fabsl(term);
                g[i].error += w->delta[l][j].error * fabsl(v);
            }
            g[i].error += (wide)(out + 2) * size; /* 2: delta is scaled by 1/rows */
        }
        end = weight;
    }
    return value;
}

/* sum += a b, as one of `terms` terms */
static inline void twin_add(twin_number *sum, twin_number a, twin_number b, size_t terms)
{
    wide product = a.value * b.value;
    sum->value += product;
    sum->error +=
        fabsl(a.value) * b.error + a.error * fabsl(b.value) + (wide)(terms + 4) * fabsl(product);
}

/* Objective and gradient over rows, as bg_gradient. */
static inline twin_number twin_gradient(twin *w, const bg_objective *objective, size_t rows,
                                        const double *x, const double *t, twin_number *gradient)
{
    const twin_number one = {1, 0};
    twin_number total = {0, 0};
    wide share = objective->reduction == BG_MEAN ? 1 / (wide)rows : 1;
    size_t count = twin_parameters(w);
    memset(gradient, 0, count * sizeof *gradient);
    for (size_t r = 0; r < rows; r++) {
        twin_forward(w, x + r * w->width[0]);
        twin_add(&total, twin_backward(w, objective->loss, t + r * w->width[w->layers]), one, rows);
        twin_number *g = gradient;
        for (size_t l = 1; l <= w->layers; l++) {
            for (size_t j = 0; j < w->width[l]; j++)
                for (size_t i = 0; i < w->width[l - 1]; i++)
                    twin_add(g++, w->delta[l][j], w->a[l - 1][i], rows);
            for (size_t j = 0; j < w->width[l]; j++)
                twin_add(g++, w->delta[l][j], one, rows);
        }
    }
    for (size_t k = 0; k < count; k++)
        gradient[k] = (twin_number){gradient[k].value * share, gradient[k].error * share};
    total = (twin_number){total.value * share, total.error * share};
    size_t k = 0;
    for (size_t l = 1; l <= w->layers; l++) {
        for (size_t i = 0; i < w->width[l - 1] * w->width[l]; i++, k++) {
            wide v = (wide)w->parameters[k], pull = (wide)objective->l2 * v;
            wide push = (wide)objective->l1 * (wide)((v > 0) - (v < 0));
            gradient[k].value += pull + push;
            gradient[k].error += 4 * (fabsl(pull) + fabsl(push));
            total.value += pull * v / 2 + push * v;
            total.error += (wide)(TWIN_CALL + count) * (fabsl(pull * v) + fabsl(push * v));
        }
        k += w->width[l];
    }
    return total;
}

/* |got - want| within `relative` of want, or within what rounding explains; u of the precision. */
static inline bool twin_agrees(double got, twin_number want, double relative, double u)
{
    wide off = fabsl((wide)got - want.value);
    return off <= fabsl(want.value) * (wide)relative || off <= want.error * (wide)u;
}

#endif
