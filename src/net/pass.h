/* Forward and backward over tiles of rows: what one thread does, all in its own scratch. */
#ifndef NET_PASS_H
#define NET_PASS_H

#include "base/arena.h"
#include "base/real.h"
#include "kernel/dropout.h"
#include "kernel/narrow.h"
#include "net/net.h"
#include "net/plan.h"
#include "net/product.h"

#define pass REAL_NAME(pass)
#define pass_tile REAL_NAME(pass_tile)
#define pass_rows REAL_NAME(pass_rows)
#define pass_kept REAL_NAME(pass_kept)
#define pass_measure REAL_NAME(pass_measure)
#define pass_open REAL_NAME(pass_open)
#define pass_thread_begin REAL_NAME(pass_thread_begin)
#define pass_thread_end REAL_NAME(pass_thread_end)
#define pass_lead REAL_NAME(pass_lead)
#define pass_close REAL_NAME(pass_close)
#define pass_refresh REAL_NAME(pass_refresh)
#define pass_forward REAL_NAME(pass_forward)
#define pass_loss REAL_NAME(pass_loss)
#define pass_backward REAL_NAME(pass_backward)
#define pass_slot REAL_NAME(pass_slot)
#define pass_slots REAL_NAME(pass_slots)
#define pass_units REAL_NAME(pass_units)

/* Rows to work on: those of a data set in order, or the ones that `index` names.  Borrowed. */
typedef struct pass_rows {
    const real *x;         /* n0 a row, packed */
    const real *t;         /* nL a row, packed; NULL for prediction */
    const uint32_t *index; /* `rows` of them, NULL: in order */
    size_t rows;
    const real *w;             /* weight of a row, as dataset.h keeps them; NULL: 1 */
    real mean_weight;          /* a sum over rows is times this, where w is there */
    const dropout_layer *drop; /* of hidden layer l, from 0, at [l]; NULL: nothing is dropped */
    uint64_t drop_key;         /* of the step */
} pass_rows;

/* One thread's scratch for T rows.  Strides are those of the layers.  No two in one cache line:
 * that would travel between processors with every tile. */
typedef struct pass_tile {
    _Alignas(64) real *x; /* rows gathered here, zero-padded to T, pass.x_ld apart */
    real *t;              /* likewise, nL apart */
    real **z, **a; /* layer l at [l-1], T x stride; z[l-1] == a[l-1] unless z has to be kept */
    real **slope;  /* likewise f'(z), where pull_back wants it; else what it takes instead, a */
    real **fed;    /* where plan.drops: hidden layer l at [l-1], as the one above sees it */
    real **delta;  /* layer l at [l-1]; two buffers take turns unless all has to be kept */
    struct pass_kept
        *kept;    /* of a group's tile that is under way: x, a, fed and deltas are there */
    void **right; /* where plan.defers: delta of layer l at [l-1] as packed for its gradient, or
                     NULL where that takes it as it lies */
    real *w;      /* T, weights of the rows */
    const real *input, *target; /* of the rows now in the tile: into the data set, or x and t */
    const real *weight;         /* likewise; NULL: all 1 */
    const real *missing; /* where inputs come from that are still to be loaded into x; NULL: none */
    real scale;          /* of deltas, of the step under way */
    size_t rows;         /* real rows, the rest of T is padding */
    const dropout_layer *drop; /* as in pass_rows, with drop_key */
    uint64_t drop_key;
    const uint32_t *index; /* numbers of the rows in the data; NULL: from `first` on */
    size_t first;
    real *scratch, *sums; /* the narrow engine's block and gradient vectors, instead of the above */
    const real *loaded;   /* whose rows in order are in scratch; NULL: none */
    product_workers workers; /* of its products; a team where the plan shares them */
} pass_tile;

typedef struct pass {
    const bg_net *net; /* borrowed */
    bg_objective objective;
    plan plan;
    pass_tile *tile;         /* one for each thread; of a shared plan only the first is used */
    struct pass_kept *kept;  /* of each tile of a group; NULL: the plan has none */
    narrow_net narrow;       /* the network as the narrow engine sees it; layers 0: GEMM tiles */
    const narrow_rule *rule; /* its kernels */
    size_t x_ld;             /* between rows of inputs in a tile */
    const product_layer *product; /* copies of each layer's weights, at [l-1]; NULL: narrow */
    void **scratch;               /* of the products of each thread */
    size_t rest; /* of a shared tile layers from this one on, from 0, are small: each thread takes
                    rows of its own through them and back; L: none is */
    double *rest_loss; /* of each plan_band rows */
    size_t block;      /* behind them from this byte on: pass_defer_block */
    real *gradient;    /* slots vectors laid out like net->values */
    double *slot_loss; /* slots */
    team *team;        /* under way, of two threads at least; NULL: one works alone */
    arena memory;      /* owns all of the above */
} pass;

/* Scratch for `threads` threads.  plan.slots 0: no gradients and no slopes.  keep: z, a and delta
 * of every layer stay apart, for a trace.  BG_E_MEMORY. */
bg_status pass_open(pass *p, const bg_net *net, const bg_objective *objective, plan cut,
                    int threads, bool keep, bg_error *error);
void pass_close(pass *p);

/* Bytes that pass_open would take; SIZE_MAX: more than can be addressed. */
size_t pass_measure(const bg_net *net, const bg_objective *objective, plan cut, int threads);

/* First and last thing that a thread does in a parallel region: BLAS calls stay in it, and
 * denormals count as 0, in the caller's thread only until the end. */
unsigned pass_thread_begin(void);
void pass_thread_end(unsigned mode);

/* lead(context) in a region of `threads` threads, of which it is the first; the others take part in
 * what it shares out to p->team.  A slot that it sums itself is shared likewise where the plan says
 * so. */
void pass_lead(pass *p, int threads, void (*lead)(void *context), void *context);

/* The scratch that a thread of the team works in; of a shared plan the leader's, for all. */
static inline pass_tile *pass_tile_of(const pass *p, int thread)
{
    return &p->tile[p->plan.shared ? 0 : thread];
}

/* From one row of what layer l, from 0, is fed to the next. */
static inline size_t pass_below_ld(const pass *p, size_t l)
{
    return l ? p->net->layer[l - 1].stride : p->x_ld;
}

/* Refreshes all copies of the weights. */
void pass_refresh(pass *p);

/* Loads tile number `index` of the rows and computes z and a of all layers. */
void pass_forward(const pass *p, pass_tile *tile, const pass_rows *rows, size_t index);

/* Sum of the losses of the tile's rows times their weights, unreduced; delta of the last layer is
 * left in the tile, times `scale` (1/m for a mean over m rows), where plan.slots. */
double pass_loss(const pass *p, pass_tile *tile, real scale);

/* From delta of the last layer: all deltas, and gradient = the tile's share + beta gradient; the
 * narrow engine keeps its shares in the tile until the last one, and a tile of a group or a plan
 * that defers what its share is made of (net/pass_group.h, net/pass_defer.h). */
void pass_backward(const pass *p, pass_tile *tile, real beta, bool last, real *gradient);

/* Slots that a step on `rows` rows fills. */
size_t pass_slots(const pass *p, size_t rows);

/* Gradient, unless the plan defers it, and loss (of the rows, unreduced) of slot s into p->gradient
 * and p->slot_loss, by one thread, or where it leads a team and the plan has one slot for all by
 * all. */
void pass_slot(pass *p, const pass_rows *rows, size_t s, int thread);

typedef enum pass_quantity { PASS_Z, PASS_A, PASS_DELTA } pass_quantity;

/* Unit 0 of a layer (from 0) and row of the tile; *step: from one unit to the next.  z is kept
 * where pass_open was told so. */
const real *pass_units(const pass *p, const pass_tile *tile, pass_quantity quantity, size_t l,
                       size_t row, size_t *step);

#endif
