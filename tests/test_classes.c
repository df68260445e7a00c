#include "net/classes.h"

#include <stdint.h>

#include "samples.h"

static char **names;
static size_t count;

static bg_status learn(size_t rows, const double *values, const char *const *words, bg_dtype dtype)
{
    bg_table *table;
    names = NULL;
    OK(table_create("some.csv", rows, 1, dtype, &table, &problem));
    for (size_t row = 0; values && row < rows; row++)
        table_set(table, row, 0, values[row]);
    if (words)
        sample_text(table, 0, words);
    bg_status status = classes_learn(table, 0, &names, &count, &problem);
    bg_table_free(table);
    return status;
}

static void check_names(size_t wanted_count, const char *const *wanted)
{
    ck_assert_uint_eq(count, wanted_count);
    for (size_t i = 0; i < count; i++)
        ck_assert_str_eq(names[i], wanted[i]);
    classes_free(names, count);
}

START_TEST(texts_are_sorted_bytewise)
{
    static const char *const words[] = {"b", "a", "B", "\xc3\xa9", "10", "9", "a"};
    static const char *const wanted[] = {"10", "9", "B", "a", "b", "\xc3\xa9"};
    OK(learn(7, NULL, words, BG_F64));
    check_names(6, wanted);
}
END_TEST

START_TEST(texts_that_are_numbers_are_sorted_by_value)
{
    static const char *const words[] = {"10", "9", "-1", "9.0", "1e1", "09"};
    static const char *const wanted[] = {"-1", "9", "10"};
    OK(learn(6, NULL, words, BG_F64));
    check_names(3, wanted);
}
END_TEST

START_TEST(numbers_get_their_shortest_text)
{
    static const double values[] = {0.1, -0.0, 3, 0, 1e20, 0.1};
    static const char *const wanted[] = {"0", "0.1", "3", "1e+20"};
    OK(learn(6, values, NULL, BG_F64));
    check_names(4, wanted);
    OK(learn(6, values, NULL, BG_F32));
    check_names(4, wanted);
}
END_TEST

START_TEST(one_class_is_none)
{
    static const double values[] = {4, 4, 4};
    static const char *const words[] = {"oak", "oak"};
    REFUSED(learn(3, values, NULL, BG_F64), BG_E_DATA,
            "some.csv: the target column 1 has only one class, \"4\"");
    REFUSED(learn(2, NULL, words, BG_F64), BG_E_DATA, "only one class, \"oak\"");
    ck_assert_ptr_null(names);
}
END_TEST

START_TEST(a_measurement_is_no_class)
{
    double values[202];
    for (size_t i = 0; i < COUNT(values); i++)
        values[i] = (double)(i % 102) / 3;
    REFUSED(learn(202, values, NULL, BG_F64), BG_E_DATA, "102 different values in 202 rows");
    for (size_t i = 0; i < COUNT(values); i++)
        values[i] = (double)(i % 101);
    OK(learn(202, values, NULL, BG_F64)); /* half of the rows is not yet absurd */
    classes_free(names, count);
    OK(learn(100, values, NULL, BG_F64)); /* nor are 100 */
    classes_free(names, count);
}
END_TEST

START_TEST(finding_by_text_and_number)
{
    char *const list[] = {"7", "x", "0.1", "07", "-3", "nan"};
    class_finder finder;
    ck_assert(class_finder_open(&finder, list, COUNT(list)));
    for (size_t i = 0; i < COUNT(list); i++)
        ck_assert_uint_eq(class_find_text(&finder, list[i]), i);
    ck_assert_uint_eq(class_find_text(&finder, "0.10"), 2);
    ck_assert_uint_eq(class_find_text(&finder, "-3.0"), 4);
    ck_assert_uint_eq(class_find_text(&finder, "X"), SIZE_MAX);
    ck_assert_uint_eq(class_find_text(&finder, ""), SIZE_MAX);
    ck_assert_uint_eq(class_find_text(&finder, "8"), SIZE_MAX);
    ck_assert_uint_eq(class_find_number(&finder, -3, BG_F64), 4);
    ck_assert_uint_eq(class_find_number(&finder, 0.1, BG_F64), 2);
    ck_assert_uint_eq(class_find_number(&finder, (double)0.1f, BG_F64), SIZE_MAX);
    ck_assert_uint_eq(class_find_number(&finder, (double)0.1f, BG_F32), 2);
    ck_assert_uint_eq(class_find_number(&finder, 8, BG_F64), SIZE_MAX);
    class_finder_close(&finder);
}
END_TEST

START_TEST(every_failed_allocation_is_clean)
{
    static const double values[] = {1, 2, 3};
    bg_table *table = sample_table(3, 1, values, NULL, 1);
    for (size_t n = 1;; n++) {
        memory_fail_after(n);
        bg_status status = classes_learn(table, 0, &names, &count, &problem);
        memory_fail_after(0);
        if (status == BG_OK)
            break;
        ck_assert_int_eq(status, BG_E_MEMORY);
    }
    classes_free(names, count);
    bg_table_free(table);
}
END_TEST

RUN_TESTS("classes", texts_are_sorted_bytewise, texts_that_are_numbers_are_sorted_by_value,
          numbers_get_their_shortest_text, one_class_is_none, a_measurement_is_no_class,
          finding_by_text_and_number, every_failed_allocation_is_clean)
