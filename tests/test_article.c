/* The article's example through the public API alone, in both precisions.  Numbers that the
 * precision holds exactly are compared to the last bit. */
#include "backgemm.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static const bg_objective half_square = {.loss = BG_HALF_SSE, .reduction = BG_SUM};
static const double xor_inputs[] = {0, 0, 0, 1, 1, 0, 1, 1};
static const double xor_targets[] = {0, 1, 1, 0};
static bg_error error;

#define OK(call) ck_assert_msg((call) == BG_OK, "%s", error.text)
#define DTYPES 2

static bg_net *net_231(bg_dtype dtype, bg_init scheme, uint64_t seed)
{
    static const size_t widths[] = {2, 3, 1};
    static const bg_activation activations[] = {BG_IDENTITY, BG_IDENTITY};
    const bg_net_spec spec = {dtype, 2, widths, activations};
    bg_net *net;
    OK(bg_net_create(&spec, &net, &error));
    OK(bg_net_init(net, scheme, 0, seed, &error));
    return net;
}

static bg_data *xor_rows(bg_dtype dtype, size_t rows)
{
    bg_data *data;
    OK(bg_data_create(dtype, rows, 2, 1, xor_inputs, xor_targets, &data, &error));
    return data;
}

/* Runs `epochs` steps of gradient descent (or the article's rule) at rate 0.1. */
static bg_status run(bg_net *net, const bg_data *data, bool ascent, uint64_t epochs)
{
    bg_train_options options;
    bg_train_defaults(&options);
    options.objective = half_square;
    options.ascent = ascent;
    options.lr = 0.1;
    options.threads = 1; /* four rows: a second thread would only wait */
    bg_trainer *trainer;
    bg_progress progress;
    OK(bg_trainer_create(net, data, &options, &trainer, &error));
    bg_status status = bg_trainer_run(trainer, epochs, &progress, &error);
    bg_trainer_free(trainer);
    return status;
}

/* 1 + sign * 0.1 * 4, each operation rounded once in dtype: what a weight of 1 becomes. */
static double moved(bg_dtype dtype, int sign)
{
    if (dtype == BG_F32) {
        volatile float step = 0.1f * 4;
        return (double)(1 + (float)sign * step);
    }
    volatile double step = 0.1 * 4;
    return 1 + sign * step;
}

START_TEST(forward_and_deltas_are_exact)
{
    bg_dtype dtype = (bg_dtype)_i;
    bg_net *net = net_231(dtype, BG_ONES, 1);
    bg_data *data = xor_rows(dtype, 4);
    bg_trace *trace;
    OK(bg_trace_create(net, &half_square, data, 0, &trace, &error));
    for (int j = 0; j < 3; j++) {
        ck_assert(bg_trace_z(trace, 1)[j] == 1 && bg_trace_a(trace, 1)[j] == 1);
        ck_assert(bg_trace_delta(trace, 1)[j] == 4);
    }
    ck_assert(bg_trace_a(trace, 0)[0] == 0 && bg_trace_a(trace, 0)[1] == 0);
    ck_assert(bg_trace_z(trace, 2)[0] == 4 && bg_trace_a(trace, 2)[0] == 4);
    ck_assert(bg_trace_delta(trace, 2)[0] == 4); /* yhat - y; the article's y - yhat is -4 */
    ck_assert(bg_trace_loss(trace) == 8);
    bg_trace_free(trace);
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

START_TEST(gradient_is_exact)
{
    static const double expected[13] = {0, 0, 0, 0, 0, 0, 4, 4, 4, 4, 4, 4, 4};
    bg_dtype dtype = (bg_dtype)_i;
    bg_net *net = net_231(dtype, BG_ONES, 1);
    bg_data *data = xor_rows(dtype, 1);
    double gradient[13], value;
    OK(bg_gradient(net, &half_square, data, 0, &value, gradient, &error));
    ck_assert(value == 8);
    for (int p = 0; p < 13; p++)
        ck_assert_msg(gradient[p] == expected[p], "%d: %.17g", p, gradient[p]);
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

/* Descent and the article's W - alpha Z delta, which is ascent: weights with an input of 0 stay,
 * the others move by exactly alpha times 4, and the loss says which of the two goes down. */
START_TEST(one_step_is_exact)
{
    bg_dtype dtype = (bg_dtype)_i;
    bg_data *data = xor_rows(dtype, 1);
    for (int sign = -1; sign <= 1; sign += 2) {
        bg_net *net = net_231(dtype, BG_ONES, 1);
        OK(run(net, data, sign > 0, 1));
        double w[6], b[3], v[3], v0, loss, expected = moved(dtype, sign);
        bg_net_get(net, 1, w, b);
        bg_net_get(net, 2, v, &v0);
        for (int i = 0; i < 6; i++)
            ck_assert(w[i] == 1);
        for (int i = 0; i < 3; i++)
            ck_assert(b[i] == expected && v[i] == expected);
        ck_assert(v0 == expected);
        char text[32];
        bg_number_text(v0, dtype, text);
        ck_assert_str_eq(text, sign > 0 ? "1.4" : "0.6");
        OK(bg_loss_value(net, &half_square, data, 0, &loss, &error));
        /* yhat = v0 + 3 v b is 7.28 or 1.68.  A parameter is off by at most 1.2 half ulps, a
         * product of two by 3.4, yhat by 6 and its square by 13. */
        double exact = sign > 0 ? 7.28 * 7.28 / 2 : 1.68 * 1.68 / 2;
        double ulp = dtype == BG_F32 ? 0x1p-23 : 0x1p-52;
        ck_assert(fabs(loss - exact) <= 8 * ulp * exact);
        ck_assert(sign > 0 ? loss > 8 : loss < 8);
        bg_net_free(net);
    }
    bg_data_free(data);
}
END_TEST

START_TEST(least_squares_says_one_half)
{
    bg_dtype dtype = (bg_dtype)_i;
    bg_data *data = xor_rows(dtype, 4);
    double fit[3];
    size_t rank;
    OK(bg_least_squares(data, fit, &rank, &error));
    ck_assert_uint_eq(rank, 3);
    double tolerance = dtype == BG_F32 ? 0x1p-20 : 0x1p-49;
    ck_assert(fabs(fit[0]) < tolerance && fabs(fit[1]) < tolerance);
    ck_assert(fabs(fit[2] - 0.5) < tolerance);
    bg_data_free(data);
}
END_TEST

START_TEST(identity_net_converges_to_least_squares)
{
    bg_dtype dtype = (bg_dtype)_i;
    bg_data *data = xor_rows(dtype, 4);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        bg_net *net = net_231(dtype, BG_GLOROT_UNIFORM, seed);
        OK(run(net, data, false, 4000));
        double outputs[4];
        OK(bg_predict(net, data, 0, outputs, &error));
        for (int row = 0; row < 4; row++)
            ck_assert_msg(fabs(outputs[row] - 0.5) <= 1e-6, "seed %d row %d: %.17g", (int)seed, row,
                          outputs[row]);
        bg_net_free(net);
    }
    bg_data_free(data);
}
END_TEST

START_TEST(the_rule_of_the_article_diverges)
{
    bg_dtype dtype = (bg_dtype)_i;
    bg_net *net = net_231(dtype, BG_ONES, 1);
    bg_data *data = xor_rows(dtype, 4);
    ck_assert_int_eq(run(net, data, true, 1000), BG_E_DIVERGED);
    ck_assert_int_eq(error.status, BG_E_DIVERGED);
    ck_assert(error.step >= 2 && error.step <= 1000);
    ck_assert(error.layer >= 1 && error.layer <= 2);
    ck_assert_ptr_nonnull(strstr(error.text, "step"));
    ck_assert_ptr_nonnull(strstr(error.text, "layer"));
    double loss;
    OK(bg_loss_value(net, &half_square, data, 0, &loss, &error));
    ck_assert(isfinite(loss));
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

/* --------------------------------------------------------------------------- the sheet --- */

static char *sheet(int dtype, bg_format format)
{
    static char *text;
    OK(bg_article_sheet((bg_dtype)dtype, format, &text, &error));
    return text;
}

/* The JSON object of a quantity, up to its closing brace. */
static void quantity(const char *json, const char *name, char found[512])
{
    char key[64];
    snprintf(key, sizeof key, "{\"name\": \"%s\", ", name);
    const char *at = strstr(json, key);
    ck_assert_msg(at != NULL, "no quantity %s", name);
    snprintf(found, 512, "%.*s", (int)strcspn(at, "}"), at);
}

static void expect(const char *json, const char *name, const char *printed, const char *formula,
                   const char *descent, int note)
{
    char found[512], wanted[256], note_text[16] = "null";
    quantity(json, name, found);
    bool differs = strcmp(formula, descent) != 0 || (printed && strcmp(printed, formula) != 0);
    if (note)
        snprintf(note_text, sizeof note_text, "%d", note);
    const char *quote = printed ? "\"" : "";
    snprintf(wanted, sizeof wanted,
             "\"printed\": %s%s%s, \"formula\": %s, \"descent\": %s, \"differs\": %s, \"note\": %s",
             quote, printed ? printed : "null", quote, formula, descent, differs ? "true" : "false",
             note_text);
    ck_assert_msg(strstr(found, wanted) != NULL, "%s\nis not\n%s", found, wanted);
}

/* Every number that the article prints, and every place where the columns part. */
START_TEST(sheet_holds_every_quantity)
{
    static const struct {
        const char *names[12], *printed, *formula, *descent;
        int note;
    } rows[] = {
        {{"X0", "Z0", "z_Z1", "z_Z2", "z_Z3"}, NULL, "1", "1", 0},
        {{"X1", "X2"}, "0", "0", "0", 0},
        {{"y"}, "0", "0", "0", 3},
        {{"Z1", "Z2", "Z3"}, "1", "1", "1", 0},
        {{"z_D0"}, NULL, "4", "4", 0},
        {{"D0"}, "4", "4", "4", 3},
        {{"loss"}, "-4", "-4", "8", 4},
        {{"delta_D0", "delta_Z1", "delta_Z2", "delta_Z3"}, "-4", "-4", "4", 2},
        {{"delta_Z0"}, "-4", "-4", "4", 6},
        {{"dW11", "dW12", "dW21", "dW22", "dW31", "dW32"}, NULL, "0", "0", 0},
        {{"dW10", "dW20", "dW30", "dV00", "dV01", "dV02", "dV03"}, NULL, "-4", "4", 2},
        {{"W11", "W12", "W21", "W22", "W31", "W32"}, "1.4", "1", "1", 1},
        {{"W10", "W20", "W30", "V00", "V01", "V02", "V03"}, "1.4", "1.4", "0.6", 2},
    };
    char *json = sheet(_i, BG_FORMAT_JSON);
    size_t count = 0;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (size_t i = 0; i < 12 && rows[r].names[i]; i++, count++)
            expect(json, rows[r].names[i], rows[r].printed, rows[r].formula, rows[r].descent,
                   rows[r].note);
    size_t there = 0;
    for (const char *at = json; (at = strstr(at, "{\"name\": ")); at++)
        there++;
    ck_assert_uint_eq(there, count);
    bg_free(json);
}
END_TEST

/* Undoes the line breaks of the notes: a newline and an indent of four become one space. */
static void unwrap(char *text)
{
    char *out = text;
    for (const char *at = text; *at; at++) {
        bool broken = strncmp(at, "\n    ", 5) == 0;
        *out++ = broken ? ' ' : *at;
        at += broken ? 4 : 0;
    }
    *out = 0;
}

/* The six places where the article is wrong, each with the engine's numbers. */
START_TEST(sheet_explains_six_places)
{
    static const char *const notes[][3] = {
        {"[1] ", "W11 to W32 are printed 1.4", "leaves them at 1;"},
        {"[2] ", "grows from 8 to 26.4992", "from 8 to 1.4112"},
        {"[3] ", "\"an output of 1\" and of \"4 instead of 1\"",
         "target of {0, 0} is 0 and the output is 4"},
        {"[4] ", "logistic cost", "plain difference y - yhat = -4"},
        {"[5] ", "one linear function", "answers 0.5, 0.5, 0.5, 0.5"},
        {"[6] ", "always 1, and no weight leads into it", "feeds nothing"},
    };
    char *text = sheet(_i, BG_FORMAT_TEXT);
    char *flat = strstr(text, "Notes: ");
    ck_assert_ptr_nonnull(flat);
    unwrap(flat);
    for (size_t n = 0; n < 6; n++) {
        char *start = strstr(flat, notes[n][0]);
        ck_assert_msg(start != NULL, "no note %s", notes[n][0]);
        size_t length = strcspn(start, "\n");
        char *note = strndup(start, length);
        ck_assert_msg(strstr(note, notes[n][1]) && strstr(note, notes[n][2]), "%s", note);
        free(note);
    }
    ck_assert_ptr_null(strstr(flat, "[7]"));
    bg_free(text);
}
END_TEST

START_TEST(sheet_refuses_what_it_does_not_know)
{
    char untouched, *text = &untouched;
    ck_assert_int_eq(bg_article_sheet((bg_dtype)7, BG_FORMAT_TEXT, &text, &error), BG_E_ARGUMENT);
    ck_assert_int_eq(bg_article_sheet(BG_F64, (bg_format)-1, &text, &error), BG_E_ARGUMENT);
    ck_assert_int_eq(bg_article_sheet(BG_F64, BG_FORMAT_COUNT, &text, NULL), BG_E_ARGUMENT);
    ck_assert_ptr_eq(text, &untouched);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("article");
    TCase *engine = tcase_create("engine"), *sheets = tcase_create("sheet");
    tcase_add_loop_test(engine, forward_and_deltas_are_exact, 0, DTYPES);
    tcase_add_loop_test(engine, gradient_is_exact, 0, DTYPES);
    tcase_add_loop_test(engine, one_step_is_exact, 0, DTYPES);
    tcase_add_loop_test(engine, least_squares_says_one_half, 0, DTYPES);
    tcase_add_loop_test(engine, identity_net_converges_to_least_squares, 0, DTYPES);
    tcase_add_loop_test(engine, the_rule_of_the_article_diverges, 0, DTYPES);
    tcase_set_timeout(engine, 60);
    tcase_add_loop_test(sheets, sheet_holds_every_quantity, 0, DTYPES);
    tcase_add_loop_test(sheets, sheet_explains_six_places, 0, DTYPES);
    tcase_add_test(sheets, sheet_refuses_what_it_does_not_know);
    tcase_set_timeout(sheets, 60);
    suite_add_tcase(suite, engine);
    suite_add_tcase(suite, sheets);
    return run_to_the_end(suite);
}
