#include "answers.h"

#include <stdio.h>
#include <stdlib.h>

#include "talk.h"

typedef struct answers {
    size_t inputs, outputs, rows;
    double *x, *t; /* one row */
    double *a;     /* rows x outputs */
} answers;

static void add_names(text *out, const bg_schema *schema, const answers *s)
{
    for (size_t i = 0; i < s->inputs; i++) {
        const char *name = bg_schema_input_name(schema, i);
        text_format(out, "%3s ", name ? name : "x");
    }
    text_add(out, "|");
    for (size_t j = 0; j < s->outputs; j++) {
        const char *name = bg_schema_output_name(schema, j);
        text_format(out, " %6s %10s  ", name ? name : "y", "output");
    }
    text_add(out, "\n");
}

static void add_row(text *out, const answers *s, const double *a)
{
    bool right = true;
    for (size_t i = 0; i < s->inputs; i++)
        text_format(out, "%3g ", s->x[i]);
    text_add(out, "|");
    for (size_t j = 0; j < s->outputs; j++) {
        text_format(out, " %6g %10.6f  ", s->t[j], a[j]);
        right &= (a[j] >= 0.5) == (s->t[j] >= 0.5);
    }
    text_add(out, right ? "right\n" : "wrong\n");
}

/* Inputs as the table holds them. */
static void unscale(const bg_schema *schema, const answers *s)
{
    for (size_t i = 0; i < s->inputs; i++) {
        double offset, scale;
        bg_schema_scale(schema, i, &offset, &scale);
        s->x[i] = s->x[i] * scale + offset;
    }
}

int answers_add(text *out, const bg_model *model, const bg_data *data, int threads)
{
    answers s = {bg_data_inputs(data), bg_data_targets(data), bg_data_rows(data), NULL, NULL, NULL};
    bg_error error;
    int code = EXIT_DONE;
    s.x = calloc(s.inputs, sizeof *s.x);
    s.t = calloc(s.outputs, sizeof *s.t);
    s.a = calloc(s.rows, s.outputs * sizeof *s.a);
    if (!s.x || !s.t || !s.a)
        code = complain_memory("the outputs");
    else if (bg_predict(bg_model_const_net(model), data, threads, s.a, &error) != BG_OK)
        code = complain_error(&error);
    if (code == EXIT_DONE)
        add_names(out, bg_model_schema(model), &s);
    for (size_t r = 0; r < s.rows && code == EXIT_DONE; r++) {
        bg_data_row(data, r, s.x, s.t);
        unscale(bg_model_schema(model), &s);
        add_row(out, &s, s.a + r * s.outputs);
    }
    free(s.x);
    free(s.t);
    free(s.a);
    return code;
}
