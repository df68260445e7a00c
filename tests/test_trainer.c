/* Training through the public API: same bits, divergence, stop and go on. */
#include "smooth.h"

#include <signal.h>

#include "base/arena.h"

static void hash_of_run(bg_dtype dtype, size_t batch, double clip, int threads, char hex[65])
{
    bg_data *data = smooth_data(dtype, 1001);
    bg_net *net = smooth_net(dtype);
    bg_train_options options = smooth_options(BG_ADAM, batch);
    options.clip = clip;
    options.threads = threads;
    bg_trainer *trainer;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    ck_assert_int_le(bg_trainer_threads(trainer), threads);
    ck_assert_int_eq(bg_trainer_run(trainer, 5, NULL, NULL), BG_OK);
    bg_net_sha256(net, hex);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
}

START_TEST(same_bits_for_any_thread_count)
{
    static const size_t batches[] = {0, 64, 250, 1};
    static const int threads[] = {2, 3, 4, 7};
    for (int i = 0; i < 16; i++) {
        bg_dtype dtype = (bg_dtype)(i % 2);
        size_t batch = batches[i / 2 % 4];
        double clip = i < 8 ? 0 : 0.01;
        char one[65], many[65];
        hash_of_run(dtype, batch, clip, 1, one);
        for (size_t k = 0; k < 4; k++) {
            hash_of_run(dtype, batch, clip, threads[k], many);
            ck_assert_msg(strcmp(one, many) == 0, "dtype %d batch %zu clip %g threads %d", dtype,
                          batch, clip, threads[k]);
        }
    }
}
END_TEST

/* The whole batch at once and its parts differ only in rounding: same model from 1001 rows a step
 * as from gradients added by hand. */
START_TEST(full_batch_gradient_is_the_sum_over_rows)
{
    size_t rows = 131;
    bg_data *data = smooth_data(BG_F64, rows);
    bg_net *net = smooth_net(BG_F64);
    bg_objective objective = {.loss = BG_HUBER, .reduction = BG_SUM};
    size_t n = bg_net_parameters(net);
    double *whole = calloc(n, sizeof *whole), *sum = calloc(n, sizeof *sum),
           *one = calloc(n, sizeof *one), value, total = 0, x[7], t[3];
    ck_assert_int_eq(bg_gradient(net, &objective, data, 2, &value, whole, NULL), BG_OK);
    for (size_t i = 0; i < rows; i++) {
        bg_data_row(data, i, x, t);
        bg_data *row = make_data(BG_F64, 1, 7, 3, x, t);
        double v;
        ck_assert_int_eq(bg_gradient(net, &objective, row, 1, &v, one, NULL), BG_OK);
        total += v;
        for (size_t k = 0; k < n; k++)
            sum[k] += one[k];
        bg_data_free(row);
    }
    ck_assert_double_le(fabs(value - total), 1e-12 * total);
    /* 131 terms of size up to about 1, each rounded to 2^-53 of the running sum */
    for (size_t k = 0; k < n; k++)
        ck_assert_double_le(fabs(whole[k] - sum[k]), 131 * 131 * 0x1p-53);
    free(whole);
    free(sum);
    free(one);
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

START_TEST(stop_and_go_on_gives_the_same_bits)
{
    for (int o = 0; o < BG_LSTSQ; o++)
        for (size_t batch = 0; batch < 100; batch += 64) {
            bg_train_options options = smooth_options((bg_optimizer)o, batch);
            char whole[65], halves[65];
            hash_of_two_halves(&options, 0, whole);
            hash_of_two_halves(&options, 4, halves);
            ck_assert_str_eq(whole, halves);
        }
}
END_TEST

static bg_train_options scheduled_options(bg_schedule schedule)
{
    bg_train_options options = smooth_options(BG_ADAMW, 64);
    options.schedule = schedule;
    options.warmup = 7;
    options.step_size = 5;
    options.t_max = 25;
    return options;
}

START_TEST(a_schedule_goes_on_where_it_was)
{
    char whole[BG_SCHEDULE_COUNT][65], halves[65];
    for (int s = 0; s < BG_SCHEDULE_COUNT; s++) {
        bg_train_options options = scheduled_options((bg_schedule)s);
        hash_of_two_halves(&options, 0, whole[s]);
        for (uint64_t first = 1; first < 10; first += 4) {
            hash_of_two_halves(&options, first, halves);
            ck_assert_str_eq(whole[s], halves);
        }
        for (int other = 0; other < s; other++)
            ck_assert_str_ne(whole[s], whole[other]);
    }
}
END_TEST

START_TEST(a_stop_inside_an_epoch_loses_nothing)
{
    static volatile sig_atomic_t stop;
    char whole[65], pieces[65];
    bg_train_options options = smooth_options(BG_MOMENTUM, 64);
    hash_of_two_halves(&options, 0, whole);
    bg_data *data = smooth_data(BG_F32, 200);
    bg_net *net = smooth_net(BG_F32);
    options.stop = &stop;
    bg_trainer *trainer;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    bg_progress progress = {0};
    stop = 1; /* one step a call: four steps an epoch */
    for (uint64_t step = 1; step <= 40; step++) {
        ck_assert_int_eq(bg_trainer_run(trainer, 10 - progress.epochs, &progress, NULL), BG_OK);
        ck_assert_uint_eq(progress.steps, step);
        ck_assert_uint_eq(progress.epochs, step / 4);
        ck_assert_int_eq(progress.stopped, step < 40);
    }
    bg_net_sha256(net, pieces);
    ck_assert_str_eq(whole, pieces);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

static const double xor_inputs[] = {0, 0, 0, 1, 1, 0, 1, 1}, xor_targets[] = {0, 1, 1, 0};

static bool solves_xor(uint64_t seed)
{
    bg_data *data = make_data(BG_F32, 4, 2, 1, xor_inputs, xor_targets);
    bg_net *net =
        make_net(BG_F32, 2, (size_t[]){2, 3, 1}, (bg_activation[]){BG_SIGMOID, BG_SIGMOID});
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, seed, NULL), BG_OK);
    bg_train_options options;
    bg_train_defaults(&options);
    options.lr = 5;
    options.threads = 1;
    bg_trainer *trainer;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_run(trainer, 10000, NULL, NULL), BG_OK);
    bg_metrics metrics;
    ck_assert_int_eq(bg_evaluate(net, &options.objective, BG_BITS, data, 1, &metrics, NULL, NULL),
                     BG_OK);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
    return metrics.accuracy == 1;
}

START_TEST(xor_is_learned_from_nearly_every_seed)
{
    int solved = 0;
    for (uint64_t seed = 1; seed <= 20; seed++)
        solved += solves_xor(seed);
    ck_assert_int_ge(solved, 19);
}
END_TEST

START_TEST(divergence_names_the_place_and_keeps_the_last_good_model)
{
    bg_data *data = make_data(BG_F32, 4, 2, 1, xor_inputs, xor_targets);
    bg_net *net = make_net(BG_F32, 2, (size_t[]){2, 3, 1}, (bg_activation[]){0, 0});
    ck_assert_int_eq(bg_net_init(net, BG_ONES, 0, 1, NULL), BG_OK);
    bg_train_options options;
    bg_train_defaults(&options);
    options.objective.loss = BG_HALF_SSE;
    options.ascent = true;
    bg_trainer *trainer;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    bg_error error;
    ck_assert_int_eq(bg_trainer_run(trainer, 1000, NULL, &error), BG_E_DIVERGED);
    ck_assert_uint_ge(error.step, 2);
    ck_assert(error.layer == 1 || error.layer == 2);
    ck_assert_ptr_nonnull(strstr(error.text, "step"));
    double loss;
    ck_assert_int_eq(bg_loss_value(net, &options.objective, data, 1, &loss, NULL), BG_OK);
    ck_assert(isfinite(loss));
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

START_TEST(a_final_loss_that_is_not_finite_is_found)
{
    double x[] = {1e20}, t[] = {0};
    bg_data *data = make_data(BG_F32, 1, 1, 1, x, t);
    bg_net *net = make_net(BG_F32, 1, (size_t[]){1, 1}, (bg_activation[]){BG_IDENTITY});
    ck_assert_int_eq(bg_net_init(net, BG_CONSTANT, 1e-20, 1, NULL), BG_OK);
    bg_train_options options;
    bg_train_defaults(&options);
    bg_trainer *trainer;
    bg_error error;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_run(trainer, 1, NULL, NULL), BG_OK);
    double loss = 7;
    ck_assert_int_eq(bg_trainer_loss(trainer, &loss, &error), BG_E_DIVERGED);
    ck_assert_double_eq(loss, 7);
    ck_assert_uint_eq(error.row, 1);
    double weight;
    bg_net_get(net, 1, &weight, NULL);
    ck_assert_double_eq(weight, (double)1e-20f);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

START_TEST(a_step_allocates_nothing)
{
    bg_data *data = smooth_data(BG_F32, 500);
    bg_net *net = smooth_net(BG_F32);
    bg_train_options options = smooth_options(BG_ADAM, 64);
    bg_trainer *trainer;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    size_t before = memory_allocations();
    ck_assert_int_eq(bg_trainer_run(trainer, 100, NULL, NULL), BG_OK);
    ck_assert_uint_eq(memory_allocations(), before);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

START_TEST(bad_options_are_refused)
{
    bg_data *data = smooth_data(BG_F32, 10);
    bg_net *net = smooth_net(BG_F32);
    static const double rates[] = {0, -1, 1e31, (double)INFINITY, (double)NAN};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        bg_train_options options;
        bg_train_defaults(&options);
        options.lr = rates[i];
        bg_trainer *trainer = NULL;
        bg_error error;
        ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, &error), BG_E_ARGUMENT);
        ck_assert_ptr_null(trainer);
        ck_assert_ptr_nonnull(strstr(error.text, "learning rate"));
    }
    bg_data *wide = smooth_data(BG_F64, 10);
    bg_train_options options;
    bg_train_defaults(&options);
    bg_trainer *trainer = NULL;
    ck_assert_int_eq(bg_trainer_create(net, wide, &options, &trainer, NULL), BG_E_ARGUMENT);
    bg_data_free(wide);
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

START_TEST(short_memory_is_reported_at_every_allocation)
{
    bg_data *data = smooth_data(BG_F32, 100);
    bg_net *net = smooth_net(BG_F32);
    bg_train_options options = smooth_options(BG_ADAM, 10);
    bg_status status = BG_E_MEMORY;
    for (size_t n = 1; status != BG_OK; n++) {
        bg_trainer *trainer = NULL;
        memory_fail_after(n);
        status = bg_trainer_create(net, data, &options, &trainer, NULL);
        memory_fail_after(0);
        ck_assert(status == BG_OK || status == BG_E_MEMORY);
        ck_assert_uint_lt(n, 50);
        bg_trainer_free(trainer);
    }
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

START_TEST(progress_that_cannot_be_is_refused)
{
    static const struct {
        uint64_t epochs, steps;
        bool can_be;
    } told[] = {{0, 0, true},   {0, 3, true},           {2, 8, true},
                {2, 11, true},  {0, 4, false},          {2, 7, false},
                {2, 12, false}, {UINT64_MAX, 0, false}, {UINT64_MAX / 4, 3, false}};
    bg_net *net = smooth_net(BG_F32);
    bg_data *data = smooth_data(BG_F32, 10);
    bg_train_options options = smooth_options(BG_GD, 3);
    bg_trainer *trainer;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        bg_progress p = {.epochs = told[i].epochs, .steps = told[i].steps}, now, before;
        bg_trainer_progress(trainer, &before);
        ck_assert_int_eq(bg_trainer_set_progress(trainer, &p, NULL),
                         told[i].can_be ? BG_OK : BG_E_ARGUMENT);
        bg_trainer_progress(trainer, &now);
        ck_assert_uint_eq(now.steps, told[i].can_be ? p.steps : before.steps);
    }
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

RUN_CASE("trainer", 120, same_bits_for_any_thread_count, full_batch_gradient_is_the_sum_over_rows,
         stop_and_go_on_gives_the_same_bits, a_schedule_goes_on_where_it_was,
         a_stop_inside_an_epoch_loses_nothing, xor_is_learned_from_nearly_every_seed,
         divergence_names_the_place_and_keeps_the_last_good_model,
         a_final_loss_that_is_not_finite_is_found, a_step_allocates_nothing,
         bad_options_are_refused, short_memory_is_reported_at_every_allocation,
         progress_that_cannot_be_is_refused)
