#include "kernel/gemm.h"

#include <cblas.h>
#include <omp.h>
#include <stdbool.h>
#include <string.h>

#include "base/real.h"
#include "kernel/blas.h"
#include "kernel/multiply.h"
#include "kernel/variants.h"

#if BG_DOUBLE
#define cblas_gemm cblas_dgemm
#else
#define cblas_gemm cblas_sgemm
#endif

/* Up to so many multiply-adds our kernels for AVX2 are faster than the library's, by a tenth or
 * more; beyond, packing pays there (measured with OpenBLAS 0.3.21's for Haswell).  Ours for AVX-512
 * are faster at any size. */
#define DIRECT_AVX2 8e6

static bool is_direct(size_t m, size_t n, size_t k)
{
    int bytes = variant_bytes(variant_choose());
    return bytes == 64 || (bytes == 32 && (double)m * (double)n * (double)k <= DIRECT_AVX2);
}

/* What packing costs, a matrix unit must win back: an element of an operand takes part in as many
 * multiply-adds as the other one is wide, and weights are packed for every step.  From this
 * harmonic mean of a layer's widths on it does, and in tiles of few rows from this product of mean
 * and rows on; and large weights, which are packed out of the caches, want a row of the step for so
 * many of them (measured on a Xeon with layers from 48 to 4096 wide, steps of 32 to 8192 rows). */
#define AMX_LEAST_MEAN 56.0
#define AMX_LEAST_WORK 4096.0
#define AMX_WEIGHTS_A_ROW 75e3
#define AMX_LEAST_ROWS ((size_t)32) /* a block's; with fewer most of it would be padding */

static bool is_amx(size_t m, size_t all, size_t n, size_t k)
{
    double mean = 2 / (1 / (double)n + 1 / (double)k);
    double paid = (double)AMX_LEAST_ROWS + (double)n * (double)k / AMX_WEIGHTS_A_ROW;
    return !BG_DOUBLE && m >= AMX_LEAST_ROWS && (double)all >= paid && mean >= AMX_LEAST_MEAN &&
           mean * (double)m >= AMX_LEAST_WORK && variant_has_amx();
}

bg_engine gemm_way(size_t rows, size_t all_rows, size_t n, size_t k)
{
    return is_amx(rows, all_rows, n, k) ? BG_ENGINE_AMX
           : is_direct(rows, n, k)      ? BG_ENGINE_DIRECT
                                        : BG_ENGINE_BLAS;
}

/* Rows in memory pages of their own are what packing spares our kernels, whose every step reads
 * another: from this harmonic mean of a layer's widths on, in bytes, it wins 2 to 8 % of a step, if
 * the step has so many rows to pay for packing the weights (measured on a Xeon without its matrix
 * unit, both precisions). */
#define PACKED_LEAST_BYTES 1344.0
#define PACKED_LEAST_ROWS ((size_t)640)

bool gemm_packs(size_t all, size_t n, size_t k)
{
    double mean = 2 / (1 / (double)n + 1 / (double)k);
    return all >= PACKED_LEAST_ROWS && mean * sizeof(real) >= PACKED_LEAST_BYTES;
}

void gemm_library(gemm_op op, size_t m, size_t n, size_t k, const real *a, size_t lda,
                  const real *b, size_t ldb, real beta, real *c, size_t ldc)
{
    cblas_gemm(CblasRowMajor, op == GEMM_TN ? CblasTrans : CblasNoTrans, CblasNoTrans, (blasint)m,
               (blasint)n, (blasint)k, 1, a, (blasint)lda, b, (blasint)ldb, beta, c, (blasint)ldc);
}

void gemm_nn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
             const real *bias, real *c, size_t ldc)
{
    if (is_direct(m, n, k)) {
        multiply_find()->nn(m, n, k, a, lda, b, ldb, bias, c, ldc);
        return;
    }
    for (size_t i = 0; bias && i < m; i++)
        memcpy(c + i * ldc, bias, n * sizeof *c);
    gemm_library(GEMM_NN, m, n, k, a, lda, b, ldb, bias ? 1 : 0, c, ldc);
}

void gemm_tn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
             real beta, real *c, size_t ldc)
{
    if (is_direct(m, n, k))
        multiply_find()->tn(m, n, k, a, lda, b, ldb, beta, c, ldc, NULL);
    else
        gemm_library(GEMM_TN, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

#if !BG_DOUBLE /* one library for both precisions */
void blas_prepare(void)
{
    if (openblas_get_parallel() == OPENBLAS_THREAD)
        openblas_set_num_threads(1);
}

void blas_thread_begin(void)
{
    omp_set_num_threads(1);
}

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
