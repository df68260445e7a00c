#include "net/pass.h"

#include <assert.h>

#include "base/least.h"
#include "base/real.h"
#include "base/status.h"
#include "kernel/activation.h"
#include "kernel/blas.h"
#include "kernel/loss.h"
#include "net/chunks.h"
#include "net/pass_defer.h"
#include "net/pass_group.h"
#include "net/plan_layer.h"

static size_t widest_stride(const bg_net *net)
{
    size_t widest = 0;
    for (size_t l = 0; l < net->layers; l++)
        widest = net->layer[l].stride > widest ? net->layer[l].stride : widest;
    return widest;
}

/* A loss that takes z reads it of the last layer. */
static bool keeps_z(const pass *p, size_t l, bool keep)
{
    const bg_net *net = p->net;
    bool last = l + 1 == net->layers;
    return keep || (last && loss_find(p->objective.loss, net->layer[l].activation)->fused);
}

static bool keeps_slope(const pass *p, size_t l)
{
    return p->plan.slots && activation_find(p->net->layer[l].activation)->apply_slope;
}

/*
 * A tile:   x | t | w | delta A | delta B | a[1] .. a[L], each with z or f'(z) where kept, fed
 * where thinned.  With `keep` every layer has its own z and delta, and its own delta also where
 * gradients are deferred.  Of a group much is not the thread's but a tile's.
 */
static void carve_tile(arena *m, pass_tile *tile, pass *p, bool keep)
{
    const bg_net *net = p->net;
    size_t rows = p->plan.tile_rows, layers = net->layers, widest = widest_stride(net);
    bool grouped = p->plan.group > 0, apart = keep || p->plan.defers;
    pass_tile carved = {
        .x = grouped ? NULL : arena_carve(m, rows * p->x_ld, sizeof(real)),
        .t = arena_carve(m, rows * net->layer[layers - 1].out, sizeof(real)),
        .w = arena_carve(m, rows, sizeof(real)),
        .z = arena_carve(m, layers, sizeof(real *)),
        .a = arena_carve(m, layers, sizeof(real *)),
        .slope = arena_carve(m, layers, sizeof(real *)),
        .fed = arena_carve(m, layers, sizeof(real *)),
        .delta = arena_carve(m, layers, sizeof(real *)),
    };
    real *turns[2] = {arena_carve(m, apart ? 0 : rows * widest, sizeof(real)),
                      arena_carve(m, apart ? 0 : rows * widest, sizeof(real))};
    for (size_t l = 0; l < layers; l++) {
        const net_layer *layer = &net->layer[l];
        size_t size = rows * layer->stride;
        bool own = !grouped || l + 1 == layers;
        real *a = own ? arena_carve(m, size, sizeof(real)) : NULL;
        real *z = keeps_z(p, l, keep) ? arena_carve(m, size, sizeof(real)) : a;
        real *slope = keeps_slope(p, l) ? arena_carve(m, size, sizeof(real)) : a;
        real *fed = own && p->plan.drops ? arena_carve(m, size, sizeof(real)) : NULL;
        real *delta = apart ? arena_carve(m, size, sizeof(real)) : turns[l % 2];
        if (m->base)
            carved.a[l] = a, carved.z[l] = z, carved.slope[l] = slope, carved.fed[l] = fed,
            carved.delta[l] = delta;
    }
    if (p->plan.defers)
        pass_defer_carve(m, p, &carved);
    if (m->base) {
        carved.workers.scratch = &p->scratch[tile - p->tile];
        *tile = carved;
    }
}

/* a, z, f'(z) and delta of each layer, a block of rows each; and the parameters as vectors. */
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
        size_t size = rows * layer->out, a = place, z = a, slope = a;
        if (keeps_z(p, l, keep))
            z = place += size;
        if (keeps_slope(p, l))
            slope = place += size;
        size_t delta = place += size;
        if (m->base)
            n->layer[l] = (narrow_layer){.in = layer->in,
                                         .out = layer->out,
                                         .ldw = layer->ldw,
                                         .weight = layer->weight,
                                         .bias = layer->bias,
                                         .z = z,
                                         .a = a,
                                         .slope = slope,
                                         .delta = delta,
                                         .f = activation_find(layer->activation),
                                         .softmax = layer->activation == BG_SOFTMAX};
        place += size;
    }
    n->w = place;
    place += rows;
    real *scratch = arena_carve(m, place, sizeof(real));
    real *sums = arena_carve(m, net->parameters * p->rule->lanes, sizeof(real));
    if (m->base)
        *tile = (pass_tile){.scratch = scratch, .sums = sums};
}

/* pass.rest.  What deltas leave for the update has to stay until then. */
static size_t find_rest(const pass *p, bool keep)
{
    const bg_net *net = p->net;
    size_t rest = net->layers;
    bool possible = p->plan.shared && p->plan.slots && p->plan.defers && !keep;
    while (possible && rest > 0 && product_by_rows(net, &p->plan, rest - 1) &&
           plan_band_layer(&net->layer[rest - 1]))
        rest--;
    return rest;
}

static void carve(arena *m, pass *p, size_t threads, bool keep)
{
    const bg_net *net = p->net;
    p->tile = arena_carve(m, threads, sizeof *p->tile);
    p->scratch = arena_carve(m, threads, sizeof *p->scratch);
    p->gradient = arena_carve(m, p->plan.slots, net->size * sizeof(real));
    p->slot_loss = arena_carve(m, p->plan.slots, sizeof(double));
    p->rest_loss =
        arena_carve(m, divide_up(p->plan.tile_rows, plan_band(p->plan.tile_rows)), sizeof(double));
    bool narrow = p->narrow.layers > 0;
    if (narrow)
        p->narrow.layer = arena_carve(m, net->layers, sizeof *p->narrow.layer);
    else
        p->product = product_carve(m, net, &p->plan);
    p->rest = find_rest(p, keep);
    p->block = narrow ? 0 : product_scratch(net, &p->plan);
    size_t bytes = p->block + (p->plan.defers ? chunks_most(net) * sizeof(real) : 0);
    for (size_t i = 0; i < threads; i++) {
        arena_part(m);
        void *scratch = arena_carve(m, bytes, 1);
        if (m->base)
            p->scratch[i] = scratch;
        if (i == 0 || !p->plan.shared)
            (narrow ? carve_narrow_tile : carve_tile)(m, m->base ? &p->tile[i] : NULL, p, keep);
    }
    pass_group_carve(m, p);
}

/* Between rows of inputs: a thin layer takes them as they lie, since it reads row after row. */
static size_t x_stride(const bg_net *net, const plan *cut)
{
    bool thin = plan_layer_engine(net, cut, 0) == BG_ENGINE_THIN;
    return thin ? net->layer[0].in : input_stride(net);
}

static pass prepare(const bg_net *net, const bg_objective *objective, plan cut)
{
    assert(!(cut.shared && cut.group) && !(cut.vectors && (cut.shared || cut.group)));
    assert(!cut.group || cut.slots == 1);
    pass p = {.net = net,
              .objective = *objective,
              .plan = cut,
              .x_ld = x_stride(net, &cut),
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
    pass_group_open(p, threads);
    blas_prepare();
    pass_refresh(p);
    return BG_OK;
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
