#include "net/product.h"

#include <stdint.h>

#include "base/least.h"
#include "base/real.h"
#include "kernel/amx.h"
#include "kernel/gemm.h"
#include "kernel/multiply.h"
#include "kernel/copy.h"
#include "kernel/thin.h"
#include "net/chunks.h"
#include "net/plan_layer.h"

_Static_assert(CHUNK_ROWS % AMX_SIDE == 0, "an update refreshes whole blocks of packed weights");

/* Rows that a product takes at a time; a library that packs its operands for each product takes
 * all, and the matrix unit more than our other kernels, since it packs as well. */
#define STRIP_ROWS ((size_t)192)
#define AMX_STRIP_ROWS ((size_t)256)

/* On the matrix unit either operand has to be packed: weights, for each step anew, or the tile and
 * its transpose.  From so many weights for each row of the tile on the second is faster, up to 24 %
 * of a step; below up to 5 % slower (measured on a Xeon). */
#define TURNED_WEIGHTS_A_ROW ((size_t)6000)

/* The matrix unit multiplies floats: reals are none other where a plan chooses it. */
static const float *floats(const real *x)
{
    return (const float *)x;
}

/* Of W', as that of the layer below. */
static size_t below_stride(const product_layer *p)
{
    return p->l ? p->net->layer[p->l - 1].stride : padded(p->net->layer[0].in, p->net->dtype);
}

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

/* Bytes of a tile that is turned to meet the weights of a layer, its inputs or its deltas; 0: none
 * is.  Where gradients are deferred a copy of the weights would serve one tile alone. */
static size_t turned_size(const bg_net *net, const plan *cut, size_t l)
{
    if (!cut->defers)
        return 0;
    bg_engine engine = plan_layer_engine(net, cut, l);
    size_t rows = cut->tile_rows, in = net->layer[l].in, out = net->layer[l].out;
    if (engine == BG_ENGINE_AMX && in * out >= TURNED_WEIGHTS_A_ROW * rows)
        return amx_size(rows, in > out ? in : out);
    return engine == BG_ENGINE_DIRECT && l > 0 ? out * rows * sizeof(real) : 0;
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
    for (size_t l = 0; l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        bool back = l > 0 && cut->slots > 0;
        product_layer p = {.net = net, .l = l, .left = left};
        p.engine = plan_layer_engine(net, cut, l);
        p.block = cut->shared ? piece_of(p.engine) : SIZE_MAX;
        p.strip = cut->shared || cut->group ? piece_of(p.engine) : SIZE_MAX;
        if (turned_size(net, cut, l)) {
            p.turned = turned;
        } else if (p.engine == BG_ENGINE_AMX) {
            p.forward = arena_carve(m, amx_size(layer->out, layer->in), 1);
            p.backward = back ? arena_carve(m, amx_size(layer->in, layer->out), 1) : NULL;
        } else if (p.engine == BG_ENGINE_PACKED) {
            size_t below = back ? net->layer[l - 1].columns : 0;
            p.forward = arena_carve(m, layer->columns * layer->in, sizeof(real));
            p.backward = back ? arena_carve(m, below * layer->out, sizeof(real)) : NULL;
        } else if (back || p.engine == BG_ENGINE_THIN) {
            p.transposed = arena_carve(m, layer->out * below_stride(&p), sizeof(real));
        }
        if (m->base)
            list[l] = p;
    }
    return list;
}

size_t product_scratch(const bg_net *net, const plan *cut)
{
    size_t widest = 0;
    bool here = cut->slots && !cut->group && !cut->defers; /* and not with the tile */
    for (size_t l = 0; here && l < net->layers; l++) {
        size_t right = product_right_size(net, cut, l);
        widest = right > widest ? right : widest;
    }
    size_t columns = most_turned(net, cut) ? SHARED_AMX_COLUMNS : 0;
    return left_scratch(net, cut) + widest + columns * cut->tile_rows * sizeof(real);
}

/* W from row `first` on, as the engine wants it. */
static void pack_weights(const product_layer *p, size_t first, size_t rows, const real *w)
{
    const net_layer *layer = &p->net->layer[p->l];
    size_t ld = layer->stride;
    if (p->engine == BG_ENGINE_AMX) {
        amx_pack(AMX_RIGHT, false, layer->columns, rows, floats(w), ld, layer->in,
                 amx_place(p->forward, layer->in, 0, first));
        if (p->backward)
            amx_pack(AMX_RIGHT, true, rows, layer->out, floats(w), ld, layer->out,
                     amx_place(p->backward, layer->out, first, 0));
    } else {
        const multiply_rule *rule = multiply_find();
        rule->pack_rows(layer->columns, layer->in, first, rows, w, ld, p->forward);
        if (p->backward)
            rule->pack_columns(p->net->layer[p->l - 1].columns, layer->out, first, rows, w, ld,
                               p->backward);
    }
}

void product_refresh(const product_layer *p, size_t first, size_t rows)
{
    const net_layer *layer = &p->net->layer[p->l];
    const real *w = (const real *)p->net->values + layer->weight + first * layer->stride;
    if (p->forward)
        pack_weights(p, first, rows, w);
    if (p->transposed)
        copy_transposed(rows, layer->out, w, layer->stride, p->transposed + first, below_stride(p));
}

size_t product_strip(const product_layer *p, size_t all)
{
    bool whole = p->engine == BG_ENGINE_BLAS || p->block != SIZE_MAX;
    return whole ? all : least(all, p->engine == BG_ENGINE_AMX ? AMX_STRIP_ROWS : STRIP_ROWS);
}

/* A product under way: to = left right, or left' right. */
typedef struct job {
    const product_layer *p;
    size_t rows;
    const real *left;
    size_t left_ld;
    const real *delta; /* right operand of a gradient */
    void *right;       /* delta as packed for it */
    real beta, *to;
    size_t to_ld, depth; /* terms of a sum */
    size_t all;          /* columns */
    void *const *scratch;
} job;

/* Of `all` columns or rows so many are a piece of at most `most`. */
static size_t piece_size(size_t all, size_t most)
{
    return most >= all ? all : amx_even_part(all, most);
}

typedef struct part {
    size_t first, count;
} part;

static part part_of(const job *j, size_t piece)
{
    size_t block = piece_size(j->all, j->p->block);
    return (part){piece * block, least(block, j->all - piece * block)};
}

static void carry_out(const job *j, const product_workers *by, team_work *work)
{
    size_t block = piece_size(j->all, j->p->block);
    team_split(by->team, j->all / block + (j->all % block != 0), work, (void *)j);
}

/* The left operand of a product, turned, by whoever carries it out: on the matrix unit also packed,
 * a block of rows a piece. */
static void turn_piece(void *context, size_t piece, int thread)
{
    const job *j = context;
    size_t first = piece * AMX_SIDE, lines = least(AMX_SIDE, j->rows - first);
    (void)thread;
    if (j->p->engine == BG_ENGINE_AMX)
        amx_pack(AMX_RIGHT, true, lines, j->depth, floats(j->left) + first * j->left_ld, j->left_ld,
                 j->depth, amx_place(j->p->turned, j->depth, first, 0));
    else
        copy_transposed(lines, j->depth, j->left + first * j->left_ld, j->left_ld,
                        (real *)j->p->turned + first, j->rows);
}

/* Columns of a product as rows of its transpose, z' = W' below' + b 1' or below' = W delta': W is
 * the left operand, as it lies. */
static void multiply_turned(const job *j, part c, bool forward, void *scratch)
{
    const product_layer *p = j->p;
    const net_layer *layer = &p->net->layer[p->l];
    const real *w = (const real *)p->net->values + layer->weight,
               *bias = w + layer->in * layer->stride;
    real *block = (real *)((char *)scratch + p->left);
    w += forward ? c.first : c.first * layer->stride;
    for (size_t i = 0; forward && i < c.count * j->rows; i++)
        block[i] = bias[c.first + i / j->rows];
    if (p->engine == BG_ENGINE_AMX)
        amx_multiply(forward, c.count, j->rows, j->depth, floats(w), layer->stride, p->turned,
                     forward ? floats(block) : NULL, j->rows, (float *)block, j->rows, scratch);
    else
        multiply_find()->nn(c.count, j->rows, j->depth, w, layer->stride, p->turned, j->rows, NULL,
                            block, j->rows);
    copy_transposed(c.count, j->rows, block, j->rows, j->to + c.first, j->to_ld);
}

/* Our other kernels want W as it lies there on the right. */
static bool turns_forward(const product_layer *p)
{
    return p->turned && p->engine == BG_ENGINE_AMX;
}

static void forward_part(void *context, size_t piece, int thread)
{
    const job *j = context;
    const product_layer *p = j->p;
    const net_layer *layer = &p->net->layer[p->l];
    part c = part_of(j, piece);
    const real *w = (const real *)p->net->values + layer->weight;
    const real *bias = (const real *)p->net->values + layer->bias + c.first;
    size_t stride = layer->stride;
    real *z = j->to + c.first;
    if (turns_forward(p))
        multiply_turned(j, c, true, j->scratch[thread]);
    else if (p->engine ==
             BG_ENGINE_THIN) /* what lies below is padded with zeros, the inputs are not */
        thin_find()->forward(j->rows, p->l ? j->left_ld : layer->in, layer->out, j->left,
                             j->left_ld, p->transposed, below_stride(p), bias, z, stride);
    else if (p->engine == BG_ENGINE_AMX)
        amx_multiply(false, j->rows, c.count, layer->in, floats(j->left), j->left_ld,
                     amx_place(p->forward, layer->in, c.first, 0), floats(bias), 0, (float *)z,
                     stride, j->scratch[thread]);
    else if (p->engine == BG_ENGINE_PACKED)
        multiply_find()->nn(j->rows, c.count, layer->in, j->left, j->left_ld,
                            (const real *)p->forward + c.first * layer->in, 0, bias, z, stride);
    else
        (p->engine == BG_ENGINE_DIRECT ? multiply_find()->nn : gemm_nn)(
            j->rows, c.count, layer->in, j->left, j->left_ld, w + c.first, stride, bias, z, stride);
}

void product_forward(const product_layer *p, const product_workers *by, size_t rows,
                     const real *below, size_t below_ld, real *z)
{
    const net_layer *layer = &p->net->layer[p->l];
    job j = {.p = p,
             .rows = rows,
             .left = below,
             .left_ld = below_ld,
             .to = z,
             .to_ld = layer->stride,
             .depth = layer->in,
             .all = layer->columns,
             .scratch = by->scratch};
    if (turns_forward(p))
        team_split(by->team, divide_up(rows, AMX_SIDE), turn_piece, &j);
    carry_out(&j, by, forward_part);
}

static void backward_part(void *context, size_t piece, int thread)
{
    const job *j = context;
    const product_layer *p = j->p;
    const net_layer *layer = &p->net->layer[p->l];
    part c = part_of(j, piece);
    size_t stride = below_stride(p);
    real *below = j->to + c.first;
    if (p->turned)
        multiply_turned(j, c, false, j->scratch[thread]);
    else if (p->engine == BG_ENGINE_THIN)
        thin_find()->backward(j->rows, stride, layer->out, j->left, j->left_ld, p->transposed,
                              stride, below, stride);
    else if (p->engine == BG_ENGINE_AMX)
        amx_multiply(false, j->rows, c.count, layer->out, floats(j->left), j->left_ld,
                     amx_place(p->backward, layer->out, c.first, 0), NULL, 0, (float *)below,
                     stride, j->scratch[thread]);
    else if (p->engine == BG_ENGINE_PACKED)
        multiply_find()->nn(j->rows, c.count, layer->out, j->left, j->left_ld,
                            (const real *)p->backward + c.first * layer->out, 0, NULL, below,
                            stride);
    else
        (p->engine == BG_ENGINE_DIRECT ? multiply_find()->nn : gemm_nn)(
            j->rows, c.count, layer->out, j->left, j->left_ld, p->transposed + c.first, stride,
            NULL, below, stride);
}

void product_backward(const product_layer *p, const product_workers *by, size_t rows,
                      const real *delta, real *below)
{
    const net_layer *layer = &p->net->layer[p->l];
    job j = {.p = p,
             .rows = rows,
             .left = delta,
             .left_ld = layer->stride,
             .to = below,
             .to_ld = below_stride(p),
             .depth = layer->out,
             .all = p->turned ? layer->in : p->net->layer[p->l - 1].columns,
             .scratch = by->scratch};
    if (p->turned)
        team_split(by->team, divide_up(rows, AMX_SIDE), turn_piece, &j);
    carry_out(&j, by, backward_part);
}

size_t product_pieces(const product_layer *p)
{
    size_t in = p->net->layer[p->l].in, strip = piece_size(in, p->strip);
    return in / strip + (in % strip != 0);
}

size_t product_right_size(const bg_net *net, const plan *cut, size_t l)
{
    bool packs = plan_layer_engine(net, cut, l) == BG_ENGINE_AMX;
    return packs ? amx_size(net->layer[l].columns, cut->tile_rows) : 0;
}

static void pack_part(void *context, size_t piece, int thread)
{
    const job *j = context;
    part c = part_of(j, piece);
    size_t stride = j->p->net->layer[j->p->l].stride;
    (void)thread;
    amx_pack(AMX_RIGHT, false, c.count, j->rows, floats(j->delta) + c.first, stride, j->rows,
             amx_place(j->right, j->rows, c.first, 0));
}

void product_pack_right(const product_layer *p, const product_workers *by, size_t rows,
                        const real *delta, void *right)
{
    job j = {
        .p = p, .rows = rows, .delta = delta, .right = right, .all = p->net->layer[p->l].columns};
    if (p->engine == BG_ENGINE_AMX)
        carry_out(&j, by, pack_part);
}

void product_gradient_rows(const product_layer *p, size_t first, size_t count, void *scratch,
                           size_t rows, const real *below, size_t below_ld, const real *delta,
                           const void *right, real beta, real *gradient)
{
    const net_layer *layer = &p->net->layer[p->l];
    size_t stride = layer->stride;
    below += first;
    if (p->engine == BG_ENGINE_THIN)
        thin_find()->gradient(rows, count, layer->out, below, below_ld, delta, stride, beta,
                              gradient, stride);
    else if (p->engine == BG_ENGINE_AMX)
        amx_multiply(true, count, layer->columns, rows, floats(below), below_ld, right,
                     beta != 0 ? floats(gradient) : NULL, stride, (float *)gradient, stride,
                     scratch);
    else if (p->engine == BG_ENGINE_BLAS)
        gemm_tn(count, layer->columns, rows, below, below_ld, delta, stride, beta, gradient,
                stride);
    else
        multiply_find()->tn(count, layer->columns, rows, below, below_ld, delta, stride, beta,
                            gradient, stride, p->engine == BG_ENGINE_PACKED ? scratch : NULL);
}

void product_gradient_piece(const product_layer *p, size_t piece, void *scratch, size_t rows,
                            const real *below, size_t below_ld, const real *delta,
                            const void *right, real beta, real *gradient)
{
    const net_layer *layer = &p->net->layer[p->l];
    size_t strip = piece_size(layer->in, p->strip), first = piece * strip;
    product_gradient_rows(p, first, least(strip, layer->in - first), scratch, rows, below, below_ld,
                          delta, right, beta, gradient + first * layer->stride);
}

static void gradient_part(void *context, size_t piece, int thread)
{
    const job *j = context;
    product_gradient_piece(j->p, piece, j->scratch[thread], j->rows, j->left, j->left_ld, j->delta,
                           j->right, j->beta, j->to);
}

void product_gradient(const product_layer *p, const product_workers *by, size_t rows,
                      const real *below, size_t below_ld, const real *delta, real beta,
                      real *gradient)
{
    job j = {.p = p,
             .rows = rows,
             .left = below,
             .left_ld = below_ld,
             .delta = delta,
             .right = (char *)by->scratch[0] + p->left,
             .beta = beta,
             .to = gradient,
             .scratch = by->scratch};
    product_pack_right(p, by, rows, delta, j.right);
    team_split(by->team, product_pieces(p), gradient_part, &j);
}
