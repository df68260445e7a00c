/*
 * Time of one training step of six workloads, through the public API:  steps [NAME] [THREADS]
 * [f32|f64] Counts GEMM work only: 2 n[l-1] n[l] a row forward, as much for dW, and for deltas from
 * layer 2 on. Each workload is checked before it is timed: the loss is finite and gets smaller.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backgemm.h"

enum { MOST_LAYERS = 4, ROUNDS = 7 };

typedef struct workload {
    const char *name;
    size_t layers, widths[MOST_LAYERS + 1], rows, batch; /* batch 0: all rows */
    bg_activation hidden, output;
    bg_loss loss;
    bg_optimizer optimizer;
    double lr;
    uint64_t epochs; /* a round */
} workload;

static const workload workloads[] = {
    {"xor4", 2, {2, 3, 1}, 4, 0, BG_SIGMOID, BG_SIGMOID, BG_MSE, BG_GD, 1, 200000},
    {"xor4M", 2, {2, 3, 1}, 4194304, 0, BG_SIGMOID, BG_SIGMOID, BG_MSE, BG_GD, 1, 10},
    {"parity16", 3, {16, 64, 64, 1}, 65536, 0, BG_TANH, BG_IDENTITY, BG_MSE, BG_GD, 0.01, 10},
    {"mnist", 3, {784, 512, 256, 10}, 8192, 0, BG_RELU, BG_SOFTMAX, BG_SOFTMAX_CE, BG_GD, 0.1, 3},
    {"wide",
     4,
     {1024, 1024, 1024, 1024, 1024},
     4096,
     0,
     BG_RELU,
     BG_IDENTITY,
     BG_MSE,
     BG_GD,
     0.1,
     1},
    {"mini", 2, {784, 128, 10}, 8000, 64, BG_RELU, BG_SOFTMAX, BG_SOFTMAX_CE, BG_ADAM, 1e-3, 5},
};

static void stop_on(bg_status status, const bg_error *error)
{
    if (status == BG_OK)
        return;
    fprintf(stderr, "steps: %s\n", error->text);
    exit(1);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Inputs of 0 and 1 for the logical workloads, else of 256 grey levels; one target of each row
 * is 1. */
static bg_data *make_rows(const workload *w, bg_dtype dtype)
{
    size_t inputs = w->widths[0], outputs = w->widths[w->layers];
    double *x = calloc(w->rows * inputs, sizeof *x), *t = calloc(w->rows * outputs, sizeof *t);
    if (!x || !t) {
        fprintf(stderr, "steps: not enough memory for the rows of %s\n", w->name);
        exit(1);
    }
    uint32_t state = 1;
    for (size_t i = 0; i < w->rows * inputs; i++) {
        state = state * 1664525u + 1013904223u;
        x[i] = inputs <= 16 ? state >> 31 : (state >> 24) / 255.0;
    }
    for (size_t i = 0; i < w->rows; i++) {
        state = state * 1664525u + 1013904223u;
        t[i * outputs + (state >> 16) % outputs] = outputs > 1 ? 1 : state >> 31;
    }
    bg_data *data;
    bg_error error;
    stop_on(bg_data_create(dtype, w->rows, inputs, outputs, x, t, &data, &error), &error);
    free(x);
    free(t);
    return data;
}

static double flops_per_row(const workload *w)
{
    double flops = 0;
    for (size_t l = 0; l < w->layers; l++)
        flops += (l ? 6.0 : 4.0) * (double)w->widths[l] * (double)w->widths[l + 1];
    return flops;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median seconds of an epoch after a warm-up. */
static double time_epochs(const workload *w, bg_trainer *trainer)
{
    bg_progress first, last;
    bg_error error;
    double times[ROUNDS];
    stop_on(bg_trainer_run(trainer, 1, &first, &error), &error);
    for (int r = 0; r < ROUNDS; r++) {
        double start = seconds();
        stop_on(bg_trainer_run(trainer, w->epochs, &last, &error), &error);
        times[r] = (seconds() - start) / (double)w->epochs;
    }
    if (!isfinite(last.loss) || last.loss >= first.loss) {
        fprintf(stderr, "steps: %s: loss %g, then %g\n", w->name, first.loss, last.loss);
        exit(1);
    }
    qsort(times, ROUNDS, sizeof *times, by_size);
    return times[ROUNDS / 2];
}

static void run(const workload *w, int threads, bg_dtype dtype)
{
    bg_activation activations[MOST_LAYERS];
    for (size_t l = 0; l < w->layers; l++)
        activations[l] = l + 1 < w->layers ? w->hidden : w->output;
    bg_net_spec spec = {dtype, w->layers, w->widths, activations};
    bg_net *net;
    bg_trainer *trainer;
    bg_error error;
    bg_train_options options;
    stop_on(bg_net_create(&spec, &net, &error), &error);
    stop_on(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 1, &error), &error);
    bg_data *data = make_rows(w, dtype);
    bg_train_defaults(&options);
    options.objective.loss = w->loss;
    options.optimizer = w->optimizer;
    options.lr = w->lr;
    options.batch = w->batch;
    options.threads = threads;
    stop_on(bg_trainer_create(net, data, &options, &trainer, &error), &error);
    double time = time_epochs(w, trainer), rows = (double)w->rows;
    printf("%-9s %s %3d threads %12.3f us an epoch %10.4g rows/s %8.1f GFLOP/s\n", w->name,
           bg_name(BG_KIND_DTYPE, (int)dtype), bg_trainer_threads(trainer), time * 1e6, rows / time,
           flops_per_row(w) * rows / time * 1e-9);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
}

int main(int count, char **words)
{
    const char *name = count > 1 ? words[1] : "all";
    int threads = count > 2 ? (int)strtol(words[2], NULL, 10) : 0;
    int dtype = bg_value(BG_KIND_DTYPE, count > 3 ? words[3] : "f32");
    bool known = false;
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads && dtype >= 0; i++)
        if (strcmp(name, "all") == 0 || strcmp(name, workloads[i].name) == 0) {
            run(&workloads[i], threads, (bg_dtype)dtype);
            known = true;
        }
    if (!known)
        fprintf(stderr,
                "usage: steps [all|xor4|xor4M|parity16|mnist|wide|mini] [THREADS] [f32|f64]\n");
    return known ? 0 : 2;
}
