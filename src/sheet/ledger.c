#include "sheet/ledger.h"

#include "base/arena.h"
#include "base/status.h"
#include "sheet/ledger_build.h"

static const struct {
    quantity_id id;
    place_kind kind;
} kinds[] = {
    {QUANTITY_Z, AT_Z},         {QUANTITY_A, AT_A},       {QUANTITY_FPRIME, AT_SLOPE},
    {QUANTITY_DELTA, AT_DELTA}, {QUANTITY_DEDA, AT_PULL}, {QUANTITY_ERROR, AT_ERROR},
    {QUANTITY_LOSS, AT_LOSS},   {QUANTITY_W, AT_W},       {QUANTITY_B, AT_B},
    {QUANTITY_DW, AT_DW},       {QUANTITY_DB, AT_DB},
};

size_t ledger_at(const ledger *g, quantity_id id, size_t l, size_t j, size_t i, size_t row,
                 size_t step)
{
    const bg_example *e = g->example;
    bool of_row = quantity_of_row(id) || id == QUANTITY_LOSS;
    if (step > g->updates || l > e->layers || (of_row && row >= e->rows))
        return NO_CELL;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (kinds[k].id != id)
            continue;
        size_t first = *ledger_place(g, step, of_row ? row : 0, kinds[k].kind, l);
        bool matrix = id == QUANTITY_W || id == QUANTITY_DW;
        size_t width = id == QUANTITY_LOSS ? 1 : e->widths[id == QUANTITY_ERROR ? e->layers : l];
        if (first == NO_CELL || j >= width || (matrix && i >= e->widths[l - 1]))
            return NO_CELL;
        return first + (matrix ? j * e->widths[l - 1] + i : j);
    }
    return NO_CELL;
}

size_t ledger_find(const ledger *g, const quantity *q, size_t row, size_t step)
{
    const size_t *n = q->index;
    bool of_row = quantity_of_row(q->id) || q->id == QUANTITY_LOSS;
    if (of_row != (row != NO_CELL))
        return NO_CELL;
    if (q->id == QUANTITY_ERROR || q->id == QUANTITY_LOSS)
        return ledger_at(g, q->id, 0, n[0], 0, row, step);
    return ledger_at(g, q->id, n[0], n[1], n[2], row, step);
}

bg_status ledger_open(ledger *g, const bg_example *example, size_t updates, ledger_wants wants,
                      bg_error *error)
{
    *g = (ledger){.example = example, .updates = updates, .wants = wants};
    size_t blocks = (updates + 1) * example->rows * AT_KINDS, places;
    builder b = {.g = g};
    if (updates > MOST_CELLS || example->rows > MOST_CELLS ||
        !size_product(blocks, example->layers + 1, &places) || places > 8 * MOST_CELLS)
        b.too_long = true;
    else
        g->place = memory_zeroed(places, sizeof *g->place);
    if (g->place) {
        for (size_t i = 0; i < places; i++)
            g->place[i] = NO_CELL;
        ledger_build(&b);
        g->value = builder_failed(&b) ? NULL : memory_zeroed(g->cells, sizeof *g->value);
    }
    if (g->value)
        return BG_OK;
    ledger_close(g);
    if (b.too_long)
        return fail(error, BG_E_ARGUMENT,
                    "a sheet of more than %zu numbers is nothing to read; take fewer rows or steps",
                    MOST_CELLS);
    return fail_memory(error, "the sheet");
}

void ledger_close(ledger *g)
{
    memory_release(g->cell);
    memory_release(g->term);
    memory_release(g->place);
    memory_release(g->value);
    *g = (ledger){0};
}
