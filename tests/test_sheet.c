/* Sheets on paper: their formats, names and fractions. */
#include "sheet/sheet.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "suite.h"
#include "worked.h"

#define MAZUR "tests/data/gallery/mazur-2015-2-2-2.json"
#define ARTICLE "tests/data/gallery/article-xor-2-3-1.json"

static char *sheet_text(const bg_example *e, bg_sheet_options options)
{
    bg_error error;
    char *made;
    ck_assert_msg(bg_example_sheet(e, &options, &made, &error) == BG_OK, "%s", error.text);
    return made;
}

static void look_at_text(const char *path, bg_example *e, void *context)
{
    bg_sheet_options options = {.dtype = BG_F64, .digits = *(int *)context};
    bg_error error;
    char *made;
    if (bg_example_sheet(e, &options, &made, &error) != BG_OK) {
        ck_assert_msg(strstr(error.text, "only kind \"trace\"") != NULL, "%s", error.text);
        return;
    }
    for (char *line = strtok(made, "\n"); line; line = strtok(NULL, "\n"))
        ck_assert_msg(strlen(line) <= 80 && line[strlen(line) - 1] != ' ', "%s: %s", path, line);
    bg_free(made);
}

START_TEST(text_fits_eighty_columns)
{
    for (int digits = 0; digits <= 17; digits += 4)
        worked_each("tests/data/gallery/*.json", look_at_text, &digits);
}
END_TEST

START_TEST(a_person_would_write_it_so)
{
    bg_example *e = worked_read(MAZUR);
    char *made = sheet_text(e, (bg_sheet_options){.dtype = BG_F64, .digits = 9});
    ck_assert_ptr_nonnull(strstr(made, "  net_h1 = w1 * a[0][0] + w2 * a[0][1] + b[1][0]\n"
                                       "         = 0.15 * 0.05 + 0.2 * 0.1 + 0.35\n"
                                       "         = 0.3775\n"));
    ck_assert_ptr_nonnull(strstr(made, "  out_h1 = sigmoid(net_h1)\n         = sigmoid(0.3775)\n"
                                       "         = 0.593269992\n"));
    ck_assert_ptr_nonnull(strstr(made, " = 0.298371109\n"));
    ck_assert_ptr_nonnull(strstr(made, "  w5+ = w5 - 0.5 * dE/dw5\n"));
    ck_assert_ptr_nonnull(strstr(made, "\n      = 0.35891648\n")); /* Mazur's w5+ */
    bg_free(made);
    bg_example_free(e);
}
END_TEST

START_TEST(fractions_are_exact)
{
    bg_example *e = worked_read(ARTICLE);
    char *made = sheet_text(e, (bg_sheet_options){.dtype = BG_F64, .exact = true});
    ck_assert_ptr_nonnull(strstr(made, "  W10+ = W10 + 0.1 * db[1][0]\n       = 1 + 0.1 * 4\n"
                                       "       = 7/5\n"));
    bg_free(made);
    /* Two updates: what the article's network would have next, worked out by hand. */
    made = sheet_text(
        e, (bg_sheet_options){.dtype = BG_F64, .exact = true, .steps = 2, .format = BG_SHEET_CSV});
    /* a = 7/5 + 3 (7/5)(7/5) = 182/25 after the first; V01++ = 7/5 + 1/10 182/25 7/5 */
    ck_assert_ptr_nonnull(strstr(made, "a[2][0],0,1,182/25,D0\n"));
    ck_assert_ptr_nonnull(strstr(made, "W[2][0][0],,2,1512/625,V01\n"));
    bg_free(made);
    bg_example_free(e);

    bg_error error;
    e = worked_read(MAZUR);
    ck_assert_int_eq(bg_example_sheet(e, &(bg_sheet_options){.exact = true}, &made, &error),
                     BG_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "fractions end at sigmoid"));
    bg_example_free(e);
    e = worked_read("tests/data/gallery/article-xor-2-3-1-descent.json");
    ck_assert_int_eq(
        bg_example_sheet(e, &(bg_sheet_options){.exact = true, .steps = 40}, &made, &error),
        BG_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "take fewer steps"));
    bg_example_free(e);
}
END_TEST

/* The JSON's numbers read back to the engine's bits, and they are what the source printed. */
START_TEST(json_has_the_engine_s_bits)
{
    bg_example *e = worked_read(MAZUR);
    char *made = sheet_text(e, (bg_sheet_options){.dtype = BG_F64, .format = BG_SHEET_JSON});
    json_error_t where;
    json_t *root = json_loads(made, JSON_REJECT_DUPLICATES, &where);
    ck_assert_msg(root != NULL, "line %d: %s", where.line, where.text);
    bg_judgement found[64];
    size_t rows = bg_example_rows(e), met = 0, i;
    ck_assert(rows <= 64 && bg_example_verify(e, BG_F64, found, NULL) == BG_OK);
    json_t *item;
    json_array_foreach(json_object_get(root, "cells"), i, item)
    {
        const char *name = json_string_value(json_object_get(item, "quantity"));
        for (size_t k = 0; k < rows; k++)
            if (strcmp(found[k].quantity, name) == 0 &&
                found[k].step == json_integer_value(json_object_get(item, "step"))) {
                ck_assert(json_number_value(json_object_get(item, "value")) == found[k].value);
                met++;
            }
    }
    ck_assert_uint_ge(met, 20);
    json_decref(root);
    bg_free(made);
    bg_example_free(e);
}
END_TEST

START_TEST(every_format_of_every_example)
{
    bg_example *e = worked_read(ARTICLE);
    static const char *const marks[BG_SHEET_FORMAT_COUNT] = {
        [BG_SHEET_TEXT] = "New parameters\n",
        [BG_SHEET_JSON] = "\"cells\": [",
        [BG_SHEET_MD] = "| --- | --- | --- | ---: |",
        [BG_SHEET_LATEX] = "\\delta_{\\mathrm{D0}}",
        [BG_SHEET_CSV] = "W[1][0][0],,1,1,W11\n",
        [BG_SHEET_DOT] =
            "n1_2 -> n2_0 [color=\"#2b7a2b\", fontcolor=\"#2b7a2b\", taillabel=\"1\"]"};
    for (int format = 0; format < BG_SHEET_FORMAT_COUNT; format++) {
        char *made =
            sheet_text(e, (bg_sheet_options){.dtype = BG_F32, .format = (bg_sheet_format)format});
        ck_assert_msg(strstr(made, marks[format]) != NULL, "no %s", marks[format]);
        long depth = 0;
        for (const char *c = made; *c; c++)
            depth += (*c == '{') - (*c == '}');
        ck_assert_int_eq(depth, 0);
        bg_free(made);
    }
    bg_example_free(e);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    bg_example *e = worked_read(ARTICLE);
    for (int format = 0; format < BG_SHEET_FORMAT_COUNT; format++)
        for (size_t n = 1;; n += 1 + n / 8) {
            char *made = NULL;
            const bg_sheet_options options = {
                .dtype = BG_F64, .format = (bg_sheet_format)format, .exact = format % 2};
            memory_fail_after(n);
            bg_status status = bg_example_sheet(e, &options, &made, NULL);
            memory_fail_after(0);
            if (status == BG_OK) {
                bg_free(made);
                ck_assert_uint_gt(n, 20);
                break;
            }
            ck_assert_int_eq(status, BG_E_MEMORY);
            ck_assert_ptr_null(made);
        }
    bg_example_free(e);
}
END_TEST

RUN_CASE("sheet", 60, text_fits_eighty_columns, a_person_would_write_it_so, fractions_are_exact,
         json_has_the_engine_s_bits, every_format_of_every_example, every_allocation_may_fail)
