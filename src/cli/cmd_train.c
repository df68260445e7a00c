#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "answers.h"
#include "checkpoint.h"
#include "fit.h"
#include "curve.h"
#include "journal.h"
#include "json.h"
#include "notes.h"
#include "parameters.h"
#include "places.h"
#include "signals.h"
#include "talk.h"
#include "training.h"
#include "verbs.h"

/* The first signal: keep the state, say how to go on. */
static int stop(training *t)
{
    int number = stop_signal;
    const char *name = number == SIGINT ? "SIGINT" : "SIGTERM";
    if (!t->checkpoint)
        return complain(128 + number, "stopped by %s; no --checkpoint FILE, so nothing is kept",
                        name);
    int code = checkpoint_save(t);
    if (code != EXIT_DONE)
        return code;
    complain(128 + number, "stopped by %s in epoch %llu, step %llu; the state is in %s", name,
             (unsigned long long)t->progress.epochs + 1, (unsigned long long)t->progress.steps,
             t->checkpoint);
    checkpoint_say_command(t);
    return 128 + number;
}

static int save_model(training *t)
{
    const char *path = t->c->value[OPT_MODEL].text;
    bg_error error;
    int code = notes_write(t);
    if (code == EXIT_DONE)
        code = fit_add_notes(t);
    if (code != EXIT_DONE)
        return code;
    /* The optimizer's state belongs to checkpoints only. */
    if (bg_model_set_state(t->model, 0, NULL, &error) != BG_OK ||
        bg_model_save(t->model, path, &error) != BG_OK)
        return complain_error(&error);
    return EXIT_DONE;
}

/* The parameters are the last good ones again; before the end of an epoch those are the start's. */
static int diverge(training *t)
{
    const char *path = t->c->value[OPT_MODEL].text;
    if (t->progress.epochs == 0 || is_standard_output(path))
        return complain(EXIT_DIVERGED, "%s; no model is written", t->divergence.text);
    int code = save_model(t);
    if (code != EXIT_DONE)
        return code;
    return complain(EXIT_DIVERGED, "%s; the last good model, of epoch %llu, is in %s",
                    t->divergence.text, (unsigned long long)t->progress.epochs, path);
}

static bool keeps_best(const training *t)
{
    return t->best && t->c->given[OPT_PATIENCE];
}

static double rows_per_second(const training *t)
{
    double rows = (double)(t->progress.epochs - t->first_epoch) * (double)t->rows;
    return t->seconds > 0 ? rows / t->seconds : 0;
}

static void add_json(text *out, const training *t, double loss, const char *sha256)
{
    const bg_net *net = bg_model_net(t->model);
    json j = {.out = out};
    json_begin(&j, NULL, '{');
    json_text(&j, "model", t->c->value[OPT_MODEL].text);
    json_count(&j, "epochs", t->progress.epochs);
    json_count(&j, "steps", t->progress.steps);
    json_count(&j, "rows", t->rows);
    json_count(&j, "parameters", bg_net_parameters(net));
    json_number(&j, "loss", loss, BG_F64);
    if (t->valid)
        json_number(&j, "valid_loss", t->validation.loss, BG_F64);
    if (t->best)
        json_count(&j, "best_epoch", t->best_epoch);
    json_number(&j, "seconds", t->seconds, BG_F64);
    json_number(&j, "rows_per_second", rows_per_second(t), BG_F64);
    json_count(&j, "threads", (uint64_t)bg_trainer_threads(t->trainer));
    json_text(&j, "precision", bg_name(BG_KIND_DTYPE, (int)bg_net_dtype(net)));
    json_count(&j, "seed", t->options.seed);
    json_text(&j, "ending", t->ending);
    fit_add_json(&j, t);
    json_text(&j, "sha256", sha256);
    json_end(&j, '}');
    text_add(out, "\n");
}

static void add_summary(text *out, const training *t, double loss, const char *sha256)
{
    unsigned long long epochs = t->progress.epochs, rows = t->rows, best = t->best_epoch;
    const char *s = epochs == 1 ? "" : "s";
    const char *model = t->c->value[OPT_MODEL].text;
    text_format(out, "%s: loss %.6g ", strcmp(model, "-") == 0 ? "standard output" : model, loss);
    if (keeps_best(t) && best < epochs)
        text_format(out, "of epoch %llu; %llu epoch%s of %llu rows run", best, epochs, s, rows);
    else
        text_format(out, "after %llu epoch%s of %llu rows", epochs, s, rows);
    if (t->valid)
        text_format(out, ", validation loss %.6g", t->validation.loss);
    fit_add_summary(out, t);
    text_format(out, "; %.3g s, %.3g rows/s; sha256 %.16s", t->seconds, rows_per_second(t), sha256);
    text_add(out, "\n");
}

static int report(const training *t, double loss)
{
    char sha256[65];
    bg_net_sha256(bg_model_net(t->model), sha256);
    text out = text_open(NULL);
    if (t->c->value[OPT_JSON].flag)
        add_json(&out, t, loss, sha256);
    else
        add_summary(&out, t, loss, sha256);
    if (!t->summary_aside)
        return text_close(&out);
    if (t->talks)
        say("%.*s", (int)out.size - 1, out.bytes);
    free(out.bytes);
    return EXIT_DONE;
}

/* -v: what a truth table has become. */
static int show_answers(const training *t)
{
    if (!t->details || bg_schema_task(bg_model_schema(t->model)) != BG_BITS ||
        bg_data_rows(t->data) > ANSWER_ROWS)
        return EXIT_DONE;
    text out = text_open("message"); /* any name: gathered, never written */
    out.for_people = true;
    int code = answers_add(&out, t->model, t->data, t->options.threads);
    if (code == EXIT_DONE)
        fwrite(out.bytes, 1, out.size, stderr);
    free(out.bytes);
    return code;
}

/* Weights of the best epoch, and how they do. */
static int take_best(training *t, double *loss)
{
    bg_net *net = bg_model_net(t->model);
    bg_error error;
    const bg_objective *objective = &t->options.objective;
    parameters_set(net, t->best);
    if (t->talks)
        say("the weights are those of epoch %llu", (unsigned long long)t->best_epoch);
    if (bg_loss_value(net, objective, t->data, t->options.threads, loss, &error) != BG_OK)
        return complain_error(&error);
    t->validation.loss = t->best_loss;
    return EXIT_DONE;
}

static int finish(training *t)
{
    double loss = (double)NAN;
    bg_status status = bg_trainer_loss(t->trainer, &loss, &t->divergence);
    if (status != BG_OK)
        return status == BG_E_DIVERGED ? diverge(t) : complain_error(&t->divergence);
    bool early = t->progress.epochs < t->c->value[OPT_EPOCHS].count;
    if (t->details || (early && t->talks))
        say("ended: %s", t->ending);
    int code = t->c->given[OPT_CHECKPOINT] ? checkpoint_save(t) : EXIT_DONE;
    if (code == EXIT_DONE && keeps_best(t))
        code = take_best(t, &loss);
    if (code == EXIT_DONE && t->talks)
        advice_after(t);
    if (code == EXIT_DONE) {
        int told = fit_finish(t); /* its notes go into the model, its failure does not cost that */
        code = save_model(t);
        code = code == EXIT_DONE ? told : code;
    }
    if (code == EXIT_DONE)
        code = show_answers(t);
    return code == EXIT_DONE ? report(t, loss) : code;
}

int train_run(command *c)
{
    if (c->value[OPT_DRY_RUN].flag)
        return plan_run(c);
    training t;
    int code = training_open(c, &t);
    if (code == EXIT_DONE) {
        signals_catch();
        if (t.talks) {
            training_describe(&t);
            advice_before(&t);
        }
        code = training_loop(&t);
        if (code == EXIT_DIVERGED)
            code = diverge(&t);
        else if (code == EXIT_DONE && t.stopped)
            code = stop(&t);
        else if (code == EXIT_DONE)
            code = finish(&t);
    }
    int codes[] = {journal_close(t.journal), curve_close(t.curve, &t)};
    training_close(&t);
    for (size_t i = 0; i < sizeof codes / sizeof *codes && code == EXIT_DONE; i++)
        code = codes[i];
    return code;
}
