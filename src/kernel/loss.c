#include "kernel/loss.h"

#include <math.h>
#include <string.h>

#include "base/least.h"
#include "base/real.h"
#include "kernel/lanes_loss.h"
#include "kernel/lanes_sum.h"

/* Short rows are turned to lie side by side, a row in each lane; long ones lie along the lanes, and
 * their terms, which are reals, are summed in double.  SHORT: outputs up to which that is faster,
 * of losses whose terms know nothing of each other and of softmax's. */
enum { SHORT = 4, SHORT_SOFTMAX = 16 };

/* -------------------------------------------------------------------------- short rows --- */

/* Losses of as many rows as there are lanes, and their derivatives times factor, 0 in rows that do
 * not count; outputs are LANES apart. */
typedef lanes short_loss(size_t n, const real *z, const real *a, const real *t, lanes_int counts,
                         lanes factor, real *delta);

typedef struct short_block {
    real z[SHORT_SOFTMAX * LANES], a[SHORT_SOFTMAX * LANES], t[SHORT_SOFTMAX * LANES],
        delta[SHORT_SOFTMAX * LANES];
} short_block;

static inline void turn_in(size_t rows, size_t n, const real *from, size_t stride, real *to)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < n; j++)
            to[j * LANES + i] = from[i * stride + j];
}

static inline void turn_out(size_t rows, size_t n, const real *from, real *to, size_t stride)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < n; j++)
            to[i * stride + j] = from[j * LANES + i];
}

INLINE double sum_short_rows(const loss_rows *r, bool fused, short_loss *loss)
{
    short_block b;
    double sum = 0;
    for (size_t i = 0; i < r->rows; i += LANES) {
        size_t rows = least(LANES, r->rows - i), at = i * r->stride;
        if (rows < LANES)
            memset(&b, 0, sizeof b);
        if (fused)
            turn_in(rows, r->n, r->z + at, r->stride, b.z);
        turn_in(rows, r->n, r->a + at, r->stride, b.a);
        turn_in(rows, r->n, r->t + i * r->n, r->n, b.t);
        lanes weight = r->weight ? lanes_load_part(r->weight + i, rows) : lanes_all(1);
        lanes_int counts = lanes_less((lanes){0}, weight);
        lanes value = loss(r->n, b.z, b.a, b.t, counts, r->scale * weight, b.delta);
        real each[LANES], times[LANES];
        lanes_store(each, lanes_keep(counts, value));
        lanes_store(times, weight);
        for (size_t k = 0; k < rows; k++)
            sum += (double)times[k] * (double)each[k];
        turn_out(rows, r->n, b.delta, r->delta + at, r->stride);
    }
    return sum;
}

/* A loss whose terms know nothing of each other, with the compiler told which. */
INLINE lanes short_of_terms(bg_loss loss, size_t n, const real *z, const real *a, const real *t,
                            lanes_int counts, lanes factor, real *delta)
{
    lanes sum = {0}, share = loss_is_mean(loss) ? factor / (real)n : factor;
    for (size_t j = 0; j < n * LANES; j += LANES) {
        loss_term e = loss_term_of(loss, lanes_load(z + j), lanes_load(a + j), lanes_load(t + j));
        sum += e.loss;
        lanes_store(delta + j, lanes_keep(counts, e.slope * share));
    }
    return loss_is_mean(loss) ? sum / (real)n : sum;
}

INLINE lanes short_cross_entropy(size_t n, const real *z, const real *a, const real *t,
                                 lanes_int counts, lanes factor, real *delta)
{
    return cross_entropy_lanes(n, LANES, z, a, t, counts, factor, delta);
}

/* --------------------------------------------------------------------------- long rows --- */

/* Loss of a row, and its derivative times factor. */
typedef double long_loss(size_t n, const real *z, const real *a, const real *t, real factor,
                         real *delta);

INLINE double sum_long_rows(const loss_rows *r, long_loss *loss)
{
    double sum = 0;
    for (size_t i = 0; i < r->rows; i++) {
        real weight = r->weight ? r->weight[i] : 1, *delta = r->delta + i * r->stride;
        if (weight > 0)
            sum += (double)weight * loss(r->n, r->z + i * r->stride, r->a + i * r->stride,
                                         r->t + i * r->n, r->scale * weight, delta);
        else
            memset(delta, 0, r->n * sizeof *delta);
    }
    return sum;
}

INLINE double long_of_terms(bg_loss loss, size_t n, const real *z, const real *a, const real *t,
                            real factor, real *delta)
{
    lanes_total sum = {0};
    lanes share = lanes_all(loss_is_mean(loss) ? factor / (real)n : factor);
    size_t j = 0;
    for (; j + LANES <= n; j += LANES) {
        loss_term e = loss_term_of(loss, lanes_load(z + j), lanes_load(a + j), lanes_load(t + j));
        lanes_store(delta + j, e.slope * share);
        lanes_total_add(&sum, e.loss);
    }
    if (j < n) {
        size_t rest = n - j;
        loss_term e = loss_term_of(loss, lanes_load_part(z + j, rest), lanes_load_part(a + j, rest),
                                   lanes_load_part(t + j, rest));
        lanes_store_part(delta + j, e.slope * share, rest);
        lanes_total_add(&sum, lanes_keep(lanes_first(rest), e.loss));
    }
    return loss_is_mean(loss) ? lanes_total_sum(&sum) / (double)n : lanes_total_sum(&sum);
}

/* A loss of squares, in double, since the square of a real need not be one: long rows along the
 * lanes, the rest of them and short ones output by output. */
INLINE double long_of_squares(bg_loss loss, size_t n, const real *z, const real *a, const real *t,
                              real factor, real *delta)
{
    (void)z;
    real share = (loss == BG_HALF_SSE ? 1 : 2) * (loss_is_mean(loss) ? factor / (real)n : factor);
    lanes_total squares = {0};
    double rest = 0;
    size_t j = 0;
    for (; j + LANES <= n; j += LANES) {
        lanes d = lanes_load(a + j) - lanes_load(t + j);
        lanes_store(delta + j, d * share);
        lanes_total_add_squares(&squares, d);
    }
    for (; j < n; j++) {
        real d = a[j] - t[j];
        delta[j] = d * share;
        rest += (double)d * (double)d;
    }
    double sum = n < LANES ? rest : lanes_total_sum(&squares) + rest;
    return loss == BG_HALF_SSE ? sum / 2 : loss_is_mean(loss) ? sum / (double)n : sum;
}

/* Rows of one output, whose mean is itself: nothing to divide by.  Side by side they are as one
 * long row. */
INLINE double sum_single_squares(const loss_rows *r, bool half)
{
    if (r->stride == 1 && !r->weight)
        return long_of_squares(half ? BG_HALF_SSE : BG_SSE, r->rows, r->z, r->a, r->t, r->scale,
                               r->delta);
    double sum = 0;
    for (size_t i = 0; i < r->rows; i++) {
        real weight = r->weight ? r->weight[i] : 1, d = r->a[i * r->stride] - r->t[i];
        bool counts = weight > 0;
        r->delta[i * r->stride] = counts ? d * ((half ? 1 : 2) * (r->scale * weight)) : 0;
        sum += counts ? (double)weight * ((double)d * (double)d / (half ? 2 : 1)) : 0;
    }
    return sum;
}

/* Of some outputs of a row: how many are below the largest, times -1; their shares a, and the
 * largest one; and the targets. */
typedef struct softmax_sums {
    lanes_int below;
    lanes most;
    lanes_total shares, targets;
} softmax_sums;

INLINE void add_outputs(softmax_sums *sums, lanes_int counts, lanes z, lanes a, lanes t, lanes top)
{
    lanes_int below = counts & (lanes_int)(z != top);
    sums->below += below;
    sums->most = lanes_max(sums->most, a);
    lanes_total_add(&sums->shares, lanes_keep(below, a));
    lanes_total_add(&sums->targets, t);
}

/* cross_entropy_lanes along the lanes. */
INLINE double long_cross_entropy(size_t n, const real *z, const real *a, const real *t, real factor,
                                 real *delta)
{
    size_t whole = n / LANES * LANES, rest = n - whole;
    lanes top = lanes_all(lanes_row_highest(n, z));
    lanes z_rest = lanes_load_part(z + whole, rest), a_rest = lanes_load_part(a + whole, rest),
          t_rest = lanes_load_part(t + whole, rest);
    softmax_sums sums = {0};
    for (size_t j = 0; j < whole; j += LANES)
        add_outputs(&sums, ~(lanes_int){0}, lanes_load(z + j), lanes_load(a + j), lanes_load(t + j),
                    top);
    add_outputs(&sums, lanes_first(rest), z_rest, a_rest, t_rest, top);
    double below = (double)lanes_sum(__builtin_convertvector(sums.below, lanes));
    double others = lanes_total_sum(&sums.shares) / (double)lanes_highest(sums.most);
    lanes log_sum = lanes_log1p(lanes_all((real)((double)(n - 1) + below + others)));
    lanes total = lanes_all((real)lanes_total_sum(&sums.targets));
    lanes_total loss = {0};
    for (size_t j = 0; j < whole; j += LANES) {
        lanes y = lanes_load(t + j), slope = lanes_load(a + j) * total - y;
        lanes_total_add(&loss, cross_entropy_term(lanes_load(z + j), y, log_sum, top));
        lanes_store(delta + j, slope * factor);
    }
    lanes slope = a_rest * total - t_rest;
    lanes_total_add(&loss, cross_entropy_term(z_rest, t_rest, log_sum, top));
    lanes_store_part(delta + whole, slope * factor, rest);
    return lanes_total_sum(&loss);
}

/* --------------------------------------------------------------------------- the rules --- */

#define LOSS(name, most, of_short, of_long, fused)                                                 \
    static double name(const loss_rows *r)                                                         \
    {                                                                                              \
        return r->n <= most ? sum_short_rows(r, fused, of_short) : sum_long_rows(r, of_long);      \
    }

#define LOSS_OF_TERMS(name, loss, fused)                                                           \
    INLINE lanes short_##name(size_t n, const real *z, const real *a, const real *t,               \
                              lanes_int counts, lanes factor, real *delta)                         \
    {                                                                                              \
        return short_of_terms(loss, n, z, a, t, counts, factor, delta);                            \
    }                                                                                              \
    INLINE double long_##name(size_t n, const real *z, const real *a, const real *t, real factor,  \
                              real *delta)                                                         \
    {                                                                                              \
        return long_of_terms(loss, n, z, a, t, factor, delta);                                     \
    }                                                                                              \
    LOSS(name, SHORT, short_##name, long_##name, fused)

#define LOSS_OF_SQUARES(name, loss)                                                                \
    INLINE double row_##name(size_t n, const real *z, const real *a, const real *t, real factor,   \
                             real *delta)                                                          \
    {                                                                                              \
        return long_of_squares(loss, n, z, a, t, factor, delta);                                   \
    }                                                                                              \
    static double name(const loss_rows *r)                                                         \
    {                                                                                              \
        return r->n == 1 ? sum_single_squares(r, loss == BG_HALF_SSE)                              \
                         : sum_long_rows(r, row_##name);                                           \
    }

LOSS_OF_SQUARES(sse, BG_SSE)
LOSS_OF_SQUARES(half_sse, BG_HALF_SSE)
LOSS_OF_SQUARES(mse, BG_MSE)
LOSS_OF_TERMS(mae, BG_MAE, false)
LOSS_OF_TERMS(huber, BG_HUBER, false)
LOSS_OF_TERMS(bce_sigmoid, BG_BCE, true)
LOSS_OF_TERMS(cross_entropy_sigmoid, BG_SOFTMAX_CE, true)
LOSS(cross_entropy_softmax, SHORT_SOFTMAX, short_cross_entropy, long_cross_entropy, true)

/* The two whose logarithms are libm's, where a may be 0 or 1.  0 ln 0 is 0: a term whose factor is
 * 0 is left out. */
static double bce_row(size_t n, const real *z, const real *a, const real *t, real factor,
                      real *delta)
{
    (void)z;
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        real off = 1 - t[j], slope = 0;
        if (t[j] != 0) {
            sum -= (double)t[j] * log((double)a[j]);
            slope -= t[j] / a[j];
        }
        if (off != 0) {
            sum -= (double)off * log1p(-(double)a[j]);
            slope += off / (1 - a[j]);
        }
        delta[j] = slope * factor;
    }
    return sum;
}

static double bce(const loss_rows *r)
{
    return sum_long_rows(r, bce_row);
}

static double cross_entropy_row(size_t n, const real *z, const real *a, const real *t, real factor,
                                real *delta)
{
    (void)z;
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        sum -= t[j] != 0 ? (double)t[j] * log((double)a[j]) : 0;
        delta[j] = t[j] != 0 ? -t[j] / a[j] * factor : 0;
    }
    return sum;
}

static double cross_entropy(const loss_rows *r)
{
    return sum_long_rows(r, cross_entropy_row);
}

/* The plain rules stand under identity. */
const loss_rule LANES_NAME(loss_rules)[BG_LOSS_COUNT][BG_ACTIVATION_COUNT] = {
    [BG_MSE][BG_IDENTITY] = {mse, false},
    [BG_HALF_SSE][BG_IDENTITY] = {half_sse, false},
    [BG_SSE][BG_IDENTITY] = {sse, false},
    [BG_MAE][BG_IDENTITY] = {mae, false},
    [BG_HUBER][BG_IDENTITY] = {huber, false},
    [BG_BCE] = {[BG_IDENTITY] = {bce, false}, [BG_SIGMOID] = {bce_sigmoid, true}},
    [BG_SOFTMAX_CE] = {[BG_IDENTITY] = {cross_entropy, false},
                       [BG_SIGMOID] = {cross_entropy_sigmoid, true},
                       [BG_SOFTMAX] = {cross_entropy_softmax, true}},
};
