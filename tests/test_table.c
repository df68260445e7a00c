#include <stdint.h>

#include "samples.h"

START_TEST(values_are_kept_in_both_precisions)
{
    for (int d = 0; d < 2; d++) {
        bg_table *table;
        OK(table_create("t", 5, 3, (bg_dtype)d, &table, &problem));
        for (size_t i = 0; i < 15; i++)
            table_set(table, i / 3, i % 3, 0.1 * (double)i);
        for (size_t i = 0; i < 15; i++) {
            double value = 0.1 * (double)i;
            ck_assert(table_value(table, i / 3, i % 3) ==
                      (d == BG_F32 ? (double)(float)value : value));
        }
        ck_assert_uint_eq(bg_table_rows(table), 5);
        ck_assert_uint_eq(bg_table_columns(table), 3);
        ck_assert(!bg_table_is_truth_table(table));
        ck_assert_int_eq(table->task, -1);
        bg_table_free(table);
    }
    bg_table_free(NULL);
}
END_TEST

START_TEST(absurd_sizes_are_refused)
{
    bg_table *table = NULL;
    ck_assert_int_ne(table_create("t", SIZE_MAX / 2, 3, BG_F64, &table, &problem), BG_OK);
    ck_assert_int_ne(table_create("t", (size_t)1 << 40, 1 << 20, BG_F64, &table, &problem), BG_OK);
    ck_assert_ptr_null(table);
}
END_TEST

START_TEST(labels_are_numbered_by_first_sight)
{
    bg_table *table;
    OK(table_create("t", 1, 1, BG_F64, &table, &problem));
    table_column *column = &table->column[0];
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < 5000; i++) {
            char text[32];
            int length = snprintf(text, sizeof text, "label %zu", i);
            ck_assert_uint_eq(table_label(column, text, (size_t)length), i);
        }
    ck_assert_uint_eq(column->label_count, 5000);
    ck_assert_uint_eq(table_label(column, "label 1234", 7), 1); /* as far as the length says */
    bg_table_free(table);
}
END_TEST

START_TEST(targets_by_name_and_by_number)
{
    static const double values[] = {1, 2, 3, 4};
    bg_table *table = sample_table(1, 4, values, "a,b,3,d", 0);
    OK(table_select_targets(table, "d,a", &problem));
    ck_assert_uint_eq(table->target_count, 2);
    ck_assert(table->target[0] == 3 && table->target[1] == 0);
    ck_assert(table->target_asked);
    OK(table_select_targets(table, "-1,2", &problem));
    ck_assert(table->target[0] == 3 && table->target[1] == 1);
    OK(table_select_targets(table, "3", &problem)); /* a name goes before a number */
    ck_assert(table->target_count == 1 && table->target[0] == 2);
    REFUSED(table_select_targets(table, "z", &problem), BG_E_ARGUMENT, "\"z\"");
    REFUSED(table_select_targets(table, "5", &problem), BG_E_ARGUMENT, "\"5\"");
    REFUSED(table_select_targets(table, "0", &problem), BG_E_ARGUMENT, "\"0\"");
    REFUSED(table_select_targets(table, "-5", &problem), BG_E_ARGUMENT, "\"-5\"");
    REFUSED(table_select_targets(table, "a,1", &problem), BG_E_ARGUMENT, "twice");
    bg_table_free(table);
}
END_TEST

RUN_TESTS("table", values_are_kept_in_both_precisions, absurd_sizes_are_refused,
          labels_are_numbered_by_first_sight, targets_by_name_and_by_number)
