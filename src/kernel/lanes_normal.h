/*
 * The tail of the normal distribution, Q(x) = Phi(-x), and its density phi, of lanes.
 *
 * Q(x) = e^(-x^2/2) R(x) for x >= 0; R falls from 1/2 like 1/x and is a rational minimax function
 * on the interval where Q is not 0, with R(0) = 1/2 exactly.  All its coefficients are positive:
 * nothing cancels.  Found for the relative error in 60 digits, by Remez exchange for p - R q
 * divided by the last denominator q until that no longer changes: 2^-27.2 with 9 coefficients,
 * 2^-59.8 with 21.
 */
#ifndef KERNEL_LANES_NORMAL_H
#define KERNEL_LANES_NORMAL_H

#include "kernel/lanes_math.h"

#if BG_DOUBLE
#define TAIL_HIGH ((real)39) /* Q is 0 from here on */
#define HALF_MANTISSA 27
static const real tail_p[] = {0.5,
                              0.82772086861833179887,
                              0.6792864954611263284,
                              0.35709290652969219035,
                              0.13192104997271180266,
                              0.035624648933818744217,
                              0.0071121887670088797125,
                              0.0010378130046908306535,
                              0.00010633688460489534696,
                              6.9573244483906188269e-6,
                              2.2345310327080533006e-7};
static const real tail_q[] = {1,
                              2.4533262980395290923,
                              2.816044166739635603,
                              2.000362347487865283,
                              0.9793686415858939314,
                              0.34797714710877667272,
                              0.091864285155159725729,
                              0.018093040262633570164,
                              0.0026188508477222552681,
                              0.00026710715545031761618,
                              0.000017439426178147640816,
                              5.6011386671251160214e-7};
#else
#define TAIL_HIGH ((real)14.5)
#define HALF_MANTISSA 12
static const real tail_p[] = {0.5f, 0.437594990497f, 0.182690150928f, 0.0404418150213f,
                              0.00408560190848f};
static const real tail_q[] = {
    1, 1.673074826f, 1.20029695116f, 0.468024988581f, 0.101379175555f, 0.0102409627433f};
#endif
#define INV_SQRT_2PI ((real)0.39894228040143267794)

/* What rounding took from square = -x^2/2. */
INLINE lanes lanes_square_rest(lanes x, lanes square)
{
#if LANES_FMA
    return lanes_fma((real)-0.5 * x, x, -square);
#else
    lanes_int low_bits = (lanes_int){0} + (((lane_int)1 << HALF_MANTISSA) - 1);
    lanes high = (lanes)((lanes_int)x & ~low_bits), low = x - high; /* their products are exact */
    return (((real)-0.5 * high * high - square) - high * low) - (real)0.5 * low * low;
#endif
}

typedef struct normal_tail {
    lanes x, tail, density; /* x: not beyond where both are 0 */
} normal_tail;

/* c[0] + x (c[1] + ...): the first term last, so that few roundings are left where it is the most.
 */
INLINE lanes lanes_first_last(size_t n, const real *c, lanes x)
{
    return lanes_fma(lanes_polynomial(n - 1, c + 1, x), x, lanes_all(c[0]));
}

/* x >= 0 */
INLINE normal_tail lanes_normal_tail(lanes x)
{
    x = lanes_min(x, lanes_all(TAIL_HIGH));
    lanes square = (real)-0.5 * x * x, n = lanes_exp_whole(square);
    lanes r = lanes_exp_left(square, n) + lanes_square_rest(x, square);
    exp_parts e = lanes_exp_reduced(n, r);
    lanes p = lanes_first_last(sizeof tail_p / sizeof *tail_p, tail_p, x);
    lanes q = lanes_first_last(sizeof tail_q / sizeof *tail_q, tail_q, x);
    lanes c = lanes_all(INV_SQRT_2PI);
    return (normal_tail){x, lanes_scale(lanes_fma(e.p, p, p) / q, n),
                         lanes_scale(lanes_fma(e.p, c, c), n)};
}

#endif
