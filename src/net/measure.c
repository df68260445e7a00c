#include "net/measure.h"

#include <omp.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/least.h"
#include "base/real.h"
#include "base/status.h"
#include "kernel/blas.h"
#include "kernel/gemm.h"
#include "kernel/peak.h"
#include "kernel/copy.h"
#include "net/pass_defer.h"
#include "net/pass_group.h"

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
    blas_prepare();
#pragma omp parallel num_threads(1)
    {
        blas_thread_begin();
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

/* The pass of a trainer, of which only the products are called. */
typedef struct bare {
    pass pass;
    pass_rows rows; /* of the step under way */
    size_t slots;
    chunk *chunk; /* of a gradient that is deferred; owned */
    size_t chunks;
    const bg_trainer *trainer; /* borrowed for a run */
    uint64_t epochs;
} bare;

static void gemms_close(bg_gemms *g)
{
    bare *own = g->own;
    if (!own)
        return;
    pass_close(&own->pass);
    memory_release(own->chunk);
    memory_release(own);
    g->own = NULL;
}

static bg_status gemms_open(bg_gemms *g, bg_error *error)
{
    const bg_trainer *t = g->trainer;
    bare *own = memory_zeroed(1, sizeof *own);
    if (!own)
        return fail_memory(error, "the bare products");
    own->chunks = chunks_list(t->net, false, NULL);
    own->chunk = memory_zeroed(own->chunks, sizeof *own->chunk);
    bg_status status = own->chunk ? pass_open(&own->pass, t->net, &t->options.objective,
                                              plan_defer(t->net, t->cut), t->threads, false, error)
                                  : fail_memory(error, "the bare products");
    if (status == BG_OK) {
        chunks_list(t->net, false, own->chunk);
        g->own = own;
    } else {
        memory_release(own->chunk);
        memory_release(own);
    }
    return status;
}

/* Thin layers have no GEMM. */
static bool has_gemm(const pass *p, size_t l)
{
    return p->product[l].engine != BG_ENGINE_THIN;
}

/* a[l] = a[l-1] W[l] as if nothing were activated, the last of them delta[L]; then
 * gW[l] = a[l-1]' delta[l] + beta gW[l] and delta[l-1] = delta[l] W[l]' */
static void multiply_tile(const pass *p, pass_tile *tile, real beta, real *gradient)
{
    const bg_net *net = p->net;
    size_t rows = p->plan.tile_rows, layers = net->layers;
    for (size_t l = 0; l < layers; l++)
        if (has_gemm(p, l))
            product_forward(&p->product[l], &tile->workers, rows, l ? tile->a[l - 1] : tile->input,
                            pass_below_ld(p, l), l + 1 < layers ? tile->a[l] : tile->delta[l]);
    for (size_t l = layers; l-- > 0;) {
        if (p->plan.group)
            pass_group_keep(p, tile, l);
        else if (p->plan.defers)
            pass_defer_keep(p, tile, l);
        else if (has_gemm(p, l))
            product_gradient(&p->product[l], &tile->workers, rows, l ? tile->a[l - 1] : tile->input,
                             pass_below_ld(p, l), tile->delta[l], beta,
                             gradient + net->layer[l].weight);
        if (l && has_gemm(p, l))
            product_backward(&p->product[l], &tile->workers, rows, tile->delta[l],
                             tile->delta[l - 1]);
    }
}

/* Inputs of tile i of the step. */
static void load_inputs(const bare *own, pass_tile *tile, size_t i)
{
    size_t inputs = own->pass.net->layer[0].in, ld = own->pass.x_ld;
    size_t tile_rows = own->pass.plan.tile_rows, left = own->rows.rows - i * tile_rows;
    tile->input = own->rows.x + i * tile_rows * inputs;
    if (left < tile_rows || ld != inputs) {
        copy_rows(least(left, tile_rows), inputs, tile->input, NULL, tile->x, ld);
        tile->input = tile->x;
    }
}

static double tile_of_group(void *context, pass_tile *tile, size_t i)
{
    const bare *own = context;
    load_inputs(own, tile, i);
    multiply_tile(&own->pass, tile, 0, NULL);
    return 0;
}

static void chunk_piece(void *context, size_t c, int thread)
{
    const bare *own = context;
    const chunk *k = &own->chunk[c];
    if (k->rows && has_gemm(&own->pass, k->layer))
        pass_defer_gradient(&own->pass, k, thread, pass_defer_block(&own->pass, thread));
}

static void slot_piece(void *context, size_t s, int thread)
{
    bare *own = context;
    pass *p = &own->pass;
    pass_tile *tile = pass_tile_of(p, thread);
    size_t rows = own->rows.rows, tile_rows = p->plan.tile_rows;
    size_t tiles = rows / tile_rows + (rows % tile_rows != 0);
    if (p->plan.group) {
        pass_group(p, tiles, tile_of_group, own);
        return;
    }
    size_t first = s * tiles / own->slots, end = (s + 1) * tiles / own->slots;
    for (size_t i = first; i < end; i++) {
        load_inputs(own, tile, i);
        multiply_tile(p, tile, i == first ? 0 : 1, p->gradient + s * p->net->size);
    }
}

static void lead(void *context)
{
    bare *own = context;
    const bg_data *data = own->trainer->data;
    size_t rows = data->rows, batch = own->trainer->options.batch;
    for (uint64_t e = 0; e < own->epochs; e++)
        for (size_t first = 0; first < rows; first += batch) {
            own->rows = (pass_rows){.x = (const real *)data->x + first * data->inputs,
                                    .rows = rows - first < batch ? rows - first : batch};
            own->slots = pass_slots(&own->pass, own->rows.rows);
            team_split(own->pass.team, own->slots, slot_piece, own);
            if (own->pass.plan.defers)
                team_split(own->pass.team, own->chunks, chunk_piece, own);
        }
}

/* Cut and shared out as a training step is. */
static void gemms_run(bg_gemms *g, uint64_t epochs)
{
    bare *own = g->own;
    own->trainer = g->trainer;
    own->epochs = epochs;
    pass_lead(&own->pass, g->trainer->threads, lead, own);
}

const measure_rules REAL_NAME(measure_rules) = {
    measure_peak, measure_helpers, gemms_open, gemms_close, gemms_run,
};
