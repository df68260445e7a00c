/* Large layers on few rows, where threads share a step's products: planned so, with the same bits
 * for any number of threads, and the gradient of other cuts. */
#include "large.h"
#include "net/plan.h"

START_TEST(few_rows_of_large_layers_are_shared)
{
    const bg_objective objective = {.loss = BG_MSE, .reduction = BG_MEAN};
    bg_net *large = large_net(BG_F32), *small = smooth_net(BG_F32);
    plan few = plan_choose(large, &objective, 40), many = plan_choose(large, &objective, 4000);
    ck_assert(few.shared);
    ck_assert_uint_eq(few.slots, 1);
    ck_assert_uint_eq(few.threads, 12); /* of 128 columns each */
    ck_assert(!many.shared);
    ck_assert(!plan_choose(small, &objective, 40).shared);
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

/* An update that takes the gradient itself, block by block, or as a whole where its length is
 * looked at, does what one does that is given the gradient. */
START_TEST(a_step_is_the_update_by_its_gradient)
{
    for (int i = 0; i < 8; i++) {
        bg_dtype dtype = i % 2 ? BG_F64 : BG_F32;
        size_t rows = i / 2 % 2 ? 70 : 9;
        bg_net *stepped = large_net(dtype), *given = large_net(dtype);
        bg_data *data = smooth_data(dtype, rows);
        bg_train_options options = smooth_options(BG_MOMENTUM, 0);
        options.objective.l2 = 0;
        options.lr = 1;
        options.clip = i / 4 ? 0.01 : 0;
        bg_trainer *a, *b;
        ck_assert_int_eq(bg_trainer_create(stepped, data, &options, &a, NULL), BG_OK);
        ck_assert_int_eq(bg_trainer_create(given, data, &options, &b, NULL), BG_OK);
        size_t n = bg_net_parameters(given);
        double *gradient = malloc(n * sizeof *gradient), *got = malloc(2 * n * sizeof *got), value;
        for (int step = 0; step < 3; step++) {
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
         a_step_is_the_update_by_its_gradient, predictions_are_those_of_many_rows)
