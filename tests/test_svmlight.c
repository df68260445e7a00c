#include "io_files.h"

#include "io/svmlight.h"
#include "net/schema.h"

static const char small[] = "# made by hand\n+1 1:0.5 3:-2 # note 5:1\n\n-1 qid:7 2:1e1\r\n1\n";

static bool recognised(const char *text)
{
    input in = input_copy("x", text, strlen(text));
    bool yes = svmlight_recognise(&in);
    free(in.block);
    return yes;
}

static bg_table *read_text(const char *text)
{
    return read_good(svmlight_read, text, strlen(text), NULL);
}

START_TEST(reads_pairs_into_a_dense_table)
{
    bg_table *t = read_text(small);
    ck_assert(t->rows == 3 && t->columns == 4 && t->target_count == 1 && t->target[0] == 3);
    ck_assert(t->named && t->sparse && t->target_asked && t->task == BG_CLASSES);
    expect_row(t, 0, (double[]){0.5, 0, -2, 1});
    expect_row(t, 1, (double[]){0, 10, 0, -1});
    expect_row(t, 2, (double[]){0, 0, 0, 1});
    ck_assert_str_eq(t->column[0].name, "1");
    ck_assert_str_eq(t->column[2].name, "3");
    ck_assert_str_eq(t->column[3].name, "label");
    bg_table_free(t);
}
END_TEST

START_TEST(counts_from_zero_where_an_index_is_zero)
{
    bg_table *t = read_text("1.5 1:1\n2 0:3\n");
    ck_assert(t->columns == 3 && t->task == BG_REGRESSION);
    ck_assert_str_eq(t->column[0].name, "0");
    expect_row(t, 0, (double[]){0, 1, 1.5});
    expect_row(t, 1, (double[]){3, 0, 2});
    bg_table_free(t);
}
END_TEST

START_TEST(keeps_columns_of_the_whole_file)
{
    bg_read_options options = {.first_row = 3};
    bg_table *t = read_good(svmlight_read, small, sizeof small - 1, &options);
    ck_assert(t->rows == 1 && t->file_rows == 3 && t->columns == 4);
    bg_table_free(t);
}
END_TEST

START_TEST(recognises_by_content)
{
    ck_assert(recognised(small));
    ck_assert(recognised("1,2 3:4\n"));
    ck_assert(!recognised("1 2 3\n"));
    ck_assert(!recognised("a:1,b:2\n"));
    ck_assert(!recognised("1\n2\n"));
    ck_assert(!recognised("5 12:30 x\n"));
}
END_TEST

START_TEST(says_where_a_file_is_wrong)
{
    static const struct {
        const char *text, *sentence;
    } files[] = {
        {"1 1:2\n1 3:4 3:5\n", "x:2:7: indexes must rise, found 3 after 3"},
        {"1 1:2\n1 a:4\n", "x:2:3: expected index:value, found \"a:4\""},
        {"1 1:\n", "x:1:3: expected index:value, found \"1:\""},
        {"1 -1:4\n", "x:1:3: expected index:value, found \"-1:4\""},
        {"1,2 1:4\n", "x:1:1: several labels for one row (\"1,2\") are not supported"},
        {"1 1:1\n1:4\n", "x:2:1: expected a label, found \"1:4\""},
        {"1\n2\n", "x: no index:value in any row"},
        {"# nothing\n", "x: no rows"},
        {"1 1:1\n1 4000000000:1\n",
         "x:2:3: index 4000000000 makes a table of 2 rows that is too wide"},
        {"1 18446744073709551615:1\n1 0:1\n",
         "x:1:3: index 18446744073709551615 makes a table of 2 rows that is too wide"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        expect_failure(svmlight_read, files[i].text, strlen(files[i].text), NULL, BG_E_DATA,
                       files[i].sentence);
}
END_TEST

/* To a model of svmlight rows without a pair are zeros; what is no row is still none. */
START_TEST(rows_of_zeros_are_data_for_a_model)
{
    static const char labels[] = "1\n0\n# note\n1 # note\n";
    bg_schema *schema = NULL;
    ck_assert_int_eq(schema_create(BG_REGRESSION, BG_SCALE_NONE, 2, 1, 1, &schema, NULL), BG_OK);
    bg_read_options options = {.schema = schema};
    expect_failure(svmlight_read, labels, sizeof labels - 1, &options, BG_E_DATA,
                   "x: no index:value in any row");
    schema->sparse = true;
    bg_table *t = read_good(svmlight_read, labels, sizeof labels - 1, &options);
    ck_assert(t->rows == 3 && t->columns == 1 && t->sparse && t->target_count == 1);
    ck_assert_str_eq(t->column[0].name, "label");
    ck_assert(table_value(t, 0, 0) == 1 && table_value(t, 1, 0) == 0);
    bg_table_free(t);
    bg_schema_free(schema);
}
END_TEST

START_TEST(recognises_pairs_after_many_rows_of_zeros)
{
    char text[256] = "";
    for (size_t i = 0; i < 40; i++)
        strcat(text, "0\n");
    input in = input_copy("x", text, strlen(text));
    ck_assert(!svmlight_recognise(&in) && svmlight_has_labels_only(&in));
    free(in.block);
    strcat(text, "1 3:4\n");
    in = input_copy("x", text, strlen(text));
    ck_assert(svmlight_recognise(&in) && !svmlight_has_labels_only(&in));
    free(in.block);
    in = input_copy("x", "1,2\n", 4);
    ck_assert(!svmlight_has_labels_only(&in));
    free(in.block);
}
END_TEST

START_TEST(remembers_numbers_that_are_none)
{
    bg_table *t = read_text("1 1:2 2:inf\nnan 1:1\n");
    ck_assert_ptr_null(t->column[0].fault);
    ck_assert_str_eq(t->column[1].fault, "x:1:7: expected a finite number, found \"2:inf\"");
    ck_assert_str_eq(t->column[2].fault, "x:2:1: expected a finite number, found \"nan\"");
    ck_assert_int_eq(t->task, BG_REGRESSION);
    bg_table_free(t);
}
END_TEST

START_TEST(survives_hostile_files)
{
    read_all_hostile(svmlight_read, small, sizeof small - 1);
    read_starved(svmlight_read, small, sizeof small - 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {reads_pairs_into_a_dense_table,
                                  counts_from_zero_where_an_index_is_zero,
                                  keeps_columns_of_the_whole_file,
                                  recognises_by_content,
                                  says_where_a_file_is_wrong,
                                  remembers_numbers_that_are_none,
                                  survives_hostile_files,
                                  rows_of_zeros_are_data_for_a_model,
                                  recognises_pairs_after_many_rows_of_zeros,
                                  NULL};
    return run_suite("svmlight", tests);
}
