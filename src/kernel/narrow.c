#include "kernel/narrow.h"

#include <string.h>

#include "base/real.h"
#include "kernel/lanes_loss.h"
#include "kernel/lanes_math.h"
#include "kernel/lanes_sum.h"

/* Full blocks of one or two columns, in order: what large thin tables are made of. */
static bool load_in_order(size_t width, const real *from, size_t room, real *to)
{
    if (width == 1)
        memcpy(to, from, room * sizeof *to);
    for (size_t r = 0; width == 2 && r < room; r += LANES) {
        lanes even, odd;
        lanes_unzip(lanes_load(from + 2 * r), lanes_load(from + 2 * r + LANES), &even, &odd);
        lanes_store(to + r, even);
        lanes_store(to + room + r, odd);
    }
    return width <= 2;
}

/* Four blocks ahead: the processor does not guess across pages. */
static void fetch_ahead(const real *from, size_t size)
{
    for (size_t i = 0; i < size; i += 64 / sizeof *from)
        __builtin_prefetch(from + 4 * size + i);
}

/* Columns of `rows` rows into lanes, 0 in the lanes beyond. */
static void load_columns(size_t width, const real *from, const uint32_t *index, size_t rows,
                         size_t room, real *to)
{
    if (!index)
        fetch_ahead(from, room * width);
    if (!index && rows == room && load_in_order(width, from, room, to))
        return;
    for (size_t r = 0; r < rows; r++) {
        const real *row = from + (index ? index[r] : r) * width;
        for (size_t i = 0; i < width; i++)
            to[i * room + r] = row[i];
    }
    for (size_t i = 0; i < width; i++)
        for (size_t r = rows; r < room; r++)
            to[i * room + r] = 0;
}

static void load(const narrow_net *net, const real *x, const real *t, const uint32_t *index,
                 size_t rows, real *scratch)
{
    size_t room = net->vectors * LANES, outputs = net->layer[net->layers - 1].out;
    load_columns(net->layer[0].in, x, index, rows, room, scratch + net->x);
    if (t)
        load_columns(outputs, t, index, rows, room, scratch + net->t);
}

static void load_weights(const narrow_net *net, const real *w, const uint32_t *index, size_t rows,
                         real *scratch)
{
    load_columns(1, w, index, rows, net->vectors * LANES, scratch + net->w);
}

/* z[j] = b[j] + sum_i W[i][j] below[i] */
INLINE void weigh(const narrow_layer *layer, const real *values, const real *below, real *z,
                  size_t vectors)
{
    const real *weight = values + layer->weight, *bias = values + layer->bias;
    for (size_t j = 0; j < layer->out; j++) {
        lanes sum[NARROW_VECTORS];
        for (size_t v = 0; v < vectors; v++)
            sum[v] = lanes_all(bias[j]);
        for (size_t i = 0; i < layer->in; i++) {
            lanes w = lanes_all(weight[i * layer->ldw + j]);
            for (size_t v = 0; v < vectors; v++)
                sum[v] = lanes_fma(w, lanes_load(below + (i * vectors + v) * LANES), sum[v]);
        }
        for (size_t v = 0; v < vectors; v++)
            lanes_store(z + (j * vectors + v) * LANES, sum[v]);
    }
}

/* Over the units of each lane: e^(z - max) / sum. */
static void softmax(size_t n, size_t room, const real *z, real *a)
{
    for (size_t k = 0; k < room; k += LANES) {
        lanes top = lanes_load(z + k), sum = {0};
        for (size_t j = 1; j < n; j++)
            top = lanes_max(top, lanes_load(z + j * room + k));
        for (size_t j = 0; j < n; j++) {
            lanes e = lanes_exp(lanes_load(z + j * room + k) - top);
            lanes_store(a + j * room + k, e);
            sum += e;
        }
        for (size_t j = 0; j < n; j++)
            lanes_store(a + j * room + k, lanes_load(a + j * room + k) / sum);
    }
}

INLINE void forward_of(const narrow_net *net, const real *values, real *scratch, size_t vectors)
{
    const real *below = scratch + net->x;
    for (size_t l = 0; l < net->layers; l++) {
        const narrow_layer *layer = &net->layer[l];
        real *z = scratch + layer->z, *a = scratch + layer->a;
        size_t room = vectors * LANES;
        weigh(layer, values, below, z, vectors);
        if (layer->softmax)
            softmax(layer->out, room, z, a);
        else if (layer->slope != layer->a)
            layer->f->apply_slope(layer->out * room, z, a, scratch + layer->slope);
        else
            layer->f->apply(layer->out * room, z, a);
        below = a;
    }
}

static void forward(const narrow_net *net, const real *values, real *scratch)
{
    if (net->vectors == 1)
        forward_of(net, values, scratch, 1);
    else
        forward_of(net, values, scratch, NARROW_VECTORS);
}

/* Where row k + lane is one of `rows`. */
INLINE lanes_int real_rows(size_t k, size_t rows)
{
    return lanes_less(lanes_iota() + (real)k, lanes_all((real)rows));
}

/* Rows whose loss counts, and how often. */
typedef struct share {
    lanes_int counts;
    lanes weight;
} share;

/* full: all rows of the block are real, which a compiler that knows it need not look up. */
INLINE share share_of(const narrow_net *net, bool weighted, bool full, size_t k, size_t rows,
                      const real *scratch)
{
    lanes_int real_row = full ? ~(lanes_int){0} : real_rows(k, rows);
    if (!weighted)
        return (share){real_row, lanes_all(1)};
    lanes w = lanes_load(scratch + net->w + k);
    return (share){real_row & lanes_less((lanes){0}, w), w};
}

INLINE double cross_entropy(bool weighted, bool full, const narrow_net *net, size_t rows,
                            real scale, real *scratch)
{
    const narrow_layer *last = &net->layer[net->layers - 1];
    size_t room = net->vectors * LANES;
    const real *z = scratch + last->z, *a = scratch + last->a, *t = scratch + net->t;
    real *delta = scratch + last->delta;
    lanes sum = {0};
    for (size_t k = 0; k < room; k += LANES) {
        share row = share_of(net, weighted, full, k, rows, scratch);
        lanes factor = weighted ? row.weight * scale : lanes_all(scale);
        lanes loss = cross_entropy_lanes(last->out, room, z + k, a + k, t + k, row.counts, factor,
                                         delta + k);
        sum += lanes_keep(row.counts, weighted ? loss * row.weight : loss);
    }
    return (double)lanes_sum(sum);
}

/* With a loss that the compiler knows, so that nothing is chosen for each vector. */
INLINE double unit_losses_of(bg_loss loss, bool weighted, bool full, const narrow_net *net,
                             size_t rows, real scale, real *scratch)
{
    const narrow_layer *last = &net->layer[net->layers - 1];
    size_t room = net->vectors * LANES, outputs = last->out;
    const real *z = scratch + last->z, *a = scratch + last->a, *t = scratch + net->t;
    real *delta = scratch + last->delta;
    real part = loss_is_mean(loss) ? 1 / (real)outputs : 1;
    lanes sum = {0};
    for (size_t k = 0; k < room; k += LANES) {
        share row = share_of(net, weighted, full, k, rows, scratch);
        for (size_t at = k; at < outputs * room; at += room) {
            loss_term e =
                loss_term_of(loss, lanes_load(z + at), lanes_load(a + at), lanes_load(t + at));
            lanes slope = e.slope * part * scale;
            sum += lanes_keep(row.counts, weighted ? e.loss * row.weight : e.loss);
            lanes_store(delta + at, lanes_keep(row.counts, weighted ? slope * row.weight : slope));
        }
    }
    if (loss != BG_BCE)
        last->f->pull_back(outputs * room, scratch + last->slope, delta);
    return (double)lanes_sum(sum) * (double)part;
}

INLINE double losses_of(bool weighted, bool full, const narrow_net *net, size_t rows, real scale,
                        real *scratch)
{
    switch (net->loss) {
    case BG_SOFTMAX_CE:
        return cross_entropy(weighted, full, net, rows, scale, scratch);
    case BG_MSE:
        return unit_losses_of(BG_MSE, weighted, full, net, rows, scale, scratch);
    case BG_HALF_SSE:
        return unit_losses_of(BG_HALF_SSE, weighted, full, net, rows, scale, scratch);
    case BG_MAE:
        return unit_losses_of(BG_MAE, weighted, full, net, rows, scale, scratch);
    case BG_HUBER:
        return unit_losses_of(BG_HUBER, weighted, full, net, rows, scale, scratch);
    case BG_BCE:
        return unit_losses_of(BG_BCE, weighted, full, net, rows, scale, scratch);
    default:
        return unit_losses_of(BG_SSE, weighted, full, net, rows, scale, scratch);
    }
}

static double loss(const narrow_net *net, size_t rows, real scale, real *scratch)
{
    bool full = rows == net->vectors * LANES;
    return full ? losses_of(false, true, net, rows, scale, scratch)
                : losses_of(false, false, net, rows, scale, scratch);
}

static double weighted_loss(const narrow_net *net, size_t rows, real scale, real *scratch)
{
    return losses_of(true, false, net, rows, scale, scratch);
}

/* Where a layer's gradient goes: lane by lane into sums, and of the last block of rows over the
 * lanes into the gradient. */
typedef struct gathering {
    bool first, last;
    real *sums, *gradient;
} gathering;

/* A parameter's vector, from that of the blocks before. */
INLINE lanes sum_before(const gathering *g, size_t at)
{
    return g->first ? (lanes){0} : lanes_load(g->sums + at);
}

INLINE void keep_sum(const gathering *g, size_t at, lanes sum, size_t place)
{
    if (g->last)
        g->gradient[place] = lanes_sum(sum);
    else
        lanes_store(g->sums + at, sum);
}

/* dE/dW[i][j] = sum of below[i] delta[j], dE/db[j] of delta[j]; `at`: where its sums start. */
INLINE void gather_gradient(const narrow_layer *layer, const real *below, const real *delta,
                            const gathering *g, size_t at, size_t vectors)
{
    for (size_t i = 0; i < layer->in; i++)
        for (size_t j = 0; j < layer->out; j++, at += LANES) {
            lanes sum = sum_before(g, at);
            for (size_t v = 0; v < vectors; v++)
                sum = lanes_fma(lanes_load(below + (i * vectors + v) * LANES),
                                lanes_load(delta + (j * vectors + v) * LANES), sum);
            keep_sum(g, at, sum, layer->weight + i * layer->ldw + j);
        }
    for (size_t j = 0; j < layer->out; j++, at += LANES) {
        lanes sum = sum_before(g, at);
        for (size_t v = 0; v < vectors; v++)
            sum += lanes_load(delta + (j * vectors + v) * LANES);
        keep_sum(g, at, sum, layer->bias + j);
    }
}

/* dE/da[i] = sum_j W[i][j] delta[j] */
INLINE void weigh_back(const narrow_layer *layer, const real *values, const real *delta,
                       real *below, size_t vectors)
{
    const real *weight = values + layer->weight;
    for (size_t i = 0; i < layer->in; i++) {
        lanes sum[NARROW_VECTORS] = {{0}};
        for (size_t j = 0; j < layer->out; j++) {
            lanes w = lanes_all(weight[i * layer->ldw + j]);
            for (size_t v = 0; v < vectors; v++)
                sum[v] = lanes_fma(w, lanes_load(delta + (j * vectors + v) * LANES), sum[v]);
        }
        for (size_t v = 0; v < vectors; v++)
            lanes_store(below + (i * vectors + v) * LANES, sum[v]);
    }
}

INLINE void backward_of(const narrow_net *net, const real *values, real *scratch,
                        const gathering *g, size_t vectors)
{
    size_t at = 0;
    for (size_t l = 0; l < net->layers; l++)
        at += (net->layer[l].in + 1) * net->layer[l].out * LANES;
    for (size_t l = net->layers; l-- > 0;) {
        const narrow_layer *layer = &net->layer[l];
        const real *delta = scratch + layer->delta;
        at -= (layer->in + 1) * layer->out * LANES;
        gather_gradient(layer, l ? scratch + net->layer[l - 1].a : scratch + net->x, delta, g, at,
                        vectors);
        if (l == 0)
            return;
        const narrow_layer *under = &net->layer[l - 1];
        real *below = scratch + under->delta;
        weigh_back(layer, values, delta, below, vectors);
        under->f->pull_back(under->out * vectors * LANES, scratch + under->slope, below);
    }
}

/* Compiled once more for the steps that a small table is, and for most blocks of a large one. */
static void backward(const narrow_net *net, const real *values, real *scratch, bool first,
                     bool last, real *sums, real *gradient)
{
    gathering g = {first, last, sums, gradient};
    if (net->vectors == 1 && first && last)
        backward_of(net, values, scratch, &(gathering){true, true, sums, gradient}, 1);
    else if (net->vectors == 1)
        backward_of(net, values, scratch, &g, 1);
    else if (!first && !last)
        backward_of(net, values, scratch, &(gathering){false, false, sums, gradient},
                    NARROW_VECTORS);
    else
        backward_of(net, values, scratch, &g, NARROW_VECTORS);
}

const narrow_rule LANES_NAME(narrow_rules) = {LANES, load,          load_weights, forward,
                                              loss,  weighted_loss, backward};
