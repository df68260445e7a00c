#include "net/pass_load.h"

#include <string.h>

#include "base/real.h"
#include "kernel/copy.h"

/* A full tile of consecutive rows is used where it lies, if that is as far apart as they should be;
 * others are gathered and padded with zeros. */
static bool lies_ready(const pass_rows *rows, size_t width, size_t count, size_t tile_rows,
                       size_t ld)
{
    return !rows->index && count == tile_rows && ld == width;
}

static const real *load_rows(const real *from, size_t width, const pass_rows *rows, size_t first,
                             size_t count, size_t tile_rows, real *scratch, size_t ld)
{
    if (lies_ready(rows, width, count, tile_rows, ld))
        return from + first * width;
    copy_rows(count, width, rows->index ? from : from + first * width,
              rows->index ? rows->index + first : NULL, scratch, ld);
    memset(scratch + count * ld, 0, (tile_rows - count) * ld * sizeof *scratch);
    return scratch;
}

static void load_narrow(const pass *p, pass_tile *tile, const pass_rows *rows, size_t first)
{
    const bg_net *net = p->net;
    const real *x = rows->x, *t = rows->t;
    if (!rows->index) {
        x += first * net->layer[0].in;
        t = t ? t + first * net->layer[net->layers - 1].out : NULL;
    }
    const uint32_t *index = rows->index ? rows->index + first : NULL;
    p->rule->load(&p->narrow, x, t, index, tile->rows, tile->scratch);
    if (rows->w)
        p->rule->load_weights(&p->narrow, index ? rows->w : rows->w + first, index, tile->rows,
                              tile->scratch);
    tile->loaded = rows->index ? NULL : x;
}

static void load_tile(const pass *p, pass_tile *tile, const pass_rows *rows, size_t first)
{
    const bg_net *net = p->net;
    size_t inputs = net->layer[0].in, outputs = net->layer[net->layers - 1].out;
    size_t tile_rows = p->plan.tile_rows, ld = p->x_ld;
    bool apart = p->product[0].terms || p->rest == 0;
    bool later =
        apart && tile->workers.team && !lies_ready(rows, inputs, tile->rows, tile_rows, ld);
    tile->missing = later ? rows->x : NULL;
    tile->input = later
                      ? tile->x
                      : load_rows(rows->x, inputs, rows, first, tile->rows, tile_rows, tile->x, ld);
    if (rows->t)
        tile->target =
            load_rows(rows->t, outputs, rows, first, tile->rows, tile_rows, tile->t, outputs);
    tile->drop = rows->drop;
    tile->drop_key = rows->drop_key;
    tile->index = rows->index ? rows->index + first : NULL;
    tile->first = first;
    if (rows->w)
        tile->weight = load_rows(rows->w, 1, rows, first, tile->rows, tile_rows, tile->w, 1);
}

void pass_load_inputs(const pass *p, const pass_tile *tile, size_t first, size_t rows, size_t from,
                      size_t count)
{
    size_t in = p->net->layer[0].in, ld = p->x_ld;
    for (size_t i = first; i < first + rows; i++) {
        real *to = tile->x + i * ld + from;
        size_t row = tile->index && i < tile->rows ? tile->index[i] : tile->first + i;
        if (i < tile->rows)
            memcpy(to, tile->missing + row * in + from, count * sizeof *to);
        else
            memset(to, 0, count * sizeof *to);
    }
}

void pass_load(const pass *p, pass_tile *tile, const pass_rows *rows, size_t first)
{
    tile->weight = rows->w;
    if (p->narrow.layers)
        load_narrow(p, tile, rows, first);
    else
        load_tile(p, tile, rows, first);
}
