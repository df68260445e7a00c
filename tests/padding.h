/* What lies between and behind a network's parameters. */
#ifndef TESTS_PADDING_H
#define TESTS_PADDING_H

#include "net/net.h"
#include "suite.h"

static inline bool is_parameter(const net_layer *layer, size_t place)
{
    size_t i = place - layer->weight;
    return place < layer->bias ? i < layer->in * layer->ldw && i % layer->ldw < layer->out
                               : place - layer->bias < layer->out;
}

static inline void padding_is_0(const bg_net *net)
{
    for (size_t l = 0; l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        for (size_t i = layer->weight; i < layer->bias + layer->stride; i++)
            ck_assert_msg(is_parameter(layer, i) || dtype_load(net->dtype, net->values, i) == 0,
                          "layer %zu", l + 1);
    }
}

#endif
