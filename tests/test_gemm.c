/* The two products by every one who carries them out, against sums in long double. */
#include "base/real.h"
#include "kernel/gemm.h"
#include "kernel/multiply.h"
#include "reals.h"

typedef struct shape {
    size_t m, n, k, pad; /* pad: columns that strides add */
} shape;

static const shape shapes[] = {
    {1, 1, 1, 0},      {1, 1, 1, 3},      {2, 3, 1, 1},     {3, 2, 5, 0},    {1, 70, 1, 2},
    {70, 1, 70, 1},    {7, 5, 3, 4},      {16, 16, 16, 0},  {17, 15, 31, 1}, {48, 16, 2, 0},
    {33, 64, 9, 7},    {64, 33, 70, 0},   {70, 70, 70, 1},  {5, 69, 41, 3},  {240, 64, 64, 0},
    {432, 16, 784, 0}, {784, 16, 432, 0}, {96, 10, 128, 6}, {1, 48, 300, 0},
    {200, 130, 300, 3}, {13, 67, 1100, 1},
};

static void library_nn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b,
                       size_t ldb, const real *bias, real *c, size_t ldc)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            c[i * ldc + j] = bias ? bias[j] : 0;
    gemm_library(GEMM_NN, m, n, k, a, lda, b, ldb, 1, c, ldc);
}

static void library_tn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b,
                       size_t ldb, real beta, real *c, size_t ldc)
{
    gemm_library(GEMM_TN, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

/* The choice that is made for the others, the library, and our kernels for every instruction set
 * that runs here. */
enum { BY_GEMM, BY_LIBRARY, BY_KERNELS, WAYS = BY_KERNELS + VARIANT_COUNT };

static multiply_rule find_way(int way)
{
    return way == BY_GEMM      ? (multiply_rule){gemm_nn, gemm_tn}
           : way == BY_LIBRARY ? (multiply_rule){library_nn, library_tn}
                               : *multiply_variant((variant)(way - BY_KERNELS));
}

static bool runs(int way)
{
    return way < BY_KERNELS || variant_runs((variant)(way - BY_KERNELS));
}

/* Element (i, j) of A B or A' B, and the sum of the magnitudes of its terms. */
static void naive_element(const shape *s, bool transposed, const real *a, size_t lda, const real *b,
                          size_t ldb, size_t i, size_t j, long double *sum, long double *size)
{
    *sum = *size = 0;
    for (size_t k = 0; k < s->k; k++) {
        long double left = (long double)(transposed ? a[k * lda + i] : a[i * lda + k]);
        long double term = left * (long double)b[k * ldb + j];
        *sum += term;
        *size += fabsl(term);
    }
}

/* One product; added: what C held, for beta 1, or the bias, the same in every row. */
static void compare(int way, const shape *s, bool transposed, bool adds)
{
    size_t lda = (transposed ? s->m : s->k) + s->pad, ldb = s->n + s->pad, ldc = s->n + s->pad;
    size_t rows_a = transposed ? s->k : s->m;
    real *a = make_reals(rows_a * lda, 1), *b = make_reals(s->k * ldb, 2);
    real *c = make_canaries((s->m + 1) * ldc), *added = make_reals(s->m * s->n, 3);
    for (size_t i = 0; i < s->m; i++)
        for (size_t j = 0; j < s->n; j++)
            c[i * ldc + j] = transposed && adds ? added[i * s->n + j] : (real)NAN;
    if (transposed)
        find_way(way).tn(s->m, s->n, s->k, a, lda, b, ldb, adds, c, ldc);
    else
        find_way(way).nn(s->m, s->n, s->k, a, lda, b, ldb, adds ? added : NULL, c, ldc);
    check_canaries(s->m, s->n, ldc, s->m + 1, c);
    for (size_t i = 0; i < s->m; i++)
        for (size_t j = 0; j < s->n; j++) {
            long double sum, size, add = 0;
            if (adds)
                add = (long double)added[transposed ? i * s->n + j : j];
            naive_element(s, transposed, a, lda, b, ldb, i, j, &sum, &size);
            /* any order of k products and k sums (Higham 2002, section 3.1) */
            long double bound = (long double)(s->k + 2) * REAL_UNIT * (size + fabsl(add));
            long double off = fabsl((long double)c[i * ldc + j] - (sum + add));
            ck_assert_msg(off <= bound, "way %d, %zu x %zu x %zu %s: C[%zu][%zu] is off by %Lg",
                          way, s->m, s->n, s->k, transposed ? "tn" : "nn", i, j, off);
        }
    free(a);
    free(b);
    free(c);
    free(added);
}

static void compare_all(const shape *s)
{
    for (int way = 0; way < WAYS; way++)
        for (int i = 0; runs(way) && i < 4; i++)
            compare(way, s, i & 1, i & 2);
}

START_TEST(products_agree_with_naive_sums)
{
    gemm_prepare();
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        compare_all(&shapes[i]);
    for (size_t i = 0; i < 150; i++) /* all sizes from 1 to 70, in many combinations */
        compare_all(&(shape){1 + i * 37 % 70, 1 + i * 53 % 70, 1 + i * 11 % 70, i % 5});
}
END_TEST

/* C of both products, each the work of one thread of a region. */
static void run_in_region(const shape *s, int threads, const real *a, const real *b, real *c)
{
    size_t done = 0;
#pragma omp parallel num_threads(threads) reduction(+ : done)
    {
        gemm_thread_begin();
#pragma omp for schedule(static, 1)
        for (int task = 0; task < 2; task++) {
            if (task == 0)
                gemm_nn(s->m, s->n, s->k, a, s->k, b, s->n, NULL, c, s->n);
            else
                gemm_tn(s->m, s->n, s->k, a, s->m, b, s->n, 0, c + s->m * s->n, s->n);
            done++;
        }
    }
    ck_assert_uint_eq(done, 2);
}

START_TEST(regions_of_any_size_give_the_same_bits)
{
    gemm_prepare();
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const shape *s = &shapes[i];
        size_t size = 2 * s->m * s->n;
        real *a = make_reals(s->m * s->k, 5), *b = make_reals(s->k * s->n, 6);
        real *one = make_canaries(size), *many = make_canaries(size);
        run_in_region(s, 1, a, b, one);
        for (int threads = 2; threads <= 5; threads++) {
            run_in_region(s, threads, a, b, many);
            ck_assert_msg(memcmp(one, many, size * sizeof *one) == 0, "%zu x %zu x %zu, %d threads",
                          s->m, s->n, s->k, threads);
        }
        free(a);
        free(b);
        free(one);
        free(many);
    }
}
END_TEST

START_TEST(what_is_not_finite_comes_through)
{
    real a[] = {1, (real)NAN, 0, 1}, b[] = {2, 3, 0, (real)INFINITY}, c[4];
    gemm_prepare();
    gemm_nn(2, 2, 2, a, 2, b, 2, NULL, c, 2); /* [1 nan; 0 1] [2 3; 0 inf] */
    ck_assert(isnan(c[0]) && isnan(c[1]));
    ck_assert(c[2] == 0 && isinf(c[3]));
}
END_TEST

/* Rows and columns of a larger product: sums do not know their neighbours. */
static void compare_part(const multiply_rule *rule, size_t m, size_t n)
{
    enum { M = 20, N = 70, K = 150 };
    real *a = make_reals(M * K, 7), *b = make_reals(K * N, 8), *bias = make_reals(N, 9);
    real *all = make_canaries(M * N), *part = make_canaries(M * N);
    size_t i = M - m, j = N - n;
    rule->nn(M, N, K, a, K, b, N, bias, all, N);
    rule->nn(m, n, K, a + i * K, K, b + j, N, bias + j, part, N);
    for (size_t r = 0; r < m; r++)
        ck_assert_mem_eq(part + r * N, all + (i + r) * N + j, n * sizeof *all);
    real *turned = make_reals(K * M, 7);
    rule->tn(M, N, K, turned, M, b, N, 0, all, N);
    rule->tn(m, n, K, turned + i, M, b + j, N, 0, part, N);
    for (size_t r = 0; r < m; r++)
        ck_assert_mem_eq(part + r * N, all + (i + r) * N + j, n * sizeof *all);
    free(turned);
    free(part);
    free(all);
    free(bias);
    free(b);
    free(a);
}

START_TEST(an_element_of_our_kernels_has_the_same_bits_wherever_it_stands)
{
    for (int way = BY_KERNELS; way < WAYS; way++)
        for (size_t m = 1; runs(way) && m <= 20; m++)
            for (size_t n = 1; n <= 70; n += m % 3 + 1) {
                multiply_rule rule = find_way(way);
                compare_part(&rule, m, n);
            }
}
END_TEST

RUN_CASE("gemm", 60, products_agree_with_naive_sums,
         an_element_of_our_kernels_has_the_same_bits_wherever_it_stands,
         regions_of_any_size_give_the_same_bits, what_is_not_finite_comes_through)
