#include "io_files.h"

#include "io/truth_table.h"

static const bg_read_options none;

static bg_table *read_table(const char *path)
{
    bg_table *t;
    bg_error error;
    ck_assert_msg(truth_table_read(path, &none, &t, &error) == BG_OK, "%s", error.text);
    ck_assert(t->truth_table && t->named && t->target_asked && t->task == BG_BITS);
    ck_assert_uint_eq(t->rows, (size_t)1 << (t->columns - t->target_count));
    return t;
}

/* A row's bits from column `first` on, `count` of them, most significant first. */
static unsigned bits(const bg_table *t, size_t row, size_t first, size_t count)
{
    unsigned x = 0;
    for (size_t c = first; c < first + count; c++)
        x = 2 * x + (table_value(t, row, c) > 0.5);
    return x;
}

START_TEST(two_inputs)
{
    static const struct {
        const char *path;
        double y[4];
    } tables[] = {
        {"table:xor", {0, 1, 1, 0}}, {"table:and", {0, 0, 0, 1}},  {"table:or", {0, 1, 1, 1}},
        {"table:nor", {1, 0, 0, 0}}, {"table:nand", {1, 1, 1, 0}}, {"table:xnor", {1, 0, 0, 1}},
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        bg_table *t = read_table(tables[i].path);
        ck_assert(t->columns == 3 && t->target_count == 1 && t->target[0] == 2);
        for (size_t r = 0; r < 4; r++)
            expect_row(t, r, (double[]){(double)(r / 2), (double)(r % 2), tables[i].y[r]});
        ck_assert_str_eq(t->column[0].name, "x1");
        ck_assert_str_eq(t->column[1].name, "x2");
        ck_assert_str_eq(t->column[2].name, "y");
        bg_table_free(t);
    }
}
END_TEST

START_TEST(parity_and_majority_count_ones)
{
    for (unsigned n = 1; n <= 9; n++) {
        char path[32];
        snprintf(path, sizeof path, "table:parity:%u", n);
        bg_table *parity = read_table(path);
        snprintf(path, sizeof path, "table:majority:%u", n);
        bg_table *majority = read_table(path);
        for (size_t r = 0; r < parity->rows; r++) {
            unsigned ones = 0;
            ck_assert_uint_eq(bits(parity, r, 0, n), r);
            for (size_t c = 0; c < n; c++)
                ones += table_value(parity, r, c) > 0.5;
            ck_assert_uint_eq(bits(parity, r, n, 1), ones % 2);
            ck_assert_uint_eq(bits(majority, r, n, 1), ones > n / 2);
        }
        bg_table_free(parity);
        bg_table_free(majority);
    }
}
END_TEST

START_TEST(adder_adds)
{
    bg_table *t = read_table("table:adder:3");
    ck_assert(t->columns == 10 && t->target_count == 4 && t->target[0] == 6);
    ck_assert_str_eq(t->column[6].name, "y1");
    ck_assert_str_eq(t->column[9].name, "y4");
    for (size_t r = 0; r < t->rows; r++)
        ck_assert_uint_eq(bits(t, r, 6, 4), bits(t, r, 0, 3) + bits(t, r, 3, 3));
    bg_table_free(t);
}
END_TEST

START_TEST(mux_selects)
{
    for (unsigned n = 1; n <= 3; n++) {
        char path[32];
        snprintf(path, sizeof path, "table:mux:%u", n);
        bg_table *t = read_table(path);
        for (size_t r = 0; r < t->rows; r++)
            ck_assert_uint_eq(bits(t, r, t->columns - 1, 1), bits(t, r, n + bits(t, r, 0, n), 1));
        bg_table_free(t);
    }
}
END_TEST

START_TEST(keeps_a_range)
{
    bg_table *t;
    bg_read_options options = {.first_row = 2, .last_row = 3};
    ck_assert_int_eq(truth_table_read("table:xor", &options, &t, NULL), BG_OK);
    ck_assert(t->rows == 2 && t->file_rows == 4);
    expect_row(t, 0, (double[]){0, 1, 1});
    bg_table_free(t);
}
END_TEST

START_TEST(refuses_what_there_is_not)
{
    static const char list[] = "there are xor, and, or, nand, nor, xnor, parity:N, majority:N, "
                               "adder:N, mux:N";
    static const struct {
        const char *path, *sentence;
    } tables[] = {
        {"table:xr", "no truth table \"table:xr\", did you mean table:xor?; "},
        {"table:party:3", "no truth table \"table:party:3\", did you mean table:parity?; "},
        {"table:", "no truth table \"table:\"; "},
        {"table:zzz", "no truth table \"table:zzz\"; "},
    };
    static const struct {
        const char *path, *sentence;
    } numbers[] = {
        {"table:xor:2", "table:xor takes no number, found \"table:xor:2\""},
        {"table:parity", "table:parity:N takes N from 1 to 20, found \"table:parity\""},
        {"table:parity:0", "table:parity:N takes N from 1 to 20, found \"table:parity:0\""},
        {"table:mux:5", "table:mux:N takes N from 1 to 4, found \"table:mux:5\""},
        {"table:adder:3x", "table:adder:N takes N from 1 to 10, found \"table:adder:3x\""},
    };
    bg_table *t;
    bg_error error;
    char sentence[512];
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        snprintf(sentence, sizeof sentence, "%s%s", tables[i].sentence, list);
        ck_assert_int_eq(truth_table_read(tables[i].path, &none, &t, &error), BG_E_ARGUMENT);
        ck_assert_str_eq(error.text, sentence);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        ck_assert_int_eq(truth_table_read(numbers[i].path, &none, &t, &error), BG_E_ARGUMENT);
        ck_assert_str_eq(error.text, numbers[i].sentence);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        two_inputs,    parity_and_majority_count_ones, adder_adds, mux_selects,
        keeps_a_range, refuses_what_there_is_not,      NULL};
    return run_suite("truth_table", tests);
}
