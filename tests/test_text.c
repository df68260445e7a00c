#include "sheet/text.h"

#include <check.h>
#include <jansson.h>
#include <string.h>

#include "base/arena.h"
#include "suite.h"

START_TEST(adding_grows)
{
    text t = {0};
    for (int i = 0; i < 1000; i++)
        text_add(&t, "%03d,", i);
    ck_assert(!t.failed);
    ck_assert_uint_eq(t.length, 4000);
    ck_assert_uint_eq(strlen(t.bytes), 4000);
    ck_assert_str_eq(t.bytes + 3992, "998,999,");
    ck_assert_int_eq(strncmp(t.bytes, "000,001,", 8), 0);
    text_release(&t);
    ck_assert(!t.bytes && !t.length && !t.room);
}
END_TEST

START_TEST(wrapping_keeps_words_and_width)
{
    static const char paragraph[] = "one two three four five six seven eight nine ten";
    for (size_t width = 12; width < 60; width++) {
        text t = {0};
        text_add(&t, "[1] ");
        text_wrap(&t, 4, width, paragraph);
        char joined[256] = "";
        bool first = true;
        for (char *line = strtok(t.bytes, "\n"); line; line = strtok(NULL, "\n")) {
            ck_assert_uint_le(strlen(line), width);
            ck_assert_int_eq(strncmp(line, first ? "[1] " : "    ", 4), 0);
            ck_assert(line[4] != ' ');
            strcat(strcat(joined, first ? "" : " "), line + 4);
            first = false;
        }
        ck_assert_str_eq(joined, paragraph);
        text_release(&t);
    }
}
END_TEST

START_TEST(long_words_stand_alone)
{
    text t = {0};
    text_wrap(&t, 0, 5, "a incomprehensible b c");
    ck_assert_str_eq(t.bytes, "a\nincomprehensible\nb c");
    text_release(&t);
}
END_TEST

START_TEST(json_strings_read_back)
{
    static const char hostile[] = "quote \" backslash \\ tab \t newline \n bell \a end";
    text t = {0};
    text_add(&t, "[\"");
    text_json(&t, hostile);
    text_add(&t, "\"]");
    json_t *root = json_loads(t.bytes, 0, NULL);
    ck_assert_ptr_nonnull(root);
    ck_assert_str_eq(json_string_value(json_array_get(root, 0)), hostile);
    json_decref(root);
    text_release(&t);
}
END_TEST

START_TEST(json_strings_are_utf8)
{
    text t = {0};
    text_json(&t, "\xe9\xc3\xa9\xe2\x82|\xf0\x9f\x98\x80\xed\xa0\x80.\xc3");
    ck_assert_str_eq(t.bytes, "\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd|\xf0\x9f\x98\x80"
                              "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd.\xef\xbf\xbd");
    text_release(&t);
}
END_TEST

START_TEST(short_memory_is_kept_in_mind)
{
    text t = {0};
    text_add(&t, "kept");
    memory_fail_after(1);
    for (int i = 0; i < 100; i++)
        text_add(&t, "lost %d", i);
    memory_fail_after(0);
    text_add(&t, "after");
    ck_assert(t.failed);
    ck_assert_int_eq(strncmp(t.bytes, "kept", 4), 0);
    ck_assert_ptr_null(strstr(t.bytes, "after"));
    text_release(&t);

    memory_fail_after(1);
    text_wrap(&t, 2, 10, "nothing at all");
    memory_fail_after(0);
    ck_assert(t.failed && !t.bytes);
}
END_TEST

RUN_CASE("text", 60, adding_grows, wrapping_keeps_words_and_width, long_words_stand_alone,
         json_strings_read_back, json_strings_are_utf8, short_memory_is_kept_in_mind)
