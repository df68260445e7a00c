/* Levenberg's and Marquardt's method as a trainer: an epoch is an iteration. */
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "net/lm.h"
#include "net/residuals.h"

/* The state of a run is x in double, which is more than a float network holds, and mu. */
typedef struct lm_run {
    lm m;
    double *damping; /* like a network's parameters, mu in every place; owned */
} lm_run;

enum { STATE_PARAMETERS, STATE_DAMPING, STATE_COUNT };

static void trainer_close(bg_trainer *b)
{
    lm_run *run = b->own;
    if (!run)
        return;
    lm_close(&run->m);
    memory_release(run->damping);
    memory_release(run);
    b->own = NULL;
}

static bg_status trainer_open(bg_trainer *b, bg_error *error)
{
    TRY(residuals_check_run(b, "lm", error));
    int threads;
    TRY(threads_resolve(b->options.threads, &threads, error));
    lm_run *run = memory_zeroed(1, sizeof *run);
    if (!run)
        return fail_memory(error, "a trainer");
    b->own = run;
    bg_status status =
        lm_open(&run->m, b->net, &b->options.objective, b->data, NULL, threads, error);
    if (status == BG_OK) {
        run->damping = memory_zeroed(run->m.net->size, sizeof *run->damping);
        status = run->damping ? BG_OK : fail_memory(error, "a trainer");
    }
    if (status != BG_OK) {
        trainer_close(b);
        return status;
    }
    b->layout = run->m.net;
    b->followed = b->net->version;
    b->threads = run->m.g.threads;
    return BG_OK;
}

/* One iteration, and what it means for the run; true: go on. */
static bool advance(bg_trainer *b, lm_run *run)
{
    bg_progress *now = &b->progress;
    now->loss = run->m.energy;
    now->end = run->m.end;
    now->converged = now->end != BG_FIT_UNFINISHED;
    if (now->converged)
        return false;
    now->epochs++;
    now->steps++;
    now->reached = islessequal(now->loss, b->options.stop_loss); /* which NAN does not trap */
    now->stopped = b->options.stop && *b->options.stop;
    return !now->reached && !now->stopped;
}

static bg_status trainer_run(bg_trainer *b, uint64_t epochs, bg_error *error)
{
    lm_run *run = b->own;
    double c;
    bg_status status = BG_OK;
    bool on = true;
    TRY(residuals_factor(&b->options.objective, b->data, "lm", &c, error)); /* weights, by now */
    if (b->followed != b->net->version)
        lm_follow(&run->m, b->net);
    lm_gather(&run->m);
    run->m.end = BG_FIT_UNFINISHED;
    run->m.iterations = b->progress.epochs;
    run->m.damping = run->damping[0];
    for (uint64_t e = 0; status == BG_OK && on && e < epochs; e++) {
        status = lm_iterate(&run->m, error);
        if (status == BG_OK)
            on = advance(b, run);
    }
    for (size_t i = 0; i < run->m.net->size; i++)
        run->damping[i] = run->m.damping;
    lm_export(&run->m, b->net);
    b->followed = b->net->version;
    b->fit = lm_report(&run->m);
    return status;
}

/* Accepted steps are finite in double, so only rounding to float can do that. */
static bg_status trainer_explain(bg_trainer *b, bg_error *error)
{
    return fail(error, BG_E_DIVERGED, "step %llu: the loss is not finite in %s",
                (unsigned long long)b->progress.steps, bg_name(BG_KIND_DTYPE, (int)b->net->dtype));
}

static size_t trainer_vectors(const bg_trainer *b)
{
    (void)b;
    return STATE_COUNT;
}

static void *trainer_state(const bg_trainer *b, size_t vector)
{
    lm_run *run = b->own;
    return vector == STATE_PARAMETERS ? run->m.net->values : run->damping;
}

const engine engine_lm = {
    .loss = engine_loss,
    .trainer_open = trainer_open,
    .trainer_close = trainer_close,
    .trainer_run = trainer_run,
    .trainer_explain = trainer_explain,
    .trainer_vectors = trainer_vectors,
    .trainer_state = trainer_state,
};
