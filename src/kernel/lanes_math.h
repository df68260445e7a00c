/*
 * exp, sigmoid and tanh of lanes.  Bounds are measured by tests (every float, a dense sweep of
 * doubles).  NaN passes through; limits are exact: exp(-inf) = 0, sigmoid(inf) = 1, tanh(+-inf) =
 * +-1.
 *
 * x = n ln 2 + r with whole n and |r| <= ln(2)/2;  e^r - 1 = r + r^2 q(r), q a minimax polynomial
 * for the relative error of e^r - 1, found by Remez exchange in 60 digits: 2^-26 with 5 terms,
 * 2^-61 with 11.
 */
#ifndef KERNEL_LANES_MATH_H
#define KERNEL_LANES_MATH_H

#include "kernel/lanes.h"

#if BG_DOUBLE
#define EXP_LOW ((real)-746)
#define EXP_HIGH ((real)710)
#define TANH_HIGH ((real)20)
#define ROUND_MAGIC ((real)0x1.8p52)
#define LN2_HIGH ((real)0x1.62e42feep-1) /* 32 bits: n LN2_HIGH is exact */
#define LN2_LOW ((real)0x1.a39ef35793c76p-33)
static const real exp_q[] = {
    0.50000000000000000085,     0.16666666666666676508,   0.041666666666666508781,
    0.0083333333333216914061,   0.0013888888888962370407, 0.0001984126988596625112,
    0.000024801587172539878633, 2.7557244373864476317e-6, 2.7557402641425818809e-7,
    2.5108978994062712297e-8,   2.0875330425391050557e-9};
#else
#define EXP_LOW ((real)-104)
#define EXP_HIGH ((real)89)
#define TANH_HIGH ((real)10)
#define ROUND_MAGIC ((real)0x1.8p23)
#define LN2_HIGH ((real)0x1.62ep-1) /* 12 bits */
#define LN2_LOW ((real)0x1.0bfbe8p-15)
static const real exp_q[] = {0.49999998154048874682f, 0.16666543621028271021f,
                             0.041667199858808425758f, 0.0083665205755840317449f,
                             0.0013882521528085920689f};
#endif
#define LOG2_E ((real)1.4426950408889634074)

typedef struct exp_parts {
    lanes n, p; /* e^x = 2^n (1 + p) */
} exp_parts;

INLINE exp_parts lanes_exp_parts(lanes x)
{
    lanes n = lanes_fma(x, lanes_all(LOG2_E), lanes_all(ROUND_MAGIC)) - ROUND_MAGIC;
    lanes r = lanes_fma(n, lanes_all(-LN2_HIGH), x);
    r = lanes_fma(n, lanes_all(-LN2_LOW), r);
    size_t last = sizeof exp_q / sizeof *exp_q - 1;
    lanes q = lanes_all(exp_q[last]);
    for (size_t i = last; i-- > 0;)
        q = lanes_fma(q, r, lanes_all(exp_q[i]));
    return (exp_parts){n, lanes_fma(r * r, q, r)};
}

INLINE lanes lanes_exp(lanes x)
{
    x = lanes_max(lanes_min(x, lanes_all(EXP_HIGH)), lanes_all(EXP_LOW));
    exp_parts e = lanes_exp_parts(x);
    return lanes_scale(e.p + 1, e.n);
}

/* 1 / (1 + e^-z) with e^-|z|, so that neither side overflows nor cancels. */
INLINE lanes lanes_sigmoid(lanes z)
{
    lanes e = lanes_exp(-lanes_abs(z));
    lanes one = lanes_all(1);
    return lanes_select(lanes_less(z, (lanes){0}), e, one) / (e + one);
}

/* t / (t + 2) with t = e^2|x| - 1 = 2^n p + (2^n - 1), then the sign of x. */
INLINE lanes lanes_tanh(lanes x)
{
    lanes y = lanes_min(lanes_abs(x), lanes_all(TANH_HIGH));
    exp_parts e = lanes_exp_parts(y + y);
    lanes power = lanes_power2(e.n);
    lanes t = lanes_fma(power, e.p, power - 1);
    return lanes_copysign(t / (t + 2), x);
}

/* e^x - 1 for x <= 0 */
INLINE lanes lanes_expm1_negative(lanes x)
{
    x = lanes_max(x, lanes_all((real)(-2 * TANH_HIGH)));
    exp_parts e = lanes_exp_parts(x);
    lanes power = lanes_power2(e.n);
    return lanes_fma(power, e.p, power - 1);
}

#endif
