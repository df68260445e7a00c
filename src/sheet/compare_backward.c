#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "sheet/compare.h"

static double logistic(double z)
{
    return 1 / (1 + exp(-z));
}

/* f'(z), with a = f(z); `right`: at a kink from the right side. */
typedef double slope(double z, double a, bool right);

static double slope_sigmoid(double z, double a, bool right)
{
    (void)z, (void)right;
    return a * (1 - a);
}

static double slope_tanh(double z, double a, bool right)
{
    (void)z, (void)right;
    return 1 - a * a;
}

static double slope_relu(double z, double a, bool right)
{
    (void)a;
    return z > 0 || (right && z == 0) ? 1 : 0;
}

static double slope_leaky_relu(double z, double a, bool right)
{
    (void)a;
    return z > 0 || (right && z == 0) ? 1 : 0.01;
}

static double slope_elu(double z, double a, bool right)
{
    (void)a, (void)right;
    return z > 0 ? 1 : exp(z);
}

static double slope_softplus(double z, double a, bool right)
{
    (void)a, (void)right;
    return logistic(z);
}

static double slope_gelu(double z, double a, bool right)
{
    static const double inverse_root_2pi = 0.39894228040143267794;
    (void)a, (void)right;
    return erfc(-z * M_SQRT1_2) / 2 + z * inverse_root_2pi * exp(-z * z / 2);
}

static double slope_silu(double z, double a, bool right)
{
    double s = logistic(z);
    (void)a, (void)right;
    return s * (1 + z * (1 - s));
}

/* NULL: 1.  Softmax stands in the last layer only, whose delta is the engine's. */
static slope *const slopes[BG_ACTIVATION_COUNT] = {
    [BG_SIGMOID] = slope_sigmoid, [BG_TANH] = slope_tanh,
    [BG_RELU] = slope_relu,       [BG_LEAKY_RELU] = slope_leaky_relu,
    [BG_ELU] = slope_elu,         [BG_SOFTPLUS] = slope_softplus,
    [BG_GELU] = slope_gelu,       [BG_SILU] = slope_silu,
};

/* One row on its way back. */
typedef struct row_back {
    const bg_recording *r;
    const backward_way *way;
    const double *values, *through;
    double **a;      /* activations, or their sizes, of layer l at [l]; owned */
    double **delta;  /* of layer l at [l] */
    double *numbers; /* what a and delta are carved from, owned */
} row_back;

static bool row_open(row_back *b)
{
    const bg_recording *r = b->r;
    size_t units = 0;
    for (size_t l = 0; l <= r->layers; l++)
        units += r->widths[l];
    b->a = memory_zeroed(2 * (r->layers + 1), sizeof *b->a);
    b->numbers = memory_zeroed(2 * units, sizeof *b->numbers);
    if (!b->a || !b->numbers)
        return false;
    b->delta = b->a + r->layers + 1;
    double *next = b->numbers;
    for (size_t l = 0; l <= r->layers; l++) {
        b->a[l] = next;
        b->delta[l] = next + r->widths[l];
        next += 2 * r->widths[l];
    }
    return true;
}

static void row_close(row_back *b)
{
    memory_release(b->a);
    memory_release(b->numbers);
}

/* Where layer l (from 1) begins in a flat vector. */
static size_t layer_start(const bg_recording *r, size_t l)
{
    size_t at = 0;
    for (size_t k = 1; k < l; k++)
        at += r->widths[k] * (r->widths[k - 1] + 1);
    return at;
}

/* What a rounding error of a unit is measured by: sum |w| |a| + |b|. */
static void size_forward(row_back *b, const bg_trace *trace)
{
    const bg_recording *r = b->r;
    for (size_t i = 0; i < r->widths[0]; i++)
        b->a[0][i] = fabs(bg_trace_a(trace, 0)[i]);
    for (size_t l = 1; l <= r->layers; l++) {
        size_t in = r->widths[l - 1], out = r->widths[l];
        const double *w = b->values + layer_start(r, l), *bias = w + in * out;
        for (size_t j = 0; j < out; j++) {
            double sum = fabs(bias[j]);
            for (size_t i = 0; i < in; i++)
                sum += fabs(w[j * in + i]) * b->a[l - 1][i];
            b->a[l][j] = fmax(sum, fabs(bg_trace_a(trace, l)[j]));
        }
    }
}

/* dE/da of a squared loss over a - t. */
static double square_factor(const bg_recording *r)
{
    bg_loss loss = r->options.objective.loss;
    double n = (double)r->widths[r->layers];
    return loss == BG_HALF_SSE ? 1 : loss == BG_SSE ? 2 : loss == BG_MSE ? 2 / n : 0;
}

static void last_delta(row_back *b, const bg_trace *trace, const double *target)
{
    const bg_recording *r = b->r;
    size_t last = r->layers;
    const double *a = bg_trace_a(trace, last), *delta = bg_trace_delta(trace, last);
    for (size_t j = 0; j < r->widths[last]; j++) {
        if (b->way->sizes)
            b->delta[last][j] = fmax(fabs(delta[j]), 2 * (b->a[last][j] + fabs(target[j])));
        else if (b->way->no_output)
            b->delta[last][j] = square_factor(r) * (a[j] - target[j]);
        else
            b->delta[last][j] = delta[j];
    }
}

static double factor(const row_back *b, const bg_trace *trace, size_t l, size_t i)
{
    slope *own = slopes[b->r->activations[l - 1]];
    if (b->way->sizes || b->way->no_hidden || !own)
        return 1;
    return own(bg_trace_z(trace, l)[i], bg_trace_a(trace, l)[i], b->way->kinks);
}

/* delta[l] = W[l+1]' delta[l+1] f'(z[l]) */
static void delta_back(row_back *b, const bg_trace *trace, size_t l)
{
    size_t in = b->r->widths[l], out = b->r->widths[l + 1];
    const double *w = b->through + layer_start(b->r, l + 1);
    bool turned = b->way->transposed && in == out;
    for (size_t i = 0; i < in; i++) {
        double sum = 0;
        for (size_t j = 0; j < out; j++) {
            double weight = turned ? w[i * in + j] : w[j * in + i];
            sum += (b->way->sizes ? fabs(weight) : weight) * b->delta[l + 1][j];
        }
        b->delta[l][i] = sum * factor(b, trace, l, i);
    }
}

static void add_row(const row_back *b, double scale, double *gradient)
{
    for (size_t l = 1; l <= b->r->layers; l++) {
        size_t in = b->r->widths[l - 1], out = b->r->widths[l];
        for (size_t j = 0; j < out; j++, gradient += in)
            for (size_t i = 0; i < in; i++)
                gradient[i] += scale * b->delta[l][j] * b->a[l - 1][i];
        for (size_t j = 0; j < out; j++)
            *gradient++ += scale * b->delta[l][j];
    }
}

static bg_status one_row(row_back *b, const examiner *x, const bg_data *data, size_t row,
                         double *target, double *gradient, bg_error *error)
{
    const bg_recording *r = b->r;
    bg_objective objective = r->options.objective;
    bg_trace *trace;
    TRY(bg_trace_create(x->net, &objective, data, row, &trace, error));
    bg_data_row(data, row, NULL, target);
    for (size_t l = 0; l <= r->layers; l++)
        memcpy(b->a[l], bg_trace_a(trace, l), r->widths[l] * sizeof(double));
    if (b->way->sizes)
        size_forward(b, trace);
    last_delta(b, trace, target);
    for (size_t l = r->layers - 1; l > 0; l--)
        delta_back(b, trace, l);
    double scale = objective.reduction == BG_MEAN ? 1 / (double)bg_data_rows(data) : 1;
    add_row(b, scale, gradient);
    bg_trace_free(trace);
    return BG_OK;
}

bg_status backward_gradient(const examiner *x, const double *values, const bg_data *data,
                            const backward_way *way, double *gradient, bg_error *error)
{
    row_back b = {
        .r = x->r, .way = way, .values = values, .through = way->through ? way->through : values};
    double *target = memory_zeroed(x->r->widths[x->r->layers], sizeof *target);
    bg_status status = row_open(&b) && target ? BG_OK : fail_memory(error, "a gradient row by row");
    memset(gradient, 0, x->r->parameters * sizeof *gradient);
    for (size_t row = 0; status == BG_OK && row < bg_data_rows(data); row++)
        status = one_row(&b, x, data, row, target, gradient, error);
    row_close(&b);
    memory_release(target);
    return status;
}
