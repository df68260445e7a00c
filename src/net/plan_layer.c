#include "net/plan_layer.h"

#include <stdint.h>

#include "base/real.h"
#include "kernel/gemm.h"

bg_engine plan_layer_engine(const bg_net *net, const plan *cut, size_t l)
{
    const net_layer *layer = &net->layer[l];
    if (cut->vectors)
        return BG_ENGINE_NARROW;
    if (layer->thin)
        return BG_ENGINE_THIN;
    size_t rows = cut->tiles * cut->tile_rows;
    /* A prediction does not know how many rows come: many. */
    bg_engine way =
        gemm_way(cut->tile_rows, cut->slots ? rows : SIZE_MAX, layer->columns, layer->in);
    /* A prediction never by a library, whose bits may depend on a row's place in the tile. */
    if (way == BG_ENGINE_BLAS && !cut->slots)
        way = BG_ENGINE_DIRECT;
    /* Packing leaves bits alone, so here the rows of a prediction may count. */
    bool packs = !cut->shared && gemm_packs(rows, layer->columns, layer->in);
    return way == BG_ENGINE_DIRECT && packs ? BG_ENGINE_PACKED : way;
}
