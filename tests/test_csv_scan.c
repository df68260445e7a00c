#include "io_files.h"

#include "base/arena.h"
#include "io/csv_scan.h"

static csv_scan scan_text(const char *text, char separator)
{
    input in = {.name = "x", .bytes = text, .size = strlen(text)};
    return csv_start(&in, separator);
}

/* Cells of the whole text as "line:column[text]" each, with "/" after a record. */
static void expect_cells(const char *text, char separator, const char *expected)
{
    csv_scan s = scan_text(text, separator);
    char found[512] = "", *buffer = NULL;
    size_t used = 0, room = 0, length;
    for (bool last = false; !last || s.at < s.end;) {
        csv_cell cell;
        bg_error error = {.text = ""};
        ck_assert_msg(csv_next(&s, &cell, &last, &error) == BG_OK, "%s", error.text);
        ck_assert(csv_cell_text(&cell, &buffer, &room, &length));
        ck_assert_uint_eq(strlen(buffer), length);
        used += (size_t)snprintf(found + used, sizeof found - used, "%d:%d[%s]%s", (int)cell.line,
                                 (int)cell.column, buffer, last ? "/" : "");
    }
    memory_release(buffer);
    ck_assert_str_eq(found, expected);
}

START_TEST(cuts_at_separators_and_line_ends)
{
    expect_cells("a,b\n1, 2 \n", ',', "1:1[a]1:3[b]/2:1[1]2:4[2]/");
    expect_cells("a;b\r\n1;2\r\n", ';', "1:1[a]1:3[b]/2:1[1]2:3[2]/");
    expect_cells("a\tb c\n\t2", '\t', "1:1[a]1:3[b c]/2:1[]2:2[2]/");
    expect_cells(",\n", ',', "1:1[]1:2[]/");
    expect_cells("1,", ',', "1:1[1]1:3[]/");
    expect_cells("a\xc3\xa9,b", ',', "1:1[a\xc3\xa9]1:5[b]/");
}
END_TEST

START_TEST(takes_runs_of_spaces_for_one)
{
    expect_cells("  1 \t 2  \r\n3 4 \n", ' ', "1:3[1]1:7[2]/2:1[3]2:3[4]/");
    expect_cells("1 \"a b\" 3", ' ', "1:1[1]1:3[a b]1:9[3]/");
}
END_TEST

START_TEST(reads_quoted_cells)
{
    expect_cells("\"a,b\",\"say \"\"so\"\"\"\n", ',', "1:1[a,b]1:7[say \"so\"]/");
    expect_cells("\"two\nlines\",2\n3,4\n", ',', "1:1[two\nlines]2:8[2]/3:1[3]3:3[4]/");
    expect_cells("1, \"x\" ,\"\"\r\n", ',', "1:1[1]1:4[x]1:9[]/");
    expect_cells("5\" disk,2\n", ',', "1:1[5\" disk]1:9[2]/");
}
END_TEST

static void expect_wrong(const char *text, const char *sentence)
{
    csv_scan s = scan_text(text, ',');
    size_t cells;
    bg_error error;
    bg_status status = BG_OK;
    while (status == BG_OK && s.at < s.end)
        status = csv_count_cells(&s, &cells, &error);
    ck_assert_int_eq(status, BG_E_DATA);
    ck_assert_str_eq(error.text, sentence);
}

START_TEST(says_where_a_quote_is_wrong)
{
    expect_wrong("a,b\n1, \"b\nc\n", "x:2:4: the quote that opens here is never closed");
    expect_wrong("1,\"\"\"", "x:1:3: the quote that opens here is never closed");
    expect_wrong("1,\"", "x:1:3: the quote that opens here is never closed");
    expect_wrong("1,\"a\nb\"c\n", "x:2:3: expected the next cell after a closing quote");
}
END_TEST

START_TEST(passes_over_blank_lines)
{
    csv_scan s = scan_text(" \r\n\n1,2\n", ',');
    size_t cells;
    ck_assert(csv_skip_blank_lines(&s));
    ck_assert(s.line == 3 && *s.at == '1');
    ck_assert(!csv_skip_blank_lines(&s));
    ck_assert_int_eq(csv_count_cells(&s, &cells, NULL), BG_OK);
    ck_assert_uint_eq(cells, 2);
    ck_assert(!csv_skip_blank_lines(&s));
    s = scan_text("  ", ',');
    ck_assert(csv_skip_blank_lines(&s) && s.at == s.end);
    s = scan_text("\t\n", '\t');
    ck_assert(!csv_skip_blank_lines(&s));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        cuts_at_separators_and_line_ends, takes_runs_of_spaces_for_one, reads_quoted_cells,
        says_where_a_quote_is_wrong,      passes_over_blank_lines,      NULL};
    return run_suite("csv_scan", tests);
}
