/* Tiles of a network whose hidden layers are thinned. */
#ifndef NET_PASS_DROP_H
#define NET_PASS_DROP_H

#include "net/dropout.h"
#include "net/pass.h"

#define pass_drops REAL_NAME(pass_drops)
#define pass_fed REAL_NAME(pass_fed)
#define pass_drop REAL_NAME(pass_drop)
#define pass_drop_layers REAL_NAME(pass_drop_layers)

/* Hidden layer l at [l], where `drop` is not NULL. */
void pass_drop_layers(const bg_train_options *options, size_t layers, dropout_layer *drop);

/* Units of layer l, from 0, are dropped. */
static inline bool pass_drops(const pass_tile *tile, size_t l)
{
    return tile->drop && tile->drop[l].below;
}

/* What layer l feeds to the one above. */
static inline const real *pass_fed(const pass_tile *tile, size_t l)
{
    return pass_drops(tile, l) ? tile->fed[l] : tile->a[l];
}

/* Rows first .. first+rows-1 of the tile, layer l: to = from times the mask and its scale, both
 * arrays from row 0 of the tile on; to may be from. */
void pass_drop(const pass *p, const pass_tile *tile, size_t l, size_t first, size_t rows,
               const real *from, real *to);

#endif
