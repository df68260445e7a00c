#include <stdint.h>

#include "samples.h"

START_TEST(a_new_schema_changes_nothing)
{
    bg_schema *schema = NULL;
    OK(schema_create(BG_BITS, BG_SCALE_MINMAX, 3, 2, 2, &schema, &problem));
    ck_assert_uint_eq(bg_schema_inputs(schema), 3);
    ck_assert_uint_eq(bg_schema_outputs(schema), 2);
    ck_assert_int_eq(bg_schema_task(schema), BG_BITS);
    ck_assert_int_eq(bg_schema_scaling(schema), BG_SCALE_MINMAX);
    ck_assert_ptr_null(bg_schema_input_name(schema, 0));
    ck_assert_ptr_null(bg_schema_output_name(schema, 0));
    for (size_t i = 0; i < 3; i++) {
        double offset = 9, scale = 9;
        bg_schema_scale(schema, i, &offset, &scale);
        ck_assert(offset == 0 && scale == 1);
        bg_schema_scale(schema, i, NULL, NULL);
    }
    bg_schema_free(schema);
    bg_schema_free(NULL);
    schema = NULL;
    REFUSED(schema_create(BG_BITS, BG_SCALE_NONE, SIZE_MAX / 4, 2, 2, &schema, &problem),
            BG_E_MEMORY, "memory");
    ck_assert_ptr_null(schema);
}
END_TEST

START_TEST(columns_are_called_by_name_or_number)
{
    static const double values[] = {1, 2};
    char label[COLUMN_LABEL], name[300];
    bg_table *table = sample_table(1, 2, values, "a,b", 1);
    ck_assert_str_eq(column_label(table, 1, label), "column \"b\"");
    memory_release(table->column[1].name);
    table->column[1].name = NULL;
    ck_assert_str_eq(column_label(table, 1, label), "column 2");
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = 0;
    table->column[1].name = memory_copy_text(name);
    ck_assert_uint_lt(strlen(column_label(table, 1, label)), COLUMN_LABEL);
    ck_assert_int_eq(label[strlen(label) - 1], '"');
    bg_table_free(table);
}
END_TEST

START_TEST(target_flags_mark_the_targets)
{
    static const double values[] = {1, 2, 3};
    bg_table *table = sample_table(1, 3, values, NULL, 1);
    table->target[0] = 1;
    bool *flags = table_target_flags(table);
    ck_assert(!flags[0] && flags[1] && !flags[2]);
    memory_release(flags);
    bg_table_free(table);
}
END_TEST

START_TEST(bits_are_read_from_numbers_and_text)
{
    static const double values[] = {0, 1, -1, 0};
    static const char *const words[] = {"0", "1.00", "yes", "nan"};
    for (int text = 0; text < 2; text++) {
        bg_table *table = sample_table(4, 1, values, NULL, 1);
        if (text)
            sample_text(table, 0, words);
        double bit = 7;
        OK(cell_read_bit(table, 0, 0, &bit, &problem));
        ck_assert(bit == 0);
        OK(cell_read_bit(table, 1, 0, &bit, &problem));
        ck_assert(bit == 1);
        REFUSED(cell_read_bit(table, 2, 0, &bit, &problem), BG_E_DATA,
                text ? "row 3: the target column 1 must be 0 or 1, found \"yes\"" : "found -1");
        ck_assert_uint_eq(problem.row, 3);
        if (text)
            REFUSED(cell_read_bit(table, 3, 0, &bit, &problem), BG_E_DATA, "\"nan\"");
        ck_assert(bit == 1);
        bg_table_free(table);
    }
}
END_TEST

RUN_TESTS("schema", a_new_schema_changes_nothing, columns_are_called_by_name_or_number,
          target_flags_mark_the_targets, bits_are_read_from_numbers_and_text)
