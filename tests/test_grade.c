/* Sheets with one mistake each: the first wrong number, and its kind, are found. */
#include "backgemm.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "slips.h"
#include "suite.h"
#include "worked.h"

enum { SHEETS = 50 };

static bg_grade grade(const work *k)
{
    bg_example *e;
    bg_error error;
    bg_grade g;
    ck_assert_msg(bg_example_parse("example", k->json, strlen(k->json), &e, &error) == BG_OK, "%s",
                  error.text);
    ck_assert_msg(bg_example_grade(e, "sheet", k->csv, strlen(k->csv), &g, &error) == BG_OK, "%s",
                  error.text);
    bg_example_free(e);
    return g;
}

/* Of 50 sheets: the wrong number is found in all, its kind in 9 of 10. */
START_TEST(mistakes_are_found)
{
    kind what = (kind)(_i + 1);
    work *k = malloc(sizeof *k);
    size_t named = 0, sheets = 0, once = 0;
    for (uint64_t seed = 1; sheets < SHEETS && seed < 20000; seed++) {
        if (!work_sheet(k, what, seed, 5))
            continue;
        bg_grade g = grade(k);
        sheets++;
        ck_assert_msg(g.wrong > 0, "%s: the mistake in %s is not seen", names[what][0], k->wrong);
        ck_assert_msg(strcmp(g.quantity, k->wrong) == 0, "%s: %s is named, wrong is %s",
                      names[what][0], g.quantity, k->wrong);
        once += g.wrong == 1;
        bool right = false;
        for (size_t n = 0; n < 4 && names[what][n]; n++)
            right |= strcmp(g.kind, names[what][n]) == 0;
        named += right;
    }
    ck_assert_uint_eq(sheets, SHEETS);
    ck_assert_msg(named >= SHEETS * 9 / 10, "%s: %zu of %d named", names[what][0], named, SHEETS);
    ck_assert_msg(once == SHEETS, "%s: %zu of %d counted once", names[what][0], once, SHEETS);
    free(k);
}
END_TEST

/* Right sheets, rounded at the end or rounded on the way. */
START_TEST(right_sheets_raise_no_alarm)
{
    work *k = malloc(sizeof *k);
    for (uint64_t seed = 1; seed <= 200; seed++)
        for (int decimals = 2; decimals <= 12; decimals += 2) {
            work_sheet(k, NOTHING, seed, decimals);
            bg_grade g = grade(k);
            ck_assert_msg(g.wrong == 0, "%s row %lld: %g for %g (%s)", g.quantity, (long long)g.row,
                          g.written, g.right, g.sentence);
            ck_assert_uint_gt(g.numbers, 100);
        }
    free(k);
}
END_TEST

static void look_at_own_sheet(const char *path, bg_example *e, void *context)
{
    bg_grade g;
    bg_error error;
    char *csv;
    for (int digits = 0; digits <= 8; digits += 2) {
        const bg_sheet_options options = {
            .dtype = BG_F64, .format = BG_SHEET_CSV, .digits = digits};
        if (bg_example_sheet(e, &options, &csv, &error) != BG_OK)
            return;
        ck_assert_msg(bg_example_grade(e, path, csv, strlen(csv), &g, &error) == BG_OK, "%s",
                      error.text);
        ck_assert_msg(g.wrong == 0, "%s: %s", path, g.quantity);
        ++*(size_t *)context;
        bg_free(csv);
    }
}

START_TEST(our_own_sheets_are_right)
{
    size_t sheets = 0;
    worked_each("tests/data/gallery/*.json", look_at_own_sheet, &sheets);
    ck_assert_uint_eq(sheets, 5 * 19);
}
END_TEST

static const struct {
    const char *csv, *sentence;
} bad[] = {
    {"", "sheet:1:1: expected a header"},
    {"quantity,row,step,value\n", "sheet: no number is filled in"},
    {"quantity,row,step,value\nz[1][0],0,0,\n", "sheet: no number is filled in"},
    {"quantity,row\n", "sheet:1:1: expected a header"},
    {"quantity,value,value\n", "sheet:1:16: a second column \"value\""},
    {"quantity,row,step,value\nz[1][0],0,0\n", "sheet:2:12: expected 4 cells, found 3"},
    {"quantity,row,step,value\nz[1][0],0,0,1,2\n", "sheet:2:15: expected 4 cells, found more"},
    {"quantity,row,step,value\nz[1],0,0,1\n", "sheet:2:1: expected a quantity such as z[1][0]"},
    {"quantity,row,step,value\nz[1][0],0,x,1\n", "sheet:2:11: expected a whole number"},
    {"quantity,row,step,value\nz[1][0],0,0,1.2.3\n", "sheet:2:13: expected a number, found"},
    {"quantity,row,step,value\nz[1][0],0,0,1/0\n", "sheet:2:13: expected a number, found"},
    {"quantity,row,step,value\nz[1][0],0,0,1e500\n", "sheet:2:13: expected a number, found"},
    {"quantity,row,step,value\nz[9][0],0,0,1\n", "sheet:2: the example's sheet has no z[9][0]"},
    {"quantity,row,step,value\nz[1][0],0,0,1\nz[1][0],0,0,1\n",
     "sheet:3: z[1][0] stands on line 2 already"},
    {"quantity,row,step,value\nz[1][0],0,999999999,1\n", "take fewer rows or steps"},
    {"quantity,row,step,value\n\"z[1][0],0,0,1\n", "sheet:2:1: the quote has no end on this line"},
    {"quantity,row,step,value\n\"z[1][0]\"x,0,0,1\n", "sheet:2:10: expected a comma"},
};

START_TEST(bad_sheets_are_refused)
{
    bg_example *e = worked_read("tests/data/gallery/mazur-2015-2-2-2.json");
    bg_error error;
    bg_grade g;
    const char *csv = bad[_i].csv;
    ck_assert(bg_example_grade(e, "sheet", csv, strlen(csv), &g, &error) != BG_OK);
    ck_assert_msg(strstr(error.text, bad[_i].sentence) != NULL, "%s", error.text);
    bg_example_free(e);
}
END_TEST

START_TEST(fractions_quotes_and_gaps)
{
    static const char csv[] = "label,value,quantity\r\n\"a, \"\"b\"\"\",7/5,\"b[2][0]\"\r\n\r\n"
                              ",,W[2][0][0]\n , 1 ,W[1][0][0]\nx,4.0,a[2][0]";
    bg_example *e = worked_read("tests/data/gallery/article-xor-2-3-1.json");
    bg_error error;
    bg_grade g;
    ck_assert_msg(bg_example_grade(e, "sheet", csv, sizeof csv - 1, &g, &error) == BG_OK, "%s",
                  error.text);
    ck_assert_uint_eq(g.numbers, 3);
    ck_assert_uint_eq(g.wrong, 0);
    bg_example_free(e);
}
END_TEST

/* The article's own slip: weights whose input is 0 printed as 1.4. */
START_TEST(the_article_s_slip)
{
    static const char csv[] = "quantity,step,value\nW[1][0][0],1,1.4\nW[1][0][1],1,1.4\n"
                              "b[1][0],1,1.4\n";
    bg_example *e = worked_read("tests/data/gallery/article-xor-2-3-1.json");
    bg_grade g;
    ck_assert(bg_example_grade(e, "sheet", csv, sizeof csv - 1, &g, NULL) == BG_OK);
    ck_assert_str_eq(g.quantity, "W[1][0][0]");
    ck_assert_str_eq(g.kind, "input-left-out");
    ck_assert_uint_eq(g.wrong, 2);
    ck_assert_uint_eq(g.same_kind, 1);
    ck_assert(g.right == 1 && g.written == 1.4 && g.line == 2);
    bg_example_free(e);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    bg_example *e = worked_read("tests/data/gallery/article-xor-2-3-1.json");
    static const char csv[] = "quantity,value\nb[2][0],1.4\n";
    for (size_t n = 1;; n++) {
        bg_grade g;
        memory_fail_after(n);
        bg_status status = bg_example_grade(e, "sheet", csv, sizeof csv - 1, &g, NULL);
        memory_fail_after(0);
        if (status == BG_OK)
            break;
        ck_assert_int_eq(status, BG_E_MEMORY);
    }
    bg_example_free(e);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("grade");
    TCase *tests = tcase_create("grade");
    tcase_add_loop_test(tests, mistakes_are_found, 0, KINDS - 1);
    tcase_add_test(tests, right_sheets_raise_no_alarm);
    tcase_add_test(tests, our_own_sheets_are_right);
    tcase_add_loop_test(tests, bad_sheets_are_refused, 0, sizeof bad / sizeof *bad);
    tcase_add_test(tests, fractions_quotes_and_gaps);
    tcase_add_test(tests, the_article_s_slip);
    tcase_add_test(tests, every_allocation_may_fail);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return run_to_the_end(suite);
}
