#include "net/pass.h"

#include <omp.h>
#include <string.h>

#include "base/cpu.h"
#include "base/least.h"
#include "base/real.h"
#include "base/status.h"
#include "kernel/activation.h"
#include "kernel/gemm.h"
#include "kernel/loss.h"
#include "kernel/reduce.h"
#include "net/pass_drop.h"
#include "net/pass_load.h"

/* Rows whose activations are one piece where threads share a tile. */
#define SHARED_ROWS ((size_t)16)

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
static void carve_tile(arena *m, pass_tile *tile, pass *p, bool keep)
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
    if (m->base) {
        carved.workers.scratch = &p->scratch[tile - p->tile];
        *tile = carved;
    }
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
    p->scratch = arena_carve(m, threads, sizeof *p->scratch);
    p->gradient = arena_carve(m, p->plan.slots, net->size * sizeof(real));
    p->slot_loss = arena_carve(m, p->plan.slots, sizeof(double));
    bool narrow = p->narrow.layers > 0;
    if (narrow)
        p->narrow.layer = arena_carve(m, net->layers, sizeof *p->narrow.layer);
    else
        p->product = product_carve(m, net, &p->plan);
    size_t bytes = narrow ? 0 : product_scratch(net, &p->plan);
    for (size_t i = 0; i < threads; i++) {
        arena_part(m);
        void *scratch = arena_carve(m, bytes, 1);
        if (m->base)
            p->scratch[i] = scratch;
        if (i == 0 || !p->plan.shared)
            (narrow ? carve_narrow_tile : carve_tile)(m, m->base ? &p->tile[i] : NULL, p, keep);
    }
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
    pass_refresh(p);
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

void pass_lead(pass *p, int threads, void (*lead)(void *context), void *context)
{
    team t;
    team_open(&t);
    p->team = threads > 1 ? &t : NULL;
    if (p->plan.shared)
        p->tile[0].workers.team = p->team;
#pragma omp parallel num_threads(threads)
    {
        unsigned mode = pass_thread_begin();
        int thread = omp_get_thread_num();
        if (thread == 0) {
            lead(context);
            team_dismiss(&t);
        } else {
            team_help(&t, thread);
        }
        pass_thread_end(mode);
    }
    p->team = p->tile[0].workers.team = NULL;
}

void pass_close(pass *p)
{
    arena_close(&p->memory);
}

void pass_refresh(pass *p)
{
    for (size_t l = 0; p->product && l < p->net->layers; l++)
        product_refresh(&p->product[l], 0, p->net->layer[l].in);
}

/* a = f(z).  Padding beyond `out` goes along: nothing reads it. */
static void activate(const net_layer *layer, size_t rows, const real *z, real *a, real *delta)
{
    (void)delta;
    const activation_rule *f = activation_find(layer->activation);
    size_t stride = layer->stride, step = f->by_row ? 1 : rows;
    for (size_t i = 0; i < rows; i += step)
        f->apply(f->by_row ? layer->out : rows * stride, z + i * stride, a + i * stride);
}

/* delta = delta * f'(z), likewise. */
static void pull_back(const net_layer *layer, size_t rows, const real *z, real *a, real *delta)
{
    const activation_rule *f = activation_find(layer->activation);
    size_t stride = layer->stride, step = f->by_row ? 1 : rows;
    for (size_t i = 0; i < rows; i += step)
        f->pull_back(f->by_row ? layer->out : rows * stride, z + i * stride, a + i * stride,
                     delta + i * stride);
}

/* One of the two above, for some rows. */
typedef void each_row(const net_layer *layer, size_t rows, const real *z, real *a, real *delta);

typedef struct some_rows {
    each_row *work;
    const net_layer *layer;
    size_t rows;
    const real *z;
    real *a, *delta;
} some_rows;

static void rows_piece(void *context, size_t piece, int thread)
{
    const some_rows *r = context;
    size_t first = piece * SHARED_ROWS, under = first * r->layer->stride;
    (void)thread;
    r->work(r->layer, least(SHARED_ROWS, r->rows - first), r->z + under, r->a + under,
            r->delta ? r->delta + under : NULL);
}

/* By whoever carries out the tile's products. */
static void by_rows(const pass_tile *tile, each_row *work, const net_layer *layer, size_t rows,
                    const real *z, real *a, real *delta)
{
    some_rows r = {work, layer, rows, z, a, delta};
    if (tile->workers.team)
        team_split(tile->workers.team, rows / SHARED_ROWS + (rows % SHARED_ROWS != 0), rows_piece,
                   &r);
    else
        work(layer, rows, z, a, delta);
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
        size_t strip = product_strip(&p->product[l], tile_rows), stride = layer->stride;
        for (size_t i = 0; i < tile_rows; i += strip) {
            size_t count = least(strip, tile_rows - i);
            real *z = tile->z[l] + i * stride;
            product_forward(&p->product[l], &tile->workers, count, below + i * ld, ld, z);
            by_rows(tile, activate, layer, count, z, tile->a[l] + i * stride, NULL);
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
        double e =
            loss->row(n, z + i * stride, a + i * stride, tile->target + i * n, delta + i * stride);
        sum += tile->weight ? loss_weigh(tile->weight[i], e, n, delta + i * stride) : e;
    }
    if (!loss->fused)
        pull_back(last, tile->rows, z, tile->a[l], delta);
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
        product_gradient(&p->product[l], &tile->workers, tile_rows, below, below_stride,
                         tile->delta[l], beta, gradient + layer->weight);
        reduce_columns(tile_rows, layer->columns, tile->delta[l], layer->stride, beta,
                       gradient + layer->bias);
        if (l == 0)
            break;
        size_t strip = product_strip(&p->product[l], tile_rows);
        for (size_t i = 0; i < tile_rows; i += strip) {
            size_t count = least(strip, tile_rows - i), under = i * below_stride;
            real *delta = tile->delta[l - 1] + under;
            product_backward(&p->product[l], &tile->workers, count,
                             tile->delta[l] + i * layer->stride, delta);
            by_rows(tile, pull_back, layer - 1, count, tile->z[l - 1] + under,
                    tile->a[l - 1] + under, delta);
            if (pass_drops(tile, l - 1))
                pass_drop(p, tile, l - 1, i, count, tile->delta[l - 1], tile->delta[l - 1]);
        }
    }
}

/* Without a division where one tile takes all: a step of a small network would feel it. */
static size_t count_tiles(const pass *p, size_t rows)
{
    size_t room = p->plan.tile_rows;
    return rows <= room ? rows > 0 : rows / room + (rows % room != 0);
}

/* Tile that slot s begins with, likewise. */
static size_t first_tile(size_t tiles, size_t slots, size_t s)
{
    return slots == 1 ? s * tiles : s * tiles / slots;
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
    pass_tile *tile = pass_tile_of(p, thread);
    real *gradient = p->gradient + s * p->net->size;
    double loss = 0;
    size_t first = first_tile(tiles, slots, s), end = first_tile(tiles, slots, s + 1);
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
