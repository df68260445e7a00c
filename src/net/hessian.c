#define BG_DOUBLE 1 /* second derivatives are wanted to many digits, whatever the network's */

#include "net/hessian.h"

#include <omp.h>
#include <string.h>

#include "base/least.h"
#include "base/status.h"
#include "kernel/activation.h"
#include "kernel/curvature.h"
#include "kernel/blas.h"
#include "kernel/gemm.h"
#include "kernel/copy.h"
#include "net/dataset.h"
#include "net/pass.h"
#include "net/widen.h"

#define BLOCK_ROWS ((size_t)64)
#define MOST_SLOTS ((size_t)16)
/* Multiplications that are worth a second thread. */
#define WORK_OF_A_THREAD 2e5

/* --------------------------------------------------------------------------- open, close --- */

static double **carve_layers(arena *m, const bg_net *net, size_t rows)
{
    double **x = arena_carve(m, net->layers, sizeof *x);
    for (size_t l = 0; l < net->layers; l++) {
        double *values = arena_carve(m, rows, net->layer[l].stride * sizeof *values);
        if (x)
            x[l] = values;
    }
    return x;
}

static double **carve_transposed(arena *m, const bg_net *net)
{
    double **x = arena_carve(m, net->layers, sizeof *x);
    for (size_t l = 1; l < net->layers; l++) {
        double *w = arena_carve(m, net->layer[l].out, net->layer[l - 1].stride * sizeof *w);
        if (x)
            x[l] = w;
    }
    return x;
}

static void carve_tile(hessian *h, hessian_tile *t)
{
    hessian_tile made = {0};
    size_t widest = 0;
    for (size_t l = 0; l < h->net->layers; l++)
        widest = h->net->layer[l].stride > widest ? h->net->layer[l].stride : widest;
    made.z = carve_layers(&h->memory, h->net, h->block);
    made.a = carve_layers(&h->memory, h->net, h->block);
    made.rz = carve_layers(&h->memory, h->net, h->block);
    made.ra = carve_layers(&h->memory, h->net, h->block);
    for (size_t i = 0; i < 2; i++) {
        made.delta[i] = arena_carve(&h->memory, h->block, widest * sizeof(double));
        made.rdelta[i] = arena_carve(&h->memory, h->block, widest * sizeof(double));
    }
    if (t)
        *t = made;
}

static void carve(hessian *h)
{
    arena *m = &h->memory;
    h->transposed = carve_transposed(m, h->net);
    h->rtransposed = carve_transposed(m, h->net);
    h->sums = arena_carve(m, h->slots, h->net->size * sizeof *h->sums);
    h->values = arena_carve(m, h->n, sizeof *h->values);
    h->tile = arena_carve(m, (size_t)h->threads, sizeof *h->tile);
    for (int i = 0; i < h->threads; i++) {
        arena_part(m);
        carve_tile(h, h->tile ? &h->tile[i] : NULL);
    }
}

bg_status hessian_open(hessian *h, const bg_net *net, const bg_objective *objective,
                       const bg_data *data, int threads, bg_error *error)
{
    *h = (hessian){.objective = *objective,
                   .threads = threads,
                   .n = net->parameters,
                   .memory = arena_measure()};
    h->block = data->rows < BLOCK_ROWS ? data->rows : BLOCK_ROWS;
    h->blocks = divide_up(data->rows, h->block);
    h->slots = h->blocks < MOST_SLOTS ? h->blocks : MOST_SLOTS;
    if ((double)data->rows * (double)h->n < WORK_OF_A_THREAD)
        h->threads = 1;
    bg_status status = widen_net(net, &h->net, error);
    if (status == BG_OK)
        status = widen_net(net, &h->direction, error);
    if (status == BG_OK && data->dtype != BG_F64)
        status = widen_data(data, &h->own_data, error);
    h->data = h->own_data ? h->own_data : data;
    if (status == BG_OK) {
        carve(h);
        status = arena_open(&h->memory) ? BG_OK : fail_memory(error, "products with the Hessian");
    }
    if (status != BG_OK) {
        hessian_close(h);
        return status;
    }
    carve(h);
    return BG_OK;
}

void hessian_close(hessian *h)
{
    arena_close(&h->memory);
    bg_net_free(h->net);
    bg_net_free(h->direction);
    bg_data_free(h->own_data);
    *h = (hessian){0};
}

/* -------------------------------------------------------------------------------- passes --- */

/* Rows of a block and where they are. */
typedef struct block {
    size_t rows;
    const double *x, *t, *w; /* w NULL: all weights are 1 */
} block;

static block find_block(const hessian *h, size_t b)
{
    const bg_data *d = h->data;
    size_t first = b * h->block, left = d->rows - first;
    return (block){left < h->block ? left : h->block, (const double *)d->x + first * d->inputs,
                   (const double *)d->t + first * d->targets,
                   d->w ? (const double *)d->w + first : NULL};
}

static curvature_row row_of(const hessian_tile *t, const net_layer *layer, size_t l, size_t i)
{
    size_t at = i * layer->stride;
    return (curvature_row){layer->out, t->z[l] + at, t->a[l] + at, t->rz[l] + at, t->ra[l] + at};
}

/* c += x, both rows x n and ld apart */
static void add_to(size_t rows, size_t n, double *c, const double *x, size_t ld)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < n; j++)
            c[i * ld + j] += x[i * ld + j];
}

/* z = a[l-1] W + b, R{z} = a[l-1] V + c + R{a[l-1]} W; R{x} of the inputs is 0.  delta is
 * scratch. */
static void forward_layer(const hessian *h, const block *b, const hessian_tile *t, size_t l)
{
    const net_layer *layer = &h->net->layer[l];
    const double *w = h->net->values, *v = h->direction->values;
    const double *below = l ? t->a[l - 1] : b->x;
    size_t ld = l ? h->net->layer[l - 1].stride : layer->in, s = layer->stride, n = layer->out;
    gemm_nn(b->rows, n, layer->in, below, ld, w + layer->weight, layer->ldw, w + layer->bias,
            t->z[l], s);
    gemm_nn(b->rows, n, layer->in, below, ld, v + layer->weight, layer->ldw, v + layer->bias,
            t->rz[l], s);
    if (l) {
        gemm_nn(b->rows, n, layer->in, t->ra[l - 1], ld, w + layer->weight, layer->ldw, NULL,
                t->delta[0], s);
        add_to(b->rows, n, t->rz[l], t->delta[0], s);
    }
    for (size_t i = 0; i < b->rows; i++) {
        curvature_row row = row_of(t, layer, l, i);
        activation_find(layer->activation)->apply(n, row.z, t->a[l] + i * s);
        curvature_forward(layer->activation, &row);
    }
}

/* R{dE/dW} += a[l-1]' R{delta} + R{a[l-1]}' delta, R{dE/db} += sum of R{delta} */
static void add_product(const hessian *h, const block *b, const hessian_tile *t, size_t l,
                        const double *delta, const double *rdelta, double *sum)
{
    const net_layer *layer = &h->net->layer[l];
    const double *below = l ? t->a[l - 1] : b->x;
    size_t ld = l ? h->net->layer[l - 1].stride : layer->in, s = layer->stride;
    gemm_tn(layer->in, layer->out, b->rows, below, ld, rdelta, s, 1, sum + layer->weight,
            layer->ldw);
    if (l)
        gemm_tn(layer->in, layer->out, b->rows, t->ra[l - 1], ld, delta, s, 1, sum + layer->weight,
                layer->ldw);
    for (size_t i = 0; i < b->rows; i++)
        for (size_t j = 0; j < layer->out; j++)
            sum[layer->bias + j] += rdelta[i * s + j];
}

/* dE/da[l-1] = delta W', R{dE/da[l-1]} = R{delta} W' + delta V', then through f of layer l-1; the
 * other pair of buffers has room. */
static void step_down(const hessian *h, const block *b, hessian_tile *t, size_t l)
{
    const net_layer *layer = &h->net->layer[l], *under = &h->net->layer[l - 1];
    double *delta = t->delta[0], *rdelta = t->rdelta[0];
    size_t n = under->out, s = under->stride;
    gemm_nn(b->rows, n, layer->out, rdelta, layer->stride, h->transposed[l], s, NULL, t->rdelta[1],
            s);
    gemm_nn(b->rows, n, layer->out, delta, layer->stride, h->rtransposed[l], s, NULL, t->delta[1],
            s);
    add_to(b->rows, n, t->rdelta[1], t->delta[1], s);
    gemm_nn(b->rows, n, layer->out, delta, layer->stride, h->transposed[l], s, NULL, t->delta[1],
            s);
    for (size_t i = 0; i < b->rows; i++) {
        curvature_row row = row_of(t, under, l - 1, i);
        curvature_backward(under->activation, &row, t->delta[1] + i * s, t->rdelta[1] + i * s);
    }
    t->delta[0] = t->delta[1];
    t->rdelta[0] = t->rdelta[1];
    t->delta[1] = delta;
    t->rdelta[1] = rdelta;
}

static void add_block(const hessian *h, size_t index, hessian_tile *t, double *sum)
{
    block b = find_block(h, index);
    size_t last = h->net->layers - 1;
    const net_layer *top = &h->net->layer[last];
    double of_sum = b.w ? h->data->mean_weight : 1;
    double scale = h->objective.reduction == BG_MEAN ? 1 / (double)h->data->rows : of_sum;
    for (size_t l = 0; l <= last; l++)
        forward_layer(h, &b, t, l);
    for (size_t i = 0; i < b.rows; i++) {
        curvature_row row = row_of(t, top, last, i);
        curvature_loss(h->objective.loss, top->activation, &row, b.t + i * top->out,
                       b.w ? scale * b.w[i] : scale, t->delta[0] + i * top->stride,
                       t->rdelta[0] + i * top->stride);
    }
    for (size_t l = last;; l--) {
        add_product(h, &b, t, l, t->delta[0], t->rdelta[0], sum);
        if (l == 0)
            return;
        step_down(h, &b, t, l);
    }
}

static void add_slot(const hessian *h, size_t s, hessian_tile *t)
{
    double *sum = h->sums + s * h->net->size;
    memset(sum, 0, h->net->size * sizeof *sum);
    for (size_t b = s * h->blocks / h->slots; b < (s + 1) * h->blocks / h->slots; b++)
        add_block(h, b, t, sum);
}

/* Weights bear l2, biases do not; l1 has no second derivative. */
static void add_penalty(const hessian *h, const double *v, double *product)
{
    size_t p = 0;
    for (size_t l = 0; l < h->net->layers; l++) {
        const net_layer *layer = &h->net->layer[l];
        for (size_t i = 0; i < layer->in * layer->out; i++)
            product[p + i] += h->objective.l2 * v[p + i];
        p += (layer->in + 1) * layer->out;
    }
}

static void transpose(const hessian *h, const bg_net *net, double **to)
{
    const double *values = net->values;
    for (size_t l = 1; l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        copy_transposed(layer->in, layer->out, values + layer->weight, layer->ldw, to[l],
                        h->net->layer[l - 1].stride);
    }
}

void hessian_multiply(hessian *h, const double *v, double *product)
{
    net_import(h->direction, h->direction->values, v);
    transpose(h, h->net, h->transposed);
    transpose(h, h->direction, h->rtransposed);
    blas_prepare();
#pragma omp parallel num_threads(h->threads)
    {
        unsigned mode = pass_thread_begin();
        hessian_tile tile = h->tile[omp_get_thread_num()];
#pragma omp for schedule(dynamic, 1)
        for (size_t s = 0; s < h->slots; s++)
            add_slot(h, s, &tile);
        pass_thread_end(mode);
    }
    memset(product, 0, h->n * sizeof *product);
    for (size_t s = 0; s < h->slots; s++) {
        net_export(h->net, h->sums + s * h->net->size, h->values);
        for (size_t i = 0; i < h->n; i++)
            product[i] += h->values[i];
    }
    add_penalty(h, v, product);
}
