#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "files.h"
#include "json.h"
#include "places.h"
#include "talk.h"
#include "verbs.h"

#define MOST_CLASSES ((size_t)4096) /* beyond, the matrix would be larger than the data */
#define MOST_SHOWN ((size_t)30)     /* classes of a matrix that a person reads */
#define LABEL_MOST ((size_t)20)     /* columns of a class name */
#define CELL_MOST ((size_t)8)       /* of one above a count */

typedef struct evaluation {
    const command *c;
    bg_model *model; /* owned */
    bg_data *data;   /* owned */
    bool truth_table;
    size_t classes;      /* of the confusion matrix, 0: there is none */
    uint64_t *confusion; /* classes x classes, [true][predicted], owned */
    bg_metrics metrics;
} evaluation;

static void add_json(text *out, const evaluation *e)
{
    const bg_schema *schema = bg_model_schema(e->model);
    const bg_metrics *m = &e->metrics;
    bool regression = bg_schema_task(schema) == BG_REGRESSION;
    json j = {.out = out};
    json_begin(&j, NULL, '{');
    json_count(&j, "rows", m->rows);
    json_number(&j, "loss", m->loss, BG_F64);
    json_number(&j, regression ? "rmse" : "accuracy", regression ? m->rmse : m->accuracy, BG_F64);
    if (regression)
        json_number(&j, "r2", m->r2, BG_F64);
    if (e->classes) {
        json_begin(&j, "confusion", '{');
        json_begin(&j, "labels", '[');
        for (size_t k = 0; k < e->classes; k++)
            json_text(&j, NULL, bg_schema_output_name(schema, k));
        json_end(&j, ']');
        json_begin(&j, "counts", '[');
        for (size_t k = 0; k < e->classes; k++) {
            json_begin(&j, NULL, '[');
            for (size_t p = 0; p < e->classes; p++)
                json_count(&j, NULL, e->confusion[k * e->classes + p]);
            json_end(&j, ']');
        }
        json_end(&j, ']');
        json_end(&j, '}');
    }
    json_end(&j, '}');
    text_add(out, "\n");
}

/* Bytes of `name` that take up `most` columns at most, and the columns. */
static size_t shown_bytes(const char *name, size_t most, size_t *columns)
{
    size_t bytes = 0;
    for (*columns = 0; name[bytes] && *columns < most; ++*columns) {
        size_t length = utf8_length(name + bytes);
        bytes += length ? length : 1;
    }
    return bytes;
}

static void add_label(text *out, const char *name, size_t width, bool right)
{
    size_t columns, bytes = shown_bytes(name, width, &columns);
    int pad = (int)(width - columns);
    text_format(out, "%*s%.*s%*s", right ? pad : 0, "", (int)bytes, name, right ? 0 : pad, "");
}

/* The columns that the longest of the labels needs, `most` at most. */
static size_t label_width(const evaluation *e, size_t most)
{
    size_t width = strlen("true"), columns;
    for (size_t k = 0; k < e->classes; k++) {
        shown_bytes(bg_schema_output_name(bg_model_schema(e->model), k), most, &columns);
        width = columns > width ? columns : width;
    }
    return width;
}

/* And the counts. */
static size_t cell_width(const evaluation *e)
{
    char digits[32];
    size_t width = label_width(e, CELL_MOST);
    size_t needed = (size_t)snprintf(digits, sizeof digits, "%zu", e->metrics.rows);
    return needed > width ? needed : width;
}

static void add_confusion(text *out, const evaluation *e)
{
    const bg_schema *schema = bg_model_schema(e->model);
    size_t label = label_width(e, LABEL_MOST), cell = cell_width(e);
    text_format(out, "\n%*s  predicted\n", (int)label, "");
    add_label(out, "true", label, false);
    for (size_t k = 0; k < e->classes; k++) {
        text_add(out, " ");
        add_label(out, bg_schema_output_name(schema, k), cell, true);
    }
    text_add(out, "\n");
    for (size_t k = 0; k < e->classes; k++) {
        add_label(out, bg_schema_output_name(schema, k), label, false);
        for (size_t p = 0; p < e->classes; p++)
            text_format(out, " %*llu", (int)cell,
                        (unsigned long long)e->confusion[k * e->classes + p]);
        text_add(out, "\n");
    }
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
    if (bg_schema_task(bg_model_schema(e->model)) == BG_REGRESSION)
        text_format(out, "rmse      %.6g\nr2        %.6g\n", m->rmse, m->r2);
    else
        text_format(out, "accuracy  %.6g (%.0f of %zu rows)\n", m->accuracy,
                    m->accuracy * (double)m->rows, m->rows);
    if (e->classes && e->classes <= MOST_SHOWN)
        add_confusion(out, e);
    if (!e->truth_table || bg_data_rows(e->data) > ANSWER_ROWS)
        return EXIT_DONE;
    text_add(out, "\n");
    return answers_add(out, e->model, e->data, (int)e->c->value[OPT_THREADS].count);
}

static int measure(evaluation *e)
{
    const bg_schema *schema = bg_model_schema(e->model);
    bg_task task = bg_schema_task(schema);
    bg_error error;
    if (task == BG_CLASSES && bg_schema_outputs(schema) <= MOST_CLASSES) {
        e->classes = bg_schema_outputs(schema);
        e->confusion = calloc(e->classes * e->classes, sizeof *e->confusion);
        if (!e->confusion)
            return complain_memory("the confusion matrix");
    }
    if (bg_evaluate(bg_model_const_net(e->model), bg_model_objective(e->model), task, e->data,
                    (int)e->c->value[OPT_THREADS].count, &e->metrics, e->confusion,
                    &error) != BG_OK)
        return complain_error(&error);
    return EXIT_DONE;
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
    free(e.confusion);
    bg_data_free(e.data);
    bg_model_free(e.model);
    return code;
}
