#include "net/pass_group.h"

#include "base/least.h"
#include "base/real.h"
#include "kernel/reduce.h"
#include "net/pass_drop.h"
#include "net/plan_layer.h"

/* Of a gradient of W that is much smaller than what it comes from a tile takes its share itself. */
static bool takes_share(const bg_net *net, const plan *cut, size_t l)
{
    return 4 * net->layer[l].columns <= cut->tile_rows &&
           plan_layer_engine(net, cut, l) != BG_ENGINE_AMX;
}

/* Where shares start in a layer's parameters; the bias comes last. */
static size_t share_start(const bg_net *net, const plan *cut, size_t l)
{
    return takes_share(net, cut, l) ? net->layer[l].weight : net->layer[l].bias;
}

static size_t share_size(const bg_net *net, const plan *cut, size_t l)
{
    return net->layer[l].bias + net->layer[l].stride - share_start(net, cut, l);
}

static void carve_kept(arena *m, const pass *p, pass_kept *kept)
{
    const bg_net *net = p->net;
    const plan *cut = &p->plan;
    size_t rows = cut->tile_rows, layers = net->layers;
    pass_kept carved = {.x = arena_carve(m, rows * p->x_ld, sizeof(real)),
                        .a = arena_carve(m, layers, sizeof(real *)),
                        .fed = arena_carve(m, layers, sizeof(real *)),
                        .delta = arena_carve(m, layers, sizeof(real *)),
                        .right = arena_carve(m, layers, sizeof(void *)),
                        .share = arena_carve(m, layers, sizeof(real *)),
                        .below = arena_carve(m, layers, sizeof(real *))};
    for (size_t l = 0; l < layers; l++) {
        size_t size = rows * net->layer[l].stride, packed = product_right_size(net, cut, l);
        bool hidden = l + 1 < layers, lies = !packed && !takes_share(net, cut, l);
        real *a = hidden ? arena_carve(m, size, sizeof(real)) : NULL;
        real *fed = hidden && cut->drops ? arena_carve(m, size, sizeof(real)) : NULL;
        real *delta = lies ? arena_carve(m, size, sizeof(real)) : NULL;
        void *right = packed ? arena_carve(m, packed, 1) : NULL;
        real *share = arena_carve(m, share_size(net, cut, l), sizeof(real));
        if (m->base) {
            carved.a[l] = a, carved.fed[l] = fed, carved.share[l] = share;
            carved.delta[l] = delta, carved.right[l] = right;
        }
    }
    if (m->base)
        *kept = carved;
}

void pass_group_carve(arena *m, pass *p)
{
    p->kept = p->plan.group ? arena_carve(m, p->plan.group, sizeof *p->kept) : NULL;
    for (size_t i = 0; i < p->plan.group; i++) {
        arena_part(m);
        carve_kept(m, p, m->base ? &p->kept[i] : NULL);
    }
}

/* The thread's tile has the rest. */
static void lay_into(const pass *p, pass_tile *tile, pass_kept *kept)
{
    tile->kept = kept;
    tile->x = kept->x;
    for (size_t l = 0; l < p->net->layers; l++) {
        if (kept->a[l]) {
            if (tile->z[l] == tile->a[l])
                tile->z[l] = kept->a[l];
            if (tile->slope[l] == tile->a[l])
                tile->slope[l] = kept->a[l];
            tile->a[l] = kept->a[l];
            tile->fed[l] = kept->fed[l];
        }
        if (kept->delta[l])
            tile->delta[l] = kept->delta[l];
    }
}

void pass_group_open(pass *p, int threads)
{
    for (int i = 0; p->kept && i < threads; i++)
        lay_into(p, &p->tile[i], p->kept);
}

/* A group under way. */
typedef struct group {
    pass *p;
    pass_group_tile *work;
    void *context;
    size_t first, tiles;
} group;

static void tile_piece(void *context, size_t i, int thread)
{
    const group *g = context;
    pass_tile *tile = &g->p->tile[thread];
    lay_into(g->p, tile, &g->p->kept[i]);
    tile->kept->loss = g->work(g->context, tile, g->first + i);
}

void pass_group_keep(const pass *p, pass_tile *tile, size_t l)
{
    const net_layer *layer = &p->net->layer[l];
    const real *delta = tile->delta[l];
    pass_kept *kept = tile->kept;
    real *share = kept->share[l];
    size_t rows = p->plan.tile_rows, start = share_start(p->net, &p->plan, l);
    kept->below[l] = l ? pass_fed(tile, l - 1) : tile->input;
    if (kept->right[l])
        product_pack_right(&p->product[l], &tile->workers, rows, delta, kept->right[l]);
    if (start < layer->bias)
        product_gradient(&p->product[l], &tile->workers, rows, kept->below[l], pass_below_ld(p, l),
                         delta, 0, share);
    reduce_columns(rows, layer->columns, delta, layer->stride, 0, share + (layer->bias - start));
}

/* Pieces of a layer's gradient. */
static size_t pieces_of(const pass *p, size_t l)
{
    return takes_share(p->net, &p->plan, l) ? 1 : product_pieces(&p->product[l]);
}

static void add_share(const pass *p, const pass_kept *kept, size_t l, bool first)
{
    size_t size = share_size(p->net, &p->plan, l);
    real *sum = p->gradient + share_start(p->net, &p->plan, l);
    for (size_t j = 0; j < size; j++)
        sum[j] = first ? kept->share[l][j] : sum[j] + kept->share[l][j];
}

/* Tile by tile, while the block of dW stays in the cache; shares with the first of a layer. */
static void gradient_piece(void *context, size_t piece, int thread)
{
    const group *g = context;
    const pass *p = g->p;
    size_t l = 0, pieces;
    for (; piece >= (pieces = pieces_of(p, l)); l++)
        piece -= pieces;
    bool blocks = !takes_share(p->net, &p->plan, l);
    for (size_t i = 0; i < g->tiles; i++) {
        const pass_kept *kept = &p->kept[i];
        bool first = g->first + i == 0;
        if (blocks)
            product_gradient_piece(&p->product[l], piece, p->scratch[thread], p->plan.tile_rows,
                                   kept->below[l], pass_below_ld(p, l), kept->delta[l],
                                   kept->right[l], !first, p->gradient + p->net->layer[l].weight);
        if (piece == 0)
            add_share(p, kept, l, first);
    }
}

double pass_group(pass *p, size_t tiles, pass_group_tile *work, void *context)
{
    group g = {.p = p, .work = work, .context = context};
    size_t pieces = 0;
    double loss = 0;
    for (size_t l = 0; l < p->net->layers; l++)
        pieces += pieces_of(p, l);
    for (; g.first < tiles; g.first += g.tiles) {
        g.tiles = least(p->plan.group, tiles - g.first);
        team_split(p->team, g.tiles, tile_piece, &g);
        for (size_t i = 0; i < g.tiles; i++)
            loss += p->kept[i].loss;
        team_split(p->team, pieces, gradient_piece, &g);
    }
    return loss;
}
