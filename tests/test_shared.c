/* Large layers on few rows, where threads share a step's products: planned so, with the same bits
 * for any number of threads, and the gradient of other cuts. */
#include "kernel/variants.h"
#include "large.h"
#include "net/plan.h"
#include "padding.h"

START_TEST(few_rows_of_large_layers_are_shared)
{
    const bg_objective objective = {.loss = BG_MSE, .reduction = BG_MEAN};
    bg_net *large = large_net(BG_F32), *small = smooth_net(BG_F32);
    plan few = plan_choose(large, &objective, BG_GD, 40),
         many = plan_choose(large, &objective, BG_GD, 4000);
    ck_assert(few.shared);
    ck_assert_uint_eq(few.slots, 1);
    ck_assert_uint_eq(few.threads, 12); /* of 128 columns each */
    ck_assert(!many.shared);
    ck_assert(!plan_choose(small, &objective, BG_GD, 40).shared);
    /* What divides for each parameter is work to share in smaller ones. */
    bg_net *middling =
        make_net(BG_F32, 2, (size_t[]){300, 300, 10}, (bg_activation[]){BG_TANH, BG_IDENTITY});
    bg_net *narrow_inputs =
        make_net(BG_F32, 2, (size_t[]){200, 400, 10}, (bg_activation[]){BG_TANH, BG_IDENTITY});
    ck_assert(!plan_choose(narrow_inputs, &objective, BG_MOMENTUM, 16).shared);
    bg_net_free(narrow_inputs);
    /* So are layers that go forward in parts, if there is work for two threads, and with two slots
     * if there is much of it. */
    bool parts = variant_bytes(variant_choose()) > 16;
    ck_assert_int_eq(plan_choose(middling, &objective, BG_MOMENTUM, 16).shared, parts);
    ck_assert(!plan_choose(middling, &objective, BG_MOMENTUM, 1).shared);
    ck_assert(!plan_choose(middling, &objective, BG_MOMENTUM, 64).shared);
    ck_assert(plan_choose(middling, &objective, BG_ADAM, 16).shared);
    ck_assert_uint_eq(plan_choose(middling, &objective, BG_ADAM, 1).threads, 3);
    bg_net_free(middling);
    /* Unless threads would wait for each other too often, or most of it is one piece. */
    bg_activation bends[] = {BG_TANH, BG_TANH, BG_TANH, BG_IDENTITY};
    bg_net *deep = make_net(BG_F32, 4, (size_t[]){130, 130, 130, 130, 130}, bends),
           *lopsided = make_net(BG_F32, 2, (size_t[]){20, 3000, 3}, bends);
    ck_assert(!plan_choose(deep, &objective, BG_ADAM, 4).shared);
    ck_assert(!plan_choose(lopsided, &objective, BG_ADAM, 4).shared);
    bg_net_free(deep);
    bg_net_free(lopsided);
    ck_assert(plan_prediction(large, NULL, 40).shared);
    ck_assert(!plan_prediction(large, NULL, 100).shared);
    bg_net_free(large);
    bg_net_free(small);
}
END_TEST

START_TEST(same_bits_for_any_thread_count)
{
    for (int i = 0; i < 4; i++)
        large_bits_are_the_same(i % 2 ? BG_F64 : BG_F32, i < 2 ? 40 : 100, i < 2 ? 0 : 60, 0, 5);
}
END_TEST

/* Four tiles of 64 rows, as somebody asked for. */
START_TEST(tiles_by_hand_are_shared_too)
{
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++)
        large_bits_are_the_same((bg_dtype)dtype, 200, 0, 1, 3);
}
END_TEST

START_TEST(other_cuts_differ_in_rounding_only)
{
    large_cuts_differ_in_rounding_only(100);
}
END_TEST

/* Of unequal widths, so that what a layer leaves behind in a buffer lies where another has padding:
 * one that is shared, and one that is not. */
static const size_t unequal[2][5] = {{7, 1000, 512, 1000, 3}, {7, 50, 60, 40, 3}};

static bg_net *unequal_net(bg_dtype dtype, int which)
{
    bg_net *net = make_net(dtype, 4, unequal[which],
                           (bg_activation[]){BG_RELU, BG_GELU, BG_TANH, BG_IDENTITY});
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 7, NULL), BG_OK);
    return net;
}

/* An update that takes the gradient itself, block by block, or as a whole where its length is
 * looked at, does what one does that is given the gradient. */
START_TEST(a_step_is_the_update_by_its_gradient)
{
    static const size_t row_counts[] = {1, 3, 9, 16, 70};
    for (int i = 0; i < 40; i++) {
        bg_dtype dtype = i % 2 ? BG_F64 : BG_F32;
        size_t rows = row_counts[i / 4 % 5];
        int which = i / 20;
        bg_net *stepped = unequal_net(dtype, which), *given = unequal_net(dtype, which);
        bg_data *data = smooth_data(dtype, rows);
        bg_train_options options = smooth_options(BG_MOMENTUM, 0);
        options.objective.l2 = 0;
        options.lr = 1;
        options.clip = i / 2 % 2 ? 0.01 : 0;
        bg_trainer *a, *b;
        ck_assert_int_eq(bg_trainer_create(stepped, data, &options, &a, NULL), BG_OK);
        ck_assert_int_eq(bg_trainer_create(given, data, &options, &b, NULL), BG_OK);
        size_t n = bg_net_parameters(given);
        double *gradient = malloc(n * sizeof *gradient), *got = malloc(2 * n * sizeof *got), value;
        for (int step = 0; step < 2; step++) {
            ck_assert_int_eq(bg_trainer_run(a, 1, NULL, NULL), BG_OK);
            ck_assert_int_eq(
                bg_gradient(given, &options.objective, data, 1, &value, gradient, NULL), BG_OK);
            ck_assert_int_eq(bg_trainer_apply(b, gradient, NULL), BG_OK);
            get_parameters(stepped, got);
            get_parameters(given, got + n);
            for (size_t p = 0; p < n; p++)
                ck_assert_double_le(fabs(got[p] - got[n + p]), dtype == BG_F64 ? 0 : 3e-7);
        }
        free(gradient);
        free(got);
        bg_trainer_free(a);
        bg_trainer_free(b);
        bg_data_free(data);
        bg_net_free(stepped);
        bg_net_free(given);
    }
}
END_TEST

static bg_progress run_unequal(bg_dtype dtype, int which, size_t batch, int threads, double clip)
{
    bg_net *net = unequal_net(dtype, which);
    bg_data *data = smooth_data(dtype, 2 * batch);
    bg_train_options options = smooth_options(BG_ADAM, batch);
    options.threads = threads;
    options.clip = clip;
    options.objective.l2 = 0.01;
    bg_trainer *trainer;
    bg_progress progress;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_run(trainer, 1, &progress, NULL), BG_OK);
    padding_is_0(net);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
    return progress;
}

/* Or lengths and penalties would count what is no parameter. */
START_TEST(padding_stays_0_and_the_loss_the_same)
{
    for (int i = 0; i < 16; i++) {
        bg_dtype dtype = i % 2 ? BG_F64 : BG_F32;
        size_t batch = i / 4 % 2 ? 16 : 1;
        double clip = i / 8 ? 0.1 : 0;
        bg_progress one = run_unequal(dtype, i / 2 % 2, batch, 1, clip);
        bg_progress three = run_unequal(dtype, i / 2 % 2, batch, 3, clip);
        ck_assert_double_eq(one.loss, three.loss);
        ck_assert(clip == 0 || one.norm == three.norm);
    }
}
END_TEST

/* Among others, which have tiles of their own, a row's outputs are the same. */
START_TEST(predictions_are_those_of_many_rows)
{
    enum { FEW = 5, MANY = 300 };
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        bg_net *net = large_net((bg_dtype)dtype);
        bg_data *few = smooth_data((bg_dtype)dtype, FEW),
                *many = smooth_data((bg_dtype)dtype, MANY);
        double some[FEW * 3], all[MANY * 3];
        for (int threads = 1; threads <= 3; threads++) {
            ck_assert_int_eq(bg_predict(net, few, threads, some, NULL), BG_OK);
            ck_assert_int_eq(bg_predict(net, many, threads, all, NULL), BG_OK);
            ck_assert_mem_eq(some, all, sizeof some);
        }
        bg_data_free(few);
        bg_data_free(many);
        bg_net_free(net);
    }
}
END_TEST

RUN_CASE("shared", 120, few_rows_of_large_layers_are_shared, same_bits_for_any_thread_count,
         tiles_by_hand_are_shared_too, other_cuts_differ_in_rounding_only,
         a_step_is_the_update_by_its_gradient, padding_stays_0_and_the_loss_the_same,
         predictions_are_those_of_many_rows)
