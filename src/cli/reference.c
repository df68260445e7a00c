#include "reference.h"

#include <math.h>
#include <stdlib.h>

#include "talk.h"

/* --------------------------------------------------------------------------- functions --- */

static double phi(double z)
{
    return 0.5 * erfc(-z * M_SQRT1_2);
}

static double sigmoid(double z)
{
    return 1 / (1 + exp(-z));
}

static double identity_f(double z)
{
    return z;
}
static double one(double z)
{
    return (void)z, 1;
}
static double sigmoid_slope(double z)
{
    return sigmoid(z) * sigmoid(-z);
}
static double tanh_slope(double z)
{
    return 1 / (cosh(z) * cosh(z));
}
static double relu(double z)
{
    return z > 0 ? z : 0;
}
static double step(double z)
{
    return z > 0 ? 1 : 0;
}
static double leaky(double z)
{
    return z > 0 ? z : 0.01 * z;
}
static double leaky_slope(double z)
{
    return z > 0 ? 1 : 0.01;
}
static double elu(double z)
{
    return z > 0 ? z : expm1(z);
}
static double elu_slope(double z)
{
    return z > 0 ? 1 : exp(z);
}
static double softplus(double z)
{
    return z > 0 ? z + log1p(exp(-z)) : log1p(exp(z));
}
static double gelu(double z)
{
    return z * phi(z);
}
static double silu(double z)
{
    return z * sigmoid(z);
}

static double gelu_slope(double z)
{
    return phi(z) + z * exp(-z * z / 2) / sqrt(2 * M_PI);
}

static double silu_slope(double z)
{
    return sigmoid(z) * (1 + z * sigmoid(-z));
}

static const struct {
    double (*f)(double z), (*slope)(double z);
    bool bends;
} activations[BG_ACTIVATION_COUNT] = {
    [BG_IDENTITY] = {identity_f, one, false},     [BG_SIGMOID] = {sigmoid, sigmoid_slope, false},
    [BG_TANH] = {tanh, tanh_slope, false},        [BG_RELU] = {relu, step, true},
    [BG_LEAKY_RELU] = {leaky, leaky_slope, true}, [BG_ELU] = {elu, elu_slope, false},
    [BG_SOFTPLUS] = {softplus, sigmoid, false},   [BG_GELU] = {gelu, gelu_slope, false},
    [BG_SILU] = {silu, silu_slope, false},        [BG_SOFTMAX] = {NULL, NULL, false},
};

/* One output's share of the loss, before a division by the number of outputs, and its derivative
 * by a. */
typedef struct term {
    double loss, slope;
} term;

static term squares(double a, double t)
{
    return (term){(a - t) * (a - t), 2 * (a - t)};
}
static term halves(double a, double t)
{
    return (term){(a - t) * (a - t) / 2, a - t};
}

static term distance(double a, double t)
{
    return (term){fabs(a - t), (a > t) - (a < t)};
}

static term huber(double a, double t)
{
    double d = a - t;
    return fabs(d) <= 1 ? (term){d * d / 2, d} : (term){fabs(d) - 0.5, d > 0 ? 1 : -1};
}

static term binary(double a, double t)
{
    return (term){-(t > 0 ? t * log(a) : 0) - (t < 1 ? (1 - t) * log1p(-a) : 0),
                  (a - t) / (a * (1 - a))};
}

static term entropy(double a, double t)
{
    return t > 0 ? (term){-t * log(a), -t / a} : (term){0, 0};
}

static const struct {
    term (*of)(double a, double t);
    bool mean; /* over the outputs */
} losses[BG_LOSS_COUNT] = {
    [BG_MSE] = {squares, true},         [BG_HALF_SSE] = {halves, false},
    [BG_SSE] = {squares, false},        [BG_MAE] = {distance, true},
    [BG_HUBER] = {huber, true},         [BG_BCE] = {binary, false},
    [BG_SOFTMAX_CE] = {entropy, false},
};

/* -------------------------------------------------------------------------------- pass --- */

/* a[j] = e^(z[j] - max) / sum */
static void softmax(size_t n, const double *z, double *a)
{
    double most = z[0], sum = 0;
    for (size_t j = 1; j < n; j++)
        most = fmax(most, z[j]);
    for (size_t j = 0; j < n; j++)
        sum += a[j] = exp(z[j] - most);
    for (size_t j = 0; j < n; j++)
        a[j] /= sum;
}

void reference_forward(reference *r, const bg_data *data, size_t row)
{
    bg_data_row(data, row, r->a[0], r->target);
    for (size_t l = 1; l <= r->layers; l++) {
        size_t in = bg_net_width(r->net, l - 1), out = bg_net_width(r->net, l);
        bg_activation f = bg_net_activation(r->net, l);
        for (size_t j = 0; j < out; j++) {
            double sum = r->bias[l][j];
            for (size_t i = 0; i < in; i++)
                sum += r->weight[l][j * in + i] * r->a[l - 1][i];
            r->z[l][j] = sum;
            r->a[l][j] = f == BG_SOFTMAX ? 0 : activations[f].f(sum);
        }
        if (f == BG_SOFTMAX)
            softmax(out, r->z[l], r->a[l]);
    }
}

double reference_bend(const reference *r)
{
    double least = (double)INFINITY;
    for (size_t l = 1; l <= r->layers; l++)
        for (size_t j = 0;
             activations[bg_net_activation(r->net, l)].bends && j < bg_net_width(r->net, l); j++)
            least = fmin(least, fabs(r->z[l][j]));
    return least;
}

/* delta[l] from dE/da[l], in place. */
static void pull_back(reference *r, size_t l)
{
    size_t n = bg_net_width(r->net, l);
    bg_activation f = bg_net_activation(r->net, l);
    double *delta = r->delta[l], dot = 0;
    for (size_t j = 0; f == BG_SOFTMAX && j < n; j++)
        dot += r->a[l][j] * delta[j];
    for (size_t j = 0; j < n; j++)
        delta[j] = f == BG_SOFTMAX ? r->a[l][j] * (delta[j] - dot)
                                   : delta[j] * activations[f].slope(r->z[l][j]);
}

/* gW[j][i] += delta[j] a[i], gb[j] += delta[j]; returns the place behind them. */
static double *gather(const reference *r, size_t l, double *gradient)
{
    size_t in = bg_net_width(r->net, l - 1), out = bg_net_width(r->net, l);
    for (size_t j = 0; j < out; j++)
        for (size_t i = 0; i < in; i++)
            gradient[j * in + i] += r->delta[l][j] * r->a[l - 1][i];
    gradient += in * out;
    for (size_t j = 0; j < out; j++)
        gradient[j] += r->delta[l][j];
    return gradient + out;
}

/* dE/da[l-1][i] = sum_j W[j][i] delta[j] */
static void weigh_back(reference *r, size_t l)
{
    size_t in = bg_net_width(r->net, l - 1), out = bg_net_width(r->net, l);
    double *below = r->delta[l - 1];
    for (size_t i = 0; i < in; i++)
        below[i] = 0;
    for (size_t j = 0; j < out; j++)
        for (size_t i = 0; i < in; i++)
            below[i] += r->weight[l][j * in + i] * r->delta[l][j];
}

double reference_backward(reference *r, double weight, double *gradient)
{
    size_t last = r->layers, n = bg_net_width(r->net, last);
    double share = losses[r->loss].mean ? 1 / (double)n : 1, loss = 0;
    for (size_t j = 0; j < n; j++) {
        term e = losses[r->loss].of(r->a[last][j], r->target[j]);
        loss += e.loss * share;
        r->delta[last][j] = e.slope * share * weight;
    }
    for (size_t l = last; l > 0; l--) {
        pull_back(r, l);
        if (l > 1)
            weigh_back(r, l);
    }
    for (size_t l = 1; l <= last; l++)
        gradient = gather(r, l, gradient);
    return loss;
}

/* ------------------------------------------------------------------------------ memory --- */

static double *numbers(size_t n)
{
    return calloc(n ? n : 1, sizeof(double));
}

int reference_open(reference *r, const bg_net *net, bg_loss loss)
{
    size_t layers = bg_net_layers(net);
    double ***lists[] = {&r->weight, &r->bias, &r->z, &r->a, &r->delta};
    bool full = true;
    *r = (reference){.net = net, .loss = loss, .layers = layers};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        full = (*lists[i] = calloc(layers + 1, sizeof **lists[i])) && full;
    r->target = numbers(bg_net_width(net, layers));
    full = full && r->target;
    for (size_t l = 0; l <= layers && full; l++) {
        size_t in = l ? bg_net_width(net, l - 1) : 0, out = bg_net_width(net, l);
        const size_t sizes[] = {in * out, out, out, out, out};
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
            full = ((*lists[i])[l] = numbers(sizes[i])) && full;
    }
    for (size_t l = 1; l <= layers && full; l++)
        bg_net_get(net, l, r->weight[l], r->bias[l]);
    return full ? EXIT_DONE : complain_memory("the check");
}

void reference_close(reference *r)
{
    double **lists[] = {r->weight, r->bias, r->z, r->a, r->delta};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        for (size_t l = 0; lists[i] && l <= r->layers; l++)
            free(lists[i][l]);
        free(lists[i]);
    }
    free(r->target);
    *r = (reference){0};
}
