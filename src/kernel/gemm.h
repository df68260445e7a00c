/* Products of matrices, by our kernels or by OpenBLAS, whichever is faster; the only door to
 * OpenBLAS.  All matrices are row-major; `ld` is the distance between rows. */
#ifndef KERNEL_GEMM_H
#define KERNEL_GEMM_H

#include <stdbool.h>
#include <stddef.h>

#include "backgemm.h"
#include "base/real.h"

#define gemm_way REAL_NAME(gemm_way)
#define gemm_packs REAL_NAME(gemm_packs)
#define gemm_nn REAL_NAME(gemm_nn)
#define gemm_tn REAL_NAME(gemm_tn)
#define gemm_library REAL_NAME(gemm_library)

/* Who should carry out a product of an activation or delta with `rows` rows and the weights of an
 * n x k layer, of all_rows that meet the same weights.  The functions below choose between
 * BG_ENGINE_DIRECT and BG_ENGINE_BLAS by themselves. */
bg_engine gemm_way(size_t rows, size_t all_rows, size_t n, size_t k);

/* Whether our kernels should have the operands of such a product packed (kernel/multiply.h). */
bool gemm_packs(size_t all_rows, size_t n, size_t k);

/* C = A B + 1 bias'.  A is m x k, B is k x n, C is m x n; bias: n, or NULL for zeros. */
void gemm_nn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
             const real *bias, real *c, size_t ldc);

/* C = A' B + beta C, beta 0 or 1.  A is k x m, B is k x n, C is m x n; with beta 0 what C held does
 * not matter. */
void gemm_tn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
             real beta, real *c, size_t ldc);

typedef enum gemm_op { GEMM_NN, GEMM_TN } gemm_op;

/* The same by OpenBLAS whatever the size: C = op(A) B + beta C. */
void gemm_library(gemm_op op, size_t m, size_t n, size_t k, const real *a, size_t lda,
                  const real *b, size_t ldb, real beta, real *c, size_t ldc);

#endif
