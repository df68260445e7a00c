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

size_t chunks_list(const bg_net *net, bool whole, chunk *list)
{
    size_t count = 0;
    if (whole) {
        if (list)
            list[0] = (chunk){.size = net->size};
        return 1;
    }
    for (size_t l = 0; l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        size_t step = chunk_rows(layer);
        for (size_t first = 0; first < layer->in; first += step, count++) {
            size_t rows = layer->in - first < step ? layer->in - first : step;
            if (list)
                list[count] = (chunk){l, first, rows, layer->weight + first * layer->ldw,
                                      rows * layer->ldw};
        }
        if (list)
            list[count] = (chunk){l, 0, 0, layer->bias, layer->stride};
        count++;
    }
    return count;
}
