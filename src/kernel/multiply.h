/* Products of row-major matrices, as they lie or packed: every sum runs along k in order and in
 * registers, so that an element's bits depend neither on its place, nor on m and n, nor on packing.
 * What keeps it fast without is the distance between rows: a power of two above a kilobyte would
 * put a column of blocks into a few sets of the cache (net/net.h pads its strides). */
#ifndef KERNEL_MULTIPLY_H
#define KERNEL_MULTIPLY_H

#include <stddef.h>

#include "base/real.h"
#include "kernel/variants.h"

#define multiply_rule REAL_NAME(multiply_rule)
#define multiply_find REAL_NAME(multiply_find)
#define multiply_variant REAL_NAME(multiply_variant)

/* Terms that a block of C takes at a time, and rows of A' that are taken with them. */
enum { MULTIPLY_DEPTH = BG_DOUBLE ? 512 : 1024, MULTIPLY_BREADTH = 252 };
#define MULTIPLY_SCRATCH ((size_t)MULTIPLY_BREADTH * MULTIPLY_DEPTH)

typedef struct multiply_rule {
    /* C = A B + 1 bias'.  A is m x k (lda), B is k x n (ldb; 0: in panels), C is m x n (ldc);
     * bias: n, or NULL for zeros. */
    void (*nn)(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
               const real *bias, real *c, size_t ldc);
    /* C = A' B + beta C, beta 0 or 1.  A is k x m; with beta 0 what C held does not matter.
     * scratch: MULTIPLY_SCRATCH reals, in which A' is packed, or NULL: it is taken as it lies. */
    void (*tn)(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
               real beta, real *c, size_t ldc, real *scratch);
    /* B, k x n, in panels of n k reals: as many columns as a block of C has, row after row, then
     * the next ones; n: whole cache lines.  Rows first .. first+rows-1 of B from `from`, rows x n
     * (ld), or columns first .. first+columns-1 from their transpose, columns x k (ld). */
    void (*pack_rows)(size_t n, size_t k, size_t first, size_t rows, const real *from, size_t ld,
                      real *panels);
    void (*pack_columns)(size_t n, size_t k, size_t first, size_t columns, const real *from,
                         size_t ld, real *panels);
} multiply_rule;

const multiply_rule *multiply_find(void);

/* For tests, which go through all that the processor runs. */
const multiply_rule *multiply_variant(variant v);

#endif
