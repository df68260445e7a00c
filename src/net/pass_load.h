/* Rows of a data set into a tile. */
#ifndef NET_PASS_LOAD_H
#define NET_PASS_LOAD_H

#include "net/pass.h"

#define pass_load REAL_NAME(pass_load)

/* The one block of a small batch, step after step. */
static inline bool pass_holds(const pass *p, const pass_tile *tile, const pass_rows *rows,
                              size_t first)
{
    return tile->loaded && !rows->index &&
           tile->loaded == rows->x + first * p->net->layer[0].in;
}

/* Inputs, targets and weights of tile->rows rows from number `first` of `rows` on. */
void pass_load(const pass *p, pass_tile *tile, const pass_rows *rows, size_t first);

#endif
