#include "kernel/amx.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/least.h"

/* A register holds 16 lines of 32 terms; a block of a packed operand: for h, m, l two of them. */
enum { TILE = 16, TILE_BYTES = 1024, PLANE = 2 * TILE_BYTES, BLOCK = 3 * PLANE };

/* Bytes that fetch_line goes on in a block: two lines for each of six planes. */
enum { FETCHED = 12 * 64 };

/* Of A so much is packed at a time that it stays in the second-level cache (2 MiB on these
 * processors) beside a panel of B and of C. */
#define STRIP ((size_t)384)
#define DEPTH ((size_t)512)

/* A matrix of so many sums does not stay near, and what is needed of it is fetched ahead; of a
 * smaller one that takes longer. */
#define FAR_SUMS ((size_t)1 << 16)

static size_t blocks(size_t n)
{
    return n / AMX_SIDE + (n % AMX_SIDE != 0);
}

size_t amx_size(size_t lines, size_t depth)
{
    size_t size;
    return __builtin_mul_overflow(blocks(lines), blocks(depth), &size) ||
                   __builtin_mul_overflow(size, (size_t)BLOCK, &size)
               ? SIZE_MAX
               : size;
}

void *amx_place(void *packed, size_t depth, size_t line, size_t term)
{
    return (char *)packed + (line / AMX_SIDE * blocks(depth) + term / AMX_SIDE) * BLOCK;
}

size_t amx_scratch(void)
{
    return amx_size(STRIP, DEPTH);
}

#if defined(__x86_64__)
#include <immintrin.h>

#define VECTOR_CODE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define MATRIX_CODE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,amx-tile,amx-bf16")))
#define INLINE static inline __attribute__((always_inline))

/* ------------------------------------------------------------------------------ packing --- */

/* x rounded to the 8 bits of a bfloat16, ties away from 0. */
VECTOR_CODE INLINE __m512 rounded(__m512 x)
{
    __m512i bits = _mm512_add_epi32(_mm512_castps_si512(x), _mm512_set1_epi32(0x8000));
    return _mm512_castsi512_ps(_mm512_and_si512(bits, _mm512_set1_epi32((int)0xffff0000)));
}

/* Upper halves of x and y side by side: those of x go down, where y's lower ones were. */
VECTOR_CODE INLINE __m512i joined(__m512 x, __m512 y)
{
    const __m512i down = _mm512_set4_epi32(0x0f0e, 0x0b0a, 0x0706, 0x0302);
    return _mm512_mask_shuffle_epi8(_mm512_castps_si512(y), 0x3333333333333333,
                                    _mm512_castps_si512(x), down);
}

/* 16 pairs of floats as a row of a register in each plane.  The unit multiplies pairs with pairs:
 * which two terms make one is free, if both operands agree.  Here it is terms i and i + 16. */
VECTOR_CODE INLINE void pack_row(__m512 x, __m512 y, char *to)
{
    for (size_t plane = 0; plane < 3; plane++) {
        __m512 part_x = plane < 2 ? rounded(x) : x, part_y = plane < 2 ? rounded(y) : y;
        _mm512_store_si512(to + plane * PLANE, joined(part_x, part_y));
        x = _mm512_sub_ps(x, part_x);
        y = _mm512_sub_ps(y, part_y);
    }
}

/* 16 x 16 of a row-major matrix, of which so many rows and columns are there; zeros around them. */
typedef struct square {
    const float *at;
    size_t ld, rows, columns;
} square;

static size_t left_of(size_t n, size_t at)
{
    return n > at ? least(n - at, TILE) : 0;
}

/* Rows q .. q+3. */
VECTOR_CODE INLINE void load_rows(bool whole, square s, size_t q, __m512 r[4])
{
    __mmask16 mask = (__mmask16)((1u << s.columns) - 1);
    for (size_t i = 0; i < 4; i++) {
        const float *row = s.at + (q + i) * s.ld;
        r[i] = whole            ? _mm512_loadu_ps(row)
               : q + i < s.rows ? _mm512_maskz_loadu_ps(mask, row)
                                : _mm512_setzero_ps();
    }
}

/* Columns q .. q+3: of every fourth row four numbers, then fours of four by four change places. */
VECTOR_CODE INLINE void load_columns(bool whole, square s, size_t q, __m512 r[4])
{
    __mmask8 mask = (__mmask8)((1u << least(left_of(s.columns, q), 4)) - 1);
    __m512 t[4];
    for (size_t i = 0; i < 4; i++) {
        __m128 part[4];
        for (size_t j = 0; j < 4; j++) {
            const float *row = s.at + (i + 4 * j) * s.ld + q;
            part[j] = whole                ? _mm_loadu_ps(row)
                      : i + 4 * j < s.rows ? _mm_maskz_loadu_ps(mask, row)
                                           : _mm_setzero_ps();
        }
        t[i] = _mm512_insertf32x4(_mm512_castps128_ps512(part[0]), part[1], 1);
        t[i] = _mm512_insertf32x4(t[i], part[2], 2);
        t[i] = _mm512_insertf32x4(t[i], part[3], 3);
    }
    for (size_t i = 0; i < 4; i += 2) {
        r[i] = _mm512_unpacklo_ps(t[i], t[i + 1]);
        r[i + 1] = _mm512_unpackhi_ps(t[i], t[i + 1]);
    }
    for (size_t i = 0; i < 2; i++) {
        t[2 * i] = _mm512_shuffle_ps(r[i], r[i + 2], 0x44);
        t[2 * i + 1] = _mm512_shuffle_ps(r[i], r[i + 2], 0xee);
    }
    for (size_t i = 0; i < 4; i++)
        r[i] = t[i];
}

/* One register of each plane, from the squares of its first and its second 16 terms. */
VECTOR_CODE INLINE void pack_tile(bool turned, bool whole, square first, square second, char *to)
{
    for (size_t q = 0; q < TILE; q += 4) {
        __m512 x[4], y[4];
        if (turned) {
            load_columns(whole, first, q, x);
            load_columns(whole, second, q, y);
        } else {
            load_rows(whole, first, q, x);
            load_rows(whole, second, q, y);
        }
        for (size_t i = 0; i < 4; i++)
            pack_row(x[i], y[i], to + (q + i) * 64);
    }
}

/* `along`: a line's terms lie along the rows of `from`, else down its columns; a register's rows go
 * the other way than those of `from` if turned.  Along the rows of `from`, 16 or 32 at a time: a
 * walk down its columns would wait for each. */
VECTOR_CODE INLINE void pack(bool along, bool turned, size_t lines, size_t depth, const float *from,
                             size_t ld, size_t all_depth, char *to)
{
    size_t rows = along ? lines : depth, columns = along ? depth : lines;
    size_t row_step = along ? TILE : AMX_SIDE, column_step = along ? AMX_SIDE : TILE;
    for (size_t r = 0; r < rows; r += row_step)
        for (size_t c = 0; c < columns; c += column_step) {
            size_t line = along ? r : c, term = along ? c : r;
            square x = {from + r * ld + c, ld, left_of(rows, r), left_of(columns, c)}, y = x;
            if (depth <= term + TILE)
                y.rows = y.columns = 0;
            else if (along)
                y = (square){x.at + TILE, ld, x.rows, left_of(columns, c + TILE)};
            else
                y = (square){x.at + TILE * ld, ld, left_of(rows, r + TILE), x.columns};
            char *block = amx_place(to, all_depth, line, term);
            char *tile = block + line / TILE % 2 * TILE_BYTES;
            if (lines - line >= TILE && depth - term >= AMX_SIDE)
                pack_tile(turned, true, x, y, tile);
            else
                pack_tile(turned, false, x, y, tile);
        }
}

VECTOR_CODE void amx_pack(amx_side side, bool turned, size_t lines, size_t depth, const float *from,
                          size_t ld, size_t all_depth, void *to)
{
    if (side == AMX_LEFT && !turned)
        pack(true, false, lines, depth, from, ld, all_depth, to);
    else if (side == AMX_LEFT)
        pack(false, true, lines, depth, from, ld, all_depth, to);
    else if (!turned)
        pack(false, false, lines, depth, from, ld, all_depth, to);
    else
        pack(true, true, lines, depth, from, ld, all_depth, to);
}

/* -------------------------------------------------------------------------- multiplying --- */

/* All eight registers: 16 rows of 64 bytes.  A constant, since GCC 12 believes that the instruction
 * reads but the first 8 bytes and may store the others after it. */
MATRIX_CODE static void begin(void)
{
    static const struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } config = {.palette = 1,
                .bytes = {64, 64, 64, 64, 64, 64, 64, 64},
                .rows = {TILE, TILE, TILE, TILE, TILE, TILE, TILE, TILE}};
    _tile_loadconfig(&config);
}

typedef struct rows_of {
    const float *at;
    size_t ld;
} rows_of;

/* Registers of a block of C, each a macro's constant: sums in 0 to 3, a plane of A in 4 and 5, of B
 * in 6 and 7.  Between the multiplications, which take 16 cycles each, come prefetches: of half of
 * the same plane in the next block (of all of it took longer), and of a line of the panel of B that
 * follows. */
#define LOAD_A(plane)                                                                              \
    do {                                                                                           \
        _tile_loadd(4, a + (plane) * PLANE, 64);                                                   \
        if (rows == 2)                                                                             \
            _tile_loadd(5, a + (plane) * PLANE + TILE_BYTES, 64);                                  \
    } while (0)
#define LOAD_B(plane)                                                                              \
    do {                                                                                           \
        _tile_loadd(6, b + (plane) * PLANE, 64);                                                   \
        if (columns == 2)                                                                          \
            _tile_loadd(7, b + (plane) * PLANE + TILE_BYTES, 64);                                  \
    } while (0)
#define MULTIPLY(prefetched)                                                                       \
    do {                                                                                           \
        _tile_dpbf16ps(0, 4, 6);                                                                   \
        fetch_tile(prefetched);                                                                    \
        if (columns == 2)                                                                          \
            _tile_dpbf16ps(1, 4, 7);                                                               \
        fetch_line(&next);                                                                         \
        if (rows == 2)                                                                             \
            _tile_dpbf16ps(2, 5, 6);                                                               \
        if (rows == 2 && columns == 2)                                                             \
            _tile_dpbf16ps(3, 5, 7);                                                               \
        fetch_line(&next);                                                                         \
    } while (0)

INLINE void fetch_tile(const char *from)
{
    for (size_t i = 0; i < TILE; i++)
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
    __builtin_prefetch(c + (AMX_SIDE + row) * ldc + TILE, 1, 3);
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
 * that changes one operand at a time. */
MATRIX_CODE INLINE void multiply_block(size_t rows, size_t columns, size_t depth, const char *a,
                                       const char *b, later next, bool far, rows_of start, float *c,
                                       size_t ldc)
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
            _tile_loadd(1, start.at + TILE, from);
        if (rows == 2)
            _tile_loadd(2, start.at + TILE * start.ld, from);
        if (rows == 2 && columns == 2)
            _tile_loadd(3, start.at + TILE * start.ld + TILE, from);
    }
    for (size_t p = 0; p < depth; p++, a += BLOCK, b += BLOCK) {
        stay_awake(p);
        if (far)
            for (size_t r = p * AMX_SIDE / depth; r < (p + 1) * AMX_SIDE / depth; r++)
                fetch_below(c, ldc, r);
        LOAD_A(H);
        LOAD_B(L);
        MULTIPLY(a + BLOCK + H * PLANE);
        LOAD_B(M);
        MULTIPLY(b + BLOCK + L * PLANE);
        LOAD_A(M);
        MULTIPLY(b + BLOCK + M * PLANE);
        LOAD_B(H);
        MULTIPLY(a + BLOCK + M * PLANE);
        LOAD_A(L);
        MULTIPLY(b + BLOCK + H * PLANE);
        LOAD_A(H);
        MULTIPLY(a + BLOCK + L * PLANE);
    }
    _tile_stored(0, c, to);
    if (columns == 2)
        _tile_stored(1, c + TILE, to);
    if (rows == 2)
        _tile_stored(2, c + TILE * ldc, to);
    if (rows == 2 && columns == 2)
        _tile_stored(3, c + TILE * ldc + TILE, to);
}

/* m rows of C, 32 at most, and n columns, 16 or 32. */
MATRIX_CODE static void multiply_some(size_t m, size_t n, size_t depth, const char *a,
                                      const char *b, later next, bool far, rows_of start, float *c,
                                      size_t ldc)
{
    if (m > TILE && n > TILE)
        multiply_block(2, 2, depth, a, b, next, far, start, c, ldc);
    else if (m > TILE)
        multiply_block(2, 1, depth, a, b, next, far, start, c, ldc);
    else if (n > TILE)
        multiply_block(1, 2, depth, a, b, next, far, start, c, ldc);
    else
        multiply_block(1, 1, depth, a, b, next, far, start, c, ldc);
}

/* The same where m is no multiple of 16: beside C, so that nothing behind its last row changes. */
MATRIX_CODE static void multiply_edge(size_t m, size_t n, size_t depth, const char *a,
                                      const char *b, later next, bool far, rows_of start, float *c,
                                      size_t ldc)
{
    float beside[AMX_SIDE * AMX_SIDE] = {0};
    for (size_t i = 0; start.at && i < m; i++)
        memcpy(beside + i * AMX_SIDE, start.at + i * start.ld, n * sizeof *c);
    multiply_some(m, n, depth, a, b, next, far, (rows_of){beside, AMX_SIDE}, beside, AMX_SIDE);
    for (size_t i = 0; i < m; i++)
        memcpy(c + i * ldc, beside + i * AMX_SIDE, n * sizeof *c);
}

/* A strip of C, from `depth` terms of packed A and of B; b_depth: blocks of a panel of B. */
MATRIX_CODE static void multiply_strip(size_t m, size_t n, size_t depth, const char *a,
                                       const char *b, size_t b_depth, bool far, rows_of start,
                                       float *c, size_t ldc)
{
    for (size_t j = 0; j < n; j += AMX_SIDE, b += b_depth * BLOCK)
        for (size_t i = 0; i < m; i += AMX_SIDE) {
            size_t rows = least(m - i, AMX_SIDE), columns = least(n - j, AMX_SIDE);
            rows_of from = {start.at ? start.at + i * start.ld + j : NULL, start.ld};
            /* Twelve lines a block of A and B: after eight blocks of rows the panel is there. */
            later next = {b + b_depth * BLOCK + i / AMX_SIDE * depth * FETCHED, 64};
            if (j + AMX_SIDE >= n || i / AMX_SIDE * FETCHED >= BLOCK)
                next = (later){b, 0};
            (rows % TILE ? multiply_edge : multiply_some)(rows, columns, depth,
                                                          a + i / AMX_SIDE * depth * BLOCK, b, next,
                                                          far, from, c + i * ldc + j, ldc);
        }
}

/* n cut into the fewest parts of at most `most`, as even as whole blocks allow. */
static size_t even_part(size_t n, size_t most)
{
    size_t parts = n / most + (n % most != 0);
    return blocks(n / parts + (n % parts != 0)) * AMX_SIDE;
}

MATRIX_CODE void amx_multiply(bool turned, size_t m, size_t n, size_t k, const float *a, size_t lda,
                              const void *b, const float *start, size_t start_ld, float *c,
                              size_t ldc, void *scratch)
{
    assert(n % TILE == 0 && m > 0 && k > 0);
    size_t strip = even_part(m, STRIP), step = even_part(k, DEPTH), b_depth = blocks(k);
    bool far = m * ldc >= FAR_SUMS;
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
            multiply_strip(rows, n, blocks(depth), scratch, (const char *)b + p / AMX_SIDE * BLOCK,
                           b_depth, far, from, c + i * ldc, ldc);
        }
    _tile_release();
}
#else
/* Never called: variant_has_amx() says no. */
void amx_pack(amx_side side, bool turned, size_t lines, size_t depth, const float *from, size_t ld,
              size_t all_depth, void *to)
{
    (void)side, (void)turned, (void)lines, (void)depth, (void)from, (void)ld, (void)all_depth;
    (void)to;
}

void amx_multiply(bool turned, size_t m, size_t n, size_t k, const float *a, size_t lda,
                  const void *b, const float *start, size_t start_ld, float *c, size_t ldc,
                  void *scratch)
{
    (void)turned, (void)m, (void)n, (void)k, (void)a, (void)lda, (void)b, (void)start;
    (void)start_ld, (void)c, (void)ldc, (void)scratch;
}
#endif
