/*
 * Gradients of large networks: not a whole one for each thread, but one, whose blocks threads take
 * over the rows of a group of tiles.  A tile leaves behind what that needs: its activations, and
 * its deltas as the gradients take them.
 */
#ifndef NET_PASS_GROUP_H
#define NET_PASS_GROUP_H

#include "net/pass.h"

#define pass_group REAL_NAME(pass_group)
#define pass_group_carve REAL_NAME(pass_group_carve)
#define pass_group_open REAL_NAME(pass_group_open)
#define pass_group_keep REAL_NAME(pass_group_keep)
#define pass_group_tile REAL_NAME(pass_group_tile)

/* Of a tile.  Layer l at [l-1]. */
typedef struct pass_kept {
    _Alignas(64) real *x; /* as in pass_tile */
    real **a, **fed;      /* likewise, of hidden layers */
    real **delta;         /* likewise, where blocks of the gradient take it as it lies; else NULL */
    void **right;         /* where they take it packed; else NULL */
    real **share;         /* of the gradient of b, and of W before it where the tile takes that */
    const real **below;   /* what the layer was fed */
    double loss;          /* of the rows, unreduced */
} pass_kept;

/* p->kept, of a plan with groups. */
void pass_group_carve(arena *m, pass *p);

/* Every thread's tile is whole from here on, so that one may also be taken by itself. */
void pass_group_open(pass *p, int threads);

/* All of tile number `index` of the step, up to pass_backward, and the sum of its losses. */
typedef double pass_group_tile(void *context, pass_tile *tile, size_t index);

/* `tiles` tiles, group after group, by the team, if there is one: their gradient in p->gradient,
 * and the sum of their losses in order. */
double pass_group(pass *p, size_t tiles, pass_group_tile *work, void *context);

/* What the gradient of layer l, from 0, needs of the tile, before the layer below has its delta. */
void pass_group_keep(const pass *p, pass_tile *tile, size_t l);

#endif
