/* Ledgers while they grow, and where their cells stand. */
#ifndef SHEET_LEDGER_BUILD_H
#define SHEET_LEDGER_BUILD_H

#include "sheet/ledger.h"

#define MOST_CELLS ((size_t)2000000)

/* What stands at a place: unit 0, or input 0 of unit 0. */
typedef enum place_kind {
    AT_Z,
    AT_A, /* layer 0: inputs */
    AT_SLOPE,
    AT_DELTA,
    AT_PULL,
    AT_ERROR, /* layer 0; targets are at its layer 1 */
    AT_LOSS,  /* layer 0 */
    AT_W,     /* of all rows: kept with row 0 */
    AT_B,
    AT_DW,
    AT_DB,
    AT_KINDS
} place_kind;

static inline size_t *ledger_place(const ledger *g, size_t step, size_t row, place_kind kind,
                                   size_t layer)
{
    const bg_example *e = g->example;
    return &g->place[((step * e->rows + row) * AT_KINDS + kind) * (e->layers + 1) + layer];
}

/* Lists all cells; too_long: past MOST_CELLS. */
typedef struct builder {
    ledger *g;
    size_t step;
    bool short_of_memory, too_long;
    cell nowhere; /* what is set after a failure */
} builder;

void ledger_build(builder *b);

static inline bool builder_failed(const builder *b)
{
    return b->short_of_memory || b->too_long;
}

#endif
