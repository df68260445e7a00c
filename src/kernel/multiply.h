/* Products of matrices as they lie, row-major, nothing packed or copied first: every sum runs along
 * k in order and in registers, so that an element's bits do not depend on its place or on m and n.
 * What keeps it fast is the distance between rows: a power of two above a kilobyte would put a
 * column of blocks into a few sets of the cache (net/net.h pads its strides). */
#ifndef KERNEL_MULTIPLY_H
#define KERNEL_MULTIPLY_H

#include <stddef.h>

#include "base/real.h"
#include "kernel/variants.h"

#define multiply_rule REAL_NAME(multiply_rule)
#define multiply_find REAL_NAME(multiply_find)
#define multiply_variant REAL_NAME(multiply_variant)

typedef struct multiply_rule {
    /* C = A B + 1 bias'.  A is m x k (lda), B is k x n (ldb), C is m x n (ldc); bias: n, or NULL
     * for zeros. */
    void (*nn)(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
               const real *bias, real *c, size_t ldc);
    /* C = A' B + beta C, beta 0 or 1.  A is k x m; with beta 0 what C held does not matter. */
    void (*tn)(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
               real beta, real *c, size_t ldc);
} multiply_rule;

const multiply_rule *multiply_find(void);

/* For tests, which go through all that the processor runs. */
const multiply_rule *multiply_variant(variant v);

#endif
