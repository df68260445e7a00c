/* Products on the matrix unit, where this machine has one, against sums in long double. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/amx.h"
#include "kernel/variants.h"
#include "oracle.h"

#define UNIT 5.9604644775390625e-8L /* 2^-24, half an ulp of 1 */
#define CANARY -12345.75f
#define BEYOND 3 /* columns that strides add */

static float *make_floats(size_t n, unsigned seed)
{
    double *values = calloc(n, sizeof *values);
    float *made = calloc(n, sizeof *made);
    fill_values(n, seed, values);
    for (size_t i = 0; i < n; i++)
        made[i] = (float)values[i];
    free(values);
    return made;
}

static float *make_canaries(size_t n)
{
    float *made = calloc(n, sizeof *made);
    for (size_t i = 0; i < n; i++)
        made[i] = CANARY;
    return made;
}

static void *make_block(size_t size)
{
    return aligned_alloc(64, size);
}

/* C (m x n, packed) = start + op(A) B. */
static void multiply(bool turned, size_t m, size_t n, size_t k, const float *a, size_t lda,
                     const float *b, size_t ldb, const float *start, size_t start_ld, float *c,
                     size_t ldc)
{
    void *packed = make_block(amx_size(n, k)), *scratch = make_block(amx_scratch());
    amx_pack(AMX_RIGHT, false, n, k, b, ldb, k, packed);
    amx_multiply(turned, m, n, k, a, lda, packed, start, start_ld, c, ldc, scratch);
    free(packed);
    free(scratch);
}

typedef enum origin { FROM_ZEROS, FROM_BIAS, FROM_ITSELF, STARTS } origin;

/* Six products of a block of 32 terms are added to the sum, each a sum of two chains of 16; the
 * products themselves are off by 1.1 units.  Higham 2002, section 3.1, for the sums. */
static long double error_bound(size_t k, long double sizes, long double start)
{
    long double blocks = (long double)((k + 31) / 32);
    return (1.1L + 17 + 6 * blocks) * UNIT * sizes + 6 * blocks * UNIT * fabsl(start);
}

static void compare(size_t m, size_t n, size_t k, bool turned, origin from)
{
    size_t lda = (turned ? m : k) + BEYOND, ldb = n + BEYOND, ldc = n + BEYOND;
    float *a = make_floats((turned ? k : m) * lda, 1), *b = make_floats(k * ldb, 2);
    float *held = make_floats(m * n, 3), *c = make_canaries((m + 1) * ldc);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            c[i * ldc + j] = from == FROM_ITSELF ? held[i * n + j] : NAN;
    multiply(turned, m, n, k, a, lda, b, ldb,
             from == FROM_ITSELF ? c
             : from == FROM_BIAS ? held
                                 : NULL,
             from == FROM_ITSELF ? ldc : 0, c, ldc);
    for (size_t i = 0; i <= m; i++)
        for (size_t j = 0; j < ldc; j++) {
            if (i == m || j >= n) {
                ck_assert_msg(c[i * ldc + j] == CANARY, "written beside C, at %zu, %zu", i, j);
                continue;
            }
            long double began = from == FROM_ZEROS  ? 0
                                : from == FROM_BIAS ? (long double)held[j]
                                                    : (long double)held[i * n + j];
            long double sum = began, sizes = 0;
            for (size_t p = 0; p < k; p++) {
                long double left = (long double)a[turned ? p * lda + i : i * lda + p];
                long double term = left * (long double)b[p * ldb + j];
                sum += term;
                sizes += fabsl(term);
            }
            long double off = fabsl((long double)c[i * ldc + j] - sum);
            ck_assert_msg(off <= error_bound(k, sizes, began),
                          "%zu x %zu x %zu%s: C[%zu][%zu] is off by %Lg", m, n, k,
                          turned ? " turned" : "", i, j, off);
        }
    free(a);
    free(b);
    free(held);
    free(c);
}

START_TEST(products_agree_with_long_double)
{
    static const size_t sizes[][3] = {
        {1, 16, 1},    {16, 16, 32},  {17, 48, 33},   {32, 32, 16},  {33, 64, 31},
        {96, 64, 64},  {5, 16, 300},  {400, 32, 40},  {31, 80, 530}, {784, 16, 48},
        {10, 16, 129}, {385, 48, 17}, {48, 112, 1030}};
    for (size_t i = 0; variant_has_amx() && i < sizeof sizes / sizeof *sizes; i++)
        for (int from = 0; from < STARTS; from++)
            for (int turned = 0; turned < 2; turned++)
                compare(sizes[i][0], sizes[i][1], sizes[i][2], turned, (origin)from);
}
END_TEST

/* Sums of squared errors over many elements: half as large at most, as the README says. */
START_TEST(errors_are_smaller_than_those_of_a_chain)
{
    enum { M = 64, N = 64, K = 784 };
    if (!variant_has_amx())
        return;
    float *a = make_floats(M * K, 4), *b = make_floats(K * N, 5), *c = make_canaries(M * N);
    multiply(false, M, N, K, a, K, b, N, NULL, 0, c, N);
    long double ours = 0, chains = 0;
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < N; j++) {
            long double sum = 0;
            float chain = 0;
            for (size_t p = 0; p < K; p++) {
                sum += (long double)a[i * K + p] * b[p * N + j];
                chain = fmaf(a[i * K + p], b[p * N + j], chain);
            }
            ours += powl((long double)c[i * N + j] - sum, 2);
            chains += powl((long double)chain - sum, 2);
        }
    ck_assert_msg(4 * ours < chains, "%Lg, against %Lg of chains", ours, chains);
    free(a);
    free(b);
    free(c);
}
END_TEST

/* Products of 12-bit numbers and their sums fit 24 bits. */
START_TEST(whole_numbers_are_exact)
{
    enum { M = 20, N = 32, K = 40 };
    float a[M * K], b[K * N], c[M * N];
    if (!variant_has_amx())
        return;
    for (size_t i = 0; i < M * K; i++)
        a[i] = i % 5 ? 0 : (float)(i * 2654435761u % 4096) - 2048;
    for (size_t i = 0; i < K * N; i++)
        b[i] = (float)(i * 40503u % 1024) - 512;
    multiply(false, M, N, K, a, K, b, N, NULL, 0, c, N);
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < N; j++) {
            double sum = 0;
            for (size_t p = 0; p < K; p++)
                sum += (double)a[i * K + p] * (double)b[p * N + j];
            ck_assert_double_eq((double)c[i * N + j], sum);
        }
}
END_TEST

START_TEST(an_element_has_the_same_bits_wherever_it_stands)
{
    enum { M = 70, N = 96, K = 600 };
    if (!variant_has_amx())
        return;
    float *a = make_floats(M * K, 6), *b = make_floats(K * N, 7), *bias = make_floats(N, 8);
    float *all = make_canaries(M * N), *part = make_canaries(M * N);
    multiply(false, M, N, K, a, K, b, N, bias, 0, all, N);
    for (size_t m = 1; m <= M; m += 6)
        for (size_t n = 16; n <= N; n += 16) {
            size_t i = M - m, j = N - n;
            multiply(false, m, n, K, a + i * K, K, b + j, N, bias + j, 0, part, N);
            for (size_t r = 0; r < m; r++)
                ck_assert_mem_eq(part + r * N, all + (i + r) * N + j, n * sizeof *all);
        }
    float *turned = make_floats(K * M, 0);
    for (size_t i = 0; i < M; i++)
        for (size_t p = 0; p < K; p++)
            turned[p * M + i] = a[i * K + p];
    multiply(true, M, N, K, turned, M, b, N, bias, 0, part, N);
    ck_assert_mem_eq(part, all, M * N * sizeof *all);
    free(a);
    free(b);
    free(bias);
    free(all);
    free(part);
    free(turned);
}
END_TEST

/* A weight matrix is refreshed in pieces, and as it lies or turned. */
START_TEST(pieces_make_the_whole)
{
    enum { LINES = 80, DEPTH = 100 };
    size_t size = amx_size(LINES, DEPTH);
    if (!variant_has_amx())
        return;
    float *b = make_floats(DEPTH * LINES, 9), *turned = make_floats(LINES * DEPTH, 0);
    for (size_t i = 0; i < LINES; i++)
        for (size_t p = 0; p < DEPTH; p++)
            turned[i * DEPTH + p] = b[p * LINES + i];
    char *whole = make_block(size), *pieces = make_block(size), *other = make_block(size);
    memset(whole, 0, size);
    memset(pieces, 0, size);
    memset(other, 0, size);
    amx_pack(AMX_RIGHT, false, LINES, DEPTH, b, LINES, DEPTH, whole);
    for (size_t p = 0; p < DEPTH; p += 64)
        amx_pack(AMX_RIGHT, false, LINES, DEPTH - p < 64 ? DEPTH - p : 64, b + p * LINES, LINES,
                 DEPTH, amx_place(pieces, DEPTH, 0, p));
    ck_assert_mem_eq(pieces, whole, size);
    for (size_t i = 0; i < LINES; i += 32)
        amx_pack(AMX_RIGHT, true, LINES - i < 32 ? LINES - i : 32, DEPTH, turned + i * DEPTH, DEPTH,
                 DEPTH, amx_place(other, DEPTH, i, 0));
    ck_assert_mem_eq(other, whole, size);
    free(b);
    free(turned);
    free(whole);
    free(pieces);
    free(other);
}
END_TEST

START_TEST(what_is_not_finite_stays_so)
{
    const float bad[] = {NAN, -NAN, INFINITY, -INFINITY};
    if (!variant_has_amx())
        return;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (int side = 0; side < 2; side++) {
            float a[2 * 3] = {1, 2, 3, 4, 5, 6}, b[3 * 16], c[2 * 16];
            for (size_t j = 0; j < 3 * 16; j++)
                b[j] = 1;
            *(side ? &b[17] : &a[4]) = bad[i];
            multiply(false, 2, 16, 3, a, 3, b, 16, NULL, 0, c, 16);
            ck_assert(side ? !isfinite(c[1]) && !isfinite(c[17]) : !isfinite(c[16]));
            ck_assert(c[0] == 6);
        }
}
END_TEST

START_TEST(sizes_that_overflow_are_told)
{
    ck_assert_uint_eq(amx_size(33, 32), 2 * amx_size(1, 1));
    ck_assert_uint_eq(amx_size(SIZE_MAX, SIZE_MAX), SIZE_MAX);
}
END_TEST

RUN_CASE("amx", 60, products_agree_with_long_double, errors_are_smaller_than_those_of_a_chain,
         whole_numbers_are_exact, an_element_has_the_same_bits_wherever_it_stands,
         pieces_make_the_whole, what_is_not_finite_stays_so, sizes_that_overflow_are_told)
