#include "net/pass_defer.h"

#include <string.h>

#include "base/real.h"
#include "kernel/reduce.h"
#include "net/pass_drop.h"

void pass_defer_carve(arena *m, const pass *p, pass_tile *tile)
{
    const bg_net *net = p->net;
    void **right = arena_carve(m, net->layers, sizeof *right);
    for (size_t l = 0; l < net->layers; l++) {
        size_t size = product_right_size(net, &p->plan, l);
        void *packed = size ? arena_carve(m, size, 1) : NULL;
        if (m->base)
            right[l] = packed;
    }
    if (m->base)
        tile->right = right;
}

void pass_defer_keep(const pass *p, pass_tile *tile, size_t l)
{
    if (tile->right[l])
        product_pack_right(&p->product[l], &tile->workers, p->plan.tile_rows, tile->delta[l],
                           tile->right[l]);
}

real *pass_defer_block(const pass *p, int thread)
{
    return (real *)((char *)p->scratch[thread] + p->block);
}

enum { LINE = 64 / sizeof(real) };

/* Whole lines between rows, which no product writes. */
static void clear_padding(const net_layer *layer, const chunk *c, real *g)
{
    size_t ld = c->rows ? layer->ldw : layer->stride;
    for (size_t row = 0; layer->columns < ld && row < c->size; row += ld)
        for (size_t j = layer->columns; j < ld; j += LINE)
            memset(g + row + j, 0, LINE * sizeof *g);
}

void pass_defer_gradient(const pass *p, const chunk *c, int thread, real *g)
{
    const net_layer *layer = &p->net->layer[c->layer];
    const pass_tile *tile = &p->tile[0];
    size_t l = c->layer, rows = p->plan.tile_rows;
    const real *below = l ? pass_fed(tile, l - 1) : tile->input, *delta = tile->delta[l];
    clear_padding(layer, c, g);
    if (c->rows)
        product_gradient_rows(&p->product[l], c->first, c->rows, p->scratch[thread], rows, below,
                              pass_below_ld(p, l), delta, tile->right[l], 0, g);
    else
        reduce_columns(rows, layer->columns, delta, layer->stride, 0, g);
}
