/* One precision of a source that is compiled twice: BG_DOUBLE is 0 or 1, set by the Makefile.
 * Names that differ between the two are wrapped, e.g. #define gemm_nn REAL_NAME(gemm_nn). */
#ifndef BASE_REAL_H
#define BASE_REAL_H

#ifndef BG_DOUBLE
#error "a source that knows `real` is compiled once with BG_DOUBLE=0 and once with BG_DOUBLE=1"
#endif

#include <float.h>

#if BG_DOUBLE
typedef double real;
#define REAL_NAME(name) name##_f64
#define REAL_FUNCTION(name) name /* of <math.h> */
#define REAL_MIN DBL_MIN
#define REAL_EPSILON DBL_EPSILON
#else
typedef float real;
#define REAL_NAME(name) name##_f32
#define REAL_FUNCTION(name) name##f
#define REAL_MIN FLT_MIN
#define REAL_EPSILON FLT_EPSILON
#endif

#endif
