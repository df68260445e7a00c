#include "io_files.h"

#include "io/range.h"

static void expect_range(uint64_t first, uint64_t last, size_t from, size_t count)
{
    bg_read_options options = {.first_row = first, .last_row = last};
    row_range keep;
    ck_assert_int_eq(range_keep("x", &options, 10, &keep, NULL), BG_OK);
    ck_assert_uint_eq(keep.first, from);
    ck_assert_uint_eq(keep.count, count);
}

static void refuse_range(uint64_t first, uint64_t last, size_t total, const char *sentence)
{
    bg_read_options options = {.first_row = first, .last_row = last};
    row_range keep;
    bg_error error;
    bg_status expected = total ? BG_E_ARGUMENT : BG_E_DATA;
    ck_assert_int_eq(range_keep("x", &options, total, &keep, &error), expected);
    ck_assert_str_eq(error.text, sentence);
}

START_TEST(counts_from_one_with_both_ends)
{
    expect_range(0, 0, 0, 10);
    expect_range(1, 10, 0, 10);
    expect_range(3, 0, 2, 8);
    expect_range(0, 4, 0, 4);
    expect_range(7, 7, 6, 1);
}
END_TEST

START_TEST(refuses_rows_that_are_not_there)
{
    refuse_range(11, 0, 10, "x: there is no row 11, it has 10 rows");
    refuse_range(2, UINT64_MAX, 10, "x: there is no row 18446744073709551615, it has 10 rows");
    refuse_range(5, 4, 10, "x: rows 5 to 4 are none: the first comes after the last");
    refuse_range(0, 0, 0, "x: no rows");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {counts_from_one_with_both_ends, refuses_rows_that_are_not_there,
                                  NULL};
    return run_suite("range", tests);
}
