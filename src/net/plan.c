#include "net/plan.h"

#include "base/least.h"
#include "kernel/variants.h"
#include "net/chunks.h"
#include "net/engine.h"

/* Where a gradient stays in the nearest caches, so should the tile; where it does not, a tile has
 * rows enough to pay for reading and writing it: twice as many for large weights of floats, which
 * are multiplied in half the time. */
#define SMALL_WEIGHTS ((size_t)16384)
#define SMALL_TILE ((size_t)96)
#define MEDIUM_TILE ((size_t)256)
#define LARGE_WEIGHTS ((size_t)1 << 19)
#define LARGE_TILE ((size_t)512)
/* With AVX-512 and no matrix unit tiles of slots are to stay in caches of 48 kB and 1 MB, the
 * latter where a row takes WIDE_ROW bytes or more: 1 to 3 % less time (measured on an AMD EPYC). */
#define SMALL_PLAIN_TILE ((size_t)64)
#define MEDIUM_PLAIN_TILE ((size_t)128)
#define WIDE_ROW ((size_t)6 << 10)
#define PREDICTION_TILE ((size_t)96)
/* A tile costs the weights' way through the caches: as much as this part of its most rows. */
#define TILE_COSTS 12
/* Partial gradients are written and read once a step, so rows must pay for each: few where all
 * parameters stay in the first- or the second-level cache.  All together they take no more memory
 * than this. */
#define MOST_SLOTS ((size_t)32)
#define SLOT_BYTES ((size_t)160 << 20)
#define SMALL_SLOT ((size_t)32 << 10)
#define ROWS_A_SMALL_SLOT ((size_t)128)
#define MEDIUM_SLOT ((size_t)512 << 10)
#define ROWS_A_MEDIUM_SLOT ((size_t)256)
#define ROWS_A_SLOT ((size_t)512)
/* Where fewer slots than these would be held there is one gradient, summed in blocks over groups of
 * tiles: it has work for more threads.  Two of them take 7 % less time to 9 % more on a Xeon with a
 * matrix unit.  Without one they take 2 to 6 % more (measured on an AMD EPYC), so there as many
 * slots do as rows pay for, from LEAST_PLAIN_SLOTS on.
 * Groups have as many tiles as this memory holds, within limits; large tiles where it holds
 * LARGE_GROUP of them. */
#define LEAST_SLOTS_HELD ((size_t)20)
#define LEAST_PLAIN_SLOTS ((size_t)8)
#define GROUP_BYTES ((size_t)384 << 20)
#define LEAST_GROUP ((size_t)8)
#define LARGE_GROUP ((size_t)16)
#define MOST_GROUP ((size_t)32)
/* On few rows of large layers threads share the products of one slot: with one each they would all
 * read all weights and write a gradient.  Gradients from this size on; where an update divides for
 * each parameter, of this size for each layer, whose products threads wait for, unless most of the
 * update is one piece (5 to 40 % less time with two threads, measured on a Xeon).  Fewer rows than
 * one for every so many bytes, and these at most. */
#define SHARED_BYTES ((size_t)3 << 19)
#define SHARED_BYTES_A_LAYER ((size_t)128 << 10)
#define SHARED_BYTES_A_ROW ((size_t)16 << 10)
#define ROWS_SHARED ((size_t)256)
/* What threads share goes forward through rows of W too, as it goes back, has gradients and
 * updates: what a thread writes is what it reads, and W does not travel between processors.  Layers
 * of at least two times so many inputs, by our own kernels, up to so many rows; with more the parts
 * of z take longer than that saves.
 * 16 to 64 rows of 784-128-10: two thirds of the time of one thread, and 0.85 of that of two slots
 * where processors are far from each other, 0.98 where they are near (measured on an AMD EPYC).  So
 * where rows do not fill two slots any such network is shared, else from this size on. */
#define LEAST_TERMS ((size_t)128)
#define MOST_PARTS ((size_t)16) /* what reduce_tree adds in registers */
#define MOST_PART_ROWS ((size_t)64)
#define PART_BYTES_A_ROW ((size_t)6 << 10)
/* Where layers have few enough weights for every thread to read all of them, each takes bands of
 * rows through and then has the gradient and the update of its own rows of W: 0.71 to 0.84 of the
 * time of one thread for 16 to 63 rows of 13-64-64-1 to 64-256-10; on 64 rows two slots take 5 %
 * less.  One thread alone pays 2 to 5 %, with 32 rows of 64-128-128-10 10 (measured on an AMD
 * EPYC). */
#define BAND_WEIGHTS ((size_t)16384)
#define LEAST_BAND_ROWS ((size_t)16)
/* Slots and tiles are work for as many threads, so from so many rows on a batch has so many of them
 * at least, although two threads would do with fewer: they lose 2 to 5 % of their time, on a matrix
 * unit 7 to 13 with 512 rows (measured on a Xeon).  So do shared products of 256 rows, 2 to 7 %. */
static const struct {
    size_t rows, parts;
} least_parts[] = {{64, 2}, {512, 4}, {2048, 8}};
/* A deferred gradient is taken in chunks, which stay in the second-level cache up to this size.  It
 * wins up to a fifth of a step of so many rows, and where products are shared of any. */
#define DEFERRED_BYTES ((size_t)3 << 19)
#define DEFERRED_ROWS ((size_t)16)
/* Networks whose parameters, a vector each, stay in the first-level cache, and whose layers are too
 * thin for a GEMM to fill its registers. */
#define NARROW_WIDTH ((size_t)16)
#define NARROW_PARAMETERS ((size_t)512)
#define NARROW_SLOTS ((size_t)64)

/* Work that pays for waking a thread, a microsecond where processors are near each other: less of
 * it by the narrow engine, which does fewer operations in that time. */
#define FLOPS_A_THREAD 500e3
#define FLOPS_A_DIVIDED_UPDATE 40.0 /* what takes as long as one parameter's */
#define THIN_COSTS 3.0              /* for each of a thin layer, which waits for memory */
#define NARROW_FLOPS_A_THREAD 250e3
/* Up to so many times that work, steps of a hundred microseconds, whether it did pay is looked at
 * during a run; of more than that what a thread saves is more than it costs anywhere. */
#define MOST_BRIEF 60.0

static size_t largest_weight(const bg_net *net)
{
    size_t largest = 1;
    for (size_t l = 0; l < net->layers; l++) {
        size_t weights = net->layer[l].in * net->layer[l].ldw;
        largest = weights > largest ? weights : largest;
    }
    return largest;
}

/* About what a row takes in a tile that keeps it: of each layer what it is fed, and its delta,
 * three halves of floats where it is packed. */
static size_t kept_bytes(const bg_net *net)
{
    size_t halves = 0;
    for (size_t l = 0; l < net->layers; l++)
        halves += 2 * net->layer[l].in + 3 * net->layer[l].stride;
    return halves * dtype_size(net->dtype) / 2;
}

/* AVX-512, and no matrix unit beside it. */
static bool is_plain_avx512(void)
{
    return variant_bytes(variant_choose()) == 64 && !variant_has_amx();
}

static size_t most_tile_rows(const bg_net *net)
{
    size_t weights = largest_weight(net);
    return weights <= SMALL_WEIGHTS                           ? SMALL_TILE
           : net->dtype == BG_F32 && weights >= LARGE_WEIGHTS ? LARGE_TILE
                                                              : MEDIUM_TILE;
}

/* The same for tiles of a slot, which come one after the other. */
static size_t most_slot_tile_rows(const bg_net *net)
{
    size_t most = most_tile_rows(net);
    if (!is_plain_avx512())
        return most;
    return most == SMALL_TILE                                   ? SMALL_PLAIN_TILE
           : most == MEDIUM_TILE && kept_bytes(net) >= WIDE_ROW ? MEDIUM_PLAIN_TILE
                                                                : most;
}

static bool sums_in_groups(const bg_net *net, size_t rows)
{
    size_t held = SLOT_BYTES / (net->size * dtype_size(net->dtype)), paid = rows / ROWS_A_SLOT;
    bool enough = held >= LEAST_PLAIN_SLOTS && held >= paid && is_plain_avx512();
    return held < LEAST_SLOTS_HELD && !enough;
}

/* Multiplications and additions of a row, forward and back, as many as take as long. */
static double work_a_row(const bg_net *net, bool narrow)
{
    double flops = 0;
    for (size_t l = 0; l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        double costs = layer->thin && !narrow ? THIN_COSTS : 1;
        flops += 6 * costs * (double)layer->in * (double)layer->out;
    }
    return flops;
}

static plan cut(size_t tile_rows, size_t rows)
{
    plan p = {.tile_rows = tile_rows, .tiles = divide_up(rows, tile_rows)};
    return p;
}

/* Optimizers whose update of a parameter takes a division and a root. */
static bool divides(bg_optimizer optimizer)
{
    return optimizer == BG_ADAM || optimizer == BG_ADAMW || optimizer == BG_RMSPROP ||
           optimizer == BG_ADAGRAD;
}

/* A step's, in what pays for a thread. */
static double work_of(const bg_net *net, bg_optimizer optimizer, size_t rows, bool narrow)
{
    double work = work_a_row(net, narrow) * (double)rows;
    work += divides(optimizer) ? FLOPS_A_DIVIDED_UPDATE * (double)net->parameters : 0;
    return work / (narrow ? NARROW_FLOPS_A_THREAD : FLOPS_A_THREAD);
}

static plan limit_threads(plan p, const bg_net *net, bg_optimizer optimizer, size_t pieces,
                          size_t rows)
{
    double worth = work_of(net, optimizer, rows, p.vectors > 0);
    size_t paid = worth < 1 ? 1 : worth < (double)pieces ? (size_t)worth : pieces;
    p.threads = least(paid, pieces);
    p.brief = worth <= MOST_BRIEF;
    return p;
}

/* Losses that the narrow kernel knows under this output activation. */
static bool narrow_knows(bg_activation output, const bg_objective *objective)
{
    if (!objective)
        return true;
    if (output == BG_SOFTMAX || objective->loss == BG_SOFTMAX_CE)
        return output == BG_SOFTMAX && objective->loss == BG_SOFTMAX_CE;
    return objective->loss != BG_BCE || output == BG_SIGMOID;
}

static bool is_narrow(const bg_net *net, const bg_objective *objective)
{
    bool thin = net->layer[0].in <= NARROW_WIDTH && net->parameters <= NARROW_PARAMETERS;
    for (size_t l = 0; l < net->layers; l++)
        thin = thin && net->layer[l].out <= NARROW_WIDTH;
    return thin && narrow_knows(net->layer[net->layers - 1].activation, objective);
}

static plan cut_narrow(const bg_net *net, size_t rows)
{
    size_t lanes = (size_t)variant_bytes(variant_choose()) / dtype_size(net->dtype);
    size_t vectors = rows <= lanes ? 1 : NARROW_VECTORS;
    plan p = cut(vectors * lanes, rows);
    p.vectors = vectors;
    return p;
}

static size_t count_parts(size_t rows)
{
    size_t parts = 1;
    for (size_t i = 0; i < sizeof least_parts / sizeof *least_parts; i++)
        parts = rows >= least_parts[i].rows ? least_parts[i].parts : parts;
    return parts;
}

/* A power of two, so that the tree of their sum is even. */
static size_t count_slots(const bg_net *net, size_t rows)
{
    size_t bytes = net->size * dtype_size(net->dtype), slots = 1;
    size_t paid = rows / (bytes <= SMALL_SLOT    ? ROWS_A_SMALL_SLOT
                          : bytes <= MEDIUM_SLOT ? ROWS_A_MEDIUM_SLOT
                                                 : ROWS_A_SLOT);
    size_t asked = count_parts(rows);
    size_t most = least(least(paid > asked ? paid : asked, MOST_SLOTS), SLOT_BYTES / bytes);
    while (2 * slots <= most)
        slots *= 2;
    return slots;
}

plan plan_choose(const bg_net *net, const bg_objective *objective, bg_optimizer optimizer,
                 size_t rows)
{
    if (is_narrow(net, objective)) {
        plan p = cut_narrow(net, rows);
        p.slots = least(p.tiles, NARROW_SLOTS);
        return limit_threads(p, net, optimizer, p.slots, rows);
    }
    return plan_tiles(net, optimizer, rows);
}

/* Whether the update alone is worth sharing. */
static bool shares_update(const bg_net *net, bg_optimizer optimizer)
{
    size_t bytes = net->size * dtype_size(net->dtype);
    return divides(optimizer) && bytes / net->layers >= SHARED_BYTES_A_LAYER &&
           net->size / 2 >= chunks_most(net);
}

/* Whether threads share the products of one tile. */
static bool is_shared(const bg_net *net, bg_optimizer optimizer, size_t rows)
{
    size_t bytes = net->size * dtype_size(net->dtype);
    return (bytes >= SHARED_BYTES || shares_update(net, optimizer)) && rows <= ROWS_SHARED &&
           rows < bytes / SHARED_BYTES_A_ROW;
}

bool plan_band_layer(const net_layer *layer)
{
    return layer->in * layer->columns <= BAND_WEIGHTS;
}

size_t plan_parts(const plan *cut, bg_engine way, const net_layer *layer)
{
    size_t parts = 1;
    bool apart = cut->shared && cut->slots > 0 && cut->tile_rows <= MOST_PART_ROWS &&
                 way == BG_ENGINE_DIRECT && !plan_band_layer(layer);
    while (apart && 2 * parts <= MOST_PARTS && 2 * parts * LEAST_TERMS <= layer->in)
        parts *= 2;
    return parts;
}

static bg_engine engine_of(const bg_net *net, const plan *cut, size_t l)
{
    return (net->dtype == BG_F32 ? &engine_f32 : &engine_f64)->layer_engine(net, cut, l);
}

static size_t parts_of(const bg_net *net, const plan *cut, size_t l)
{
    return plan_parts(cut, engine_of(net, cut, l), &net->layer[l]);
}

static bool goes_in_bands(const bg_net *net, const plan *cut)
{
    for (size_t l = 0; l < net->layers; l++) {
        bg_engine way = engine_of(net, cut, l);
        bool by_rows = way == BG_ENGINE_DIRECT || way == BG_ENGINE_THIN;
        if (!by_rows || !plan_band_layer(&net->layer[l]))
            return false;
    }
    return true;
}

/* Pieces of the product that has most of them, or of the rows. */
static size_t shared_pieces(const bg_net *net, const plan *cut)
{
    if (cut->slots && goes_in_bands(net, cut))
        return divide_up(cut->tile_rows, plan_band(cut->tile_rows));
    size_t most = 1;
    for (size_t l = 0; l < net->layers; l++) {
        size_t columns = divide_up(net->layer[l].out, SHARED_COLUMNS);
        size_t parts = cut->slots ? parts_of(net, cut, l) : 1;
        most = columns > most ? columns : most;
        most = parts > most ? parts : most;
    }
    return most;
}

/* Rows of a tile, `most` at most, of a slot that sums `share` rows: few tiles, little padding. */
static size_t tile_of_share(size_t share, size_t most)
{
    if (share == 1)
        return 1;
    if (share < TILE_QUANTUM)
        return divide_up(share, FEW_QUANTUM) * FEW_QUANTUM;
    size_t best = most, best_cost = SIZE_MAX;
    for (size_t t = most; t >= TILE_QUANTUM; t -= TILE_QUANTUM) {
        size_t tiles = divide_up(share, t), cost = tiles * (t + most / TILE_COSTS);
        if (cost < best_cost)
            best = t, best_cost = cost;
    }
    return best;
}

void plan_group(plan *p, const bg_net *net)
{
    size_t held = GROUP_BYTES / kept_bytes(net) / p->tile_rows;
    size_t most = held < LEAST_GROUP ? LEAST_GROUP : least(held, MOST_GROUP);
    p->slots = 1;
    p->group = divide_up(p->tiles, divide_up(p->tiles, most)); /* as even as they come */
}

/* Large tiles where there are enough of them.  Where there are few an even number: two threads
 * would wait for an odd one. */
static plan cut_grouped(const bg_net *net, bg_optimizer optimizer, size_t rows)
{
    size_t tile = most_tile_rows(net);
    if (rows / LEAST_GROUP < tile || GROUP_BYTES / LARGE_GROUP / kept_bytes(net) < tile)
        tile = MEDIUM_TILE;
    size_t pairs = (rows + tile) / (2 * tile), asked = count_parts(rows); /* to the nearest */
    size_t share = divide_up(rows, 2 * pairs > asked ? 2 * pairs : asked);
    plan p = cut(divide_up(share, TILE_QUANTUM) * TILE_QUANTUM, rows);
    plan_group(&p, net);
    return limit_threads(p, net, optimizer, p.group, rows);
}

static plan cut_shared(const bg_net *net, bg_optimizer optimizer, size_t rows)
{
    plan p = cut(tile_of_share(rows, most_tile_rows(net)), rows);
    p.slots = 1;
    p.shared = true;
    return limit_threads(p, net, optimizer, shared_pieces(net, &p), rows);
}

/* Whether a step that goes forward in parts is worth sharing on account of these alone. */
static bool pays_in_parts(const bg_net *net, bg_optimizer optimizer, size_t rows)
{
    if (rows > MOST_PART_ROWS || work_of(net, optimizer, rows, false) < 2)
        return false;
    plan p = cut_shared(net, optimizer, rows);
    size_t bytes = net->size * dtype_size(net->dtype);
    return parts_of(net, &p, 0) > 1 &&
           (rows < least_parts[0].rows || rows < bytes / PART_BYTES_A_ROW);
}

/* Whether a step is shared because each thread takes rows through all layers and then has the
 * gradient and the update of parameters of its own. */
static bool pays_in_bands(const bg_net *net, bg_optimizer optimizer, size_t rows)
{
    if (rows < LEAST_BAND_ROWS || rows >= least_parts[0].rows ||
        work_of(net, optimizer, rows, false) < 2)
        return false;
    plan p = cut_shared(net, optimizer, rows);
    return goes_in_bands(net, &p);
}

plan plan_tiles(const bg_net *net, bg_optimizer optimizer, size_t rows)
{
    if (is_shared(net, optimizer, rows) || pays_in_parts(net, optimizer, rows) ||
        pays_in_bands(net, optimizer, rows))
        return cut_shared(net, optimizer, rows);
    if (sums_in_groups(net, rows))
        return cut_grouped(net, optimizer, rows);
    size_t slots = count_slots(net, rows);
    plan p = cut(tile_of_share(divide_up(rows, slots), most_slot_tile_rows(net)), rows);
    p.slots = least(p.tiles, slots);
    return limit_threads(p, net, optimizer, p.slots, rows);
}

plan plan_defer(const bg_net *net, plan cut)
{
    bool pays = cut.shared || (cut.tile_rows <= DEFERRED_ROWS && !cut.vectors);
    cut.defers = pays && !cut.group && cut.slots == 1 && cut.tiles == 1 &&
                 chunks_most(net) * dtype_size(net->dtype) <= DEFERRED_BYTES;
    return cut;
}

plan plan_prediction(const bg_net *net, const bg_objective *objective, size_t rows)
{
    plan p = is_narrow(net, objective) ? cut_narrow(net, rows) : cut(PREDICTION_TILE, rows);
    p.shared = p.tiles == 1 && is_shared(net, BG_GD, rows);
    return limit_threads(p, net, BG_GD, p.shared ? shared_pieces(net, &p) : p.tiles, rows);
}
