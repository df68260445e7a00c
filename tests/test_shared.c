/* Large layers on few rows, where threads share a step's products: planned so, with the same bits
 * for any number of threads, and the gradient of other cuts. */
#include <math.h>
#include <stdlib.h>

#include "net/plan.h"
#include "smooth.h"

/* 1.1 million parameters, more than a first-level cache has bytes for. */
static bg_net *large_net(bg_dtype dtype)
{
    bg_net *net = make_net(dtype, 3, (size_t[]){7, 1200, 900, 3},
                           (bg_activation[]){BG_TANH, BG_SILU, BG_SIGMOID});
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 42, NULL), BG_OK);
    return net;
}

/* Parameters after two epochs of `rows` rows.  slots 0: as the plan cuts. */
static double *train(bg_dtype dtype, size_t rows, size_t batch, int threads, size_t slots)
{
    bg_net *net = large_net(dtype);
    bg_data *data = smooth_data(dtype, rows);
    bg_train_options options = smooth_options(BG_MOMENTUM, batch);
    options.threads = threads;
    options.slots = slots;
    options.tile_rows = slots ? 64 : 0;
    options.dropout = 0.25;
    bg_trainer *trainer;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_threads(trainer), threads);
    ck_assert_int_eq(bg_trainer_run(trainer, 2, NULL, NULL), BG_OK);
    double *values = calloc(bg_net_parameters(net), sizeof *values);
    get_parameters(net, values);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
    return values;
}

START_TEST(few_rows_of_large_layers_are_shared)
{
    const bg_objective objective = {.loss = BG_MSE, .reduction = BG_MEAN};
    bg_net *large = large_net(BG_F32), *small = smooth_net(BG_F32);
    plan few = plan_choose(large, &objective, 40), many = plan_choose(large, &objective, 4000);
    ck_assert(few.shared);
    ck_assert_uint_eq(few.slots, 1);
    ck_assert_uint_eq(few.threads, 10); /* of 128 columns each */
    ck_assert(!many.shared);
    ck_assert_uint_ge(many.slots, 2);
    ck_assert(!plan_choose(small, &objective, 40).shared);
    ck_assert(plan_prediction(large, NULL, 40).shared);
    ck_assert(!plan_prediction(large, NULL, 100).shared);
    bg_net_free(large);
    bg_net_free(small);
}
END_TEST

START_TEST(same_bits_for_any_thread_count)
{
    size_t bytes = ((7 + 1) * 1200 + (1200 + 1) * 900 + (900 + 1) * 3) * sizeof(double);
    for (int i = 0; i < 4; i++) {
        bg_dtype dtype = i % 2 ? BG_F64 : BG_F32;
        size_t rows = i < 2 ? 40 : 100, batch = i < 2 ? 0 : 60;
        double *one = train(dtype, rows, batch, 1, 0);
        for (int threads = 2; threads <= 5; threads++) {
            double *many = train(dtype, rows, batch, threads, 0);
            ck_assert_mem_eq(one, many, bytes);
            free(many);
        }
        free(one);
    }
}
END_TEST

/* With two slots each thread takes rows of its own. */
START_TEST(other_cuts_differ_in_rounding_only)
{
    size_t n = (7 + 1) * 1200 + (1200 + 1) * 900 + (900 + 1) * 3;
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        double *shared = train((bg_dtype)dtype, 100, 0, 2, 0);
        double *apart = train((bg_dtype)dtype, 100, 0, 2, 2), most = 0;
        for (size_t i = 0; i < n; i++)
            most = fmax(most, fabs(shared[i] - apart[i]));
        ck_assert_double_gt(most, 0);
        ck_assert_double_lt(most, dtype == BG_F32 ? 1e-7 : 1e-16);
        free(shared);
        free(apart);
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
         other_cuts_differ_in_rounding_only, predictions_are_those_of_many_rows)
