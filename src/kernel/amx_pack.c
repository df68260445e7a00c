#include "kernel/amx.h"

#include <stdint.h>

#include "base/least.h"

size_t amx_size(size_t lines, size_t depth)
{
    size_t size;
    return __builtin_mul_overflow(amx_blocks(lines), amx_blocks(depth), &size) ||
                   __builtin_mul_overflow(size, (size_t)AMX_BLOCK, &size)
               ? SIZE_MAX
               : size;
}

void *amx_place(void *packed, size_t depth, size_t line, size_t term)
{
    return (char *)packed + (line / AMX_SIDE * amx_blocks(depth) + term / AMX_SIDE) * AMX_BLOCK;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define VECTOR_CODE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINE static inline __attribute__((always_inline))

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
        _mm512_store_si512(to + plane * AMX_PLANE, joined(part_x, part_y));
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
    return n > at ? least(n - at, AMX_TILE) : 0;
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
    for (size_t q = 0; q < AMX_TILE; q += 4) {
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
    size_t row_step = along ? AMX_TILE : AMX_SIDE, column_step = along ? AMX_SIDE : AMX_TILE;
    for (size_t r = 0; r < rows; r += row_step)
        for (size_t c = 0; c < columns; c += column_step) {
            size_t line = along ? r : c, term = along ? c : r;
            square x = {from + r * ld + c, ld, left_of(rows, r), left_of(columns, c)}, y = x;
            if (depth <= term + AMX_TILE)
                y.rows = y.columns = 0;
            else if (along)
                y = (square){x.at + AMX_TILE, ld, x.rows, left_of(columns, c + AMX_TILE)};
            else
                y = (square){x.at + AMX_TILE * ld, ld, left_of(rows, r + AMX_TILE), x.columns};
            char *block = amx_place(to, all_depth, line, term);
            char *tile = block + line / AMX_TILE % 2 * AMX_TILE_BYTES;
            if (lines - line >= AMX_TILE && depth - term >= AMX_SIDE)
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
#else
/* Never called: variant_has_amx() says no. */
void amx_pack(amx_side side, bool turned, size_t lines, size_t depth, const float *from, size_t ld,
              size_t all_depth, void *to)
{
    (void)side, (void)turned, (void)lines, (void)depth, (void)from, (void)ld, (void)all_depth;
    (void)to;
}
#endif
