#include "advice.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "talk.h"

#define MOST_CLASSES ((size_t)20) /* that somebody would write as numbers */
#define LARGEST_CLASS 1000.0
#define WORDS 160

/* Of one target column. */
typedef struct spread {
    double mean, total;         /* sum of squares about the mean */
    double value[MOST_CLASSES]; /* small whole numbers that came so far */
    size_t values;
    bool others; /* something else came, or more of them */
} spread;

static void see_whole(spread *s, double value)
{
    if (value != floor(value) || fabs(value) > LARGEST_CLASS) {
        s->others = true;
        return;
    }
    for (size_t i = 0; i < s->values; i++)
        if (s->value[i] == value)
            return;
    if (s->values == MOST_CLASSES)
        s->others = true;
    else
        s->value[s->values++] = value;
}

static void see(spread *s, double value, size_t row)
{
    double step = value - s->mean;
    s->mean += step / (double)(row + 1);
    s->total += step * (value - s->mean);
    if (!s->others)
        see_whole(s, value);
}

static double deviation(const spread *s, double rows)
{
    return sqrt(s->total / rows);
}

/* The caller's, one for each target; NULL: no memory. */
static spread *look(const bg_data *data)
{
    size_t n = bg_data_targets(data);
    spread *found = calloc(n, sizeof *found);
    double *target = calloc(n, sizeof *target);
    for (size_t r = 0; found && target && r < bg_data_rows(data); r++) {
        bg_data_row(data, r, NULL, target);
        for (size_t k = 0; k < n; k++)
            see(&found[k], target[k], r);
    }
    if (!target) {
        free(found);
        found = NULL;
    }
    free(target);
    return found;
}

/* ----------------------------------------------------------------------------- classes --- */

/* Without --task, numbers are regression. */
static void suggest_classes(const training *t, const spread *s)
{
    double low = s->value[0], high = s->value[0];
    if (t->c->given[OPT_TASK] || bg_data_targets(t->data) > 1 || s->others || s->values < 2 ||
        t->rows < 2 * s->values) /* each but once or so: no classes */
        return;
    for (size_t i = 1; i < s->values; i++) {
        low = fmin(low, s->value[i]);
        high = fmax(high, s->value[i]);
    }
    if (s->values == 2)
        say("the target holds only the whole numbers %g and %g: if they are classes, --task "
            "classify",
            low, high);
    else if (high - low == (double)(s->values - 1))
        say("the target holds only the whole numbers %g to %g: if they are classes, --task "
            "classify",
            low, high);
    else
        say("the target holds only %zu whole numbers, from %g to %g: if they are classes, --task "
            "classify",
            s->values, low, high);
}

/* ------------------------------------------------------------------------------- scale --- */

/* Outputs begin near 0 +- 1.  An update of adam and its like moves them by the learning rate,
 * whatever the loss, and gradient descent that is stable at 1 overshoots at 100.  The line searches
 * of lbfgs and the steps of rprop grow with what is to be done, but then pass over a deviation that
 * is small beside the mean, and lm saturates hidden units on its way.  The bounds are where, with
 * the defaults, 200 to 2000 rows of a smooth function of three inputs cease to be learned. */
#define FAR 100.0
#define FAR_FOR_LM 1000.0
#define SMALL 0.01
#define ONE_SIDED 10.0   /* mean by deviation, */
#define LEAST_SIDED 20.0 /* of means above this */

static bool is_far(bg_optimizer optimizer, double mean, double dev)
{
    double size = hypot(mean, dev);
    switch (optimizer) {
    case BG_LSTSQ:
        return false;
    case BG_LM:
        return size > FAR_FOR_LM;
    case BG_RPROP:
    case BG_LBFGS:
        return dev < SMALL || fabs(mean) > FAR * fmax(dev, 1);
    default:
        return dev < SMALL || size > FAR || fabs(mean) > fmax(ONE_SIDED * dev, LEAST_SIDED);
    }
}

/* Few digits are enough to subtract or to divide by. */
static void round_text(double value, int digits, char words[32])
{
    double result = value;
    snprintf(words, 32, "%.*e", digits - 1, value);
    bg_number_parse(words, &result);
    snprintf(words, 32, "%.9g", result);
}

static void say_far(const training *t, size_t k, double mean, double dev)
{
    const char *name = bg_schema_output_name(bg_model_schema(t->model), k);
    bool several = bg_data_targets(t->data) > 1, centred = fabs(mean) <= 10 * dev;
    char shift[32], scale[32], cure[WORDS];
    round_text(fabs(mean), 2, shift);
    round_text(centred ? hypot(mean, dev) : dev, 1, scale);
    if (centred)
        snprintf(cure, sizeof cure, "target / %s", scale);
    else
        snprintf(cure, sizeof cure, "(target %c %s) / %s", mean > 0 ? '-' : '+', shift, scale);
    say("the target%s%s has mean %.3g and deviation %.3g, while a network starts near 0 +- 1 and "
        "may not get there: %s is easier to learn",
        several ? " " : "", several && name ? name : "", mean, dev, cure);
}

static bool starts_afresh(const training *t)
{
    const char *init = t->c->value[OPT_INIT].text;
    bool scheme = bg_value(BG_KIND_INIT, init) >= 0 || strncmp(init, "constant:", 9) == 0;
    return scheme && !t->first_epoch && !t->progress.steps;
}

void advice_before(const training *t)
{
    if (bg_schema_task(bg_model_schema(t->model)) != BG_REGRESSION || !starts_afresh(t))
        return;
    spread *found = look(t->data);
    if (!found)
        return;
    suggest_classes(t, found);
    for (size_t k = 0; k < bg_data_targets(t->data); k++) {
        double dev = deviation(&found[k], (double)t->rows);
        if (dev > 0 && isfinite(dev) && is_far(t->options.optimizer, found[k].mean, dev)) {
            say_far(t, k, found[k].mean, dev);
            break;
        }
    }
    free(found);
}

/* --------------------------------------------------------------------------- afterwards --- */

#define NO_BETTER 1e-6 /* of the total sum of squares */
#define FLAT_SLOPE 1e-6
#define MOST_TRACES ((size_t)100)

/* Whether the units of layer `l` have a slope of 0 on rows all over the data. */
static bool is_saturated(const training *t, size_t l)
{
    const bg_net *net = bg_model_const_net(t->model);
    size_t every = t->rows / MOST_TRACES + 1;
    double steepest = 0;
    for (size_t row = 0; row < t->rows; row += every) {
        bg_trace *trace;
        if (bg_trace_create(net, &t->options.objective, t->data, row, &trace, NULL) != BG_OK)
            return false;
        for (size_t j = 0; j < bg_net_width(net, l); j++)
            steepest = fmax(steepest, fabs(bg_trace_slope(trace, l)[j]));
        bg_trace_free(trace);
    }
    return steepest < FLAT_SLOPE;
}

/* Of the residuals, over all outputs; NAN: no memory. */
static double sum_squares(const training *t)
{
    size_t n = bg_data_targets(t->data);
    double *outputs = calloc(t->rows, n * sizeof *outputs), *target = calloc(n, sizeof *target);
    double rss = (double)NAN;
    if (outputs && target &&
        bg_predict(bg_model_const_net(t->model), t->data, t->options.threads, outputs, NULL) ==
            BG_OK) {
        rss = 0;
        for (size_t r = 0; r < t->rows; r++) {
            bg_data_row(t->data, r, NULL, target);
            for (size_t k = 0; k < n; k++)
                rss += (outputs[r * n + k] - target[k]) * (outputs[r * n + k] - target[k]);
        }
    }
    free(outputs);
    free(target);
    return rss;
}

static bool is_constant(const training *t)
{
    double total = 0;
    spread *found = look(t->data);
    for (size_t k = 0; found && k < bg_data_targets(t->data); k++)
        total += found[k].total;
    free(found);
    return total > 0 && sum_squares(t) >= (1 - NO_BETTER) * total;
}

static void say_constant(const training *t)
{
    size_t layers = bg_net_layers(bg_model_const_net(t->model)), l = 1;
    while (l < layers && !is_saturated(t, l))
        l++;
    if (l < layers)
        say("the fit is a constant, no better than the mean of the targets: all units of layer "
            "%zu are saturated; another --seed or targets near 0 +- 1 may help",
            l);
    else
        say("the fit is a constant, no better than the mean of the targets");
}

void advice_after(const training *t)
{
    if (t->options.optimizer < BG_LSTSQ)
        return;
    if (t->used_up && !t->progress.converged && t->progress.epochs > 0)
        say("not converged after %llu epoch%s; --epochs N allows more",
            (unsigned long long)t->progress.epochs, t->progress.epochs == 1 ? "" : "s");
    if (t->progress.converged && is_constant(t))
        say_constant(t);
}
