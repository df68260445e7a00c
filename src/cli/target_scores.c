#include "target_scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "label.h"
#include "talk.h"

#define MOST_LINES ((size_t)100)

typedef struct sums {
    double mean, total, residual; /* of squares, the last two */
} sums;

/* outputs may be NULL. */
static void add_row(sums *s, size_t n, size_t row, const double *target, const double *outputs)
{
    for (size_t k = 0; k < n; k++) {
        double step = target[k] - s[k].mean;
        double distance = outputs ? outputs[row * n + k] - target[k] : 0;
        s[k].mean += step / (double)(row + 1);
        s[k].total += step * (target[k] - s[k].mean);
        s[k].residual += distance * distance;
    }
}

static void score(target_scores *s, const sums *found, double rows, const bg_metrics *metrics)
{
    for (size_t k = 0; k < s->targets; k++) {
        bool varies = found[k].total > 0, alone = s->targets == 1;
        double r2 = alone ? metrics->r2 : 1 - found[k].residual / found[k].total;
        s->score[k].rmse = alone ? metrics->rmse : sqrt(found[k].residual / rows);
        s->score[k].r2 = varies ? r2 : (double)NAN;
        s->varying += varies;
    }
}

int target_scores_open(const bg_model *model, const bg_data *data, int threads,
                       const bg_metrics *metrics, target_scores *s)
{
    size_t n = bg_data_targets(data), rows = bg_data_rows(data);
    bg_error error;
    double *outputs = n > 1 ? calloc(rows, n * sizeof *outputs) : NULL;
    double *target = calloc(n, sizeof *target);
    sums *found = calloc(n, sizeof *found);
    *s = (target_scores){.targets = n, .score = calloc(n, sizeof *s->score)};
    int code = EXIT_DONE;
    if ((n > 1 && !outputs) || !target || !found || !s->score)
        code = complain_memory("the outputs");
    else if (outputs &&
             bg_predict(bg_model_const_net(model), data, threads, outputs, &error) != BG_OK)
        code = complain_error(&error);
    for (size_t r = 0; r < rows && code == EXIT_DONE; r++) {
        bg_data_row(data, r, NULL, target);
        add_row(found, n, r, target, outputs);
    }
    if (code == EXIT_DONE)
        score(s, found, (double)rows, metrics);
    free(outputs);
    free(target);
    free(found);
    return code;
}

void target_scores_close(target_scores *s)
{
    free(s->score);
    *s = (target_scores){0};
}

/* -------------------------------------------------------------------------------- text --- */

static void add_all(text *out, const bg_metrics *metrics, const target_scores *s)
{
    text_format(out, "rmse      %.6g\n", metrics->rmse);
    if (!s->varying)
        text_format(out, "r2        undefined: the target%s not vary\n",
                    s->targets == 1 ? " does" : "s do");
    else if (s->targets == 1)
        text_format(out, "r2        %.6g\n", metrics->r2);
    else
        text_format(out, "r2        %.6g (mean over the targets%s)\n", metrics->r2,
                    s->varying < s->targets ? "; of a constant one 0, or 1 where it is met" : "");
}

static void add_lines(text *out, const labels *l, const target_scores *s)
{
    const char *head = "target";
    size_t room = label_line() - 2 * 13, width = labels_longest(l);
    width = width > room ? room : width < strlen(head) ? strlen(head) : width;
    text_format(out, "\n%-*s %12s %12s\n", (int)width, head, "rmse", "r2");
    for (size_t k = 0; k < s->targets && k < MOST_LINES; k++) {
        label_add(out, l, k, width, false);
        text_format(out, " %12.6g", s->score[k].rmse);
        if (isnan(s->score[k].r2))
            text_format(out, " %12s\n", "undefined");
        else
            text_format(out, " %12.6g\n", s->score[k].r2);
    }
    if (s->targets > MOST_LINES)
        text_format(out, "and %zu more targets (--json has all)\n", s->targets - MOST_LINES);
}

int target_scores_add_text(text *out, const bg_schema *schema, const bg_metrics *metrics,
                           const target_scores *s)
{
    labels l;
    add_all(out, metrics, s);
    if (s->targets == 1)
        return EXIT_DONE;
    int code = labels_open(schema, &l);
    if (code == EXIT_DONE) {
        if (labels_longest(&l) > label_line() - 2 * 13)
            labels_number(&l);
        add_lines(out, &l, s);
    }
    labels_close(&l);
    return code;
}

void target_scores_add_json(json *j, const bg_schema *schema, const target_scores *s)
{
    json_begin(j, "targets", '[');
    for (size_t k = 0; k < s->targets; k++) {
        json_begin(j, NULL, '{');
        json_text(j, "name", bg_schema_output_name(schema, k));
        json_number(j, "rmse", s->score[k].rmse, BG_F64);
        json_number(j, "r2", s->score[k].r2, BG_F64);
        json_end(j, '}');
    }
    json_end(j, ']');
}
