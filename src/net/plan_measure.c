/* Cuts near the plan's, timed on random rows. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/least.h"
#include "base/rng.h"
#include "base/status.h"
#include "net/dataset.h"
#include "net/dropout.h"
#include "net/engine.h"
#include "net/plan_override.h"

#define RUN_SECONDS 0.01
#define BATCHES ((size_t)16) /* in the random rows, where steps are smaller than the data */
#define LEAST_ROUNDS 3
#define MOST_ROUNDS 15
/* A cut is taken when the median of the paired ratios is at most this, and most pairs agree. */
#define CLEARLY_FASTER 0.97
#define SHARE_OF_PAIRS 0.75

typedef struct contest {
    bg_net *net;   /* owned */
    bg_data *data; /* owned */
    bg_train_options options;
    double steps;  /* of an epoch */
    double budget; /* seconds of a race */
    double end;    /* no new race after this */
} contest;

typedef struct outcome {
    double ratio;             /* median of challenger over estimate */
    double share;             /* of the rounds that the challenger won */
    double seconds, estimate; /* medians, of a step */
} outcome;

static void fill(const bg_data *data)
{
    rng r = rng_seeded(1, 0);
    for (size_t i = 0; i < data->rows * data->inputs; i++)
        dtype_store(data->dtype, data->x, i, 2 * rng_uniform(&r) - 1);
    for (size_t i = 0; i < data->rows; i++)
        dtype_store(data->dtype, data->t, i * data->targets + (size_t)rng_below(&r, data->targets),
                    1);
}

static bg_status open_contest(contest *c, const bg_net_spec *spec, const bg_train_options *options,
                              size_t rows, double seconds, bg_error *error)
{
    size_t batch = options->batch && options->batch < rows ? options->batch : rows;
    size_t most = batch > SIZE_MAX / BATCHES ? SIZE_MAX : batch * BATCHES;
    size_t count = batch == rows || rows < most ? rows : most;
    *c = (contest){.options = *options,
                   .steps = (double)(count / batch + (count % batch != 0)),
                   .budget = seconds / 8,
                   .end = clock_seconds(CLOCK_MONOTONIC) + seconds};
    c->options.lr = 1e-20; /* weights stay as they are, whatever is timed */
    if (c->options.optimizer >= BG_LSTSQ)
        c->options.optimizer = BG_GD; /* whose pass over the rows is the same */
    c->options.stop = NULL;
    c->options.tile_rows = c->options.slots = 0;
    TRY(bg_net_create(spec, &c->net, error));
    TRY(bg_net_init(c->net, BG_GLOROT_UNIFORM, 0, 1, error));
    TRY(dataset_create(spec->dtype, count, spec->widths[0], spec->widths[spec->layers], &c->data,
                       error));
    fill(c->data);
    return BG_OK;
}

static void close_contest(contest *c)
{
    bg_data_free(c->data);
    bg_net_free(c->net);
}

static bg_status time_run(bg_trainer *trainer, uint64_t epochs, double *seconds, bg_error *error)
{
    double start = clock_seconds(CLOCK_MONOTONIC);
    TRY(bg_trainer_run(trainer, epochs, NULL, error));
    *seconds = clock_seconds(CLOCK_MONOTONIC) - start;
    return BG_OK;
}

/* A B, B A, A B ...; every trainer has run before. */
static bg_status run_rounds(const contest *c, bg_trainer *const side[2], size_t rounds,
                            uint64_t epochs, outcome *out, bg_error *error)
{
    double seconds[2][MOST_ROUNDS], ratios[MOST_ROUNDS], won = 0;
    for (size_t i = 0; i < rounds; i++) {
        for (size_t k = 0; k < 2; k++) {
            size_t turn = (i + k) % 2;
            TRY(time_run(side[turn], epochs, &seconds[turn][i], error));
        }
        ratios[i] = seconds[1][i] / seconds[0][i];
        won += ratios[i] < 1;
    }
    double steps = c->steps * (double)epochs;
    *out = (outcome){.ratio = bg_median(rounds, ratios).median,
                     .share = won / (double)rounds,
                     .seconds = bg_median(rounds, seconds[1]).median / steps,
                     .estimate = bg_median(rounds, seconds[0]).median / steps};
    return BG_OK;
}

static bg_status race(const contest *c, bg_trainer *const side[2], double budget, outcome *out,
                      bg_error *error)
{
    double seconds;
    for (size_t k = 0; k < 2; k++)
        TRY(time_run(side[k], 1, &seconds, error));
    TRY(time_run(side[0], 1, &seconds, error));
    uint64_t epochs = 1;
    while (seconds * (double)epochs < RUN_SECONDS && epochs < (uint64_t)1 << 30)
        epochs *= 2;
    double rounds = budget / (2 * seconds * (double)epochs);
    size_t count = rounds < LEAST_ROUNDS  ? LEAST_ROUNDS
                   : rounds > MOST_ROUNDS ? MOST_ROUNDS
                                          : (size_t)rounds;
    return run_rounds(c, side, count, epochs, out, error);
}

/* The plan's own cut against a challenger. */
static bg_status challenge(const contest *c, size_t tile_rows, size_t slots, double budget,
                           outcome *out, bg_error *error)
{
    bg_trainer *side[2] = {NULL, NULL};
    bg_train_options other = c->options;
    other.tile_rows = tile_rows;
    other.slots = slots;
    bg_status status = bg_trainer_create(c->net, c->data, &c->options, &side[0], error);
    if (status == BG_OK)
        status = bg_trainer_create(c->net, c->data, &other, &side[1], error);
    if (status == BG_OK)
        status = race(c, side, budget, out, error);
    bg_trainer_free(side[0]);
    bg_trainer_free(side[1]);
    return status;
}

/* numerator / denominator of the plan's rows and slots. */
static const struct {
    size_t rows[2], slots[2];
} factors[] = {{{1, 2}, {1, 1}}, {{3, 4}, {1, 1}}, {{3, 2}, {1, 1}}, {{2, 1}, {1, 1}},
               {{1, 1}, {1, 2}}, {{1, 1}, {2, 1}}, {{1, 2}, {2, 1}}, {{2, 1}, {1, 2}}};

static size_t scale(size_t n, const size_t factor[2])
{
    size_t scaled = n * factor[0] / factor[1];
    return scaled ? scaled : 1;
}

/* Challenger i as a run would be cut; false: the engine cannot, or it is the plan's own cut. */
static bool make_challenger(const contest *c, size_t i, plan *cut)
{
    const bg_train_options *o = &c->options;
    size_t rows = o->batch && o->batch < c->data->rows ? o->batch : c->data->rows;
    const plan own = dropout_plan(c->net, o, rows);
    size_t tile_rows = scale(own.tile_rows, factors[i].rows);
    if (!own.vectors)
        tile_rows = divide_up(tile_rows, TILE_QUANTUM) * TILE_QUANTUM;
    *cut = own;
    if (plan_override(cut, c->net, rows, tile_rows, scale(own.slots, factors[i].slots), NULL) !=
        BG_OK)
        return false;
    bool padded = cut->tile_rows > own.tile_rows && own.tiles == 1;
    return !padded && (cut->tile_rows != own.tile_rows || cut->slots != own.slots);
}

static bool is_clear(const outcome *o)
{
    return o->ratio <= CLEARLY_FASTER && o->share >= SHARE_OF_PAIRS;
}

/* The best of all challengers, and what the second race says of it. */
static bg_status hold_contest(const contest *c, bg_tuning *tuning, bg_error *error)
{
    outcome best = {.ratio = 1}, now;
    plan cut, champion = {0};
    for (size_t i = 0;
         i < sizeof factors / sizeof *factors && clock_seconds(CLOCK_MONOTONIC) < c->end; i++) {
        if (!make_challenger(c, i, &cut))
            continue;
        TRY(challenge(c, cut.tile_rows, cut.slots, c->budget, &now, error));
        tuning->tried++;
        tuning->estimate = tuning->seconds = now.estimate;
        if (is_clear(&now) && now.ratio < best.ratio) {
            best = now;
            champion = cut;
        }
    }
    if (best.ratio == 1)
        return BG_OK;
    TRY(challenge(c, champion.tile_rows, champion.slots, 2 * c->budget, &now, error));
    tuning->estimate = tuning->seconds = now.estimate;
    if (is_clear(&now)) {
        tuning->tile_rows = champion.tile_rows;
        tuning->slots = champion.slots;
        tuning->seconds = now.seconds;
    }
    return BG_OK;
}

/* Where there is nothing to choose from: the plan's own cut, timed against itself. */
static bg_status time_estimate(const contest *c, bg_tuning *tuning, bg_error *error)
{
    outcome now;
    TRY(challenge(c, tuning->tile_rows, tuning->slots, c->budget, &now, error));
    tuning->estimate = tuning->seconds = now.estimate;
    return BG_OK;
}

bg_status bg_plan_measure(const bg_net_spec *spec, const bg_train_options *options, size_t rows,
                          double seconds, bg_tuning *tuning, bg_error *error)
{
    contest c;
    bg_plan own;
    bg_train_options plain = *options;
    plain.tile_rows = plain.slots = 0;
    if (!(seconds > 0 && seconds <= 3600))
        return fail(error, BG_E_ARGUMENT, "a measurement takes 0 to 3600 seconds, not %g", seconds);
    TRY(bg_plan_choose(spec, &plain, rows, &own, NULL, error));
    bg_tuning found = {.tile_rows = own.tile_rows, .slots = own.slots};
    bg_status status = open_contest(&c, spec, &plain, rows, seconds, error);
    if (status == BG_OK)
        status = hold_contest(&c, &found, error);
    if (status == BG_OK && found.tried == 0)
        status = time_estimate(&c, &found, error);
    close_contest(&c);
    if (status == BG_OK)
        *tuning = found;
    return status;
}
