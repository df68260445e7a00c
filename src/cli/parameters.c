#include "parameters.h"

#include <stdlib.h>

#include "talk.h"

void parameters_get(const bg_net *net, double *values)
{
    for (size_t l = 1; l <= bg_net_layers(net); l++) {
        size_t weights = bg_net_width(net, l - 1) * bg_net_width(net, l);
        bg_net_get(net, l, values, values + weights);
        values += weights + bg_net_width(net, l);
    }
}

void parameters_set(bg_net *net, const double *values)
{
    for (size_t l = 1; l <= bg_net_layers(net); l++) {
        size_t weights = bg_net_width(net, l - 1) * bg_net_width(net, l);
        bg_net_set(net, l, values, values + weights);
        values += weights + bg_net_width(net, l);
    }
}

void parameters_add_name(text *out, const bg_net *net, size_t layer, size_t i)
{
    size_t in = bg_net_width(net, layer - 1), weights = in * bg_net_width(net, layer);
    if (i < weights)
        text_format(out, "W[%zu][%zu][%zu]", layer, i / in, i % in);
    else
        text_format(out, "b[%zu][%zu]", layer, i - weights);
}

int parameters_copy(const bg_net *from, bg_net *to)
{
    for (size_t l = 1; l <= bg_net_layers(to); l++) {
        size_t weights = bg_net_width(to, l - 1) * bg_net_width(to, l);
        double *values = calloc(weights + bg_net_width(to, l), sizeof *values);
        if (!values)
            return complain_memory("the parameters");
        bg_net_get(from, l, values, values + weights);
        bg_net_set(to, l, values, values + weights);
        free(values);
    }
    return EXIT_DONE;
}
