#include "net/measure.h"

#include <omp.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/cpu.h"
#include "base/real.h"
#include "base/status.h"
#include "kernel/gemm.h"
#include "kernel/peak.h"
#include "kernel/reduce.h"
#include "net/pass.h"

/* ------------------------------------------------------------------------------- peak --- */

/* Rounds between two looks at the clock: some 20 microseconds. */
#define PEAK_ROUNDS ((size_t)1000)

/* The sum of what each thread does in its own processor time: processors that work for somebody
 * else meanwhile are no slower for it. */
static double measure_peak(int threads, double seconds)
{
    const peak_rule *rule = peak_find();
    double sum = 0;
#pragma omp parallel num_threads(threads)
    {
        double rounds = 0;
        rule->run(PEAK_ROUNDS);
#pragma omp barrier
        double end = clock_seconds(CLOCK_MONOTONIC) + seconds;
        double start = clock_seconds(CLOCK_THREAD_CPUTIME_ID);
        do {
            rule->run(PEAK_ROUNDS);
            rounds += (double)PEAK_ROUNDS;
        } while (clock_seconds(CLOCK_MONOTONIC) < end);
        double rate = rounds / (clock_seconds(CLOCK_THREAD_CPUTIME_ID) - start);
        /* Atomic: clang's reductions and critical sections leave symbols in the library. */
#pragma omp atomic
        sum += rate;
    }
    return sum * rule->flops;
}

/* --------------------------------------------------------------------- single thread --- */

/* Sides of a product that any library would share out over its threads. */
#define LARGE ((size_t)640)
/* As many, since a share may be charged late. */
#define PRODUCTS 3

static double measure_helpers(void)
{
    real *a = memory_zeroed(3 * LARGE * LARGE, sizeof *a);
    if (!a)
        return -1;
    real *b = a + LARGE * LARGE, *c = b + LARGE * LARGE;
    double own = 0, all = 0;
    gemm_prepare();
#pragma omp parallel num_threads(1)
    {
        gemm_thread_begin();
        gemm_library(GEMM_NN, LARGE, LARGE, LARGE, a, LARGE, b, LARGE, 0, c, LARGE);
        own = -clock_seconds(CLOCK_THREAD_CPUTIME_ID);
        all = -clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
        for (int i = 0; i < PRODUCTS; i++)
            gemm_library(GEMM_NN, LARGE, LARGE, LARGE, a, LARGE, b, LARGE, 0, c, LARGE);
        own += clock_seconds(CLOCK_THREAD_CPUTIME_ID);
        all += clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
    }
    memory_release(a);
    return own > 0 && all > own ? (all - own) / own : 0;
}

/* ------------------------------------------------------------------------- bare GEMMs --- */

typedef struct bare_tile {
    real *input;    /* T x n0: rows that cannot be used as they lie */
    real **a;       /* layer l at [l-1], T x stride */
    real *delta[2]; /* T x the widest stride, by turns */
} bare_tile;

typedef struct bare {
    bare_tile *tile;   /* one for each thread */
    real **transposed; /* W[l] as out x in at [l-1] */
    real *gradient;    /* slots x net->size */
    arena memory;      /* owns all of the above */
} bare;

static void carve(bare *own, const bg_trainer *t)
{
    const bg_net *net = t->net;
    arena *m = &own->memory;
    size_t rows = t->cut.tile_rows, widest = 0;
    own->tile = arena_carve(m, (size_t)t->threads, sizeof *own->tile);
    own->gradient = arena_carve(m, t->cut.slots, net->size * sizeof(real));
    own->transposed = arena_carve(m, net->layers, sizeof(real *));
    for (size_t l = 0; l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        widest = layer->stride > widest ? layer->stride : widest;
        real *w = l ? arena_carve(m, layer->out * net->layer[l - 1].stride, sizeof(real)) : NULL;
        if (m->base)
            own->transposed[l] = w;
    }
    for (int i = 0; i < t->threads; i++) {
        bare_tile tile = {.input = arena_carve(m, rows * input_stride(net), sizeof(real)),
                          .a = arena_carve(m, net->layers, sizeof(real *))};
        for (size_t turn = 0; turn < 2; turn++)
            tile.delta[turn] = arena_carve(m, rows * widest, sizeof(real));
        for (size_t l = 0; l < net->layers; l++) {
            real *a = arena_carve(m, rows * net->layer[l].stride, sizeof(real));
            if (m->base)
                tile.a[l] = a;
        }
        if (m->base)
            own->tile[i] = tile;
    }
}

static void gemms_close(bg_gemms *g)
{
    bare *own = g->own;
    if (!own)
        return;
    arena_close(&own->memory);
    memory_release(own);
    g->own = NULL;
}

static bg_status gemms_open(bg_gemms *g, bg_error *error)
{
    bare *own = memory_zeroed(1, sizeof *own);
    if (!own)
        return fail_memory(error, "the bare products");
    g->own = own;
    own->memory = arena_measure();
    carve(own, g->trainer);
    if (!arena_open(&own->memory)) {
        gemms_close(g);
        return fail_memory(error, "the bare products");
    }
    carve(own, g->trainer);
    const bg_net *net = g->trainer->net;
    for (size_t l = 1; l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        copy_transposed(layer->in, layer->out, (const real *)net->values + layer->weight,
                        layer->stride, own->transposed[l], net->layer[l - 1].stride);
    }
    return BG_OK;
}

/* z[l] = z[l-1] W[l]; then as if z[L] were delta[L]:  gW[l] = z[l-1]' delta[l] + beta gW[l],
 * delta[l-1] = delta[l] W[l]' */
static void multiply_tile(const bg_gemms *g, const bare_tile *tile, const real *x, real beta,
                          real *gradient)
{
    const bg_net *net = g->trainer->net;
    const bare *own = g->own;
    size_t rows = g->trainer->cut.tile_rows, layers = net->layers;
    for (size_t l = 0; l < layers; l++) {
        const net_layer *layer = &net->layer[l];
        if (!pass_is_thin(net, l))
            gemm_nn(rows, layer->columns, layer->in, l ? tile->a[l - 1] : x,
                    l ? net->layer[l - 1].stride : input_stride(net),
                    (const real *)net->values + layer->weight, layer->stride, NULL, tile->a[l],
                    layer->stride);
    }
    const real *delta = tile->a[layers - 1];
    for (size_t l = layers; l-- > 0;) {
        const net_layer *layer = &net->layer[l];
        size_t below = l ? net->layer[l - 1].stride : input_stride(net);
        if (!pass_is_thin(net, l))
            gemm_tn(layer->in, layer->columns, rows, l ? tile->a[l - 1] : x, below, delta,
                    layer->stride, beta, gradient + layer->weight, layer->stride);
        if (l && !pass_is_thin(net, l))
            gemm_nn(rows, net->layer[l - 1].columns, layer->out, delta, layer->stride,
                    own->transposed[l], below, NULL, tile->delta[l % 2], below);
        delta = tile->delta[l % 2];
    }
}

/* Slot s of a step on `rows` rows from x. */
static void multiply_slot(const bg_gemms *g, const real *x, size_t rows, size_t s, size_t slots,
                          int thread)
{
    const bare *own = g->own;
    const bare_tile *tile = &own->tile[thread];
    const bg_net *net = g->trainer->net;
    size_t tile_rows = g->trainer->cut.tile_rows, inputs = net->layer[0].in;
    size_t ld = input_stride(net), tiles = rows / tile_rows + (rows % tile_rows != 0);
    size_t first = s * tiles / slots, end = (s + 1) * tiles / slots;
    for (size_t i = first; i < end; i++) {
        size_t left = rows - i * tile_rows;
        const real *from = x + i * tile_rows * inputs;
        bool copied = left < tile_rows || ld != inputs;
        if (copied)
            copy_rows(left < tile_rows ? left : tile_rows, inputs, from, NULL, tile->input, ld);
        multiply_tile(g, tile, copied ? tile->input : from, i == first ? 0 : 1,
                      own->gradient + s * net->size);
    }
}

/* Cut and shared out as a training step is. */
static void gemms_run(bg_gemms *g, uint64_t epochs)
{
    const bg_trainer *t = g->trainer;
    size_t rows = t->data->rows, inputs = t->data->inputs, batch = t->options.batch;
    size_t tile_rows = t->cut.tile_rows;
    gemm_prepare();
#pragma omp parallel num_threads(t->threads)
    {
        gemm_thread_begin();
        unsigned mode = cpu_flush_denormals();
        for (uint64_t e = 0; e < epochs; e++) {
            for (size_t first = 0; first < rows; first += batch) {
                size_t count = rows - first < batch ? rows - first : batch;
                size_t tiles = count / tile_rows + (count % tile_rows != 0);
                size_t slots = tiles < t->cut.slots ? tiles : t->cut.slots;
                const real *x = (const real *)t->data->x + first * inputs;
#pragma omp for schedule(dynamic, 1)
                for (size_t s = 0; s < slots; s++)
                    multiply_slot(g, x, count, s, slots, omp_get_thread_num());
            }
        }
        cpu_restore_mode(mode);
    }
}

const measure_rules REAL_NAME(measure_rules) = {
    measure_peak, measure_helpers, gemms_open, gemms_close, gemms_run,
};
