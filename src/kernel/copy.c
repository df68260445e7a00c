#include "kernel/reduce.h"

#include <string.h>

#include "base/real.h"

/* Blocks of a cache line a side: each line of either matrix is touched once. */
void copy_transposed(size_t m, size_t n, const real *from, size_t ld_from, real *to, size_t ld_to)
{
    enum { BLOCK = 64 / sizeof(real) };
    for (size_t i0 = 0; i0 < m; i0 += BLOCK)
        for (size_t j0 = 0; j0 < n; j0 += BLOCK)
            for (size_t i = i0; i < i0 + BLOCK && i < m; i++)
                for (size_t j = j0; j < j0 + BLOCK && j < n; j++)
                    to[j * ld_to + i] = from[i * ld_from + j];
}

void copy_rows(size_t m, size_t n, const real *from, const uint32_t *index, real *to, size_t ld_to)
{
    for (size_t i = 0; i < m; i++)
        memcpy(to + i * ld_to, from + (index ? index[i] : i) * n, n * sizeof *to);
}
