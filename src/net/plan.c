#include "net/plan.h"

/* Row counts that suit the register blocks of all OpenBLAS kernels (4, 6, 12, 16 and 24 rows). */
#define TILE_QUANTUM ((size_t)48)
/* OpenBLAS multiplies without packing up to m n k = 10^6 (AVX-512 builds); thin layers stay below.
 */
#define SMALL_PRODUCT ((size_t)1000000)
#define THIN_TILE ((size_t)240)
#define WIDE_TILE ((size_t)432)
#define PREDICTION_TILE ((size_t)96)
/* Partial gradients together: enough of them for many threads, and no more memory than this. */
#define MOST_SLOTS ((size_t)32)
#define SLOT_BYTES ((size_t)64 << 20)

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t divide_up(size_t a, size_t b)
{
    return a / b + (a % b != 0);
}

static size_t largest_weight(const bg_net *net)
{
    size_t largest = 1;
    for (size_t l = 0; l < net->layers; l++) {
        size_t weights = net->layer[l].in * net->layer[l].stride;
        largest = weights > largest ? weights : largest;
    }
    return largest;
}

static plan cut(size_t tile_rows, size_t rows)
{
    plan p = {.tile_rows = tile_rows, .tiles = divide_up(rows, tile_rows)};
    return p;
}

plan plan_choose(const bg_net *net, size_t rows)
{
    size_t thin = SMALL_PRODUCT / largest_weight(net) / TILE_QUANTUM * TILE_QUANTUM;
    size_t most = thin >= TILE_QUANTUM ? least(thin, THIN_TILE) : WIDE_TILE;
    /* Tiles of nearly equal size, so that the last one is not mostly padding. */
    size_t even = divide_up(divide_up(rows, divide_up(rows, most)), TILE_QUANTUM) * TILE_QUANTUM;
    plan p = cut(even, rows);
    size_t affordable = SLOT_BYTES / (net->size * dtype_size(net->dtype));
    p.slots = least(p.tiles, affordable < 2 ? 2 : least(affordable, MOST_SLOTS));
    return p;
}

plan plan_prediction(const bg_net *net, size_t rows)
{
    (void)net;
    return cut(PREDICTION_TILE, rows);
}
