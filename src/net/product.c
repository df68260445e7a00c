#include "net/product.h"

#include <stdint.h>
#include <string.h>

#include "base/least.h"
#include "base/real.h"
#include "kernel/amx.h"
#include "kernel/gemm.h"
#include "kernel/multiply.h"
#include "kernel/copy.h"
#include "kernel/reduce.h"
#include "kernel/thin.h"
#include "net/chunks.h"

_Static_assert(CHUNK_ROWS % AMX_SIDE == 0, "an update refreshes whole blocks of packed weights");

/* Rows that a product takes at a time; a library that packs its operands for each product takes
 * all, and the matrix unit more than our other kernels, since it packs as well. */
#define STRIP_ROWS ((size_t)192)
#define AMX_STRIP_ROWS ((size_t)256)

/* The matrix unit multiplies floats: reals are none other where a plan chooses it. */
static const float *floats(const real *x)
{
    return (const float *)x;
}

/* W from row `first` on, as the engine wants it. */
static void pack_weights(const product_layer *p, size_t first, size_t rows, const real *w)
{
    const net_layer *layer = &p->net->layer[p->l];
    size_t ld = layer->ldw;
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
    const real *w = (const real *)p->net->values + layer->weight + first * layer->ldw;
    if (p->forward)
        pack_weights(p, first, rows, w);
    if (p->transposed)
        copy_transposed(rows, layer->out, w, layer->ldw, p->transposed + first,
                        product_below_stride(p));
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

/* Beyond the last column that rows of W make of a product. */
static void clear_padding(const job *j, part c)
{
    for (size_t i = 0; c.first + c.count == j->all && i < j->rows; i++)
        memset(j->to + i * j->to_ld + j->all, 0, (j->to_ld - j->all) * sizeof *j->to);
}

/* Columns of a product as rows of its transpose, z' = W' below' + b 1' or below' = W delta': W is
 * the left operand, as it lies. */
static void multiply_turned(const job *j, part c, bool forward, void *scratch)
{
    const product_layer *p = j->p;
    const net_layer *layer = &p->net->layer[p->l];
    const real *w = (const real *)p->net->values + layer->weight,
               *bias = (const real *)p->net->values + layer->bias;
    real *block = (real *)((char *)scratch + p->left);
    w += forward ? c.first : c.first * layer->ldw;
    for (size_t i = 0; forward && i < c.count * j->rows; i++)
        block[i] = bias[c.first + i / j->rows];
    if (p->engine == BG_ENGINE_AMX)
        amx_multiply(forward, c.count, j->rows, j->depth, floats(w), layer->ldw, p->turned,
                     forward ? floats(block) : NULL, j->rows, (float *)block, j->rows, scratch);
    else
        multiply_find()->nn(c.count, j->rows, j->depth, w, layer->ldw, p->turned, j->rows, NULL,
                            block, j->rows);
    copy_transposed(c.count, j->rows, block, j->rows, j->to + c.first, j->to_ld);
    clear_padding(j, c);
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
                             j->left_ld, p->transposed, product_below_stride(p), bias, z, stride);
    else if (p->engine == BG_ENGINE_AMX)
        amx_multiply(false, j->rows, c.count, layer->in, floats(j->left), j->left_ld,
                     amx_place(p->forward, layer->in, c.first, 0), floats(bias), 0, (float *)z,
                     stride, j->scratch[thread]);
    else if (p->engine == BG_ENGINE_PACKED)
        multiply_find()->nn(j->rows, c.count, layer->in, j->left, j->left_ld,
                            (const real *)p->forward + c.first * layer->in, 0, bias, z, stride);
    else
        (p->engine == BG_ENGINE_DIRECT ? multiply_find()->nn
                                       : gemm_nn)(j->rows, c.count, layer->in, j->left, j->left_ld,
                                                  w + c.first, layer->ldw, bias, z, stride);
}

size_t product_parts(const product_layer *p)
{
    return p->terms ? divide_up(p->net->layer[p->l].in, p->terms) : 0;
}

size_t product_part_inputs(const product_layer *p, size_t piece, size_t *first)
{
    *first = piece * p->terms;
    return least(p->terms, p->net->layer[p->l].in - *first);
}

void product_part(const product_layer *p, size_t piece, size_t rows, const real *below,
                  size_t below_ld)
{
    const net_layer *layer = &p->net->layer[p->l];
    size_t first, count = product_part_inputs(p, piece, &first);
    const real *w = (const real *)p->net->values + layer->weight + first * layer->ldw;
    const real *bias = (const real *)p->net->values + layer->bias;
    multiply_find()->nn(rows, layer->columns, count, below + first, below_ld, w, layer->ldw,
                        piece ? NULL : bias, p->parts + piece * rows * layer->columns,
                        layer->columns);
}

void product_sum(const product_layer *p, size_t all, size_t first, size_t rows, real *z)
{
    const net_layer *layer = &p->net->layer[p->l];
    size_t n = layer->columns;
    real *sum = p->parts + first * n;
    reduce_tree(product_parts(p), all * n, rows * n, sum);
    for (size_t i = 0; i < rows; i++)
        memcpy(z + (first + i) * layer->stride, sum + i * n, n * sizeof *sum);
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

static void few_back(const job *j, part c)
{
    const net_layer *layer = &j->p->net->layer[j->p->l];
    const real *w = (const real *)j->p->net->values + layer->weight;
    thin_find()->few_back(j->rows, c.count, layer->columns, j->left, j->left_ld,
                          w + c.first * layer->ldw, layer->ldw, j->to + c.first, j->to_ld);
    clear_padding(j, c);
}

static void backward_part(void *context, size_t piece, int thread)
{
    const job *j = context;
    const product_layer *p = j->p;
    const net_layer *layer = &p->net->layer[p->l];
    part c = part_of(j, piece);
    size_t stride = product_below_stride(p);
    real *below = j->to + c.first;
    if (p->turned)
        multiply_turned(j, c, false, j->scratch[thread]);
    else if (p->few)
        few_back(j, c);
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
             .to_ld = product_below_stride(p),
             .depth = layer->out,
             .all = p->turned || p->few ? layer->in : p->net->layer[p->l - 1].columns,
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
    size_t stride = layer->stride, ldw = layer->ldw;
    below += first;
    if (p->engine == BG_ENGINE_THIN)
        thin_find()->gradient(rows, count, layer->out, below, below_ld, delta, stride, beta,
                              gradient, ldw);
    else if (p->engine == BG_ENGINE_AMX)
        amx_multiply(true, count, layer->columns, rows, floats(below), below_ld, right,
                     beta != 0 ? floats(gradient) : NULL, ldw, (float *)gradient, ldw, scratch);
    else if (p->engine == BG_ENGINE_BLAS)
        gemm_tn(count, layer->columns, rows, below, below_ld, delta, stride, beta, gradient, ldw);
    else
        multiply_find()->tn(count, layer->columns, rows, below, below_ld, delta, stride, beta,
                            gradient, ldw, p->engine == BG_ENGINE_PACKED ? scratch : NULL);
}

void product_gradient_piece(const product_layer *p, size_t piece, void *scratch, size_t rows,
                            const real *below, size_t below_ld, const real *delta,
                            const void *right, real beta, real *gradient)
{
    const net_layer *layer = &p->net->layer[p->l];
    size_t strip = piece_size(layer->in, p->strip), first = piece * strip;
    product_gradient_rows(p, first, least(strip, layer->in - first), scratch, rows, below, below_ld,
                          delta, right, beta, gradient + first * layer->ldw);
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
