/* One output's share of a loss, in lanes: what the narrow engine and the losses of rows share. */
#ifndef KERNEL_LANES_LOSS_H
#define KERNEL_LANES_LOSS_H

#include <stdbool.h>

#include "backgemm.h"
#include "kernel/lanes_math.h"

typedef struct loss_term {
    lanes loss, slope;
} loss_term;

/* Whether a row's loss is the mean of its terms, not their sum. */
INLINE bool loss_is_mean(bg_loss loss)
{
    return loss == BG_MSE || loss == BG_MAE || loss == BG_HUBER;
}

/* Before a division by the number of outputs; the derivative is by a, or by z under the two losses
 * that are taken together with sigmoid. */
INLINE loss_term loss_term_of(bg_loss loss, lanes z, lanes a, lanes t)
{
    lanes d = a - t, size = lanes_abs(d), one = lanes_all(1), zero = {0};
    switch (loss) {
    case BG_MAE: /* the derivative at a = t is taken as 0 */
        return (loss_term){size, lanes_select(lanes_less(zero, size), lanes_copysign(one, d), d)};
    case BG_HUBER: /* P. Huber 1964, with the change from square to line at 1 */
        return (loss_term){lanes_select(lanes_less(one, size), size - (real)0.5, (real)0.5 * d * d),
                           lanes_max(lanes_min(d, one), -one)};
    case BG_HALF_SSE:
        return (loss_term){(real)0.5 * d * d, d};
    case BG_BCE: /* under sigmoid: softplus(z) - t z, the smaller of two large terms first */
        return (loss_term){
            lanes_softplus_low(z) + lanes_max(z, zero) * (1 - t) - lanes_min(z, zero) * t, d};
    case BG_SOFTMAX_CE: /* under sigmoid: -t ln a = t softplus(-z), 0 where t is 0 */
        return (loss_term){
            lanes_keep((lanes_int)(t != zero), t * (lanes_softplus_low(z) - lanes_min(z, zero))),
            -t * (1 - a)};
    default: /* BG_SSE, BG_MSE */
        return (loss_term){d * d, 2 * d};
    }
}

/* t (log_sum + top - z), 0 where t is 0. */
INLINE lanes cross_entropy_term(lanes z, lanes t, lanes log_sum, lanes top)
{
    return lanes_keep((lanes_int)(t != (lanes){0}), t * (log_sum + (top - z)));
}

/* softmax_ce under softmax, a row in each lane, its n outputs `step` apart: -ln a[j] =
 * ln(sum_k e^(z[k]-top)) + top - z[j], and the derivative is a (sum of t) - t, times factor, 0 in
 * rows that do not count.  a has the powers already, divided by their sum, and the largest ones are
 * 1: kept apart, they leave to a sure row what little it costs. */
INLINE lanes cross_entropy_lanes(size_t n, size_t step, const real *z, const real *a, const real *t,
                                 lanes_int counts, lanes factor, real *delta)
{
    lanes top = lanes_load(z), share = lanes_load(a), others = {0}, total = {0}, loss = {0};
    lanes_int equals = (lanes_int){0} + (lane_int)(n - 1); /* of the largest, beside itself */
    for (size_t j = 1; j < n; j++) {
        top = lanes_max(top, lanes_load(z + j * step));
        share = lanes_max(share, lanes_load(a + j * step));
    }
    for (size_t j = 0; j < n; j++) {
        lanes_int other = (lanes_int)(lanes_load(z + j * step) != top);
        equals += other;
        others += lanes_keep(other, lanes_load(a + j * step));
        total += lanes_load(t + j * step);
    }
    lanes log_sum = lanes_log1p(__builtin_convertvector(equals, lanes) + others / share);
    for (size_t j = 0; j < n; j++) {
        lanes y = lanes_load(t + j * step), slope = lanes_load(a + j * step) * total - y;
        loss += cross_entropy_term(lanes_load(z + j * step), y, log_sum, top);
        lanes_store(delta + j * step, lanes_keep(counts, slope * factor));
    }
    return loss;
}

#endif
