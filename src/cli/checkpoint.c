#include "checkpoint.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "journal.h"
#include "notes.h"
#include "parameters.h"
#include "shell.h"
#include "talk.h"

/* -------------------------------------------------------------------------------- save --- */

static int save_state(training *t, double *values, bg_error *error)
{
    size_t vectors = bg_trainer_state_vectors(t->trainer);
    for (size_t v = 0; v < vectors; v++) {
        bg_trainer_get_state(t->trainer, v, values);
        if (bg_model_set_state(t->model, v, values, error) != BG_OK)
            return complain_error(error);
    }
    if (t->best && bg_model_set_state(t->model, vectors, t->best, error) != BG_OK)
        return complain_error(error);
    return EXIT_DONE;
}

int checkpoint_save(training *t)
{
    bg_error error;
    double *values = calloc(bg_net_parameters(bg_model_net(t->model)), sizeof *values);
    if (!values)
        return complain_memory("a checkpoint");
    journal_sync(t->journal);
    int code = notes_write(t);
    if (code == EXIT_DONE)
        code = save_state(t, values, &error);
    if (code == EXIT_DONE && bg_model_save(t->model, t->checkpoint, &error) != BG_OK)
        code = complain_error(&error);
    free(values);
    t->checkpoint_time = seconds_now();
    return code;
}

/* ------------------------------------------------------------------------------ resume --- */

static int network_compare(const char *path, const bg_net *there, const bg_net *here)
{
    char a[32], b[32];
    if (bg_net_dtype(there) != bg_net_dtype(here))
        return complain_other(path, "precision", bg_name(BG_KIND_DTYPE, (int)bg_net_dtype(there)),
                              bg_name(BG_KIND_DTYPE, (int)bg_net_dtype(here)));
    snprintf(a, sizeof a, "%zu", bg_net_layers(there));
    snprintf(b, sizeof b, "%zu", bg_net_layers(here));
    if (strcmp(a, b) != 0)
        return complain_other(path, "count of layers", a, b);
    for (size_t l = 0; l <= bg_net_layers(here); l++) {
        snprintf(a, sizeof a, "%zu", bg_net_width(there, l));
        snprintf(b, sizeof b, "%zu", bg_net_width(here, l));
        if (strcmp(a, b) != 0)
            return complain_other(path, l ? "width of a layer" : "count of inputs", a, b);
    }
    for (size_t l = 1; l <= bg_net_layers(here); l++)
        if (bg_net_activation(there, l) != bg_net_activation(here, l))
            return complain_other(path, "activation of a layer",
                                  bg_name(BG_KIND_ACTIVATION, (int)bg_net_activation(there, l)),
                                  bg_name(BG_KIND_ACTIVATION, (int)bg_net_activation(here, l)));
    return EXIT_DONE;
}

static int objective_compare(const char *path, const bg_objective *there, const bg_objective *here)
{
    char a[32], b[32];
    if (there->loss != here->loss)
        return complain_other(path, "loss", bg_name(BG_KIND_LOSS, (int)there->loss),
                              bg_name(BG_KIND_LOSS, (int)here->loss));
    if (there->reduction != here->reduction)
        return complain_other(path, "reduction", bg_name(BG_KIND_REDUCTION, (int)there->reduction),
                              bg_name(BG_KIND_REDUCTION, (int)here->reduction));
    bg_number_text(there->l2, BG_F64, a);
    bg_number_text(here->l2, BG_F64, b);
    if (strcmp(a, b) != 0)
        return complain_other(path, "l2", a, b);
    bg_number_text(there->l1, BG_F64, a);
    bg_number_text(here->l1, BG_F64, b);
    return strcmp(a, b) ? complain_other(path, "l1", a, b) : EXIT_DONE;
}

int checkpoint_open(training *t, bg_model **from)
{
    const char *path = t->c->value[OPT_RESUME].text;
    bg_error error;
    if (!path || (strcmp(path, "-") != 0 && access(path, F_OK) != 0 && errno == ENOENT))
        return EXIT_DONE;
    if (bg_model_load(path, from, &error) != BG_OK)
        return complain_error(&error);
    bg_net *net = bg_model_net(t->model);
    int code = network_compare(path, bg_model_const_net(*from), net);
    if (code == EXIT_DONE)
        code = objective_compare(path, bg_model_objective(*from), &t->options.objective);
    if (code == EXIT_DONE)
        code = notes_compare(path, *from, t);
    if (code != EXIT_DONE)
        return code;
    return parameters_copy(bg_model_const_net(*from), net);
}

int checkpoint_resume(training *t, const bg_model *from)
{
    const char *path = t->c->value[OPT_RESUME].text;
    size_t vectors = bg_trainer_state_vectors(t->trainer);
    size_t kept = bg_model_state_vectors(from);
    bg_progress p = {.norm = (double)NAN};
    if (!note_count(from, "epochs", &p.epochs) || !note_count(from, "steps", &p.steps) ||
        !note_number(from, "epoch-loss", &p.loss) ||
        !note_number(from, "partial-loss", &p.partial_loss) ||
        !note_number(from, "partial-penalty", &p.partial_penalty) ||
        !note_count(from, "best-epoch", &t->best_epoch) ||
        !note_number(from, "best-loss", &t->best_loss) || kept < vectors)
        return complain(EXIT_DATA, "%s is no checkpoint: the optimizer's state is not in it", path);
    if (bg_trainer_set_progress(t->trainer, &p, NULL) != BG_OK)
        return complain(EXIT_DATA, "%s: its counts of epochs and steps do not fit the rows", path);
    double *values = calloc(bg_net_parameters(bg_model_const_net(from)), sizeof *values);
    if (!values)
        return complain_memory("the optimizer's state");
    for (size_t v = 0; v < vectors; v++) {
        bg_model_get_state(from, v, values);
        bg_trainer_set_state(t->trainer, v, values);
    }
    t->progress = p;
    t->first_epoch = p.epochs;
    if (kept == vectors + 1) {
        bg_model_get_state(from, vectors, values);
        t->best = values;
        return EXIT_DONE;
    }
    free(values);
    t->best_epoch = p.epochs;
    t->best_loss = NAN;
    return EXIT_DONE;
}

void checkpoint_say_command(const training *t)
{
    text line = text_open("message"); /* any name: gathered, never written */
    text_add(&line, "to go on: backgemm train --resume ");
    shell_add_word(&line, t->checkpoint);
    for (int i = 2; i < t->c->argc; i++) {
        int skipped = option_span(OPT_RESUME, t->c->argv[i]);
        if (skipped) {
            i += skipped - 1;
            continue;
        }
        text_add(&line, " ");
        shell_add_word(&line, t->c->argv[i]);
    }
    text_add_bytes(&line, "", 1);
    if (!text_failed(&line))
        say("%s", line.bytes);
    free(line.bytes);
}
