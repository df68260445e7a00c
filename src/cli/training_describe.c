#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dropout.h"
#include "files.h"
#include "schedule.h"
#include "talk.h"
#include "text.h"
#include "training.h"
#include "weights.h"

static void add_data(text *out, const training *t)
{
    const bg_schema *schema = bg_model_schema(t->model);
    static const char *const outputs[BG_TASK_COUNT] = {"targets", "classes", "bits"};
    size_t n = bg_schema_outputs(schema);
    const char *word = outputs[bg_schema_task(schema)];
    const char *scaling = bg_name(BG_KIND_SCALING, (int)bg_schema_scaling(schema));
    bool scaled = bg_schema_scaling(schema) != BG_SCALE_NONE;
    size_t inputs = bg_schema_inputs(schema);
    text_format(out, "%s: %llu row%s, %zu input%s, %zu %.*s", input_name(t->c->operand[0]),
                (unsigned long long)t->rows, t->rows == 1 ? "" : "s", inputs,
                inputs == 1 ? "" : "s", n, (int)strlen(word) - (n == 1 && word[0] != 'c'), word);
    if (t->valid)
        text_format(out, ", %zu row%s to validate", bg_data_rows(t->valid),
                    bg_data_rows(t->valid) == 1 ? "" : "s");
    const char *name = bg_schema_weights_name(schema), *column = weights_column(t->c);
    if (column)
        text_format(out, ", weights in column %s", name ? name : column);
    else if (t->c->given[OPT_WEIGHTS])
        text_add(out, ", classes balanced");
    text_format(out, scaled ? ", %s scaling" : ", no scaling", scaling);
}

static void add_network(text *out, const training *t)
{
    const bg_net *net = bg_model_net(t->model);
    size_t layers = bg_net_layers(net);
    for (size_t l = 0; l <= layers; l++)
        text_format(out, l ? "-%zu" : "; network %zu", bg_net_width(net, l));
    for (size_t l = 1; l <= layers; l++) {
        bg_activation f = bg_net_activation(net, l);
        if (l == 1 || l == layers || f != bg_net_activation(net, l - 1))
            text_format(out, " %s", bg_name(BG_KIND_ACTIVATION, (int)f));
    }
    text_format(out, ", %zu parameters %s", bg_net_parameters(net),
                bg_name(BG_KIND_DTYPE, (int)bg_net_dtype(net)));
}

static void add_run(text *out, const training *t)
{
    const bg_train_options *o = &t->options;
    text_format(out, "%s, %s over the batch", bg_name(BG_KIND_LOSS, (int)o->objective.loss),
                bg_name(BG_KIND_REDUCTION, (int)o->objective.reduction));
    if (o->objective.l2 > 0)
        text_format(out, ", l2 %g", o->objective.l2);
    if (o->objective.l1 > 0)
        text_format(out, ", l1 %g", o->objective.l1);
    text_format(out, "; %s%s", bg_name(BG_KIND_OPTIMIZER, (int)o->optimizer),
                o->ascent ? " uphill (ascent)" : "");
    if (o->optimizer < BG_LSTSQ)
        text_format(out, ", lr %g", o->lr);
    if (bg_schedule_moves(o)) {
        char words[SCHEDULE_WORDS];
        schedule_describe(o, words);
        text_format(out, " %s", words);
    }
    if (o->clip > 0)
        text_format(out, ", gradients clipped to %g", o->clip);
    if (dropout_given(t->c))
        text_format(out, ", dropout %s", t->c->value[OPT_DROPOUT].text);
    if (o->optimizer == BG_MOMENTUM || o->optimizer == BG_NESTEROV)
        text_format(out, ", momentum %g", o->momentum);
    if (o->batch)
        text_format(out, ", batches of %zu", o->batch);
    else
        text_add(out, ", all rows at once");
    text_format(out, ", %llu epoch%s; start %s, seed %llu; %d thread%s",
                (unsigned long long)t->c->value[OPT_EPOCHS].count,
                t->c->value[OPT_EPOCHS].count == 1 ? "" : "s", t->c->value[OPT_INIT].text,
                (unsigned long long)o->seed, bg_trainer_threads(t->trainer),
                bg_trainer_threads(t->trainer) == 1 ? "" : "s");
}

void training_describe(const training *t)
{
    text out = text_open("message"); /* any name: gathered, never written */
    add_data(&out, t);
    add_network(&out, t);
    text_add_bytes(&out, "", 1);
    if (!text_failed(&out))
        say("%s", out.bytes);
    out.size = 0;
    add_run(&out, t);
    text_add_bytes(&out, "", 1);
    if (!text_failed(&out))
        say("%s", out.bytes);
    free(out.bytes);
    if (t->first_epoch || t->progress.steps)
        say("goes on from %s: %llu epoch%s, %llu step%s", input_name(t->c->value[OPT_RESUME].text),
            (unsigned long long)t->first_epoch, t->first_epoch == 1 ? "" : "s",
            (unsigned long long)t->progress.steps, t->progress.steps == 1 ? "" : "s");
}
