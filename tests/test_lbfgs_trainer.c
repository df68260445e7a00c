/* L-BFGS as a trainer: known answers, threads, stop and resume, what it refuses, how it ends. */
#include "smooth.h"

#include <signal.h>

#include "base/arena.h"
#include "net/net.h"

static bg_trainer *open_with(bg_net *net, const bg_data *data, const bg_train_options *options)
{
    bg_trainer *trainer = NULL;
    bg_error error;
    ck_assert_msg(bg_trainer_create(net, data, options, &trainer, &error) == BG_OK, "%s",
                  error.text);
    return trainer;
}

static void close_all(bg_trainer *trainer, bg_net *net, bg_data *data)
{
    bg_trainer_free(trainer);
    bg_net_free(net);
    bg_data_free(data);
}

static bg_trainer *open_trainer(bg_net *net, const bg_data *data)
{
    bg_train_options options;
    bg_train_defaults(&options);
    options.optimizer = BG_LBFGS;
    options.threads = 1;
    return open_with(net, data, &options);
}

/* Six inputs, two outputs, residuals that stay: the parameters of lstsq to 1e-10, with and without
 * a penalty, a mean and a sum. */
START_TEST(a_linear_network_ends_at_the_least_squares_solution)
{
    enum { ROWS = 200, IN = 6, OUT = 2, N = OUT * (IN + 1) };
    static double x[ROWS * IN], t[ROWS * OUT], got[N], want[N];
    static const bg_objective objectives[] = {
        {.loss = BG_MSE, .reduction = BG_MEAN},
        {.loss = BG_MSE, .reduction = BG_MEAN, .l2 = 0.01},
        {.loss = BG_SSE, .reduction = BG_SUM},
        {.loss = BG_HALF_SSE, .reduction = BG_MEAN, .l2 = 1},
    };
    fill_values(ROWS * IN, 1, x);
    fill_values(ROWS * OUT, 2, t);
    for (size_t i = 0; i < ROWS; i++)
        t[i * OUT] += 2 * x[i * IN] - x[i * IN + 3];
    bg_data *data = make_data(BG_F64, ROWS, IN, OUT, x, t);
    bg_net *net = make_net(BG_F64, 1, (size_t[]){IN, OUT}, (bg_activation[]){BG_IDENTITY});
    for (size_t i = 0; i < sizeof objectives / sizeof *objectives; i++) {
        bg_train_options options = smooth_options(BG_LBFGS, 0);
        options.objective = objectives[i];
        ck_assert_int_eq(bg_lstsq_fit(net, &objectives[i], data, NULL, NULL), BG_OK);
        get_parameters(net, want);
        ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 3, NULL), BG_OK);
        bg_trainer *trainer = open_with(net, data, &options);
        bg_progress now;
        ck_assert_int_eq(bg_trainer_run(trainer, 1000, &now, NULL), BG_OK);
        ck_assert(now.converged && now.epochs < 1000);
        ck_assert(now.end == BG_FIT_FLAT || now.end == BG_FIT_CONVERGED);
        get_parameters(net, got);
        for (size_t p = 0; p < N; p++)
            ck_assert_msg(fabs(got[p] - want[p]) <= 1e-10, "%zu: %.17g, not %.17g", i, got[p],
                          want[p]);
        bg_trainer_free(trainer);
    }
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

/* 2-3-1, tanh and identity, at most 200 iterations, to 1e-12. */
START_TEST(xor_from_a_hundred_seeds)
{
    static const double x[] = {0, 0, 0, 1, 1, 0, 1, 1}, t[] = {0, 1, 1, 0};
    bg_data *data = make_data(BG_F64, 4, 2, 1, x, t);
    size_t solved = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        bg_net *net =
            make_net(BG_F64, 2, (size_t[]){2, 3, 1}, (bg_activation[]){BG_TANH, BG_IDENTITY});
        ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, seed, NULL), BG_OK);
        bg_trainer *trainer = open_trainer(net, data);
        bg_progress now;
        ck_assert_int_eq(bg_trainer_run(trainer, 200, &now, NULL), BG_OK);
        solved += now.loss <= 1e-12;
        bg_trainer_free(trainer);
        bg_net_free(net);
    }
    ck_assert_uint_ge(solved, 85);
    bg_data_free(data);
}
END_TEST

/* Every epoch is a step; its loss is that of the parameters as they are then, and below the last
 * one, until rounding is all that is left of the difference: there the gradient shrinks. */
START_TEST(the_loss_never_rises)
{
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        double unit = dtype == BG_F32 ? 0x1p-23 : 0x1p-52, before = INFINITY, norm = INFINITY, loss;
        bg_data *data = smooth_data((bg_dtype)dtype, 500);
        bg_net *net = smooth_net((bg_dtype)dtype);
        bg_train_options options = smooth_options(BG_LBFGS, 0);
        bg_trainer *trainer = open_with(net, data, &options);
        bg_progress now = {0};
        for (uint64_t e = 1; e <= 300 && !now.converged; e++) {
            ck_assert_int_eq(bg_trainer_run(trainer, 1, &now, NULL), BG_OK);
            ck_assert(now.loss <= before + 8 * unit * before);
            if (!now.converged && now.loss >= before - 8 * unit * before)
                ck_assert(now.norm < norm);
            ck_assert_int_eq(bg_trainer_loss(trainer, &loss, NULL), BG_OK);
            ck_assert_double_le(fabs(loss - now.loss), 20 * unit * loss);
            if (!now.converged)
                ck_assert(now.epochs == e && now.steps == e);
            before = now.loss;
            norm = now.norm;
        }
        ck_assert_double_le(before, 0.002);
        close_all(trainer, net, data);
    }
}
END_TEST

static bg_data *iris(void)
{
    bg_table *table;
    bg_schema *schema;
    bg_data *data;
    ck_assert_int_eq(bg_table_read("tests/data/iris.csv", NULL, &table, NULL), BG_OK);
    ck_assert_int_eq(bg_schema_learn(table, NULL, &schema, NULL), BG_OK);
    ck_assert_int_eq(bg_schema_encode(schema, table, BG_F64, true, &data, NULL), BG_OK);
    bg_schema_free(schema);
    bg_table_free(table);
    return data;
}

static double loss_on_iris(bg_optimizer optimizer, double l2, size_t batch, uint64_t epochs)
{
    bg_data *data = iris();
    bg_net *net = make_net(BG_F64, 2, (size_t[]){4, 10, 3}, (bg_activation[]){BG_SILU, BG_SOFTMAX});
    bg_train_options options = smooth_options(optimizer, batch);
    options.objective = (bg_objective){.loss = BG_SOFTMAX_CE, .reduction = BG_MEAN, .l2 = l2};
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 1, NULL), BG_OK);
    bg_trainer *trainer = open_with(net, data, &options);
    double loss;
    ck_assert_int_eq(bg_trainer_run(trainer, epochs, NULL, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_loss(trainer, &loss, NULL), BG_OK);
    bg_trainer_free(trainer);
    bg_net_free(net);
    bg_data_free(data);
    return loss;
}

START_TEST(iris_is_fitted_in_fewer_epochs_than_by_adam)
{
    for (int penalty = 0; penalty <= 1; penalty++) {
        double l2 = penalty * 1e-3, ours = loss_on_iris(BG_LBFGS, l2, 0, 100);
        ck_assert_double_le(ours, loss_on_iris(BG_ADAM, l2, 0, 400));
        ck_assert_double_le(ours, loss_on_iris(BG_ADAM, l2, 32, 400));
    }
}
END_TEST

static void hash_of_run(bg_dtype dtype, int threads, char hex[65])
{
    bg_data *data = smooth_data(dtype, 20011);
    bg_net *net = smooth_net(dtype);
    bg_train_options options = smooth_options(BG_LBFGS, 0);
    options.threads = threads;
    bg_trainer *trainer = open_with(net, data, &options);
    ck_assert_int_eq(bg_trainer_threads(trainer), threads);
    ck_assert_int_eq(bg_trainer_run(trainer, 12, NULL, NULL), BG_OK);
    bg_net_sha256(net, hex);
    close_all(trainer, net, data);
}

START_TEST(any_thread_count_gives_the_same_bits)
{
    static const int threads[] = {2, 3, 7};
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        char one[65], many[65];
        hash_of_run((bg_dtype)dtype, 1, one);
        for (size_t k = 0; k < 3; k++) {
            hash_of_run((bg_dtype)dtype, threads[k], many);
            ck_assert_str_eq(one, many);
        }
    }
}
END_TEST

/* A call for each epoch, and a new trainer in the middle, before and after the pairs are full. */
START_TEST(stop_and_go_on_gives_the_same_bits)
{
    bg_train_options options = smooth_options(BG_LBFGS, 0);
    char whole[65], pieces[65];
    hash_of_two_halves(&options, 0, whole);
    for (uint64_t first = 1; first < 10; first++) {
        hash_of_two_halves(&options, first, pieces);
        ck_assert_str_eq(whole, pieces);
    }
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        bg_data *data = smooth_data((bg_dtype)dtype, 200);
        bg_net *a = smooth_net((bg_dtype)dtype), *b = smooth_net((bg_dtype)dtype);
        bg_trainer *one = open_with(a, data, &options), *other = open_with(b, data, &options);
        ck_assert_uint_eq(bg_trainer_state_vectors(other), 20);
        double *values = calloc(bg_net_parameters(a), sizeof *values);
        ck_assert_int_eq(bg_trainer_run(one, 40, NULL, NULL), BG_OK);
        for (int i = 0; i < 40; i++) {
            bg_progress now;
            ck_assert_int_eq(bg_trainer_run(other, 1, &now, NULL), BG_OK);
            if (i % 13 != 12)
                continue;
            bg_trainer *next = open_with(b, data, &options);
            for (size_t v = 0; v < 20; v++) {
                bg_trainer_get_state(other, v, values);
                bg_trainer_set_state(next, v, values);
            }
            ck_assert_int_eq(bg_trainer_set_progress(next, &now, NULL), BG_OK);
            bg_trainer_free(other);
            other = next;
        }
        bg_net_sha256(a, whole);
        bg_net_sha256(b, pieces);
        ck_assert_str_eq(whole, pieces);
        free(values);
        bg_trainer_free(one);
        bg_trainer_free(other);
        bg_net_free(a);
        bg_net_free(b);
        bg_data_free(data);
    }
}
END_TEST

START_TEST(a_run_ends_by_itself_when_asked_or_when_told)
{
    static volatile sig_atomic_t stop = 1;
    bg_data *data = smooth_data(BG_F64, 100);
    bg_net *net = smooth_net(BG_F64);
    bg_train_options options = smooth_options(BG_LBFGS, 0);
    options.stop = &stop;
    options.stop_loss = 0.01;
    bg_trainer *trainer = open_with(net, data, &options);
    bg_progress now;
    ck_assert_int_eq(bg_trainer_run(trainer, 1000, &now, NULL), BG_OK);
    ck_assert(now.stopped && now.epochs == 1);
    stop = 0;
    ck_assert_int_eq(bg_trainer_run(trainer, 1000, &now, NULL), BG_OK);
    ck_assert(now.reached && !now.stopped && now.epochs < 1000 && now.loss <= 0.01);
    bg_trainer_free(trainer);
    options.stop_loss = (double)NAN;
    options.objective.l2 = 0.1; /* strong enough for one minimum */
    trainer = open_with(net, data, &options);
    ck_assert_int_eq(bg_trainer_run(trainer, 100000, &now, NULL), BG_OK);
    ck_assert(now.converged && now.epochs < 100000);
    ck_assert(now.end != BG_FIT_UNFINISHED && bg_fit_end_text(now.end));
    bg_fit fit;
    ck_assert(!bg_trainer_fit(trainer, &fit));
    char one[65], two[65];
    uint64_t epochs = now.epochs;
    bg_net_sha256(net, one);
    ck_assert_int_eq(bg_trainer_run(trainer, 5, &now, NULL), BG_OK);
    bg_net_sha256(net, two);
    ck_assert_str_eq(one, two);
    ck_assert(now.converged && now.epochs == epochs);
    close_all(trainer, net, data);
}
END_TEST

/* Parameters that a caller has set between runs are where the next one starts. */
START_TEST(other_parameters_are_noticed)
{
    bg_data *data = smooth_data(BG_F64, 100);
    bg_net *net = smooth_net(BG_F64);
    bg_train_options options = smooth_options(BG_LBFGS, 0);
    bg_trainer *trainer = open_with(net, data, &options);
    ck_assert_int_eq(bg_trainer_run(trainer, 20, NULL, NULL), BG_OK);
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 9, NULL), BG_OK);
    double start, after;
    bg_progress now;
    ck_assert_int_eq(bg_trainer_loss(trainer, &start, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_run(trainer, 1, &now, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_loss(trainer, &after, NULL), BG_OK);
    ck_assert(after < start);
    ck_assert_double_le(fabs(after - now.loss), 1e-13);
    close_all(trainer, net, data);
}
END_TEST

START_TEST(a_start_that_is_not_finite_is_told_with_its_place)
{
    double x[] = {1, 1e30}, t[] = {0, 0};
    bg_data *data = make_data(BG_F32, 2, 1, 1, x, t);
    bg_net *net = make_net(BG_F32, 1, (size_t[]){1, 1}, (bg_activation[]){BG_IDENTITY});
    ck_assert_int_eq(bg_net_init(net, BG_CONSTANT, 1e10, 1, NULL), BG_OK);
    bg_trainer *trainer = open_trainer(net, data);
    bg_error error;
    ck_assert_int_eq(bg_trainer_run(trainer, 1, NULL, &error), BG_E_DIVERGED);
    ck_assert_uint_eq(error.row, 2);
    ck_assert_uint_eq(error.layer, 1);
    ck_assert_uint_eq(error.step, 1);
    double weight;
    bg_net_get(net, 1, &weight, NULL);
    ck_assert_double_eq(weight, 1e10);
    close_all(trainer, net, data);
}
END_TEST

static void refuse(bg_train_options options, const char *words)
{
    bg_data *data = smooth_data(BG_F64, 100);
    bg_net *net = smooth_net(BG_F64);
    bg_trainer *trainer = NULL;
    bg_error error;
    options.optimizer = BG_LBFGS;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, &error), BG_E_ARGUMENT);
    ck_assert_ptr_null(trainer);
    ck_assert_msg(strstr(error.text, words) != NULL, "\"%s\" lacks \"%s\"", error.text, words);
    bg_net_free(net);
    bg_data_free(data);
}

START_TEST(what_it_cannot_do_is_refused)
{
    const bg_train_options plain = smooth_options(BG_LBFGS, 0);
    bg_train_options o = plain;
    o.batch = 10;
    refuse(o, "lbfgs takes all rows at once, not batches of 10");
    o = plain;
    o.ascent = true;
    refuse(o, "downhill");
    o = plain;
    o.objective.l1 = 0.1;
    refuse(o, "lbfgs minimises smooth functions: a penalty l1 has a kink at 0");
    o = plain;
    o.clip = 1;
    refuse(o, "no use for a clipped gradient");
    o = plain;
    o.warmup = 1;
    refuse(o, "no learning rate");
    bg_data *data = smooth_data(BG_F32, 10);
    bg_net *net = smooth_net(BG_F32);
    bg_trainer *trainer = open_trainer(net, data);
    double gradient[1200] = {0};
    bg_error error;
    ck_assert_int_eq(bg_trainer_apply(trainer, gradient, &error), BG_E_ARGUMENT);
    ck_assert_int_eq(bg_trainer_step(trainer, data, NULL, &error), BG_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "no steps along a gradient"));
    close_all(trainer, net, data);
}
END_TEST

START_TEST(an_iteration_allocates_nothing)
{
    bg_data *data = smooth_data(BG_F32, 500);
    bg_net *net = smooth_net(BG_F32);
    bg_trainer *trainer = open_trainer(net, data);
    size_t before = memory_allocations();
    ck_assert_int_eq(bg_trainer_run(trainer, 100, NULL, NULL), BG_OK);
    ck_assert_uint_eq(memory_allocations(), before);
    close_all(trainer, net, data);
}
END_TEST

START_TEST(short_memory_is_reported_at_every_allocation)
{
    bg_data *data = smooth_data(BG_F32, 100);
    bg_net *net = smooth_net(BG_F32);
    bg_train_options options = smooth_options(BG_LBFGS, 0);
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

/* What pads the rows of W stays 0, by whichever engine. */
START_TEST(padding_stays_zero)
{
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        bg_data *data = smooth_data((bg_dtype)dtype, 100);
        bg_net *net = smooth_net((bg_dtype)dtype), *clean = smooth_net((bg_dtype)dtype);
        double *values = calloc(bg_net_parameters(net), sizeof *values);
        bg_trainer *trainer = open_trainer(net, data);
        ck_assert_int_eq(bg_trainer_run(trainer, 30, NULL, NULL), BG_OK);
        net_export(net, net->values, values);
        net_import(clean, clean->values, values);
        ck_assert_mem_eq(net->values, clean->values, net->size * dtype_size(net->dtype));
        bg_trainer_free(trainer);
        free(values);
        bg_net_free(net);
        bg_net_free(clean);
        bg_data_free(data);
    }
}
END_TEST

RUN_CASE("lbfgs_trainer", 120, a_linear_network_ends_at_the_least_squares_solution,
         xor_from_a_hundred_seeds, the_loss_never_rises,
         iris_is_fitted_in_fewer_epochs_than_by_adam, any_thread_count_gives_the_same_bits,
         stop_and_go_on_gives_the_same_bits, a_run_ends_by_itself_when_asked_or_when_told,
         other_parameters_are_noticed, a_start_that_is_not_finite_is_told_with_its_place,
         what_it_cannot_do_is_refused, an_iteration_allocates_nothing,
         short_memory_is_reported_at_every_allocation, padding_stays_zero)
