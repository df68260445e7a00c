#include "kernel/amx.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/least.h"

/* Bytes that fetch_line goes on in a block: two lines for each of six planes. */
enum { FETCHED = 12 * 64 };

/* Of A so much is packed at a time that it stays in the second-level cache (2 MiB on these
 * processors) beside a panel of B and of C. */
#define STRIP ((size_t)384)
#define DEPTH ((size_t)512)

/* An operand B of so many packed bytes stays in the first-level cache beside a block's height of A,
 * which is then packed no higher, and nothing is fetched ahead: that would cost time and power, and
 * with power the clock.  (Strips of 32 rows with prefetches, or high ones without: half the gain.)
 */
#define NEAR_BYTES ((size_t)56 << 10)

/* A matrix of so many sums does not stay near, and what is needed of it is fetched ahead; of a
 * smaller one that takes longer. */
#define FAR_SUMS ((size_t)1 << 16)

size_t amx_scratch(void)
{
    return amx_size(STRIP, DEPTH);
}

#if defined(__x86_64__)
#include <immintrin.h>

#define MATRIX_CODE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,amx-tile,amx-bf16")))
#define INLINE static inline __attribute__((always_inline))

/* All eight registers: 16 rows of 64 bytes.  A constant, since GCC 12 believes that the instruction
 * reads but the first 8 bytes and may store the others after it. */
MATRIX_CODE static void begin(void)
{
    static const struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } config = {
        .palette = 1,
        .bytes = {64, 64, 64, 64, 64, 64, 64, 64},
        .rows = {AMX_TILE, AMX_TILE, AMX_TILE, AMX_TILE, AMX_TILE, AMX_TILE, AMX_TILE, AMX_TILE}};
    _tile_loadconfig(&config);
}

typedef struct rows_of {
    const float *at;
    size_t ld;
} rows_of;

/* Registers of a block of C, each a macro's constant: sums in 0 to 3, a plane of A in 4 and 5, of B
 * in 6 and 7.  Between the multiplications, which take 16 cycles each, come prefetches, if `ahead`:
 * of half of the same plane in the next block (of all of it took longer), and of a line of the
 * panel of B that follows. */
#define LOAD_A(plane)                                                                              \
    do {                                                                                           \
        _tile_loadd(4, a + (plane) * AMX_PLANE, 64);                                               \
        if (rows == 2)                                                                             \
            _tile_loadd(5, a + (plane) * AMX_PLANE + AMX_TILE_BYTES, 64);                          \
    } while (0)
#define LOAD_B(plane)                                                                              \
    do {                                                                                           \
        _tile_loadd(6, b + (plane) * AMX_PLANE, 64);                                               \
        if (columns == 2)                                                                          \
            _tile_loadd(7, b + (plane) * AMX_PLANE + AMX_TILE_BYTES, 64);                          \
    } while (0)
#define MULTIPLY(prefetched)                                                                       \
    do {                                                                                           \
        _tile_dpbf16ps(0, 4, 6);                                                                   \
        if (ahead)                                                                                 \
            fetch_tile(prefetched);                                                                \
        if (columns == 2)                                                                          \
            _tile_dpbf16ps(1, 4, 7);                                                               \
        if (ahead)                                                                                 \
            fetch_line(&next);                                                                     \
        if (rows == 2)                                                                             \
            _tile_dpbf16ps(2, 5, 6);                                                               \
        if (rows == 2 && columns == 2)                                                             \
            _tile_dpbf16ps(3, 5, 7);                                                               \
        if (ahead)                                                                                 \
            fetch_line(&next);                                                                     \
    } while (0)

INLINE void fetch_tile(const char *from)
{
    for (size_t i = 0; i < AMX_TILE; i++)
        __builtin_prefetch(from + i * 64, 0, 3);
}

/* Into the second-level cache; step 0: there is nothing more to fetch. */
typedef struct later {
    const char *at;
    size_t step;
} later;

INLINE void fetch_line(later *next)
{
    __builtin_prefetch(next->at, 0, 2);
    next->at += next->step;
}

/* Row `row` of the 32 x 32 numbers of C below these, which are next. */
INLINE void fetch_below(const float *c, size_t ldc, size_t row)
{
    __builtin_prefetch(c + (AMX_SIDE + row) * ldc, 1, 3);
    __builtin_prefetch(c + (AMX_SIDE + row) * ldc + AMX_TILE, 1, 3);
}

/* The processor puts its floating-point units to sleep when they have had nothing to do for about
 * half a microsecond, and storing a register of sums then waits 0.3 microseconds until they are
 * awake: a tenth of the time of a block (measured on a Xeon).  An operation now and then keeps them
 * up. */
INLINE void stay_awake(size_t n)
{
    float x = (float)(int)n;
    __asm__ volatile("" : : "x"(x));
}

/* rows x columns registers of C; `depth` blocks of A and B.  Small terms first, and in an order
 * that changes one operand at a time.  below: the sums of the block below C's come next. */
MATRIX_CODE INLINE void multiply_block(size_t rows, size_t columns, bool ahead, size_t depth,
                                       const char *a, const char *b, later next, bool below,
                                       rows_of start, float *c, size_t ldc)
{
    enum { H, M, L };
    size_t from = start.ld * sizeof *c, to = ldc * sizeof *c;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    if (start.at) {
        _tile_loadd(0, start.at, from);
        if (columns == 2)
            _tile_loadd(1, start.at + AMX_TILE, from);
        if (rows == 2)
            _tile_loadd(2, start.at + AMX_TILE * start.ld, from);
        if (rows == 2 && columns == 2)
            _tile_loadd(3, start.at + AMX_TILE * start.ld + AMX_TILE, from);
    }
    for (size_t p = 0; p < depth; p++, a += AMX_BLOCK, b += AMX_BLOCK) {
        stay_awake(p);
        if (below)
            for (size_t r = p * AMX_SIDE / depth; r < (p + 1) * AMX_SIDE / depth; r++)
                fetch_below(c, ldc, r);
        LOAD_A(H);
        LOAD_B(L);
        MULTIPLY(a + AMX_BLOCK + H * AMX_PLANE);
        LOAD_B(M);
        MULTIPLY(b + AMX_BLOCK + L * AMX_PLANE);
        LOAD_A(M);
        MULTIPLY(b + AMX_BLOCK + M * AMX_PLANE);
        LOAD_B(H);
        MULTIPLY(a + AMX_BLOCK + M * AMX_PLANE);
        LOAD_A(L);
        MULTIPLY(b + AMX_BLOCK + H * AMX_PLANE);
        LOAD_A(H);
        MULTIPLY(a + AMX_BLOCK + L * AMX_PLANE);
    }
    _tile_stored(0, c, to);
    if (columns == 2)
        _tile_stored(1, c + AMX_TILE, to);
    if (rows == 2)
        _tile_stored(2, c + AMX_TILE * ldc, to);
    if (rows == 2 && columns == 2)
        _tile_stored(3, c + AMX_TILE * ldc + AMX_TILE, to);
}

/* m rows of C, 32 at most, and n columns, 16 or 32.  next.at NULL: nothing is fetched ahead. */
MATRIX_CODE static void multiply_some(size_t m, size_t n, size_t depth, const char *a,
                                      const char *b, later next, bool below, rows_of start,
                                      float *c, size_t ldc)
{
    bool ahead = next.at;
    if (m > AMX_TILE && n > AMX_TILE && ahead)
        multiply_block(2, 2, true, depth, a, b, next, below, start, c, ldc);
    else if (m > AMX_TILE && n > AMX_TILE)
        multiply_block(2, 2, false, depth, a, b, next, below, start, c, ldc);
    else if (m > AMX_TILE)
        multiply_block(2, 1, ahead, depth, a, b, next, below, start, c, ldc);
    else if (n > AMX_TILE)
        multiply_block(1, 2, ahead, depth, a, b, next, below, start, c, ldc);
    else
        multiply_block(1, 1, ahead, depth, a, b, next, below, start, c, ldc);
}

/* The same where m is no multiple of 16: beside C, so that nothing behind its last row changes. */
MATRIX_CODE static void multiply_edge(size_t m, size_t n, size_t depth, const char *a,
                                      const char *b, later next, bool below, rows_of start,
                                      float *c, size_t ldc)
{
    float beside[AMX_SIDE * AMX_SIDE] = {0};
    for (size_t i = 0; start.at && i < m; i++)
        memcpy(beside + i * AMX_SIDE, start.at + i * start.ld, n * sizeof *c);
    multiply_some(m, n, depth, a, b, next, below, (rows_of){beside, AMX_SIDE}, beside, AMX_SIDE);
    for (size_t i = 0; i < m; i++)
        memcpy(c + i * ldc, beside + i * AMX_SIDE, n * sizeof *c);
}

/* A strip of C, from `depth` terms of packed A and of B; b_depth: blocks of a panel of B. */
MATRIX_CODE static void multiply_strip(size_t m, size_t n, size_t depth, const char *a,
                                       const char *b, size_t b_depth, bool near, bool far,
                                       rows_of start, float *c, size_t ldc)
{
    for (size_t j = 0; j < n; j += AMX_SIDE, b += b_depth * AMX_BLOCK)
        for (size_t i = 0; i < m; i += AMX_SIDE) {
            size_t rows = least(m - i, AMX_SIDE), columns = least(n - j, AMX_SIDE);
            rows_of from = {start.at ? start.at + i * start.ld + j : NULL, start.ld};
            /* Twelve lines a block of A and B: after eight blocks of rows the panel is there. */
            later next = {b + b_depth * AMX_BLOCK + i / AMX_SIDE * depth * FETCHED, 64};
            if (near)
                next.at = NULL;
            else if (j + AMX_SIDE >= n || i / AMX_SIDE * FETCHED >= AMX_BLOCK)
                next = (later){b, 0};
            bool below = far && i + 2 * AMX_SIDE <= m; /* a whole block, whose sums are next */
            (rows % AMX_TILE ? multiply_edge : multiply_some)(
                rows, columns, depth, a + i / AMX_SIDE * depth * AMX_BLOCK, b, next, below, from,
                c + i * ldc + j, ldc);
        }
}

MATRIX_CODE void amx_multiply(bool turned, size_t m, size_t n, size_t k, const float *a, size_t lda,
                              const void *b, const float *start, size_t start_ld, float *c,
                              size_t ldc, void *scratch)
{
    assert(n % AMX_TILE == 0 && m > 0 && k > 0);
    bool near = amx_size(n, k) <= NEAR_BYTES, far = m * ldc >= FAR_SUMS;
    size_t strip = near ? AMX_SIDE : amx_even_part(m, STRIP), step = amx_even_part(k, DEPTH);
    size_t b_depth = amx_blocks(k);
    begin();
    for (size_t i = 0; i < m; i += strip)
        for (size_t p = 0; p < k; p += step) {
            size_t rows = least(strip, m - i), depth = least(step, k - p);
            amx_pack(AMX_LEFT, turned, rows, depth, turned ? a + p * lda + i : a + i * lda + p, lda,
                     depth, scratch);
            rows_of from = {p       ? c + i * ldc
                            : start ? start + i * start_ld
                                    : NULL,
                            p ? ldc : start_ld};
            multiply_strip(rows, n, amx_blocks(depth), scratch,
                           (const char *)b + p / AMX_SIDE * AMX_BLOCK, b_depth, near, far, from,
                           c + i * ldc, ldc);
        }
    _tile_release();
}
#else
/* Never called: variant_has_amx() says no. */
void amx_multiply(bool turned, size_t m, size_t n, size_t k, const float *a, size_t lda,
                  const void *b, const float *start, size_t start_ld, float *c, size_t ldc,
                  void *scratch)
{
    (void)turned, (void)m, (void)n, (void)k, (void)a, (void)lda, (void)b, (void)start;
    (void)start_ld, (void)c, (void)ldc, (void)scratch;
}
#endif
