/* Worked examples read: what is not as the format has it is refused, with line and key. */
#include "sheet/example.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "sheet/json_place.h"
#include "suite.h"

static const char good[] =
    "{\n"
    "  \"format\": \"backgemm-worked-example-1\",\n"
    "  \"name\": \"one\",\n"
    "  \"kind\": \"trace\",\n"
    "  \"title\": \"t\",\n"
    "  \"source\": \"s\",\n"
    "  \"net\": {\n"
    "    \"layers\": [2, 1],\n"
    "    \"activations\": [\"sigmoid\"],\n"
    "    \"weights\": [[[\"0.5\", \"-0.25\"]]],\n"
    "    \"biases\": [[\"1e-1\"]]\n"
    "  },\n"
    "  \"data\": {\n"
    "    \"inputs\": [[\"1\", \"2\"], [\"3\", \"4\"]],\n"
    "    \"targets\": [[\"0\"], [\"1\"]]\n"
    "  },\n"
    "  \"loss\": \"mse\",\n"
    "  \"reduction\": \"mean\",\n"
    "  \"l2\": \"0\",\n"
    "  \"conventions\": {\"delta_sign\": \"dE/dz\", \"update_sign\": \"descent\"},\n"
    "  \"training\": {\"rule\": \"gd\", \"learning_rate\": \"0.5\", \"update_order\": "
    "\"parallel\",\n"
    "    \"update_biases\": true, \"batch\": \"full\"},\n"
    "  \"expect\": [\n"
    "    {\"quantity\": \"z[1][0]\", \"row\": 0, \"step\": 0, \"printed\": \"0.10\", \"label\": "
    "\"z\",\n"
    "     \"tolerance\": \"5e-3\", \"status\": \"ok\", \"source_checked\": true}\n"
    "  ]\n"
    "}\n";

static bg_status parse(const char *text, bg_example **example, bg_error *error)
{
    return bg_example_parse("FILE", text, strlen(text), example, error);
}

/* good with the first `from` replaced; the caller's. */
static char *changed(const char *from, const char *to)
{
    const char *at = strstr(good, from);
    ck_assert_msg(at != NULL, "%s", from);
    char *text = calloc(1, sizeof good + strlen(to));
    size_t before = (size_t)(at - good);
    memcpy(text, good, before);
    strcat(text, to);
    strcat(text, at + strlen(from));
    return text;
}

START_TEST(a_good_file_is_read)
{
    bg_example *e;
    bg_error error;
    ck_assert_msg(parse(good, &e, &error) == BG_OK, "%s", error.text);
    ck_assert_str_eq(bg_example_name(e), "one");
    ck_assert_uint_eq(bg_example_rows(e), 1);
    ck_assert(e->start[0] == 0.5 && e->start[1] == -0.25 && e->start[2] == 0.1);
    ck_assert(e->inputs[3] == 4 && e->targets[1] == 1 && e->learning_rate == 0.5);
    ck_assert(e->loss == BG_MSE && e->reduction == BG_MEAN && e->update_biases && !e->online);
    bg_example_free(e);
}
END_TEST

static const struct {
    const char *from, *to, *sentence;
} refused[] = {
    {"example-1", "example-2", "FILE:2: format: expected \"backgemm-worked-example-1\", found"},
    {"\"name\": \"one\",", "", "FILE:1: name: this key is missing"},
    {"\"l2\": \"0\"", "\"l2\": \"0\", \"l3\": 1", "FILE:19: l3: the format has no such key here"},
    {"\"l2\": \"0\"", "\"l2\": \"0\", \"l2\": \"0\"", "FILE:19:17: not well-formed JSON: dup"},
    {"\"trace\"", "\"tracy\"", "FILE:4: kind: expected \"trace\", \"optimizer\" or"},
    {"[2, 1]", "[2]", "FILE:8: net.layers: expected 2 to 1000 widths, found 1"},
    {"[2, 1]", "[3, 1]", "FILE:10: net.weights[0][0]: expected a list of 3, found 2"},
    {"[2, 1]", "[2, 16777216]", "FILE:10: net.weights[0]: expected a list of 16777216, found 1"},
    {"[2, 1]", "[2, 99999999]", "FILE:8: net.layers[1]: expected a whole number from 0 to"},
    {"[2, 1]", "[2, 0]", "FILE:8: net.layers[1]: expected at least 1 unit"},
    {"[2, 1]", "[2, \"1\"]", "FILE:8: net.layers[1]: expected a whole number"},
    {"[\"sigmoid\"]", "[\"sigmoyd\"]", "FILE:9: net.activations[0]: expected an activation"},
    {"\"-0.25\"", "-0.25", "FILE:10: net.weights[0][0][1]: expected a number as a text, in quotes"},
    {"\"-0.25\"", "\"-0,25\"", "net.weights[0][0][1]: expected a number, found \"-0,25\""},
    {"\"-0.25\"", "\"inf\"", "net.weights[0][0][1]: expected a number, found \"inf\""},
    {"\"1e-1\"", "\"1e999\"", "FILE:11: net.biases[0][0]: expected a number, found \"1e999\""},
    {"[[\"0\"], [\"1\"]]", "[[\"0\"]]", "FILE:15: data.targets: expected a list of 2, found 1"},
    {"[[\"0\"], [\"1\"]]", "null", "FILE:15: data.targets: the loss \"mse\" needs targets"},
    {"\"mse\"", "\"msse\"", "FILE:17: loss: expected null or a loss"},
    {"\"mean\"", "null", "FILE:18: reduction: expected \"mean\" or \"sum\""},
    {"\"l2\": \"0\"", "\"l2\": \"-1\"", "FILE:19: l2: expected a number from 0 and at most 1e+30"},
    {"\"dE/dz\"", "\"dE/da\"", "FILE:20: conventions.delta_sign: expected \"dE/dz\" or \"-dE/dz\""},
    {"\"0.5\", \"update", "\"0\", \"update",
     "FILE:21: training.learning_rate: expected a number a"},
    {"true, \"batch\"", "1, \"batch\"", "FILE:22: training.update_biases: expected true or false"},
    {"\"full\"", "\"half\"", "FILE:22: training.batch: expected \"full\" or \"online\", found"},
    {"z[1][0]", "z[2][0]", "FILE:24: expect[0].quantity: \"z[2][0]\" is nothing that this"},
    {"z[1][0]", "z[1]", "FILE:24: expect[0].quantity: the grammar has no \"z[1]\""},
    {"z[1][0]", "rss", "FILE:24: expect[0].quantity: \"rss\" is of the optimum"},
    {"\"row\": 0, ", "", "expect[0].quantity: \"z[1][0]\" needs a row, since there are 2"},
    {"\"row\": 0", "\"row\": 2", "FILE:24: expect[0].row: expected a whole number from 0 to 1"},
    {"\"step\": 0, ", "", "expect[0].quantity: \"z[1][0]\" needs a step"},
    {"\"step\": 0", "\"step\": 1e3", "FILE:24: expect[0].step: expected a whole number from 0 to"},
    {"5e-3", "5e-2", "FILE:25: expect[0].tolerance: expected \"5e-3\", half a unit of the last"},
    {"\"0.10\"", "\"1e-401\"", "expect[0].printed: expected a number of at most 400 digits"},
    {"\"ok\"", "\"erratum\"", "expect[0].corrected: a row with status \"erratum\" needs it"},
    {"\"ok\",", "\"ok\", \"corrected\": \"1\",", "corrected: a row with status \"ok\" has none"},
    {"\"ok\",", "\"ok\", \"digits\": 3,", "expect[0].digits: only kind \"certified\" has it"},
    {"\n}\n", "\n} x", "not well-formed JSON: end of file expected"},
};

START_TEST(what_is_wrong_is_refused)
{
    char *text = changed(refused[_i].from, refused[_i].to);
    bg_example *e = NULL;
    bg_error error;
    ck_assert_int_eq(parse(text, &e, &error), BG_E_DATA);
    ck_assert_msg(strstr(error.text, refused[_i].sentence) != NULL, "%s", error.text);
    ck_assert_ptr_null(e);
    ck_assert_uint_gt(error.line, 0);
    free(text);
}
END_TEST

START_TEST(cut_files_are_refused)
{
    for (size_t size = 0; size + 2 < sizeof good; size++) {
        bg_example *e = NULL;
        ck_assert_int_eq(bg_example_parse("FILE", good, size, &e, NULL), BG_E_DATA);
    }
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    for (size_t n = 1;; n++) {
        bg_example *e = NULL;
        memory_fail_after(n);
        bg_status status = parse(good, &e, NULL);
        memory_fail_after(0);
        if (status == BG_OK) {
            bg_example_free(e);
            ck_assert_uint_gt(n, 8);
            return;
        }
        ck_assert_int_eq(status, BG_E_MEMORY);
        ck_assert_ptr_null(e);
    }
}
END_TEST

START_TEST(lines_of_paths)
{
    static const char text[] =
        "{ \"a\\\"b\": [1,\n {\"x\": \"]\"},\n[\n2]],\n\"c\" :\n{\"d\":null}}";
    ck_assert_uint_eq(json_place(text, ""), 1);
    ck_assert_uint_eq(json_place(text, "c"), 6);
    ck_assert_uint_eq(json_place(text, "c.d"), 6);
    ck_assert_uint_eq(json_place(text, "c.e"), 6);
    ck_assert_uint_eq(json_place(text, "a\\\"b[1].x"), 2);
    ck_assert_uint_eq(json_place(text, "a\\\"b[2][0]"), 4);
    ck_assert_uint_eq(json_place(text, "a\\\"b[3]"), 1);
    ck_assert_uint_eq(json_place(text, "zzz[1]"), 1);
    ck_assert_uint_eq(json_place("{\"a\": 1", "b"), 1);
}
END_TEST

START_TEST(quantities)
{
    static const char *const right[] = {"z[1][0]",       "a[0][12]",       "error[3]",
                                        "loss",          "loss[2]",        "dW[1][2][3]",
                                        "delta_bias[1]", "sd(W[1][0][0])", "sd(b[2][1])",
                                        "cache[19]",     "mean_abs_error"};
    static const char *const wrong[] = {
        "",         "z",        "z[1]",          "z[1][0][0]",  "z[-1][0]",
        "z[1][0] ", "z[01][0]", "Z[1][0]",       "sd(z[1][0])", "sd(W[1])",
        "loss[",    "loss[]",   "w[1234567890]", "sd(b[1][1]"};
    quantity q;
    char text[80];
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        ck_assert_msg(quantity_parse(right[i], &q), "%s", right[i]);
        quantity_write(&q, text);
        ck_assert_str_eq(text, right[i]);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!quantity_parse(wrong[i], &q), "%s", wrong[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("example");
    TCase *tests = tcase_create("example");
    tcase_add_test(tests, a_good_file_is_read);
    tcase_add_loop_test(tests, what_is_wrong_is_refused, 0, sizeof refused / sizeof *refused);
    tcase_add_test(tests, cut_files_are_refused);
    tcase_add_test(tests, every_allocation_may_fail);
    tcase_add_test(tests, lines_of_paths);
    tcase_add_test(tests, quantities);
    suite_add_tcase(suite, tests);
    return run_to_the_end(suite);
}
