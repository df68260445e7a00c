/*
 * Is what is about to be timed right?  A plain pass in double over a few rows, against one step of
 * the very trainer on a batch that repeats these rows: the sum of the rows' gradients, each as
 * often as it comes, has to be the step.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "parameters.h"
#include "reference.h"
#include "talk.h"

/* Work that a check may be, and its rows. */
#define CHECK_FLOPS 1e8
#define LEAST_ROWS ((size_t)2)
#define MOST_ROWS ((size_t)64)
/* Largest difference, by a layer's norms.  Sums of thousands of rounded terms, in part cancelling,
 * are some 10^-6 off in float. */
static double tolerance(bg_dtype dtype)
{
    return dtype == BG_F32 ? 1e-4 : 1e-12;
}

typedef struct check {
    const bench_line *line;
    bg_net *net;    /* owned, as is all below */
    bg_data *few;   /* the rows */
    bg_data *batch; /* the same, repeated */
    size_t *row;    /* which stands where in the batch */
    double *weight; /* of each row in the mean */
    double *before, *after,
        *gradient; /* parameters and the plain gradient, as bg_gradient has it */
    double loss, step_loss;
} check;

static int fail_with(bg_error *error)
{
    return complain_error(error);
}

static size_t count_rows(const bench_line *line)
{
    double flops = line->flops / (double)line->rows, rows = CHECK_FLOPS / flops;
    size_t most = line->batch < MOST_ROWS ? line->batch : MOST_ROWS;
    size_t count = rows < (double)most ? (size_t)rows : most;
    return count < LEAST_ROWS && most >= LEAST_ROWS ? LEAST_ROWS : count ? count : 1;
}

/* Rows whose units stay clear of the bend of relu: there float and double may part ways. */
static int choose_rows(check *k)
{
    const bench_line *line = k->line;
    size_t count = count_rows(line), found = 0;
    size_t *good = calloc(count, sizeof *good);
    reference pass = {0};
    bg_data *many = NULL;
    int code = good ? EXIT_DONE : complain_memory("the check");
    if (code == EXIT_DONE)
        code = bench_rows(line->work, line->dtype, 4 * count, 2, &many);
    if (code == EXIT_DONE)
        code = reference_open(&pass, k->net, line->work->loss);
    for (size_t i = 0; i < 4 * count && found < count && code == EXIT_DONE; i++) {
        bool last_chance = 4 * count - i <= count - found;
        reference_forward(&pass, many, i);
        if (last_chance || reference_bend(&pass) > (line->dtype == BG_F32 ? 1e-5 : 1e-13))
            good[found++] = i;
    }
    bg_error error;
    if (code == EXIT_DONE && bg_data_select(many, count, good, &k->few, &error) != BG_OK)
        code = fail_with(&error);
    reference_close(&pass);
    bg_data_free(many);
    free(good);
    return code;
}

/* The batch: all rows by turns, in an order that does not fit tiles. */
static int repeat_rows(check *k)
{
    size_t count = bg_data_rows(k->few), batch = k->line->batch;
    uint64_t state = 1;
    k->row = calloc(batch, sizeof *k->row);
    k->weight = calloc(count, sizeof *k->weight);
    if (!k->row || !k->weight)
        return complain_memory("the check");
    for (size_t i = 0; i < batch; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        k->row[i] = i < count ? i : (size_t)((state >> 33) % count);
        k->weight[k->row[i]] += 1 / (double)batch;
    }
    bg_error error;
    if (bg_data_select(k->few, batch, k->row, &k->batch, &error) != BG_OK)
        return fail_with(&error);
    return EXIT_DONE;
}

static int plain_pass(check *k)
{
    reference pass = {0};
    int code = reference_open(&pass, k->net, k->line->work->loss);
    for (size_t i = 0; i < bg_data_rows(k->few) && code == EXIT_DONE; i++) {
        reference_forward(&pass, k->few, i);
        k->loss += k->weight[i] * reference_backward(&pass, k->weight[i], k->gradient);
    }
    reference_close(&pass);
    return code;
}

static double norm(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sqrt(sum);
}

/* One step of plain descent at a rate that makes the step larger than the parameters: what their
 * rounding takes from the gradient is then small beside it. */
static int engine_step(check *k, double *rate)
{
    const bench_line *line = k->line;
    size_t n = bg_net_parameters(k->net);
    bg_train_options options = line->options;
    double size = norm(k->gradient, n);
    options.optimizer = BG_GD;
    options.lr = size > 0 ? exp2(ceil(log2(4 * (norm(k->before, n) + 1) / size))) : 1;
    bg_trainer *trainer;
    bg_progress progress;
    bg_error error;
    if (bg_trainer_create(k->net, k->batch, &options, &trainer, &error) != BG_OK)
        return fail_with(&error);
    bg_status status = bg_trainer_run(trainer, 1, &progress, &error);
    bg_trainer_free(trainer);
    if (status != BG_OK)
        return fail_with(&error);
    k->step_loss = progress.loss;
    *rate = options.lr;
    return EXIT_DONE;
}

static int complain_check(const bench_line *line, const char *what, double error)
{
    text label = text_open("label"); /* any name: gathered, never written */
    bench_add_label(&label, line);
    text_add_bytes(&label, "", 1);
    int code = text_failed(&label)
                   ? complain_memory("a message")
                   : complain(EXIT_CHECK, "%s: %s is off by %.2g of its size: not timed",
                              label.bytes, what, error);
    free(label.bytes);
    return code;
}

/* NaN counts as a difference. */
static int compare(check *k, double rate)
{
    const bench_line *line = k->line;
    const double *g = k->gradient, *was = k->before, *is = k->after;
    double most = tolerance(line->dtype), error = fabs(k->step_loss - k->loss);
    if (!(error <= most * fabs(k->loss) + DBL_MIN))
        return complain_check(line, "the loss", error / fabs(k->loss));
    for (size_t l = 1; l <= bg_net_layers(k->net); l++) {
        size_t n = (bg_net_width(k->net, l - 1) + 1) * bg_net_width(k->net, l);
        double size = norm(g, n), difference = 0;
        for (size_t i = 0; i < n; i++) {
            double d = (was[i] - is[i]) / rate - g[i];
            difference += d * d;
        }
        difference = sqrt(difference);
        if (!(difference <= most * size + DBL_MIN)) {
            char what[64];
            snprintf(what, sizeof what, "the gradient of layer %zu", l);
            return complain_check(line, what, difference / size);
        }
        g += n, was += n, is += n;
    }
    return EXIT_DONE;
}

int bench_check(const bench_line *line)
{
    check k = {.line = line};
    const shape *s = &line->work->shape;
    bg_net_spec spec = {line->dtype, s->layers, s->widths, s->activations};
    bg_error error;
    int code = EXIT_DONE;
    double rate = 1;
    if (bg_net_create(&spec, &k.net, &error) != BG_OK ||
        bg_net_init(k.net, BG_GLOROT_UNIFORM, 0, 1, &error) != BG_OK)
        code = fail_with(&error);
    size_t n = code == EXIT_DONE ? bg_net_parameters(k.net) : 0;
    k.before = calloc(n + 1, sizeof *k.before);
    k.after = calloc(n + 1, sizeof *k.after);
    k.gradient = calloc(n + 1, sizeof *k.gradient);
    if (code == EXIT_DONE && (!k.before || !k.after || !k.gradient))
        code = complain_memory("the check");
    if (code == EXIT_DONE)
        code = choose_rows(&k);
    if (code == EXIT_DONE)
        code = repeat_rows(&k);
    if (code == EXIT_DONE)
        code = plain_pass(&k);
    if (code == EXIT_DONE) {
        parameters_get(k.net, k.before);
        code = engine_step(&k, &rate);
    }
    if (code == EXIT_DONE) {
        parameters_get(k.net, k.after);
        code = compare(&k, rate);
    }
    bg_net_free(k.net);
    bg_data_free(k.few);
    bg_data_free(k.batch);
    free(k.row);
    free(k.weight);
    free(k.before);
    free(k.after);
    free(k.gradient);
    return code;
}
