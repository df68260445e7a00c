/* Quad precision, 113 bits: __float128 on x86-64, long double where that is it (AArch64).  Both
 * have their functions in the C library's libm, so there is nothing else to link. */
#ifndef BASE_QUAD_H
#define BASE_QUAD_H

#include <float.h>
#include <math.h>

#if LDBL_MANT_DIG == 113
typedef long double quad;
#define QUAD(number) number##L
#define QUAD_FUNCTION(name) name##l /* of <math.h> */
#else
typedef __float128 quad;
#define QUAD(number) number##Q
#define QUAD_FUNCTION(name) name##f128
/* glibc's <math.h> shows these to GCC only, but any compiler may call them. */
quad expf128(quad x);
quad expm1f128(quad x);
quad logf128(quad x);
quad log1pf128(quad x);
quad erfcf128(quad x);
#endif

#define QUAD_EPSILON ((quad)0x1p-112)

static inline quad quad_abs(quad x)
{
    return x < 0 ? -x : x;
}

#endif
