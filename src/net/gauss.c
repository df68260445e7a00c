#define BG_DOUBLE 1 /* see jacobian.c */

#include "net/gauss.h"

#include <omp.h>
#include <string.h>

#include "base/status.h"
#include "kernel/blas.h"
#include "kernel/gemm.h"
#include "net/dataset.h"
#include "net/pass.h"

/* Reals of a tile of rows: some megabytes; and a task's share of J'J, a square. */
#define TILE_REALS ((size_t)1 << 19)
#define SQUARE ((size_t)128)
/* Multiplications that are worth a second thread. */
#define WORK_OF_A_THREAD 2e5

static void carve(gauss *g)
{
    arena *m = &g->memory;
    size_t rows = g->tile * g->j->block * g->j->outputs;
    g->rows = arena_carve(m, rows, g->ld * sizeof *g->rows);
    g->normal = arena_carve(m, g->n + 1, (g->n + 1) * sizeof *g->normal);
    g->block_sum = arena_carve(m, g->j->blocks, sizeof *g->block_sum);
}

bg_status gauss_open(gauss *g, jacobian *j, int threads, bg_error *error)
{
    size_t residuals = j->block * j->outputs;
    *g = (gauss){.j = j,
                 .n = j->columns,
                 .ld = padded(j->parameters + 1, BG_F64),
                 .memory = arena_measure()};
    g->tile = TILE_REALS / (residuals * g->ld) + 1;
    if (g->tile > j->blocks)
        g->tile = j->blocks;
    double work = (double)j->data->rows * (double)j->outputs * (double)(g->n + 1);
    g->threads = work * (double)(g->n + 1) < WORK_OF_A_THREAD ? 1 : threads;
    carve(g);
    if (!arena_open(&g->memory))
        return fail_memory(error, "the normal equations");
    carve(g);
    return BG_OK;
}

void gauss_close(gauss *g)
{
    arena_close(&g->memory);
}

/* Square number `s` of the upper triangle, counted along its rows; `side` squares a side. */
static void square_place(size_t s, size_t side, size_t *row, size_t *column)
{
    *row = 0;
    for (size_t left = side; s >= left; left--) {
        s -= left;
        ++*row;
    }
    *column = *row + s;
}

/* normal += rows' rows, one square of it */
static void add_square(gauss *g, size_t s, size_t side, size_t rows, bool first)
{
    size_t i, k, n = g->n + 1;
    square_place(s, side, &i, &k);
    i *= SQUARE;
    k *= SQUARE;
    gemm_tn(n - i < SQUARE ? n - i : SQUARE, n - k < SQUARE ? n - k : SQUARE, rows, g->rows + i,
            g->ld, g->rows + k, g->ld, first ? 0 : 1, g->normal + i * n + k, n);
}

/* Blocks of rows from..to-1 into the tile, and their residuals in all. */
static size_t tile_residuals(const gauss *g, size_t from, size_t to)
{
    size_t rows = (to - from - 1) * g->j->block + jacobian_block_rows(g->j, to - 1);
    return rows * g->j->outputs;
}

/* All threads together, tile after tile. */
static void square_together(gauss *g)
{
    size_t side = (g->n + SQUARE) / SQUARE, squares = side * (side + 1) / 2;
    size_t step = g->j->block * g->j->outputs * g->ld;
    for (size_t from = 0; from < g->j->blocks; from += g->tile) {
        size_t to = g->j->blocks - from < g->tile ? g->j->blocks : from + g->tile;
        size_t residuals = tile_residuals(g, from, to);
#pragma omp for schedule(dynamic, 1)
        for (size_t b = from; b < to; b++)
            jacobian_rows(g->j, b, omp_get_thread_num(), g->rows + (b - from) * step, g->ld);
#pragma omp for schedule(dynamic, 1)
        for (size_t s = 0; s < squares; s++)
            add_square(g, s, side, residuals, from == 0);
    }
}

void gauss_square(gauss *g)
{
    blas_prepare();
#pragma omp parallel num_threads(g->threads)
    {
        unsigned mode = pass_thread_begin();
        square_together(g);
        pass_thread_end(mode);
    }
}

double gauss_sum_squares(gauss *g)
{
    blas_prepare();
#pragma omp parallel num_threads(g->threads)
    {
        unsigned mode = pass_thread_begin();
#pragma omp for schedule(dynamic, 1)
        for (size_t b = 0; b < g->j->blocks; b++)
            g->block_sum[b] = jacobian_squares(g->j, b, omp_get_thread_num());
        pass_thread_end(mode);
    }
    double sum = 0;
    for (size_t b = 0; b < g->j->blocks; b++)
        sum += g->block_sum[b];
    return sum;
}

/* One block of [J f] into g->rows, single-threaded. */
static void fill_one(gauss *g, size_t b)
{
    blas_prepare();
#pragma omp parallel num_threads(1)
    {
        unsigned mode = pass_thread_begin();
        jacobian_rows(g->j, b, 0, g->rows, g->ld);
        pass_thread_end(mode);
    }
}

bool gauss_factorise(gauss *g, triangle *t)
{
    for (size_t b = 0; b < g->j->blocks; b++) {
        fill_one(g, b);
        for (size_t r = 0; r < jacobian_block_rows(g->j, b) * g->j->outputs; r++) {
            double *row = triangle_row(t);
            if (!row)
                return false;
            memcpy(row, g->rows + r * g->ld, (g->n + 1) * sizeof *row);
        }
    }
    return true;
}
