#include "io_files.h"

#include <zlib.h>

static const char images_path[] = "tests/data/t10k-images-idx3-ubyte.gz";
static const char labels_path[] = "tests/data/t10k-labels-idx1-ubyte.gz";

static bg_table *read_path(const char *path, const bg_read_options *options)
{
    bg_table *t = NULL;
    bg_error error;
    ck_assert_msg(bg_table_read(path, options, &t, &error) == BG_OK, "%s", error.text);
    expect_sound(t);
    return t;
}

static void refuse_path(const char *path, const bg_read_options *options, bg_status expected,
                        const char *sentence)
{
    bg_table *t = NULL;
    bg_error error;
    ck_assert_int_eq(bg_table_read(path, options, &t, &error), expected);
    ck_assert_msg(strstr(error.text, sentence) != NULL, "%s", error.text);
    ck_assert_ptr_null(t);
}

START_TEST(reads_images_with_their_labels)
{
    bg_read_options options = {.first_row = 8001, .target = labels_path};
    bg_table *t = read_path(images_path, &options);
    ck_assert(t->rows == 2000 && t->file_rows == 10000 && t->columns == 785);
    ck_assert(t->target_count == 1 && t->target[0] == 784 && t->task == BG_CLASSES && t->one_unit);
    bg_table *whole = read_path(images_path, NULL), *labels = read_path(labels_path, NULL);
    ck_assert(whole->rows == 10000 && whole->columns == 784 && whole->target_count == 0);
    double sum = 0;
    for (size_t r = 0; r < t->rows; r++) {
        ck_assert_double_eq(table_value(t, r, 784), table_value(labels, 8000 + r, 0));
        for (size_t c = 0; c < 784; c++) {
            ck_assert(table_value(t, r, c) == table_value(whole, 8000 + r, c));
            sum += table_value(t, r, c);
        }
    }
    ck_assert_double_gt(sum / 2000 / 784, 20); /* of 255: ink */
    bg_table_free(t);
    bg_table_free(whole);
    bg_table_free(labels);
}
END_TEST

START_TEST(labels_can_be_names)
{
    bg_read_options options = {.target = labels_path, .classify = true, .last_row = 100};
    bg_table *t = read_path(images_path, &options);
    ck_assert(t->column[784].text && t->column[784].label_count == 10);
    ck_assert_str_eq(t->column[784].labels[0], "7"); /* the first test digit */
    bg_table_free(t);
}
END_TEST

START_TEST(rows_of_two_files_must_agree)
{
    bg_read_options options = {.target = "tests/data/list_i8.npy"};
    refuse_path("tests/data/iris.csv", &options, BG_E_DATA,
                "tests/data/iris.csv has 150 rows, tests/data/list_i8.npy has 4");
    bg_table *t = read_path("tests/data/c_f4.npy", &options);
    ck_assert(t->columns == 7 && t->target_count == 1 && t->dtype == BG_F64);
    expect_row(t, 1, (double[]){.75, .875, 1, 1.125, 1.25, 1.375, 0});
    bg_table_free(t);
    options.target = folder;
    refuse_path("tests/data/c_f4.npy", &options, BG_E_ARGUMENT,
                "neither a column of it nor a file");
}
END_TEST

START_TEST(finds_the_format_by_content_then_name)
{
    static const struct {
        const char *name, *text;
        size_t columns;
        int task;
    } files[] = {
        {"a.csv", "1,2\n3,4\n", 2, -1},          {"b.tsv", "1\t2\t3\n3\t4\t5\n", 3, -1},
        {"c", "2 1 1\n1\n0\n0\n1\n", 2, -1},     {"d.data", "5.1,3.5,red\n4.9,3,green\n", 3, -1},
        {"e.data", "2 1 1\n1 0 0 1\n", 2, -1},   {"f", "1 1:2 3:4\n-1 2:3\n", 4, BG_CLASSES},
        {"g.svm", "1\n-1 2:3\n", 3, BG_CLASSES}, {"h.txt", "1 2 3\n4 5 6\n", 3, -1},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *path = files_write(files[i].name, files[i].text, strlen(files[i].text));
        bg_table *t = read_path(path, NULL);
        ck_assert_uint_eq(t->rows, 2);
        ck_assert_uint_eq(t->columns, files[i].columns);
        ck_assert_int_eq(t->task, files[i].task);
        ck_assert_str_eq(t->source, path);
        bg_table_free(t);
    }
    refuse_path(files_write("a.npy", "1,2\n", 4), NULL, BG_E_DATA, "not an NPY file");
    refuse_path(files_write("x-ubyte", "1,2\n", 4), NULL, BG_E_DATA, "not an IDX file");
    refuse_path(files_write("x", "PK\3\4\0\0", 6), NULL, BG_E_DATA, "neither text nor a known");
}
END_TEST

START_TEST(every_format_may_be_packed)
{
    char path[64];
    snprintf(path, sizeof path, "%s/iris.gz", folder);
    input in;
    ck_assert_int_eq(input_read("tests/data/iris.csv", &in, NULL), BG_OK);
    gzFile file = gzopen(path, "wb");
    ck_assert_int_eq(gzwrite(file, in.bytes, (unsigned)in.size), (int)in.size);
    gzclose(file);
    input_release(&in);
    bg_table *packed = read_path(path, NULL), *plain = read_path("tests/data/iris.csv", NULL);
    ck_assert_mem_eq(packed->values, plain->values, 150 * 5 * sizeof(double));
    bg_table_free(packed);
    bg_table_free(plain);
}
END_TEST

/* Only tables in text begin with a row of names. */
START_TEST(a_row_of_names_must_be_possible)
{
    bg_read_options options = {.header = BG_HEADER_YES, .first_row = 2, .last_row = 3};
    bg_table *t = read_path("tests/data/iris.csv", &options);
    ck_assert(t->rows == 2 && t->file_rows == 150 && t->named && !bg_table_names_guessed(t));
    bg_table_free(t);
    refuse_path(labels_path, &options, BG_E_ARGUMENT,
                "a row of names is asked for, which only CSV and TSV files have");
    options.header = BG_HEADER_NO;
    t = read_path(labels_path, &options);
    bg_table_free(t);
}
END_TEST

START_TEST(targets_by_name_and_number)
{
    bg_read_options options = {.target = "sepal_width,-1"};
    bg_table *t = read_path("tests/data/iris.csv", &options);
    ck_assert(t->target_count == 2 && t->target[0] == 1 && t->target[1] == 4 && t->target_asked);
    bg_table_free(t);
    options.target = "speces";
    refuse_path("tests/data/iris.csv", &options, BG_E_ARGUMENT, "no column \"speces\"");
}
END_TEST

START_TEST(truth_tables_take_the_same_options)
{
    bg_read_options options = {.first_row = 3, .target = "x1", .classify = true};
    bg_table *t = read_path("table:xor", &options);
    ck_assert(t->rows == 2 && t->target[0] == 0 && t->column[0].text);
    ck_assert_str_eq(t->column[0].labels[0], "1");
    bg_table_free(t);
    refuse_path("table:xr", NULL, BG_E_ARGUMENT, "did you mean table:xor?");
}
END_TEST

START_TEST(says_what_is_wrong_without_an_error_too)
{
    bg_table *t = NULL;
    ck_assert_int_eq(bg_table_read("/none", NULL, &t, NULL), BG_E_IO);
    refuse_path("/none", NULL, BG_E_IO, "/none: cannot be opened: ");
    ck_assert_ptr_null(t);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {reads_images_with_their_labels,
                                  labels_can_be_names,
                                  rows_of_two_files_must_agree,
                                  finds_the_format_by_content_then_name,
                                  every_format_may_be_packed,
                                  a_row_of_names_must_be_possible,
                                  targets_by_name_and_number,
                                  truth_tables_take_the_same_options,
                                  says_what_is_wrong_without_an_error_too,
                                  NULL};
    return run_suite("table_read", tests);
}
