#include "net/chunks.h"

#include "base/least.h"

/* Enough to be worth a hand-out, few enough to share out and for all that an update reads and
 * writes to stay in the first-level cache. */
#define CHUNK_REALS ((size_t)3072)

/* Whole blocks of the copies that products need. */
static size_t chunk_rows(const net_layer *layer)
{
    size_t rows = CHUNK_REALS / layer->ldw / CHUNK_ROWS * CHUNK_ROWS;
    return rows < CHUNK_ROWS ? CHUNK_ROWS : rows;
}

size_t chunks_most(const bg_net *net)
{
    size_t most = 0;
    for (size_t l = 0; l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        size_t size = least(chunk_rows(layer), layer->in) * layer->ldw;
        most = size > most ? size : most;
    }
    return most;
}

static size_t count_of(const net_layer *layer)
{
    return divide_up(layer->in, chunk_rows(layer));
}

/* Chunk c of a layer's W. */
static chunk chunk_of(const bg_net *net, size_t l, size_t c)
{
    const net_layer *layer = &net->layer[l];
    size_t first = c * chunk_rows(layer), rows = least(chunk_rows(layer), layer->in - first);
    return (chunk){l, first, rows, layer->weight + first * layer->ldw, rows * layer->ldw};
}

/* The chunk of a layer at place i of so many, if one begins there: c / count is i / places. */
static bool find_at(const net_layer *layer, size_t i, size_t places, size_t *c)
{
    size_t count = count_of(layer);
    *c = divide_up(i * count, places);
    return *c < count && *c * places / count == i;
}

size_t chunks_list(const bg_net *net, bool whole, chunk *list)
{
    size_t places = 0, all = net->layers, at = 0; /* `all` counts the biases first */
    if (whole) {
        if (list)
            list[0] = (chunk){.size = net->size};
        return 1;
    }
    for (size_t l = 0; l < net->layers; l++) {
        size_t count = count_of(&net->layer[l]);
        places = count > places ? count : places;
        all += count;
    }
    for (size_t l = 0; list && l < net->layers; l++)
        list[at++] = (chunk){l, 0, 0, net->layer[l].bias, net->layer[l].stride};
    for (size_t i = 0, c; list && i < places; i++)
        for (size_t l = 0; l < net->layers; l++)
            if (find_at(&net->layer[l], i, places, &c))
                list[at++] = chunk_of(net, l, c);
    return all;
}
