/* Sums with one order, whoever computes them, and copies. */
#ifndef KERNEL_REDUCE_H
#define KERNEL_REDUCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/real.h"

#define reduce_tree REAL_NAME(reduce_tree)
#define reduce_columns REAL_NAME(reduce_columns)
#define reduce_squares REAL_NAME(reduce_squares)
#define reduce_sizes REAL_NAME(reduce_sizes)
#define reduce_dot REAL_NAME(reduce_dot)
#define reduce_rule REAL_NAME(reduce_rule)

/* slots vectors of n, `stride` apart: the first becomes their sum, by a fixed binary tree
 * (0+1, 2+3, ...; then 0+2, ...).  The others are used up. */
void reduce_tree(size_t slots, size_t stride, size_t n, real *first);

/* sums = column sums of x (m x n, ld), top row first, but a single column that lies together as
 * squares below; beta 1: added to what sums holds, else 0. */
void reduce_columns(size_t m, size_t n, const real *x, size_t ld, real beta, real *sums);

/* Sums of n squares, of n sizes |x|: 16 sums side by side, value i in sum i mod 16, added by halves
 * (0+8, 1+9, ...; then 0+4, ...). */
double reduce_squares(size_t n, const real *x);
double reduce_sizes(size_t n, const real *x);

/* x'y of n values, in the same order. */
double reduce_dot(size_t n, const real *x, const real *y);

/* All of these for one instruction set. */
typedef struct reduce_rule {
    void (*tree)(size_t slots, size_t stride, size_t n, real *first);
    void (*columns)(size_t m, size_t n, const real *x, size_t ld, real beta, real *sums);
    double (*squares)(size_t n, const real *x);
    double (*sizes)(size_t n, const real *x);
    double (*dot)(size_t n, const real *x, const real *y);
} reduce_rule;

#endif
