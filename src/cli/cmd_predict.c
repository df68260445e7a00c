#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "places.h"
#include "talk.h"
#include "text.h"
#include "verbs.h"

/* The class of the first largest; "nan": one of them is not a number. */
static const char *class_of(const bg_schema *schema, const double *a, size_t n)
{
    size_t best = 0;
    for (size_t j = 0; j < n; j++) {
        if (isnan(a[j]))
            return "nan";
        if (a[j] > a[best])
            best = j;
    }
    return bg_schema_output_name(schema, best);
}

static void add_header(text *out, const bg_schema *schema, bool class_only)
{
    size_t n = class_only ? 1 : bg_schema_outputs(schema);
    for (size_t j = 0; j < n; j++) {
        const char *name = class_only ? "class" : bg_schema_output_name(schema, j);
        text_add(out, j ? "," : "");
        if (name)
            text_csv_cell(out, name);
        else
            text_format(out, "output%zu", j + 1);
    }
    text_add(out, "\n");
}

static void add_row(text *out, const bg_schema *schema, const double *a, bg_dtype dtype,
                    bool class_only)
{
    size_t n = bg_schema_outputs(schema);
    if (class_only) {
        text_csv_cell(out, class_of(schema, a, n));
        text_add(out, "\n");
        return;
    }
    for (size_t j = 0; j < n; j++) {
        text_add(out, j ? "," : "");
        text_number(out, a[j], dtype);
    }
    text_add(out, "\n");
}

static int write_predictions(const command *c, const bg_model *model, const bg_data *data)
{
    bg_header header = (bg_header)c->value[OPT_OUT_HEADER].choice;
    const bg_net *net = bg_model_const_net(model);
    const bg_schema *schema = bg_model_schema(model);
    size_t rows = bg_data_rows(data), n = bg_schema_outputs(schema);
    bool class_only = bg_schema_task(schema) == BG_CLASSES && !c->value[OPT_PROBA].flag;
    bg_error error;
    double *outputs = calloc(rows, n * sizeof *outputs);
    if (!outputs)
        return complain_memory("the predictions");
    if (bg_predict(net, data, (int)c->value[OPT_THREADS].count, outputs, &error) != BG_OK) {
        free(outputs);
        return complain_error(&error);
    }
    text out = text_open(c->value[OPT_OUT].text);
    if (header == BG_HEADER_YES || (header == BG_HEADER_AUTO && bg_schema_input_name(schema, 0)))
        add_header(&out, schema, class_only);
    for (size_t r = 0; r < rows && !text_failed(&out); r++)
        add_row(&out, schema, outputs + r * n, bg_net_dtype(net), class_only);
    free(outputs);
    return text_close(&out);
}

int predict_run(command *c)
{
    bg_model *model = NULL;
    bg_data *data = NULL;
    int code = inputs_check(c);
    options_default(c, &(facts){0});
    if (code == EXIT_DONE)
        code = outputs_check(c, NULL);
    if (code == EXIT_DONE)
        code = model_read(c->operand[0], &model);
    if (code == EXIT_DONE)
        code = rows_read(c, c->operand[1], model, false, &data, NULL);
    if (code == EXIT_DONE)
        code = write_predictions(c, model, data);
    bg_data_free(data);
    bg_model_free(model);
    return code;
}
