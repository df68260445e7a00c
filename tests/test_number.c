#include <locale.h>
#include <math.h>

#include "base/number.h"
#include "base/rng.h"
#include "samples.h"

static bool parse(const char *text, double *value)
{
    return number_parse(text, strlen(text), value);
}

START_TEST(numbers_are_read_as_strtod_reads_them)
{
    static const char *const texts[] = {"0",
                                        "-0",
                                        "1",
                                        "+1",
                                        ".5",
                                        "5.",
                                        "1e3",
                                        "1E-3",
                                        " 7\t",
                                        "123456789012345",
                                        "0.1",
                                        "1e-400",
                                        "4.9e-324",
                                        "1.7976931348623157e308",
                                        "123456789012345678901234567890",
                                        "-2.2250738585072014e-308",
                                        "0.30000000000000004",
                                        "9007199254740993",
                                        "00012.50"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        double value = 99, wanted = strtod(texts[i], NULL);
        ck_assert_msg(parse(texts[i], &value), "%s", texts[i]);
        ck_assert_msg(memcmp(&value, &wanted, sizeof value) == 0, "%s: %a", texts[i], value);
    }
    double value;
    ck_assert(parse("1e999", &value) && isinf(value)); /* for the caller to refuse */
    ck_assert(parse("nan", &value) && isnan(value));
    ck_assert(parse("-Infinity", &value) && value < 0 && isinf(value));
}
END_TEST

START_TEST(what_is_no_decimal_number_is_refused)
{
    static const char *const texts[] = {"",      " ",      "-",    ".",     "e5",  "1e",
                                        "1,5",   "1 2",    "0x10", "1.2.3", "--1", "n/a",
                                        "infin", "nan(1)", "1e5x", "+-1",   "1_0", "\xd9\xa1"};
    double value = 7;
    for (size_t i = 0; i < COUNT(texts); i++)
        ck_assert_msg(!parse(texts[i], &value), "%s", texts[i]);
    ck_assert(!number_parse("1\0002", 3, &value));
}
END_TEST

/* Texts longer than any number needs, beside strtod; 2^53 + 1 and the half of the smallest number
 * are as near to one double as to another, until the last digit decides. */
START_TEST(long_numbers_are_numbers)
{
    enum { ROOM = 3000 };
    static const struct {
        const char *front;
        char filler;
        size_t count;
        const char *end;
    } texts[] = {
        {"0.", '3', 509, ""},
        {"0.", '3', 510, ""},
        {"-0.", '3', 2000, ""},
        {"", '1', 300, ""},
        {"", '1', 2000, ""},
        {"", '1', 2000, "e-1990"},
        {"0.", '0', 2000, "7"},
        {"", '0', 2000, "7"},
        {"0.", '0', 2000, "7e2001"},
        {"-", '0', 2000, ""},
        {"1.", '0', 2000, ""},
        {"1", '0', 2000, "e-2000"},
        {"9007199254740993.", '0', 900, ""},
        {"9007199254740993.", '0', 900, "1"},
        {"9007199254740991.", '9', 900, ""},
        {"0.5e", '0', 600, "7"},
    };
    char text[ROOM];
    for (size_t i = 0; i < COUNT(texts); i++) {
        size_t front = strlen(texts[i].front);
        memcpy(text, texts[i].front, front);
        memset(text + front, texts[i].filler, texts[i].count);
        strcpy(text + front + texts[i].count, texts[i].end);
        double value = 99, wanted = strtod(text, NULL);
        ck_assert_msg(parse(text, &value), "text %zu", i);
        ck_assert_msg(memcmp(&value, &wanted, sizeof value) == 0, "text %zu: %a, not %a", i, value,
                      wanted);
    }
    /* Half of the smallest number has 751 digits; all of a double's are decisive. */
    snprintf(text, sizeof text, "%.1100f", 0x1p-1074);
    double value, half = 0x1p-1022, next = nextafter(half, 1);
    ck_assert(parse(text, &value) && value > 0 && value <= 0x1p-1074);
    int length = snprintf(text, sizeof text, "%.1074f", half);
    ck_assert(parse(text, &value) && value >= half && value < next);
    memset(text + length, '0', 500);
    text[length + 500] = '1';
    text[length + 501] = 0;
    ck_assert(parse(text, &value) && value >= half && value < next);
    memset(text, '1', 1000);
    text[1000] = 0;
    text[999] = 'x';
    ck_assert(!parse(text, &value));
    text[999] = 'e';
    ck_assert(!parse(text, &value));
    ck_assert(parse("1e99999999999999999999", &value) && isinf(value));
    ck_assert(parse("1e-99999999999999999999", &value) && value >= 0 && value <= 0);
}
END_TEST

START_TEST(random_numbers_are_read_as_strtod_reads_them)
{
    rng r = rng_seeded(7, 1);
    char text[1600];
    for (size_t i = 0; i < 20000; i++) {
        size_t length = 1 + (size_t)rng_below(&r, i % 8 ? 40 : 1500);
        size_t point = (size_t)rng_below(&r, length + 1);
        for (size_t k = 0; k < length; k++)
            text[k] = (char)('0' + rng_below(&r, 10));
        if (point < length)
            text[point] = '.';
        snprintf(text + length, 32, "%s%d", i % 2 ? "e" : "E-", (int)rng_below(&r, 400));
        double value = 99, wanted = strtod(text, NULL);
        bool number = length > 1 || text[0] != '.';
        ck_assert_msg(parse(text, &value) == number, "%s", text);
        ck_assert_msg(!number || memcmp(&value, &wanted, sizeof value) == 0, "%s", text);
    }
}
END_TEST

START_TEST(only_the_given_length_is_read)
{
    double value;
    uint64_t count;
    ck_assert(number_parse("123456", 3, &value) && value == 123);
    ck_assert(number_parse_count("123456", 3, &count) && count == 123);
}
END_TEST

START_TEST(counts_are_whole_and_fit)
{
    uint64_t count = 5;
    ck_assert(number_parse_count("18446744073709551615", 20, &count) && count == UINT64_MAX);
    ck_assert(!number_parse_count("18446744073709551616", 20, &count));
    ck_assert(!number_parse_count("-1", 2, &count));
    ck_assert(!number_parse_count("+1", 2, &count));
    ck_assert(!number_parse_count("1.0", 3, &count));
    ck_assert(!number_parse_count("", 0, &count));
    ck_assert(number_parse_count(" 12 ", 4, &count) && count == 12);
}
END_TEST

START_TEST(the_public_reader_takes_no_spaces)
{
    double value;
    ck_assert(bg_number_parse("-1.5e2", &value) && value == -150);
    ck_assert(!bg_number_parse(" 1", &value));
    ck_assert(!bg_number_parse("1 ", &value));
    ck_assert(!bg_number_parse("", &value));
}
END_TEST

/* Reads back to the same bits, and one digit fewer would not. */
static void check_shortest(double value, bg_dtype dtype)
{
    char text[32], shorter[64];
    bg_number_text(value, dtype, text);
    double back = strtod(text, NULL);
    if (dtype == BG_F32)
        ck_assert_msg((float)back == (float)value, "%s", text);
    else
        ck_assert_msg(back == value, "%s", text);
    size_t digits = 0;
    for (const char *c = text; *c && *c != 'e'; c++)
        digits += *c >= '0' && *c <= '9' && (digits || *c != '0');
    if (digits < 2 || strchr(text, 'e') == NULL)
        return; /* "1200" has zeros that are no digits of the number */
    snprintf(shorter, sizeof shorter, "%.*e", (int)digits - 2, value);
    back = strtod(shorter, NULL);
    ck_assert_msg(dtype == BG_F32 ? (float)back != (float)value : back != value, "%s", text);
}

START_TEST(texts_are_shortest_and_read_back)
{
    rng r = rng_seeded(11, 0);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = rng_next(&r);
        uint32_t low = (uint32_t)bits;
        double wide;
        float narrow;
        memcpy(&wide, &bits, sizeof wide);
        memcpy(&narrow, &low, sizeof narrow);
        if (isfinite(wide))
            check_shortest(wide, BG_F64);
        if (isfinite(narrow))
            check_shortest((double)narrow, BG_F32);
    }
}
END_TEST

START_TEST(texts_of_known_numbers)
{
    static const struct {
        double value;
        bg_dtype dtype;
        const char *text;
    } known[] = {{0.1, BG_F64, "0.1"},
                 {(double)0.1f, BG_F32, "0.1"},
                 {(double)0.1f, BG_F64, "0.10000000149011612"},
                 {0.1 + 0.2, BG_F64, "0.30000000000000004"},
                 {-2, BG_F64, "-2"},
                 {0, BG_F64, "0"},
                 {10, BG_F64, "10"},
                 {-1200, BG_F32, "-1200"},
                 {10000, BG_F64, "10000"},
                 {100000, BG_F64, "1e+05"},
                 {1e300, BG_F64, "1e+300"},
                 {4.9e-324, BG_F64, "5e-324"},
                 {-1.7976931348623157e308, BG_F64, "-1.7976931348623157e+308"},
                 {(double)NAN, BG_F64, "nan"},
                 {(double)INFINITY, BG_F32, "inf"},
                 {-(double)INFINITY, BG_F64, "-inf"}};
    for (size_t i = 0; i < COUNT(known); i++) {
        char text[32];
        bg_number_text(known[i].value, known[i].dtype, text);
        ck_assert_str_eq(text, known[i].text);
    }
}
END_TEST

/* A German process writes and reads "0.5" all the same. */
START_TEST(the_locale_does_not_matter)
{
    static const char *const commas[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    for (size_t i = 0; i < COUNT(commas); i++)
        if (setlocale(LC_ALL, commas[i]))
            break;
    char text[32];
    double value;
    bg_number_text(0.5, BG_F64, text);
    ck_assert_str_eq(text, "0.5");
    ck_assert(parse("0.12345678901234567890", &value) && value == 0.12345678901234568);
    ck_assert(!parse("0,5", &value));
}
END_TEST

RUN_TESTS("number", numbers_are_read_as_strtod_reads_them, what_is_no_decimal_number_is_refused,
          long_numbers_are_numbers, random_numbers_are_read_as_strtod_reads_them,
          only_the_given_length_is_read, counts_are_whole_and_fit,
          the_public_reader_takes_no_spaces, texts_are_shortest_and_read_back,
          texts_of_known_numbers, the_locale_does_not_matter)
