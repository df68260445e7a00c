/* Cuts that somebody asks for: what is refused, and that the sums stay what they were. */
#include <math.h>

#include "net/engine.h"
#include "oracle.h"

static const size_t widths[] = {20, 30, 5}, tiny[] = {2, 3, 1};
static const bg_activation units[] = {BG_TANH, BG_IDENTITY};
enum { ROWS = 1000 };

static bg_data *make_samples(bg_dtype dtype, size_t inputs, size_t outputs)
{
    static double x[ROWS * 20], t[ROWS * 5];
    uint32_t state = 1;
    for (size_t i = 0; i < ROWS * inputs; i++)
        x[i] = (state = state * 1664525u + 1013904223u) / 4294967296.0 - 0.5;
    for (size_t i = 0; i < ROWS * outputs; i++)
        t[i] = (state = state * 1664525u + 1013904223u) / 4294967296.0;
    bg_data *data;
    bg_error error;
    ck_assert_int_eq(bg_data_create(dtype, ROWS, inputs, outputs, x, t, &data, &error), BG_OK);
    return data;
}

/* Ten steps under a cut: status, plan, SHA-256 and loss. */
static bg_status train(bg_dtype dtype, const size_t *shape, size_t tile_rows, size_t slots,
                       int threads, bg_plan *cut, char sha256[65], double *loss)
{
    bg_error error;
    bg_trainer *trainer;
    bg_progress progress;
    bg_train_options options;
    bg_net *net = make_net(dtype, 2, shape, units);
    bg_data *data = make_samples(dtype, shape[0], shape[2]);
    bg_train_defaults(&options);
    options.tile_rows = tile_rows;
    options.slots = slots;
    options.threads = threads;
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 1, &error), BG_OK);
    bg_status status = bg_trainer_create(net, data, &options, &trainer, &error);
    if (status == BG_OK) {
        ck_assert_int_eq(bg_trainer_plan(trainer, cut, &error), BG_OK);
        ck_assert_int_eq(bg_trainer_run(trainer, 10, &progress, &error), BG_OK);
        bg_net_sha256(net, sha256);
        *loss = progress.loss;
        bg_trainer_free(trainer);
    }
    bg_data_free(data);
    bg_net_free(net);
    return status;
}

/* A sum of m terms in another order is off by m roundings at most; ten steps hand them on. */
START_TEST(another_cut_gives_the_same_sums)
{
    static const size_t cuts[][2] = {{16, 1}, {16, 7}, {48, 0}, {0, 1}, {256, 4}, {1008, 1}};
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        bg_plan cut;
        char own[65], sha256[65];
        double loss, other, epsilon = dtype == BG_F32 ? 0x1p-24 : 0x1p-53;
        ck_assert_int_eq(train((bg_dtype)dtype, widths, 0, 0, 2, &cut, own, &loss), BG_OK);
        for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
            ck_assert_int_eq(
                train((bg_dtype)dtype, widths, cuts[i][0], cuts[i][1], 2, &cut, sha256, &other),
                BG_OK);
            ck_assert_double_le(fabs(other - loss), 10 * ROWS * epsilon * loss);
            if (cuts[i][0])
                ck_assert_uint_eq(cut.tile_rows, cuts[i][0]);
            if (cuts[i][1])
                ck_assert_uint_eq(cut.slots, cuts[i][1]);
            ck_assert_uint_ge(cut.tiles * cut.tile_rows, ROWS);
            ck_assert_uint_le(cut.slots, cut.tiles);
        }
    }
}
END_TEST

START_TEST(threads_do_not_change_the_bits_of_a_cut)
{
    static const size_t cuts[][2] = {{16, 7}, {48, 3}, {128, 8}};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        bg_plan cut;
        char one[65], more[65];
        double loss;
        train(BG_F32, widths, cuts[i][0], cuts[i][1], 1, &cut, one, &loss);
        for (int threads = 2; threads <= 5; threads++) {
            train(BG_F32, widths, cuts[i][0], cuts[i][1], threads, &cut, more, &loss);
            ck_assert_str_eq(one, more);
        }
    }
}
END_TEST

START_TEST(the_plans_own_cut_is_the_plans)
{
    static const size_t *const shapes[] = {widths, tiny};
    for (size_t i = 0; i < 2; i++) {
        bg_plan own, again;
        char first[65], second[65];
        double loss;
        train(BG_F64, shapes[i], 0, 0, 2, &own, first, &loss);
        ck_assert_int_eq(
            train(BG_F64, shapes[i], own.tile_rows, own.slots, 2, &again, second, &loss), BG_OK);
        ck_assert_str_eq(first, second);
        ck_assert_uint_eq(again.useful_threads, own.useful_threads);
    }
}
END_TEST

START_TEST(more_slots_than_tiles_are_as_many_as_tiles)
{
    bg_plan cut;
    char sha256[65];
    double loss;
    ck_assert_int_eq(train(BG_F32, widths, 512, 100, 2, &cut, sha256, &loss), BG_OK);
    ck_assert_uint_eq(cut.slots, 2);
    ck_assert_uint_le(cut.useful_threads, 2);
}
END_TEST

START_TEST(what_no_engine_can_do_is_refused)
{
    static const size_t bad[][2] = {{1, 0},        {17, 0},       {65552, 0},   {16, 1025},
                                    {0, SIZE_MAX}, {SIZE_MAX, 1}, {1 << 30, 1}, {SIZE_MAX - 15, 0}};
    bg_plan cut;
    char sha256[65];
    double loss;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(train(BG_F32, widths, bad[i][0], bad[i][1], 2, &cut, sha256, &loss),
                         BG_E_ARGUMENT);
    ck_assert_int_eq(train(BG_F32, tiny, 4096, 0, 2, &cut, sha256, &loss), BG_E_ARGUMENT);
}
END_TEST

RUN_CASE("plan override", 60, another_cut_gives_the_same_sums,
         threads_do_not_change_the_bits_of_a_cut, the_plans_own_cut_is_the_plans,
         more_slots_than_tiles_are_as_many_as_tiles, what_no_engine_can_do_is_refused)
