/* What a comparison found, in words and as JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "sheet/compare.h"

enum { WIDTH = 80, INDENT = 12 };

static const char *const quantity_names[COMPARE_QUANTITIES] = {"loss", "gradient", "parameters"};

brief brief_number(double value, int digits)
{
    brief b;
    double size = fabs(value);
    if (size > 0 && size < (double)INFINITY) {
        int exponent = (int)floor(log10(size)) + 1 - digits;
        snprintf(b.text, sizeof b.text, "%lde%d", lround(value / pow(10, exponent)), exponent);
        bg_number_parse(b.text, &value);
    }
    bg_number_text(value, BG_F64, b.text);
    return b;
}

static brief exact_number(const bg_comparison *c, double value)
{
    brief b;
    bg_number_text(value, c->r->dtype, b.text);
    return b;
}

static double worst_error(const bg_comparison *c)
{
    double worst = 0;
    for (size_t s = 0; s < c->r->steps; s++)
        for (int q = 0; q < COMPARE_QUANTITIES; q++)
            worst = fmax(worst, c->step[s].error[q]);
    return worst;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* ------------------------------------------------------------------------------- words --- */

static void add_title(text *t, const bg_comparison *c)
{
    const bg_recording *r = c->r;
    const bg_objective *o = &r->options.objective;
    text_add(t, "%s: %s%s%zu step%s of %s, network ", r->source, r->maker ? r->maker : "",
             r->maker ? ", " : "", r->steps, plural(r->steps),
             bg_name(BG_KIND_OPTIMIZER, (int)r->options.optimizer));
    for (size_t l = 0; l <= r->layers; l++)
        text_add(t, l ? "-%zu" : "%zu", r->widths[l]);
    for (size_t l = 0; l < r->layers; l++)
        text_add(t, " %s", bg_name(BG_KIND_ACTIVATION, (int)r->activations[l]));
    text_add(t, ", %s (%s), %s\n", bg_name(BG_KIND_LOSS, (int)o->loss),
             bg_name(BG_KIND_REDUCTION, (int)o->reduction), bg_name(BG_KIND_DTYPE, (int)r->dtype));
}

/* "layer 2, weight[0][3]": indexes from 0, as in the arrays of the file. */
static void name_place(const bg_recording *r, const finding *f, char words[96])
{
    tensor_place t = tensor_find(r, f->index);
    size_t in = r->widths[t.layer - 1], i = f->index - t.first;
    if (t.first == t.weights)
        snprintf(words, 96, "layer %zu, bias[%zu]", t.layer, i);
    else
        snprintf(words, 96, "layer %zu, weight[%zu][%zu]", t.layer, i / in, i % in);
}

static void add_finding(text *t, const bg_comparison *c, compare_quantity q)
{
    const bg_recording *r = c->r;
    const finding *f = &c->found[q];
    char place[96] = "";
    if (!f->there) {
        text_add(t, "%-*sagrees at every step\n", INDENT, quantity_names[q]);
        return;
    }
    if (q != COMPARE_LOSS)
        name_place(r, f, place);
    char line[2 * COMPARE_WORDS];
    snprintf(line, sizeof line,
             "differs from step %zu on%s%s: recorded %s, engine %s, %s ulp apart", f->step + 1,
             *place ? ", most in " : "", place, exact_number(c, f->recorded).text,
             exact_number(c, f->engine).text, brief_number(f->ulp, 2).text);
    text_add(t, "%-*s", INDENT, quantity_names[q]);
    text_wrap(t, INDENT, WIDTH, line);
    if (q != COMPARE_LOSS)
        text_add(t, "\n%*s%zu of %zu numbers of the tensor differ", INDENT, "", f->differing,
                 f->end - f->first);
    size_t left = r->steps - f->step;
    if (!f->words[0])
        snprintf(line, sizeof line, "no known convention explains it");
    else if (f->explained < left)
        snprintf(line, sizeof line,
                 "likely: %s; %zu of the %zu steps from there on agree with that", f->words,
                 f->explained, left);
    else
        snprintf(line, sizeof line, "likely: %s; %s agree%s with that", f->words,
                 left == 1 ? "the step" : "all steps from there on", left == 1 ? "s" : "");
    text_add(t, "\n%*s", INDENT, "");
    text_wrap(t, INDENT, WIDTH, line);
    text_add(t, "\n");
}

static void add_verdict(text *t, const bg_comparison *c)
{
    if (bg_comparison_agrees(c)) {
        text_add(
            t,
            "%s step%s agree%s: loss, gradient and new parameters, within %s of the size of their "
            "terms\n",
            c->r->steps == 1 ? "the" : "all", plural(c->r->steps), c->r->steps == 1 ? "s" : "",
            brief_number(worst_error(c) * c->tolerance, 2).text);
    } else {
        size_t first = c->r->steps;
        for (int q = 0; q < COMPARE_QUANTITIES; q++)
            if (c->found[q].there && c->found[q].step < first)
                first = c->found[q].step;
        text_add(t, "step %zu is the first that differs\n", first + 1);
        for (int q = 0; q < COMPARE_QUANTITIES; q++)
            add_finding(t, c, (compare_quantity)q);
    }
    double drift = bg_comparison_drift(c);
    if (isfinite(drift))
        text_add(t, "the engine's own run ends %s away from the recorded one\n",
                 brief_number(drift, 2).text);
    else
        text_add(t, "the engine's own run diverges\n");
}

static void add_steps(text *t, const bg_comparison *c)
{
    text_add(t, "\nrelative to the size of the terms; %s and more is a difference\n",
             brief_number(c->tolerance, 2).text);
    text_add(t, "%8s %10s %10s %10s %10s\n", "step", "loss", "gradient", "parameters", "own run");
    for (size_t s = 0; s < c->r->steps; s++) {
        const compare_step *step = &c->step[s];
        text_add(t, "%8zu", s + 1);
        for (int q = 0; q < COMPARE_QUANTITIES; q++)
            text_add(t, " %10s", brief_number(step->error[q] * c->tolerance, 2).text);
        text_add(t, " %10s\n", brief_number(step->drift, 2).text);
    }
}

/* -------------------------------------------------------------------------------- JSON --- */

static void json_number(text *t, const char *key, double value, bg_dtype dtype)
{
    char digits[32];
    bg_number_text(value, dtype, digits);
    text_add(t, "\"%s\": %s", key, isfinite(value) ? digits : "null");
}

static void json_string(text *t, const char *key, const char *string)
{
    text_add(t, "\"%s\": ", key);
    if (!string) {
        text_add(t, "null");
        return;
    }
    text_add(t, "\"");
    text_json(t, string);
    text_add(t, "\"");
}

static void json_finding(text *t, const bg_comparison *c, compare_quantity q)
{
    const bg_recording *r = c->r;
    const finding *f = &c->found[q];
    text_add(t, "{\"quantity\": \"%s\", \"step\": %zu, ", quantity_names[q], f->step + 1);
    if (q != COMPARE_LOSS) {
        tensor_place place = tensor_find(r, f->index);
        size_t in = r->widths[place.layer - 1], i = f->index - place.first;
        bool bias = place.first == place.weights;
        text_add(t, "\"layer\": %zu, \"tensor\": \"%s\", ", place.layer, bias ? "bias" : "weight");
        text_add(t, bias ? "\"index\": [%zu], " : "\"index\": [%zu, %zu], ", bias ? i : i / in,
                 i % in);
    }
    json_number(t, "recorded", f->recorded, r->dtype);
    text_add(t, ", ");
    json_number(t, "engine", f->engine, r->dtype);
    text_add(t, ", ");
    json_number(t, "ulp", f->ulp, BG_F64);
    text_add(t, ", \"differing\": %zu, \"of\": %zu, ", f->differing, f->end - f->first);
    json_string(t, "convention", f->words[0] ? f->words : NULL);
    text_add(t, ", \"explained_steps\": %zu, \"steps_left\": %zu}", f->explained,
             r->steps - f->step);
}

static void json_steps(text *t, const bg_comparison *c)
{
    text_add(t, ", \"each_step\": [");
    for (size_t s = 0; s < c->r->steps; s++) {
        text_add(t, s ? ", {" : "{");
        for (int q = 0; q < COMPARE_QUANTITIES; q++) {
            json_number(t, quantity_names[q], c->step[s].error[q] * c->tolerance, BG_F64);
            text_add(t, ", ");
        }
        json_number(t, "drift", c->step[s].drift, BG_F64);
        text_add(t, "}");
    }
    text_add(t, "]");
}

static void add_json(text *t, const bg_comparison *c, bool verbose)
{
    bool any = false;
    text_add(t, "{");
    json_string(t, "trace", c->r->source);
    text_add(t, ", ");
    json_string(t, "recorder", c->r->maker);
    text_add(t, ", \"steps\": %zu, \"agrees\": %s, ", c->r->steps,
             bg_comparison_agrees(c) ? "true" : "false");
    json_number(t, "tolerance", c->tolerance, BG_F64);
    text_add(t, ", ");
    json_number(t, "worst", worst_error(c) * c->tolerance, BG_F64);
    text_add(t, ", ");
    json_number(t, "drift", bg_comparison_drift(c), BG_F64);
    text_add(t, ", \"findings\": [");
    for (int q = 0; q < COMPARE_QUANTITIES; q++) {
        if (!c->found[q].there)
            continue;
        text_add(t, any ? ", " : "");
        json_finding(t, c, (compare_quantity)q);
        any = true;
    }
    text_add(t, "]");
    if (verbose)
        json_steps(t, c);
    text_add(t, "}\n");
}

bg_status bg_comparison_text(const bg_comparison *comparison, bool json, bool verbose,
                             char **result, bg_error *error)
{
    text t = {0};
    if (json) {
        add_json(&t, comparison, verbose);
    } else {
        add_title(&t, comparison);
        add_verdict(&t, comparison);
        if (verbose)
            add_steps(&t, comparison);
    }
    if (t.failed) {
        text_release(&t);
        return fail_memory(error, "a comparison's text");
    }
    *result = t.bytes;
    return BG_OK;
}
