/* Levenberg and Marquardt as a trainer: stop and resume, threads, precisions. */
#include "oracle.h"

enum { ROWS = 700, IN = 5, HIDDEN = 12, OUT = 2 };

static bg_data *smooth_data(bg_dtype dtype)
{
    double *x = calloc(ROWS * IN, sizeof *x), *t = calloc(ROWS * OUT, sizeof *t);
    fill_values(ROWS * IN, 1, x);
    for (size_t i = 0; i < ROWS; i++) {
        t[i * OUT] = sin(2 * x[i * IN]) * x[i * IN + 1];
        t[i * OUT + 1] = exp(-x[i * IN + 2] * x[i * IN + 3]);
    }
    bg_data *data = make_data(dtype, ROWS, IN, OUT, x, t);
    free(x);
    free(t);
    return data;
}

static bg_net *start_net(bg_dtype dtype)
{
    bg_net *net =
        make_net(dtype, 2, (size_t[]){IN, HIDDEN, OUT}, (bg_activation[]){BG_TANH, BG_IDENTITY});
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 1, NULL), BG_OK);
    return net;
}

static bg_trainer *open_trainer(bg_net *net, const bg_data *data, int threads)
{
    bg_train_options options;
    bg_trainer *trainer = NULL;
    bg_error error;
    bg_train_defaults(&options);
    options.optimizer = BG_LM;
    options.threads = threads;
    ck_assert_msg(bg_trainer_create(net, data, &options, &trainer, &error) == BG_OK, "%s",
                  error.text);
    return trainer;
}

START_TEST(any_thread_count_gives_the_same_bits)
{
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        char first[65] = "", hash[65];
        for (int threads = 1; threads <= 4; threads++) {
            bg_data *data = smooth_data((bg_dtype)dtype);
            bg_net *net = start_net((bg_dtype)dtype);
            bg_trainer *trainer = open_trainer(net, data, threads);
            ck_assert_int_eq(bg_trainer_threads(trainer), threads);
            ck_assert_int_eq(bg_trainer_run(trainer, 8, NULL, NULL), BG_OK);
            bg_net_sha256(net, threads == 1 ? first : hash);
            if (threads > 1)
                ck_assert_str_eq(first, hash);
            bg_trainer_free(trainer);
            bg_net_free(net);
            bg_data_free(data);
        }
    }
}
END_TEST

/* Every epoch lowers the loss, which is that of the parameters as they are now. */
START_TEST(the_loss_goes_down)
{
    bg_data *data = smooth_data(BG_F64);
    bg_net *net = start_net(BG_F64);
    bg_trainer *trainer = open_trainer(net, data, 2);
    double before = INFINITY, loss, initial;
    bg_progress now;
    bg_fit fit;
    ck_assert_int_eq(bg_trainer_loss(trainer, &initial, NULL), BG_OK);
    for (uint64_t e = 1; e <= 30; e++) {
        ck_assert_int_eq(bg_trainer_run(trainer, 1, &now, NULL), BG_OK);
        ck_assert_int_eq(bg_trainer_loss(trainer, &loss, NULL), BG_OK);
        ck_assert_double_le(fabs(loss - now.loss), 1e-13 * loss);
        ck_assert(now.loss < before && now.epochs == e && now.steps == e);
        ck_assert(bg_trainer_fit(trainer, &fit) && fit.iterations == e && fit.gain > 0);
        ck_assert_double_le(fabs(fit.rss / (ROWS * OUT) - loss), 1e-13 * loss);
        before = loss;
    }
    ck_assert_double_le(loss, initial / 1000);
    bg_trainer_free(trainer);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

/* A float network holds less than the run knows: the state has the rest. */
START_TEST(stop_and_go_on_gives_the_same_bits)
{
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        bg_data *data = smooth_data((bg_dtype)dtype);
        bg_net *whole = start_net((bg_dtype)dtype), *half = start_net((bg_dtype)dtype),
               *other = start_net((bg_dtype)dtype);
        bg_trainer *a = open_trainer(whole, data, 1), *b = open_trainer(half, data, 2),
                   *c = open_trainer(other, data, 1);
        size_t p = bg_net_parameters(whole);
        double *values = calloc(p, sizeof *values);
        bg_progress now;
        ck_assert_int_eq(bg_trainer_run(a, 9, NULL, NULL), BG_OK);
        ck_assert_int_eq(bg_trainer_run(b, 4, &now, NULL), BG_OK);
        ck_assert_uint_eq(bg_trainer_state_vectors(b), 2);
        for (size_t v = 0; v < 2; v++) {
            bg_trainer_get_state(b, v, values);
            bg_trainer_set_state(c, v, values);
        }
        ck_assert_int_eq(bg_trainer_set_progress(c, &now, NULL), BG_OK);
        ck_assert_int_eq(bg_trainer_run(c, 5, &now, NULL), BG_OK);
        ck_assert_uint_eq(now.epochs, 9);
        char one[65], two[65];
        bg_net_sha256(whole, one);
        bg_net_sha256(other, two);
        ck_assert_str_eq(one, two);
        free(values);
        bg_trainer_free(a);
        bg_trainer_free(b);
        bg_trainer_free(c);
        bg_net_free(whole);
        bg_net_free(half);
        bg_net_free(other);
        bg_data_free(data);
    }
}
END_TEST

/* XOR 2-3-1, tanh and identity: every seed, in fewer than 100 iterations, to 1e-12 and beyond. */
START_TEST(xor_from_a_hundred_seeds)
{
    static const double x[] = {0, 0, 0, 1, 1, 0, 1, 1}, t[] = {0, 1, 1, 0};
    bg_data *data = make_data(BG_F64, 4, 2, 1, x, t);
    size_t solved = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        bg_net *net =
            make_net(BG_F64, 2, (size_t[]){2, 3, 1}, (bg_activation[]){BG_TANH, BG_IDENTITY});
        ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, seed, NULL), BG_OK);
        bg_trainer *trainer = open_trainer(net, data, 1);
        bg_progress now;
        ck_assert_int_eq(bg_trainer_run(trainer, 99, &now, NULL), BG_OK);
        solved += now.loss <= 1e-12;
        bg_trainer_free(trainer);
        bg_net_free(net);
    }
    ck_assert_uint_ge(solved, 95);
    bg_data_free(data);
}
END_TEST

START_TEST(what_is_no_batch_descent_is_refused)
{
    bg_data *data = smooth_data(BG_F64);
    bg_net *net = start_net(BG_F64);
    bg_train_options options;
    bg_train_defaults(&options);
    options.optimizer = BG_LM;
    options.batch = 10;
    bg_trainer *trainer = NULL;
    bg_error error;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, &error), BG_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "not batches of 10"));
    options.batch = 0;
    options.ascent = true;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, &error), BG_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "downhill"));
    options.ascent = false;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    double gradient[HIDDEN * (IN + 1) + OUT * (HIDDEN + 1)] = {0};
    ck_assert_int_eq(bg_trainer_apply(trainer, gradient, &error), BG_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "no steps along a gradient"));
    bg_trainer_free(trainer);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

RUN_CASE("lm_trainer", 60, any_thread_count_gives_the_same_bits, the_loss_goes_down,
         stop_and_go_on_gives_the_same_bits, xor_from_a_hundred_seeds,
         what_is_no_batch_descent_is_refused)
