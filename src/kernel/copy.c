#include "kernel/copy.h"

#include <string.h>

#include "base/least.h"
#include "base/real.h"

/* A square of values in as many registers, which every processor of a kind has. */
enum { SIDE = 16 / sizeof(real) };
typedef real side __attribute__((vector_size(16)));

static inline side load(const real *from)
{
    side s;
    memcpy(&s, from, sizeof s);
    return s;
}

/* to (SIDE x SIDE) = transpose of from, by pairs. */
static inline void turn_square(const real *from, size_t ld_from, real *to, size_t ld_to)
{
    side a = load(from), b = load(from + ld_from), turned[SIDE];
#if BG_DOUBLE
    turned[0] = (side){a[0], b[0]};
    turned[1] = (side){a[1], b[1]};
#else
    side c = load(from + 2 * ld_from), d = load(from + 3 * ld_from);
    side ab[2] = {{a[0], b[0], a[1], b[1]}, {a[2], b[2], a[3], b[3]}};
    side cd[2] = {{c[0], d[0], c[1], d[1]}, {c[2], d[2], c[3], d[3]}};
    for (size_t i = 0; i < 2; i++) {
        turned[2 * i] = (side){ab[i][0], ab[i][1], cd[i][0], cd[i][1]};
        turned[2 * i + 1] = (side){ab[i][2], ab[i][3], cd[i][2], cd[i][3]};
    }
#endif
    for (size_t i = 0; i < SIDE; i++)
        memcpy(to + i * ld_to, &turned[i], sizeof turned[i]);
}

static void turn_some(size_t m, size_t n, const real *from, size_t ld_from, real *to, size_t ld_to)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            to[j * ld_to + i] = from[i * ld_from + j];
}

/* Blocks of a cache line a side: each line of either matrix is touched once. */
void copy_transposed(size_t m, size_t n, const real *from, size_t ld_from, real *to, size_t ld_to)
{
    enum { BLOCK = 64 / sizeof(real), AHEAD = 2 * BLOCK };
    for (size_t i0 = 0; i0 < m; i0 += BLOCK)
        for (size_t j0 = 0; j0 < n; j0 += BLOCK) {
            const real *block = from + i0 * ld_from + j0;
            real *turned = to + j0 * ld_to + i0;
            size_t rows = least(BLOCK, m - i0), columns = least(BLOCK, n - j0);
            for (size_t j = AHEAD; j < AHEAD + BLOCK; j++)
                __builtin_prefetch(turned + j * ld_to, 1, 3);
            if (rows < BLOCK || columns < BLOCK)
                turn_some(rows, columns, block, ld_from, turned, ld_to);
            else
                for (size_t i = 0; i < BLOCK; i += SIDE)
                    for (size_t j = 0; j < BLOCK; j += SIDE)
                        turn_square(block + i * ld_from + j, ld_from, turned + j * ld_to + i,
                                    ld_to);
        }
}

void copy_rows(size_t m, size_t n, const real *from, const uint32_t *index, real *to, size_t ld_to)
{
    for (size_t i = 0; i < m; i++)
        memcpy(to + i * ld_to, from + (index ? index[i] : i) * n, n * sizeof *to);
}
