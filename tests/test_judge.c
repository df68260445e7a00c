/* Verdicts on printed digits: rules and boundary cases of docs/worked-example.md. */
#include "sheet/judge.h"

#include <math.h>

#include "sheet/rational.h"
#include "suite.h"

static bg_verdict judge(const char *printed, example_status status, const char *corrected,
                        bg_dtype dtype, double value)
{
    const example_row row = {.printed = printed, .status = status, .corrected = corrected};
    return judge_row(&row, dtype, value, fabs(value));
}

START_TEST(rows_marked_ok)
{
    ck_assert_int_eq(judge("0.13", EXAMPLE_OK, NULL, BG_F64, 0.134), BG_AGREES);
    ck_assert_int_eq(judge("0.13", EXAMPLE_OK, NULL, BG_F64, 0.1351), BG_FAILS);
    /* Ties are right either way. */
    ck_assert_int_eq(judge("0.12", EXAMPLE_OK, NULL, BG_F64, 0.125), BG_AGREES);
    ck_assert_int_eq(judge("0.13", EXAMPLE_OK, NULL, BG_F64, 0.125), BG_AGREES);
    ck_assert_int_eq(judge("-4", EXAMPLE_OK, NULL, BG_F64, 4), BG_FAILS);
    ck_assert_int_eq(judge("1.2E-3", EXAMPLE_OK, NULL, BG_F64, 0.00124), BG_AGREES);
    ck_assert_int_eq(judge("0.30000000000000001", EXAMPLE_OK, NULL, BG_F64, 0.1 + 0.2), BG_AGREES);
    ck_assert_int_eq(judge("1", EXAMPLE_OK, NULL, BG_F64, (double)NAN), BG_FAILS);
    ck_assert_int_eq(judge("1", EXAMPLE_OK, NULL, BG_F64, (double)INFINITY), BG_FAILS);
}
END_TEST

START_TEST(rows_that_are_wrong)
{
    ck_assert_int_eq(
        judge("0.938", EXAMPLE_TRUNCATED, "0.93883128948654161", BG_F64, 0.93883128948654161),
        BG_TRUNCATED);
    ck_assert_int_eq(judge("0.94", EXAMPLE_LAST_DIGIT, "0.93400000000000", BG_F64, 0.934),
                     BG_LAST_DIGIT);
    ck_assert_int_eq(judge("1.4", EXAMPLE_ERRATUM, "1.00000000000000000", BG_F64, 1), BG_ERRATUM);
    /* Not what the file says: it is an erratum; it agrees; the engine has another number. */
    ck_assert_int_eq(judge("1.4", EXAMPLE_LAST_DIGIT, "1.00000000000", BG_F64, 1), BG_FAILS);
    ck_assert_int_eq(judge("1.0", EXAMPLE_ERRATUM, "1.00000000000", BG_F64, 1), BG_FAILS);
    ck_assert_int_eq(judge("1.4", EXAMPLE_ERRATUM, "1.00000000000", BG_F64, 1 + 1e-10), BG_FAILS);
    /* 16 digits from a run in double: off by its rounding only. */
    ck_assert_int_eq(judge("0.7310585786300050", EXAMPLE_LAST_DIGIT, "0.73105857863000488", BG_F64,
                           0.73105857863000488),
                     BG_LAST_DIGIT);
}
END_TEST

START_TEST(in_float_six_digits_count)
{
    ck_assert_int_eq(judge("0.123456789", EXAMPLE_OK, NULL, BG_F32, 0.1234571), BG_AGREES);
    ck_assert_int_eq(judge("0.123456789", EXAMPLE_OK, NULL, BG_F32, 0.1234581), BG_FAILS);
    ck_assert_int_eq(judge("0.12", EXAMPLE_OK, NULL, BG_F32, 0.1249), BG_AGREES);
    const example_row row = {.printed = "0.000038193", .status = EXAMPLE_OK};
    ck_assert_int_eq(judge_row(&row, BG_F32, 3.8187e-5, 0.3), BG_AGREES);
    ck_assert_int_eq(judge_row(&row, BG_F32, 3.8187e-5, 3.8e-5), BG_FAILS);
}
END_TEST

START_TEST(certified_digits)
{
    const example_row row = {.printed = "15.0618722713733", .status = EXAMPLE_OK, .digits = 10};
    ck_assert_int_eq(judge_row(&row, BG_F64, 15.0618722713733 * (1 + 0.9e-10), 0), BG_AGREES);
    ck_assert_int_eq(judge_row(&row, BG_F64, 15.0618722713733 * (1 - 1.1e-10), 0), BG_FAILS);
}
END_TEST

START_TEST(decimal_numbers_are_exact)
{
    static const struct {
        const char *text, *fraction;
        long place;
        size_t digits;
    } right[] = {
        {"0.10", "1/10", -2, 2}, {"-12.5E+1", "-125", 0, 3}, {"1e-3", "1/1000", -3, 1},
        {"000", "0", 0, 0},      {".5", "1/2", -1, 1},       {"7.", "7", 0, 1},
    };
    static const char *const wrong[] = {"", ".", "-", "1e", "1e+", "1.2.3", "1e401", "0x1", "nan"};
    mpq_t value, want;
    mpq_inits(value, want, NULL);
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        long place;
        size_t digits;
        ck_assert(rational_parse(value, right[i].text, &place, &digits));
        mpq_set_str(want, right[i].fraction, 10);
        ck_assert_msg(mpq_equal(value, want), "%s", right[i].text);
        ck_assert_int_eq(place, right[i].place);
        ck_assert_uint_eq(digits, right[i].digits);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!rational_parse(value, wrong[i], NULL, NULL), "%s", wrong[i]);
    mpq_clears(value, want, NULL);
}
END_TEST

RUN_CASE("judge", 10, rows_marked_ok, rows_that_are_wrong, in_float_six_digits_count,
         certified_digits, decimal_numbers_are_exact)
