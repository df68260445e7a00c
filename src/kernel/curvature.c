#include "kernel/curvature.h"

#include <math.h>

#define INV_SQRT_2PI 0.39894228040143267794
#define SQRT_HALF 0.70710678118654752440

/* ---------------------------------------------------------------------------- activations --- */

typedef struct slopes {
    double first, second; /* f'(z), f''(z) */
} slopes;

static double sigmoid(double z)
{
    return z < 0 ? exp(z) / (1 + exp(z)) : 1 / (1 + exp(-z));
}

static slopes identity_slopes(double z, double a)
{
    (void)z, (void)a;
    return (slopes){1, 0};
}

static slopes sigmoid_slopes(double z, double a)
{
    double first = a * sigmoid(-z); /* 1 - a without cancellation */
    return (slopes){first, first * (1 - 2 * a)};
}

static slopes tanh_slopes(double z, double a)
{
    (void)z;
    double first = (1 - a) * (1 + a);
    return (slopes){first, -2 * a * first};
}

static slopes relu_slopes(double z, double a)
{
    (void)a;
    return (slopes){z > 0 ? 1 : 0, 0};
}

static slopes leaky_relu_slopes(double z, double a)
{
    (void)a;
    return (slopes){z > 0 ? 1 : 0.01, 0};
}

static slopes elu_slopes(double z, double a)
{
    (void)a;
    return z > 0 ? (slopes){1, 0} : (slopes){exp(z), exp(z)};
}

static slopes softplus_slopes(double z, double a)
{
    (void)a;
    double first = sigmoid(z);
    return (slopes){first, first * sigmoid(-z)};
}

/* z Phi(z): Phi + z phi, then phi (2 - z^2) */
static slopes gelu_slopes(double z, double a)
{
    (void)a;
    double density = INV_SQRT_2PI * exp(-0.5 * z * z);
    return (slopes){0.5 * erfc(-z * SQRT_HALF) + z * density, density * (2 - z * z)};
}

/* z s(z): s (1 + z (1-s)), then s (1-s) (2 + z (1-2s)) */
static slopes silu_slopes(double z, double a)
{
    (void)a;
    double s = sigmoid(z), rest = sigmoid(-z);
    return (slopes){s * (1 + z * rest), s * rest * (2 + z * (rest - s))};
}

/* softmax couples its units and is treated apart. */
static slopes (*const slopes_of[BG_ACTIVATION_COUNT])(double z, double a) = {
    [BG_IDENTITY] = identity_slopes,
    [BG_SIGMOID] = sigmoid_slopes,
    [BG_TANH] = tanh_slopes,
    [BG_RELU] = relu_slopes,
    [BG_LEAKY_RELU] = leaky_relu_slopes,
    [BG_ELU] = elu_slopes,
    [BG_SOFTPLUS] = softplus_slopes,
    [BG_GELU] = gelu_slopes,
    [BG_SILU] = silu_slopes,
};

static double dot(size_t n, const double *x, const double *y)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += x[j] * y[j];
    return sum;
}

/* R{a} = a (R{z} - a'R{z}) */
static void softmax_forward(const curvature_row *row)
{
    double mean = dot(row->n, row->a, row->rz);
    for (size_t j = 0; j < row->n; j++)
        row->ra[j] = row->a[j] * (row->rz[j] - mean);
}

/* delta = a (g - a'g), R{delta} = R{a} (g - a'g) + a (R{g} - R{a}'g - a'R{g}) */
static void softmax_backward(const curvature_row *row, double *delta, double *rdelta)
{
    size_t n = row->n;
    double mean = dot(n, row->a, delta);
    double rmean = dot(n, row->ra, delta) + dot(n, row->a, rdelta);
    for (size_t j = 0; j < n; j++) {
        rdelta[j] = row->ra[j] * (delta[j] - mean) + row->a[j] * (rdelta[j] - rmean);
        delta[j] = row->a[j] * (delta[j] - mean);
    }
}

void curvature_forward(bg_activation f, const curvature_row *row)
{
    if (f == BG_SOFTMAX) {
        softmax_forward(row);
        return;
    }
    for (size_t j = 0; j < row->n; j++)
        row->ra[j] = slopes_of[f](row->z[j], row->a[j]).first * row->rz[j];
}

/* delta = f' g, R{delta} = f' R{g} + f'' R{z} g */
void curvature_backward(bg_activation f, const curvature_row *row, double *delta, double *rdelta)
{
    if (f == BG_SOFTMAX) {
        softmax_backward(row, delta, rdelta);
        return;
    }
    for (size_t j = 0; j < row->n; j++) {
        slopes s = slopes_of[f](row->z[j], row->a[j]);
        rdelta[j] = s.first * rdelta[j] + s.second * row->rz[j] * delta[j];
        delta[j] *= s.first;
    }
}

/* --------------------------------------------------------------------------------- losses --- */

/* By an output a of n and its target t: dE/da and d2E/da2, the other outputs having no say. */
static slopes half_sse_slopes(double a, double t, double n)
{
    (void)n;
    return (slopes){a - t, 1};
}

static slopes sse_slopes(double a, double t, double n)
{
    (void)n;
    return (slopes){2 * (a - t), 2};
}

static slopes mse_slopes(double a, double t, double n)
{
    return (slopes){2 * (a - t) / n, 2 / n};
}

static slopes mae_slopes(double a, double t, double n)
{
    return (slopes){((a > t) - (a < t)) / n, 0};
}

static slopes huber_slopes(double a, double t, double n)
{
    double d = a - t;
    return fabs(d) <= 1 ? (slopes){d / n, 1 / n} : (slopes){(d > 0 ? 1 : -1) / n, 0};
}

static slopes bce_slopes(double a, double t, double n)
{
    (void)n;
    slopes on = {0, 0}, off = {0, 0}; /* 0 ln 0 is 0 */
    if (t != 0)
        on = (slopes){-t / a, t / (a * a)};
    if (t != 1)
        off = (slopes){(1 - t) / (1 - a), (1 - t) / ((1 - a) * (1 - a))};
    return (slopes){on.first + off.first, on.second + off.second};
}

static slopes cross_entropy_slopes(double a, double t, double n)
{
    (void)n;
    return t != 0 ? (slopes){-t / a, t / (a * a)} : (slopes){0, 0};
}

static slopes (*const loss_slopes[BG_LOSS_COUNT])(double a, double t, double n) = {
    [BG_MSE] = mse_slopes,
    [BG_HALF_SSE] = half_sse_slopes,
    [BG_SSE] = sse_slopes,
    [BG_MAE] = mae_slopes,
    [BG_HUBER] = huber_slopes,
    [BG_BCE] = bce_slopes,
    [BG_SOFTMAX_CE] = cross_entropy_slopes,
};

/* Where loss and activation are stable only together, dE/dz = c a + d for each unit, c and d of its
 * target t and the row's sum of targets: see kernel/loss.c. */
static slopes bce_sigmoid_line(double t, double total)
{
    (void)total;
    return (slopes){1, -t};
}

static slopes cross_entropy_sigmoid_line(double t, double total)
{
    (void)total;
    return (slopes){t, -t};
}

static slopes cross_entropy_softmax_line(double t, double total)
{
    return (slopes){total, -t};
}

static const struct {
    bg_loss loss;
    bg_activation output;
    slopes (*line)(double t, double total); /* c and d */
} fused[] = {
    {BG_BCE, BG_SIGMOID, bce_sigmoid_line},
    {BG_SOFTMAX_CE, BG_SIGMOID, cross_entropy_sigmoid_line},
    {BG_SOFTMAX_CE, BG_SOFTMAX, cross_entropy_softmax_line},
};

static void fused_loss(slopes (*line)(double t, double total), const curvature_row *row,
                       const double *t, double scale, double *delta, double *rdelta)
{
    double total = 0;
    for (size_t j = 0; j < row->n; j++)
        total += t[j];
    for (size_t j = 0; j < row->n; j++) {
        slopes s = line(t[j], total);
        delta[j] = scale * (s.first * row->a[j] + s.second);
        rdelta[j] = scale * s.first * row->ra[j];
    }
}

void curvature_loss(bg_loss loss, bg_activation f, const curvature_row *row, const double *t,
                    double scale, double *delta, double *rdelta)
{
    for (size_t i = 0; i < sizeof fused / sizeof *fused; i++)
        if (fused[i].loss == loss && fused[i].output == f) {
            fused_loss(fused[i].line, row, t, scale, delta, rdelta);
            return;
        }
    for (size_t j = 0; j < row->n; j++) {
        slopes s = loss_slopes[loss](row->a[j], t[j], (double)row->n);
        delta[j] = scale * s.first;
        rdelta[j] = scale * s.second * row->ra[j];
    }
    curvature_backward(f, row, delta, rdelta);
}
