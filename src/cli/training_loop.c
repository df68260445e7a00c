#include <math.h>
#include <stdlib.h>

#include "checkpoint.h"
#include "clock.h"
#include "curve.h"
#include "journal.h"
#include "parameters.h"
#include "places.h"
#include "progress.h"
#include "signals.h"
#include "talk.h"
#include "training.h"

#define CHECKPOINT_SECONDS 60.0
/* A chunk of epochs is one call of the library: long enough that the call costs nothing, short
 * enough to show progress and to see the clock. */
#define CHUNK_SHORT 0.1
#define CHUNK_LONG 0.4

static bool looks_at_every_epoch(const training *t)
{
    return t->valid || t->journal || t->curve || t->c->given[OPT_PATIENCE];
}

static const char all_done[] = "all epochs are done";

static const char *own_end(const training *t)
{
    const option_value *v = t->c->value;
    const bg_progress *p = &t->progress;
    bool whole = p->epochs > 0;
    if (whole && p->loss <= t->options.stop_loss)
        return "the loss asked for is reached";
    if (t->c->given[OPT_PATIENCE] && p->epochs - t->best_epoch >= v[OPT_PATIENCE].count)
        return "no better loss within --patience";
    if (p->converged)
        return bg_fit_end_text(p->end);
    return p->epochs >= v[OPT_EPOCHS].count ? all_done : NULL;
}

/* A signal that comes in the last step changes nothing; time ends whole epochs only, a signal any
 * step. */
static bool has_ended(training *t)
{
    t->ending = own_end(t);
    t->used_up = t->ending == all_done;
    t->stopped = !t->ending && stop_signal;
    if (t->stopped)
        t->ending = "a signal";
    else if (!t->ending && t->c->given[OPT_MAX_TIME] &&
             t->seconds >= t->c->value[OPT_MAX_TIME].number)
        t->ending = "the time is over";
    return t->ending;
}

static int keep_best(training *t, double loss)
{
    const bg_net *net = bg_model_net(t->model);
    if (t->best && !(loss < t->best_loss))
        return EXIT_DONE;
    if (!t->best)
        t->best = calloc(bg_net_parameters(net), sizeof *t->best);
    if (!t->best)
        return complain_memory("the best parameters");
    parameters_get(net, t->best);
    t->best_loss = loss;
    t->best_epoch = t->progress.epochs;
    return EXIT_DONE;
}

static int finish_epoch(training *t)
{
    bg_error error;
    if (t->valid && bg_evaluate(bg_model_net(t->model), &t->options.objective,
                                bg_schema_task(bg_model_schema(t->model)), t->valid,
                                t->options.threads, &t->validation, NULL, &error) != BG_OK)
        return complain_error(&error);
    if (t->journal)
        journal_add(t->journal, t, seconds_now() - t->started);
    if (t->curve)
        curve_add(t->curve, t);
    if (t->c->given[OPT_PATIENCE])
        return keep_best(t, t->valid ? t->validation.loss : t->progress.loss);
    return EXIT_DONE;
}

/* seconds: what the last one of `chunk` epochs took. */
static uint64_t next_chunk(const training *t, uint64_t chunk, double seconds)
{
    uint64_t next = chunk;
    if (looks_at_every_epoch(t))
        return 1;
    if (seconds < CHUNK_SHORT)
        next = chunk * 2;
    else if (seconds > CHUNK_LONG && chunk > 1)
        next = chunk / 2;
    if (!t->c->given[OPT_MAX_TIME])
        return next;
    /* Half of what is left, again and again, so that the last chunk ends in time. */
    double left = t->c->value[OPT_MAX_TIME].number - t->seconds;
    double most = left / 2 / seconds * (double)chunk;
    if (most < 1)
        return 1;
    return (double)next > most ? (uint64_t)most : next;
}

/* One call of the library, and what follows from it. */
static int run_chunk(training *t, uint64_t chunk)
{
    bg_error error;
    uint64_t before = t->progress.epochs;
    uint64_t left = t->c->value[OPT_EPOCHS].count - before;
    uint64_t epochs = chunk < left ? chunk : left;
    bg_status status = bg_trainer_run(t->trainer, epochs, &t->progress, &error);
    if (status != BG_OK) {
        bg_trainer_progress(t->trainer, &t->progress);
        t->divergence = error;
        return status == BG_E_DIVERGED ? EXIT_DIVERGED : complain_error(&error);
    }
    int code = t->progress.epochs > before ? finish_epoch(t) : EXIT_DONE;
    bool due = t->c->given[OPT_CHECKPOINT] &&
               seconds_now() - t->checkpoint_time >= CHECKPOINT_SECONDS &&
               is_replaceable(t->checkpoint); /* a pipe takes one, the last */
    if (code == EXIT_DONE && due)
        code = checkpoint_save(t);
    return code;
}

int training_loop(training *t)
{
    t->started = t->checkpoint_time = seconds_now();
    progress_line line = progress_start(t);
    uint64_t chunk = 1;
    int code = EXIT_DONE;
    while (code == EXIT_DONE && !has_ended(t)) {
        double before = t->seconds;
        code = run_chunk(t, chunk);
        t->seconds = seconds_now() - t->started;
        /* The first chunk of 1 is run twice, so that chunks end at 1, 2, 4, 8 … epochs. */
        if (t->progress.epochs > t->first_epoch + 1)
            chunk = next_chunk(t, chunk, t->seconds - before);
        if (code == EXIT_DONE)
            progress_show(&line, t, t->seconds);
    }
    progress_end(&line);
    return code;
}
