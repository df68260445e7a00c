#include "net/plan_layer.h"

#include "base/real.h"
#include "kernel/gemm.h"
#include "net/pass.h"

bg_engine plan_layer_engine(const bg_net *net, const plan *cut, size_t l)
{
    const net_layer *layer = &net->layer[l];
    if (cut->vectors)
        return BG_ENGINE_NARROW;
    if (pass_is_thin(net, l))
        return BG_ENGINE_THIN;
    return gemm_way(cut->tile_rows, layer->columns, layer->in);
}
