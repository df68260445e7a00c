#include <math.h>

#include "samples.h"

/* Inputs a and b, target y; unscaled unless said. */
static const double train[] = {1, 10, 0, 2, 20, 1, 3, 40, 1};
static const char *const kinds[] = {"elm", "oak", "ash"};

static bg_schema *learn(const char *names, int task, int scaling, bool text)
{
    bg_table *table = sample_table(3, 3, train, names, 1);
    if (text)
        sample_text(table, 2, kinds);
    bg_schema_options options = {.task = task, .scaling = scaling};
    bg_schema *schema = NULL;
    OK(bg_schema_learn(table, &options, &schema, &problem));
    bg_table_free(table);
    return schema;
}

/* Encodes and takes the table; checks inputs and targets of the only row. */
static void check_row(const bg_schema *schema, bg_table *table, bool need_targets,
                      const double *inputs, const double *targets)
{
    bg_data *data = NULL;
    double x[8], t[8];
    OK(bg_schema_encode(schema, table, BG_F64, need_targets, &data, &problem));
    ck_assert_uint_eq(bg_data_inputs(data), bg_schema_inputs(schema));
    ck_assert_uint_eq(bg_data_targets(data), need_targets ? bg_schema_outputs(schema) : 0);
    bg_data_row(data, 0, x, need_targets ? t : NULL);
    for (size_t i = 0; i < bg_data_inputs(data); i++)
        ck_assert_double_eq(x[i], inputs[i]);
    for (size_t i = 0; i < bg_data_targets(data); i++)
        ck_assert_double_eq(t[i], targets[i]);
    bg_data_free(data);
    bg_table_free(table);
}

static void refuse(const bg_schema *schema, bg_table *table, bool need_targets, const char *words)
{
    bg_data *data = NULL;
    REFUSED(bg_schema_encode(schema, table, BG_F64, need_targets, &data, &problem), BG_E_DATA,
            words);
    ck_assert_ptr_null(data);
    bg_table_free(table);
}

START_TEST(rows_are_scaled)
{
    for (int scaling = 0; scaling < BG_SCALING_COUNT; scaling++) {
        bg_schema *schema = learn("a,b,y", -1, scaling, false);
        double offset[2], scale[2];
        for (size_t i = 0; i < 2; i++)
            bg_schema_scale(schema, i, &offset[i], &scale[i]);
        static const double row[] = {7, 8, 9};
        double wanted[] = {(7 - offset[0]) / scale[0], (8 - offset[1]) / scale[1]};
        check_row(schema, sample_table(1, 3, row, "a,b,y", 1), true, wanted, row + 2);
        bg_schema_free(schema);
    }
}
END_TEST

START_TEST(columns_are_matched_by_name)
{
    bg_schema *schema = learn("a,b,y", -1, BG_SCALE_NONE, false);
    static const double row[] = {1, 2, 3, 4}, wanted[] = {3, 1}, target[] = {2};
    check_row(schema, sample_table(1, 4, row, "b,y,a,extra", 1), true, wanted, target);
    check_row(schema, sample_table(1, 4, row, "b,y,a,extra", 1), false, wanted, NULL);
    bg_table *asked = sample_table(1, 4, row, "b,z,a,extra", 1);
    asked->target[0] = 1;
    asked->target_asked = true;
    check_row(schema, asked, true, wanted, target);
    refuse(schema, sample_table(1, 3, row, "b,y,c", 1), false,
           "some.csv: no column \"a\", which is an input of the model");
    refuse(schema, sample_table(1, 3, row, "b,z,a", 1), true,
           "no column \"y\", which is a target of the model");
    bg_schema_free(schema);
}
END_TEST

START_TEST(columns_without_names_are_matched_by_place)
{
    bg_schema *schema = learn(NULL, -1, BG_SCALE_NONE, false);
    static const double row[] = {1, 2, 3, 4}, others[] = {2, 3};
    check_row(schema, sample_table(1, 3, row, NULL, 1), true, row, row + 2);
    check_row(schema, sample_table(1, 3, row, NULL, 1), false, row, NULL);
    check_row(schema, sample_table(1, 3, row, "b,a,y", 1), false, row, NULL);
    bg_table *first = sample_table(1, 3, row, NULL, 1);
    first->target[0] = 0;
    first->target_asked = true;
    check_row(schema, first, true, others, row);
    /* Inputs alone: the last one is a target by habit only. */
    check_row(schema, sample_table(1, 2, row, NULL, 1), false, row, NULL);
    check_row(schema, sample_table(1, 2, row, NULL, 0), false, row, NULL);
    refuse(schema, sample_table(1, 2, row, NULL, 1), true,
           "has 1 column beside its target, the model wants 2 inputs");
    refuse(schema, sample_table(1, 4, row, NULL, 1), false,
           "has 4 columns, the model wants 2 inputs");
    refuse(schema, sample_table(1, 4, row, NULL, 1), true,
           "has 3 columns beside its target, the model wants 2");
    bg_table *asked = sample_table(1, 2, row, NULL, 1);
    asked->target_asked = true;
    refuse(schema, asked, false, "has 1 column beside its target, the model wants 2 inputs");
    bg_schema_free(schema);
    schema = learn("a,b,y", -1, BG_SCALE_NONE, false);
    refuse(schema, sample_table(1, 4, row, NULL, 0), false,
           "some.csv: has 4 columns, the model wants 2 inputs (a, b)");
    bg_schema_free(schema);
}
END_TEST

/* By habit the last column is the target, where the model knows that two are. */
START_TEST(the_last_columns_are_the_targets)
{
    bg_table *table = sample_table(3, 3, train, NULL, 2);
    bg_schema *schema = NULL;
    bg_schema_options options = {.task = -1, .scaling = BG_SCALE_NONE};
    OK(bg_schema_learn(table, &options, &schema, &problem));
    bg_table_free(table);
    static const double row[] = {1, 2, 3};
    check_row(schema, sample_table(1, 3, row, NULL, 1), true, row, row + 1);
    check_row(schema, sample_table(1, 3, row, NULL, 1), false, row, NULL);
    check_row(schema, sample_table(1, 3, row, NULL, 2), true, row, row + 1);
    bg_schema_free(schema);
}
END_TEST

/* Targets 3 and 1 of four columns, in this order: so they are in every table of all columns, with
 * names or without, unless the user names others. */
START_TEST(targets_are_where_they_were)
{
    static const double all[] = {1, 2, 3, 4, 5, 6, 7, 9}, row[] = {1, 2, 3, 4};
    static const double inputs[] = {2, 4}, targets[] = {3, 1}, first[] = {1, 2}, last[] = {3, 4};
    bg_schema_options options = {.task = -1, .scaling = BG_SCALE_NONE};
    for (int named = 0; named < 2; named++) {
        bg_table *table = sample_table(2, 4, all, named ? "a,b,c,d" : NULL, 1);
        bg_schema *schema = NULL;
        OK(table_select_targets(table, "3,1", &problem));
        OK(bg_schema_learn(table, &options, &schema, &problem));
        bg_table_free(table);
        check_row(schema, sample_table(1, 4, row, NULL, 1), true, inputs, targets);
        check_row(schema, sample_table(1, 4, row, NULL, 1), false, inputs, NULL);
        check_row(schema, sample_table(1, 4, row, "a,b,c,d", 1), true, inputs, targets);
        check_row(schema, sample_table(1, 2, inputs, NULL, 1), false, inputs, NULL);
        table = sample_table(1, 4, row, NULL, 1);
        OK(table_select_targets(table, "3,4", &problem));
        check_row(schema, table, true, first, last);
        bg_schema_free(schema);
    }
}
END_TEST

START_TEST(nothing_is_kept_of_targets_that_are_last)
{
    static const double all[] = {1, 2, 3, 4, 5, 6, 7, 9};
    static const struct {
        const char *targets;
        bool kept;
    } cases[] = {{"4", false}, {"3,4", false}, {"4,3", true}, {"3", true}, {"1", true}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        bg_table *table = sample_table(2, 4, all, NULL, 1);
        bg_schema *schema = NULL;
        OK(table_select_targets(table, cases[i].targets, &problem));
        OK(bg_schema_learn(table, NULL, &schema, &problem));
        ck_assert((schema->target_place != NULL) == cases[i].kept);
        bg_schema_free(schema);
        bg_table_free(table);
    }
}
END_TEST

START_TEST(classes_become_one_hot)
{
    bg_schema *schema = learn("a,b,y", -1, BG_SCALE_NONE, true);
    static const double row[] = {1, 2, 0}, oak[] = {0, 0, 1};
    static const char *const word[] = {"oak"}, *const unknown[] = {"fir"};
    bg_table *table = sample_table(1, 3, row, "a,b,y", 1);
    sample_text(table, 2, word);
    check_row(schema, table, true, row, oak);
    table = sample_table(1, 3, row, "a,b,y", 1);
    sample_text(table, 2, unknown);
    refuse(schema, table, true,
           "row 1: the model does not know the class \"fir\", only ash, elm, oak");
    ck_assert_uint_eq(problem.row, 1);
    table = sample_table(1, 3, row, "a,b,y", 1);
    sample_text(table, 2, unknown);
    check_row(schema, table, false, row, NULL); /* to predict, any word will do */
    bg_schema_free(schema);
}
END_TEST

START_TEST(number_classes_are_found_by_value)
{
    bg_schema *schema = learn("a,b,y", BG_CLASSES, BG_SCALE_NONE, false);
    static const double row[] = {1, 2, 1}, bad[] = {1, 2, 0.5}, second[] = {0, 1};
    static const char *const word[] = {"1.0"};
    check_row(schema, sample_table(1, 3, row, "a,b,y", 1), true, row, second);
    bg_table *table = sample_table(1, 3, row, "a,b,y", 1);
    sample_text(table, 2, word);
    check_row(schema, table, true, row, second);
    refuse(schema, sample_table(1, 3, bad, "a,b,y", 1), true, "the class \"0.5\", only 0, 1");
    bg_schema_free(schema);
}
END_TEST

START_TEST(one_hot_columns)
{
    static const double hot[] = {5, 1, 0, 6, 0, 1}, both[] = {5, 1, 1};
    bg_table *table = sample_table(2, 3, hot, "x,red,blue", 2);
    bg_schema *schema = NULL;
    bg_schema_options options = {.task = BG_CLASSES, .scaling = BG_SCALE_NONE};
    OK(bg_schema_learn(table, &options, &schema, &problem));
    bg_table_free(table);
    check_row(schema, sample_table(1, 3, hot + 3, "x,red,blue", 2), true, hot + 3, hot + 4);
    refuse(schema, sample_table(1, 3, both, "x,red,blue", 2), true, "must be 1, not 2");
    bg_schema_free(schema);
}
END_TEST

START_TEST(bits_must_be_0_or_1)
{
    bg_schema *schema = learn("a,b,y", BG_BITS, BG_SCALE_NONE, false);
    static const double row[] = {1, 2, 0.5};
    refuse(schema, sample_table(1, 3, row, "a,b,y", 1), true, "must be 0 or 1, found 0.5");
    check_row(schema, sample_table(1, 3, row, "a,b,y", 1), false, row, NULL);
    bg_schema_free(schema);
}
END_TEST

START_TEST(faults_and_text_matter_where_they_are_used)
{
    bg_schema *schema = learn("a,b,y", -1, BG_SCALE_NONE, false);
    static const double row[] = {1, 2, 3, 4};
    static const char *const word[] = {"x"};
    for (size_t c = 0; c < 4; c++) {
        bg_table *table = sample_table(1, 4, row, "a,b,y,extra", 1);
        table->column[c].fault = memory_copy_text("some.csv:9:1: expected a number");
        if (c < 3)
            refuse(schema, table, true, "some.csv:9:1: expected a number");
        else
            check_row(schema, table, true, row, row + 2);
        table = sample_table(1, 4, row, "a,b,y,extra", 1);
        sample_text(table, c, word);
        if (c < 2)
            refuse(schema, table, false, "is text; inputs must be numbers");
        else
            check_row(schema, table, false, row, NULL);
    }
    bg_schema_free(schema);
}
END_TEST

START_TEST(a_sparse_column_that_is_not_there_is_0)
{
    bg_schema *schema = learn("1,2,y", -1, BG_SCALE_NONE, false);
    schema->sparse = true;
    static const double row[] = {5, 6}, wanted[] = {0, 5};
    bg_table *table = sample_table(1, 2, row, "2,3", 0);
    table->sparse = true;
    check_row(schema, table, false, wanted, NULL);
    refuse(schema, sample_table(1, 2, row, "2,3", 0), false, "no column \"1\"");
    bg_schema_free(schema);
}
END_TEST

START_TEST(what_overflows_in_f32_names_row_and_column)
{
    bg_schema *schema = learn("a,b,y", -1, BG_SCALE_NONE, false);
    static const double rows[] = {1, 2, 3, 4, 1e39, 6}, target[] = {1, 2, -1e300};
    bg_data *data = NULL;
    bg_table *table = sample_table(2, 3, rows, "a,b,y", 1);
    REFUSED(bg_schema_encode(schema, table, BG_F32, true, &data, &problem), BG_E_DATA,
            "some.csv: row 2: 1e+39 in column \"b\"");
    ck_assert_uint_eq(problem.row, 2);
    OK(bg_schema_encode(schema, table, BG_F64, true, &data, &problem));
    bg_data_free(data);
    bg_table_free(table);
    data = NULL;
    table = sample_table(1, 3, target, "a,b,y", 1);
    REFUSED(bg_schema_encode(schema, table, BG_F32, true, &data, &problem), BG_E_DATA,
            "-1e+300 in column \"y\"");
    ck_assert_ptr_null(data);
    bg_table_free(table);
    bg_schema_free(schema);
}
END_TEST

/* Thousands of names are matched in a moment, and long lists of them cut in sentences. */
START_TEST(many_columns)
{
    enum { N = 50000 };
    bg_table *table, *turned;
    OK(table_create("wide.csv", 1, N, BG_F64, &table, &problem));
    OK(table_create("wide.csv", 1, N, BG_F64, &turned, &problem));
    for (size_t c = 0; c < N; c++) {
        char name[32];
        snprintf(name, sizeof name, "%zu", c);
        table->column[c].name = memory_copy_text(name);
        turned->column[N - 1 - c].name = memory_copy_text(name);
        table_set(table, 0, c, (double)c);
        table_set(turned, 0, N - 1 - c, (double)c);
    }
    table->named = turned->named = true;
    table->target[0] = N - 1;
    table->target_count = 1;
    bg_schema *schema = NULL;
    bg_schema_options options = {.task = -1, .scaling = BG_SCALE_NONE};
    OK(bg_schema_learn(table, &options, &schema, &problem));
    bg_data *data = NULL;
    OK(bg_schema_encode(schema, turned, BG_F64, true, &data, &problem));
    double *x = malloc(N * sizeof *x), t;
    bg_data_row(data, 0, x, &t);
    for (size_t c = 0; c < N - 1; c++)
        ck_assert(x[c] == (double)c);
    ck_assert(t == N - 1);
    free(x);
    bg_data_free(data);
    turned->named = false;
    turned->columns -= 5;
    REFUSED(bg_schema_encode(schema, turned, BG_F64, true, &data, &problem), BG_E_DATA,
            "(0, 1, 2, 3");
    ck_assert_ptr_nonnull(strstr(problem.text, "...)"));
    turned->columns += 5;
    bg_schema_free(schema);
    bg_table_free(table);
    bg_table_free(turned);
}
END_TEST

START_TEST(every_failed_allocation_is_clean)
{
    for (int text = 0; text < 2; text++) {
        bg_schema *schema = learn("a,b,y", -1, -1, text);
        bg_table *table = sample_table(3, 3, train, text ? "a,b,y" : NULL, 1);
        if (text)
            sample_text(table, 2, kinds);
        bg_status status = BG_E_MEMORY;
        for (size_t n = 1; status != BG_OK; n++) {
            bg_data *data = NULL;
            memory_fail_after(n);
            status = bg_schema_encode(schema, table, BG_F32, true, &data, &problem);
            memory_fail_after(0);
            ck_assert(status == BG_OK || (status == BG_E_MEMORY && !data));
            ck_assert_uint_lt(n, 100);
            bg_data_free(data);
        }
        bg_table_free(table);
        bg_schema_free(schema);
    }
}
END_TEST

RUN_TESTS("schema_encode", rows_are_scaled, columns_are_matched_by_name,
          columns_without_names_are_matched_by_place, the_last_columns_are_the_targets,
          targets_are_where_they_were, nothing_is_kept_of_targets_that_are_last,
          classes_become_one_hot, number_classes_are_found_by_value, one_hot_columns,
          bits_must_be_0_or_1, faults_and_text_matter_where_they_are_used,
          a_sparse_column_that_is_not_there_is_0, what_overflows_in_f32_names_row_and_column,
          many_columns, every_failed_allocation_is_clean)
