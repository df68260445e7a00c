#define BG_DOUBLE 1 /* in double only: squares of a Jacobian leave no digits in float */

#include "net/jacobian.h"

#include <string.h>

#include "base/least.h"
#include "base/status.h"
#include "kernel/activation.h"
#include "kernel/copy.h"
#include "kernel/gemm.h"
#include "net/dataset.h"

/* Rows and outputs of a block: enough for a GEMM, few enough to stay in cache. */
#define BLOCK_RESIDUALS ((size_t)128)
#define LEAST_BLOCK ((size_t)8)

static size_t widest(const bg_net *net)
{
    size_t most = 0;
    for (size_t l = 0; l < net->layers; l++)
        most = net->layer[l].stride > most ? net->layer[l].stride : most;
    return most;
}

static void carve_tile(jacobian *j, jacobian_tile *t)
{
    const bg_net *net = j->net;
    arena *m = &j->memory;
    double **a = arena_carve(m, net->layers, sizeof *a),
           **slope = arena_carve(m, net->layers, sizeof *slope);
    for (size_t l = 0; l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        bool own = activation_find(layer->activation)->apply_slope;
        double *al = arena_carve(m, j->block, layer->stride * sizeof *al);
        double *sl = own ? arena_carve(m, j->block, layer->stride * sizeof *sl) : al;
        if (a)
            a[l] = al, slope[l] = sl;
    }
    double *delta[2];
    for (size_t i = 0; i < 2; i++)
        delta[i] = arena_carve(m, j->block * j->outputs, widest(net) * sizeof *delta[i]);
    if (t)
        *t = (jacobian_tile){a, slope, {delta[0], delta[1]}};
}

static void carve(jacobian *j, int threads)
{
    const bg_net *net = j->net;
    arena *m = &j->memory;
    j->tile = arena_carve(m, (size_t)threads, sizeof *j->tile);
    for (int i = 0; i < threads; i++) {
        arena_part(m);
        carve_tile(j, j->tile ? &j->tile[i] : NULL);
    }
    j->transposed = arena_carve(m, net->layers, sizeof *j->transposed);
    for (size_t l = 1; l < net->layers; l++) {
        size_t stride = net->layer[l - 1].stride;
        double *w = arena_carve(m, net->layer[l].out, stride * sizeof *w);
        if (j->transposed)
            j->transposed[l] = w;
    }
}

bg_status jacobian_open(jacobian *j, const bg_net *net, const bg_data *data, double scale,
                        const bool *fixed, int threads, bg_error *error)
{
    *j = (jacobian){.net = net,
                    .data = data,
                    .fixed = fixed,
                    .scale = scale,
                    .outputs = data->targets,
                    .parameters = net->parameters,
                    .memory = arena_measure()};
    for (size_t p = 0; p < j->parameters; p++)
        j->columns += !(fixed && fixed[p]);
    j->block = BLOCK_RESIDUALS / j->outputs;
    if (j->block < LEAST_BLOCK)
        j->block = LEAST_BLOCK;
    j->blocks = divide_up(data->rows, j->block);
    carve(j, threads);
    if (!arena_open(&j->memory))
        return fail_memory(error, "the Jacobian");
    carve(j, threads);
    return BG_OK;
}

void jacobian_close(jacobian *j)
{
    arena_close(&j->memory);
}

void jacobian_refresh(jacobian *j)
{
    const double *values = j->net->values;
    for (size_t l = 1; l < j->net->layers; l++) {
        const net_layer *layer = &j->net->layer[l];
        copy_transposed(layer->in, layer->out, values + layer->weight, layer->ldw, j->transposed[l],
                        j->net->layer[l - 1].stride);
    }
}

size_t jacobian_block_rows(const jacobian *j, size_t b)
{
    size_t left = j->data->rows - b * j->block;
    return left < j->block ? left : j->block;
}

/* a[l] = f(a[l-1] W[l] + b[l]), and slopes where asked for. */
static void forward(const jacobian *j, size_t b, const jacobian_tile *t, bool slopes)
{
    const bg_net *net = j->net;
    const double *values = net->values;
    const double *a = (const double *)j->data->x + b * j->block * j->data->inputs;
    size_t rows = jacobian_block_rows(j, b), ld = j->data->inputs;
    for (size_t l = 0; l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        const activation_rule *rule = activation_find(layer->activation);
        gemm_nn(rows, layer->out, layer->in, a, ld, values + layer->weight, layer->ldw,
                values + layer->bias, t->a[l], layer->stride);
        for (size_t i = 0; i < rows; i++) {
            double *row = t->a[l] + i * layer->stride;
            if (slopes && rule->apply_slope)
                rule->apply_slope(layer->out, row, row, t->slope[l] + i * layer->stride);
            else
                rule->apply(layer->out, row, row);
        }
        a = t->a[l];
        ld = layer->stride;
    }
}

/* f of row i of the block and output k */
static double residual(const jacobian *j, const jacobian_tile *t, size_t b, size_t i, size_t k)
{
    const double *target = (const double *)j->data->t + (b * j->block + i) * j->outputs;
    size_t last = j->net->layers - 1;
    return j->scale * (t->a[last][i * j->net->layer[last].stride + k] - target[k]);
}

double jacobian_squares(const jacobian *j, size_t b, int thread)
{
    const jacobian_tile *t = &j->tile[thread];
    double sum = 0;
    forward(j, b, t, false);
    for (size_t i = 0; i < jacobian_block_rows(j, b); i++)
        for (size_t k = 0; k < j->outputs; k++) {
            double f = residual(j, t, b, i, k);
            sum += f * f;
        }
    return sum;
}

/* delta *= f'(z) of layer l (from 0), for all rows and outputs */
static void pull_back(const jacobian *j, const jacobian_tile *t, size_t rows, size_t l,
                      double *delta)
{
    const net_layer *layer = &j->net->layer[l];
    const activation_rule *rule = activation_find(layer->activation);
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < j->outputs; k++)
            rule->pull_back(layer->out, t->slope[l] + i * layer->stride,
                            delta + (i * j->outputs + k) * layer->stride);
}

/* df/dW[o][i] = delta[o] a[i], df/db[o] = delta[o], for one residual; `out` is at the layer. */
static void fill_layer(const net_layer *layer, const double *delta, const double *a, double *out)
{
    for (size_t o = 0; o < layer->out; o++)
        for (size_t i = 0; i < layer->in; i++)
            out[o * layer->in + i] = delta[o] * a[i];
    memcpy(out + layer->out * layer->in, delta, layer->out * sizeof *out);
}

/* Layer l (from 0) of all rows of the block; `start` is its first parameter. */
static void fill_block(const jacobian *j, const jacobian_tile *t, size_t b, size_t l,
                       const double *delta, double *out, size_t ld)
{
    const net_layer *layer = &j->net->layer[l];
    const double *a = l ? t->a[l - 1] : (const double *)j->data->x + b * j->block * j->data->inputs;
    size_t step = l ? j->net->layer[l - 1].stride : j->data->inputs;
    for (size_t i = 0; i < jacobian_block_rows(j, b); i++)
        for (size_t k = 0; k < j->outputs; k++) {
            size_t row = i * j->outputs + k;
            fill_layer(layer, delta + row * layer->stride, a + i * step, out + row * ld);
        }
}

/* Takes the fixed columns out and puts f behind the others. */
static void finish_rows(const jacobian *j, const jacobian_tile *t, size_t b, double *out, size_t ld)
{
    for (size_t i = 0; i < jacobian_block_rows(j, b); i++)
        for (size_t k = 0; k < j->outputs; k++, out += ld) {
            size_t n = 0;
            for (size_t p = 0; j->fixed && p < j->parameters; p++)
                if (!j->fixed[p])
                    out[n++] = out[p];
            out[j->columns] = residual(j, t, b, i, k);
        }
}

void jacobian_rows(const jacobian *j, size_t b, int thread, double *out, size_t ld)
{
    const bg_net *net = j->net;
    const jacobian_tile *t = &j->tile[thread];
    size_t rows = jacobian_block_rows(j, b), l = net->layers - 1, all = rows * j->outputs;
    double *delta = t->delta[0], *below = t->delta[1];
    forward(j, b, t, true);
    memset(delta, 0, all * net->layer[l].stride * sizeof *delta);
    for (size_t r = 0; r < all; r++)
        delta[r * net->layer[l].stride + r % j->outputs] = j->scale;
    for (size_t start = net->parameters;; l--) {
        const net_layer *layer = &net->layer[l];
        start -= (layer->in + 1) * layer->out;
        pull_back(j, t, rows, l, delta);
        fill_block(j, t, b, l, delta, out + start, ld);
        if (l == 0)
            break;
        /* dE/da[l-1] = delta[l] W[l]' */
        gemm_nn(all, layer->in, layer->out, delta, layer->stride, j->transposed[l],
                net->layer[l - 1].stride, NULL, below, net->layer[l - 1].stride);
        double *swap = delta;
        delta = below;
        below = swap;
    }
    finish_rows(j, t, b, out, ld);
}
