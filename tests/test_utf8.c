#include "base/utf8.h"
#include "samples.h"

/* Encodes a code point by the definition, apart from the table in the source. */
static void encode(unsigned long point, char text[5])
{
    size_t n = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    memset(text, 0, 5);
    for (size_t i = n; i-- > 1; point >>= 6)
        text[i] = (char)(0x80 | (point & 0x3f));
    text[0] = (char)(leads[n] | point);
}

START_TEST(every_code_point_is_valid_but_surrogates)
{
    char text[5];
    for (unsigned long point = 1; point < 0x110000; point++) {
        encode(point, text);
        bool surrogate = point >= 0xd800 && point < 0xe000;
        ck_assert_msg(utf8_valid(text) == !surrogate, "U+%lX", point);
    }
    for (unsigned long point = 0x110000; point < 0x200000; point += 97) {
        encode(point, text);
        ck_assert_msg(!utf8_valid(text), "U+%lX", point);
    }
}
END_TEST

START_TEST(what_is_cut_or_overlong_is_refused)
{
    static const char *const bad[] = {
        "\x80",     "\xc3",     "a\xc3z",           "\xe2\x82",     "\xf0\x9f\x98",
        "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80",     "\xe0\x9f\xbf", "\xf0\x80\x80\x80",
        "\xff",     "\xfe",     "\xf5\x80\x80\x80", "Gr\xfc\xdf"};
    for (size_t i = 0; i < COUNT(bad); i++)
        ck_assert_msg(!utf8_valid(bad[i]), "%zu", i);
    ck_assert(utf8_valid(""));
    ck_assert(utf8_valid("Gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\n"));
}
END_TEST

RUN_TESTS("utf8", every_code_point_is_valid_but_surrogates, what_is_cut_or_overlong_is_refused)
