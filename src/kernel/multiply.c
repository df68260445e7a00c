#include "kernel/multiply.h"

#include <stdbool.h>
#include <string.h>

#include "base/least.h"
#include "base/real.h"
#include "kernel/lanes.h"
#include "kernel/copy.h"

/* A block of C in registers: ROWS x VECTORS accumulators, a vector of B for each column of them and
 * one element of A everywhere.  24 + 4 + 1 of 32 registers, or 12 + 2 + 1 of 16: enough chains to
 * hide the latency, few loads for each multiply-add (Goto and van de Geijn 2008, section 6). */
enum { ROWS = 6, VECTORS = LANES_BYTES == 64 ? 4 : 2 };
#define WIDTH (VECTORS * LANES)

/* A panel of WIDTH columns and DEPTH rows of B, 256 KiB or half of that, stays in the second-level
 * cache while the rows of A pass by; BREADTH columns of A' do while the columns of B do. */
#define DEPTH ((size_t)MULTIPLY_DEPTH)
#define BREADTH ((size_t)MULTIPLY_BREADTH)

/* Rows of B that are fetched ahead, unless all that is needed of it stays in the first-level cache:
 * they lie too far apart for the processor to foresee. */
#define AHEAD ((size_t)12)
#define NEAR_BYTES ((size_t)32 << 10)

/* Rows of A this short end before the processor has seen which way they lead: what the next block
 * reads of them is fetched while this one is computed.  2 % of 16-64-64-1 in double; in float a
 * line of A lasts twice as long, and the fetches cost more than they save. */
#define SHORT_ROW ((size_t)1 << 10)
#define SHORT_LINES 4

typedef struct operand {
    const real *at;
    size_t ld; /* of A' 0: packed, the rows of C of each block side by side, term after term */
    bool ahead; /* to be fetched before its turn */
} operand;

/* C = start + A B, a block of it; turned: A' instead of A.  start may be C itself; NULL: zeros. */
INLINE void multiply_block(size_t rows, size_t vectors, size_t part, bool turned, size_t depth,
                           operand a, operand b, operand start, real *c, size_t ldc)
{
    lanes sum[ROWS][VECTORS];
    for (size_t i = 0; i < rows; i++)
        for (size_t v = 0; v < vectors; v++)
            sum[i][v] =
                start.at ? lanes_load_of(start.at + i * start.ld, v, vectors, part) : (lanes){0};
    for (size_t p = 0; p < depth; p++) {
        lanes w[VECTORS];
        for (size_t v = 0; v < vectors; v++)
            w[v] = lanes_load_of(b.at + p * b.ld, v, vectors, part);
        /* What the blocks beside this one will read. */
        if (turned && a.ahead)
            __builtin_prefetch(a.at + p * a.ld + 64 / sizeof(real), 0, 3);
        for (size_t v = 0; b.ahead && v < vectors; v++)
            __builtin_prefetch(b.at + (p + AHEAD) * b.ld + v * LANES, 0, 3);
        for (size_t i = 0; i < rows; i++) {
            lanes x = lanes_all(turned ? a.at[p * a.ld + i] : a.at[i * a.ld + p]);
            for (size_t v = 0; v < vectors; v++)
                sum[i][v] = lanes_fma(x, w[v], sum[i][v]);
        }
    }
    for (size_t i = 0; i < rows; i++)
        for (size_t v = 0; v < vectors; v++)
            lanes_store_of(c + i * ldc, sum[i][v], v, vectors, part);
}

/* Rows of C that the next block takes where `left` are left: sixes, then fours, since few sums wait
 * for themselves. */
INLINE size_t block_rows(size_t left)
{
    return left == 8 ? 4 : left >= ROWS ? ROWS : left >= 4 ? 4 : 1;
}

/* `rows` rows of C from row i on. */
INLINE void multiply_rows(size_t i, size_t rows, size_t vectors, size_t part, bool turned,
                          size_t depth, operand a, operand b, operand start, real *c, size_t ldc)
{
    if (turned && a.ld == 0)
        a = (operand){a.at + i * depth, rows, false};
    else
        a.at += turned ? i : i * a.ld;
    if (start.at)
        start.at += i * start.ld;
    c += i * ldc;
    for (size_t r = 0; r < rows; r++) /* of the block below, which begins with them */
        for (size_t v = 0; v < vectors; v++)
            __builtin_prefetch(c + (rows + r) * ldc + v * LANES, 1, 3);
    for (size_t r = 0; BG_DOUBLE && !turned && a.ahead && r < rows; r++)
        for (size_t line = 0; line < SHORT_LINES; line++)
            __builtin_prefetch(a.at + (rows + r) * a.ld + line * (64 / sizeof(real)), 0, 3);
    multiply_block(rows, vectors, part, turned, depth, a, b, start, c, ldc);
}

/* A column of blocks, m rows high. */
INLINE void multiply_column(size_t vectors, size_t part, bool turned, size_t m, size_t depth,
                            operand a, operand b, operand start, real *c, size_t ldc)
{
    for (size_t i = 0, rows; i < m; i += rows) {
        rows = block_rows(m - i);
        if (rows == ROWS)
            multiply_rows(i, ROWS, vectors, part, turned, depth, a, b, start, c, ldc);
        else if (rows == 4)
            multiply_rows(i, 4, vectors, part, turned, depth, a, b, start, c, ldc);
        else
            multiply_rows(i, 1, vectors, part, turned, depth, a, b, start, c, ldc);
    }
}

/* Columns of whole vectors, and of one with `part` elements. */
typedef void column(size_t part, size_t m, size_t depth, operand a, operand b, operand start,
                    real *c, size_t ldc);
#define COLUMN(name, vectors, part, turned)                                                        \
    static void name(size_t elements, size_t m, size_t depth, operand a, operand b, operand start, \
                     real *c, size_t ldc)                                                          \
    {                                                                                              \
        (void)elements;                                                                            \
        multiply_column(vectors, part, turned, m, depth, a, b, start, c, ldc);                     \
    }
COLUMN(nn_part, 1, elements, false)
COLUMN(tn_part, 1, elements, true)
COLUMN(nn_1, 1, 0, false)
COLUMN(tn_1, 1, 0, true)
COLUMN(nn_2, 2, 0, false)
COLUMN(tn_2, 2, 0, true)
#if LANES_BYTES == 64
COLUMN(nn_3, 3, 0, false)
COLUMN(tn_3, 3, 0, true)
COLUMN(nn_4, 4, 0, false)
COLUMN(tn_4, 4, 0, true)
static column *const nn_columns[] = {nn_part, nn_1, nn_2, nn_3, nn_4};
static column *const tn_columns[] = {tn_part, tn_1, tn_2, tn_3, tn_4};
#else
static column *const nn_columns[] = {nn_part, nn_1, nn_2};
static column *const tn_columns[] = {tn_part, tn_1, tn_2};
#endif

/* Width of the column that starts where `left` columns of C are left. */
static size_t column_width(size_t left)
{
    return left >= WIDTH ? WIDTH : left >= LANES ? left / LANES * LANES : left;
}

static bool is_far(size_t depth, size_t ld)
{
    return depth * ld * sizeof(real) > NEAR_BYTES;
}

/* A panel's width does not change within it, so its columns are k rows of as many. */
static operand panel_from(const real *panels, size_t k, size_t p, size_t depth, size_t j,
                          size_t width)
{
    return (operand){panels + j * k + p * width, width, is_far(depth, width)};
}

static void nn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
               const real *bias, real *c, size_t ldc)
{
    for (size_t p = 0; p < k; p += DEPTH)
        for (size_t j = 0, width; j < n; j += width) {
            size_t depth = least(DEPTH, k - p);
            operand left = {a + p, lda, k * sizeof(real) <= SHORT_ROW};
            width = column_width(n - j);
            operand start = {bias ? bias + j : NULL, 0, false};
            if (p)
                start = (operand){c + j, ldc, false};
            operand right = ldb ? (operand){b + p * ldb + j, ldb, is_far(depth, ldb)}
                                : panel_from(b, k, p, depth, j, width);
            nn_columns[width / LANES](width, m, depth, left, right, start, c + j, ldc);
        }
}

static void pack_rows(size_t n, size_t k, size_t first, size_t rows, const real *from, size_t ld,
                      real *panels)
{
    for (size_t j = 0, width; j < n; j += width) {
        width = column_width(n - j);
        real *to = panels + j * k + first * width;
        for (size_t p = 0; p < rows; p++)
            memcpy(to + p * width, from + p * ld + j, width * sizeof *to);
    }
}

static void pack_columns(size_t n, size_t k, size_t first, size_t columns, const real *from,
                         size_t ld, real *panels)
{
    for (size_t i = 0, count; i < columns; i += count) {
        size_t place = (first + i) % WIDTH, panel = first + i - place;
        size_t width = column_width(n - panel);
        count = least(width - place, columns - i);
        copy_transposed(count, k, from + i * ld, ld, panels + panel * k + place, width);
    }
}

/* What of the same row of A the blocks after this one will take: without fetching it ahead packing
 * takes twice as long, each row being in another page. */
#define PACKED_AHEAD (128 / sizeof(real))

/* m columns of A, as many rows of C; nearly all in sixes, a size that compilers copy in registers.
 */
static operand pack_left(size_t m, size_t depth, operand a, real *scratch)
{
    real *to = scratch;
    for (size_t i = 0, rows; i < m; i += rows) {
        rows = block_rows(m - i);
        for (size_t p = 0; p < depth; p++, to += rows) {
            const real *from = a.at + p * a.ld + i;
            __builtin_prefetch(from + PACKED_AHEAD, 0, 3);
            if (rows == ROWS)
                memcpy(to, from, ROWS * sizeof *to);
            else
                memcpy(to, from, rows * sizeof *to);
        }
    }
    return (operand){scratch, 0, false};
}

/* Rows i .. i+m-1 of the product, from its terms p .. p+depth-1. */
static void tn_some_rows(size_t i, size_t p, size_t m, size_t n, size_t depth, operand a, operand b,
                         real beta, real *c, size_t ldc, real *scratch)
{
    c += i * ldc;
    a.at += p * a.ld + i;
    if (scratch)
        a = pack_left(m, depth, a, scratch);
    for (size_t j = 0, width; j < n; j += width) {
        width = column_width(n - j);
        operand start = {p || beta != 0 ? c + j : NULL, ldc, false};
        tn_columns[width / LANES](width, m, depth, a,
                                  (operand){b.at + p * b.ld + j, b.ld, is_far(depth, b.ld)}, start,
                                  c + j, ldc);
    }
}

static void tn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
               real beta, real *c, size_t ldc, real *scratch)
{
    for (size_t p = 0; p < k; p += DEPTH)
        for (size_t i = 0; i < m; i += BREADTH)
            tn_some_rows(i, p, least(BREADTH, m - i), n, least(DEPTH, k - p),
                         (operand){a, lda, true}, (operand){b, ldb, false}, beta, c, ldc, scratch);
}

const multiply_rule LANES_NAME(multiply_rules) = {nn, tn, pack_rows, pack_columns};
