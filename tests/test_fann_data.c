#include "io_files.h"

#include "io/fann_data.h"

static const char small[] = "2 3 1\n1 2 3\n4\n-0.5 1e2 .25 \n7\n";

static bool recognised(const char *name, const char *text)
{
    input in = input_copy(name, text, strlen(text));
    bool yes = fann_recognise(&in);
    free(in.block);
    return yes;
}

START_TEST(reads_inputs_and_targets)
{
    bg_table *t = read_good(fann_read, small, sizeof small - 1, NULL);
    ck_assert(t->rows == 2 && t->columns == 4 && t->target_count == 1 && t->target[0] == 3);
    ck_assert(t->target_asked && t->task == -1 && !t->named);
    expect_row(t, 0, (double[]){1, 2, 3, 4});
    expect_row(t, 1, (double[]){-0.5, 100, 0.25, 7});
    bg_table_free(t);
}
END_TEST

START_TEST(reads_a_file_of_the_library)
{
    bg_table *t;
    bg_read_options options = {.first_row = 100, .last_row = 200};
    ck_assert_int_eq(bg_table_read("tests/data/parity8.train", &options, &t, NULL), BG_OK);
    ck_assert(t->rows == 101 && t->file_rows == 256 && t->columns == 9);
    for (size_t r = 0; r < t->rows; r++) {
        double sum = 0;
        for (size_t c = 0; c < 8; c++)
            sum += table_value(t, r, c);
        ck_assert_double_eq(fmod(sum, 2), table_value(t, r, 8));
    }
    bg_table_free(t);
}
END_TEST

START_TEST(recognises_by_content_or_by_name)
{
    ck_assert(recognised("x", small));
    ck_assert(recognised("x.train", "2 3 1\n"));
    ck_assert(!recognised("x", "2 3 1\n1 2 3\n4 5 6\n"));
    ck_assert(!recognised("x.data", "5.1,3.5,1.4\n"));
    ck_assert(!recognised("x.data", "2 3 1 4\n1 2 3 4\n"));
    ck_assert(!recognised("x.data", "2 0 1\n"));
    ck_assert(recognised("x.data", "0 2 1\n"));
    ck_assert(!recognised("x", "0 2 1\n"));
    ck_assert(!recognised("x.data", "0 2 1\n1 2 1\n"));
    ck_assert(!recognised("x.data", "0 2\n"));
}
END_TEST

START_TEST(says_where_a_file_is_wrong)
{
    static const struct {
        const char *text, *sentence;
    } files[] = {
        {"2 3 1\n1 2 3\n4\n5 six 7\n8\n", "x:4:3: expected a number, found \"six\""},
        {"2 3 1\n1 2 3\n4\n5 6\n", "x:4:4: the file ends in row 2 of 2, before number 3 of 4"},
        {"1 3 1\n1 2 3\n4\n5\n", "x:4:1: expected the end of the file after 1 rows, found \"5\""},
        {"1 3\n1 2 3\n4\n5\n",
         "x:1:4: expected a line with the counts of rows, inputs and outputs, each from 1"},
        {"0 3 1\n",
         "x:1:1: expected a line with the counts of rows, inputs and outputs, each from 1"},
        {"9 3 1\n1 2 3\n4\n", "x:1:1: 14 bytes cannot hold the numbers that this line promises"},
        {"1 18446744073709551615 1\n1\n",
         "x:1:1: 27 bytes cannot hold the numbers that this line promises"},
        {"4294967296 4294967296 1\n1\n",
         "x:1:1: 26 bytes cannot hold the numbers that this line promises"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        expect_failure(fann_read, files[i].text, strlen(files[i].text), NULL, BG_E_DATA,
                       files[i].sentence);
}
END_TEST

START_TEST(faults_count_in_kept_rows_only)
{
    static const char text[] = "3 2 1\n1 nan\n1\n1 2\n1\n1 2\n1e999\n";
    bg_table *t = read_good(fann_read, text, sizeof text - 1, NULL);
    ck_assert_str_eq(t->column[1].fault, "x:2:3: expected a finite number, found \"nan\"");
    ck_assert_str_eq(t->column[2].fault, "x:7:1: expected a finite number, found \"1e999\"");
    ck_assert(t->column[2].fault_line == 7 && t->column[2].fault_column == 1);
    bg_table_free(t);
    t = read_good(fann_read, text, sizeof text - 1,
                  &(bg_read_options){.first_row = 2, .last_row = 2});
    ck_assert(!t->column[1].fault && !t->column[2].fault);
    bg_table_free(t);
}
END_TEST

START_TEST(survives_hostile_files)
{
    read_all_hostile(fann_read, small, sizeof small - 1);
    read_starved(fann_read, small, sizeof small - 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {reads_inputs_and_targets,
                                  reads_a_file_of_the_library,
                                  recognises_by_content_or_by_name,
                                  says_where_a_file_is_wrong,
                                  faults_count_in_kept_rows_only,
                                  survives_hostile_files,
                                  NULL};
    return run_suite("fann_data", tests);
}
