/* What a measurement gives can be trained with and is never slower than what it was held against.
 */
#include <math.h>

#include "oracle.h"

static const size_t medium[] = {40, 64, 3}, tiny[] = {2, 3, 1};
static const bg_activation units[] = {BG_RELU, BG_IDENTITY};

static bg_tuning measure(bg_dtype dtype, const size_t *widths, size_t rows, size_t batch)
{
    bg_net_spec spec = {dtype, 2, widths, units};
    bg_train_options options;
    bg_tuning tuning;
    bg_error error;
    bg_train_defaults(&options);
    options.batch = batch;
    options.optimizer = BG_ADAM;
    options.threads = 1;
    ck_assert_int_eq(bg_plan_measure(&spec, &options, rows, 0.2, &tuning, &error), BG_OK);
    bg_plan cut;
    options.tile_rows = tuning.tile_rows;
    options.slots = tuning.slots;
    ck_assert_int_eq(bg_plan_choose(&spec, &options, rows, &cut, NULL, &error), BG_OK);
    ck_assert_uint_eq(cut.tile_rows, tuning.tile_rows);
    ck_assert_uint_eq(cut.slots, tuning.slots);
    ck_assert(tuning.seconds > 0 && isfinite(tuning.estimate));
    ck_assert_double_le(tuning.seconds, tuning.estimate);
    return tuning;
}

START_TEST(a_full_batch)
{
    ck_assert_uint_ge(measure(BG_F32, medium, 2000, 0).tried, 1);
    measure(BG_F64, medium, 2000, 0);
}
END_TEST

START_TEST(mini_batches)
{
    measure(BG_F32, medium, 1000000, 64);
}
END_TEST

START_TEST(a_cut_without_alternatives)
{
    bg_tuning tuning = measure(BG_F32, tiny, 4, 0);
    ck_assert_uint_eq(tuning.tried, 0);
    ck_assert_double_eq(tuning.seconds, tuning.estimate);
}
END_TEST

START_TEST(what_cannot_be_measured_is_refused)
{
    bg_net_spec spec = {BG_F32, 2, medium, units};
    bg_train_options options;
    bg_tuning tuning;
    bg_error error;
    static const double bad[] = {0, -1, 1e9, NAN, INFINITY};
    bg_train_defaults(&options);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(bg_plan_measure(&spec, &options, 10, bad[i], &tuning, &error),
                         BG_E_ARGUMENT);
    ck_assert_int_eq(bg_plan_measure(&spec, &options, 0, 1, &tuning, &error), BG_E_ARGUMENT);
    options.optimizer = BG_LSTSQ;
    ck_assert_int_eq(bg_plan_measure(&spec, &options, 10, 1, &tuning, &error), BG_E_ARGUMENT);
}
END_TEST

RUN_CASE("plan measure", 60, a_full_batch, mini_batches, a_cut_without_alternatives,
         what_cannot_be_measured_is_refused)
