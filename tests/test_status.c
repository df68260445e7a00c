#include "samples.h"

#undef fail /* an old name of Check's */
#include "base/status.h"

START_TEST(every_status_has_a_sentence)
{
    for (int s = 0; s < BG_STATUS_COUNT; s++) {
        ck_assert(strlen(bg_status_text((bg_status)s)) > 2);
        for (int other = 0; other < s; other++)
            ck_assert_str_ne(bg_status_text((bg_status)s), bg_status_text((bg_status)other));
    }
    ck_assert_str_eq(bg_status_text(BG_STATUS_COUNT), "unknown status");
    ck_assert_str_eq(bg_status_text((bg_status)-1), "unknown status");
    ck_assert_str_eq(bg_version(), BG_VERSION);
}
END_TEST

START_TEST(places_are_written_as_compilers_do)
{
    bg_error e;
    ck_assert_int_eq(fail_at(&e, BG_E_DATA, "d.csv", 173, 5, "found \"%s\"", "n/a"), BG_E_DATA);
    ck_assert_str_eq(e.text, "d.csv:173:5: found \"n/a\"");
    ck_assert_uint_eq(e.line, 173);
    ck_assert_uint_eq(e.column, 5);
    ck_assert_uint_eq(e.row, 0);
    fail_at(&e, BG_E_DATA, "d.csv", 7, 0, "bad");
    ck_assert_str_eq(e.text, "d.csv:7: bad");
    fail_at(&e, BG_E_IO, "d.csv", 0, 0, "bad");
    ck_assert_str_eq(e.text, "d.csv: bad");
    ck_assert_int_eq(fail_row(&e, BG_E_DATA, "d.csv", 3, "bad"), BG_E_DATA);
    ck_assert_str_eq(e.text, "d.csv: row 3: bad");
    ck_assert_uint_eq(e.row, 3);
    fail_row(&e, BG_E_DATA, NULL, 3, "bad");
    ck_assert_str_eq(e.text, "row 3: bad");
    ck_assert_int_eq(fail_memory(&e, "tea"), BG_E_MEMORY);
    ck_assert_str_eq(e.text, "not enough memory for tea");
    ck_assert_int_eq(e.status, BG_E_MEMORY);
}
END_TEST

START_TEST(long_and_hostile_texts_stay_one_sentence)
{
    char text[2000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    bg_error e;
    fail_at(&e, BG_E_DATA, text, 18446744073709551615u, 18446744073709551615u, "%s", text);
    ck_assert_uint_eq(strlen(e.text), sizeof e.text - 1);
    fail(&e, BG_E_DATA, "a\nb\x1b[31m\x7f%s", "\r\t");
    ck_assert_str_eq(e.text, "a?b?[31m???");
    fail(&e, BG_E_DATA,
         "\xc2\x80 \xc2\x9b"
         "31m \xc2\x9f \xc2\xa0\xc3\x9b");
    ck_assert_str_eq(e.text, "?? ??31m ?? \xc2\xa0\xc3\x9b");
    ck_assert_int_eq(fail(NULL, BG_E_DATA, "nobody listens"), BG_E_DATA);
    ck_assert_int_eq(fail_at(NULL, BG_E_IO, "f", 1, 1, "nobody listens"), BG_E_IO);
    ck_assert_int_eq(fail_row(NULL, BG_E_IO, "f", 1, "nobody listens"), BG_E_IO);
}
END_TEST

RUN_TESTS("status", every_status_has_a_sentence, places_are_written_as_compilers_do,
          long_and_hostile_texts_stay_one_sentence)
