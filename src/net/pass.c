#include "net/pass.h"

#include <string.h>

#include "base/cpu.h"
#include "base/least.h"
#include "base/real.h"
#include "base/status.h"
#include "kernel/activation.h"
#include "kernel/gemm.h"
#include "kernel/loss.h"
#include "kernel/multiply.h"
#include "kernel/reduce.h"
#include "kernel/thin.h"
#include "net/pass_drop.h"
#include "net/pass_load.h"

static size_t widest_stride(const bg_net *net)
{
    size_t widest = 0;
    for (size_t l = 0; l < net->layers; l++)
        widest = net->layer[l].stride > widest ? net->layer[l].stride : widest;
    return widest;
}

/*
 * A tile:   x | t | w | a[1] | a[2] .. a[L] | z where kept | fed where thinned | delta A | delta B
 * With `keep` every layer has its own z and delta.
 */
static void carve_tile(arena *m, pass_tile *tile, const pass *p, bool keep)
{
    const bg_net *net = p->net;
    size_t rows = p->plan.tile_rows, layers = net->layers, widest = widest_stride(net);
    pass_tile carved = {
        .x = arena_carve(m, rows * p->x_ld, sizeof(real)),
        .t = arena_carve(m, rows * net->layer[layers - 1].out, sizeof(real)),
        .w = arena_carve(m, rows, sizeof(real)),
        .z = arena_carve(m, layers, sizeof(real *)),
        .a = arena_carve(m, layers, sizeof(real *)),
        .fed = arena_carve(m, layers, sizeof(real *)),
        .delta = arena_carve(m, layers, sizeof(real *)),
    };
    real *turns[2] = {arena_carve(m, keep ? 0 : rows * widest, sizeof(real)),
                      arena_carve(m, keep ? 0 : rows * widest, sizeof(real))};
    for (size_t l = 0; l < layers; l++) {
        const net_layer *layer = &net->layer[l];
        bool fused = l + 1 == layers && loss_find(p->objective.loss, layer->activation)->fused;
        bool keep_z = keep || fused || activation_find(layer->activation)->needs_z;
        size_t size = rows * layer->stride;
        real *a = arena_carve(m, size, sizeof(real));
        real *z = keep_z ? arena_carve(m, size, sizeof(real)) : a;
        real *fed = p->plan.drops ? arena_carve(m, size, sizeof(real)) : NULL;
        real *delta = keep ? arena_carve(m, size, sizeof(real)) : turns[l % 2];
        if (m->base)
            carved.a[l] = a, carved.z[l] = z, carved.fed[l] = fed, carved.delta[l] = delta;
    }
    if (m->base)
        *tile = carved;
}

/* z, a and delta of each layer, a block of rows each; and the parameters as vectors. */
static void carve_narrow_tile(arena *m, pass_tile *tile, pass *p, bool keep)
{
    const bg_net *net = p->net;
    narrow_net *n = &p->narrow;
    size_t rows = p->plan.tile_rows, place = 0;
    n->x = place;
    place += rows * net->layer[0].in;
    n->t = place;
    place += rows * net->layer[net->layers - 1].out;
    for (size_t l = 0; l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        const activation_rule *f = activation_find(layer->activation);
        bool keep_z = keep || f->needs_z || l + 1 == net->layers;
        size_t size = rows * layer->out;
        if (m->base)
            n->layer[l] = (narrow_layer){.in = layer->in,
                                         .out = layer->out,
                                         .stride = layer->stride,
                                         .weight = layer->weight,
                                         .bias = layer->bias,
                                         .z = keep_z ? place + size : place,
                                         .a = place,
                                         .delta = place + (keep_z ? 2 : 1) * size,
                                         .f = f,
                                         .softmax = layer->activation == BG_SOFTMAX};
        place += (keep_z ? 3 : 2) * size;
    }
    n->w = place;
    place += rows;
    real *scratch = arena_carve(m, place, sizeof(real));
    real *sums = arena_carve(m, net->parameters * p->rule->lanes, sizeof(real));
    if (m->base)
        *tile = (pass_tile){.scratch = scratch, .sums = sums};
}

static void carve(arena *m, pass *p, size_t threads, bool keep)
{
    const bg_net *net = p->net;
    p->tile = arena_carve(m, threads, sizeof *p->tile);
    p->gradient = arena_carve(m, p->plan.slots, net->size * sizeof(real));
    p->slot_loss = arena_carve(m, p->plan.slots, sizeof(double));
    if (p->narrow.layers) {
        p->narrow.layer = arena_carve(m, net->layers, sizeof *p->narrow.layer);
        for (size_t i = 0; i < threads; i++)
            carve_narrow_tile(m, m->base ? &p->tile[i] : NULL, p, keep);
        return;
    }
    p->transposed = arena_carve(m, net->layers, sizeof(real *));
    for (size_t l = 1; p->plan.slots && l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        real *transposed = arena_carve(m, layer->out * net->layer[l - 1].stride, sizeof(real));
        if (m->base)
            p->transposed[l] = transposed;
    }
    for (size_t i = 0; i < threads; i++)
        carve_tile(m, m->base ? &p->tile[i] : NULL, p, keep);
}

static pass prepare(const bg_net *net, const bg_objective *objective, plan cut)
{
    pass p = {.net = net,
              .objective = *objective,
              .plan = cut,
              .x_ld = input_stride(net),
              .memory = arena_measure()};
    if (cut.vectors) {
        p.narrow =
            (narrow_net){.layers = net->layers, .vectors = cut.vectors, .loss = objective->loss};
        p.rule = narrow_find();
    }
    return p;
}

size_t pass_measure(const bg_net *net, const bg_objective *objective, plan cut, int threads)
{
    pass p = prepare(net, objective, cut);
    carve(&p.memory, &p, (size_t)threads, false);
    return p.memory.used;
}

bg_status pass_open(pass *p, const bg_net *net, const bg_objective *objective, plan cut,
                    int threads, bool keep, bg_error *error)
{
    *p = prepare(net, objective, cut);
    carve(&p->memory, p, (size_t)threads, keep);
    if (!arena_open(&p->memory))
        return fail(error, BG_E_MEMORY,
                    "not enough memory for the tiles and gradients of %d thread%s", threads,
                    threads == 1 ? "" : "s");
    carve(&p->memory, p, (size_t)threads, keep);
    gemm_prepare();
    pass_transpose(p);
    return BG_OK;
}

unsigned pass_thread_begin(void)
{
    gemm_thread_begin();
    return cpu_flush_denormals();
}

void pass_thread_end(unsigned mode)
{
    cpu_restore_mode(mode);
}

void pass_close(pass *p)
{
    arena_close(&p->memory);
}

void pass_transpose(pass *p)
{
    const real *values = p->net->values;
    for (size_t l = 1; p->plan.slots && !p->narrow.layers && l < p->net->layers; l++) {
        const net_layer *layer = &p->net->layer[l];
        copy_transposed(layer->in, layer->out, values + layer->weight, layer->stride,
                        p->transposed[l], p->net->layer[l - 1].stride);
    }
}

bool pass_is_thin(const bg_net *net, size_t l)
{
    return l > 0 && net->layer[l].out <= THIN_OUT;
}

/* The layer is thin, and its transposed weights are at hand. */
static bool is_thin(const pass *p, size_t l)
{
    return pass_is_thin(p->net, l) && p->transposed[l];
}

/* Rows that a product takes at a time, so that what follows it element by element finds them in the
 * cache; a library that packs its operands for each product takes all. */
#define STRIP_ROWS ((size_t)192)

static size_t strip_rows(const pass *p, size_t n, size_t k)
{
    size_t all = p->plan.tile_rows;
    bool packs = p->plan.slots && gemm_way(all, n, k) == BG_ENGINE_BLAS;
    return packs ? all : least(all, STRIP_ROWS);
}

/* a = f(z).  Padding beyond `out` goes along: nothing reads it. */
static void activate(const net_layer *layer, size_t rows, const real *z, real *a)
{
    const activation_rule *f = activation_find(layer->activation);
    size_t stride = layer->stride, step = f->by_row ? 1 : rows;
    for (size_t i = 0; i < rows; i += step)
        f->apply(f->by_row ? layer->out : rows * stride, z + i * stride, a + i * stride);
}

/* delta = delta * f'(z), likewise. */
static void pull_back(const net_layer *layer, size_t rows, const real *z, const real *a,
                      real *delta)
{
    const activation_rule *f = activation_find(layer->activation);
    size_t stride = layer->stride, step = f->by_row ? 1 : rows;
    for (size_t i = 0; i < rows; i += step)
        f->pull_back(f->by_row ? layer->out : rows * stride, z + i * stride, a + i * stride,
                     delta + i * stride);
}

/* z[l] = a[l-1] W[l] + b[l], a[l] = f(z[l]), for `rows` rows of the tile. */
static void forward_rows(const pass *p, size_t l, size_t rows, const real *below, size_t below_ld,
                         real *z, real *a)
{
    const net_layer *layer = &p->net->layer[l];
    const real *values = p->net->values, *bias = values + layer->bias;
    if (is_thin(p, l))
        thin_find()->forward(rows, below_ld, layer->out, below, below_ld, p->transposed[l],
                             below_ld, bias, z, layer->stride);
    else /* a prediction never by a library, whose bits may depend on a row's place in the tile */
        (p->plan.slots ? gemm_nn : multiply_find()->nn)(rows, layer->columns, layer->in, below,
                                                        below_ld, values + layer->weight,
                                                        layer->stride, bias, z, layer->stride);
    activate(layer, rows, z, a);
}

/* delta[l-1] = (delta[l] W[l]') * f'(z[l-1]), for `rows` rows of the tile. */
static void backward_rows(const pass *p, size_t l, size_t rows, const real *delta, const real *z,
                          const real *a, real *below)
{
    const net_layer *layer = &p->net->layer[l], *under = layer - 1;
    size_t stride = under->stride;
    if (is_thin(p, l))
        thin_find()->backward(rows, stride, layer->out, delta, layer->stride, p->transposed[l],
                              stride, below, stride);
    else
        gemm_nn(rows, under->columns, layer->out, delta, layer->stride, p->transposed[l], stride,
                NULL, below, stride);
    pull_back(under, rows, z, a, below);
}

void pass_forward(const pass *p, pass_tile *tile, const pass_rows *rows, size_t index)
{
    const bg_net *net = p->net;
    size_t tile_rows = p->plan.tile_rows, first = index * tile_rows;
    size_t left = rows->rows - first;
    tile->rows = left < tile_rows ? left : tile_rows;
    if (!pass_holds(p, tile, rows, first))
        pass_load(p, tile, rows, first);
    if (p->narrow.layers) {
        p->rule->forward(&p->narrow, net->values, tile->scratch);
        return;
    }
    const real *below = tile->input;
    size_t ld = p->x_ld;
    for (size_t l = 0; l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        size_t strip = strip_rows(p, layer->columns, layer->in), stride = layer->stride;
        for (size_t i = 0; i < tile_rows; i += strip) {
            size_t count = least(strip, tile_rows - i);
            forward_rows(p, l, count, below + i * ld, ld, tile->z[l] + i * stride,
                         tile->a[l] + i * stride);
            if (pass_drops(tile, l))
                pass_drop(p, tile, l, i, count, tile->a[l], tile->fed[l]);
        }
        below = pass_fed(tile, l);
        ld = stride;
    }
}

double pass_loss(const pass *p, pass_tile *tile, real scale)
{
    if (p->narrow.layers)
        return (tile->weight ? p->rule->weighted_loss : p->rule->loss)(&p->narrow, tile->rows,
                                                                       scale, tile->scratch);
    const net_layer *last = &p->net->layer[p->net->layers - 1];
    size_t l = p->net->layers - 1, stride = last->stride, n = last->out;
    const loss_rule *loss = loss_find(p->objective.loss, last->activation);
    const real *z = tile->z[l], *a = tile->a[l];
    real *delta = tile->delta[l];
    double sum = 0;
    memset(delta, 0, p->plan.tile_rows * stride * sizeof *delta); /* padding stays 0 */
    for (size_t i = 0; i < tile->rows; i++) {
        double e = loss->row(n, z + i * stride, a + i * stride, tile->target + i * n,
                             delta + i * stride);
        sum += tile->weight ? loss_weigh(tile->weight[i], e, n, delta + i * stride) : e;
    }
    if (!loss->fused)
        pull_back(last, tile->rows, z, a, delta);
    for (size_t i = 0; i < tile->rows * stride; i++)
        delta[i] *= scale;
    return sum;
}

static void backward_narrow(const pass *p, pass_tile *tile, real beta, bool last, real *gradient)
{
    if (beta == 0)
        memset(tile->sums, 0, p->net->parameters * p->rule->lanes * sizeof *tile->sums);
    p->rule->backward(&p->narrow, p->net->values, tile->scratch, tile->sums);
    if (last)
        p->rule->finish(&p->narrow, tile->sums, gradient);
}

void pass_backward(const pass *p, pass_tile *tile, real beta, bool last, real *gradient)
{
    const bg_net *net = p->net;
    if (p->narrow.layers) {
        backward_narrow(p, tile, beta, last, gradient);
        return;
    }
    size_t tile_rows = p->plan.tile_rows;
    for (size_t l = net->layers; l-- > 0;) {
        const net_layer *layer = &net->layer[l];
        const real *below = l ? pass_fed(tile, l - 1) : tile->input;
        size_t below_stride = l ? net->layer[l - 1].stride : p->x_ld;
        /* gW[l] = a[l-1]' delta[l] + beta gW[l] */
        if (is_thin(p, l))
            thin_find()->gradient(tile_rows, below_stride, layer->in, layer->out, below,
                                  below_stride, tile->delta[l], layer->stride, beta,
                                  gradient + layer->weight, layer->stride);
        else
            gemm_tn(layer->in, layer->columns, tile_rows, below, below_stride, tile->delta[l],
                    layer->stride, beta, gradient + layer->weight, layer->stride);
        reduce_columns(tile_rows, layer->columns, tile->delta[l], layer->stride, beta,
                       gradient + layer->bias);
        if (l == 0)
            break;
        size_t strip = strip_rows(p, net->layer[l - 1].columns, layer->out);
        for (size_t i = 0; i < tile_rows; i += strip) {
            size_t under = i * below_stride, count = least(strip, tile_rows - i);
            backward_rows(p, l, count, tile->delta[l] + i * layer->stride, tile->z[l - 1] + under,
                          tile->a[l - 1] + under, tile->delta[l - 1] + under);
            if (pass_drops(tile, l - 1))
                pass_drop(p, tile, l - 1, i, count, tile->delta[l - 1], tile->delta[l - 1]);
        }
    }
}

static size_t count_tiles(const pass *p, size_t rows)
{
    return rows / p->plan.tile_rows + (rows % p->plan.tile_rows != 0);
}

size_t pass_slots(const pass *p, size_t rows)
{
    size_t tiles = count_tiles(p, rows);
    return tiles < p->plan.slots ? tiles : p->plan.slots;
}

void pass_slot(pass *p, const pass_rows *rows, size_t s, int thread)
{
    size_t tiles = count_tiles(p, rows->rows), slots = pass_slots(p, rows->rows);
    real of_sum = rows->w ? rows->mean_weight : 1;
    real scale = p->objective.reduction == BG_MEAN ? 1 / (real)rows->rows : of_sum;
    pass_tile *tile = &p->tile[thread];
    real *gradient = p->gradient + s * p->net->size;
    double loss = 0;
    size_t first = s * tiles / slots, end = (s + 1) * tiles / slots;
    for (size_t i = first; i < end; i++) {
        pass_forward(p, tile, rows, i);
        loss += pass_loss(p, tile, scale);
        pass_backward(p, tile, i == first ? 0 : 1, i + 1 == end, gradient);
    }
    p->slot_loss[s] = p->objective.reduction == BG_MEAN ? loss : loss * (double)of_sum;
}

const real *pass_units(const pass *p, const pass_tile *tile, pass_quantity quantity, size_t l,
                       size_t row, size_t *step)
{
    if (p->narrow.layers) {
        const narrow_layer *layer = &p->narrow.layer[l];
        const size_t places[] = {layer->z, layer->a, layer->delta};
        *step = p->plan.tile_rows;
        return tile->scratch + places[quantity] + row;
    }
    real *const *const arrays[] = {tile->z, tile->a, tile->delta};
    *step = 1;
    return arrays[quantity][l] + row * p->net->layer[l].stride;
}
