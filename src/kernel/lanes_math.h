/*
 * exp, sigmoid, tanh and logarithms of lanes.  Bounds are measured by tests (every float, a dense
 * sweep of doubles).  NaN passes through; limits are exact: exp(-inf) = 0, sigmoid(inf) = 1,
 * tanh(+-inf) = +-1.
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
#define SIGMOID_HIGH ((real)746) /* z s(-z) is nothing beside 1 from here on */
#define ROUND_MAGIC ((real)0x1.8p52)
#define LN2_HIGH ((real)0x1.62e42feep-1) /* 32 bits: n LN2_HIGH is exact */
#define LN2_LOW ((real)0x1.a39ef35793c76p-33)
static const real exp_q[] = {
    0.50000000000000000085,     0.16666666666666676508,   0.041666666666666508781,
    0.0083333333333216914061,   0.0013888888888962370407, 0.0001984126988596625112,
    0.000024801587172539878633, 2.7557244373864476317e-6, 2.7557402641425818809e-7,
    2.5108978994062712297e-8,   2.0875330425391050557e-9};
static const real log1p_c[] = {
    0.81093021621632876515,     -0.28852709909932420275,     0.13260975375420279156,
    -0.067688643310874118215,   0.036611854523172048428,     -0.020548811926940342139,
    0.011833792108940461953,    -0.0069453946642190989733,   0.0041361791405128153132,
    -0.0024918479806820589052,  0.0015153825448040448281,    -0.00092876838804102783258,
    0.00057306793839317616,     -0.00035555256195034591627,  0.0002210601879053458149,
    -0.00013830033882106624212, 0.000089780981394751120846,  -0.000056917419803514561706,
    0.000027433588806170187995, -0.000016839918060774144426, 0.000025114501358145482613,
    -0.000016419338037719220071};
#else
#define EXP_LOW ((real)-104)
#define EXP_HIGH ((real)89)
#define SIGMOID_HIGH ((real)40)
#define ROUND_MAGIC ((real)0x1.8p23)
#define LN2_HIGH ((real)0x1.62ep-1) /* 12 bits */
#define LN2_LOW ((real)0x1.0bfbe8p-15)
static const real exp_q[] = {0.49999998154048874682f, 0.16666543621028271021f,
                             0.041667199858808425758f, 0.0083665205755840317449f,
                             0.0013882521528085920689f};
static const real log1p_c[] = {
    0.81093022f,      -0.2885271105f,  0.13260900388f,   -0.06768769863f,  0.036635474009f,
    -0.020570296152f, 0.011576142967f, -0.006749908831f, 0.0052533651014f, -0.003244032078f};
#endif
#define LOG2_E ((real)1.4426950408889634074)

/* A function's value and derivative. */
typedef struct lanes_both {
    lanes value, slope;
} lanes_both;

/* c[0] + c[1] x + ... of n terms, n known to the compiler, by Estrin's scheme: Horner's is one
 * chain so long that processors run out of room for other vectors meanwhile. */
INLINE lanes lanes_polynomial(size_t n, const real *c, lanes x)
{
    lanes sum[16];
    for (size_t i = 0; i < n / 2; i++)
        sum[i] = lanes_fma(lanes_all(c[2 * i + 1]), x, lanes_all(c[2 * i]));
    if (n % 2)
        sum[n / 2] = lanes_all(c[n - 1]);
    for (size_t left = (n + 1) / 2; left > 1; left = (left + 1) / 2) {
        x *= x;
        for (size_t i = 0; i < left / 2; i++)
            sum[i] = lanes_fma(sum[2 * i + 1], x, sum[2 * i]);
        if (left % 2)
            sum[left / 2] = sum[left - 1];
    }
    return sum[0];
}

typedef struct exp_parts {
    lanes n, p, p_low; /* e^x = 2^n (1 + p + p_low); p_low is 0 in float */
} exp_parts;

/* n and r of x */
INLINE lanes lanes_exp_whole(lanes x)
{
    return lanes_fma(x, lanes_all(LOG2_E), lanes_all(ROUND_MAGIC)) - ROUND_MAGIC;
}
INLINE lanes lanes_exp_left(lanes x, lanes n)
{
    lanes high = lanes_fma(n, lanes_all(-LN2_HIGH), x); /* exact */
    return lanes_fma(n, lanes_all(-LN2_LOW), high);
}

INLINE exp_parts lanes_exp_reduced(lanes n, lanes r)
{
    lanes square = r * r;
#if BG_DOUBLE
    lanes bend = square * lanes_polynomial(sizeof exp_q / sizeof *exp_q, exp_q, r), p = r + bend;
    return (exp_parts){n, p, (r - p) + bend}; /* what rounding took from p */
#else
    size_t last = sizeof exp_q / sizeof *exp_q - 1;
    lanes q = lanes_all(exp_q[last]);
    for (size_t i = last; i-- > 0;)
        q = lanes_fma(q, r, lanes_all(exp_q[i]));
    return (exp_parts){n, lanes_fma(square, q, r), {0}};
#endif
}

INLINE exp_parts lanes_exp_parts(lanes x)
{
    lanes n = lanes_exp_whole(x);
    return lanes_exp_reduced(n, lanes_exp_left(x, n));
}

INLINE lanes lanes_exp(lanes x)
{
    x = lanes_max(lanes_min(x, lanes_all(EXP_HIGH)), lanes_all(EXP_LOW));
    exp_parts e = lanes_exp_parts(x);
    return lanes_scale(e.p + 1, e.n);
}

/* s(z) and 1 - s(z) = s(-z), both to all their digits. */
typedef struct sigmoid_pair {
    lanes s, rest;
} sigmoid_pair;

/* From e = e^-|z|. */
INLINE sigmoid_pair lanes_sigmoid_of(lanes z, lanes e)
{
    lanes large = 1 / (1 + e), small = e * large;
    lanes_int negative = lanes_less(z, (lanes){0});
    return (sigmoid_pair){lanes_select(negative, small, large),
                          lanes_select(negative, large, small)};
}

#if BG_DOUBLE

/* (n + n_low) / (d + d_low); the quotient's own remainder is made good too. */
INLINE lanes lanes_ratio(lanes n, lanes n_low, lanes d, lanes d_low)
{
#if LANES_FMA
    lanes inverse = 1 / d, q = n * inverse;
    lanes rest = lanes_fma(-q, d, n) + lanes_fma(-q, d_low, n_low);
    return lanes_fma(rest, inverse, q);
#else
    lanes q = n / d;
    return q + (n_low - q * d_low) / d;
#endif
}

typedef struct sigmoid_parts {
    lanes z;
    exp_parts e; /* e^-|z|, so that neither side overflows nor cancels */
} sigmoid_parts;

INLINE sigmoid_parts lanes_sigmoid_parts(lanes z)
{
    return (sigmoid_parts){z, lanes_exp_parts(lanes_max(-lanes_abs(z), lanes_all(EXP_LOW)))};
}

/* 1 / (1 + e^-z) */
INLINE lanes lanes_sigmoid_from(sigmoid_parts s)
{
    lanes one = lanes_all(1), zero = {0}, sum = 1 + s.e.p;
    lanes e = lanes_scale(sum, s.e.n), e_low = lanes_scale((s.e.p - (sum - 1)) + s.e.p_low, s.e.n);
    lanes d = 1 + e, d_low = (e - (d - 1)) + e_low;
    lanes_int negative = lanes_less(s.z, zero);
    return lanes_ratio(lanes_select(negative, e, one), lanes_keep(negative, e_low), d, d_low);
}

INLINE sigmoid_pair lanes_sigmoid_pair(lanes z)
{
    return lanes_sigmoid_of(z, lanes_exp(-lanes_abs(z)));
}

#else

/* A sum with it leaves whole n in the low bits, biased like the exponent of 2^n. */
#define POWER_MAGIC (ROUND_MAGIC + EXPONENT_BIAS)

/* 2^n from n + POWER_MAGIC */
INLINE lanes lanes_power_of(lanes biased)
{
    return (lanes)((lanes_int)biased << MANTISSA_BITS);
}

typedef struct sigmoid_parts {
    lanes power, r; /* z = n ln 2 - r; 2^n 2^64 */
} sigmoid_parts;

INLINE sigmoid_parts lanes_sigmoid_parts(lanes z)
{
    const real magic = POWER_MAGIC + 64;
    z = lanes_max(lanes_min(z, lanes_all(SIGMOID_HIGH)), lanes_all(EXP_LOW));
    lanes biased = lanes_fma(z, lanes_all(LOG2_E), lanes_all(magic)), n = biased - magic;
    lanes r = lanes_fma(n, lanes_all(LN2_LOW), lanes_fma(n, lanes_all(LN2_HIGH), -z));
    return (sigmoid_parts){lanes_power_of(biased), r};
}

/* start + e^r, the latter times 2^64: exact at 0 and elsewhere within 2^-23.4, a minimax polynomial
 * found as above. */
INLINE lanes lanes_sigmoid_sum(lanes start, lanes r)
{
    static const real c[] = {1,
                             0.99999970701419506244f,
                             0.49999149192997608768f,
                             0.16667636581717775086f,
                             0.041897975353147602089f,
                             0.0082903061599243761179f};
    const real scale = 0x1p64f;
    lanes d = lanes_all(scale * c[5]);
    for (size_t i = 5; i-- > 1;)
        d = lanes_fma(d, r, lanes_all(scale * c[i]));
    return lanes_fma(d, r, start + scale * c[0]);
}

/* 2^n / (2^n + e^r), both sides times 2^64, so that only the quotient may be denormal. */
INLINE lanes lanes_sigmoid_from(sigmoid_parts p)
{
    return p.power / lanes_sigmoid_sum(p.power, p.r);
}

/* For z above SIGMOID_HIGH: as for SIGMOID_HIGH. */
INLINE sigmoid_pair lanes_sigmoid_pair(lanes z)
{
    sigmoid_parts p = lanes_sigmoid_parts(z);
    lanes inverse = 1 / lanes_sigmoid_sum(p.power, p.r);
    return (sigmoid_pair){p.power * inverse, lanes_sigmoid_sum((lanes){0}, p.r) * inverse};
}

#endif

#if BG_DOUBLE || LANES_BYTES == 64

/*
 * Narrower vectors of floats take as long to pick nodes as these save.
 *
 * Nodes j TANH_STEP and what is tanh there: exactly 1 at the last.  In double the step is such that
 * tanh of the first node is a number of 26 bits, whose square is exact, and tanh of the next seven
 * are within 0.14 units of their last places.  With whole n up to 31, n TANH_STEP is exact.
 *
 * b coth(b) = 1 + b^2 c(b^2), c a minimax polynomial for the relative error, found as above:
 * 2^-58.8 for |b| < 0.3085 in double, 2^-30 for |b| < 0.1485 in float.
 */
#if BG_DOUBLE
#define TANH_STEP ((real)0x1.3b5b0ab74734p-1)
static const _Alignas(64) real tanh_nodes[LANES_PICKED] = {
    0.0000000000,        0.54828718304634094, 0.84311739650791939, 0.9515370893544921,
    0.9856140542784757,  0.99578140875715915, 0.99876738450475322, 0.99964022736360569,
    0.99989502295151245, 0.99996937180537859, 0.99999106412667971, 0.99999739295052836,
    0.99999923939256175, 0.99999977809270479, 0.99999993525853703, 0.99999998111167643,
    0.99999999448933119, 0.99999999839226228, 0.99999999953094243, 0.99999999986315247,
    0.99999999996007471, 0.99999999998835176, 0.99999999999660161, 0.99999999999900857,
    0.99999999999971079, 0.99999999999991562, 0.99999999999997535, 0.99999999999999278,
    0.99999999999999789, 0.99999999999999933, 0.99999999999999978, 1.0000000000};
static const real coth_c[] = {0.33333333333333204669,     -0.022222222221958190492,
                              0.0021164020983692114335,   -0.00021163964534261859687,
                              0.000021368799705686256788, -2.0938347378425762453e-6};
#else
#define TANH_STEP ((real)0.296875)
static const _Alignas(64) real tanh_nodes[LANES_PICKED] = {
    0.0f,         0.288450211f, 0.53258729f,  0.711702287f, 0.829801917f, 0.902284443f,
    0.944829464f, 0.969150901f, 0.982845008f, 0.990489602f, 0.994736671f, 0.997089863f,
    0.998391807f, 0.999111593f, 0.999509275f, 0.999728978f, 0.999850333f, 0.999917328f,
    0.999954343f, 0.999974787f, 0.999986053f, 0.999992311f, 0.999995768f, 0.999997675f,
    0.999998689f, 0.999999285f, 0.999999583f, 0.999999762f, 0.999999881f, 0.99999994f,
    0.99999994f,  1.0f};
static const real coth_c[] = {0.33333289217703671964f, -0.022157442590548823158f};
#endif

typedef struct tanh_parts {
    lanes x, node, b; /* T = tanh(a) with a the node nearest to |x|; b = |x| - a */
} tanh_parts;

INLINE tanh_parts lanes_tanh_parts(lanes x)
{
    lanes y = lanes_min(lanes_abs(x), lanes_all((LANES_PICKED - 1) * TANH_STEP));
    lanes biased = lanes_fma(y, lanes_all(1 / TANH_STEP), lanes_all(ROUND_MAGIC));
    return (tanh_parts){x, lanes_pick(tanh_nodes, (lanes_int)biased),
                        lanes_fma(biased - ROUND_MAGIC, lanes_all(-TANH_STEP), y)};
}

/*
 * tanh(a + b) = (T + t) / (1 + T t) with t = tanh(b); both sides by b / t = b coth(b), whose
 * polynomial is shorter than that of t.  In double as T + (1 - T^2) b / (b coth(b) + T b), whose
 * rounding errors count for less: at most 1.7 units instead of 3.  Then the sign of x.
 */
INLINE lanes lanes_tanh_from(tanh_parts p)
{
    lanes square = p.b * p.b;
    lanes c = lanes_polynomial(sizeof coth_c / sizeof *coth_c, coth_c, square);
#if BG_DOUBLE
    lanes d = 1 + lanes_fma(square, c, p.node * p.b);
    lanes a = lanes_fma(lanes_fma(-p.node, p.node, lanes_all(1)), p.b / d, p.node);
#else
    c = lanes_fma(c, square, lanes_all(1));
    lanes a = lanes_fma(p.node, c, p.b) / lanes_fma(p.node, p.b, c);
#endif
    return lanes_copysign(a, p.x);
}

#else

typedef struct tanh_parts {
    lanes x, power, r; /* |x| = n ln(2)/2 + r; 2^n */
} tanh_parts;

/* One constant is enough for ln 2: n times its error only grows where tanh is flat.  At 16 ln 2
 * h and h + 1 below are the same power of 2. */
INLINE tanh_parts lanes_tanh_parts(lanes x)
{
    const real high = (real)11.09035488895912495; /* 16 ln 2 */
    lanes y = lanes_min(lanes_abs(x), lanes_all(high));
    lanes biased = lanes_fma(y, lanes_all(2 * LOG2_E), lanes_all(POWER_MAGIC));
    return (tanh_parts){x, lanes_power_of(biased),
                        lanes_fma(biased - POWER_MAGIC, lanes_all(-(LN2_HIGH + LN2_LOW) / 2), y)};
}

/* h / (h + 1) with h = (e^2|x| - 1) / 2, then the sign of x.  e^2r - 1 = 2 p: h = 2^n p +
 * (2^n - 1) / 2. */
INLINE lanes lanes_tanh_from(tanh_parts t)
{
    lanes half = lanes_all((real)0.5), q = lanes_all(32 * exp_q[4]);
    for (size_t i = 4; i-- > 0;)
        q = lanes_fma(q, t.r, lanes_all((real)(2 << i) * exp_q[i]));
    lanes p = lanes_fma(t.r * t.r, q, t.r);
    lanes h = lanes_fma(t.power, p, lanes_fma(t.power, half, -half));
    return lanes_copysign(h / (h + 1), t.x);
}

#endif

/* e^x - 1 and its derivative e^x, for x <= 0 */
INLINE lanes_both lanes_expm1_negative(lanes x)
{
    x = lanes_max(x, lanes_all(EXP_LOW));
    exp_parts e = lanes_exp_parts(x);
    lanes power = lanes_power2(lanes_max(e.n, lanes_all(1 - EXPONENT_BIAS)));
    return (lanes_both){lanes_fma(power, e.p, power - 1), lanes_scale(e.p + 1, e.n)};
}

/* ln(1 + w) for 0 <= w <= 1: w times a polynomial in w - 1/2, found as above: 2^-27.6 in float,
 * 2^-59.2 in double. */
INLINE lanes lanes_log1p_unit(lanes w)
{
    return w * lanes_polynomial(sizeof log1p_c / sizeof *log1p_c, log1p_c, w - (real)0.5);
}

/* 2 atanh(s) = 2 s (1 + s^2/3 + s^4/5 + ...) for |s| <= 1/3; the first term left out is below half
 * a unit of the last place. */
INLINE lanes lanes_atanh2(lanes s)
{
    enum { TERMS = BG_DOUBLE ? 17 : 8 };
    lanes square = s * s, sum = lanes_all(1 / (real)(2 * TERMS - 1));
    for (int k = TERMS - 1; k-- > 0;)
        sum = lanes_fma(sum, square, lanes_all(1 / (real)(2 * k + 1)));
    return 2 * s * sum;
}

/* ln(1 + e^-|z|) */
INLINE lanes lanes_softplus_low(lanes z)
{
    return lanes_log1p_unit(lanes_exp(-lanes_abs(z)));
}

/* ln(1 + x) for finite x >= 0: 1 + x = 2^e m with m = 1 + f in [2/3, 4/3), where f has what 1 + x
 * was rounded by, and ln m = 2 atanh(f / (2 + f)). */
INLINE lanes lanes_log1p(lanes x)
{
    lanes sum = 1 + x, lost = x - (sum - 1);
    lanes_int bits = (lanes_int)sum, two_thirds = (lanes_int)lanes_all((real)(2.0 / 3));
    lanes_int e = (bits - two_thirds) >> MANTISSA_BITS;
    lanes m = (lanes)(bits - (e << MANTISSA_BITS)), n = __builtin_convertvector(e, lanes);
    lanes scale = (lanes)((EXPONENT_BIAS - e) << MANTISSA_BITS); /* 2^-e */
    lanes f = lanes_fma(lost, scale, m - 1);
    lanes low = lanes_fma(n, lanes_all(LN2_LOW), lanes_atanh2(f / (2 + f)));
    return lanes_fma(n, lanes_all(LN2_HIGH), low);
}

#endif
