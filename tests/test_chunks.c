/* Every parameter stands in exactly one chunk. */
#include <math.h>
#include <stdlib.h>

#include "net/chunks.h"
#include "suite.h"

static void check_cover(const size_t *widths, size_t layers)
{
    bg_activation activations[4] = {BG_TANH, BG_TANH, BG_TANH, BG_IDENTITY};
    bg_net_spec spec = {BG_F32, layers, widths, activations + 4 - layers};
    bg_net *net;
    ck_assert_int_eq((int)bg_net_create(&spec, &net, NULL), (int)BG_OK);
    size_t count = chunks_list(net, false, NULL);
    chunk *list = calloc(count, sizeof *list);
    unsigned char *seen = calloc(net->size, 1);
    ck_assert_uint_eq(chunks_list(net, false, list), count);
    for (size_t c = 0; c < count; c++)
        for (size_t i = 0; i < list[c].size; i++) {
            ck_assert_uint_lt(list[c].start + i, net->size);
            seen[list[c].start + i]++;
        }
    for (size_t l = 0; l < layers; l++) {
        const net_layer *layer = &net->layer[l];
        for (size_t i = 0; i < layer->in * layer->ldw; i++)
            ck_assert_int_eq(seen[layer->weight + i], 1);
        for (size_t j = 0; j < layer->stride; j++)
            ck_assert_int_eq(seen[layer->bias + j], 1);
    }
    free(list);
    free(seen);
    bg_net_free(net);
}

START_TEST(chunks_cover_all_parameters_once)
{
    check_cover((size_t[]){2, 3, 1}, 2);
    check_cover((size_t[]){784, 512, 256, 10}, 3);
    check_cover((size_t[]){1, 9000}, 1);
    check_cover((size_t[]){33, 17, 70, 5, 1}, 4);
}
END_TEST

/* Of layers of any size, however many threads there are. */
START_TEST(equal_parts_of_the_list_are_the_same_parts_of_every_layer)
{
    const size_t widths[] = {784, 512, 3000, 4};
    bg_activation activations[] = {BG_TANH, BG_TANH, BG_IDENTITY};
    bg_net *net;
    bg_net_spec spec = {BG_F32, 3, widths, activations};
    ck_assert_int_eq((int)bg_net_create(&spec, &net, NULL), (int)BG_OK);
    size_t count = chunks_list(net, false, NULL);
    chunk *list = calloc(count, sizeof *list);
    chunks_list(net, false, list);
    for (size_t c = 0; c < count; c++)
        if (list[c].rows) {
            double place = (double)c / (double)count;
            double first = (double)list[c].first / (double)net->layer[list[c].layer].in;
            ck_assert_double_le(fabs(first - place), 2.0 / 16); /* two chunks of the fewest */
        } else {
            ck_assert_uint_lt(c, 3);
        }
    free(list);
    bg_net_free(net);
}
END_TEST

START_TEST(a_whole_network_is_one_chunk)
{
    bg_net_spec spec = {BG_F64, 2, (size_t[]){2, 3, 1}, (bg_activation[]){BG_TANH, BG_TANH}};
    bg_net *net;
    ck_assert_int_eq((int)bg_net_create(&spec, &net, NULL), (int)BG_OK);
    chunk one;
    ck_assert_uint_eq(chunks_list(net, true, &one), 1);
    ck_assert_uint_eq(one.start, 0);
    ck_assert_uint_eq(one.size, net->size);
    bg_net_free(net);
}
END_TEST

RUN_CASE("chunks", 60, chunks_cover_all_parameters_once,
         equal_parts_of_the_list_are_the_same_parts_of_every_layer, a_whole_network_is_one_chunk)
