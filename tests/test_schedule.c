/* Learning rates by update; test_torch_steps.c has PyTorch's. */
#include "oracle.h"

#include "net/schedule.h"

START_TEST(a_schedule_without_words_is_constant)
{
    bg_train_options o;
    bg_train_defaults(&o);
    ck_assert(!bg_schedule_moves(&o));
    ck_assert_double_eq(bg_schedule_lr(&o, 0), o.lr);
    ck_assert_double_eq(bg_schedule_lr(&o, UINT64_MAX), o.lr);
    o.warmup = 1; /* of one update: nothing grows */
    ck_assert_double_eq(bg_schedule_lr(&o, 0), o.lr);
}
END_TEST

START_TEST(a_schedule_has_an_end)
{
    bg_train_options o;
    bg_train_defaults(&o);
    o.schedule = BG_SCHEDULE_COSINE;
    o.warmup = 7;
    o.t_max = 25;
    o.eta_min = 1e-5;
    ck_assert_double_eq(bg_schedule_lr(&o, 6), o.lr); /* the last of 7 */
    ck_assert_double_eq(bg_schedule_lr(&o, 7), o.lr);
    ck_assert_double_lt(bg_schedule_lr(&o, 8), o.lr);
    ck_assert_double_gt(bg_schedule_lr(&o, 31), 1e-5);
    ck_assert_double_eq(bg_schedule_lr(&o, 32), 1e-5);
    ck_assert_double_eq(bg_schedule_lr(&o, UINT64_MAX), 1e-5);
    o.schedule = BG_SCHEDULE_EXPONENTIAL;
    ck_assert_double_eq(bg_schedule_lr(&o, UINT64_MAX), 0);
}
END_TEST

static void refuse(const bg_train_options *o, const char *word)
{
    bg_error error;
    ck_assert_int_eq(schedule_check(o, &error), BG_E_ARGUMENT);
    ck_assert_msg(strstr(error.text, word) != NULL, "%s", error.text);
}

START_TEST(schedules_that_are_none_are_refused)
{
    bg_train_options plain, o;
    bg_train_defaults(&plain);
    static const double gammas[] = {0, -0.5, 1.5, (double)NAN},
                        rates[] = {-1, (double)INFINITY, (double)NAN};
    for (int s = 0; s < BG_SCHEDULE_COUNT; s++) {
        o = plain;
        o.schedule = (bg_schedule)s;
        ck_assert_int_eq(schedule_check(&o, NULL), BG_OK);
    }
    for (int s = BG_SCHEDULE_STEP; s <= BG_SCHEDULE_EXPONENTIAL; s++)
        for (size_t i = 0; i < sizeof gammas / sizeof *gammas; i++) {
            o = plain;
            o.schedule = (bg_schedule)s;
            o.gamma = gammas[i];
            refuse(&o, "gamma");
        }
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        o = plain;
        o.schedule = BG_SCHEDULE_COSINE;
        o.eta_min = rates[i];
        refuse(&o, "eta_min");
    }
    for (int s = BG_SCHEDULE_STEP; s < BG_SCHEDULE_COUNT; s++) {
        o = plain;
        o.schedule = (bg_schedule)s;
        o.step_size = o.t_max = 0;
        refuse(&o, "at least 1 update");
    }
    o = plain;
    o.schedule = BG_SCHEDULE_COUNT;
    refuse(&o, "unknown schedule");
    for (int optimizer = BG_RPROP; optimizer < BG_OPTIMIZER_COUNT; optimizer++) {
        o = plain;
        o.warmup = 1;
        o.optimizer = (bg_optimizer)optimizer;
        refuse(&o, "no learning rate");
    }
}
END_TEST

RUN_CASE("schedule", 10, a_schedule_without_words_is_constant, a_schedule_has_an_end,
         schedules_that_are_none_are_refused)
