/* What its user does to a trainer's network, data and process between two runs, or before the
 * first. */
#include <fenv.h>
#include <string.h>

#include "smooth.h"

static bg_data *make_rows(bg_dtype dtype, size_t rows, size_t inputs, size_t targets)
{
    double *x = calloc(rows * inputs, sizeof *x), *t = calloc(rows * targets, sizeof *t);
    fill_values(rows * inputs, 3, x);
    fill_values(rows * targets, 4, t);
    bg_data *data = make_data(dtype, rows, inputs, targets, x, t);
    free(x);
    free(t);
    return data;
}

/* The hash after two epochs; where `late`, the start weights are drawn after the trainer is made.
 */
static void hash_of_start(bg_dtype dtype, const size_t widths[3], size_t rows,
                          bg_optimizer optimizer, bool late, char hex[65])
{
    bg_net *net = make_net(dtype, 2, widths, (bg_activation[]){BG_TANH, BG_IDENTITY});
    bg_data *data = make_rows(dtype, rows, widths[0], widths[2]);
    bg_train_options options = smooth_options(optimizer, 0);
    bg_trainer *trainer;
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, late ? 1 : 2, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    if (late) {
        ck_assert_int_eq(bg_trainer_run(trainer, 0, NULL, NULL), BG_OK);
        ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 2, NULL), BG_OK);
    }
    ck_assert_int_eq(bg_trainer_run(trainer, 2, NULL, NULL), BG_OK);
    bg_net_sha256(net, hex);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
}

/* Narrow, thin and direct, matrix unit or packed, packed. */
START_TEST(a_run_starts_from_the_parameters_there_are)
{
    static const struct {
        bg_dtype dtype;
        size_t widths[3], rows;
    } cases[] = {{BG_F32, {2, 3, 1}, 40},
                 {BG_F64, {20, 40, 3}, 64},
                 {BG_F32, {400, 400, 400}, 700},
                 {BG_F64, {200, 200, 200}, 700}};
    static const bg_optimizer optimizers[] = {BG_GD, BG_ADAM, BG_LBFGS, BG_LM};
    for (size_t i = 0; i < 4; i++)
        for (size_t o = 0; o < (i < 2 ? 4 : 3); o++) {
            char before[65], late[65];
            hash_of_start(cases[i].dtype, cases[i].widths, cases[i].rows, optimizers[o], false,
                          before);
            hash_of_start(cases[i].dtype, cases[i].widths, cases[i].rows, optimizers[o], true,
                          late);
            ck_assert_msg(strcmp(before, late) == 0, "case %zu, %s", i,
                          bg_name(BG_KIND_OPTIMIZER, (int)optimizers[o]));
        }
}
END_TEST

/* Parameters that only the last update makes infinite: the network is that of before it. */
START_TEST(a_last_update_that_diverges_is_found)
{
    static const bg_optimizer optimizers[] = {BG_GD, BG_MOMENTUM, BG_NESTEROV};
    static const double x[] = {1e5, -1e5, 1e5, 1e5}, t[] = {1e5, 0};
    for (size_t o = 0; o < 6; o++) {
        bg_net *net = make_net(BG_F32, 2, (size_t[]){2, 3, 1}, (bg_activation[]){0, 0});
        bg_data *data = make_data(BG_F32, 2, 2, 1, x, t);
        bg_train_options options = smooth_options(optimizers[o / 2], 0);
        options.lr = 1e30;
        bg_trainer *trainer;
        bg_error error;
        double before[13], after[13], steep[13];
        ck_assert_int_eq(bg_net_init(net, BG_CONSTANT, 1e4, 1, NULL), BG_OK);
        get_parameters(net, before);
        for (size_t i = 0; i < 13; i++)
            steep[i] = i % 2 ? 1e30 : -1e30;
        ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
        for (int again = 0; again < 2; again++) {
            ck_assert_int_eq(o % 2 ? bg_trainer_run(trainer, 1, NULL, &error)
                                   : bg_trainer_apply(trainer, steep, &error),
                             BG_E_DIVERGED);
            ck_assert_uint_ge(error.step, 1);
            ck_assert_ptr_nonnull(strstr(error.text, "the update makes parameters of layer"));
            get_parameters(net, after);
            ck_assert_mem_eq(before, after, sizeof before);
        }
        bg_trainer_free(trainer);
        bg_data_free(data);
        bg_net_free(net);
    }
}
END_TEST

START_TEST(any_number_of_epochs_is_until_something_stops_it)
{
    bg_net *net = smooth_net(BG_F64);
    bg_data *data = smooth_data(BG_F64, 50);
    bg_train_options options = smooth_options(BG_ADAM, 0);
    bg_trainer *trainer;
    bg_progress progress;
    options.stop_loss = 0.01;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_run(trainer, 1, &progress, NULL), BG_OK);
    ck_assert(!progress.reached);
    ck_assert_int_eq(bg_trainer_run(trainer, UINT64_MAX, &progress, NULL), BG_OK);
    ck_assert(progress.reached && progress.epochs > 2);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

/* Weights that come and go count from the next run on; lm has no use for them. */
START_TEST(weights_may_come_and_go)
{
    static const bg_optimizer optimizers[] = {BG_GD, BG_LBFGS};
    for (size_t o = 0; o < 2; o++)
        for (int first = 0; first < 2; first++) {
            enum { ROWS = 50 };
            bg_net *net = smooth_net(BG_F64), *other = smooth_net(BG_F64);
            bg_data *data = smooth_data(BG_F64, ROWS);
            bg_train_options options = smooth_options(optimizers[o], 0);
            bg_trainer *a, *b;
            double weights[ROWS];
            char one[65], two[65];
            for (size_t i = 0; i < ROWS; i++)
                weights[i] = 1 + (double)(i % 5);
            ck_assert_int_eq(bg_data_set_weights(data, first ? weights : NULL, NULL), BG_OK);
            ck_assert_int_eq(bg_trainer_create(net, data, &options, &a, NULL), BG_OK);
            ck_assert_int_eq(bg_data_set_weights(data, first ? NULL : weights, NULL), BG_OK);
            ck_assert_int_eq(bg_trainer_create(other, data, &options, &b, NULL), BG_OK);
            ck_assert_int_eq(bg_trainer_run(a, 3, NULL, NULL), BG_OK);
            ck_assert_int_eq(bg_trainer_run(b, 3, NULL, NULL), BG_OK);
            bg_net_sha256(net, one);
            bg_net_sha256(other, two);
            ck_assert_str_eq(one, two);
            bg_trainer_free(a);
            bg_trainer_free(b);
            bg_data_free(data);
            bg_net_free(net);
            bg_net_free(other);
        }
    bg_net *net = smooth_net(BG_F64);
    bg_data *data = smooth_data(BG_F64, 2);
    bg_train_options options = smooth_options(BG_LM, 0);
    bg_trainer *lm;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &lm, NULL), BG_OK);
    ck_assert_int_eq(bg_data_set_weights(data, (double[]){1, 2}, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_run(lm, 1, NULL, NULL), BG_E_ARGUMENT);
    bg_trainer_free(lm);
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

START_TEST(another_learning_rate_is_that_of_the_next_step)
{
    double one[1000], two[1000];
    for (int late = 0; late < 2; late++) {
        bg_net *net = smooth_net(BG_F64);
        bg_data *data = smooth_data(BG_F64, 50);
        bg_train_options options = smooth_options(BG_GD, 0);
        bg_trainer *trainer;
        options.lr = late ? 0.5 : 0.01;
        ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
        ck_assert_int_eq(bg_trainer_set_lr(trainer, -1, NULL), BG_E_ARGUMENT);
        ck_assert_int_eq(bg_trainer_set_lr(trainer, 0.01, NULL), BG_OK);
        ck_assert_int_eq(bg_trainer_run(trainer, 1, NULL, NULL), BG_OK);
        ck_assert_uint_le(bg_net_parameters(net), 1000);
        get_parameters(net, late ? two : one);
        ck_assert(!late || memcmp(one, two, bg_net_parameters(net) * sizeof *one) == 0);
        bg_trainer_free(trainer);
        bg_data_free(data);
        bg_net_free(net);
    }
}
END_TEST

/* Another rounding mode, and traps for what is invalid, as debuggers of numerics set them. */
START_TEST(the_callers_floating_point_mode_changes_no_bit)
{
    static const bg_optimizer optimizers[] = {BG_GD, BG_LBFGS};
    for (int round = 0; round < 5; round++)
        for (size_t o = 0; o < 2; o++) {
            static char first[2][65];
            char hex[65];
            bg_net *net = smooth_net(BG_F32);
            bg_data *data = smooth_data(BG_F32, 900);
            bg_train_options options = smooth_options(optimizers[o], 0);
            bg_trainer *trainer;
            options.threads = 1 + round % 2;
            ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
            if (round)
                ck_assert_int_eq(fesetround(round < 3 ? FE_UPWARD : FE_DOWNWARD), 0);
            feenableexcept(FE_INVALID | FE_DIVBYZERO);
            bg_status status = bg_trainer_run(trainer, 3, NULL, NULL);
            fedisableexcept(FE_INVALID | FE_DIVBYZERO);
            fesetround(FE_TONEAREST);
            ck_assert_int_eq(status, BG_OK);
            bg_net_sha256(net, round ? hex : first[o]);
            ck_assert(!round || strcmp(hex, first[o]) == 0);
            bg_trainer_free(trainer);
            bg_data_free(data);
            bg_net_free(net);
        }
}
END_TEST

RUN_CASE("between runs", 60, a_run_starts_from_the_parameters_there_are,
         a_last_update_that_diverges_is_found, any_number_of_epochs_is_until_something_stops_it,
         weights_may_come_and_go, the_callers_floating_point_mode_changes_no_bit,
         another_learning_rate_is_that_of_the_next_step)
