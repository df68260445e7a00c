#include "sheet/reference.h"

#include <string.h>

#include "base/status.h"
#include "sheet/function.h"

/* A row:   a[0] | z[1] a[1] slope[1] | .. | z[L] a[L] slope[L] | targets | dE/dz[L] | loss */
static void lay_out(reference *r, const bg_net *net)
{
    size_t place = r->inputs;
    r->units = r->inputs;
    for (size_t l = 0; l < r->layers; l++) {
        reference_layer *layer = &r->layer[l];
        layer->in = bg_net_width(net, l);
        layer->out = bg_net_width(net, l + 1);
        layer->activation = bg_net_activation(net, l + 1);
        layer->unit = r->units;
        layer->z = place;
        layer->a = layer->z + layer->out;
        layer->slope = layer->a + layer->out;
        place += 3 * layer->out;
        r->units += layer->out;
        r->widest = layer->out > r->widest ? layer->out : r->widest;
    }
    r->targets = place;
    r->top = r->targets + r->outputs;
    r->loss = r->top + r->outputs;
    r->row_size = r->loss + 1;
}

static void carve(reference *r, const bg_net *net)
{
    arena *m = &r->memory;
    r->layer = arena_carve(m, r->layers, sizeof *r->layer);
    for (size_t l = 0; l < r->layers; l++) {
        size_t in = bg_net_width(net, l), out = bg_net_width(net, l + 1);
        double *weight = arena_carve(m, in * out, sizeof *weight);
        double *bias = arena_carve(m, out, sizeof *bias);
        quad *wide = arena_carve(m, in * out, sizeof *wide);
        if (m->base)
            r->layer[l] = (reference_layer){.weight = weight, .bias = bias, .wide = wide};
    }
}

bg_status reference_open(reference *r, const bg_net *net, const bg_objective *objective,
                         bg_error *error)
{
    *r = (reference){
        .layers = bg_net_layers(net), .objective = *objective, .memory = arena_measure()};
    r->inputs = bg_net_width(net, 0);
    r->outputs = bg_net_width(net, r->layers);
    carve(r, net);
    if (!arena_open(&r->memory))
        return fail_memory(error, "the parameters in quad precision");
    carve(r, net);
    lay_out(r, net);
    for (size_t l = 0; l < r->layers; l++) {
        reference_layer *layer = &r->layer[l];
        bg_net_get(net, l + 1, layer->weight, layer->bias);
        for (size_t i = 0; i < layer->in * layer->out; i++)
            layer->wide[i] = (quad)layer->weight[i];
    }
    return BG_OK;
}

void reference_close(reference *r)
{
    arena_close(&r->memory);
}

/* e^(z-max) / sum; the value is ln sum e^z */
static quad softmax(size_t n, const quad *z, quad *a)
{
    quad top = z[0], sum = 0;
    for (size_t j = 1; j < n; j++)
        top = z[j] > top ? z[j] : top;
    for (size_t j = 0; j < n; j++)
        sum += a[j] = QUAD_FUNCTION(exp)(z[j] - top);
    for (size_t j = 0; j < n; j++)
        a[j] /= sum;
    return top + QUAD_FUNCTION(log)(sum);
}

/* Of the outputs z, a against the targets; log_sum is softmax's. */
static quad row_loss(const reference *r, const quad *z, const quad *a, quad log_sum, const quad *t)
{
    bg_loss loss = r->objective.loss;
    bg_activation output = r->layer[r->layers - 1].activation;
    bool from_z = function_from_z(loss, output);
    quad sum = 0;
    for (size_t j = 0; j < r->outputs; j++) {
        if (from_z && output == BG_SOFTMAX)
            sum += t[j] * (log_sum - z[j]);
        else
            sum +=
                function_loss(loss, output, dual_constant(from_z ? z[j] : a[j]), t[j], r->outputs)
                    .v;
    }
    return sum;
}

/* Softmax carries a movement dz of z on as da[k] = a[k] (dz[k] - sum_i a[i] dz[i]); here dz is 1 in
 * one place after the other. */
static void softmax_top(const reference *r, const quad *a, const quad *t, quad *top)
{
    bool from_z = r->objective.loss == BG_SOFTMAX_CE;
    for (size_t j = 0; j < r->outputs; j++) {
        top[j] = 0;
        for (size_t k = 0; k < r->outputs; k++) {
            if (from_z) /* t (ln sum e^z - z[k]) */
                top[j] += t[k] * (a[j] - (k == j));
            else
                top[j] +=
                    function_loss(r->objective.loss, BG_SOFTMAX, (dual){a[k], 1}, t[k], r->outputs)
                        .d *
                    a[k] * ((k == j) - a[j]);
        }
    }
}

static void differentiate_loss(const reference *r, quad *row)
{
    const reference_layer *last = &r->layer[r->layers - 1];
    const quad *z = row + last->z, *a = row + last->a, *t = row + r->targets;
    quad *top = row + r->top;
    if (last->activation == BG_SOFTMAX) {
        softmax_top(r, a, t, top);
        return;
    }
    bool from_z = function_from_z(r->objective.loss, last->activation);
    for (size_t j = 0; j < r->outputs; j++) {
        dual x = from_z ? (dual){z[j], 1} : (dual){a[j], row[last->slope + j]};
        top[j] = function_loss(r->objective.loss, last->activation, x, t[j], r->outputs).d;
    }
}

void reference_forward(const reference *r, const double *x, const double *t, quad *row)
{
    for (size_t i = 0; i < r->inputs; i++)
        row[i] = (quad)x[i];
    for (size_t j = 0; j < r->outputs; j++)
        row[r->targets + j] = (quad)t[j];
    const quad *below = row;
    quad log_sum = 0;
    for (size_t l = 0; l < r->layers; l++) {
        const reference_layer *layer = &r->layer[l];
        quad *z = row + layer->z, *a = row + layer->a;
        for (size_t j = 0; j < layer->out; j++) {
            z[j] = (quad)layer->bias[j];
            for (size_t i = 0; i < layer->in; i++)
                z[j] += layer->wide[j * layer->in + i] * below[i];
            if (layer->activation == BG_SOFTMAX)
                continue;
            dual f = function_apply(layer->activation, (dual){z[j], 1});
            a[j] = f.v;
            row[layer->slope + j] = f.d;
        }
        if (layer->activation == BG_SOFTMAX)
            log_sum = softmax(layer->out, z, a);
        below = a;
    }
    const reference_layer *last = &r->layer[r->layers - 1];
    row[r->loss] = row_loss(r, row + last->z, row + last->a, log_sum, row + r->targets);
    differentiate_loss(r, row);
}

/* dz[l] = W[l] da[l-1], of which all units move or a single one. */
static void carry(const reference_layer *layer, const quad *da, size_t unit, bool single, quad *dz)
{
    for (size_t k = 0; k < layer->out; k++) {
        const quad *w = layer->wide + k * layer->in;
        dz[k] = 0;
        if (single)
            dz[k] = w[unit] * da[unit];
        else
            for (size_t i = 0; i < layer->in; i++)
                dz[k] += w[i] * da[i];
    }
}

quad reference_tangent(const reference *r, const quad *row, size_t l, size_t unit, quad *scratch)
{
    const quad *top = row + r->top;
    if (l + 1 == r->layers)
        return top[unit];
    quad *da = scratch, *dz = scratch + r->widest;
    da[unit] = row[r->layer[l].slope + unit];
    for (size_t k = l + 1; k < r->layers; k++) {
        const reference_layer *layer = &r->layer[k];
        carry(layer, da, unit, k == l + 1, dz);
        for (size_t j = 0; j < layer->out && k + 1 < r->layers; j++)
            da[j] = row[layer->slope + j] * dz[j];
    }
    quad sum = 0;
    for (size_t j = 0; j < r->outputs; j++)
        sum += top[j] * dz[j];
    return sum;
}

static int side(quad x)
{
    return (x > 0) - (x < 0);
}

/* z and a of a unit that dz moves; false: across a kink. */
static bool move_unit(const reference_layer *layer, const quad *row, size_t j, quad dz, quad *z,
                      quad *da)
{
    quad before = row[layer->z + j];
    *z = before + dz;
    if (function_has_kink(layer->activation) && side(*z) != side(before))
        return false;
    if (layer->activation != BG_SOFTMAX)
        *da = function_apply(layer->activation, dual_constant(*z)).v - row[layer->a + j];
    return true;
}

/* The loss after z of the last layer has become z; a and sides are worked out here. */
static bool moved_loss(const reference *r, const quad *row, const quad *z, const quad *da, quad *a,
                       quad *loss)
{
    const reference_layer *last = &r->layer[r->layers - 1];
    quad log_sum = 0;
    if (last->activation == BG_SOFTMAX)
        log_sum = softmax(r->outputs, z, a);
    for (size_t j = 0; j < r->outputs; j++) {
        quad before = row[last->a + j], t = row[r->targets + j];
        if (last->activation != BG_SOFTMAX)
            a[j] = before + da[j];
        if (r->objective.loss == BG_MAE && side(a[j] - t) != side(before - t))
            return false;
    }
    *loss = row_loss(r, z, a, log_sum, row + r->targets);
    return true;
}

bool reference_moved(const reference *r, const quad *row, size_t l, size_t unit, quad shift,
                     quad *scratch, quad *loss)
{
    quad *da = scratch, *dz = scratch + r->widest, *z = scratch + 2 * r->widest;
    const reference_layer *layer = &r->layer[l];
    for (size_t j = 0; j < layer->out && l + 1 == r->layers; j++) {
        z[j] = row[layer->z + j];
        da[j] = 0;
    }
    if (!move_unit(layer, row, unit, shift, &z[unit], &da[unit]))
        return false;
    for (size_t k = l + 1; k < r->layers; k++) {
        layer = &r->layer[k];
        carry(layer, da, unit, k == l + 1, dz);
        for (size_t j = 0; j < layer->out; j++)
            if (!move_unit(layer, row, j, dz[j], &z[j], &da[j]))
                return false;
    }
    return moved_loss(r, row, z, da, dz, loss);
}

quad reference_penalty(const reference *r)
{
    quad squares = 0, sizes = 0;
    for (size_t l = 0; l < r->layers; l++) {
        const reference_layer *layer = &r->layer[l];
        for (size_t i = 0; i < layer->in * layer->out; i++) {
            quad w = layer->wide[i];
            squares += w * w;
            sizes += w < 0 ? -w : w;
        }
    }
    return (quad)r->objective.l1 * sizes + (quad)r->objective.l2 / 2 * squares;
}
