/* Sums over the lanes of vectors: in one order, whoever adds them. */
#ifndef KERNEL_LANES_SUM_H
#define KERNEL_LANES_SUM_H

#include "kernel/lanes.h"

/* Lane i plus lane i + 4 of doubles, i + 8 of floats, where there are so many. */
#if LANES_BYTES == 64 && defined(__AVX512F__) && BG_DOUBLE
INLINE __m256d lanes_half(lanes x)
{
    return _mm256_add_pd(_mm512_castpd512_pd256((__m512d)x), _mm512_extractf64x4_pd((__m512d)x, 1));
}
#elif LANES_BYTES == 64 && defined(__AVX512F__)
INLINE __m256 lanes_half(lanes x)
{
    return _mm256_add_ps(_mm512_castps512_ps256((__m512)x), _mm512_extractf32x8_ps((__m512)x, 1));
}
#elif LANES_BYTES == 32 && defined(__AVX2__) && BG_DOUBLE
INLINE __m256d lanes_half(lanes x)
{
    return (__m256d)x;
}
#elif LANES_BYTES == 32 && defined(__AVX2__)
INLINE __m256 lanes_half(lanes x)
{
    return (__m256)x;
}
#endif

/* Sum of the lanes by halves: i + (i + LANES/2), and so on. */
INLINE real lanes_sum(lanes x)
{
#if LANES_BYTES == 64 && defined(__AVX512F__) && BG_DOUBLE
    return _mm512_reduce_add_pd((__m512d)x);
#elif LANES_BYTES == 64 && defined(__AVX512F__)
    return _mm512_reduce_add_ps((__m512)x);
#else
    real v[LANES];
    memcpy(v, &x, sizeof v);
    for (size_t half = LANES / 2; half; half /= 2)
        for (size_t i = 0; i < half; i++)
            v[i] += v[i + half];
    return v[0];
#endif
}

/* Sums of four vectors' lanes, each as lanes_sum adds it: side by side they need half of its
 * additions and shuffles. */
INLINE void lanes_sum_4(const lanes *x, real *to)
{
#if LANES_BYTES > 16 && defined(__AVX2__) && BG_DOUBLE
    __m256d half[4], pair[2];
    for (size_t k = 0; k < 4; k++)
        half[k] = lanes_half(x[k]);
    for (size_t k = 0; k < 2; k++)
        pair[k] = _mm256_add_pd(_mm256_permute2f128_pd(half[k], half[k + 2], 0x20),
                                _mm256_permute2f128_pd(half[k], half[k + 2], 0x31));
    _mm256_storeu_pd(to, _mm256_add_pd(_mm256_unpacklo_pd(pair[0], pair[1]),
                                       _mm256_unpackhi_pd(pair[0], pair[1])));
#elif LANES_BYTES > 16 && defined(__AVX2__)
    __m256 half[4], pair[2];
    for (size_t k = 0; k < 4; k++)
        half[k] = lanes_half(x[k]);
    for (size_t k = 0; k < 2; k++)
        pair[k] = _mm256_add_ps(_mm256_permute2f128_ps(half[k], half[k + 2], 0x20),
                                _mm256_permute2f128_ps(half[k], half[k + 2], 0x31));
    __m256 four = _mm256_add_ps(_mm256_shuffle_ps(pair[0], pair[1], 0x44),
                                _mm256_shuffle_ps(pair[0], pair[1], 0xee));
    __m256 two =
        _mm256_add_ps(_mm256_shuffle_ps(four, four, 0x88), _mm256_shuffle_ps(four, four, 0xdd));
    _mm_storeu_ps(to, _mm_movelh_ps(_mm256_castps256_ps128(two), _mm256_extractf128_ps(two, 1)));
#else
    for (size_t k = 0; k < 4; k++)
        to[k] = lanes_sum(x[k]);
#endif
}

/* Sums in double, one for each lane. */
typedef double doubles __attribute__((vector_size(LANES_BYTES)));
typedef struct lanes_total {
    doubles low;
#if !BG_DOUBLE
    doubles high; /* of the upper half of the lanes */
#endif
} lanes_total;

INLINE void lanes_total_add(lanes_total *total, lanes x)
{
#if BG_DOUBLE
    total->low += x;
#elif LANES_BYTES == 64 && defined(__AVX512F__)
    total->low += (doubles)_mm512_cvtps_pd(_mm512_castps512_ps256((__m512)x));
    total->high += (doubles)_mm512_cvtps_pd(_mm512_extractf32x8_ps((__m512)x, 1));
#elif LANES_BYTES == 32 && defined(__AVX2__)
    total->low += (doubles)_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)x));
    total->high += (doubles)_mm256_cvtps_pd(_mm256_extractf128_ps((__m256)x, 1));
#else
    for (size_t i = 0; i < LANES / 2; i++) {
        total->low[i] += (double)x[i];
        total->high[i] += (double)x[i + LANES / 2];
    }
#endif
}

/* The squares, whatever a real's range. */
INLINE void lanes_total_add_squares(lanes_total *total, lanes x)
{
    lanes_total wide = {0};
    lanes_total_add(&wide, x);
    total->low += wide.low * wide.low;
#if !BG_DOUBLE
    total->high += wide.high * wide.high;
#endif
}

/* All of them, by halves. */
INLINE double lanes_total_sum(const lanes_total *total)
{
#if BG_DOUBLE
    doubles x = total->low;
#else
    doubles x = total->low + total->high;
#endif
#if LANES_BYTES == 64 && defined(__AVX512F__)
    return _mm512_reduce_add_pd((__m512d)x);
#else
    double v[sizeof x / sizeof(double)];
    memcpy(v, &x, sizeof v);
    for (size_t half = sizeof v / sizeof *v / 2; half; half /= 2)
        for (size_t i = 0; i < half; i++)
            v[i] += v[i + half];
    return v[0];
#endif
}

#endif
