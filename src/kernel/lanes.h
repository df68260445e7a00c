/*
 * Vectors of reals, as wide as this build of the source allows.  A source that includes this file
 * is compiled for every instruction set (LANES_BYTES 16, 32, 64 and a suffix, set by the Makefile)
 * and each precision; kernel/variants.c picks at run time.  An element's result does not depend on
 * its lane: every operation below is correctly rounded, or the same in every lane.
 */
#ifndef KERNEL_LANES_H
#define KERNEL_LANES_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/real.h"

#ifndef LANES_BYTES
#error "a source that knows `lanes` is compiled once for each instruction set"
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define LANES_NAME2(name, suffix) name##_##suffix
#define LANES_NAME1(name, suffix) LANES_NAME2(name, suffix)
#define LANES_NAME(name) LANES_NAME1(REAL_NAME(name), LANES_SUFFIX)

#define LANES (LANES_BYTES / sizeof(real))
#define INLINE static inline __attribute__((always_inline))

#if BG_DOUBLE
typedef int64_t lane_int;
#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1023
#else
typedef int32_t lane_int;
#define MANTISSA_BITS 23
#define EXPONENT_BIAS 127
#endif
typedef real lanes __attribute__((vector_size(LANES_BYTES)));
typedef lane_int lanes_int __attribute__((vector_size(LANES_BYTES)));

INLINE lanes lanes_load(const real *p)
{
    lanes v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void lanes_store(real *p, lanes v)
{
    memcpy(p, &v, sizeof v);
}

/* All bits set in the first n lanes, 0 in the others. */
INLINE lanes_int lanes_first(size_t n)
{
    lanes_int place;
    for (size_t i = 0; i < LANES; i++)
        place[i] = (lane_int)i;
    return place < (lane_int)n;
}

/* The first n lanes from p, 0 in the others; and back. */
INLINE lanes lanes_load_part(const real *p, size_t n)
{
#if LANES_BYTES == 64 && BG_DOUBLE && defined(__AVX512F__)
    return (lanes)_mm512_maskz_loadu_pd((__mmask8)((1u << n) - 1), p);
#elif LANES_BYTES == 64 && defined(__AVX512F__)
    return (lanes)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#elif LANES_BYTES == 32 && BG_DOUBLE && defined(__AVX2__)
    return (lanes)_mm256_maskload_pd(p, (__m256i)lanes_first(n));
#elif LANES_BYTES == 32 && defined(__AVX2__)
    return (lanes)_mm256_maskload_ps(p, (__m256i)lanes_first(n));
#else
    lanes v = {0};
    for (size_t i = 0; i < LANES && i < n; i++)
        v[i] = p[i];
    return v;
#endif
}

INLINE void lanes_store_part(real *p, lanes v, size_t n)
{
#if LANES_BYTES == 64 && BG_DOUBLE && defined(__AVX512F__)
    _mm512_mask_storeu_pd(p, (__mmask8)((1u << n) - 1), (__m512d)v);
#elif LANES_BYTES == 64 && defined(__AVX512F__)
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#elif LANES_BYTES == 32 && BG_DOUBLE && defined(__AVX2__)
    _mm256_maskstore_pd(p, (__m256i)lanes_first(n), (__m256d)v);
#elif LANES_BYTES == 32 && defined(__AVX2__)
    _mm256_maskstore_ps(p, (__m256i)lanes_first(n), (__m256)v);
#else
    for (size_t i = 0; i < LANES && i < n; i++)
        p[i] = v[i];
#endif
}

/* Vector v of a row of so many; the last may have `part` elements only (0: all). */
INLINE lanes lanes_load_of(const real *p, size_t v, size_t vectors, size_t part)
{
    return part && v + 1 == vectors ? lanes_load_part(p + v * LANES, part)
                                    : lanes_load(p + v * LANES);
}

INLINE void lanes_store_of(real *p, lanes x, size_t v, size_t vectors, size_t part)
{
    if (part && v + 1 == vectors)
        lanes_store_part(p + v * LANES, x, part);
    else
        lanes_store(p + v * LANES, x);
}

INLINE lanes lanes_all(real x)
{
    return x - (lanes){0};
}

/* 0, 1, 2, ... */
INLINE lanes lanes_iota(void)
{
    lanes v;
    for (size_t i = 0; i < LANES; i++)
        v[i] = (real)i;
    return v;
}

/* All bits set where x < y, and so on; 0 elsewhere and where either is NaN. */
INLINE lanes_int lanes_less(lanes x, lanes y)
{
    return (lanes_int)(x < y);
}

INLINE lanes lanes_select(lanes_int mask, lanes yes, lanes no)
{
    return (lanes)((mask & (lanes_int)yes) | (~mask & (lanes_int)no));
}

/* x where `mask` has all bits, 0 elsewhere. */
INLINE lanes lanes_keep(lanes_int mask, lanes x)
{
    return (lanes)(mask & (lanes_int)x);
}

INLINE lanes lanes_abs(lanes x)
{
    return (lanes)((lanes_int)x &
                   ~((lanes_int){0} + (lane_int)((uint64_t)1 << (sizeof(real) * 8 - 1))));
}

/* x >= 0 with the sign of s */
INLINE lanes lanes_copysign(lanes x, lanes s)
{
    lanes_int sign = (lanes_int){0} + (lane_int)((uint64_t)1 << (sizeof(real) * 8 - 1));
    return (lanes)((lanes_int)x | ((lanes_int)s & sign));
}

/* Whether lanes_fma rounds once. */
#if LANES_BYTES == 16
#define LANES_FMA 0
#else
#define LANES_FMA 1
#endif

/* x y + z, rounded once where the instruction set has it. */
INLINE lanes lanes_fma(lanes x, lanes y, lanes z)
{
#if LANES_BYTES == 64 && BG_DOUBLE && defined(__AVX512F__)
    return (lanes)_mm512_fmadd_pd((__m512d)x, (__m512d)y, (__m512d)z);
#elif LANES_BYTES == 64 && defined(__AVX512F__)
    return (lanes)_mm512_fmadd_ps((__m512)x, (__m512)y, (__m512)z);
#elif LANES_BYTES == 32 && BG_DOUBLE && defined(__FMA__)
    return (lanes)_mm256_fmadd_pd((__m256d)x, (__m256d)y, (__m256d)z);
#elif LANES_BYTES == 32 && defined(__FMA__)
    return (lanes)_mm256_fmadd_ps((__m256)x, (__m256)y, (__m256)z);
#else
    return x * y + z;
#endif
}

/* The larger, the smaller; x where x is NaN. */
INLINE lanes lanes_max(lanes x, lanes y)
{
#if LANES_BYTES == 64 && BG_DOUBLE && defined(__AVX512F__)
    return (lanes)_mm512_max_pd((__m512d)y, (__m512d)x);
#elif LANES_BYTES == 64 && defined(__AVX512F__)
    return (lanes)_mm512_max_ps((__m512)y, (__m512)x);
#elif LANES_BYTES == 32 && BG_DOUBLE && defined(__AVX2__)
    return (lanes)_mm256_max_pd((__m256d)y, (__m256d)x);
#elif LANES_BYTES == 32 && defined(__AVX2__)
    return (lanes)_mm256_max_ps((__m256)y, (__m256)x);
#else
    return lanes_select(lanes_less(x, y), y, x);
#endif
}

INLINE lanes lanes_min(lanes x, lanes y)
{
#if LANES_BYTES == 64 && BG_DOUBLE && defined(__AVX512F__)
    return (lanes)_mm512_min_pd((__m512d)y, (__m512d)x);
#elif LANES_BYTES == 64 && defined(__AVX512F__)
    return (lanes)_mm512_min_ps((__m512)y, (__m512)x);
#elif LANES_BYTES == 32 && BG_DOUBLE && defined(__AVX2__)
    return (lanes)_mm256_min_pd((__m256d)y, (__m256d)x);
#elif LANES_BYTES == 32 && defined(__AVX2__)
    return (lanes)_mm256_min_ps((__m256)y, (__m256)x);
#else
    return lanes_select(lanes_less(y, x), y, x);
#endif
}

/* 2^n for whole n from 1 - bias to bias. */
INLINE lanes lanes_power2(lanes n)
{
    lanes_int whole = __builtin_convertvector(n, lanes_int);
    return (lanes)((whole + EXPONENT_BIAS) << MANTISSA_BITS);
}

/* x 2^n for whole n within twice the exponent range, rounded once where the result is denormal: two
 * factors, of which the first keeps x normal. */
INLINE lanes lanes_scale(lanes x, lanes n)
{
#if LANES_BYTES == 64 && BG_DOUBLE && defined(__AVX512F__)
    return (lanes)_mm512_scalef_pd((__m512d)x, (__m512d)n);
#elif LANES_BYTES == 64 && defined(__AVX512F__)
    return (lanes)_mm512_scalef_ps((__m512)x, (__m512)n);
#else
    lanes_int whole = __builtin_convertvector(n, lanes_int);
    lanes_int half = whole >> 1;
    lanes first = (lanes)((half + EXPONENT_BIAS) << MANTISSA_BITS);
    lanes second = (lanes)((whole - half + EXPONENT_BIAS) << MANTISSA_BITS);
    return x * first * second;
#endif
}

/* Square root, correctly rounded. */
INLINE lanes lanes_sqrt(lanes x)
{
#if LANES_BYTES == 64 && BG_DOUBLE && defined(__AVX512F__)
    return (lanes)_mm512_sqrt_pd((__m512d)x);
#elif LANES_BYTES == 64 && defined(__AVX512F__)
    return (lanes)_mm512_sqrt_ps((__m512)x);
#elif LANES_BYTES == 32 && BG_DOUBLE && defined(__AVX2__)
    return (lanes)_mm256_sqrt_pd((__m256d)x);
#elif LANES_BYTES == 32 && defined(__AVX2__)
    return (lanes)_mm256_sqrt_ps((__m256)x);
#else
    for (size_t i = 0; i < LANES; i++)
        x[i] = REAL_FUNCTION(sqrt)(x[i]);
    return x;
#endif
}

/* The largest lane; where one is NaN, that or any other. */
INLINE real lanes_highest(lanes x)
{
#if LANES_BYTES == 64 && defined(__AVX512F__) && BG_DOUBLE
    return _mm512_reduce_max_pd((__m512d)x);
#elif LANES_BYTES == 64 && defined(__AVX512F__)
    return _mm512_reduce_max_ps((__m512)x);
#else
    real v[LANES];
    memcpy(v, &x, sizeof v);
    for (size_t half = LANES / 2; half; half /= 2)
        for (size_t i = 0; i < half; i++)
            v[i] = v[i + half] > v[i] ? v[i + half] : v[i];
    return v[0];
#endif
}

/* even = x0 x2 .. y0 y2 .., odd = x1 x3 .. y1 y3 ..: two columns of a row-major table. */
INLINE void lanes_unzip(lanes x, lanes y, lanes *even, lanes *odd)
{
#if LANES_BYTES == 64 && defined(__AVX512F__)
    lanes_int pick = 2 * __builtin_convertvector(lanes_iota(), lanes_int);
#if BG_DOUBLE
    *even = (lanes)_mm512_permutex2var_pd((__m512d)x, (__m512i)pick, (__m512d)y);
    *odd = (lanes)_mm512_permutex2var_pd((__m512d)x, (__m512i)(pick + 1), (__m512d)y);
#else
    *even = (lanes)_mm512_permutex2var_ps((__m512)x, (__m512i)pick, (__m512)y);
    *odd = (lanes)_mm512_permutex2var_ps((__m512)x, (__m512i)(pick + 1), (__m512)y);
#endif
#else
    for (size_t i = 0; i < LANES; i++) {
        (*even)[i] = i < LANES / 2 ? x[2 * i] : y[2 * i - LANES];
        (*odd)[i] = i < LANES / 2 ? x[2 * i + 1] : y[2 * i + 1 - LANES];
    }
#endif
}

/* table[index mod 32], of a table aligned to 64 bytes. */
#define LANES_PICKED 32
INLINE lanes lanes_pick(const real *table, lanes_int index)
{
#if LANES_BYTES == 64 && BG_DOUBLE && defined(__AVX512F__)
    __m512d low =
        _mm512_permutex2var_pd(_mm512_load_pd(table), (__m512i)index, _mm512_load_pd(table + 8));
    __m512d high = _mm512_permutex2var_pd(_mm512_load_pd(table + 16), (__m512i)index,
                                          _mm512_load_pd(table + 24));
    __mmask8 upper = _mm512_test_epi64_mask((__m512i)index, _mm512_set1_epi64(16));
    return (lanes)_mm512_mask_mov_pd(low, upper, high);
#elif LANES_BYTES == 64 && defined(__AVX512F__)
    return (lanes)_mm512_permutex2var_ps(_mm512_load_ps(table), (__m512i)index,
                                         _mm512_load_ps(table + 16));
#else
    lanes picked;
    for (size_t i = 0; i < LANES; i++)
        picked[i] = table[index[i] & (LANES_PICKED - 1)];
    return picked;
#endif
}

/* The largest of n reals; where one is NaN, that or any other. */
INLINE real lanes_row_highest(size_t n, const real *x)
{
    size_t j = 0;
    lanes top = lanes_all(x[0]);
    for (; j + LANES <= n; j += LANES)
        top = lanes_max(top, lanes_load(x + j));
    if (j < n)
        top = lanes_max(
            top, lanes_select(lanes_first(n - j), lanes_load_part(x + j, n - j), lanes_all(x[0])));
    return lanes_highest(top);
}

#endif
