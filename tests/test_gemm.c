/* The two products by every one who carries them out, against sums in long double. */
#include "base/real.h"
#include "kernel/blas.h"
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
    {432, 16, 784, 0}, {784, 16, 432, 0}, {96, 10, 128, 6}, {1, 48, 300, 0}, {200, 130, 300, 3},
    {13, 67, 1100, 1},
};

/* The choice that is made for the others, the library, and our kernels for every instruction set
 * that runs here, with operands as they lie and packed. */
enum {
    BY_GEMM,
    BY_LIBRARY,
    BY_KERNELS,
    BY_PACKING = BY_KERNELS + VARIANT_COUNT,
    WAYS = BY_PACKING + VARIANT_COUNT
};

static bool runs(int way)
{
    return way < BY_KERNELS || variant_runs((variant)((way - BY_KERNELS) % VARIANT_COUNT));
}

static const multiply_rule *kernels_of(int way)
{
    return multiply_variant((variant)((way - BY_KERNELS) % VARIANT_COUNT));
}

/* n x m, the transpose of m x n. */
static real *turn(size_t m, size_t n, const real *from, size_t ld)
{
    real *to = make_canaries(n * m);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            to[j * m + i] = from[i * ld + j];
    return to;
}

/* In pieces, as weights are after an update; by columns or by rows. */
static real *pack_right(const multiply_rule *rule, bool by_columns, size_t n, size_t k,
                        const real *b, size_t ldb)
{
    enum { PIECE = 32 };
    real *panels = make_canaries(n * k), *turned = turn(k, n, b, ldb);
    for (size_t i = 0; i < (by_columns ? n : k); i += PIECE)
        if (by_columns)
            rule->pack_columns(n, k, i, i + PIECE < n ? PIECE : n - i, turned + i * k, k, panels);
        else
            rule->pack_rows(n, k, i, i + PIECE < k ? PIECE : k - i, b + i * ldb, ldb, panels);
    free(turned);
    return panels;
}

static void run_nn(int way, size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b,
                   size_t ldb, const real *bias, real *c, size_t ldc)
{
    if (way == BY_GEMM) {
        gemm_nn(m, n, k, a, lda, b, ldb, bias, c, ldc);
    } else if (way == BY_LIBRARY) {
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++)
                c[i * ldc + j] = bias ? bias[j] : 0;
        gemm_library(GEMM_NN, m, n, k, a, lda, b, ldb, 1, c, ldc);
    } else if (way < BY_PACKING) {
        kernels_of(way)->nn(m, n, k, a, lda, b, ldb, bias, c, ldc);
    } else {
        real *panels = pack_right(kernels_of(way), bias != NULL, n, k, b, ldb);
        kernels_of(way)->nn(m, n, k, a, lda, panels, 0, bias, c, ldc);
        free(panels);
    }
}

static void run_tn(int way, size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b,
                   size_t ldb, real beta, real *c, size_t ldc)
{
    if (way == BY_GEMM) {
        gemm_tn(m, n, k, a, lda, b, ldb, beta, c, ldc);
    } else if (way == BY_LIBRARY) {
        gemm_library(GEMM_TN, m, n, k, a, lda, b, ldb, beta, c, ldc);
    } else {
        real *scratch = way < BY_PACKING ? NULL : make_canaries(MULTIPLY_SCRATCH);
        kernels_of(way)->tn(m, n, k, a, lda, b, ldb, beta, c, ldc, scratch);
        free(scratch);
    }
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
        run_tn(way, s->m, s->n, s->k, a, lda, b, ldb, adds, c, ldc);
    else
        run_nn(way, s->m, s->n, s->k, a, lda, b, ldb, adds ? added : NULL, c, ldc);
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
    enum { LINE = 64 / sizeof(real) }; /* panels have whole ones */
    for (int way = 0; way < WAYS; way++)
        for (int i = 0; runs(way) && i < 4; i++) {
            shape of_way = *s;
            if (way >= BY_PACKING)
                of_way.n = (s->n + LINE - 1) / LINE * LINE;
            compare(way, &of_way, i & 1, i & 2);
        }
}

START_TEST(products_agree_with_naive_sums)
{
    blas_prepare();
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
        blas_thread_begin();
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
    blas_prepare();
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
    blas_prepare();
    gemm_nn(2, 2, 2, a, 2, b, 2, NULL, c, 2); /* [1 nan; 0 1] [2 3; 0 inf] */
    ck_assert(isnan(c[0]) && isnan(c[1]));
    ck_assert(c[2] == 0 && isinf(c[3]));
}
END_TEST

/* Rows and columns of a larger product, by packing too: sums do not know their neighbours. */
static void compare_part(int way, size_t m, size_t n)
{
    enum { M = 20, N = 80, K = 150 };
    real *a = make_reals(M * K, 7), *b = make_reals(K * N, 8), *bias = make_reals(N, 9);
    real *all = make_canaries(M * N), *part = make_canaries(M * N);
    size_t i = M - m, j = N - n;
    run_nn(way + VARIANT_COUNT, M, N, K, a, K, b, N, bias, all, N);
    run_nn(way, m, n, K, a + i * K, K, b + j, N, bias + j, part, N);
    for (size_t r = 0; r < m; r++)
        ck_assert_mem_eq(part + r * N, all + (i + r) * N + j, n * sizeof *all);
    real *turned = make_reals(K * M, 7);
    run_tn(way + VARIANT_COUNT, M, N, K, turned, M, b, N, 0, all, N);
    run_tn(way, m, n, K, turned + i, M, b + j, N, 0, part, N);
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
    for (int way = BY_KERNELS; way < BY_PACKING; way++)
        for (size_t m = 1; runs(way) && m <= 20; m++)
            for (size_t n = 1; n <= 80; n += m % 3 + 1)
                compare_part(way, m, n);
}
END_TEST

RUN_CASE("gemm", 60, products_agree_with_naive_sums,
         an_element_of_our_kernels_has_the_same_bits_wherever_it_stands,
         regions_of_any_size_give_the_same_bits, what_is_not_finite_comes_through)
