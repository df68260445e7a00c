/* Layers of a few outputs, or a few rows of any layer, where a GEMM would be mostly padding: dot
 * products and sums of rows.  W comes transposed unless said otherwise, W' of out x in (ldw), so
 * that all vectors run along the inputs; its rows are whole vectors, padded with zeros. */
#ifndef KERNEL_THIN_H
#define KERNEL_THIN_H

#include <stddef.h>

#include "base/real.h"

#define thin_rule REAL_NAME(thin_rule)
#define thin_find REAL_NAME(thin_find)

typedef struct thin_rule {
    /* z (m x out, ldz) = x (m x in, ldx) W + 1 bias'; the rest of each row of z becomes 0. */
    void (*forward)(size_t m, size_t in, size_t out, const real *x, size_t ldx, const real *w,
                    size_t ldw, const real *bias, real *z, size_t ldz);
    /* below (m x in, ld) = delta (m x out, ldd) W'; in counts padding. */
    void (*backward)(size_t m, size_t in, size_t out, const real *delta, size_t ldd, const real *w,
                     size_t ldw, real *below, size_t ld);
    /* below (m x in, ld) = delta (m x out, ldd) W', for few rows and any width, W in x out (ldw) as
     * it lies: dot products too.  out counts padding, of both. */
    void (*few_back)(size_t m, size_t in, size_t out, const real *delta, size_t ldd, const real *w,
                     size_t ldw, real *below, size_t ld);
    /* g (in x out, ldg) = x' delta + beta g */
    void (*gradient)(size_t m, size_t in, size_t out, const real *x, size_t ldx, const real *delta,
                     size_t ldd, real beta, real *g, size_t ldg);
} thin_rule;

const thin_rule *thin_find(void);

#endif
