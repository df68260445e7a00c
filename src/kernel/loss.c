#include "kernel/loss.h"

#include <math.h>

#include "base/real.h"

/* Sum of d^2 with d = a - t, n a multiple of 8: eight sums side by side, since one alone would wait
 * for each addition, for two per cent of a step of 1024-wide layers. */
static double squares_by_eights(size_t n, const real *a, const real *t, real *restrict d)
{
    double sum[8] = {0};
    for (size_t j = 0; j < n; j += 8)
        for (size_t k = 0; k < 8; k++) {
            d[j + k] = a[j + k] - t[j + k];
            sum[k] += (double)d[j + k] * (double)d[j + k];
        }
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

static inline double squares(size_t n, const real *a, const real *t, real *d)
{
    size_t whole = n / 8 * 8;
    double sum = whole ? squares_by_eights(whole, a, t, d) : 0;
    for (size_t j = whole; j < n; j++) {
        d[j] = a[j] - t[j];
        sum += (double)d[j] * (double)d[j];
    }
    return sum;
}

static double sse_row(size_t n, const real *z, const real *a, const real *t, real *delta)
{
    (void)z;
    double sum = squares(n, a, t, delta);
    for (size_t j = 0; j < n; j++)
        delta[j] *= 2;
    return sum;
}

static double half_sse_row(size_t n, const real *z, const real *a, const real *t, real *delta)
{
    (void)z;
    return squares(n, a, t, delta) / 2;
}

static double mse_row(size_t n, const real *z, const real *a, const real *t, real *delta)
{
    (void)z;
    double sum = squares(n, a, t, delta);
    for (size_t j = 0; j < n; j++)
        delta[j] = 2 * delta[j] / (real)n;
    return sum / (double)n;
}

/* The derivative at a = t is taken as 0. */
static double mae_row(size_t n, const real *z, const real *a, const real *t, real *delta)
{
    (void)z;
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        real d = a[j] - t[j];
        sum += fabs((double)d);
        delta[j] = (real)((d > 0) - (d < 0)) / (real)n;
        if (isnan(d))
            delta[j] = d;
    }
    return sum / (double)n;
}

/* P. Huber 1964, with the change from square to line at 1. */
static double huber_row(size_t n, const real *z, const real *a, const real *t, real *delta)
{
    (void)z;
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        real d = a[j] - t[j];
        double size = fabs((double)d);
        sum += size > 1 ? size - 0.5 : 0.5 * size * size;
        delta[j] = (d > 1 ? 1 : d < -1 ? -1 : d) / (real)n;
    }
    return sum / (double)n;
}

/* 0 ln 0 is 0: a term whose factor is 0 is left out. */
static double bce_row(size_t n, const real *z, const real *a, const real *t, real *delta)
{
    (void)z;
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        real off = 1 - t[j];
        delta[j] = 0;
        if (t[j] != 0) {
            sum -= (double)t[j] * log((double)a[j]);
            delta[j] -= t[j] / a[j];
        }
        if (off != 0) {
            sum -= (double)off * log1p(-(double)a[j]);
            delta[j] += off / (1 - a[j]);
        }
    }
    return sum;
}

static double cross_entropy_row(size_t n, const real *z, const real *a, const real *t, real *delta)
{
    (void)z;
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        delta[j] = 0;
        if (t[j] == 0)
            continue;
        sum -= (double)t[j] * log((double)a[j]);
        delta[j] = -t[j] / a[j];
    }
    return sum;
}

/* ln(1 + e^z) */
static double softplus(double z)
{
    return fmax(z, 0) + log1p(exp(-fabs(z)));
}

/* With a = s(z): -t ln a - (1-t) ln(1-a) = softplus(z) - t z, and its derivative is a - t. */
static double bce_sigmoid_row(size_t n, const real *z, const real *a, const real *t, real *delta)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        /* The smaller of two large terms first: softplus(z) - z = softplus(-z). */
        double x = (double)z[j], y = (double)t[j];
        sum += x > 0 ? softplus(-x) + (1 - y) * x : softplus(x) - y * x;
        delta[j] = a[j] - t[j];
    }
    return sum;
}

/* With a = s(z): -t ln a = t softplus(-z), and its derivative is -t (1 - a). */
static double cross_entropy_sigmoid_row(size_t n, const real *z, const real *a, const real *t,
                                        real *delta)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        sum += t[j] != 0 ? (double)t[j] * softplus(-(double)z[j]) : 0;
        delta[j] = -t[j] * (1 - a[j]);
    }
    return sum;
}

/* -ln a[j] = ln(sum_k e^(z[k]-top)) + top - z[j], and the derivative is a (sum of t) - t. */
static double cross_entropy_softmax_row(size_t n, const real *z, const real *a, const real *t,
                                        real *delta)
{
    double top = (double)z[0], sum = 0, total = 0, loss = 0;
    for (size_t j = 1; j < n; j++)
        top = (double)z[j] > top ? (double)z[j] : top;
    for (size_t j = 0; j < n; j++) {
        sum += exp((double)z[j] - top);
        total += (double)t[j];
    }
    double log_sum = log(sum);
    for (size_t j = 0; j < n; j++) {
        loss += t[j] != 0 ? (double)t[j] * (log_sum + (top - (double)z[j])) : 0;
        delta[j] = a[j] * (real)total - t[j];
    }
    return loss;
}

static const loss_rule plain[BG_LOSS_COUNT] = {
    [BG_MSE] = {mse_row, false},
    [BG_HALF_SSE] = {half_sse_row, false},
    [BG_SSE] = {sse_row, false},
    [BG_MAE] = {mae_row, false},
    [BG_HUBER] = {huber_row, false},
    [BG_BCE] = {bce_row, false},
    [BG_SOFTMAX_CE] = {cross_entropy_row, false},
};

static const struct {
    bg_loss loss;
    bg_activation output;
    loss_rule rule;
} fused[] = {
    {BG_BCE, BG_SIGMOID, {bce_sigmoid_row, true}},
    {BG_SOFTMAX_CE, BG_SIGMOID, {cross_entropy_sigmoid_row, true}},
    {BG_SOFTMAX_CE, BG_SOFTMAX, {cross_entropy_softmax_row, true}},
};

const loss_rule *loss_find(bg_loss loss, bg_activation output)
{
    for (size_t i = 0; i < sizeof fused / sizeof *fused; i++)
        if (fused[i].loss == loss && fused[i].output == output)
            return &fused[i].rule;
    return &plain[loss];
}

/* A row of weight 0 is not there: not even infinity counts. */
double loss_weigh(real weight, double value, size_t n, real *delta)
{
    for (size_t j = 0; j < n; j++)
        delta[j] = weight > 0 ? delta[j] * weight : 0;
    return weight > 0 ? value * (double)weight : 0;
}
