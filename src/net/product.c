#include "net/product.h"

#include "base/least.h"
#include "base/real.h"
#include "kernel/amx.h"
#include "kernel/gemm.h"
#include "kernel/multiply.h"
#include "kernel/reduce.h"
#include "kernel/thin.h"
#include "net/chunks.h"
#include "net/plan_layer.h"

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

static size_t below_stride(const product_layer *p)
{
    return p->net->layer[p->l - 1].stride;
}

product_layer *product_carve(arena *m, const bg_net *net, const plan *cut)
{
    product_layer *list = arena_carve(m, net->layers, sizeof *list);
    for (size_t l = 0; l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        bool back = l > 0 && cut->slots > 0;
        product_layer p = {.net = net, .l = l, .engine = plan_layer_engine(net, cut, l)};
        if (p.engine == BG_ENGINE_AMX) {
            p.forward = arena_carve(m, amx_size(layer->out, layer->in), 1);
            p.backward = back ? arena_carve(m, amx_size(layer->in, layer->out), 1) : NULL;
        } else if (back) {
            p.transposed = arena_carve(m, layer->out * below_stride(&p), sizeof(real));
        }
        if (m->base)
            list[l] = p;
    }
    return list;
}

/* A strip of a left operand, and after it the right one of the widest gradient. */
size_t product_scratch(const bg_net *net, const plan *cut)
{
    size_t widest = 0;
    bool any = false;
    for (size_t l = 0; l < net->layers; l++)
        if (plan_layer_engine(net, cut, l) == BG_ENGINE_AMX) {
            any = true;
            if (net->layer[l].columns > widest)
                widest = net->layer[l].columns;
        }
    return any ? amx_scratch() + (cut->slots ? amx_size(widest, cut->tile_rows) : 0) : 0;
}

void product_refresh(const product_layer *p, size_t first, size_t rows)
{
    const net_layer *layer = &p->net->layer[p->l];
    const real *w = (const real *)p->net->values + layer->weight + first * layer->stride;
    if (p->forward)
        amx_pack(AMX_RIGHT, false, layer->columns, rows, floats(w), layer->stride, layer->in,
                 amx_place(p->forward, layer->in, 0, first));
    if (p->backward)
        amx_pack(AMX_RIGHT, true, rows, layer->out, floats(w), layer->stride, layer->out,
                 amx_place(p->backward, layer->out, first, 0));
    if (p->transposed)
        copy_transposed(rows, layer->out, w, layer->stride, p->transposed + first, below_stride(p));
}

size_t product_strip(const product_layer *p, size_t all)
{
    return p->engine == BG_ENGINE_BLAS  ? all
           : p->engine == BG_ENGINE_AMX ? least(all, AMX_STRIP_ROWS)
                                        : least(all, STRIP_ROWS);
}

void product_forward(const product_layer *p, size_t rows, const real *below, size_t below_ld,
                     real *z, void *scratch)
{
    const net_layer *layer = &p->net->layer[p->l];
    const real *w = (const real *)p->net->values + layer->weight;
    const real *bias = (const real *)p->net->values + layer->bias;
    size_t stride = layer->stride;
    if (p->engine == BG_ENGINE_THIN)
        thin_find()->forward(rows, below_ld, layer->out, below, below_ld, p->transposed, below_ld,
                             bias, z, stride);
    else if (p->engine == BG_ENGINE_AMX)
        amx_multiply(false, rows, layer->columns, layer->in, floats(below), below_ld, p->forward,
                     floats(bias), 0, (float *)z, stride, scratch);
    else
        (p->engine == BG_ENGINE_DIRECT ? multiply_find()->nn : gemm_nn)(
            rows, layer->columns, layer->in, below, below_ld, w, stride, bias, z, stride);
}

void product_backward(const product_layer *p, size_t rows, const real *delta, real *below,
                      void *scratch)
{
    const net_layer *layer = &p->net->layer[p->l], *under = layer - 1;
    size_t stride = under->stride;
    if (p->engine == BG_ENGINE_THIN)
        thin_find()->backward(rows, stride, layer->out, delta, layer->stride, p->transposed, stride,
                              below, stride);
    else if (p->engine == BG_ENGINE_AMX)
        amx_multiply(false, rows, under->columns, layer->out, floats(delta), layer->stride,
                     p->backward, NULL, 0, (float *)below, stride, scratch);
    else
        (p->engine == BG_ENGINE_DIRECT ? multiply_find()->nn : gemm_nn)(
            rows, under->columns, layer->out, delta, layer->stride, p->transposed, stride, NULL,
            below, stride);
}

void product_gradient(const product_layer *p, size_t rows, const real *below, size_t below_ld,
                      const real *delta, real beta, real *gradient, void *scratch)
{
    const net_layer *layer = &p->net->layer[p->l];
    size_t stride = layer->stride;
    if (p->engine == BG_ENGINE_THIN) {
        thin_find()->gradient(rows, below_ld, layer->in, layer->out, below, below_ld, delta, stride,
                              beta, gradient, stride);
    } else if (p->engine == BG_ENGINE_AMX) {
        char *right = (char *)scratch + amx_scratch();
        amx_pack(AMX_RIGHT, false, layer->columns, rows, floats(delta), stride, rows, right);
        amx_multiply(true, layer->in, layer->columns, rows, floats(below), below_ld, right,
                     beta != 0 ? floats(gradient) : NULL, stride, (float *)gradient, stride,
                     scratch);
    } else {
        (p->engine == BG_ENGINE_DIRECT ? multiply_find()->tn : gemm_tn)(
            layer->in, layer->columns, rows, below, below_ld, delta, stride, beta, gradient,
            stride);
    }
}
