#include "sheet/derivative.h"

#include "base/least.h"
#include "base/rng.h"
#include "base/status.h"

/* Differences may take about this long on one processor, of nanoseconds as below. */
#define MOVED_BUDGET 3e9
#define PRODUCT_COST 16.0 /* of quad precision */
#define FUNCTION_COST 1200.0

static size_t in_layer(const reference_layer *layer)
{
    return (layer->in + 1) * layer->out;
}

/* Four losses a row, for a derivative of layer l (from 0). */
static double moved_cost(const reference *r, size_t l, size_t rows)
{
    double cost = FUNCTION_COST;
    for (size_t k = l + 1; k < r->layers; k++) {
        double from = k == l + 1 ? 1 : (double)r->layer[k].in;
        cost += (double)r->layer[k].out * (from * PRODUCT_COST + FUNCTION_COST);
    }
    return 4 * (double)rows * (cost + (double)r->outputs * FUNCTION_COST);
}

/* How many of each layer, so that they are `total` (or all there are), as even as sizes allow. */
static void share_out(const reference *r, const size_t *room, size_t total, size_t *quota)
{
    for (size_t l = 0; l < r->layers; l++)
        quota[l] = 0;
    for (size_t given = 1; total && given;) {
        size_t open = 0;
        for (size_t l = 0; l < r->layers; l++)
            open += quota[l] < room[l];
        size_t each = open ? total / open + (total % open != 0) : 0;
        given = 0;
        for (size_t l = 0; l < r->layers && total; l++) {
            size_t more = least(least(each, room[l] - quota[l]), total);
            quota[l] += more;
            total -= more;
            given += more;
        }
    }
}

/* Does item `i` of `n` come along when `wanted` of the n - i that are left are still to be drawn?
 * (D. E. Knuth, The Art of Computer Programming, volume 2, 3.4.2, algorithm S) */
static bool draw(rng *random, size_t i, size_t n, size_t *wanted)
{
    bool drawn = *wanted && (*wanted >= n - i || rng_below(random, n - i) < *wanted);
    *wanted -= drawn;
    return drawn;
}

static void list_layer(const reference *r, size_t l, size_t start, size_t wanted, rng *random,
                       derivative_list *list)
{
    const reference_layer *layer = &r->layer[l];
    size_t seen = 0, all = in_layer(layer);
    for (size_t j = 0; j < layer->out; j++) {
        size_t first = list->items;
        for (size_t i = 0; i <= layer->in; i++) {
            bool bias = i == layer->in;
            if (!draw(random, seen++, all, &wanted))
                continue;
            size_t place = bias ? layer->in * layer->out + j : j * layer->in + i;
            list->item[list->items++] =
                (derivative){.layer = l, .out = j, .in = i, .index = start + place};
        }
        if (list->items > first)
            list->group[list->groups++] = (derivative_group){first, list->items - first};
    }
}

static void mark_moved(const reference *r, size_t rows, size_t most, rng *random,
                       const size_t *quota, size_t *scratch, derivative_list *list)
{
    if (most)
        share_out(r, quota, most, scratch);
    for (size_t l = 0; l < r->layers && !most; l++) {
        double paid = MOVED_BUDGET / (double)r->layers / moved_cost(r, l, rows);
        scratch[l] = paid < 1                  ? least(1, quota[l])
                     : paid < (double)quota[l] ? (size_t)paid
                                               : quota[l];
    }
    derivative *item = list->item;
    for (size_t l = 0; l < r->layers; l++)
        for (size_t i = 0; i < quota[l]; i++, item++)
            item->moved = draw(random, i, quota[l], &scratch[l]);
}

bg_status derivative_choose(const reference *r, size_t rows, size_t sample, size_t moved,
                            uint64_t seed, derivative_list *list, bg_error *error)
{
    size_t all = 0, units = 0;
    *list = (derivative_list){0};
    size_t *quota = memory_zeroed(3 * r->layers, sizeof *quota);
    if (!quota)
        return fail_memory(error, "the layers");
    size_t *room = quota + r->layers, *scratch = room + r->layers;
    for (size_t l = 0; l < r->layers; l++) {
        room[l] = in_layer(&r->layer[l]);
        all += room[l];
        units += r->layer[l].out;
    }
    size_t wanted = sample && sample < all ? sample : all;
    list->item = memory_zeroed(wanted, sizeof *list->item);
    list->group = memory_zeroed(least(units, wanted), sizeof *list->group);
    if (!list->item || !list->group) {
        memory_release(quota);
        derivative_release(list);
        return fail_memory(error, "the derivatives to look at");
    }
    share_out(r, room, wanted, quota);
    rng random = rng_seeded(seed, 0);
    size_t start = 0;
    for (size_t l = 0; l < r->layers; l++) {
        list_layer(r, l, start, quota[l], &random, list);
        start += room[l];
    }
    mark_moved(r, rows, moved, &random, quota, scratch, list);
    memory_release(quota);
    return BG_OK;
}

void derivative_release(derivative_list *list)
{
    memory_release(list->item);
    memory_release(list->group);
    *list = (derivative_list){0};
}
