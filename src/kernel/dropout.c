#include "kernel/dropout.h"

#include "base/real.h"
#include "kernel/lanes.h"

/* 32 bits for each lane of either precision, so that both drop the same units. */
typedef uint32_t words __attribute__((vector_size(LANES * sizeof(uint32_t))));
typedef int32_t signed_words __attribute__((vector_size(LANES * sizeof(uint32_t))));

#define GOLDEN 0x9e3779b9u /* 2^32 / golden ratio, odd: the numbers of units spread out */

/* Hash of the numbers of LANES units, times GOLDEN already, and of the row: the 32-bit mixer of
 * C. Wellons' search for functions of least bias ("lowbias32", 2018), and the row's other half in
 * between, or rows that begin nearby in the sequence would drop alike. */
INLINE words hash(words unit, uint64_t row)
{
    words x = unit + (uint32_t)row;
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= (uint32_t)(row >> 32);
    x ^= x >> 15;
    x *= 0x846ca68bu;
    x ^= x >> 16;
    return x;
}

INLINE lanes thin(words unit, uint64_t row, const dropout_layer *layer, lanes x)
{
    signed_words kept = (signed_words)(hash(unit, row) >= layer->below);
    return lanes_keep(__builtin_convertvector(kept, lanes_int), x * layer->scale);
}

static void apply(size_t n, uint64_t row, const dropout_layer *layer, const real *from, real *to)
{
    words unit;
    size_t j = 0;
    for (size_t i = 0; i < LANES; i++)
        unit[i] = (uint32_t)i * GOLDEN;
    for (; j + LANES <= n; j += LANES, unit += (uint32_t)LANES * GOLDEN)
        lanes_store(to + j, thin(unit, row, layer, lanes_load(from + j)));
    if (j < n)
        lanes_store_part(to + j, thin(unit, row, layer, lanes_load_part(from + j, n - j)), n - j);
}

const dropout_rule LANES_NAME(dropout_rules) = {apply};
