#include "io_files.h"

#include "io/csv_look.h"

static csv_scan scan_text(const char *text)
{
    input in = {.name = "x", .bytes = text, .size = strlen(text)};
    return csv_start(&in, ',');
}

static char separator(const char *text)
{
    csv_scan s = scan_text(text);
    return csv_find_separator(&s);
}

static bool header(const char *text)
{
    csv_scan s = scan_text(text), first;
    csv_set_separator(&s, csv_find_separator(&s));
    size_t columns;
    bool found;
    first = s;
    ck_assert_int_eq(csv_count_cells(&first, &columns, NULL), BG_OK);
    ck_assert_int_eq(csv_find_header(&s, columns, &found, NULL), BG_OK);
    return found;
}

START_TEST(finds_the_separator)
{
    ck_assert_int_eq(separator("a,b\n1,2\n"), ',');
    ck_assert_int_eq(separator("a\tb\n1\t2,5\n"), '\t');
    ck_assert_int_eq(separator("a;b\n1,5;2,5\n"), ';');
    ck_assert_int_eq(separator("a,\"b;c\"\n1,\"2;3\"\n"), ',');
    ck_assert_int_eq(separator("a;b,c\n1,2\n3,4\n"), ',');
    ck_assert_int_eq(separator("5\" disk,2\n3,4\n"), ',');
    ck_assert_int_eq(separator("1 2 3\n4 5 6\n"), ' ');
    ck_assert_int_eq(separator(" 15.2\t14.8  1\n 14\t\t15 2\n"), ' ');
    ck_assert_int_eq(separator("one sentence\nand another\n"), ',');
    ck_assert_int_eq(separator("1\n2\n"), ',');
    ck_assert_int_eq(separator("a,b,c\n1,2\n3,4,5\n"), ','); /* ragged */
    ck_assert_int_eq(separator("\"never closed"), ',');
}
END_TEST

START_TEST(finds_the_header)
{
    ck_assert(header("a,b\n1,2\n"));
    ck_assert(header("x,y,name\n1,2,red\n"));
    ck_assert(header("\"a\",\"b\"\n\"1\",\"2\"\n"));
    ck_assert(header(",a,b\n0,1,2\n"));
    ck_assert(header("a\n1\n"));
    ck_assert(header("a,b,c\n"));
    ck_assert(header("name\nred\ngreen\nred\n"));
    ck_assert(header("a,b\n?,1\n?,2\n"));
    ck_assert(header("label,0,1,2,3\n5,0,0.5,0,0\n"));
    ck_assert(header("0,1,2,3\n5.1,3.5,1.4,0.2\n"));
}
END_TEST

START_TEST(finds_no_header)
{
    ck_assert(!header("1,2\n3,4\n"));
    ck_assert(!header("5.1,3.5,red\n4.9,3,green\n"));
    ck_assert(!header("5.1,abc,1\n3,2,1\n"));
    ck_assert(!header("n/a,n/a\n1,2\n"));
    ck_assert(!header("5.1,3.5,red\n"));
    ck_assert(!header("red\ngreen\nred\n"));
    ck_assert(!header("1,2,3,4\n2,3,4,5\n"));
    ck_assert(!header("inf,1\n2,3\n"));
}
END_TEST

START_TEST(knows_words_for_nothing)
{
    static const char *const missing[] = {"", "?", "NA", "n/a", "NaN", "-", "NULL"};
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        csv_cell cell = {.text = missing[i], .length = strlen(missing[i])};
        ck_assert_msg(csv_is_missing(&cell), "%s", missing[i]);
    }
    csv_cell cell = {.text = "nano", .length = 4};
    ck_assert(!csv_is_missing(&cell) && !csv_is_number(&cell));
    cell = (csv_cell){.text = "-1e5", .length = 4};
    ck_assert(!csv_is_missing(&cell) && csv_is_number(&cell));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {finds_the_separator, finds_the_header, finds_no_header,
                                  knows_words_for_nothing, NULL};
    return run_suite("csv_look", tests);
}
