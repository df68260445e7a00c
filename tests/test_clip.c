/* Clipped gradients: how far a step goes; test_torch_steps.c has PyTorch's. */
#include "smooth.h"

typedef struct clipped_case {
    size_t layers, widths[4];
} clipped_case;

static bg_net *clipped_net(const clipped_case *c, bg_dtype dtype)
{
    static const bg_activation f[] = {BG_TANH, BG_TANH, BG_SIGMOID};
    bg_net *net = make_net(dtype, c->layers, c->widths, f + 3 - c->layers);
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 42, NULL), BG_OK);
    return net;
}

/* |P' - P| of one step of gd with lr 1, as a share of the gradient's length, penalty included. */
static double share_moved(const clipped_case *c, bg_data *data, bg_dtype dtype, double clip,
                          int threads, double *length)
{
    bg_train_options options = smooth_options(BG_GD, 0);
    options.lr = 1;
    options.clip = clip;
    options.threads = threads;
    bg_net *net = clipped_net(c, dtype);
    size_t n = bg_net_parameters(net);
    double *before = calloc(n, sizeof *before), *after = calloc(n, sizeof *after),
           *g = calloc(n, sizeof *g), moved = 0, squares = 0;
    get_parameters(net, before);
    ck_assert_int_eq(bg_gradient(net, &options.objective, data, 1, NULL, g, NULL), BG_OK);
    bg_trainer *trainer;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_run(trainer, 1, NULL, NULL), BG_OK);
    get_parameters(net, after);
    for (size_t i = 0; i < n; i++) {
        moved += (after[i] - before[i]) * (after[i] - before[i]);
        squares += g[i] * g[i];
    }
    *length = sqrt(squares);
    bg_trainer_free(trainer);
    bg_net_free(net);
    free(before);
    free(after);
    free(g);
    return sqrt(moved) / *length;
}

/* Every engine, widths with and without room between the rows. */
START_TEST(a_clipped_step_is_as_long_as_told)
{
    static const clipped_case cases[] = {
        {2, {7, 3, 3}}, {3, {7, 20, 33, 3}}, {2, {7, 256, 3}}, {3, {7, 256, 512, 3}}};
    for (size_t i = 0; i < 8; i++) {
        const clipped_case *c = &cases[i / 2];
        bg_dtype dtype = (bg_dtype)(i % 2);
        double rounding = dtype == BG_F32 ? 1e-4 : 1e-12, length;
        bg_data *data = smooth_data(dtype, 200);
        ck_assert_double_le(fabs(share_moved(c, data, dtype, 0, 1, &length) - 1), rounding);
        for (int threads = 1; threads <= 3; threads++) {
            double clip = length / 3,
                   share = share_moved(c, data, dtype, clip, threads, &length);
            ck_assert_double_le(fabs(share - clip / (length + 1e-6)), rounding);
            share = share_moved(c, data, dtype, 1.01 * length, threads, &length);
            ck_assert_double_le(fabs(share - 1), rounding);
        }
        bg_data_free(data);
    }
}
END_TEST

START_TEST(clipping_goes_on_where_it_was)
{
    for (size_t batch = 0; batch < 100; batch += 64) {
        bg_train_options options = smooth_options(BG_MOMENTUM, batch);
        char plain[65], whole[65], halves[65];
        hash_of_two_halves(&options, 0, plain);
        options.clip = 0.01;
        hash_of_two_halves(&options, 0, whole);
        hash_of_two_halves(&options, 4, halves);
        ck_assert_str_eq(whole, halves);
        ck_assert_str_ne(plain, whole);
    }
}
END_TEST

/* 1e200 is a number in double and its square is none: the step is not to be lost. */
START_TEST(a_gradient_too_long_to_measure_diverges)
{
    double x[] = {1e200}, t[] = {0};
    bg_data *data = make_data(BG_F64, 1, 1, 1, x, t);
    bg_net *net = make_net(BG_F64, 1, (size_t[]){1, 1}, (bg_activation[]){BG_IDENTITY});
    ck_assert_int_eq(bg_net_init(net, BG_CONSTANT, 1e-160, 1, NULL), BG_OK);
    bg_train_options options;
    bg_train_defaults(&options);
    options.clip = 1;
    bg_trainer *trainer;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_run(trainer, 10, NULL, NULL), BG_E_DIVERGED);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

static void refuse_clip(double clip, bg_optimizer optimizer)
{
    bg_data *data = smooth_data(BG_F64, 10);
    bg_net *net = make_net(BG_F64, 1, (size_t[]){7, 3}, (bg_activation[]){BG_IDENTITY});
    bg_train_options options;
    bg_train_defaults(&options);
    options.clip = clip;
    options.optimizer = optimizer;
    bg_trainer *trainer = NULL;
    bg_error error;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, &error), BG_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "clip"));
    bg_data_free(data);
    bg_net_free(net);
}

START_TEST(clips_that_are_none_are_refused)
{
    refuse_clip(-1, BG_GD);
    refuse_clip((double)INFINITY, BG_ADAM);
    refuse_clip((double)NAN, BG_GD);
    refuse_clip(1, BG_RPROP);
    refuse_clip(1, BG_LSTSQ);
    refuse_clip(1, BG_LM);
    refuse_clip(1, BG_LBFGS);
}
END_TEST

RUN_CASE("clip", 60, a_clipped_step_is_as_long_as_told, clipping_goes_on_where_it_was,
         a_gradient_too_long_to_measure_diverges, clips_that_are_none_are_refused)
