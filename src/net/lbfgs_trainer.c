/* L-BFGS as a trainer: an epoch is an iteration. */
#include <math.h>

#include "base/real.h"
#include "base/status.h"
#include "net/lbfgs.h"
#include "net/pass_load.h"
#include "net/plan_layer.h"
#include "net/predict.h"
#include "net/residuals.h"

static void trainer_close(bg_trainer *b)
{
    lbfgs *m = b->own;
    if (!m)
        return;
    lbfgs_close(m);
    memory_release(m);
    b->own = NULL;
}

static bg_status trainer_check(const bg_trainer *b, bg_error *error)
{
    const char *who = bg_name(BG_KIND_OPTIMIZER, (int)b->options.optimizer);
    TRY(residuals_check_run(b, who, error));
    if (b->options.objective.l1 != 0)
        return fail(error, BG_E_ARGUMENT,
                    "%s minimises smooth functions: a penalty l1 has a kink at 0", who);
    return BG_OK;
}

static trainer_size trainer_measure(const bg_trainer *b)
{
    const bg_objective *objective = &b->options.objective;
    return (trainer_size){.vectors = 2 * LBFGS_PAIRS,
                          .state = lbfgs_measure(b->net, objective, b->cut),
                          .scratch = pass_measure(b->net, objective, b->cut, b->threads)};
}

static bg_status trainer_open(bg_trainer *b, bg_error *error)
{
    TRY(trainer_check(b, error));
    lbfgs *m = memory_zeroed(1, sizeof *m);
    if (!m)
        return fail_memory(error, "a trainer");
    bg_status status =
        lbfgs_open(m, b->net, &b->options.objective, b->data, b->cut, b->threads, error);
    if (status != BG_OK) {
        memory_release(m);
        return status;
    }
    b->own = m;
    return BG_OK;
}

/* The loss is infinite or not a number where the run stands: only its start can be such a place. */
static bg_status trainer_explain(bg_trainer *b, bg_error *error)
{
    lbfgs *m = b->own;
    size_t layer = b->net->layers, row = 0;
    unsigned long long step = b->progress.steps + 1;
    bg_status status;
    if (predict_fault(&m->pass, &m->rows, &layer, &row))
        status = fail(error, BG_E_DIVERGED, "step %llu: layer %zu is not finite on data row %zu",
                      step, layer, row);
    else
        status =
            fail(error, BG_E_DIVERGED, "step %llu: the loss or its gradient is not finite", step);
    if (error) {
        error->step = step;
        error->layer = layer;
        error->row = row;
    }
    return status;
}

/* What an iteration means for the run; true: go on. */
static bool advance(bg_trainer *b, const lbfgs *m)
{
    bg_progress *now = &b->progress;
    now->loss = m->value;
    now->norm = sqrt(m->length2);
    now->end = m->end;
    now->converged = now->end != BG_FIT_UNFINISHED;
    if (now->converged)
        return false;
    now->epochs++;
    now->steps++;
    now->reached = now->loss <= b->options.stop_loss;
    now->stopped = b->options.stop && *b->options.stop;
    return !now->reached && !now->stopped;
}

typedef struct run {
    bg_trainer *b;
    uint64_t epochs;
    bool finite; /* so far */
} run;

static void lead(void *context)
{
    run *r = context;
    lbfgs *m = r->b->own;
    bool on = true;
    lbfgs_gather(m);
    for (uint64_t e = 0; on && e < r->epochs; e++) {
        r->finite = lbfgs_iterate(m);
        on = r->finite && advance(r->b, m);
    }
}

static bg_status trainer_run(bg_trainer *b, uint64_t epochs, bg_error *error)
{
    lbfgs *m = b->own;
    run r = {b, epochs, true};
    b->progress.reached = b->progress.stopped = false;
    m->rows = pass_all(b->data); /* weights may have come or gone */
    pass_lead(&m->pass, b->threads, lead, &r);
    b->net->version++;
    return r.finite ? BG_OK : trainer_explain(b, error);
}

/* s and y of each pair, the oldest first. */
static size_t trainer_vectors(const bg_trainer *b)
{
    (void)b;
    return 2 * LBFGS_PAIRS;
}

static void *trainer_state(const bg_trainer *b, size_t vector)
{
    const lbfgs *m = b->own;
    return vector % 2 ? m->y[vector / 2] : m->s[vector / 2];
}

const engine REAL_NAME(engine_lbfgs) = {
    .loss = engine_loss,
    .layer_engine = plan_layer_engine,
    .trainer_measure = trainer_measure,
    .trainer_check = trainer_check,
    .trainer_open = trainer_open,
    .trainer_close = trainer_close,
    .trainer_run = trainer_run,
    .trainer_explain = trainer_explain,
    .trainer_vectors = trainer_vectors,
    .trainer_state = trainer_state,
};
