/* Matrices moved: transposed, or row by row. */
#ifndef KERNEL_COPY_H
#define KERNEL_COPY_H

#include <stddef.h>
#include <stdint.h>

#include "base/real.h"

#define copy_transposed REAL_NAME(copy_transposed)
#define copy_rows REAL_NAME(copy_rows)

/* to (n x m, ld_to) = transpose of from (m x n, ld_from). */
void copy_transposed(size_t m, size_t n, const real *from, size_t ld_from, real *to, size_t ld_to);

/* to (m x n, ld_to) = rows index[0..m-1] of from (ld n); index NULL: rows 0..m-1. */
void copy_rows(size_t m, size_t n, const real *from, const uint32_t *index, real *to, size_t ld_to);

#endif
