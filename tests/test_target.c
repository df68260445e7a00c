#include "io_files.h"

#include "io/target.h"

/* rows x columns of 10 x row + column, with names a, b, … when named */
static bg_table *make(const char *source, size_t rows, size_t columns, bg_dtype dtype, bool named)
{
    bg_table *t;
    ck_assert_int_eq(table_create(source, rows, columns, dtype, &t, NULL), BG_OK);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            table_set(t, r, c, (double)(10 * r + c));
    for (size_t c = 0; named && c < columns; c++)
        t->column[c].name = memory_copy_text((char[]){(char)('a' + c), 0});
    t->named = named;
    table_target_last(t);
    return t;
}

START_TEST(keeps_what_the_reader_said)
{
    bg_table *t = make("x", 2, 3, BG_F64, true);
    bg_read_options options = {0};
    bool file = true;
    ck_assert_int_eq(target_choose(t, &options, &file, NULL), BG_OK);
    ck_assert(!file && !t->target_asked && t->target_count == 1 && t->target[0] == 2);
    bg_table_free(t);
}
END_TEST

START_TEST(chooses_columns_before_files)
{
    bg_table *t = make("x", 2, 3, BG_F64, true);
    bool file;
    bg_read_options options = {.target = "c,1"};
    ck_assert_int_eq(target_choose(t, &options, &file, NULL), BG_OK);
    ck_assert(!file && t->target_asked && t->target_count == 2);
    ck_assert(t->target[0] == 2 && t->target[1] == 0);
    options.target = files_write("y.npy", "1", 1);
    ck_assert_int_eq(target_choose(t, &options, &file, NULL), BG_OK);
    ck_assert(file && t->target_count == 0);
    bg_table_free(t);
}
END_TEST

START_TEST(says_that_there_is_no_such_target)
{
    bg_table *t = make("x", 2, 3, BG_F64, true);
    bool file;
    bg_error error;
    bg_read_options options = {.target = "none.npy"};
    ck_assert_int_eq(target_choose(t, &options, &file, &error), BG_E_ARGUMENT);
    ck_assert_str_eq(error.text, "x: \"none.npy\" is neither a column of it nor a file");
    options.target = "speces";
    ck_assert_int_eq(target_choose(t, &options, &file, &error), BG_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "x: no column \"speces\""));
    ck_assert_uint_eq(t->target_count, 0);
    bg_table_free(t);
}
END_TEST

START_TEST(appends_a_second_table)
{
    bg_table *inputs = make("x", 3, 2, BG_F32, false), *targets = make("y", 3, 1, BG_F64, true);
    bg_table *t;
    inputs->one_unit = true;
    targets->task = BG_CLASSES;
    ck_assert(table_fault(targets, 0, 0, 0, "a fault"));
    ck_assert_int_eq(target_append(inputs, targets, &t, NULL), BG_OK);
    bg_table_free(inputs);
    bg_table_free(targets);
    ck_assert(t->rows == 3 && t->columns == 3 && t->dtype == BG_F64 && t->one_unit && !t->named);
    ck_assert(t->target_count == 1 && t->target[0] == 2 && t->task == BG_CLASSES);
    ck_assert_str_eq(t->column[2].fault, "y: a fault");
    ck_assert_ptr_null(t->column[2].name);
    expect_row(t, 2, (double[]){20, 21, 20});
    bg_table_free(t);
}
END_TEST

START_TEST(appended_columns_have_names_or_none)
{
    bg_error error;
    bg_table *t, *inputs = make("x", 3, 2, BG_F32, true), *targets = make("y", 3, 1, BG_F32, false);
    ck_assert_int_eq(target_append(inputs, targets, &t, NULL), BG_OK);
    ck_assert(t->named && t->dtype == BG_F32);
    ck_assert_str_eq(t->column[2].name, "target");
    bg_table_free(t);
    bg_table_free(inputs);
    bg_table_free(targets);
    inputs = make("x", 3, 2, BG_F32, true);
    targets = make("y", 3, 1, BG_F32, true);
    ck_assert_int_eq(target_append(inputs, targets, &t, &error), BG_E_DATA);
    ck_assert_str_eq(error.text, "x and y both have a column \"a\"");
    bg_table_free(targets);
    targets = make("y", 4, 1, BG_F32, true);
    ck_assert_int_eq(target_append(inputs, targets, &t, &error), BG_E_DATA);
    ck_assert_str_eq(error.text, "x has 3 rows, y has 4");
    bg_table_free(inputs);
    bg_table_free(targets);
}
END_TEST

START_TEST(makes_names_of_numbers)
{
    static const double values[] = {3, -0.5, 3, 3, 1e10, -0.5};
    static const double labels[] = {0, 1, 0, 0, 2, 1};
    bg_table *t = make("x", 6, 1, BG_F64, false);
    for (size_t r = 0; r < 6; r++)
        table_set(t, r, 0, values[r]);
    ck_assert_int_eq(target_classify(t, NULL), BG_OK);
    ck_assert(t->column[0].text && t->column[0].label_count == 3);
    for (size_t r = 0; r < 6; r++)
        ck_assert_double_eq(table_value(t, r, 0), labels[r]);
    ck_assert_str_eq(t->column[0].labels[0], "3");
    ck_assert_str_eq(t->column[0].labels[1], "-0.5");
    ck_assert_str_eq(t->column[0].labels[2], "1e+10");
    bg_table_free(t);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {keeps_what_the_reader_said,
                                  chooses_columns_before_files,
                                  says_that_there_is_no_such_target,
                                  appends_a_second_table,
                                  appended_columns_have_names_or_none,
                                  makes_names_of_numbers,
                                  NULL};
    return run_suite("target", tests);
}
