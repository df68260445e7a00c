/* Copies and scratch of the products of a plan. */
#include <stdint.h>

#include "base/least.h"
#include "base/real.h"
#include "kernel/amx.h"
#include "kernel/multiply.h"
#include "kernel/variants.h"
#include "net/plan_layer.h"
#include "net/product.h"

/* On the matrix unit either operand has to be packed: weights, for each step anew, or the tile and
 * its transpose.  From so many weights for each row of the tile on the second is faster, up to 24 %
 * of a step; below up to 5 % slower (measured on a Xeon). */
#define TURNED_WEIGHTS_A_ROW ((size_t)6000)
/* Our other kernels want W' for the way back, or delta' and the transpose of what they make of it:
 * so many weights pay for each number of these, more of them where threads could take rows through
 * the layer instead.  Tiles of more rows are worked on in strips. */
#define TURNED_WEIGHTS_A_NUMBER ((size_t)2)
#define TURNED_BAND_WEIGHTS_A_NUMBER ((size_t)4)
#define MOST_TURNED ((size_t)256)
/* Turned, a tile of rows too few for a vector costs them all the same, and dot products cost each
 * row its own: they are faster from so many outputs on for each of the rows, whose lanes have to be
 * added up. */
#define DOTS_A_ROW ((size_t)4)

/* Columns of a product, or rows of dW, that are one piece at most. */
static size_t piece_of(bg_engine engine)
{
    return engine == BG_ENGINE_THIN  ? SIZE_MAX
           : engine == BG_ENGINE_AMX ? SHARED_AMX_COLUMNS
                                     : SHARED_COLUMNS;
}

/* Bytes that a packed left operand takes: of every product on the matrix unit, of gradients by our
 * own kernels. */
static size_t left_scratch(const bg_net *net, const plan *cut)
{
    size_t most = 0;
    for (size_t l = 0; l < net->layers; l++) {
        bg_engine engine = plan_layer_engine(net, cut, l);
        bool packs = engine == BG_ENGINE_PACKED && cut->slots > 0;
        size_t bytes = engine == BG_ENGINE_AMX ? amx_scratch() : 0;
        bytes = packs ? MULTIPLY_SCRATCH * sizeof(real) : bytes;
        most = bytes > most ? bytes : most;
    }
    return most;
}

/* Copies of the weights, made anew for each step, should serve more than one tile. */
static bool is_alone(const plan *cut)
{
    return cut->slots == 1 && cut->tiles == 1 && !cut->vectors && !cut->group;
}

/* Whether a tile goes back through layer l by dot products. */
static bool few_back(const bg_net *net, const plan *cut, size_t l)
{
    size_t lanes = (size_t)variant_bytes(variant_choose()) / sizeof(real);
    bg_engine engine = plan_layer_engine(net, cut, l);
    bool general = engine == BG_ENGINE_DIRECT || engine == BG_ENGINE_BLAS;
    return general && l > 0 && is_alone(cut) && cut->tile_rows < lanes &&
           net->layer[l].out >= DOTS_A_ROW * cut->tile_rows;
}

/* Bytes of a tile that is turned to meet the weights of a layer, its inputs or its deltas; 0: none
 * is. */
static size_t turned_size(const bg_net *net, const plan *cut, size_t l)
{
    size_t rows = cut->tile_rows, in = net->layer[l].in, out = net->layer[l].out;
    if (!is_alone(cut) || rows > MOST_TURNED || few_back(net, cut, l))
        return 0;
    bg_engine engine = plan_layer_engine(net, cut, l);
    if (engine == BG_ENGINE_AMX && in * out >= TURNED_WEIGHTS_A_ROW * rows)
        return amx_size(rows, in > out ? in : out);
    size_t weights =
        plan_band_layer(&net->layer[l]) ? TURNED_BAND_WEIGHTS_A_NUMBER : TURNED_WEIGHTS_A_NUMBER;
    bool pays = l > 0 && in * out >= weights * rows * (in + out);
    return engine == BG_ENGINE_DIRECT && pays ? out * rows * sizeof(real) : 0;
}

static size_t count_parts(const bg_net *net, const plan *cut, size_t l)
{
    return plan_parts(cut, plan_layer_engine(net, cut, l), &net->layer[l]);
}

static size_t most_parts(const bg_net *net, const plan *cut)
{
    size_t most = 0;
    for (size_t l = 0; l < net->layers; l++) {
        size_t parts = count_parts(net, cut, l);
        size_t size = parts > 1 ? parts * cut->tile_rows * net->layer[l].columns : 0;
        most = size > most ? size : most;
    }
    return most;
}

static size_t most_turned(const bg_net *net, const plan *cut)
{
    size_t most = 0;
    for (size_t l = 0; l < net->layers; l++) {
        size_t bytes = turned_size(net, cut, l);
        most = bytes > most ? bytes : most;
    }
    return most;
}

product_layer *product_carve(arena *m, const bg_net *net, const plan *cut)
{
    product_layer *list = arena_carve(m, net->layers, sizeof *list);
    size_t left = left_scratch(net, cut);
    void *turned = arena_carve(m, most_turned(net, cut), 1);
    real *parts = arena_carve(m, most_parts(net, cut), sizeof(real));
    for (size_t l = 0; l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        bool back = l > 0 && cut->slots > 0;
        product_layer p = {.net = net, .l = l, .left = left};
        p.engine = plan_layer_engine(net, cut, l);
        p.block = cut->shared || turned_size(net, cut, l) ? piece_of(p.engine) : SIZE_MAX;
        p.strip = cut->shared || cut->group ? piece_of(p.engine) : SIZE_MAX;
        if (count_parts(net, cut, l) > 1) {
            p.terms = divide_up(layer->in, count_parts(net, cut, l));
            p.parts = parts;
        }
        p.few = back && few_back(net, cut, l);
        if (turned_size(net, cut, l)) {
            p.turned = turned;
        } else if (p.engine == BG_ENGINE_AMX) {
            p.forward = arena_carve(m, amx_size(layer->out, layer->in), 1);
            p.backward = back ? arena_carve(m, amx_size(layer->in, layer->out), 1) : NULL;
        } else if (p.engine == BG_ENGINE_PACKED) {
            size_t below = back ? net->layer[l - 1].columns : 0;
            p.forward = arena_carve(m, layer->columns * layer->in, sizeof(real));
            p.backward = back ? arena_carve(m, below * layer->out, sizeof(real)) : NULL;
        } else if ((back && !p.few) || p.engine == BG_ENGINE_THIN) {
            p.transposed = arena_carve(m, layer->out * product_below_stride(&p), sizeof(real));
        }
        if (m->base)
            list[l] = p;
    }
    return list;
}

bool product_by_rows(const bg_net *net, const plan *cut, size_t l)
{
    bg_engine engine = plan_layer_engine(net, cut, l);
    return (engine == BG_ENGINE_DIRECT || engine == BG_ENGINE_THIN) && !turned_size(net, cut, l) &&
           count_parts(net, cut, l) == 1;
}

size_t product_scratch(const bg_net *net, const plan *cut)
{
    size_t widest = 0;
    bool here = cut->slots && !cut->group && !cut->defers; /* those keep right operands elsewhere */
    for (size_t l = 0; here && l < net->layers; l++) {
        size_t right = product_right_size(net, cut, l);
        widest = right > widest ? right : widest;
    }
    size_t columns = most_turned(net, cut) ? SHARED_AMX_COLUMNS : 0;
    return left_scratch(net, cut) + widest + columns * cut->tile_rows * sizeof(real);
}

size_t product_right_size(const bg_net *net, const plan *cut, size_t l)
{
    bool packs = plan_layer_engine(net, cut, l) == BG_ENGINE_AMX;
    return packs ? amx_size(net->layer[l].columns, cut->tile_rows) : 0;
}
