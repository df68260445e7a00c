#include "kernel/reduce.h"

#include <string.h>

#include "base/real.h"
#include "kernel/lanes.h"

static void add(size_t n, const real *restrict x, real *restrict sum)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

static void sum_tree(size_t slots, size_t stride, size_t n, real *first)
{
    for (size_t gap = 1; gap < slots; gap *= 2)
        for (size_t s = 0; s + gap < slots; s += 2 * gap)
            add(n, first + (s + gap) * stride, first + s * stride);
}

static void sum_columns(size_t m, size_t n, const real *x, size_t ld, real beta, real *sums)
{
    if (beta == 0)
        memset(sums, 0, n * sizeof *sums);
    for (size_t i = 0; i < m; i++)
        add(n, x + i * ld, sums);
}

static double sum_squares(size_t n, const real *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

const reduce_rule LANES_NAME(reduce_rules) = {sum_tree, sum_columns, sum_squares};
