/* Steps of one tile, whose gradient the update takes block by block: on few rows of large layers
 * the time is that of reading and writing parameters, and a gradient that stays in the cache is
 * neither written nor read again. */
#ifndef NET_PASS_DEFER_H
#define NET_PASS_DEFER_H

#include "net/chunks.h"
#include "net/pass.h"

#define pass_defer_carve REAL_NAME(pass_defer_carve)
#define pass_defer_keep REAL_NAME(pass_defer_keep)
#define pass_defer_block REAL_NAME(pass_defer_block)
#define pass_defer_gradient REAL_NAME(pass_defer_gradient)

/* tile->right, where the plan defers. */
void pass_defer_carve(arena *m, const pass *p, pass_tile *tile);

/* What the gradient of layer l, from 0, needs of the tile. */
void pass_defer_keep(const pass *p, pass_tile *tile, size_t l);

/* Room of a thread for any chunk's gradient. */
real *pass_defer_block(const pass *p, int thread);

/* The chunk's gradient of the step's loss into g, by one thread. */
void pass_defer_gradient(const pass *p, const chunk *c, int thread, real *g);

#endif
