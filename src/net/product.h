/* The three products of a layer, each by the engine that the plan chose for it. */
#ifndef NET_PRODUCT_H
#define NET_PRODUCT_H

#include "base/arena.h"
#include "base/real.h"
#include "base/team.h"
#include "net/net.h"
#include "net/plan.h"

#define product_layer REAL_NAME(product_layer)
#define product_carve REAL_NAME(product_carve)
#define product_by_rows REAL_NAME(product_by_rows)
#define product_scratch REAL_NAME(product_scratch)
#define product_refresh REAL_NAME(product_refresh)
#define product_strip REAL_NAME(product_strip)
#define product_forward REAL_NAME(product_forward)
#define product_parts REAL_NAME(product_parts)
#define product_part_inputs REAL_NAME(product_part_inputs)
#define product_part REAL_NAME(product_part)
#define product_sum REAL_NAME(product_sum)
#define product_backward REAL_NAME(product_backward)
#define product_gradient REAL_NAME(product_gradient)
#define product_pieces REAL_NAME(product_pieces)
#define product_right_size REAL_NAME(product_right_size)
#define product_pack_right REAL_NAME(product_pack_right)
#define product_gradient_piece REAL_NAME(product_gradient_piece)
#define product_gradient_rows REAL_NAME(product_gradient_rows)

/* Copies of a layer's weights, made anew with every update. */
typedef struct product_layer {
    const bg_net *net; /* borrowed */
    size_t l;          /* from 0 */
    bg_engine engine;
    size_t left;      /* bytes of scratch for a packed left operand, of any layer */
    size_t block;     /* columns of a piece, at most; SIZE_MAX: all of them */
    size_t strip;     /* rows of dW of a piece, likewise */
    real *transposed; /* W' of out x in, stride of the layer below; NULL: not needed */
    void *turned;     /* room for the transpose of a tile's inputs or deltas, which meets W as it
                         lies where copies of W would serve one tile alone; NULL: not needed */
    bool few;         /* rows: on the way back each is multiplied with W as it lies, by thin.h */
    size_t terms; /* inputs whose part of z is a piece, with the rows of W that meet them; 0: pieces
                     are columns of z */
    real *parts;  /* room for these: a power of two of them, rows x columns each */
    void *forward;  /* W packed for the matrix unit, or in panels for our kernels; NULL: as it
                       lies */
    void *backward; /* W' likewise; NULL: not needed */
} product_layer;

/* Of W', as that of the layer below. */
static inline size_t product_below_stride(const product_layer *p)
{
    return p->l ? p->net->layer[p->l - 1].stride : padded(p->net->layer[0].in, p->net->dtype);
}

/* One product_layer for each layer, at layer[0 .. L-1].  Prediction (no slots) goes forward only.
 * Carved from m; values are for product_refresh to put in. */
product_layer *product_carve(arena *m, const bg_net *net, const plan *cut);

/* Who carries out a product: the calling thread alone, or with it the team that it leads, where the
 * plan cuts products into pieces.  The bits are the same. */
typedef struct product_workers {
    team *team;           /* NULL: alone */
    void *const *scratch; /* product_scratch bytes of each thread; alone: of this one at [0] */
} product_workers;

/* Whether some rows of a tile may go forward and back by themselves, with the same bits. */
bool product_by_rows(const bg_net *net, const plan *cut, size_t l);

/* Bytes that a thread's products work in. */
size_t product_scratch(const bg_net *net, const plan *cut);

/* The copies of `rows` rows of W from row `first` on, both multiples of CHUNK_ROWS, `rows` unless
 * it reaches the last row. */
void product_refresh(const product_layer *layer, size_t first, size_t rows);

/* Of `all` rows of a tile so many should be taken at a time, so that what follows element by
 * element finds them in the cache. */
size_t product_strip(const product_layer *layer, size_t all);

/* z = below W + 1 b', for `rows` rows; z has the layer's stride. */
void product_forward(const product_layer *layer, const product_workers *by, size_t rows,
                     const real *below, size_t below_ld, real *z);

/* The same where layer->terms: the sum of so many parts. */
size_t product_parts(const product_layer *layer);
/* A part takes so many inputs, from `*first` on. */
size_t product_part_inputs(const product_layer *layer, size_t part, size_t *first);
/* One of them, and from all of them rows first .. first+rows-1 of z, of `all` rows. */
void product_part(const product_layer *layer, size_t part, size_t rows, const real *below,
                  size_t below_ld);
void product_sum(const product_layer *layer, size_t all, size_t first, size_t rows, real *z);

/* below = delta W', likewise. */
void product_backward(const product_layer *layer, const product_workers *by, size_t rows,
                      const real *delta, real *below);

/* gW = below' delta + beta gW */
void product_gradient(const product_layer *layer, const product_workers *by, size_t rows,
                      const real *below, size_t below_ld, const real *delta, real beta,
                      real *gradient);

/* The same in steps, for tiles whose gradient is not taken at once.  delta, a tile of rows, as the
 * right operand; size 0: it is taken as it lies, and nothing is packed. */
size_t product_right_size(const bg_net *net, const plan *cut, size_t l);
void product_pack_right(const product_layer *layer, const product_workers *by, size_t rows,
                        const real *delta, void *right);

/* Pieces of gW, blocks of its rows, and one of them, by one thread in its scratch. */
size_t product_pieces(const product_layer *layer);
void product_gradient_piece(const product_layer *layer, size_t piece, void *scratch, size_t rows,
                            const real *below, size_t below_ld, const real *delta,
                            const void *right, real beta, real *gradient);

/* The same of rows first .. first+count-1 of gW, whose place is `gradient`; first is a multiple of
 * CHUNK_ROWS or where a piece begins. */
void product_gradient_rows(const product_layer *layer, size_t first, size_t count, void *scratch,
                           size_t rows, const real *below, size_t below_ld, const real *delta,
                           const void *right, real beta, real *gradient);

#endif
