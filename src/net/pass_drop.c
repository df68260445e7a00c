#include "net/pass_drop.h"

#include <math.h>

#include "base/real.h"
#include "base/rng.h"

void pass_drop_layers(const bg_train_options *options, size_t layers, dropout_layer *drop)
{
    for (size_t l = 0; drop && l + 1 < layers; l++) {
        double p = dropout_of(options, l), below = nearbyint(p * 0x1p32);
        drop[l].below = below < UINT32_MAX ? (uint32_t)below : UINT32_MAX;
        drop[l].scale = (real)(1 / (1 - p));
    }
}

void pass_drop(const pass *p, const pass_tile *tile, size_t l, size_t first, size_t rows,
               const real *from, real *to)
{
    const dropout_rule *rule = dropout_find();
    size_t stride = p->net->layer[l].stride;
    uint64_t key = rng_hash(tile->drop_key, l);
    for (size_t i = first; i < first + rows; i++) {
        /* A row is known by its number in the data set; what pads the tile by any. */
        size_t number = tile->index && i < tile->rows ? tile->index[i] : tile->first + i;
        rule->apply(stride, rng_hash(key, number), &tile->drop[l], from + i * stride,
                    to + i * stride);
    }
}
