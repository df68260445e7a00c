/* Large networks on many rows, whose one gradient threads sum in blocks over groups of tiles:
 * planned so, with the same bits for any number of threads, and the sums of other cuts. */
#include <math.h>
#include <stdlib.h>

#include "large.h"
#include "net/plan.h"

static const bg_objective objective = {.loss = BG_MSE, .reduction = BG_MEAN};

/* 5.3 million parameters: eight gradients of as many are more than any plan holds. */
static bg_net *larger_net(bg_dtype dtype)
{
    return make_net(dtype, 1, (size_t[]){2300, 2300}, (bg_activation[]){BG_SIGMOID});
}

START_TEST(large_networks_are_grouped)
{
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        bg_net *large = larger_net((bg_dtype)dtype), *small = smooth_net((bg_dtype)dtype);
        plan p = plan_choose(large, &objective, BG_GD, 4096);
        ck_assert_uint_eq(p.slots, 1);
        ck_assert_uint_ge(p.group, 8);
        ck_assert_uint_le(p.group, p.tiles);
        ck_assert_uint_eq(p.threads, p.group);
        ck_assert_uint_eq(plan_choose(large, &objective, BG_GD, 100).group, 0);
        ck_assert_uint_eq(plan_choose(small, &objective, BG_GD, 4096).group, 0);
        bg_net_free(large);
        bg_net_free(small);
    }
}
END_TEST

/* Two threads would wait for an odd tile, where there are few; a million rows take no more memory
 * than thousands. */
START_TEST(few_tiles_are_even_and_groups_bounded)
{
    bg_net *large = larger_net(BG_F32);
    for (size_t rows = 257; rows < 2048; rows += 37)
        ck_assert_uint_eq(plan_choose(large, &objective, BG_GD, rows).tiles % 2, 0);
    plan many = plan_choose(large, &objective, BG_GD, 1000000),
         more = plan_choose(large, &objective, BG_GD, 4000000000);
    ck_assert_uint_le(many.group, 32);
    ck_assert_uint_eq(many.group, more.group);
    ck_assert_uint_eq(many.tile_rows, more.tile_rows);
    bg_net_free(large);
}
END_TEST

/* By the plan, and by hand: five tiles of 64 rows, the last one padded; drawn rows; dropout. */
START_TEST(same_bits_for_any_thread_count)
{
    for (int i = 0; i < 6; i++) {
        size_t batch = i < 4 ? 0 : 270, slots = i < 2 ? 0 : 1;
        large_bits_are_the_same(i % 2 ? BG_F64 : BG_F32, 300, batch, slots, slots ? 5 : 2);
    }
}
END_TEST

START_TEST(other_cuts_differ_in_rounding_only)
{
    large_cuts_differ_in_rounding_only(300);
}
END_TEST

/* A step of a small network on 1,100 weighted rows in tiles of 16: parameters and loss. */
static double step(bg_dtype dtype, bg_reduction reduction, size_t slots, int threads,
                   double *values)
{
    enum { ROWS = 1100 };
    double weights[ROWS];
    bg_net *net = smooth_net(dtype);
    bg_data *data = smooth_data(dtype, ROWS);
    bg_train_options options = smooth_options(BG_GD, 0);
    bg_trainer *trainer;
    bg_progress progress;
    for (size_t i = 0; i < ROWS; i++)
        weights[i] = 1 + (double)(i % 3);
    ck_assert_int_eq(bg_data_set_weights(data, weights, NULL), BG_OK);
    options.objective.reduction = reduction;
    options.lr = reduction == BG_SUM ? 1e-4 : 0.1;
    options.threads = threads;
    options.tile_rows = 16;
    options.slots = slots;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_run(trainer, 1, &progress, NULL), BG_OK);
    get_parameters(net, values);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
    return progress.loss;
}

/* 69 tiles, three groups of 23.  Sums of 1,100 terms in another order. */
START_TEST(groups_follow_each_other)
{
    double one[1000], many[1000], apart[1000];
    for (int i = 0; i < 4; i++) {
        bg_dtype dtype = i % 2 ? BG_F64 : BG_F32;
        bg_reduction reduction = i < 2 ? BG_MEAN : BG_SUM;
        bg_net *net = smooth_net(dtype);
        size_t n = bg_net_parameters(net);
        ck_assert_uint_le(n, 1000);
        bg_net_free(net);
        double loss = step(dtype, reduction, 1, 1, one), unit = i % 2 ? 0x1p-53 : 0x1p-24;
        ck_assert_double_eq(step(dtype, reduction, 1, 3, many), loss);
        ck_assert_mem_eq(one, many, n * sizeof *one);
        double other = step(dtype, reduction, 8, 2, apart);
        ck_assert_double_le(fabs(other - loss), 1100 * unit * loss);
        for (size_t k = 0; k < n; k++)
            ck_assert_double_le(fabs(apart[k] - one[k]), 64 * unit);
    }
}
END_TEST

/* Whether a thread has had a tile or not: before a run none has. */
START_TEST(divergence_is_explained)
{
    enum { ROWS = 600 };
    for (int epochs = 0; epochs < 40; epochs++) {
        bg_net *net = large_net(BG_F32);
        bg_data *data = smooth_data(BG_F32, ROWS);
        bg_train_options options = smooth_options(BG_GD, 0);
        bg_trainer *trainer;
        bg_plan cut;
        bg_error error;
        double loss;
        options.lr = 1e30;
        options.threads = 2;
        options.slots = 1;
        options.tile_rows = 304;
        if (epochs == 0)
            ck_assert_int_eq(bg_net_init(net, BG_CONSTANT, 1e38, 0, NULL), BG_OK);
        ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
        ck_assert_int_eq(bg_trainer_plan(trainer, &cut, NULL), BG_OK);
        ck_assert_uint_gt(cut.group, 1);
        bg_status status = epochs ? bg_trainer_run(trainer, (uint64_t)epochs + 1, NULL, &error)
                                  : bg_trainer_loss(trainer, &loss, &error);
        ck_assert_int_eq(status, BG_E_DIVERGED);
        ck_assert_uint_ge(error.layer, 1);
        bg_trainer_free(trainer);
        bg_data_free(data);
        bg_net_free(net);
    }
}
END_TEST

RUN_CASE("group", 120, large_networks_are_grouped, few_tiles_are_even_and_groups_bounded,
         same_bits_for_any_thread_count, other_cuts_differ_in_rounding_only,
         groups_follow_each_other, divergence_is_explained)
