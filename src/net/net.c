#include "net/net.h"

#include <string.h>

#include "base/arena.h"
#include "base/status.h"

static bg_status check_spec(const bg_net_spec *spec, bg_error *error)
{
    if (spec->dtype != BG_F32 && spec->dtype != BG_F64)
        return fail(error, BG_E_ARGUMENT, "unknown precision %d", (int)spec->dtype);
    if (spec->layers < 1 || spec->layers > BG_MAX_LAYERS)
        return fail(error, BG_E_ARGUMENT, "a network has 1 to %zu layers, not %zu", BG_MAX_LAYERS,
                    spec->layers);
    for (size_t l = 0; l <= spec->layers; l++)
        if (spec->widths[l] < 1 || spec->widths[l] > BG_MAX_WIDTH)
            return fail(error, BG_E_ARGUMENT, "layer %zu: a width is 1 to %zu units, not %zu", l,
                        BG_MAX_WIDTH, spec->widths[l]);
    for (size_t l = 1; l <= spec->layers; l++) {
        bg_activation f = spec->activations[l - 1];
        if (!bg_name(BG_KIND_ACTIVATION, (int)f))
            return fail(error, BG_E_ARGUMENT, "layer %zu: unknown activation %d", l, (int)f);
        if (f == BG_SOFTMAX && l < spec->layers)
            return fail(error, BG_E_ARGUMENT, "layer %zu: softmax belongs to the last layer only",
                        l);
    }
    return BG_OK;
}

/* Places every layer; the products stay far below overflow: 2^24 x 2^24 reals, 1000 layers. */
static void lay_out(bg_net *net, const bg_net_spec *spec)
{
    for (size_t l = 0; l < spec->layers; l++) {
        net_layer *layer = &net->layer[l];
        layer->in = spec->widths[l];
        layer->out = spec->widths[l + 1];
        layer->activation = spec->activations[l];
        layer->thin =
            layer->out <= THIN_OUT && (l > 0 || layer->in >= THIN_INPUTS_AN_OUTPUT * layer->out);
        bool single = layer->thin && layer->out == 1 && l + 1 == spec->layers;
        layer->columns = single ? 1 : padded(layer->out, net->dtype);
        layer->stride = single ? 1 : spaced(layer->columns, net->dtype);
        layer->ldw = layer->thin ? layer->out : layer->stride;
        layer->weight = net->size;
        layer->bias = layer->weight + padded(layer->in * layer->ldw, net->dtype);
        net->size = layer->bias + padded(layer->stride, net->dtype);
        net->parameters += (layer->in + 1) * layer->out;
    }
}

bg_status net_shape(const bg_net_spec *spec, bg_net **out, bg_error *error)
{
    TRY(check_spec(spec, error));
    bg_net *net = memory_zeroed(1, sizeof *net);
    if (!net)
        return fail_memory(error, "a network");
    net->dtype = spec->dtype;
    net->layers = spec->layers;
    net->layer = memory_zeroed(spec->layers, sizeof *net->layer);
    if (!net->layer) {
        bg_net_free(net);
        return fail_memory(error, "a network");
    }
    lay_out(net, spec);
    *out = net;
    return BG_OK;
}

bg_status bg_net_create(const bg_net_spec *spec, bg_net **out, bg_error *error)
{
    bg_net *net;
    TRY(net_shape(spec, &net, error));
    net->values = memory_zeroed(net->size, dtype_size(net->dtype));
    if (!net->values) {
        size_t parameters = net->parameters;
        bg_net_free(net);
        return fail(error, BG_E_MEMORY, "not enough memory for a network of %zu parameters",
                    parameters);
    }
    *out = net;
    return BG_OK;
}

void bg_net_free(bg_net *net)
{
    if (!net)
        return;
    memory_release(net->layer);
    memory_release(net->values);
    memory_release(net);
}

bg_dtype bg_net_dtype(const bg_net *net)
{
    return net->dtype;
}

size_t bg_net_layers(const bg_net *net)
{
    return net->layers;
}

size_t bg_net_width(const bg_net *net, size_t layer)
{
    return layer ? net->layer[layer - 1].out : net->layer[0].in;
}

bg_activation bg_net_activation(const bg_net *net, size_t layer)
{
    return net->layer[layer - 1].activation;
}

size_t bg_net_parameters(const bg_net *net)
{
    return net->parameters;
}

static void export_layer(const bg_net *net, const net_layer *layer, const void *flat,
                         double *weight, double *bias)
{
    for (size_t j = 0; weight && j < layer->out; j++)
        for (size_t i = 0; i < layer->in; i++)
            weight[j * layer->in + i] =
                dtype_load(net->dtype, flat, layer->weight + i * layer->ldw + j);
    for (size_t j = 0; bias && j < layer->out; j++)
        bias[j] = dtype_load(net->dtype, flat, layer->bias + j);
}

static void import_layer(const bg_net *net, const net_layer *layer, void *flat,
                         const double *weight, const double *bias)
{
    for (size_t j = 0; weight && j < layer->out; j++)
        for (size_t i = 0; i < layer->in; i++)
            dtype_store(net->dtype, flat, layer->weight + i * layer->ldw + j,
                        weight[j * layer->in + i]);
    for (size_t j = 0; bias && j < layer->out; j++)
        dtype_store(net->dtype, flat, layer->bias + j, bias[j]);
}

void bg_net_get(const bg_net *net, size_t layer, double *weight, double *bias)
{
    export_layer(net, &net->layer[layer - 1], net->values, weight, bias);
}

void bg_net_set(bg_net *net, size_t layer, const double *weight, const double *bias)
{
    import_layer(net, &net->layer[layer - 1], net->values, weight, bias);
    net->version++;
}

void net_export(const bg_net *net, const void *flat, double *values)
{
    for (const net_layer *layer = net->layer; layer < net->layer + net->layers; layer++) {
        export_layer(net, layer, flat, values, values + layer->in * layer->out);
        values += (layer->in + 1) * layer->out;
    }
}

void net_import(const bg_net *net, void *flat, const double *values)
{
    for (const net_layer *layer = net->layer; layer < net->layer + net->layers; layer++) {
        import_layer(net, layer, flat, values, values + layer->in * layer->out);
        values += (layer->in + 1) * layer->out;
    }
}

void net_set_all(bg_net *net, const double *values)
{
    net_import(net, net->values, values);
    net->version++;
}

/* Exponents of all ones, by integers: that is asked at the end of every run, of all parameters. */
static bool is_finite_f32(const float *x, size_t n)
{
    uint32_t bits, found = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(&bits, x + i, sizeof bits);
        found |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    return !found;
}

static bool is_finite_f64(const double *x, size_t n)
{
    uint64_t bits, found = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(&bits, x + i, sizeof bits);
        found |= (bits & 0x7ff0000000000000u) == 0x7ff0000000000000u;
    }
    return !found;
}

size_t net_first_nonfinite(const bg_net *net, const void *flat)
{
    for (size_t l = 1; l <= net->layers; l++) {
        const net_layer *layer = &net->layer[l - 1];
        size_t at = layer->weight, n = layer->bias + layer->stride - at;
        bool finite = net->dtype == BG_F32 ? is_finite_f32((const float *)flat + at, n)
                                           : is_finite_f64((const double *)flat + at, n);
        if (!finite)
            return l;
    }
    return 0;
}
