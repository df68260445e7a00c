#include "io_files.h"

#include <locale.h>

#include "io/csv.h"

static bg_table *read_text(const char *text, const bg_read_options *options)
{
    return read_good(csv_read, text, strlen(text), options);
}

static void refuse(const char *text, const char *sentence)
{
    expect_failure(csv_read, text, strlen(text), NULL, BG_E_DATA, sentence);
}

START_TEST(reads_numbers_and_names)
{
    bg_table *t =
        read_text("a, b ,class\r\n1,-2.5e1,red\r\n .5 ,+3,\"a \"\"b\"\"\"\r\n7,8,red", NULL);
    ck_assert(t->rows == 3 && t->file_rows == 3 && t->columns == 3 && t->named);
    ck_assert(t->target_count == 1 && t->target[0] == 2 && !t->target_asked && t->task == -1);
    ck_assert_str_eq(t->column[1].name, "b");
    ck_assert(!t->column[0].text && t->column[2].text && t->column[2].label_count == 2);
    ck_assert_str_eq(t->column[2].labels[0], "red");
    ck_assert_str_eq(t->column[2].labels[1], "a \"b\"");
    expect_row(t, 0, (double[]){1, -25, 0});
    expect_row(t, 1, (double[]){.5, 3, 1});
    expect_row(t, 2, (double[]){7, 8, 0});
    bg_table_free(t);
}
END_TEST

START_TEST(reads_iris)
{
    bg_table *t;
    ck_assert_int_eq(bg_table_read("tests/data/iris.csv", NULL, &t, NULL), BG_OK);
    ck_assert(t->rows == 150 && t->columns == 5 && t->named && t->column[4].label_count == 3);
    expect_row(t, 0, (double[]){5.1, 3.5, 1.4, 0.2, 0});
    expect_row(t, 149, (double[]){5.9, 3, 5.1, 1.8, 2});
    bg_table_free(t);
    ck_assert_int_eq(bg_table_read("tests/data/digits.csv.gz", NULL, &t, NULL), BG_OK);
    ck_assert(t->rows == 1797 && t->columns == 65 && !t->named);
    bg_table_free(t);
}
END_TEST

START_TEST(remembers_the_first_bad_cell)
{
    bg_table *t = read_text("a,b,c,d,e\n1,2,,4,5\nx,nan,3,1e999,6\ny, -inf,3,4,7\n", NULL);
    ck_assert_str_eq(t->column[0].fault, "x:3:1: expected a number, found \"x\"");
    ck_assert_str_eq(t->column[1].fault, "x:3:3: expected a finite number, found \"nan\"");
    ck_assert_str_eq(t->column[2].fault, "x:2:5: expected a number, found an empty cell");
    ck_assert_str_eq(t->column[3].fault, "x:3:9: expected a finite number, found \"1e999\"");
    ck_assert_ptr_null(t->column[4].fault);
    ck_assert(t->column[3].fault_line == 3 && t->column[3].fault_column == 9);
    bg_table_free(t);
}
END_TEST

START_TEST(missing_cells_do_not_make_text)
{
    bg_table *t = read_text("1,n/a,?,-\n2,3,red,?\n3,4,?,NA\n", NULL);
    ck_assert(!t->column[1].text && t->column[2].text && !t->column[3].text);
    ck_assert_str_eq(t->column[1].fault, "x:1:3: expected a number, found \"n/a\"");
    ck_assert(t->column[2].label_count == 2 && !t->column[2].fault);
    ck_assert_str_eq(t->column[3].fault, "x:1:9: expected a number, found \"-\"");
    bg_table_free(t);
    t = read_text("1,red\n2,\n3,\"\"\n4,caf\xe9\n", NULL);
    ck_assert_str_eq(t->column[1].fault, "x:2:3: expected a name, found an empty cell");
    bg_table_free(t);
    t = read_text("1,red\n4,caf\xe9\n", NULL);
    ck_assert_ptr_nonnull(strstr(t->column[1].fault, "x:2:3: a text that is not UTF-8"));
    bg_table_free(t);
}
END_TEST

START_TEST(keeps_a_range_of_rows)
{
    static const char text[] = "a,b\nbad,1\n2,red\n3,green\nbad,x\n\n";
    bg_read_options options = {.first_row = 2, .last_row = 3};
    bg_table *t = read_text(text, &options);
    ck_assert(t->rows == 2 && t->file_rows == 4);
    ck_assert(!t->column[0].fault && t->column[1].text && t->column[1].label_count == 2);
    expect_row(t, 1, (double[]){3, 1});
    bg_table_free(t);
    options.last_row = 5;
    expect_failure(csv_read, text, sizeof text - 1, &options, BG_E_ARGUMENT,
                   "x: there is no row 5, it has 4 rows");
    options = (bg_read_options){.first_row = UINT64_MAX};
    expect_failure(csv_read, text, sizeof text - 1, &options, BG_E_ARGUMENT,
                   "x: there is no row 18446744073709551615, it has 4 rows");
    options = (bg_read_options){.first_row = 3, .last_row = 2};
    expect_failure(csv_read, text, sizeof text - 1, &options, BG_E_ARGUMENT,
                   "x: rows 3 to 2 are none: the first comes after the last");
}
END_TEST

START_TEST(reads_target_numbers_as_names)
{
    bg_read_options options = {.classify = true};
    bg_table *t = read_text("a,b\n1,07\n2,7\n3,07\n", &options);
    ck_assert(!t->column[0].text && t->column[1].text && t->column[1].label_count == 2);
    ck_assert_str_eq(t->column[1].labels[0], "07");
    bg_table_free(t);
    options.target = "a";
    t = read_text("a,b\n1,07\n2,7\n3,07\n", &options);
    ck_assert(t->column[0].text && !t->column[1].text && t->target_asked && t->target[0] == 0);
    bg_table_free(t);
}
END_TEST

START_TEST(the_first_row_is_what_it_is_said_to_be)
{
    static const char numbers[] = "0,1,2,3\n0.5,1.5,2.5,1\n", words[] = "red,a\nblue,b\n";
    bg_table *t = read_text(numbers, NULL);
    ck_assert(t->rows == 1 && t->named && bg_table_names_guessed(t));
    ck_assert_str_eq(t->column[3].name, "3");
    bg_table_free(t);
    t = read_text(numbers, &(bg_read_options){.header = BG_HEADER_YES});
    ck_assert(t->rows == 1 && t->named && !bg_table_names_guessed(t));
    bg_table_free(t);
    t = read_text(numbers, &(bg_read_options){.header = BG_HEADER_NO});
    ck_assert(t->rows == 2 && !t->named && !bg_table_names_guessed(t));
    expect_row(t, 0, (double[]){0, 1, 2, 3});
    bg_table_free(t);
    t = read_text(words, &(bg_read_options){.header = BG_HEADER_NO});
    ck_assert(t->rows == 2 && !t->named && t->column[0].label_count == 2);
    bg_table_free(t);
    t = read_text("5,7\n1,2\n", &(bg_read_options){.header = BG_HEADER_YES});
    ck_assert(t->rows == 1 && t->named);
    ck_assert_str_eq(t->column[0].name, "5");
    bg_table_free(t);
    t = read_text("a,b\n1,2\n", NULL);
    ck_assert(t->named && !bg_table_names_guessed(t));
    bg_table_free(t);
}
END_TEST

START_TEST(a_long_number_is_a_number)
{
    char text[1300];
    int front = snprintf(text, sizeof text, "1,2\n3,0.");
    memset(text + front, '3', 1000);
    strcpy(text + front + 1000, "\n5,6\n");
    bg_table *t = read_text(text, NULL);
    ck_assert(t->rows == 3 && !t->named && !t->column[1].text && !t->column[1].fault);
    expect_row(t, 1, (double[]){3, 1.0 / 3});
    bg_table_free(t);
}
END_TEST

START_TEST(says_what_is_wrong)
{
    refuse("a,b,c,d,e\n1,2,3,4,5\n1,2,3,4\n", "x:3: expected 5 columns, found 4");
    refuse("1,2\n1,2,3\n", "x:2: expected 2 columns, found 3");
    refuse("1,2\n\n3,4\n", "x:2: an empty line between rows");
    refuse("a,b\n", "x: a header but no rows");
    refuse("a,b\n\n \n", "x: a header but no rows");
    refuse("\n \n", "x: nothing but empty lines");
    refuse("a,b,a\n1,2,3\n", "x:1:5: column 3 has the name of column 1, \"a\"");
    refuse("a,\xff\n1,2\n", "x:1:3: a column name that is not UTF-8");
    refuse("1,2\n3,\"4\n5,6\n", "x:2:3: the quote that opens here is never closed");
    expect_failure(csv_read, "1,2\n3,\0004\n", 8, NULL, BG_E_DATA,
                   "x: neither text nor a known binary format: byte 7 is 0");
}
END_TEST

START_TEST(many_different_names_take_linear_time)
{
    enum { ROWS = 300000 };
    char *text = malloc(ROWS * 16);
    ck_assert_ptr_nonnull(text);
    size_t size = 0;
    for (size_t r = 0; r < ROWS; r++)
        size += (size_t)sprintf(text + size, "%zu,n%zu\n", r, r);
    bg_table *t = read_good(csv_read, text, size, NULL);
    ck_assert(t->rows == ROWS && t->column[1].label_count == ROWS);
    ck_assert_str_eq(t->column[1].labels[ROWS - 1], "n299999");
    ck_assert_double_eq(table_value(t, ROWS - 1, 1), ROWS - 1);
    bg_table_free(t);
    free(text);
}
END_TEST

START_TEST(is_the_same_in_every_locale)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "C"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!setlocale(LC_ALL, names[i]))
            continue;
        bg_table *t = read_text("1.5,1.2345678901234567890\n2.5,3e-3\n", NULL);
        expect_row(t, 0, (double[]){1.5, 1.2345678901234567890});
        bg_table_free(t);
    }
}
END_TEST

/* Any table written by "%.17g" comes back to the same bits, whatever the separator and line ends.
 */
START_TEST(reads_back_what_is_written)
{
    static const char *const separators[] = {",", ";", "\t", " ", " , "};
    rng random = rng_seeded(5, 0);
    for (size_t round = 0; round < 50; round++) {
        size_t rows = 1 + rng_below(&random, 20), columns = 2 + rng_below(&random, 5), size = 0;
        double values[20 * 6];
        char text[20 * 6 * 32];
        const char *separator = separators[round % 5];
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < columns; c++) {
                double *value = &values[r * columns + c];
                *value = ldexp(rng_normal(&random), (int)rng_below(&random, 60) - 30);
                size += (size_t)sprintf(text + size, "%.17g%s", *value,
                                        c + 1 < columns ? separator
                                        : round % 2     ? "\r\n"
                                                        : "\n");
            }
        bg_table *t = read_good(csv_read, text, size, NULL);
        ck_assert(t->rows == rows && t->columns == columns && !t->named);
        ck_assert_mem_eq(t->values, values, rows * columns * sizeof(double));
        bg_table_free(t);
    }
}
END_TEST

START_TEST(survives_hostile_files)
{
    static const char *const texts[] = {
        "a,\"b \"\"c\"\"\",class\r\n1,-2.5e1,red\r\n.5,+3,\"gr\neen\"\r\n7,8,red\r\n\r\n",
        "1;2;3\n4;5;6\n7;;x\n",
        " 1 2\t3\n 4 5 6 \n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        read_all_hostile(csv_read, texts[i], strlen(texts[i]));
        read_starved(csv_read, texts[i], strlen(texts[i]));
    }
}
END_TEST

/* Files of old Macintoshes; with a newline anywhere, a lone return is a space. */
START_TEST(lone_carriage_returns_end_lines)
{
    bg_table *t = read_text("a,b,y\r1,\"2\",3\r4,5,x\r\r", NULL);
    ck_assert(t->rows == 2 && t->columns == 3 && t->named);
    expect_row(t, 0, (double[]){1, 2, 3});
    ck_assert_str_eq(t->column[2].fault, "x:3:5: expected a number, found \"x\"");
    bg_table_free(t);
    refuse("a,b\r1,2\r3\r", "x:3: expected 2 columns, found 1");
    t = read_text("1,2\r\n3,4\r\n", NULL);
    ck_assert(t->rows == 2 && t->columns == 2);
    bg_table_free(t);
}
END_TEST

START_TEST(a_text_column_says_where_it_begins)
{
    bg_table *t = read_text("a,b,y\n?,1,2\n 0x10,2,3\n", NULL);
    ck_assert(t->column[0].text && !t->column[1].text);
    bg_schema *schema;
    bg_error error;
    ck_assert_int_eq(bg_schema_learn(t, NULL, &schema, &error), BG_E_DATA);
    ck_assert(error.line == 3 && error.column == 2);
    ck_assert_str_eq(error.text, "x:3:2: column \"a\" is text; inputs must be numbers");
    bg_table_free(t);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {reads_numbers_and_names,
                                  reads_iris,
                                  remembers_the_first_bad_cell,
                                  missing_cells_do_not_make_text,
                                  keeps_a_range_of_rows,
                                  reads_target_numbers_as_names,
                                  the_first_row_is_what_it_is_said_to_be,
                                  a_long_number_is_a_number,
                                  says_what_is_wrong,
                                  many_different_names_take_linear_time,
                                  is_the_same_in_every_locale,
                                  reads_back_what_is_written,
                                  survives_hostile_files,
                                  lone_carriage_returns_end_lines,
                                  a_text_column_says_where_it_begins,
                                  NULL};
    return run_suite("csv", tests);
}
