#include <math.h>

#include "base/rng.h"
#include "samples.h"

enum { ROWS = 1000, INPUTS = 4 };
static double cells[ROWS * (INPUTS + 1)];

/* Columns of very different size and place; the last input never changes. */
static bg_table *random_table(void)
{
    rng r = rng_seeded(5, 0);
    for (size_t row = 0; row < ROWS; row++) {
        double *cell = &cells[row * (INPUTS + 1)];
        cell[0] = rng_normal(&r);
        cell[1] = 1e6 + 1e-3 * rng_normal(&r);
        cell[2] = 1e-30 * rng_uniform(&r);
        cell[3] = 0.1;
        cell[4] = 1;
    }
    return sample_table(ROWS, INPUTS + 1, cells, NULL, 1);
}

static bg_schema *learn(const bg_table *table, int scaling)
{
    bg_schema_options options = {.task = -1, .scaling = scaling};
    bg_schema *schema = NULL;
    OK(bg_schema_learn(table, &options, &schema, &problem));
    return schema;
}

/* Mean and deviation in long double, by the definition. */
static void define(size_t column, long double *mean, long double *deviation)
{
    *mean = 0;
    *deviation = 0;
    for (size_t row = 0; row < ROWS; row++)
        *mean += (long double)cells[row * (INPUTS + 1) + column] / ROWS;
    for (size_t row = 0; row < ROWS; row++) {
        long double d = (long double)cells[row * (INPUTS + 1) + column] - *mean;
        *deviation += d * d / ROWS;
    }
    *deviation = sqrtl(*deviation);
}

START_TEST(standard_is_mean_and_deviation_of_the_population)
{
    bg_table *table = random_table();
    bg_schema *schema = learn(table, BG_SCALE_STANDARD);
    for (size_t i = 0; i < INPUTS - 1; i++) {
        long double mean, deviation;
        double offset, scale;
        define(i, &mean, &deviation);
        bg_schema_scale(schema, i, &offset, &scale);
        /* An ulp of the mean, and one of what is left when the centre is taken away. */
        double size = fabs((double)mean) + (double)deviation;
        ck_assert_double_le(fabs(offset - (double)mean), 2.3e-16 * size);
        ck_assert_double_le(fabs(scale / (double)deviation - 1), 1e-12);
    }
    bg_schema_free(schema);
    bg_table_free(table);
}
END_TEST

START_TEST(constant_columns_keep_scale_1)
{
    bg_table *table = random_table();
    for (int scaling = BG_SCALE_STANDARD; scaling <= BG_SCALE_MINMAX; scaling++) {
        bg_schema *schema = learn(table, scaling);
        double offset, scale;
        bg_schema_scale(schema, 3, &offset, &scale);
        ck_assert(offset == 0.1 && scale == 1);
        bg_schema_free(schema);
    }
    bg_table_free(table);
}
END_TEST

START_TEST(minmax_maps_to_0_and_1)
{
    bg_table *table = random_table();
    bg_schema *schema = learn(table, BG_SCALE_MINMAX);
    for (size_t i = 0; i < INPUTS - 1; i++) {
        double offset, scale, low = INFINITY, high = -INFINITY;
        bg_schema_scale(schema, i, &offset, &scale);
        for (size_t row = 0; row < ROWS; row++) {
            double x = (cells[row * (INPUTS + 1) + i] - offset) / scale;
            low = fmin(low, x);
            high = fmax(high, x);
        }
        ck_assert(low == 0 && high == 1);
    }
    bg_schema_free(schema);
    bg_table_free(table);
}
END_TEST

START_TEST(no_scaling_changes_nothing)
{
    bg_table *table = random_table();
    bg_schema *schema = learn(table, BG_SCALE_NONE);
    for (size_t i = 0; i < INPUTS; i++) {
        double offset, scale;
        bg_schema_scale(schema, i, &offset, &scale);
        ck_assert(offset == 0 && scale == 1);
    }
    bg_schema_free(schema);
    bg_table_free(table);
}
END_TEST

/* Columns with one unit share what one long column of all their cells would give. */
START_TEST(one_unit_has_one_scale)
{
    static const double values[] = {0, 0, 255, 1, 0, 128, 7, 0, 0, 9, 3, 1};
    bg_table *table = sample_table(3, 4, values, NULL, 1);
    table->one_unit = true;
    long double mean = 0, square = 0;
    for (size_t i = 0; i < 12; i++)
        mean += i % 4 < 3 ? (long double)values[i] / 9 : 0;
    for (size_t i = 0; i < 12; i++)
        square += i % 4 < 3 ? ((long double)values[i] - mean) * (values[i] - mean) / 9 : 0;
    bg_schema *schema = learn(table, BG_SCALE_STANDARD), *range = learn(table, BG_SCALE_MINMAX);
    for (size_t i = 0; i < 3; i++) {
        double offset, scale;
        bg_schema_scale(schema, i, &offset, &scale);
        ck_assert_double_le(fabs(offset / (double)mean - 1), 1e-15);
        ck_assert_double_le(fabs(scale / (double)sqrtl(square) - 1), 1e-15);
        bg_schema_scale(range, i, &offset, &scale);
        ck_assert(offset == 0 && scale == 255);
    }
    bg_schema_free(schema);
    bg_schema_free(range);
    bg_table_free(table);
}
END_TEST

START_TEST(numbers_too_large_are_refused)
{
    static const double values[] = {1, 1.7e308, 0, 1, -1.7e308, 0};
    for (int scaling = BG_SCALE_STANDARD; scaling <= BG_SCALE_MINMAX; scaling++) {
        bg_table *table = sample_table(2, 3, values, "a,b,y", 1);
        bg_schema_options options = {.task = -1, .scaling = scaling};
        bg_schema *schema = NULL;
        REFUSED(bg_schema_learn(table, &options, &schema, &problem), BG_E_DATA,
                "column \"b\" are too large");
        ck_assert_ptr_null(schema);
        bg_table_free(table);
    }
}
END_TEST

/* Their squares are all 0 in double. */
START_TEST(numbers_too_small_for_a_square_keep_scale_1)
{
    static const double values[] = {1e-200, 0, 3e-200, 1};
    bg_table *table = sample_table(2, 2, values, NULL, 1);
    bg_schema *schema = learn(table, BG_SCALE_STANDARD);
    double scale;
    bg_schema_scale(schema, 0, NULL, &scale);
    ck_assert(scale == 1);
    bg_schema_free(schema);
    bg_table_free(table);
}
END_TEST

/* Rows without a flag have no say in the scaling, but in the classes. */
START_TEST(only_flagged_rows_count)
{
    static const double cell[] = {1, 0, 1000, 1, 3, 1, -1000, 2};
    static const bool rows[] = {true, false, true, false}, none[4] = {false};
    bg_table *table = sample_table(4, 2, cell, NULL, 1);
    bg_schema_options options = {
        .task = BG_CLASSES, .scaling = BG_SCALE_STANDARD, .scaling_rows = rows};
    bg_schema *schema;
    double offset, scale;
    OK(bg_schema_learn(table, &options, &schema, &problem));
    bg_schema_scale(schema, 0, &offset, &scale);
    ck_assert(offset == 2 && scale == 1);
    ck_assert_uint_eq(bg_schema_outputs(schema), 3);
    bg_schema_free(schema);
    options.scaling = BG_SCALE_MINMAX;
    OK(bg_schema_learn(table, &options, &schema, &problem));
    bg_schema_scale(schema, 0, &offset, &scale);
    ck_assert(offset == 1 && scale == 2);
    bg_schema_free(schema);
    options.scaling_rows = none;
    ck_assert_int_eq(bg_schema_learn(table, &options, &schema, &problem), BG_E_ARGUMENT);
    bg_table_free(table);
}
END_TEST

RUN_TESTS("schema_scale", standard_is_mean_and_deviation_of_the_population,
          constant_columns_keep_scale_1, minmax_maps_to_0_and_1, no_scaling_changes_nothing,
          one_unit_has_one_scale, numbers_too_large_are_refused,
          numbers_too_small_for_a_square_keep_scale_1,
          only_flagged_rows_count)
