/* Dual numbers v + d e with e^2 = 0, in quad precision: what is computed with them carries its
 * derivative along, by the rules of sums, products and five functions and nothing else
 * (W. K. Clifford 1873; R. E. Wengert 1964). */
#ifndef SHEET_DUAL_H
#define SHEET_DUAL_H

#include "base/quad.h"

typedef struct dual {
    quad v, d; /* value, derivative */
} dual;

static inline dual dual_constant(quad x)
{
    return (dual){x, 0};
}
static inline dual dual_add(dual x, dual y)
{
    return (dual){x.v + y.v, x.d + y.d};
}
static inline dual dual_subtract(dual x, dual y)
{
    return (dual){x.v - y.v, x.d - y.d};
}
static inline dual dual_multiply(dual x, dual y)
{
    return (dual){x.v * y.v, x.d * y.v + x.v * y.d};
}
static inline dual dual_divide(dual x, dual y)
{
    return (dual){x.v / y.v, (x.d * y.v - x.v * y.d) / (y.v * y.v)};
}
static inline dual dual_scale(quad c, dual x)
{
    return (dual){c * x.v, c * x.d};
}
/* At 0 the derivative is taken as 0. */
static inline dual dual_abs(dual x)
{
    return x.v > 0 ? x : x.v < 0 ? dual_scale(-1, x) : (dual){0, 0};
}
static inline dual dual_exp(dual x)
{
    quad e = QUAD_FUNCTION(exp)(x.v);
    return (dual){e, e * x.d};
}
static inline dual dual_expm1(dual x)
{
    return (dual){QUAD_FUNCTION(expm1)(x.v), QUAD_FUNCTION(exp)(x.v) * x.d};
}
static inline dual dual_log(dual x)
{
    return (dual){QUAD_FUNCTION(log)(x.v), x.d / x.v};
}
static inline dual dual_log1p(dual x)
{
    return (dual){QUAD_FUNCTION(log1p)(x.v), x.d / (1 + x.v)};
}
/* (erfc x)' = -2 e^(-x^2) / sqrt(pi) */
static inline dual dual_erfc(dual x)
{
    const quad two_over_root_pi = QUAD(1.12837916709551257389615890312154517169);
    return (dual){QUAD_FUNCTION(erfc)(x.v),
                  -two_over_root_pi * QUAD_FUNCTION(exp)(-x.v * x.v) * x.d};
}

#endif
