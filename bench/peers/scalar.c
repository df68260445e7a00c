/*
 * The plain C side of a race, as small libraries have it: loops over rows and units, libm, float,
 * one thread.  Batch gradient descent on the mean of mse:
 *     scalar FOLDER ROWS LAYERS HIDDEN OUTPUT LR
 */
#include <math.h>

#include "side.h"

enum { MOST_UNITS = 4096, ARGUMENTS = 7 };

typedef struct unit {
    const char *name;
    float (*f)(float z);
    float (*slope)(float a);
} unit;

typedef struct net {
    const char *folder;
    size_t layers, widths[MOST_WIDTHS], rows;
    const unit *units[MOST_WIDTHS]; /* of layer l at [l] */
    float lr, *x, *t;
    float *w[MOST_WIDTHS], *b[MOST_WIDTHS], *gw[MOST_WIDTHS], *gb[MOST_WIDTHS]; /* [out][in] */
    float a[MOST_WIDTHS][MOST_UNITS], delta[MOST_WIDTHS][MOST_UNITS];
} net;

static float sigmoid(float z)
{
    return 1 / (1 + expf(-z));
}

static float sigmoid_slope(float a)
{
    return a * (1 - a);
}

static float tanh_slope(float a)
{
    return 1 - a * a;
}

static float identity(float z)
{
    return z;
}

static float one(float a)
{
    (void)a;
    return 1;
}

static float relu(float z)
{
    return z > 0 ? z : 0;
}

static float relu_slope(float a)
{
    return a > 0 ? 1 : 0;
}

static const unit *find_unit(const char *name)
{
    static const unit units[] = {{"sigmoid", sigmoid, sigmoid_slope},
                                 {"tanh", tanhf, tanh_slope},
                                 {"identity", identity, one},
                                 {"relu", relu, relu_slope}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].name, name) == 0)
            return &units[i];
    give_up("no such units");
    return NULL;
}

/* As float, into `to` where there is room already. */
static float *read_floats(const net *n, const char *name, size_t number, size_t count, float *to)
{
    double *values = read_npy(n->folder, name, number, count);
    to = to ? to : calloc(count, sizeof *to);
    for (size_t i = 0; i < count; i++)
        to[i] = (float)values[i];
    free(values);
    return to;
}

static void reset(void *side)
{
    net *n = side;
    for (size_t l = 1; l < n->layers; l++) {
        size_t count = n->widths[l] * n->widths[l - 1];
        n->w[l] = read_floats(n, "w", l, count, n->w[l]);
        n->b[l] = read_floats(n, "b", l, n->widths[l], n->b[l]);
        if (!n->gw[l]) {
            n->gw[l] = calloc(count, sizeof(float));
            n->gb[l] = calloc(n->widths[l], sizeof(float));
        }
    }
}

static void forward(net *n, const float *x)
{
    memcpy(n->a[0], x, n->widths[0] * sizeof *x);
    for (size_t l = 1; l < n->layers; l++)
        for (size_t j = 0; j < n->widths[l]; j++) {
            const float *w = n->w[l] + j * n->widths[l - 1];
            float z = n->b[l][j];
            for (size_t i = 0; i < n->widths[l - 1]; i++)
                z += w[i] * n->a[l - 1][i];
            n->a[l][j] = n->units[l]->f(z);
        }
}

/* The row's squared error over its outputs. */
static float meet_target(net *n, const float *t)
{
    size_t last = n->layers - 1, outputs = n->widths[last];
    float loss = 0;
    for (size_t j = 0; j < outputs; j++) {
        float a = n->a[last][j], d = a - t[j];
        loss += d * d / (float)outputs;
        n->delta[last][j] = 2 * d / (float)outputs * n->units[last]->slope(a);
    }
    return loss;
}

static void backward(net *n)
{
    for (size_t l = n->layers - 1; l > 0; l--) {
        size_t in = n->widths[l - 1];
        memset(n->delta[l - 1], 0, in * sizeof(float));
        for (size_t j = 0; j < n->widths[l]; j++) {
            float d = n->delta[l][j], *gw = n->gw[l] + j * in;
            const float *w = n->w[l] + j * in;
            n->gb[l][j] += d;
            for (size_t i = 0; i < in; i++)
                gw[i] += d * n->a[l - 1][i];
            for (size_t i = 0; l > 1 && i < in; i++)
                n->delta[l - 1][i] += d * w[i];
        }
        for (size_t i = 0; l > 1 && i < in; i++)
            n->delta[l - 1][i] *= n->units[l - 1]->slope(n->a[l - 1][i]);
    }
}

static void update(net *n)
{
    float rate = n->lr / (float)n->rows;
    for (size_t l = 1; l < n->layers; l++) {
        size_t count = n->widths[l] * n->widths[l - 1];
        for (size_t i = 0; i < count; i++)
            n->w[l][i] -= rate * n->gw[l][i];
        for (size_t j = 0; j < n->widths[l]; j++)
            n->b[l][j] -= rate * n->gb[l][j];
        memset(n->gw[l], 0, count * sizeof(float));
        memset(n->gb[l], 0, n->widths[l] * sizeof(float));
    }
}

static double run(void *side, unsigned long steps)
{
    net *n = side;
    double loss = 0;
    while (steps--) {
        loss = 0;
        for (size_t r = 0; r < n->rows; r++) {
            forward(n, n->x + r * n->widths[0]);
            loss += (double)meet_target(n, n->t + r * n->widths[n->layers - 1]);
            backward(n);
        }
        update(n);
    }
    return loss / (double)n->rows;
}

int main(int count, char **words)
{
    static net n;
    if (count != ARGUMENTS)
        give_up("seven words, see the source");
    n.folder = words[1];
    n.rows = strtoul(words[2], NULL, 10);
    n.layers = read_widths(words[3], n.widths);
    for (size_t l = 0; l < n.layers; l++) {
        if (n.widths[l] > MOST_UNITS)
            give_up("too wide");
        n.units[l] = find_unit(l + 1 < n.layers ? words[4] : words[5]);
    }
    n.lr = strtof(words[6], NULL);
    n.x = read_floats(&n, "x", 0, n.rows * n.widths[0], NULL);
    n.t = read_floats(&n, "t", 0, n.rows * n.widths[n.layers - 1], NULL);
    reset(&n);
    serve("gcc " __VERSION__, reset, run, &n);
    return 0;
}
