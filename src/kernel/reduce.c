#include "kernel/reduce.h"

#include <string.h>

#include "base/real.h"

static void add(size_t n, const real *restrict x, real *restrict sum)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

void reduce_tree(size_t slots, size_t stride, size_t n, real *first)
{
    for (size_t gap = 1; gap < slots; gap *= 2)
        for (size_t s = 0; s + gap < slots; s += 2 * gap)
            add(n, first + (s + gap) * stride, first + s * stride);
}

void reduce_columns(size_t m, size_t n, const real *x, size_t ld, real beta, real *sums)
{
    if (beta == 0)
        memset(sums, 0, n * sizeof *sums);
    for (size_t i = 0; i < m; i++)
        add(n, x + i * ld, sums);
}

double reduce_squares(size_t n, const real *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

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

void copy_rows(size_t m, size_t n, const real *from, const uint32_t *index, real *to)
{
    if (!index) {
        memcpy(to, from, m * n * sizeof *to);
        return;
    }
    for (size_t i = 0; i < m; i++)
        memcpy(to + i * n, from + (size_t)index[i] * n, n * sizeof *to);
}
