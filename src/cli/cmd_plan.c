#include <stdlib.h>

#include "dropout.h"
#include "objective.h"
#include "places.h"
#include "plan_text.h"
#include "shape.h"
#include "talk.h"
#include "training.h"
#include "verbs.h"
#include "wisdom.h"

#define PEAK_SECONDS 0.3

static void fill_options(const command *c, uint64_t rows, bg_train_options *options)
{
    const option_value *v = c->value;
    bg_train_defaults(options);
    options->objective = objective_chosen(c);
    options->optimizer = (bg_optimizer)v[OPT_OPTIMIZER].choice;
    options->batch = v[OPT_BATCH].count >= rows ? 0 : (size_t)v[OPT_BATCH].count;
    options->threads = (int)v[OPT_THREADS].count;
}

static int open_shape(const command *c, const bg_schema *schema, shape *s)
{
    if (schema)
        return shape_open(c, bg_schema_inputs(schema), bg_schema_outputs(schema), s);
    return shape_open_whole(c, s);
}

static int measure_peak(planned *p)
{
    bg_error error;
    bg_plan plan;
    if (bg_plan_choose(&p->spec, &p->options, (size_t)p->rows, &plan, NULL, &error) != BG_OK ||
        bg_measure_peak(p->spec.dtype, plan.threads, PEAK_SECONDS, &p->peak, &error) != BG_OK)
        return complain_error(&error);
    return EXIT_DONE;
}

/* Chooses and prints.  schema: NULL without data. */
static int show(const command *c, const bg_schema *schema, uint64_t rows)
{
    planned p = {.name = c->operands ? c->operand[0] : NULL, .rows = rows};
    double *dropouts = NULL;
    int code = open_shape(c, schema, &p.shape);
    p.layers = calloc(p.shape.layers + 1, sizeof *p.layers);
    if (code == EXIT_DONE && !p.layers)
        code = complain_memory("the layers of the plan");
    bg_error error;
    p.spec = (bg_net_spec){.dtype = (bg_dtype)c->value[OPT_PRECISION].choice,
                           .layers = p.shape.layers,
                           .widths = p.shape.widths,
                           .activations = p.shape.activations};
    fill_options(c, rows, &p.options);
    if (code == EXIT_DONE)
        code = dropout_fill(c, p.shape.layers - 1, &p.options, &dropouts);
    if (code == EXIT_DONE)
        code = wisdom_ask(c, &p.spec, rows, &p.options, &p.tuning);
    if (code == EXIT_DONE && c->value[OPT_MEASURE].flag)
        code = measure_peak(&p);
    if (code == EXIT_DONE &&
        bg_plan_choose(&p.spec, &p.options, (size_t)rows, &p.plan, p.layers, &error) != BG_OK)
        code = complain_error(&error);
    if (code == EXIT_DONE) {
        text out = text_open(NULL);
        if (c->value[OPT_JSON].flag)
            plan_add_json(&out, &p);
        else
            plan_add_text(&out, &p);
        code = text_close(&out);
    }
    free(p.layers);
    free(dropouts);
    shape_close(&p.shape);
    return code;
}

static int plan_data(command *c)
{
    training t = {.c = c};
    bg_schema *schema = NULL;
    int code = inputs_check(c);
    if (code == EXIT_DONE)
        code = training_read(&t, &schema);
    if (code == EXIT_DONE)
        code = show(c, schema, t.rows);
    bg_schema_free(schema);
    training_close(&t);
    return code;
}

static int plan_shape(command *c)
{
    uint64_t first = 0, last = 0;
    if (c->value[OPT_ROWS].text)
        rows_parse(c->value[OPT_ROWS].text, &first, &last);
    if (!last)
        return misuse("plan", "without DATA, --rows says how many rows there are, as in "
                              "--rows 8192");
    static const option_id readings[] = {OPT_VALID, OPT_TARGET, OPT_HEADER, OPT_WEIGHTS};
    int code = OPTIONS_REFUSE(c, readings, "needs DATA");
    if (code != EXIT_DONE)
        return code;
    uint64_t rows = last - (first ? first - 1 : 0);
    options_default(c, &(facts){.rows = (size_t)rows});
    return show(c, NULL, rows);
}

int plan_run(command *c)
{
    return c->operands ? plan_data(c) : plan_shape(c);
}
