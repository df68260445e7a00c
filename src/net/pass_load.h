/* Rows of a data set into a tile. */
#ifndef NET_PASS_LOAD_H
#define NET_PASS_LOAD_H

#include "net/dataset.h"
#include "net/pass.h"

#define pass_all REAL_NAME(pass_all)
#define pass_holds REAL_NAME(pass_holds)
#define pass_load_inputs REAL_NAME(pass_load_inputs)
#define pass_load REAL_NAME(pass_load)

/* All rows of a data set, in order. */
static inline pass_rows pass_all(const bg_data *data)
{
    return (pass_rows){.x = data->x,
                       .t = data->t,
                       .rows = data->rows,
                       .w = data->w,
                       .mean_weight = (real)data->mean_weight};
}

/* The one block of a small batch, step after step. */
static inline bool pass_holds(const pass *p, const pass_tile *tile, const pass_rows *rows,
                              size_t first)
{
    return tile->loaded && !rows->index && tile->loaded == rows->x + first * p->net->layer[0].in;
}

/* Columns from .. from+count-1 of `rows` rows of tile->missing, from `first` of the tile on. */
void pass_load_inputs(const pass *p, const pass_tile *tile, size_t first, size_t rows, size_t from,
                      size_t count);

/* Inputs, targets and weights of tile->rows rows from number `first` of `rows` on. */
void pass_load(const pass *p, pass_tile *tile, const pass_rows *rows, size_t first);

#endif
