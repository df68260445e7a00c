#include "io_files.h"

#include "base/arena.h"
#include "io/csv_look.h"
#include "net/schema.h"

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

static csv_header look(const char *text, const bg_schema *schema)
{
    csv_scan s = scan_text(text), first;
    csv_set_separator(&s, csv_find_separator(&s));
    size_t columns;
    csv_header found;
    first = s;
    ck_assert_int_eq(csv_count_cells(&first, &columns, NULL), BG_OK);
    ck_assert_int_eq(csv_find_header(&s, columns, schema, &found, NULL), BG_OK);
    return found;
}

static bool header(const char *text)
{
    return look(text, NULL) != CSV_NO_HEADER;
}

/* A schema of these inputs; NULL: of two without names. */
static bg_schema *schema_of(const char *const *names, size_t count)
{
    bg_schema *schema = NULL;
    ck_assert_int_eq(
        schema_create(BG_REGRESSION, BG_SCALE_NONE, names ? count : 2, 1, 1, &schema, NULL), BG_OK);
    if (names)
        schema->input_name = memory_zeroed(count, sizeof *schema->input_name);
    for (size_t i = 0; names && i < count; i++)
        schema->input_name[i] = memory_copy_text(names[i]);
    return schema;
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

/* The first record, `columns` of origin, origin + 1, ..., over `below`. */
static csv_header count_over(size_t columns, unsigned origin, const char *below)
{
    char text[4096];
    size_t used = 0;
    for (size_t c = 0; c < columns; c++)
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s%zu", c ? "," : "", origin + c);
    snprintf(text + used, sizeof text - used, "\n%s", below);
    return look(text, NULL);
}

START_TEST(numbers_that_count_may_be_names)
{
    ck_assert_int_eq(look("label,0,1,2,3\n5,0,0.5,0,0\n", NULL), CSV_HEADER);
    ck_assert_int_eq(look("label,0,1,2,3\n5,0,1,2,3\n", NULL), CSV_HEADER);
    ck_assert_int_eq(look("0,1,2,3,label\n5,0,1,2,3\n", NULL), CSV_HEADER);
    static const char *const unlike[] = {
        "5.1,3.5,1.4,0.2\n4.9,3.0,1.4,0.2\n",
        "5.1,3.5,1.4,red\n4.9,3.0,1.4,red\n",
        "0.1,0.5,148,72\n0.3,1.0,85,66\n",
        "red,a,1,2\nblue,b,0,5\n",
        "1e-1,2e3,3e4,-4E4\n",
    };
    for (size_t i = 0; i < sizeof unlike / sizeof *unlike; i++)
        ck_assert_msg(count_over(4, 0, unlike[i]) == CSV_GUESSED_HEADER, "%s", unlike[i]);
    /* Whole numbers: many columns, and most of them never so large, or never so small. */
    ck_assert_int_eq(count_over(17, 0,
                                "0,0,5,13,9,1,0,0,0,0,13,15,10,15,5,0,1\n"
                                "0,0,0,12,13,5,0,0,0,0,0,11,16,9,0,0,2\n"),
                     CSV_GUESSED_HEADER);
    ck_assert_int_eq(count_over(16, 1, "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n"), CSV_GUESSED_HEADER);
    ck_assert_int_eq(look("0,1,2,3,kind\n5.1,3.5,1.4,0.2,red\n4.9,3.1,1.4,0.2,red\n", NULL),
                     CSV_GUESSED_HEADER);
}
END_TEST

START_TEST(numbers_that_count_may_be_data)
{
    static const char *const alike[] = {
        "4,5,6,7\n8,9,10,11\n",           /* they go on counting */
        "0.5,1.5,2.5,3.5\n0.1,0.7,2,9\n", /* so they do in halves */
        "9.1,3.5,1.4,0.2\n0,2,4,6\n",     "3,1,0,2\n2,2,1,5\n", "0.5,1,2,3\n1.5,1,3,2\n", "",
    };
    for (size_t i = 0; i < sizeof alike / sizeof *alike; i++)
        ck_assert_msg(count_over(4, 0, alike[i]) == CSV_NO_HEADER, "%s", alike[i]);
    ck_assert_int_eq(count_over(3, 0, "5.1,3.5,1.4\n"), CSV_NO_HEADER);
    ck_assert_int_eq(count_over(5, 1, "0.5,1.5,2.5,1,3.25\n9.5,1.5,0.5,1.75,7\n"), CSV_NO_HEADER);
    ck_assert_int_eq(count_over(5, 2, "0.5,1.5,2.5,1,3.25\n"), CSV_NO_HEADER);
    ck_assert_int_eq(count_over(16, 0, "16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"),
                     CSV_NO_HEADER);
    ck_assert_int_eq(count_over(16, 0,
                                "5,9,11,3,2,9,0,12,4,3,10,15,2,1,0,20\n"
                                "0,0,30,9,8,2,15,1,20,9,0,1,19,22,31,3\n"),
                     CSV_NO_HEADER);
    ck_assert(!header("0,1,2,3,red\n5.1,3.5,1.4,0.2,red\n4.9,3.1,1.4,0.2,red\n"));
    ck_assert(!header("0,1,2,4\n5.1,3.5,1.4,0.2\n"));
    ck_assert(!header(",0,1,2,3\n0,5.1,3.5,1.4,0.2\n"));
}
END_TEST

/* What a model knows: numbers are its names, or data. */
START_TEST(a_schema_knows_its_names)
{
    static const char *const iris[] = {"sepal", "petal"}, *const years[] = {"2019", "2021"},
                             *const counted[] = {"0", "1", "2"};
    static const char numbers[] = "0,1,2,3\n5.1,3.5,1.4,0.2\n", words[] = "a,b\n1,2\n";
    bg_schema *none = schema_of(NULL, 0), *named = schema_of(iris, 2), *dated = schema_of(years, 2),
              *pandas = schema_of(counted, 3);
    ck_assert_int_eq(look(numbers, none), CSV_NO_HEADER);
    ck_assert_int_eq(look(numbers, named), CSV_NO_HEADER);
    ck_assert_int_eq(look(numbers, pandas), CSV_HEADER);
    ck_assert_int_eq(look("2,0,9,1\n5,3,1,2\n", pandas), CSV_HEADER);
    ck_assert_int_eq(look("0,1,3,4\n5.1,3.5,1.4,0.2\n", pandas), CSV_NO_HEADER);
    ck_assert_int_eq(look("2019,2020,2021\n1,2,3\n", dated), CSV_HEADER);
    ck_assert_int_eq(look("2019,2020,2021\n1,2,3\n", NULL), CSV_NO_HEADER);
    ck_assert_int_eq(look(words, none), CSV_HEADER);
    ck_assert_int_eq(look(words, named), CSV_HEADER);
    bg_schema_free(none);
    bg_schema_free(named);
    bg_schema_free(dated);
    bg_schema_free(pandas);
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
    const TTest *const tests[] = {finds_the_separator,
                                  finds_the_header,
                                  finds_no_header,
                                  numbers_that_count_may_be_names,
                                  numbers_that_count_may_be_data,
                                  a_schema_knows_its_names,
                                  knows_words_for_nothing,
                                  NULL};
    return run_suite("csv_look", tests);
}
