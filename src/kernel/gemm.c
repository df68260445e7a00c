#include "kernel/gemm.h"

#include <cblas.h>
#include <omp.h>
#include <stdbool.h>
#include <string.h>

#include "base/real.h"
#include "kernel/blas.h"
#include "kernel/variants.h"

#if BG_DOUBLE
#define cblas_gemm cblas_dgemm
#else
#define cblas_gemm cblas_sgemm
#endif

void gemm_prepare(void)
{
    if (openblas_get_parallel() == OPENBLAS_THREAD)
        openblas_set_num_threads(1);
}

void gemm_thread_begin(void)
{
    omp_set_num_threads(1);
}

/* Pieces that suit those kernels best, measured for 32 to 96 rows. */
#define BLOCK_N ((size_t)64)
#define BLOCK_K ((size_t)80)

static bool has_small_path(void)
{
    static int known; /* 1: no, 2: yes; every thread finds the same */
    int seen = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (!seen) {
        const char *core = openblas_get_corename();
        seen = 1 + (strcmp(core, "SkylakeX") == 0 || strcmp(core, "Cooperlake") == 0 ||
                    strcmp(core, "Sapphirerapids") == 0);
        __atomic_store_n(&known, seen, __ATOMIC_RELAXED);
    }
    return seen == 2;
}

/* With few rows the packing of the other matrix costs more than it gains; in pieces of the small
 * kind the product goes by a third to a half faster (measured for 32 to 96 rows). */
static bool is_worth_cutting(size_t rows, size_t n, size_t k)
{
    return rows <= 96 && rows * n * k > GEMM_UNPACKED_PRODUCT && has_small_path();
}

bg_engine gemm_way(size_t rows, size_t n, size_t k)
{
    if (is_worth_cutting(rows, n, k))
        return BG_ENGINE_PIECES;
    return has_small_path() && rows * n * k <= GEMM_UNPACKED_PRODUCT ? BG_ENGINE_UNPACKED
                                                                     : BG_ENGINE_PACKED;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* C = op(A) B + beta C */
static void multiply(CBLAS_TRANSPOSE op, size_t m, size_t n, size_t k, const real *a, size_t lda,
                     const real *b, size_t ldb, real beta, real *c, size_t ldc)
{
    cblas_gemm(CblasRowMajor, op, CblasNoTrans, (blasint)m, (blasint)n, (blasint)k, 1, a,
               (blasint)lda, b, (blasint)ldb, beta, c, (blasint)ldc);
}

void gemm_nn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
             real *c, size_t ldc)
{
    if (!is_worth_cutting(m, n, k)) {
        multiply(CblasNoTrans, m, n, k, a, lda, b, ldb, 0, c, ldc);
        return;
    }
    for (size_t j = 0; j < n; j += BLOCK_N)
        for (size_t p = 0; p < k; p += BLOCK_K)
            multiply(CblasNoTrans, m, least(BLOCK_N, n - j), least(BLOCK_K, k - p), a + p, lda,
                     b + p * ldb + j, ldb, p ? 1 : 0, c + j, ldc);
}

void gemm_tn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
             real beta, real *c, size_t ldc)
{
    if (!is_worth_cutting(k, m, n)) {
        multiply(CblasTrans, m, n, k, a, lda, b, ldb, beta, c, ldc);
        return;
    }
    size_t block_m = GEMM_UNPACKED_PRODUCT / (BLOCK_N * k) / 16 * 16;
    for (size_t i = 0; i < m; i += block_m)
        for (size_t j = 0; j < n; j += BLOCK_N)
            multiply(CblasTrans, least(block_m, m - i), least(BLOCK_N, n - j), k, a + i, lda, b + j,
                     ldb, beta, c + i * ldc + j, ldc);
}

#if !BG_DOUBLE /* one library for both precisions */
void blas_describe(blas_library *library)
{
    int build = openblas_get_parallel();
    *library = (blas_library){.config = openblas_get_config(),
                              .core = openblas_get_corename(),
                              .threading = build == OPENBLAS_OPENMP   ? "openmp"
                                           : build == OPENBLAS_THREAD ? "pthread"
                                                                      : "serial"};
}
#endif
