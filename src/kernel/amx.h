/*
 * Products of floats on the matrix unit of x86 processors (AMX: eight registers of 16 rows of 64
 * bytes), which multiplies bfloat16 and adds in float.  A float is the sum of three such numbers,
 * exactly:  x = h + m + l,  8 bits each, h and m rounded to nearest, so |m| <= 2^-8 |x| and
 * |l| <= 2^-17 |x|.  Six of the nine products are taken:
 *
 *     x y  =  h h' + h m' + m h' + m m' + h l' + l h'  +  what is left, at most 1.1 2^-24 |x y|
 *
 * so a product is as good as one that was rounded to float, and numbers of 16 bits are multiplied
 * exactly.  The sums of 32 terms are added up before they meet the others: the error of a whole
 * product is smaller than that of a chain of fused multiply-adds.  Denormal numbers, parts
 * included, count as 0; infinite ones give NaN.  (The splitting: Henry, Tang, Heinecke, "Leveraging
 * the bfloat16 artificial intelligence datatype for higher-precision computations", 2019.)
 *
 * An element's bits do not depend on its place, nor on m and n.
 */
#ifndef KERNEL_AMX_H
#define KERNEL_AMX_H

#include <stdbool.h>
#include <stddef.h>

/* Operands are packed first, in blocks of 32 rows (of the left one; columns of the right one) by 32
 * terms of the sums, in three planes; both sides of a block are padded with zeros. */
#define AMX_SIDE ((size_t)32)

/* Of each plane two registers of 16 lines, one after the other. */
enum {
    AMX_TILE = 16,
    AMX_TILE_BYTES = 1024,
    AMX_PLANE = 2 * AMX_TILE_BYTES,
    AMX_BLOCK = 3 * AMX_PLANE
};

/* Blocks that hold n lines or terms. */
static inline size_t amx_blocks(size_t n)
{
    return n / AMX_SIDE + (n % AMX_SIDE != 0);
}

/* Size of the parts of n lines or terms: the fewest of at most `most`, a multiple of AMX_SIDE, as
 * even as whole blocks allow. */
static inline size_t amx_even_part(size_t n, size_t most)
{
    size_t parts = n / most + (n % most != 0);
    return amx_blocks(n / parts + (n % parts != 0)) * AMX_SIDE;
}

typedef enum amx_side { AMX_LEFT, AMX_RIGHT } amx_side;

/* Bytes of a packed operand: `lines` rows of A or columns of B, of `depth` terms each; SIZE_MAX:
 * more than can be addressed. */
size_t amx_size(size_t lines, size_t depth);

/* Where line `line` and term `term`, multiples of AMX_SIDE, start in a packed operand whose lines
 * have `depth` terms. */
void *amx_place(void *packed, size_t depth, size_t line, size_t term);

/* A piece of an operand, to the place where it starts; all_depth: terms of the whole operand's
 * lines.  `from` is row-major (ld): lines x depth for A, depth x lines for B; turned: the other way
 * round.  A piece that is not the last has whole blocks. */
void amx_pack(amx_side side, bool turned, size_t lines, size_t depth, const float *from, size_t ld,
              size_t all_depth, void *to);

/* Bytes that amx_multiply works in. */
size_t amx_scratch(void);

/* C = start + A B.  A is m x k (lda), turned: k x m; B is k x n, packed; C is m x n (ldc), n a
 * multiple of 16.  start: NULL for zeros, or rows start_ld apart, C itself among them; start_ld 0:
 * the same row, a bias, for all.  scratch: amx_scratch() bytes, 64-aligned, the caller's. */
void amx_multiply(bool turned, size_t m, size_t n, size_t k, const float *a, size_t lda,
                  const void *b, const float *start, size_t start_ld, float *c, size_t ldc,
                  void *scratch);

#endif
