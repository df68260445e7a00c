#include "kernel/reduce.h"

#include <math.h>
#include <string.h>

#include "base/real.h"
#include "kernel/lanes_sum.h"

/* Vectors of columns that are summed at a time. */
enum { BLOCK = 4 };

/* Sums that run side by side: one alone waits for every addition. */
enum { PARTS = 16 };

/* A vector of elements of up to 16 slots, summed as the tree wants it: in registers, so that half
 * of the slots need not be written again. */
typedef lanes tree(const real *at, size_t stride);
INLINE lanes tree_2(const real *at, size_t stride)
{
    return lanes_load(at) + lanes_load(at + stride);
}
INLINE lanes tree_4(const real *at, size_t stride)
{
    return tree_2(at, stride) + tree_2(at + 2 * stride, stride);
}
INLINE lanes tree_8(const real *at, size_t stride)
{
    return tree_4(at, stride) + tree_4(at + 4 * stride, stride);
}
INLINE lanes tree_16(const real *at, size_t stride)
{
    return tree_8(at, stride) + tree_8(at + 8 * stride, stride);
}

INLINE void sum_slots(size_t slots, tree *sum, size_t stride, size_t n, real *first)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        lanes_store(first + i, sum(first + i, stride));
    for (; i < n; i++)
        for (size_t gap = 1; gap < slots; gap *= 2)
            for (size_t s = 0; s < slots; s += 2 * gap)
                first[s * stride + i] += first[(s + gap) * stride + i];
}

static void sum_tree(size_t slots, size_t stride, size_t n, real *first)
{
    if (slots == 16)
        sum_slots(16, tree_16, stride, n, first);
    else if (slots == 8)
        sum_slots(8, tree_8, stride, n, first);
    else if (slots == 4)
        sum_slots(4, tree_4, stride, n, first);
    else if (slots == 2)
        sum_slots(2, tree_2, stride, n, first);
    else if (slots > 1) {
        size_t half = 2; /* the largest power of 2 below slots */
        while (2 * half < slots)
            half *= 2;
        sum_tree(half, stride, n, first);
        sum_tree(slots - half, stride, n, first + half * stride);
        sum_slots(2, tree_2, half * stride, n, first);
    }
}

/* Sums of `vectors` vectors of columns in registers, top row first. */
INLINE void sum_block(size_t m, const real *x, size_t ld, real beta, real *sums, size_t vectors)
{
    lanes sum[BLOCK];
    for (size_t v = 0; v < vectors; v++)
        sum[v] = beta != 0 ? lanes_load(sums + v * LANES) : (lanes){0};
    for (size_t i = 0; i < m; i++)
        for (size_t v = 0; v < vectors; v++)
            sum[v] += lanes_load(x + i * ld + v * LANES);
    for (size_t v = 0; v < vectors; v++)
        lanes_store(sums + v * LANES, sum[v]);
}

/* Of a column that lies together. */
INLINE real sum_line(size_t n, const real *x)
{
    enum { VECTORS = PARTS / LANES };
    lanes sum[VECTORS] = {{0}};
    size_t i = 0;
    for (; i + PARTS <= n; i += PARTS)
        for (size_t v = 0; v < VECTORS; v++)
            sum[v] += lanes_load(x + i + v * LANES);
    for (size_t v = 0; i < n; i += LANES, v++)
        sum[v] += n - i < LANES ? lanes_load_part(x + i, n - i) : lanes_load(x + i);
    for (size_t half = VECTORS / 2; half; half /= 2)
        for (size_t v = 0; v < half; v++)
            sum[v] += sum[v + half];
    return lanes_sum(sum[0]);
}

static void sum_columns(size_t m, size_t n, const real *x, size_t ld, real beta, real *sums)
{
    if (n == 1 && ld == 1) {
        *sums = sum_line(m, x) + (beta != 0 ? *sums : 0);
        return;
    }
    size_t j = 0;
    for (; j + BLOCK * LANES <= n; j += BLOCK * LANES)
        sum_block(m, x + j, ld, beta, sums + j, BLOCK);
    for (; j + LANES <= n; j += LANES)
        sum_block(m, x + j, ld, beta, sums + j, 1);
    for (; j < n; j++) {
        real sum = beta != 0 ? sums[j] : 0;
        for (size_t i = 0; i < m; i++)
            sum += x[i * ld + j];
        sums[j] = sum;
    }
}

/* Of term(x[i], y[i]): value i goes to part i mod PARTS, then the halves of the parts are added. */
INLINE double sum_terms(size_t n, const real *x, const real *y, double (*term)(double, double))
{
    double part[PARTS] = {0};
    size_t i = 0;
    for (; i + PARTS <= n; i += PARTS)
        for (size_t k = 0; k < PARTS; k++)
            part[k] += term((double)x[i + k], (double)y[i + k]);
    for (size_t k = 0; i + k < n; k++)
        part[k] += term((double)x[i + k], (double)y[i + k]);
    for (size_t half = PARTS / 2; half; half /= 2)
        for (size_t k = 0; k < half; k++)
            part[k] += part[k + half];
    return part[0];
}

INLINE double product(double x, double y)
{
    return x * y;
}

INLINE double size(double x, double y)
{
    (void)y;
    return fabs(x);
}

static double sum_squares(size_t n, const real *x)
{
    return sum_terms(n, x, x, product);
}

static double sum_sizes(size_t n, const real *x)
{
    return sum_terms(n, x, x, size);
}

static double sum_products(size_t n, const real *x, const real *y)
{
    return sum_terms(n, x, y, product);
}

const reduce_rule LANES_NAME(reduce_rules) = {sum_tree, sum_columns, sum_squares, sum_sizes,
                                              sum_products};
