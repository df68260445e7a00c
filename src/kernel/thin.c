#include "kernel/thin.h"

#include <string.h>

#include "base/real.h"
#include "kernel/lanes_sum.h"

/* Rows that share each load of W; vectors of inputs whose sums stay in registers. */
enum { ROWS = 4, VECTORS = 4 };

/* to[r] = sum of the lanes of x[r], of n vectors. */
INLINE void sum_lanes(size_t n, const lanes *x, real *to)
{
    if (n == 4)
        lanes_sum_4(x, to);
    for (size_t r = 0; n != 4 && r < n; r++)
        to[r] = lanes_sum(x[r]);
}

/* A row's sum has the same order whatever the count of rows beside it. */
INLINE void forward_rows(size_t rows, size_t in, const real *x, size_t ldx, const real *w,
                         real bias, real *z, size_t ldz)
{
    lanes sum[ROWS] = {{0}};
    size_t i = 0;
    for (; i + LANES <= in; i += LANES) {
        lanes weight = lanes_load(w + i);
        for (size_t r = 0; r < rows; r++)
            sum[r] = lanes_fma(lanes_load(x + r * ldx + i), weight, sum[r]);
    }
    for (size_t r = 0; i < in && r < rows; r++)
        sum[r] = lanes_fma(lanes_load_part(x + r * ldx + i, in - i), lanes_load(w + i), sum[r]);
    real dot[ROWS];
    sum_lanes(rows, sum, dot);
    for (size_t r = 0; r < rows; r++)
        z[r * ldz] = dot[r] + bias;
}

static void forward(size_t m, size_t in, size_t out, const real *x, size_t ldx, const real *w,
                    size_t ldw, const real *bias, real *z, size_t ldz)
{
    for (size_t i = 0; ldz > out && i < m; i++)
        memset(z + i * ldz, 0, ldz * sizeof *z);
    for (size_t j = 0; j < out; j++) {
        size_t i = 0;
        for (; i + ROWS <= m; i += ROWS)
            forward_rows(ROWS, in, x + i * ldx, ldx, w + j * ldw, bias[j], z + i * ldz + j, ldz);
        for (; i < m; i++)
            forward_rows(1, in, x + i * ldx, ldx, w + j * ldw, bias[j], z + i * ldz + j, ldz);
    }
}

static void backward(size_t m, size_t in, size_t out, const real *delta, size_t ldd, const real *w,
                     size_t ldw, real *below, size_t ld)
{
    for (size_t i = 0; i < m; i++)
        for (size_t k = 0; k < in; k += LANES) {
            lanes sum = lanes_all(delta[i * ldd]) * lanes_load(w + k);
            for (size_t j = 1; j < out; j++)
                sum = lanes_fma(lanes_all(delta[i * ldd + j]), lanes_load(w + j * ldw + k), sum);
            lanes_store(below + i * ld + k, sum);
        }
}

/* Dot products of m rows of delta with `rows` rows of W; each is summed in the same order. */
INLINE void few_block(size_t m, size_t rows, size_t out, const real *delta, size_t ldd,
                      const real *w, size_t ldw, real *below, size_t ld)
{
    lanes sum[ROWS][ROWS] = {{{0}}};
    for (size_t j = 0; j < out; j += LANES) {
        lanes d[ROWS];
        for (size_t i = 0; i < m; i++)
            d[i] = lanes_load(delta + i * ldd + j);
        for (size_t k = 0; k < rows; k++) {
            lanes weight = lanes_load(w + k * ldw + j);
            for (size_t i = 0; i < m; i++)
                sum[i][k] = lanes_fma(d[i], weight, sum[i][k]);
        }
    }
    for (size_t i = 0; i < m; i++)
        sum_lanes(rows, sum[i], below + i * ld);
}

INLINE void few_rows(size_t m, size_t in, size_t out, const real *delta, size_t ldd, const real *w,
                     size_t ldw, real *below, size_t ld)
{
    size_t k = 0;
    for (; k + ROWS <= in; k += ROWS)
        few_block(m, ROWS, out, delta, ldd, w + k * ldw, ldw, below + k, ld);
    for (; k < in; k++)
        few_block(m, 1, out, delta, ldd, w + k * ldw, ldw, below + k, ld);
}

static void few_back(size_t m, size_t in, size_t out, const real *delta, size_t ldd, const real *w,
                     size_t ldw, real *below, size_t ld)
{
    size_t i = 0;
    for (; i + ROWS <= m; i += ROWS)
        few_rows(ROWS, in, out, delta + i * ldd, ldd, w, ldw, below + i * ld, ld);
    for (; i < m; i++)
        few_rows(1, in, out, delta + i * ldd, ldd, w, ldw, below + i * ld, ld);
}

/* Elements of column j of g, `vectors` vectors of inputs at a time or a part of one. */
INLINE void gradient_block(size_t m, const real *x, size_t ldx, const real *delta, size_t ldd,
                           real beta, real *g, size_t ldg, size_t vectors, size_t part)
{
    lanes sum[VECTORS] = {{0}};
    for (size_t i = 0; i < m; i++) {
        lanes d = lanes_all(delta[i * ldd]);
        for (size_t v = 0; v < vectors; v++)
            sum[v] = lanes_fma(d, lanes_load_of(x + i * ldx, v, vectors, part), sum[v]);
    }
    real flat[VECTORS * LANES];
    for (size_t v = 0; v < vectors; v++)
        lanes_store(flat + v * LANES, sum[v]);
    for (size_t k = 0; k < vectors * LANES && (!part || k < part); k++)
        g[k * ldg] = flat[k] + (beta != 0 ? g[k * ldg] : 0);
}

static void gradient(size_t m, size_t in, size_t out, const real *x, size_t ldx, const real *delta,
                     size_t ldd, real beta, real *g, size_t ldg)
{
    for (size_t j = 0; j < out; j++) {
        size_t k = 0;
        for (; k + VECTORS * LANES <= in; k += VECTORS * LANES)
            gradient_block(m, x + k, ldx, delta + j, ldd, beta, g + k * ldg + j, ldg, VECTORS, 0);
        for (; k + LANES <= in; k += LANES)
            gradient_block(m, x + k, ldx, delta + j, ldd, beta, g + k * ldg + j, ldg, 1, 0);
        if (k < in)
            gradient_block(m, x + k, ldx, delta + j, ldd, beta, g + k * ldg + j, ldg, 1, in - k);
    }
}

const thin_rule LANES_NAME(thin_rules) = {forward, backward, few_back, gradient};
