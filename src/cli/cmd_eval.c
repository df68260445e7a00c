#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "confusion.h"
#include "files.h"
#include "json.h"
#include "places.h"
#include "talk.h"
#include "target_scores.h"
#include "verbs.h"

typedef struct evaluation {
    const command *c;
    bg_model *model; /* owned */
    bg_data *data;   /* owned */
    bool truth_table;
    confusion confusion;
    target_scores targets;
    bg_metrics metrics;
} evaluation;

static bool is_regression(const evaluation *e)
{
    return bg_schema_task(bg_model_schema(e->model)) == BG_REGRESSION;
}

static void add_json(text *out, const evaluation *e)
{
    const bg_metrics *m = &e->metrics;
    json j = {.out = out};
    json_begin(&j, NULL, '{');
    json_count(&j, "rows", m->rows);
    json_number(&j, "loss", m->loss, BG_F64);
    if (is_regression(e)) {
        json_number(&j, "rmse", m->rmse, BG_F64);
        json_number(&j, "r2", m->r2, BG_F64);
        target_scores_add_json(&j, bg_model_schema(e->model), &e->targets);
    } else {
        json_number(&j, "accuracy", m->accuracy, BG_F64);
        confusion_add_json(&j, &e->confusion);
    }
    json_end(&j, '}');
    text_add(out, "\n");
}

static int add_text(text *out, const evaluation *e)
{
    const bg_metrics *m = &e->metrics;
    const bg_objective *o = bg_model_objective(e->model);
    text_format(out, "rows      %zu\n", m->rows);
    const char *weights = bg_model_get_note(e->model, "weights");
    bool once = weights && strcmp(weights, "none") != 0;
    text_format(out, "loss      %.6g (%s, %s over the rows%s)\n", m->loss,
                bg_name(BG_KIND_LOSS, (int)o->loss), bg_name(BG_KIND_REDUCTION, (int)o->reduction),
                once ? ", each of which counts once" : "");
    int code;
    if (is_regression(e)) {
        code = target_scores_add_text(out, bg_model_schema(e->model), m, &e->targets);
    } else {
        text_format(out, "accuracy  %.6g (%.0f of %zu rows)\n", m->accuracy,
                    m->accuracy * (double)m->rows, m->rows);
        code = confusion_add_text(out, &e->confusion, m->rows);
    }
    if (code != EXIT_DONE || !e->truth_table || bg_data_rows(e->data) > ANSWER_ROWS)
        return code;
    text_add(out, "\n");
    return answers_add(out, e->model, e->data, (int)e->c->value[OPT_THREADS].count);
}

static int measure(evaluation *e)
{
    const bg_schema *schema = bg_model_schema(e->model);
    int threads = (int)e->c->value[OPT_THREADS].count;
    bg_error error;
    int code = confusion_open(schema, &e->confusion);
    if (code != EXIT_DONE)
        return code;
    if (bg_evaluate(bg_model_const_net(e->model), bg_model_objective(e->model),
                    bg_schema_task(schema), e->data, threads, &e->metrics, e->confusion.count,
                    &error) != BG_OK)
        return complain_error(&error);
    if (!is_regression(e))
        return EXIT_DONE;
    return target_scores_open(e->model, e->data, threads, &e->metrics, &e->targets);
}

int eval_run(command *c)
{
    evaluation e = {.c = c};
    options_default(c, &(facts){0});
    int code = inputs_check(c);
    if (code == EXIT_DONE)
        code = model_read(c->operand[0], &e.model);
    if (code == EXIT_DONE)
        code = rows_read(c, c->operand[1], e.model, true, &e.data, &e.truth_table);
    if (code == EXIT_DONE)
        code = measure(&e);
    if (code == EXIT_DONE) {
        text out = text_open(NULL);
        out.for_people = !c->value[OPT_JSON].flag;
        if (c->value[OPT_JSON].flag)
            add_json(&out, &e);
        else
            code = add_text(&out, &e);
        int written = text_close(&out);
        code = code == EXIT_DONE ? written : code;
    }
    confusion_close(&e.confusion);
    target_scores_close(&e.targets);
    bg_data_free(e.data);
    bg_model_free(e.model);
    return code;
}
