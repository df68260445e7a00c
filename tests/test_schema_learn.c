#include "samples.h"

static const double xor [] = {0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0};

static bg_schema *learn(bg_table *table, int task)
{
    bg_schema_options options = {.task = task, .scaling = -1};
    bg_schema *schema = NULL;
    OK(bg_schema_learn(table, &options, &schema, &problem));
    bg_table_free(table);
    return schema;
}

static void refuse(bg_table *table, int task, const char *words)
{
    bg_schema_options options = {.task = task, .scaling = -1};
    bg_schema *schema = NULL;
    REFUSED(bg_schema_learn(table, &options, &schema, &problem), BG_E_DATA, words);
    ck_assert_ptr_null(schema);
    bg_table_free(table);
}

START_TEST(numbers_are_regression)
{
    bg_schema *s = learn(sample_table(4, 3, xor, "a,b,y", 1), -1);
    ck_assert_int_eq(bg_schema_task(s), BG_REGRESSION);
    ck_assert_int_eq(bg_schema_scaling(s), BG_SCALE_STANDARD);
    ck_assert_uint_eq(bg_schema_inputs(s), 2);
    ck_assert_uint_eq(bg_schema_outputs(s), 1);
    ck_assert_str_eq(bg_schema_input_name(s, 1), "b");
    ck_assert_str_eq(bg_schema_output_name(s, 0), "y");
    ck_assert_ptr_null(bg_schema_input_name(s, 2));
    ck_assert_ptr_null(bg_schema_output_name(s, 1));
    bg_schema_free(s);
}
END_TEST

START_TEST(truth_tables_are_bits_and_unscaled)
{
    bg_table *table = sample_table(4, 3, xor, "x1,x2,y", 1);
    table->truth_table = true;
    bg_schema *s = learn(table, -1);
    ck_assert_int_eq(bg_schema_task(s), BG_BITS);
    ck_assert_int_eq(bg_schema_scaling(s), BG_SCALE_NONE);
    bg_schema_free(s);
}
END_TEST

START_TEST(the_format_has_its_word)
{
    bg_table *table = sample_table(4, 3, xor, NULL, 1);
    table->task = BG_CLASSES;
    table->sparse = true;
    bg_schema *s = learn(table, -1);
    ck_assert_int_eq(bg_schema_task(s), BG_CLASSES);
    ck_assert_uint_eq(bg_schema_outputs(s), 2);
    ck_assert_str_eq(bg_schema_output_name(s, 1), "1");
    ck_assert_ptr_null(bg_schema_input_name(s, 0));
    ck_assert(s->sparse);
    bg_schema_free(s);
    table = sample_table(4, 3, xor, NULL, 1);
    table->task = BG_CLASSES;
    s = learn(table, BG_REGRESSION); /* but the user has the last */
    ck_assert_int_eq(bg_schema_task(s), BG_REGRESSION);
    bg_schema_free(s);
}
END_TEST

START_TEST(text_is_classes)
{
    static const char *const words[] = {"no", "yes", "yes", "no"};
    bg_table *table = sample_table(4, 3, xor, "a,b,y", 1);
    sample_text(table, 2, words);
    bg_schema *s = learn(table, -1);
    ck_assert_int_eq(bg_schema_task(s), BG_CLASSES);
    ck_assert_str_eq(bg_schema_output_name(s, 0), "no");
    ck_assert_str_eq(bg_schema_output_name(s, 1), "yes");
    bg_schema_free(s);
    table = sample_table(4, 3, xor, "a,b,y", 1);
    sample_text(table, 2, words);
    refuse(table, BG_REGRESSION, "column \"y\" is text; targets must be numbers");
    table = sample_table(4, 3, xor, "a,b,y", 1);
    sample_text(table, 2, words);
    refuse(table, BG_BITS, "row 1: the target column \"y\" must be 0 or 1, found \"no\"");
}
END_TEST

START_TEST(several_columns_of_0_and_1)
{
    static const double hot[] = {5, 1, 0, 0, 6, 0, 0, 1, 7, 0, 1, 0};
    static const double bits[] = {5, 1, 0, 1, 6, 0, 0, 1, 7, 0, 1, 0};
    static const double numbers[] = {5, 1, 0, 1, 6, 0, 0, 1, 7, 0, 0.5, 0};
    bg_schema *s = learn(sample_table(3, 4, hot, "x,red,green,blue", 3), BG_CLASSES);
    ck_assert_int_eq(bg_schema_task(s), BG_CLASSES);
    ck_assert_uint_eq(bg_schema_outputs(s), 3);
    ck_assert_str_eq(bg_schema_output_name(s, 2), "blue");
    bg_schema_free(s);
    s = learn(sample_table(3, 4, hot, NULL, 3), BG_CLASSES);
    ck_assert_str_eq(bg_schema_output_name(s, 2), "3");
    bg_schema_free(s);
    s = learn(sample_table(3, 4, bits, "x,red,green,blue", 3), BG_CLASSES);
    ck_assert_int_eq(bg_schema_task(s), BG_BITS);
    ck_assert_str_eq(bg_schema_output_name(s, 2), "blue");
    bg_schema_free(s);
    refuse(sample_table(3, 4, numbers, "x,red,green,blue", 3), BG_CLASSES,
           "row 3: the target column \"green\" must be 0 or 1, found 0.5");
    refuse(sample_table(3, 4, numbers, "x,red,green,blue", 3), BG_BITS, "found 0.5");
    s = learn(sample_table(3, 4, numbers, NULL, 3), -1);
    ck_assert_int_eq(bg_schema_task(s), BG_REGRESSION);
    ck_assert_uint_eq(bg_schema_outputs(s), 3);
    bg_schema_free(s);
}
END_TEST

/* With --task classify a reader takes targets as text. */
START_TEST(bits_may_have_been_read_as_text)
{
    static const char *const words[] = {"0", "1", "1.0", "0"};
    bg_table *table = sample_table(4, 3, xor, "a,y,z", 2);
    sample_text(table, 1, words);
    sample_text(table, 2, words);
    bg_schema *s = learn(table, BG_CLASSES);
    ck_assert_int_eq(bg_schema_task(s), BG_BITS);
    bg_schema_free(s);
}
END_TEST

START_TEST(faults_tell_their_place)
{
    for (size_t c = 0; c < 3; c += 2) {
        bg_table *table = sample_table(4, 3, xor, "a,b,y", 1);
        table->column[c].fault = memory_copy_text("some.csv:7:3: expected a number");
        table->column[c].fault_line = 7;
        table->column[c].fault_column = 3;
        bg_schema *schema = NULL;
        REFUSED(bg_schema_learn(table, NULL, &schema, &problem), BG_E_DATA,
                "some.csv:7:3: expected a number");
        ck_assert_uint_eq(problem.line, 7);
        ck_assert_uint_eq(problem.column, 3);
        bg_table_free(table);
    }
}
END_TEST

START_TEST(what_cannot_be_learned_is_refused)
{
    static const char *const words[] = {"no", "yes", "yes", "no"};
    static const char *const same[] = {"no", "no", "no", "no"};
    bg_table *table = sample_table(4, 3, xor, "a,b,y", 1);
    sample_text(table, 1, words);
    refuse(table, -1, "some.csv: column \"b\" is text; inputs must be numbers");
    table = sample_table(4, 3, xor, "a,b,y", 1);
    sample_text(table, 2, same);
    refuse(table, -1, "only one class, \"no\"");
    refuse(sample_table(4, 3, xor, NULL, 0), -1, "no target column");
    refuse(sample_table(4, 3, xor, NULL, 3), -1, "no input columns");
    refuse(sample_table(4, 3, xor, "a,Gr\xfc,y", 1), -1, "column 2 is not valid UTF-8");
    bg_schema_options options = {.task = 77, .scaling = -1};
    bg_schema *schema = NULL;
    table = sample_table(4, 3, xor, NULL, 1);
    REFUSED(bg_schema_learn(table, &options, &schema, &problem), BG_E_ARGUMENT, "task 77");
    options = (bg_schema_options){.task = -1, .scaling = 88};
    REFUSED(bg_schema_learn(table, &options, &schema, &problem), BG_E_ARGUMENT, "scaling 88");
    bg_table_free(table);
}
END_TEST

START_TEST(a_constant_target_is_fine_in_regression)
{
    static const double values[] = {1, 5, 2, 5};
    bg_schema_free(learn(sample_table(2, 2, values, NULL, 1), -1));
}
END_TEST

START_TEST(every_failed_allocation_is_clean)
{
    static const char *const words[] = {"no", "yes", "yes", "no"};
    for (int text = 0; text < 2; text++) {
        bg_table *table = sample_table(4, 3, xor, "a,b,y", 1);
        if (text)
            sample_text(table, 2, words);
        bg_status status = BG_E_MEMORY;
        for (size_t n = 1; status != BG_OK; n++) {
            bg_schema *schema = NULL;
            memory_fail_after(n);
            status = bg_schema_learn(table, NULL, &schema, &problem);
            memory_fail_after(0);
            ck_assert(status == BG_OK || (status == BG_E_MEMORY && !schema));
            ck_assert_uint_lt(n, 100);
            bg_schema_free(schema);
        }
        bg_table_free(table);
    }
}
END_TEST

RUN_TESTS("schema_learn", numbers_are_regression, truth_tables_are_bits_and_unscaled,
          the_format_has_its_word, text_is_classes, several_columns_of_0_and_1,
          bits_may_have_been_read_as_text, faults_tell_their_place,
          what_cannot_be_learned_is_refused, a_constant_target_is_fine_in_regression,
          every_failed_allocation_is_clean)
