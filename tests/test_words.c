#include "io_files.h"

#include "io/words.h"

START_TEST(gives_words_with_their_places)
{
    input in = {.name = "x", .bytes = " ab\t1 #c d\r\n\n  e", .size = 16};
    word_scan s = words_start(&in, '#');
    word w;
    ck_assert(words_next(&s, &w));
    ck_assert_uint_eq(w.length, 2);
    ck_assert_mem_eq(w.text, "ab", 2);
    ck_assert(w.line == 1 && w.column == 2);
    ck_assert(words_next_in_line(&s, &w) && w.column == 5 && w.length == 1);
    ck_assert(!words_next_in_line(&s, &w));
    ck_assert(w.column == 7);
    ck_assert(words_next(&s, &w) && w.line == 3 && w.column == 3 && *w.text == 'e');
    ck_assert(!words_next(&s, &w));
}
END_TEST

START_TEST(cuts_long_words_between_letters)
{
    char text[64];
    memset(text, 'a', sizeof text);
    ck_assert_int_eq(words_shown(text, 40), 40);
    ck_assert_int_eq(words_shown(text, 41), 40);
    memcpy(text + 38, "\xe2\x82\xac", 3); /* a letter of three bytes across the cut */
    ck_assert_int_eq(words_shown(text, 60), 38);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {gives_words_with_their_places, cuts_long_words_between_letters,
                                  NULL};
    return run_suite("words", tests);
}
