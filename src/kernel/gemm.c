#include "kernel/gemm.h"

#include <cblas.h>
#include <omp.h>

#include "base/real.h"

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

void gemm_nn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
             real *c, size_t ldc)
{
    /* C = 1 A B + 0 C */
    cblas_gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)m, (blasint)n, (blasint)k, 1, a,
               (blasint)lda, b, (blasint)ldb, 0, c, (blasint)ldc);
}

void gemm_tn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
             real beta, real *c, size_t ldc)
{
    /* C = 1 A' B + beta C */
    cblas_gemm(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)m, (blasint)n, (blasint)k, 1, a,
               (blasint)lda, b, (blasint)ldb, beta, c, (blasint)ldc);
}
