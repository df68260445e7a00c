/* Epochs, steps and updates in one precision: one parallel region a run, or for as long as short
 * steps go one way (net/pace.h). */
#include "net/trainer.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/real.h"
#include "base/rng.h"
#include "base/status.h"
#include "kernel/penalty.h"
#include "kernel/reduce.h"
#include "net/pass_defer.h"
#include "net/pass_drop.h"
#include "net/pass_load.h"
#include "net/plan_layer.h"
#include "net/predict.h"

/* A small network without penalty and transposed weights is updated in one go. */
static size_t list_chunks(const bg_trainer *b, chunk *list)
{
    return chunks_list(b->net, b->cut.vectors && !penalty_any(&b->options.objective), list);
}

static void carve(trainer *t, const bg_trainer *b)
{
    arena *m = &t->memory;
    for (size_t v = 0; v < t->rule->vectors; v++)
        t->state[v] = arena_carve(m, b->net->size, sizeof(real));
    t->good = arena_carve(m, b->net->size, sizeof(real));
    t->index =
        b->options.batch < b->data->rows ? arena_carve(m, b->data->rows, sizeof *t->index) : NULL;
    t->chunk = arena_carve(m, t->chunks, sizeof *t->chunk);
    t->penalty = arena_carve(m, t->chunks, sizeof *t->penalty);
    t->lengths = b->options.clip > 0 ? arena_carve(m, t->chunks, sizeof *t->lengths) : NULL;
    t->drop = b->cut.drops ? arena_carve(m, b->net->layers, sizeof *t->drop) : NULL;
}

static void trainer_close(bg_trainer *b)
{
    trainer *t = b->own;
    if (!t)
        return;
    pass_close(&t->pass);
    arena_close(&t->memory);
    memory_release(t);
    b->own = NULL;
}

static bg_status trainer_open(bg_trainer *b, bg_error *error)
{
    trainer *t = memory_zeroed(1, sizeof *t);
    if (!t)
        return fail_memory(error, "a trainer");
    b->own = t;
    t->rule = optimizer_find(b->options.optimizer);
    t->memory = arena_measure();
    t->chunks = list_chunks(b, NULL);
    carve(t, b);
    if (!arena_open(&t->memory)) {
        trainer_close(b);
        return fail_memory(error, "the optimizer's state");
    }
    carve(t, b);
    list_chunks(b, t->chunk);
    pass_drop_layers(&b->options, b->net->layers, t->drop);
    memcpy(t->good, b->net->values, b->net->size * sizeof(real));
    t->copied = b->net->version;
    bg_status status = pass_open(&t->pass, b->net, &b->options.objective,
                                 plan_defer(b->net, b->cut), b->threads, false, error);
    if (status != BG_OK)
        trainer_close(b);
    return status;
}

static trainer_size trainer_measure(const bg_trainer *b)
{
    trainer t = {.rule = optimizer_find(b->options.optimizer), .memory = arena_measure()};
    t.chunks = list_chunks(b, NULL);
    carve(&t, b);
    return (trainer_size){.vectors = t.rule->vectors,
                          .state = t.memory.used,
                          .scratch = pass_measure(b->net, &b->options.objective,
                                                  plan_defer(b->net, b->cut), b->threads)};
}

/* The epoch's own order, from (seed, epoch) alone: a resumed run draws the same. */
static void shuffle(trainer *t, const bg_trainer *b)
{
    for (size_t i = 0; i < b->data->rows; i++)
        t->index[i] = (uint32_t)i;
    rng r = rng_seeded(b->options.seed, 1 + b->progress.epochs);
    rng_shuffle(&r, b->data->rows, t->index);
}

static uint64_t step_in_epoch(const bg_trainer *b)
{
    return b->progress.steps - b->progress.epochs * b->steps_per_epoch;
}

/* Rows and rates of the next step. */
static void prepare_step(trainer *t, const bg_trainer *b)
{
    size_t first = (size_t)step_in_epoch(b) * b->options.batch;
    size_t left = b->data->rows - first;
    if (t->index && first == 0)
        shuffle(t, b);
    t->rows.index = t->index ? t->index + first : NULL;
    t->rows.rows = left < b->options.batch ? left : b->options.batch;
    if (t->drop)
        t->rows.drop_key = dropout_key(&b->options, b->progress.steps);
    rates_move(&b->options, t->rule, b->progress.steps, &t->rates);
}

static void prepare_run(trainer *t, const bg_trainer *b)
{
    trainer_follow(t, b);
    rates_start(&b->options, &t->rates);
    t->rows = pass_all(b->data);
    t->rows.drop = t->drop;
    prepare_step(t, b);
}

static void finish_epoch(trainer *t, bg_trainer *b)
{
    bg_progress *now = &b->progress;
    const bg_objective *o = &b->options.objective;
    now->loss =
        o->reduction == BG_MEAN ? now->partial_loss / (double)b->data->rows : now->partial_loss;
    now->loss += now->partial_penalty / (double)b->steps_per_epoch;
    now->partial_loss = now->partial_penalty = 0;
    now->epochs++;
    now->reached = now->loss <= b->options.stop_loss;
    t->done = now->reached || now->epochs >= t->last_epoch;
}

static double gradient_length(const trainer *t)
{
    double squares = 0;
    for (size_t c = 0; c < t->chunks; c++)
        squares += t->lengths[c];
    return sqrt(squares);
}

/* After an update, by the leader alone: count, decide, prepare. */
static void advance(trainer *t, bg_trainer *b, double loss)
{
    bg_progress *now = &b->progress;
    now->steps++;
    now->partial_loss += loss;
    if (t->lengths)
        now->norm = gradient_length(t);
    for (size_t c = 0; penalty_any(&b->options.objective) && c < t->chunks; c++)
        now->partial_penalty += t->penalty[c];
    if (step_in_epoch(b) == b->steps_per_epoch)
        finish_epoch(t, b);
    if (!t->done && b->options.stop && *b->options.stop)
        t->done = now->stopped = true;
    if (!t->done)
        prepare_step(t, b);
}

/* A run under way, what its threads share out. */
typedef struct run {
    trainer *t;
    bg_trainer *b;
    size_t slots;  /* of this step */
    bool deferred; /* the gradient is still to be taken */
    real factor;   /* of a clipped gradient */
    bool begun;    /* steps are prepared: the run only changes its way */
} run;

/* Where a chunk's gradient is, or is to be: in the thread's own room if nobody looks at it again.
 */
static real *place_of(const run *r, const chunk *k, int thread)
{
    const pass *p = &r->t->pass;
    return r->deferred && !r->t->lengths ? pass_defer_block(p, thread) : p->gradient + k->start;
}

/* One chunk of the gradient: sum of the slots, and penalty. */
static void gather_chunk(const run *r, size_t c, int thread)
{
    trainer *t = r->t;
    const bg_trainer *b = r->b;
    const bg_net *net = b->net;
    const chunk *k = &t->chunk[c];
    const real *p = (const real *)net->values + k->start;
    real *g = place_of(r, k, thread);
    const bg_objective *objective = &b->options.objective;
    if (r->deferred)
        pass_defer_gradient(&t->pass, k, thread, g);
    else
        reduce_tree(r->slots, net->size, k->size, g);
    if (step_in_epoch(b) == 0)
        memcpy(t->good + k->start, p, k->size * sizeof *p);
    if (penalty_any(objective) && k->rows) {
        t->penalty[c] = penalty_value(objective, k->size, p);
        penalty_add_slope(objective, k->size, p, g);
    }
    if (t->lengths)
        t->lengths[c] = reduce_squares(k->size, g);
}

/* What makes a gradient longer than clip as long as that.  One whose length overflows stays: the
 * run diverges and says where, instead of standing still. */
static real clip_factor(const trainer *t, double clip)
{
    double length = gradient_length(t), factor = clip / (length + 1e-6);
    return isfinite(length) && factor < 1 ? (real)factor : 1;
}

/* Update of one chunk, and the copies of what changed. */
static void move_chunk(const run *r, size_t c, int thread)
{
    trainer *t = r->t;
    const chunk *k = &t->chunk[c];
    real *p = (real *)r->b->net->values + k->start, *g = place_of(r, k, thread);
    for (size_t i = 0; r->factor != 1 && i < k->size; i++)
        g[i] *= r->factor;
    real *state[MOST_VECTORS];
    for (size_t v = 0; v < t->rule->vectors; v++)
        state[v] = t->state[v] + k->start;
    t->rule->update(&t->rates, k->size, p, g, state);
    if (t->pass.product && k->rows)
        product_refresh(&t->pass.product[k->layer], k->first, k->rows);
}

static void slot_piece(void *context, size_t s, int thread)
{
    run *r = context;
    pass_slot(&r->t->pass, &r->t->rows, s, thread);
}

/* All of a chunk's update, but that a gradient whose length is limited waits for the others. */
static void begin_piece(void *context, size_t c, int thread)
{
    const run *r = context;
    gather_chunk(r, c, thread);
    if (!r->t->lengths)
        move_chunk(r, c, thread);
}

static void move_piece(void *context, size_t c, int thread)
{
    move_chunk(context, c, thread);
}

static inline __attribute__((always_inline)) void share(run *r, size_t pieces, team_work *work)
{
    team_split(r->t->pass.team, pieces, work, r);
}

/* From the gradients of r->slots slots. */
static void update(run *r)
{
    trainer *t = r->t;
    r->factor = 1;
    share(r, t->chunks, begin_piece);
    if (!t->lengths)
        return;
    r->factor = clip_factor(t, r->b->options.clip);
    share(r, t->chunks, move_piece);
}

static double sum_of_slots(const trainer *t, size_t slots)
{
    double loss = 0;
    for (size_t s = 0; s < slots; s++)
        loss += t->pass.slot_loss[s];
    return loss;
}

/* Whether steps are tried with and without the other threads. */
static bool is_paced(const run *r)
{
    return r->b->threads > 1 && r->t->pass.plan.brief;
}

/* Steps until the run is done, or goes on in the other way. */
static void lead(void *context)
{
    run *r = context;
    trainer *t = r->t;
    bool paced = is_paced(r), together = t->pace.together;
    if (!r->begun)
        prepare_run(t, r->b);
    r->begun = true;
    pace_begin(&t->pace, clock_seconds(CLOCK_MONOTONIC));
    while (!t->done && t->pace.together == together) {
        r->slots = pass_slots(&t->pass, t->rows.rows);
        r->deferred = t->pass.plan.defers;
        share(r, r->slots, slot_piece);
        double loss = sum_of_slots(t, r->slots);
        t->diverged = !isfinite(loss);
        if (t->diverged)
            return;
        update(r);
        advance(t, r->b, loss);
        if (paced)
            pace_step(&t->pace, clock_seconds(CLOCK_MONOTONIC));
    }
}

static bg_status trainer_run(bg_trainer *b, uint64_t epochs, bg_error *error)
{
    trainer *t = b->own;
    uint64_t most = UINT64_MAX - b->progress.epochs;
    t->last_epoch = b->progress.epochs + (epochs < most ? epochs : most);
    t->done = epochs == 0;
    t->diverged = false;
    b->progress.reached = b->progress.stopped = false;
    if (t->done)
        return BG_OK;
    if (t->index && step_in_epoch(b) > 0)
        shuffle(t, b);
    for (int i = 0; i < b->threads; i++)
        t->pass.tile[i].loaded = NULL; /* other data may stand at the same address */
    run r = {.t = t, .b = b};
    while (!t->done && !t->diverged)
        pass_lead(&t->pass, is_paced(&r) && !t->pace.together ? 1 : b->threads, lead, &r);
    t->copied = ++b->net->version;
    return t->diverged ? trainer_fault(b, error) : BG_OK;
}

/* The update alone. */
static void apply(void *context)
{
    run *r = context;
    prepare_run(r->t, r->b);
    update(r);
    advance(r->t, r->b, NAN);
}

static bool trainer_apply(bg_trainer *b, const double *gradient)
{
    trainer *t = b->own;
    net_import(b->net, t->pass.gradient, gradient);
    if (net_first_nonfinite(b->net, t->pass.gradient))
        return false;
    t->last_epoch = UINT64_MAX;
    t->done = t->diverged = false;
    run r = {.t = t, .b = b, .slots = 1};
    pass_lead(&t->pass, b->threads, apply, &r);
    t->copied = ++b->net->version;
    return true;
}

static size_t trainer_vectors(const bg_trainer *b)
{
    return ((const trainer *)b->own)->rule->vectors;
}

static void *trainer_state(const bg_trainer *b, size_t vector)
{
    return ((const trainer *)b->own)->state[vector];
}

const engine REAL_NAME(engine) = {
    .predict = predict_outputs,
    .loss = predict_loss,
    .gradient = predict_gradient,
    .trace = predict_trace,
    .layer_engine = plan_layer_engine,
    .trainer_measure = trainer_measure,
    .trainer_open = trainer_open,
    .trainer_close = trainer_close,
    .trainer_run = trainer_run,
    .trainer_apply = trainer_apply,
    .trainer_explain = trainer_fault,
    .trainer_vectors = trainer_vectors,
    .trainer_state = trainer_state,
};
