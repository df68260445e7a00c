/* The words for every enumerated choice. */
#include "oracle.h"

#include <ctype.h>

static const int counts[BG_KIND_COUNT] = {
    [BG_KIND_DTYPE] = BG_F64 + 1,
    [BG_KIND_ACTIVATION] = BG_ACTIVATION_COUNT,
    [BG_KIND_LOSS] = BG_LOSS_COUNT,
    [BG_KIND_REDUCTION] = BG_REDUCTION_COUNT,
    [BG_KIND_OPTIMIZER] = BG_OPTIMIZER_COUNT,
    [BG_KIND_SCHEDULE] = BG_SCHEDULE_COUNT,
    [BG_KIND_INIT] = BG_INIT_COUNT,
    [BG_KIND_TASK] = BG_TASK_COUNT,
    [BG_KIND_SCALING] = BG_SCALING_COUNT,
    [BG_KIND_ENGINE] = BG_ENGINE_COUNT,
};

START_TEST(every_value_has_a_word_of_its_own)
{
    for (int kind = 0; kind < BG_KIND_COUNT; kind++)
        for (int value = 0; value < counts[kind]; value++) {
            const char *name = bg_name((bg_kind)kind, value);
            ck_assert_ptr_nonnull(name);
            ck_assert_uint_gt(strlen(name), 0);
            for (const char *c = name; *c; c++)
                ck_assert(islower((unsigned char)*c) || isdigit((unsigned char)*c) ||
                          strchr("-_", *c));
            ck_assert_int_eq(bg_value((bg_kind)kind, name), value);
        }
}
END_TEST

START_TEST(words_are_those_of_the_header)
{
    ck_assert_str_eq(bg_name(BG_KIND_DTYPE, BG_F32), "f32");
    ck_assert_str_eq(bg_name(BG_KIND_LOSS, BG_MSE), "mse");
    ck_assert_str_eq(bg_name(BG_KIND_LOSS, BG_SOFTMAX_CE), "softmax_ce");
    ck_assert_str_eq(bg_name(BG_KIND_ACTIVATION, BG_SOFTMAX), "softmax");
    ck_assert_str_eq(bg_name(BG_KIND_OPTIMIZER, BG_ADAM), "adam");
    ck_assert_str_eq(bg_name(BG_KIND_SCHEDULE, BG_SCHEDULE_COSINE), "cosine");
    ck_assert_str_eq(bg_name(BG_KIND_INIT, BG_ORTHOGONAL), "orthogonal");
    ck_assert_str_eq(bg_name(BG_KIND_SCALING, BG_SCALE_MINMAX), "minmax");
    ck_assert_str_eq(bg_name(BG_KIND_TASK, BG_BITS), "bits");
    ck_assert_str_eq(bg_name(BG_KIND_REDUCTION, BG_SUM), "sum");
}
END_TEST

START_TEST(what_does_not_exist_has_no_word)
{
    static const int values[] = {-1, -2147483647 - 1, 15, 16, 17, 1000, 2147483647};
    for (int kind = -2; kind < BG_KIND_COUNT + 2; kind++)
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)
            ck_assert_ptr_null(bg_name((bg_kind)kind, values[i]));
    for (int kind = 0; kind < BG_KIND_COUNT; kind++)
        ck_assert_ptr_null(bg_name((bg_kind)kind, counts[kind]));
    ck_assert_ptr_null(bg_name(BG_KIND_COUNT, 0));
    ck_assert_ptr_null(bg_name((bg_kind)-1, 0));
}
END_TEST

START_TEST(what_is_no_word_has_no_value)
{
    static const char *const words[] = {"", "MSE", "ms", "msee", " mse", "mse ", "softmax-ce"};
    for (int kind = -1; kind <= BG_KIND_COUNT; kind++)
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            ck_assert_int_eq(bg_value((bg_kind)kind, words[i]), -1);
    ck_assert_int_eq(bg_value(BG_KIND_ACTIVATION, "mse"), -1); /* a word of another kind */
}
END_TEST

RUN_CASE("names", 30, every_value_has_a_word_of_its_own, words_are_those_of_the_header,
         what_does_not_exist_has_no_word, what_is_no_word_has_no_value)
