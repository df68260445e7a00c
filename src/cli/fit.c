#include "fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "parameters.h"
#include "talk.h"

/* Every parameter under its name; unknown errors are empty. */
static void add_rows(text *out, const bg_net *net, const double *values, const double *covariance)
{
    size_t all = bg_net_parameters(net), p = 0;
    text_add(out, "parameter,value,standard_error\n");
    for (size_t l = 1; l <= bg_net_layers(net); l++) {
        size_t count = (bg_net_width(net, l - 1) + 1) * bg_net_width(net, l);
        for (size_t i = 0; i < count; i++, p++) {
            parameters_add_name(out, net, l, i);
            text_add(out, ",");
            text_number(out, values[p], BG_F64);
            text_add(out, ",");
            if (!isnan(covariance[p * all + p]))
                text_number(out, sqrt(covariance[p * all + p]), BG_F64);
            text_add(out, "\n");
        }
    }
}

/* Why there are no standard errors, if so. */
static void explain(const bg_fit *look)
{
    if (look->rank < look->columns)
        say("the Jacobian has rank %zu of %zu parameters: the data do not tell them apart, and "
            "their standard errors are left empty", look->rank, look->columns);
    else if (look->residuals <= look->columns)
        say("%zu residuals for %zu parameters: none is left to tell their standard errors, which "
            "are left empty", look->residuals, look->columns);
}

static int write_errors(training *t, const char *path)
{
    const bg_net *net = bg_model_const_net(t->model);
    size_t n = bg_net_parameters(net);
    bg_error error;
    bg_fit look;
    double *values = calloc(n, sizeof *values), *covariance = calloc(n, n * sizeof *covariance);
    int code = values && covariance ? EXIT_DONE : complain_memory("the covariance");
    if (code == EXIT_DONE &&
        bg_lm_covariance(net, t->data, NULL, covariance, &look, &error) != BG_OK)
        code = complain_error(&error);
    if (code == EXIT_DONE) {
        text out = text_open(path);
        parameters_get(net, values);
        add_rows(&out, net, values, covariance);
        code = text_close(&out);
        explain(&look);
        t->fit.rank = look.rank;
        t->fit.columns = look.columns;
        t->fit.condition = look.condition;
    }
    free(values);
    free(covariance);
    return code;
}

int fit_finish(training *t)
{
    const char *path = t->c->value[OPT_ERRORS].text;
    if (!bg_trainer_fit(t->trainer, &t->fit))
        return EXIT_DONE;
    return path ? write_errors(t, path) : EXIT_DONE;
}

void fit_add_summary(text *out, const training *t)
{
    const bg_fit *f = &t->fit;
    if (!f->residuals)
        return;
    text_format(out, "; residual sum of squares %.10g", f->rss);
    if (f->rank)
        text_format(out, ", rank %zu of %zu", f->rank, f->columns);
    if (f->rank && f->rank == f->columns)
        text_format(out, ", condition %.3g", f->condition);
    else if (f->rank && t->options.optimizer == BG_LSTSQ)
        text_add(out, ": of many solutions the shortest");
}

void fit_add_json(json *j, const training *t)
{
    const bg_fit *f = &t->fit;
    if (!f->residuals)
        return;
    json_begin(j, "fit", '{');
    json_count(j, "residuals", f->residuals);
    json_number(j, "rss", f->rss, BG_F64);
    if (f->rank) {
        json_count(j, "rank", f->rank);
        json_count(j, "columns", f->columns);
        json_number(j, "condition", f->condition, BG_F64);
    }
    if (t->options.optimizer == BG_LM) {
        json_number(j, "damping", f->damping, BG_F64);
        json_number(j, "gain", f->gain, BG_F64);
        json_text(j, "end", bg_fit_end_text(f->end));
    }
    json_end(j, '}');
}

static int add_note(training *t, const char *key, const char *words)
{
    bg_error error;
    return bg_model_set_note(t->model, key, words, &error) == BG_OK ? EXIT_DONE
                                                                    : complain_error(&error);
}

int fit_add_notes(training *t)
{
    const bg_fit *f = &t->fit;
    char words[64];
    if (!f->residuals)
        return EXIT_DONE;
    bg_number_text(f->rss, BG_F64, words);
    int code = add_note(t, "rss", words);
    if (code != EXIT_DONE || f->rank == 0)
        return code;
    snprintf(words, sizeof words, "%zu of %zu", f->rank, f->columns);
    code = add_note(t, "rank", words);
    bg_number_text(f->condition, BG_F64, words);
    return code == EXIT_DONE ? add_note(t, "condition", words) : code;
}
