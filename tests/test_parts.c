/* Few rows of networks whose large first layer goes forward in parts and whose small last ones, or
 * all, each thread takes rows through: planned so, with the same bits for any number of threads,
 * and the numbers of other cuts. */
#include <math.h>
#include <stdlib.h>

#include "kernel/variants.h"
#include "net/plan.h"
#include "smooth.h"

enum { INPUTS = 300, TARGETS = 3, ROWS = 101 };

/* 0: all layers but the first are small; 1: two that are not; 2: a thin one; 3: all are small. */
static bg_net *net_of(bg_dtype dtype, int which)
{
    static const size_t widths[][5] = {{INPUTS, 100, 60, 20, TARGETS},
                                       {INPUTS, 260, 270, 20, TARGETS},
                                       {INPUTS, 90, TARGETS},
                                       {INPUTS, 48, TARGETS}};
    static const bg_activation bends[][4] = {{BG_RELU, BG_GELU, BG_TANH, BG_SOFTMAX},
                                             {BG_SIGMOID, BG_TANH, BG_SILU, BG_SOFTMAX},
                                             {BG_SILU, BG_SOFTMAX},
                                             {BG_GELU, BG_SOFTMAX}};
    bg_net *net = make_net(dtype, which >= 2 ? 2 : 4, widths[which], bends[which]);
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 7, NULL), BG_OK);
    return net;
}

/* Weighted, or not. */
static bg_data *data_of(bg_dtype dtype, bool weighted)
{
    double *x = calloc(ROWS * INPUTS, sizeof *x), *t = calloc(ROWS * TARGETS, sizeof *t), w[ROWS];
    fill_values(ROWS * INPUTS, 5, x);
    for (size_t i = 0; i < ROWS; i++) {
        t[i * TARGETS + i % TARGETS] = 1;
        w[i] = (double)(i % 4);
    }
    bg_data *data = make_data(dtype, ROWS, INPUTS, TARGETS, x, t);
    if (weighted)
        ck_assert_int_eq(bg_data_set_weights(data, w, NULL), BG_OK);
    free(x);
    free(t);
    return data;
}

typedef struct outcome {
    double loss, *values;
    size_t count;
} outcome;

/* After runs of so many epochs of shuffled batches, the last of which is smaller.  slots 0: as
 * planned. */
static outcome train_for(bg_dtype dtype, int which, size_t batch, int threads, size_t slots,
                         unsigned runs, uint64_t epochs)
{
    bg_net *net = net_of(dtype, which);
    bg_data *data = data_of(dtype, which != 1);
    bg_train_options options = smooth_options(BG_ADAM, batch);
    options.objective.loss = BG_SOFTMAX_CE;
    options.threads = threads;
    options.dropout = 0.25;
    options.slots = slots;
    options.tile_rows = slots ? 16 : 0;
    bg_trainer *trainer;
    bg_progress progress;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    for (unsigned i = 0; i < runs; i++)
        ck_assert_int_eq(bg_trainer_run(trainer, epochs, &progress, NULL), BG_OK);
    ck_assert_uint_eq(progress.epochs, runs * epochs);
    outcome done = {progress.loss, calloc(bg_net_parameters(net), sizeof(double)),
                    bg_net_parameters(net)};
    get_parameters(net, done.values);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
    return done;
}

static outcome train(bg_dtype dtype, int which, size_t batch, int threads, size_t slots)
{
    return train_for(dtype, which, batch, threads, slots, 1, 3);
}

static const size_t batches[] = {1, 7, 24, 33, 60};
enum { BATCHES = sizeof batches / sizeof *batches, NETS = 4, CASES = 2 * NETS * BATCHES };

START_TEST(same_bits_for_any_thread_count)
{
    for (size_t i = 0; i < CASES; i++) {
        bg_dtype dtype = i % 2 ? BG_F64 : BG_F32;
        int which = (int)(i / 2 % NETS);
        size_t batch = batches[i / (2 * NETS)];
        outcome one = train(dtype, which, batch, 1, 0);
        for (int threads = 2; threads <= 4; threads++) {
            outcome many = train(dtype, which, batch, threads, 0);
            ck_assert_double_eq(one.loss, many.loss);
            ck_assert_mem_eq(one.values, many.values, one.count * sizeof(double));
            free(many.values);
        }
        free(one.values);
    }
}
END_TEST

/* Steps of a hundred microseconds are tried alone and by all threads in turns, 16 a trial: here
 * each way more than once, in one run and in runs that end within a trial. */
START_TEST(same_bits_whenever_threads_join)
{
    enum { EPOCHS = 60 };
    for (int which = 2; which < NETS; which++) {
        outcome one = train_for(BG_F32, which, 24, 1, 0, 1, EPOCHS);
        for (unsigned runs = 1; runs <= EPOCHS; runs *= EPOCHS) {
            outcome many = train_for(BG_F32, which, 24, 2, 0, runs, EPOCHS / runs);
            ck_assert_double_eq(one.loss, many.loss);
            ck_assert_mem_eq(one.values, many.values, one.count * sizeof(double));
            free(many.values);
        }
        free(one.values);
    }
}
END_TEST

/* Two slots, each of rows of its own. */
START_TEST(other_cuts_differ_in_rounding_only)
{
    for (int which = 0; which < NETS; which++) {
        outcome planned = train(BG_F64, which, 24, 2, 0), apart = train(BG_F64, which, 24, 2, 2);
        ck_assert_double_le(fabs(planned.loss - apart.loss), 1e-12 * apart.loss);
        for (size_t i = 0; i < planned.count; i++)
            ck_assert_double_le(fabs(planned.values[i] - apart.values[i]), 1e-10);
        free(planned.values);
        free(apart.values);
    }
}
END_TEST

START_TEST(steps_of_few_rows_are_shared)
{
    bool ours = variant_bytes(variant_choose()) > 16; /* not by a library */
    const bg_objective objective = {.loss = BG_SOFTMAX_CE, .reduction = BG_MEAN};
    bg_net *net = net_of(BG_F32, 0);
    plan few = plan_choose(net, &objective, BG_GD, 40);
    ck_assert_int_eq(few.shared, ours);
    ck_assert_uint_eq(few.threads, ours ? 2 : 1);
    ck_assert(!plan_choose(net, &objective, BG_GD, 1).shared); /* too little work */
    ck_assert(!plan_choose(net, &objective, BG_GD, 64).shared);
    bg_net_free(net);
}
END_TEST

START_TEST(small_networks_are_shared_by_rows)
{
    bool ours = variant_bytes(variant_choose()) > 16;
    const bg_objective objective = {.loss = BG_SOFTMAX_CE, .reduction = BG_MEAN};
    bg_net *net = net_of(BG_F64, 3);
    for (size_t rows = 16; rows < 64; rows++) {
        plan cut = plan_choose(net, &objective, BG_ADAM, rows);
        ck_assert_int_eq(cut.shared, ours);
        ck_assert(!ours || cut.threads >= 2);
    }
    ck_assert(!plan_choose(net, &objective, BG_ADAM, 15).shared); /* less than a band for each */
    ck_assert(!plan_choose(net, &objective, BG_ADAM, 64).shared); /* two slots take less time */
    bg_net_free(net);
}
END_TEST

/* In a layer that goes forward in parts, in one that threads take rows through, or in the loss. */
START_TEST(divergence_is_found_where_it_begins)
{
    enum { HIDDEN = 90, AT = 17 };
    for (int i = 0; i < 24; i++) {
        int which = 2 + i / 12;
        bool first = i % 3 == 0, loss = i % 3 == 2;
        double *x = calloc(ROWS * INPUTS, sizeof *x), *t = calloc(ROWS * TARGETS, sizeof *t);
        double w[TARGETS * HIDDEN], b[TARGETS] = {0};
        fill_values(ROWS * INPUTS, 5, x);
        for (size_t k = 0; k < ROWS; k++)
            t[k * TARGETS] = 1;
        for (size_t k = 0; k < INPUTS; k++)
            x[AT * INPUTS + k] *= loss ? 1 : first ? 3e38 : 1e35;
        for (size_t k = 0; k < TARGETS * HIDDEN; k++)
            w[k] = k % 2 ? 1e5 : 0;
        bg_dtype dtype = loss ? BG_F64 : BG_F32;
        bg_net *net = net_of(dtype, which);
        if (loss)
            t[AT * TARGETS] = 1e200;
        else if (!first)
            bg_net_set(net, 2, w, b);
        bg_data *data = make_data(dtype, ROWS, INPUTS, TARGETS, x, t);
        bg_train_options options = smooth_options(BG_ADAM, 24);
        options.objective.loss = loss ? BG_MSE : BG_SOFTMAX_CE;
        options.lr = 1e-30;
        options.threads = 1 + i / 6 % 2 * 2;
        options.seed = (uint64_t)i;
        bg_trainer *trainer;
        bg_error error;
        ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
        ck_assert_int_eq(bg_trainer_run(trainer, 1, NULL, &error), BG_E_DIVERGED);
        ck_assert_uint_eq(error.layer, first ? 1 : 2);
        ck_assert_uint_eq(error.row, AT + 1);
        bg_trainer_free(trainer);
        bg_data_free(data);
        bg_net_free(net);
        free(x);
        free(t);
    }
}
END_TEST

START_TEST(parts_are_a_power_of_two)
{
    plan cut = {.tile_rows = 24, .tiles = 1, .slots = 1, .shared = true};
    const size_t inputs[] = {255, 1023, 1 << 20}, parts[] = {1, 4, 16};
    for (size_t i = 0; i < 3; i++) {
        net_layer layer = {.in = inputs[i], .out = 100, .columns = 112};
        ck_assert_uint_eq(plan_parts(&cut, BG_ENGINE_DIRECT, &layer), parts[i]);
        ck_assert_uint_eq(plan_parts(&cut, BG_ENGINE_AMX, &layer), 1);
    }
    net_layer layer = {.in = 1023, .out = 16, .columns = 16}; /* small enough for bands of rows */
    ck_assert_uint_eq(plan_parts(&cut, BG_ENGINE_DIRECT, &layer), 1);
    layer.columns = 112;
    cut.tile_rows = 80;
    ck_assert_uint_eq(plan_parts(&cut, BG_ENGINE_DIRECT, &layer), 1);
}
END_TEST

RUN_CASE("parts", 120, same_bits_for_any_thread_count, same_bits_whenever_threads_join,
         other_cuts_differ_in_rounding_only, steps_of_few_rows_are_shared,
         small_networks_are_shared_by_rows, divergence_is_found_where_it_begins,
         parts_are_a_power_of_two)
