#include "curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "plot.h"
#include "talk.h"

/* Two hundred points for each factor of e are all that a picture shows; so many serve for more
 * epochs than there can be. */
#define STEP 1.005
#define MOST_POINTS 8192
#define HEIGHT 380
#define LONGEST_TITLE 100
/* Epochs up to which each has its own mark; from which their axis is logarithmic. */
#define MOST_MARKS 30
#define LONG_RUN 500
#define TRAINING "lc rgb '#1f77b4'"
#define VALIDATION "lc rgb '#d95f02'"
#define BEST "lw 1.5 dt (9,6) lc rgb '#444444'"

typedef struct point {
    double epoch, loss, valid, accuracy; /* NAN: none */
} point;

struct curve {
    const char *path;
    double next;   /* epoch from which the next point is kept */
    size_t points; /* kept */
    bool more;     /* behind them stands the last epoch's, whose turn it was not */
    point point[MOST_POINTS + 1];
};

int curve_open(const char *path, curve **made)
{
    curve *k = calloc(1, sizeof *k);
    if (!k)
        return complain_memory("the curve");
    k->path = path;
    *made = k;
    return EXIT_DONE;
}

void curve_add(curve *k, const training *t)
{
    double epoch = (double)t->progress.epochs, before = (double)t->first_epoch;
    k->point[k->points] = (point){epoch, t->progress.loss, NAN, NAN};
    if (t->valid) {
        k->point[k->points].valid = t->validation.loss;
        k->point[k->points].accuracy = t->validation.accuracy;
    }
    k->more = epoch < k->next || k->points == MOST_POINTS;
    if (k->more)
        return;
    k->points++;
    k->next = before + (epoch - before) * STEP;
}

/* --------------------------------------------------------------------------------- axes --- */

typedef struct range {
    double low, high;
} range;

static void stretch(range *r, double value)
{
    if (!isfinite(value))
        return;
    r->low = value < r->low ? value : r->low;
    r->high = value > r->high ? value : r->high;
}

static range losses(const curve *k)
{
    range r = {INFINITY, -INFINITY};
    for (size_t i = 0; i < k->points; i++) {
        stretch(&r, k->point[i].loss);
        stretch(&r, k->point[i].valid);
    }
    return r;
}

/* Powers of ten, not too many, and between a few of them 2 and 5 as well. */
static void add_log_axis(text *out, char axis, range r)
{
    int first = (int)floor(log10(r.low)), last = (int)floor(log10(r.high));
    int stride = (last - first) / 8 + 1;
    bool few = r.high / r.low <= 1000;
    static const double digits[] = {1, 2, 5};
    const char *comma = "";
    text_format(out, "set logscale %c\nset %crange [%.17g:%.17g]\nset %ctics (", axis, axis, r.low,
                r.high, axis);
    for (int power = first; power <= last; power += stride)
        for (size_t i = 0; i < (few ? 3 : 1); i++) {
            double tick = digits[i] * pow(10, power);
            if (tick < r.low || tick > r.high)
                continue;
            text_format(out, "%s%g", comma, tick);
            comma = ", ";
        }
    text_add(out, ")\n");
}

/* 1, 2 or 5 times a power of ten, so that there are up to six. */
static double whole_step(double span)
{
    double least = span / 6, power = pow(10, floor(log10(least)));
    double step = least <= power       ? power
                  : least <= 2 * power ? 2 * power
                  : least <= 5 * power ? 5 * power
                                       : 10 * power;
    return step > 1 ? step : 1;
}

static void add_epochs_axis(text *out, const curve *k)
{
    range r = {k->point[0].epoch, k->point[k->points - 1].epoch};
    text_add(out, "set xlabel 'epochs'\nset format x '%.0f'\n");
    if (r.high > LONG_RUN && r.high >= 10 * r.low) {
        add_log_axis(out, 'x', r);
        return;
    }
    double margin = r.low == r.high ? 0.5 : 0;
    text_format(out, "set xrange [%.17g:%.17g]\nset xtics %g\n", r.low - margin, r.high + margin,
                margin > 0 ? 1 : whole_step(r.high - r.low));
}

static void add_loss_axis(text *out, const curve *k)
{
    range r = losses(k);
    text_add(out, "set ylabel 'loss'\nset format y '%g'\n");
    if (!(r.low > 0) || r.high < 10 * r.low)
        return;
    double margin = pow(r.high, 0.04) / pow(r.low, 0.04);
    add_log_axis(out, 'y', (range){r.low / margin, r.high * margin});
}

/* Accuracies below 1 in tenths, 1 a little below the frame. */
static void add_accuracy_axis(text *out, const curve *k)
{
    double low = 0.9;
    for (size_t i = 0; i < k->points; i++)
        low = fmin(low, floor(10 * k->point[i].accuracy) / 10);
    text_format(out,
                "unset logscale y\nset ylabel 'accuracy'\nset ytics autofreq\n"
                "set yrange [%g:%g]\n",
                low, 1 + 0.03 * (1 - low));
}

/* ------------------------------------------------------------------------------ picture --- */

static void add_number(text *out, double value)
{
    if (isfinite(value))
        text_number(out, value, BG_F64);
    else
        text_add(out, "NaN");
}

static void add_points(text *out, const curve *k)
{
    text_add(out, "$run << end\n");
    for (const point *p = k->point; p < k->point + k->points; p++) {
        const double values[] = {p->epoch, p->loss, p->valid, p->accuracy};
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            text_add(out, i ? " " : "");
            add_number(out, values[i]);
        }
        text_add(out, "\n");
    }
    text_add(out, "end\n");
}

/* The data and the network. */
static void add_title(text *out, const training *t)
{
    const bg_net *net = bg_model_net(t->model);
    const char *data = t->c->operand[0], *slash = strrchr(data, '/');
    text words = text_open("title"); /* any name: gathered, never written */
    text_add(&words, input_name(slash ? slash + 1 : data));
    for (size_t l = 0; l <= bg_net_layers(net); l++)
        text_format(&words, l ? "-%zu" : ": %zu", bg_net_width(net, l));
    text_add_bytes(&words, "", 1);
    plot_add_quoted(out, text_failed(&words) ? "" : words.bytes, LONGEST_TITLE);
    text_add(out, "\n");
    text_drop(&words);
}

static void add_line(text *out, const curve *k, int column, const char *color, const char *name)
{
    bool marks = k->point[k->points - 1].epoch - k->point[0].epoch < MOST_MARKS;
    text_format(out, "$run using 1:%d with %s lw 2 %s title '%s', ", column,
                marks ? "linespoints pt 7 ps 0.4" : "lines", color, name);
}

/* The epoch whose weights --patience keeps; one before --resume is out of the picture. */
static bool shows_best(const curve *k, const training *t)
{
    return t->c->given[OPT_PATIENCE] && t->best && (double)t->best_epoch >= k->point[0].epoch;
}

static void add_best_mark(text *out, const training *t)
{
    double best = (double)t->best_epoch;
    text_format(out, "set arrow from first %.0f, graph 0 to first %.0f, graph 1 nohead " BEST "\n",
                best, best);
}

/* The arrow's place in the key; without one a line that does not show ends the list. */
static void end_plot(text *out, const curve *k, const training *t)
{
    if (shows_best(k, t))
        text_format(out, "NaN with lines " BEST " title 'best: epoch %llu'\n",
                    (unsigned long long)t->best_epoch);
    else
        text_add(out, "NaN notitle\n");
}

static int draw(const curve *k, const training *t)
{
    bool accuracy = isfinite(k->point[0].accuracy);
    text script = plot_open(k->path, HEIGHT);
    add_points(&script, k);
    text_format(&script, "set multiplot layout 1,%d title ", accuracy ? 2 : 1);
    add_title(&script, t);
    text_add(&script,
             "set key above font ',10' maxrows 1 height 0.5 samplen 1.8 width -1\nset rmargin 4\n");
    add_epochs_axis(&script, k);
    add_loss_axis(&script, k);
    if (shows_best(k, t))
        add_best_mark(&script, t);
    text_add(&script, "plot ");
    add_line(&script, k, 2, TRAINING, "training");
    if (t->valid)
        add_line(&script, k, 3, VALIDATION, "validation");
    end_plot(&script, k, t);
    if (accuracy) {
        add_accuracy_axis(&script, k);
        text_add(&script, "plot ");
        add_line(&script, k, 4, VALIDATION, "validation");
        end_plot(&script, k, t);
    }
    text_add(&script, "unset multiplot\n");
    int code = plot_draw(&script);
    text_drop(&script);
    return code;
}

int curve_close(curve *k, const training *t)
{
    int code = EXIT_DONE;
    if (k && k->more)
        k->points++;
    if (k && k->points)
        code = draw(k, t);
    else if (k)
        say("%s is not drawn: this run completed no epoch", k->path);
    free(k);
    return code;
}
