/* The shape of the article's sheet in each format, and a sheet for which memory runs short. */
#include "sheet/article.h"

#include <check.h>
#include <jansson.h>
#include <string.h>

#include "base/arena.h"
#include "suite.h"

/* Numbers that the engine would never give: every format must show exactly these. */
static article sample_sheet(void)
{
    article sheet = {.dtype = BG_F64, .loss_before = 0.25, .loss_after_formula = 1e300};
    for (int i = 0; i < 13; i++) {
        sheet.formula.gradient[i] = i + 0.125;
        sheet.descent.gradient[i] = -i - 0.0625;
        sheet.formula.fresh[i] = 1.4;
        sheet.descent.fresh[i] = 1.4;
    }
    sheet.formula.loss = sheet.descent.loss = -4;
    return sheet;
}

START_TEST(text_fits_eighty_columns)
{
    char *sheet;
    ck_assert_int_eq(bg_article_sheet((bg_dtype)_i, BG_FORMAT_TEXT, &sheet, NULL), BG_OK);
    for (char *line = strtok(sheet, "\n"); line; line = strtok(NULL, "\n")) {
        size_t length = strlen(line);
        ck_assert_msg(length <= 80, "%s", line);
        ck_assert_msg(line[length - 1] != ' ', "space at the end: %s", line);
        for (size_t i = 0; i < length; i++)
            ck_assert_msg(line[i] >= ' ' && line[i] <= '~', "not ASCII: %s", line);
    }
    bg_free(sheet);
}
END_TEST

START_TEST(json_is_one_object)
{
    char *json;
    ck_assert_int_eq(bg_article_sheet((bg_dtype)_i, BG_FORMAT_JSON, &json, NULL), BG_OK);
    json_error_t where;
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, &where);
    ck_assert_msg(root != NULL, "line %d: %s", where.line, where.text);
    ck_assert_str_eq(json_string_value(json_object_get(root, "precision")),
                     _i == BG_F32 ? "f32" : "f64");
    ck_assert_uint_eq(json_array_size(json_object_get(root, "quantities")), 45);
    ck_assert_uint_eq(json_array_size(json_object_get(root, "notes")), 6);
    size_t i, notes = 0;
    json_t *quantity;
    json_array_foreach(json_object_get(root, "quantities"), i, quantity)
    {
        bool noted = json_is_integer(json_object_get(quantity, "note"));
        notes += noted;
        /* What differs is explained. */
        ck_assert(noted || json_is_false(json_object_get(quantity, "differs")));
    }
    ck_assert_uint_eq(notes, 28);
    const char *source = json_string_value(json_object_get(root, "source"));
    ck_assert_ptr_nonnull(
        strstr(source, "\"How Does Back-Propagation in Artificial Neural Networks Work?\""));
    json_decref(root);
    bg_free(json);
}
END_TEST

START_TEST(tables_are_even)
{
    char *md;
    ck_assert_int_eq(bg_article_sheet((bg_dtype)_i, BG_FORMAT_MD, &md, NULL), BG_OK);
    size_t rows = 0;
    for (char *line = strtok(md, "\n"); line; line = strtok(NULL, "\n")) {
        size_t bars = 0;
        for (char *c = line; *c; c++)
            bars += *c == '|';
        ck_assert_msg(bars == 0 || bars == 7, "%s", line);
        rows += bars != 0;
    }
    ck_assert_uint_eq(rows, 45 + 2 * 5); /* quantities, and two lines of head for each section */
    bg_free(md);
}
END_TEST

START_TEST(formats_show_the_numbers_given)
{
    static const article_writer writers[] = {article_write_text, article_write_json,
                                             article_write_md};
    article sheet = sample_sheet();
    for (size_t f = 0; f < sizeof writers / sizeof *writers; f++) {
        text t = {0};
        writers[f](&sheet, &t);
        ck_assert(!t.failed && strlen(t.bytes) == t.length);
        ck_assert_ptr_nonnull(strstr(t.bytes, "12.125"));
        ck_assert_ptr_nonnull(strstr(t.bytes, "-12.0625"));
        ck_assert_ptr_nonnull(strstr(t.bytes, "1e+300"));
        text_release(&t);
    }
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    for (int format = 0; format < BG_FORMAT_COUNT; format++) {
        size_t refused = 0;
        for (size_t n = 1;; n++) {
            char *sheet = NULL;
            bg_error error;
            memory_fail_after(n);
            bg_status status =
                bg_article_sheet((bg_dtype)(format % 2), (bg_format)format, &sheet, &error);
            memory_fail_after(0);
            if (status == BG_OK) {
                bg_free(sheet);
                break;
            }
            ck_assert_int_eq(status, BG_E_MEMORY);
            ck_assert(!sheet && error.text[0]);
            refused++;
        }
        ck_assert_uint_gt(refused, 10);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("article_format");
    TCase *tests = tcase_create("sheet");
    tcase_add_loop_test(tests, text_fits_eighty_columns, 0, 2);
    tcase_add_loop_test(tests, json_is_one_object, 0, 2);
    tcase_add_loop_test(tests, tables_are_even, 0, 2);
    tcase_add_test(tests, formats_show_the_numbers_given);
    tcase_add_test(tests, every_allocation_may_fail);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return run_to_the_end(suite);
}
