/* How a batch is cut: a pure function of the network's shape, its precision and the rows of a step,
 * never of the thread count, so that every sum has one order. */
#ifndef NET_PLAN_H
#define NET_PLAN_H

#include "net/net.h"

typedef struct plan {
    size_t vectors;   /* the narrow engine's vectors of rows in a tile; 0: GEMM tiles */
    size_t tile_rows; /* T: every GEMM over rows has exactly this many, the last tile zero-padded */
    size_t tiles;     /* of a full step */
    size_t slots; /* partial gradients; slot s sums tiles s*tiles/slots .. (s+1)*tiles/slots-1 */
    size_t group; /* tiles over whose rows each block of a gradient is summed, the only slot's; 0: a
                     slot sums gradients of whole tiles */
    bool shared;  /* one slot or tile, whose products threads share: few rows of large layers; then
                     there is no group */
    bool defers;  /* the update takes the gradient, block by block (net/pass_defer.h) */
    bool drops;   /* hidden layers feed the one above a thinned copy of their activations */
    bool brief;   /* steps so short that other threads may cost more than they save (net/pace.h) */
    size_t threads; /* more than these would be slower: pieces of work, and enough in each */
} plan;

/* Rows of a GEMM tile come in these: whole registers of the matrix unit. */
#define TILE_QUANTUM ((size_t)16)
/* But those of a step with fewer in these, as our kernels take rows, or one alone. */
#define FEW_QUANTUM ((size_t)4)

/* Columns of a product that threads share, or rows of a gradient, that are one piece; of the matrix
 * unit more, since the left operand is packed for every piece. */
enum { SHARED_COLUMNS = 128, SHARED_AMX_COLUMNS = 320 };

/* For training on `rows` rows a step; BG_GD where gradients alone are asked for. */
plan plan_choose(const bg_net *net, const bg_objective *objective, bg_optimizer optimizer,
                 size_t rows);

/* The same without the narrow engine. */
plan plan_tiles(const bg_net *net, bg_optimizer optimizer, size_t rows);

/* Rows of a tile that are one piece where threads share it: two pieces at least, unless the tile
 * has fewer. */
static inline size_t plan_band(size_t tile_rows)
{
    return tile_rows > 16 ? 16 : 8;
}

/* Whether each thread may take rows through a layer, all of whose weights it then reads: so few
 * that this is less to wait for than another lot of pieces. */
bool plan_band_layer(const net_layer *layer);

/* Parts of a layer's z, each from as many inputs, of which a step makes it; 1: it is one sum. */
size_t plan_parts(const plan *cut, bg_engine way, const net_layer *layer);

/* Lays the tiles of a plan with one slot into groups, as many as memory allows. */
void plan_group(plan *p, const bg_net *net);

/* The plan of steps along the gradient, which defers it wherever the cut allows. */
plan plan_defer(const bg_net *net, plan cut);

/* For prediction: a row's result does not depend on how many others come with it, since the size of
 * a GEMM tile depends on the shape alone, and lanes do not see each other.  slots is 0.  objective:
 * the loss that will be looked at, NULL when none is. */
plan plan_prediction(const bg_net *net, const bg_objective *objective, size_t rows);

#endif
