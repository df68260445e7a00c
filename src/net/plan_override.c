#include "net/plan_override.h"

#include "base/least.h"
#include "base/status.h"

#define MOST_TILE_ROWS ((size_t)1 << 16)
#define MOST_SLOTS ((size_t)1024)

static bg_status check(const plan *p, size_t tile_rows, size_t slots, bg_error *error)
{
    if (slots > MOST_SLOTS)
        return fail(error, BG_E_ARGUMENT, "partial gradients are 1 to %zu, not %zu", MOST_SLOTS,
                    slots);
    if (p->vectors && tile_rows != p->tile_rows)
        return fail(error, BG_E_ARGUMENT, "the narrow engine's tiles have %zu rows here, not %zu",
                    p->tile_rows, tile_rows);
    bool own = p->vectors || tile_rows == p->tile_rows;
    if (tile_rows > MOST_TILE_ROWS || (!own && tile_rows % TILE_QUANTUM))
        return fail(error, BG_E_ARGUMENT, "rows of a tile are a multiple of %zu up to %zu, not %zu",
                    TILE_QUANTUM, MOST_TILE_ROWS, tile_rows);
    return BG_OK;
}

/* Threads that have work in a lot. */
static size_t pieces(const plan *p)
{
    return p->group ? p->group : p->slots;
}

bg_status plan_override(plan *p, const bg_net *net, size_t rows, size_t tile_rows, size_t slots,
                        bg_error *error)
{
    if (!tile_rows && !slots)
        return BG_OK;
    tile_rows = tile_rows ? tile_rows : p->tile_rows;
    slots = slots ? slots : p->slots;
    TRY(check(p, tile_rows, slots, error));
    size_t before = pieces(p);
    bool shared = p->shared && slots == 1;
    p->tile_rows = tile_rows;
    p->tiles = divide_up(rows, tile_rows);
    p->slots = least(slots, p->tiles);
    p->shared = shared;
    p->group = 0;
    if (!shared && p->slots == 1 && p->tiles > 1 && !p->vectors)
        plan_group(p, net);
    /* What the work pays for stays as it was; what the cut allowed changes with it. */
    if (!shared && (p->threads >= before || p->threads > pieces(p)))
        p->threads = pieces(p);
    return BG_OK;
}
