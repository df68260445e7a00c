#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checkpoint.h"
#include "files.h"
#include "curve.h"
#include "dropout.h"
#include "journal.h"
#include "learning_rate.h"
#include "objective.h"
#include "parameters.h"
#include "places.h"
#include "plot.h"
#include "schedule.h"
#include "shape.h"
#include "signals.h"
#include "talk.h"
#include "training.h"
#include "weights.h"
#include "wisdom.h"

/* --------------------------------------------------------------------- what is written --- */

/* MODEL.checkpoint, where MODEL is an ordinary file. */
static int name_checkpoint(training *t, const char *model)
{
    t->checkpoint = t->c->value[OPT_CHECKPOINT].text;
    if (t->checkpoint || !is_replaceable(model))
        return EXIT_DONE;
    size_t size = strlen(model) + sizeof ".checkpoint";
    t->own_checkpoint = malloc(size);
    if (!t->own_checkpoint)
        return complain_memory("a file name");
    snprintf(t->own_checkpoint, size, "%s.checkpoint", model);
    t->checkpoint = t->own_checkpoint;
    return EXIT_DONE;
}

static int check_outputs(training *t)
{
    const command *c = t->c;
    const char *model = c->value[OPT_MODEL].text;
    if (!model)
        return misuse("train", "where to?  -o MODEL is required (-o - is standard output)");
    int code = inputs_check(c);
    if (code == EXIT_DONE)
        code = name_checkpoint(t, model);
    if (code == EXIT_DONE)
        code = outputs_check(c, t->own_checkpoint);
    if (code == EXIT_DONE && c->value[OPT_PLOT].text)
        code = plot_ready(c->value[OPT_PLOT].text);
    t->summary_aside = standard_output_taken(c);
    return code;
}

/* ------------------------------------------------------------------------ what is read --- */

/* --valid FRACTION: validation rows have no say in the scaling, so it is learned once more. */
static int draw_valid(training *t, const bg_table *table, bg_schema_options *how,
                      bg_schema **schema)
{
    const char *words = t->c->value[OPT_VALID].text;
    double share;
    if (!words || !bg_number_parse(words, &share))
        return EXIT_DONE;
    int code = data_draw(share, t->c->value[OPT_SEED].count, bg_table_rows(table), &t->trained);
    if (code != EXIT_DONE)
        return code;
    bg_schema_free(*schema);
    *schema = NULL;
    bg_error error;
    how->scaling_rows = t->trained;
    return bg_schema_learn(table, how, schema, &error) == BG_OK ? EXIT_DONE
                                                                : complain_error(&error);
}

static int learn(training *t, const bg_table *table, bg_schema **schema)
{
    command *c = t->c;
    bg_error error;
    bg_schema_options how = {.task = -1, .scaling = -1};
    if (c->given[OPT_TASK])
        how.task = c->value[OPT_TASK].choice;
    if (c->given[OPT_SCALE])
        how.scaling = c->value[OPT_SCALE].choice;
    if (bg_schema_learn(table, &how, schema, &error) != BG_OK)
        return complain_error(&error);
    facts known = {.truth_table = bg_table_is_truth_table(table),
                   .task = bg_schema_task(*schema),
                   .rows = bg_table_rows(table)};
    options_default(c, &known);
    int code = options_agree(c, &known);
    return code == EXIT_DONE ? draw_valid(t, table, &how, schema) : code;
}

static int encode(const bg_schema *schema, const bg_table *table, bg_dtype dtype, bg_data **data)
{
    bg_error error;
    if (bg_schema_encode(schema, table, dtype, true, data, &error) != BG_OK)
        return complain_error(&error);
    return EXIT_DONE;
}

static int read_valid(training *t, const bg_schema *schema, bg_dtype dtype)
{
    const char *words = t->c->value[OPT_VALID].text;
    if (!words)
        return EXIT_DONE;
    if (t->trained)
        return data_split(t->trained, &t->data, &t->valid);
    bg_table *table;
    bg_error error;
    bg_read_options how = {.target = t->c->value[OPT_TARGET].text,
                           .header = (bg_header)t->c->value[OPT_HEADER].choice,
                           .schema = schema};
    if (bg_table_read(words, &how, &table, &error) != BG_OK)
        return complain_error(&error);
    int code = encode(schema, table, dtype, &t->valid);
    if (code == EXIT_DONE)
        code = weights_read(schema, table, t->valid);
    bg_table_free(table);
    return code;
}

int training_read(training *t, bg_schema **schema)
{
    bg_table *table;
    bool classify = t->c->given[OPT_TASK] && t->c->value[OPT_TASK].choice == BG_CLASSES;
    bg_read_options how = {.classify = classify, .weights = weights_column(t->c)};
    int code = table_read(t->c, t->c->operand[0], how, &table);
    if (code != EXIT_DONE)
        return code;
    code = learn(t, table, schema);
    bg_dtype dtype = (bg_dtype)t->c->value[OPT_PRECISION].choice;
    if (code == EXIT_DONE)
        code = encode(*schema, table, dtype, &t->data);
    if (code == EXIT_DONE)
        code = weights_read(*schema, table, t->data);
    bg_table_free(table);
    if (code == EXIT_DONE)
        code = read_valid(t, *schema, dtype);
    if (code == EXIT_DONE)
        code = weights_balance(t->c, *schema, t->data);
    if (code == EXIT_DONE)
        code = objective_check(t->c->verb->name, (bg_loss)t->c->value[OPT_LOSS].choice,
                               (bg_activation)t->c->value[OPT_OUTPUT_ACTIVATION].choice,
                               bg_schema_task(*schema), t->data);
    if (code == EXIT_DONE)
        t->rows = bg_data_rows(t->data);
    return code;
}

/* ---------------------------------------------------------------------- start weights --- */

static int init_from_file(const char *who, const char *path, bg_net *net)
{
    bg_model *from;
    bg_error error;
    if (bg_model_load(path, &from, &error) != BG_OK)
        return complain_error(&error);
    const bg_net *other = bg_model_const_net(from);
    int code = EXIT_DONE;
    if (bg_net_layers(other) != bg_net_layers(net))
        code = misuse(who, "--init: %s has %zu layers, not %zu", path, bg_net_layers(other),
                      bg_net_layers(net));
    for (size_t l = 0; code == EXIT_DONE && l <= bg_net_layers(net); l++)
        if (bg_net_width(other, l) != bg_net_width(net, l))
            code = misuse(who, "--init: layer %zu of %s has %zu units, not %zu", l, path,
                          bg_net_width(other, l), bg_net_width(net, l));
    if (code == EXIT_DONE)
        code = parameters_copy(other, net);
    bg_model_free(from);
    return code;
}

static int init_net(const command *c, bg_net *net)
{
    const char *words = c->value[OPT_INIT].text;
    double constant = 0;
    int scheme = bg_value(BG_KIND_INIT, words);
    bg_error error;
    if (strncmp(words, "constant:", 9) == 0 && bg_number_parse(words + 9, &constant))
        scheme = BG_CONSTANT;
    if (scheme < 0)
        return init_from_file(c->verb->name, words, net);
    if (bg_net_init(net, (bg_init)scheme, constant, c->value[OPT_SEED].count, &error) != BG_OK)
        return complain_error(&error);
    return EXIT_DONE;
}

int training_net(const command *c, const bg_schema *schema, bg_net **net)
{
    shape s = {0};
    bg_error error;
    int code = shape_open(c, bg_schema_inputs(schema), bg_schema_outputs(schema), &s);
    bg_net_spec spec = {.dtype = (bg_dtype)c->value[OPT_PRECISION].choice,
                        .layers = s.layers,
                        .widths = s.widths,
                        .activations = s.activations};
    if (code == EXIT_DONE && bg_net_create(&spec, net, &error) != BG_OK)
        code = complain_error(&error);
    shape_close(&s);
    return code == EXIT_DONE ? init_net(c, *net) : code;
}

/* ------------------------------------------------------------------------- the trainer --- */

static void fill_options(training *t)
{
    const option_value *v = t->c->value;
    size_t batch = (size_t)v[OPT_BATCH].count;
    bg_train_defaults(&t->options);
    t->options.objective = objective_chosen(t->c);
    t->options.optimizer = (bg_optimizer)v[OPT_OPTIMIZER].choice;
    t->options.lr = v[OPT_LR].number;
    t->options.ascent = v[OPT_UPDATE_SIGN].choice != 0;
    t->options.momentum = v[OPT_MOMENTUM].number;
    t->options.beta1 = v[OPT_BETA1].number;
    t->options.beta2 = v[OPT_BETA2].number;
    t->options.epsilon = v[OPT_EPSILON].number;
    t->options.alpha = v[OPT_ALPHA].number;
    t->options.weight_decay = v[OPT_WEIGHT_DECAY].number;
    t->options.clip = v[OPT_CLIP].number; /* 0 where it is not given */
    t->options.batch = batch >= t->rows ? 0 : batch;
    schedule_fill(t);
    t->options.seed = v[OPT_SEED].count;
    t->options.threads = (int)v[OPT_THREADS].count;
    t->options.stop_loss = t->c->given[OPT_STOP_LOSS] ? v[OPT_STOP_LOSS].number : (double)NAN;
    t->options.stop = &stop_signal;
}

/* A run that goes on keeps its cut, or its bits would change half-way. */
static int choose_cut(training *t, const bg_model *from)
{
    const bg_net *net = bg_model_net(t->model);
    shape s = {0};
    bg_tuning tuning = {0};
    int code = shape_of_net(net, &s);
    bg_net_spec spec = {.dtype = bg_net_dtype(net),
                        .layers = s.layers,
                        .widths = s.widths,
                        .activations = s.activations};
    if (code == EXIT_DONE && from)
        wisdom_go_on(&spec, t->rows, from, &t->options);
    else if (code == EXIT_DONE)
        code = wisdom_ask(t->c, &spec, t->rows, &t->options, &tuning);
    if (code == EXIT_DONE && tuning.seconds > 0 && t->talks)
        say("measured cut: tiles of %zu rows, %zu partial gradients; %.3g ms a step, as estimated "
            "%.3g ms",
            tuning.tile_rows, tuning.slots, tuning.seconds * 1e3, tuning.estimate * 1e3);
    shape_close(&s);
    return code;
}

static int open_trainer(training *t)
{
    bg_error error;
    bg_model *from = NULL;
    int code = checkpoint_open(t, &from);
    if (code == EXIT_DONE)
        code = learning_rate_choose(t, from);
    if (code == EXIT_DONE)
        code = choose_cut(t, from);
    if (code == EXIT_DONE && bg_trainer_create(bg_model_net(t->model), t->data, &t->options,
                                               &t->trainer, &error) != BG_OK)
        code = complain_error(&error);
    if (code == EXIT_DONE)
        bg_trainer_progress(t->trainer, &t->progress);
    if (code == EXIT_DONE && bg_trainer_plan(t->trainer, &t->plan, NULL) != BG_OK)
        t->plan = (bg_plan){0};
    if (code == EXIT_DONE && from)
        code = checkpoint_resume(t, from);
    bg_model_free(from);
    return code;
}

int training_open(command *c, training *t)
{
    *t = (training){.c = c, .best_loss = (double)NAN};
    t->talks = !c->value[OPT_QUIET].flag;
    t->details = c->value[OPT_VERBOSE].flag && t->talks;
    bg_schema *schema = NULL;
    bg_net *net = NULL;
    bg_error error;
    int code = check_outputs(t);
    if (code == EXIT_DONE)
        code = training_read(t, &schema);
    if (code == EXIT_DONE)
        code = training_net(c, schema, &net);
    if (code == EXIT_DONE) {
        fill_options(t);
        code = dropout_fill(c, bg_net_layers(net) - 1, &t->options, &t->dropouts);
        if (code == EXIT_DONE &&
            bg_model_create(net, schema, &t->options.objective, &t->model, &error) != BG_OK)
            code = complain_error(&error);
    }
    if (!t->model) {
        bg_net_free(net);
        bg_schema_free(schema);
    }
    if (code == EXIT_DONE)
        code = open_trainer(t);
    if (code == EXIT_DONE && c->value[OPT_LOG].text)
        code = journal_open(t, &t->journal);
    if (code == EXIT_DONE && c->value[OPT_PLOT].text)
        code = curve_open(c->value[OPT_PLOT].text, &t->curve);
    return code;
}

void training_close(training *t)
{
    bg_trainer_free(t->trainer);
    bg_model_free(t->model);
    bg_data_free(t->data);
    bg_data_free(t->valid);
    free(t->trained);
    free(t->own_checkpoint);
    free(t->dropouts);
    free(t->best);
    *t = (training){0};
}
