#include "net/pass.h"

#include <omp.h>
#include <string.h>

#include "base/cpu.h"
#include "base/least.h"
#include "base/real.h"
#include "base/status.h"
#include "kernel/activation.h"
#include "kernel/blas.h"
#include "kernel/loss.h"
#include "kernel/reduce.h"
#include "net/pass_defer.h"
#include "net/pass_drop.h"
#include "net/pass_group.h"
#include "net/pass_load.h"

unsigned pass_thread_begin(void)
{
    blas_thread_begin();
    return cpu_kernel_mode();
}

void pass_thread_end(unsigned mode)
{
    cpu_restore_mode(mode);
}

/* The team that takes part; NULL: none. */
static void work_with(pass *p, team *t)
{
    p->team = t;
    if (p->plan.shared)
        p->tile[0].workers.team = t;
}

void pass_lead(pass *p, int threads, void (*lead)(void *context), void *context)
{
    team t;
    team_open(&t, threads);
    work_with(p, threads > 1 ? &t : NULL);
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
    work_with(p, NULL);
}

/* Work on some rows of layer l, from 0, of a tile, by one thread. */
typedef void each_row(const pass *p, const pass_tile *tile, int thread, size_t l, size_t first,
                      size_t rows);

/* a = f(z), and f'(z) where it is kept.  Padding beyond `out` goes along: nothing reads it.  First
 * z itself where it is made of parts. */
static void activate(const pass *p, const pass_tile *tile, int thread, size_t l, size_t first,
                     size_t rows)
{
    const net_layer *layer = &p->net->layer[l];
    const activation_rule *f = activation_find(layer->activation);
    size_t stride = layer->stride, n = f->by_row ? layer->out : rows * stride;
    (void)thread;
    if (p->product[l].terms)
        product_sum(&p->product[l], p->plan.tile_rows, first, rows, tile->z[l]);
    for (size_t i = first; i < first + rows; i += f->by_row ? 1 : rows) {
        const real *z = tile->z[l] + i * stride;
        real *a = tile->a[l] + i * stride, *slope = tile->slope[l] + i * stride;
        if (slope != a)
            f->apply_slope(n, z, a, slope);
        else
            f->apply(n, z, a);
    }
    if (pass_drops(tile, l))
        pass_drop(p, tile, l, first, rows, tile->a[l], tile->fed[l]);
}

/* delta = delta * f'(z), likewise. */
static void pull_back(const pass *p, const pass_tile *tile, int thread, size_t l, size_t first,
                      size_t rows)
{
    const net_layer *layer = &p->net->layer[l];
    const activation_rule *f = activation_find(layer->activation);
    size_t stride = layer->stride, n = f->by_row ? layer->out : rows * stride;
    (void)thread;
    for (size_t i = first; i < first + rows; i += f->by_row ? 1 : rows)
        f->pull_back(n, tile->slope[l] + i * stride, tile->delta[l] + i * stride);
    if (pass_drops(tile, l))
        pass_drop(p, tile, l, first, rows, tile->delta[l], tile->delta[l]);
}

typedef struct some_rows {
    each_row *work;
    const pass *p;
    const pass_tile *tile;
    size_t layer, first, rows;
} some_rows;

static void rows_piece(void *context, size_t piece, int thread)
{
    const some_rows *r = context;
    size_t band = plan_band(r->p->plan.tile_rows), under = piece * band;
    r->work(r->p, r->tile, thread, r->layer, r->first + under, least(band, r->rows - under));
}

/* By whoever carries out the tile's products, piece by piece. */
static void by_bands(each_row *work, const pass *p, const pass_tile *tile, size_t l, size_t first,
                     size_t rows)
{
    some_rows r = {work, p, tile, l, first, rows};
    team_split(tile->workers.team, divide_up(rows, plan_band(p->plan.tile_rows)), rows_piece, &r);
}

/* The same where one thread may take all rows at once. */
static void by_rows(each_row *work, const pass *p, const pass_tile *tile, size_t l, size_t first,
                    size_t rows)
{
    if (tile->workers.team)
        by_bands(work, p, tile, l, first, rows);
    else
        work(p, tile, 0, l, first, rows);
}

/* z = below W + 1 b', of some rows. */
static void weigh(const pass *p, const pass_tile *tile, const product_workers *by, size_t l,
                  size_t first, size_t rows)
{
    const real *below = l ? pass_fed(tile, l - 1) : tile->input;
    size_t ld = pass_below_ld(p, l);
    product_forward(&p->product[l], by, rows, below + first * ld, ld,
                    tile->z[l] + first * p->net->layer[l].stride);
}

/* delta of layer l-1, of some rows, but for f'. */
static void weigh_back(const pass *p, const pass_tile *tile, const product_workers *by, size_t l,
                       size_t first, size_t rows)
{
    product_backward(&p->product[l], by, rows, tile->delta[l] + first * p->net->layer[l].stride,
                     tile->delta[l - 1] + first * pass_below_ld(p, l));
}

typedef struct some_inputs {
    const pass *p;
    const pass_tile *tile;
    size_t layer;
} some_inputs;

/* A part of z, after its share of the tile's inputs. */
static void inputs_piece(void *context, size_t piece, int thread)
{
    const some_inputs *s = context;
    const pass *p = s->p;
    const pass_tile *tile = s->tile;
    size_t l = s->layer, first, count = product_part_inputs(&p->product[l], piece, &first);
    (void)thread;
    if (l == 0 && tile->missing)
        pass_load_inputs(p, tile, 0, p->plan.tile_rows, first, count);
    product_part(&p->product[l], piece, p->plan.tile_rows, l ? pass_fed(tile, l - 1) : tile->input,
                 pass_below_ld(p, l));
}

/* z, or its parts, and a where it is asked for. */
static void forward_layer(const pass *p, const pass_tile *tile, size_t l, bool activates)
{
    size_t tile_rows = p->plan.tile_rows, strip = product_strip(&p->product[l], tile_rows);
    some_inputs parts = {p, tile, l};
    if (p->product[l].terms)
        team_split(tile->workers.team, product_parts(&p->product[l]), inputs_piece, &parts);
    for (size_t i = 0; i < tile_rows; i += strip) {
        size_t count = least(strip, tile_rows - i);
        if (!p->product[l].terms)
            weigh(p, tile, &tile->workers, l, i, count);
        if (activates)
            by_rows(activate, p, tile, l, i, count);
    }
}

static void load(const pass *p, pass_tile *tile, const pass_rows *rows, size_t index)
{
    size_t tile_rows = p->plan.tile_rows, first = index * tile_rows;
    tile->rows = least(tile_rows, rows->rows - first);
    if (!pass_holds(p, tile, rows, first))
        pass_load(p, tile, rows, first);
}

void pass_forward(const pass *p, pass_tile *tile, const pass_rows *rows, size_t index)
{
    load(p, tile, rows, index);
    if (p->narrow.layers) {
        p->rule->forward(&p->narrow, p->net->values, tile->scratch);
        return;
    }
    for (size_t l = 0; l < p->net->layers; l++)
        forward_layer(p, tile, l, true);
}

/* Loss and its derivative, of rows first .. first+rows-1 of the tile. */
static double loss_of(const pass *p, const pass_tile *tile, real scale, size_t first, size_t rows)
{
    size_t l = p->net->layers - 1;
    const net_layer *last = &p->net->layer[l];
    size_t stride = last->stride, n = last->out, at = first * stride;
    size_t real_rows = first < tile->rows ? least(rows, tile->rows - first) : 0;
    const loss_rule *loss = loss_find(p->objective.loss, last->activation);
    loss_rows of = {real_rows,
                    n,
                    stride,
                    tile->z[l] + at,
                    tile->a[l] + at,
                    tile->target + first * n,
                    tile->weight ? tile->weight + first : NULL,
                    scale,
                    tile->delta[l] + at};
    memset(of.delta, 0, rows * stride * sizeof *of.delta); /* padding stays 0 */
    double sum = loss->apply(&of);
    if (!loss->fused)
        pull_back(p, tile, 0, l, first, real_rows);
    return sum;
}

double pass_loss(const pass *p, pass_tile *tile, real scale)
{
    if (p->narrow.layers)
        return (tile->weight ? p->rule->weighted_loss : p->rule->loss)(&p->narrow, tile->rows,
                                                                       scale, tile->scratch);
    return loss_of(p, tile, scale, 0, p->plan.tile_rows);
}

/* What remains of a step for some rows: forward through the layers from l on, after what z of the
 * one below is still wanted for, loss, and back to the delta of the one below. */
static void turn_around(const pass *p, const pass_tile *tile, int thread, size_t l, size_t first,
                        size_t rows)
{
    product_workers alone = {NULL, &p->scratch[thread]};
    if (l > 0)
        activate(p, tile, thread, l - 1, first, rows);
    else if (tile->missing)
        pass_load_inputs(p, tile, first, rows, 0, p->net->layer[0].in);
    for (size_t k = l; k < p->net->layers; k++) {
        weigh(p, tile, &alone, k, first, rows);
        activate(p, tile, thread, k, first, rows);
    }
    p->rest_loss[first / plan_band(p->plan.tile_rows)] = loss_of(p, tile, tile->scale, first, rows);
    for (size_t k = p->net->layers - 1; k > 0 && k >= l; k--) {
        weigh_back(p, tile, &alone, k, first, rows);
        pull_back(p, tile, thread, k - 1, first, rows);
    }
}

/* A tile's loss and all that pass_backward begins with. */
static double to_the_loss(const pass *p, pass_tile *tile, const pass_rows *rows, size_t index,
                          real scale)
{
    if (p->rest == p->net->layers) {
        pass_forward(p, tile, rows, index);
        return pass_loss(p, tile, scale);
    }
    load(p, tile, rows, index);
    for (size_t l = 0; l < p->rest; l++)
        forward_layer(p, tile, l, l + 1 < p->rest);
    tile->scale = scale;
    by_bands(turn_around, p, tile, p->rest, 0, p->plan.tile_rows);
    double sum = 0;
    for (size_t i = 0; i * plan_band(p->plan.tile_rows) < p->plan.tile_rows; i++)
        sum += p->rest_loss[i];
    return sum;
}

/* gradient[l] = the tile's share + beta gradient[l] */
static void add_gradient(const pass *p, pass_tile *tile, size_t l, real beta, real *gradient)
{
    const net_layer *layer = &p->net->layer[l];
    const real *below = l ? pass_fed(tile, l - 1) : tile->input, *delta = tile->delta[l];
    product_gradient(&p->product[l], &tile->workers, p->plan.tile_rows, below, pass_below_ld(p, l),
                     delta, beta, gradient + layer->weight);
    reduce_columns(p->plan.tile_rows, layer->columns, delta, layer->stride, beta,
                   gradient + layer->bias);
}

/* delta of layer l-1 */
static void pull_down(const pass *p, const pass_tile *tile, size_t l)
{
    size_t tile_rows = p->plan.tile_rows, strip = product_strip(&p->product[l], tile_rows);
    for (size_t i = 0; i < tile_rows; i += strip) {
        size_t count = least(strip, tile_rows - i);
        weigh_back(p, tile, &tile->workers, l, i, count);
        by_rows(pull_back, p, tile, l - 1, i, count);
    }
}

void pass_backward(const pass *p, pass_tile *tile, real beta, bool last, real *gradient)
{
    if (p->narrow.layers) {
        p->rule->backward(&p->narrow, p->net->values, tile->scratch, beta == 0, last, tile->sums,
                          gradient);
        return;
    }
    for (size_t l = p->net->layers; l-- > 0;) {
        if (p->plan.group)
            pass_group_keep(p, tile, l);
        else if (p->plan.defers)
            pass_defer_keep(p, tile, l);
        else
            add_gradient(p, tile, l, beta, gradient);
        if (l > 0 && l < p->rest)
            pull_down(p, tile, l);
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

/* A step of a group's tiles. */
typedef struct sweep {
    const pass *p;
    const pass_rows *rows;
    real scale;
} sweep;

static double tile_of_group(void *context, pass_tile *tile, size_t index)
{
    const sweep *s = context;
    double loss = to_the_loss(s->p, tile, s->rows, index, s->scale);
    pass_backward(s->p, tile, 0, true, NULL);
    return loss;
}

void pass_slot(pass *p, const pass_rows *rows, size_t s, int thread)
{
    size_t tiles = count_tiles(p, rows->rows), slots = pass_slots(p, rows->rows);
    real of_sum = rows->w ? rows->mean_weight : 1;
    real scale = p->objective.reduction == BG_MEAN ? 1 / (real)rows->rows : of_sum;
    real *gradient = p->gradient + s * p->net->size;
    double loss = 0;
    if (p->plan.group) {
        sweep all = {p, rows, scale};
        loss = pass_group(p, tiles, tile_of_group, &all);
    } else {
        pass_tile *tile = pass_tile_of(p, thread);
        size_t first = first_tile(tiles, slots, s), end = first_tile(tiles, slots, s + 1);
        for (size_t i = first; i < end; i++) {
            loss += to_the_loss(p, tile, rows, i, scale);
            pass_backward(p, tile, i == first ? 0 : 1, i + 1 == end, gradient);
        }
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
