/* Clocks go on, and a sleep takes time but no processor time. */
#include "base/clock.h"
#include "suite.h"

static void sleep_for(long nanoseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = nanoseconds}, NULL);
}

START_TEST(a_sleep_passes_on_the_monotonic_clock)
{
    double start = clock_seconds(CLOCK_MONOTONIC);
    sleep_for(20000000);
    ck_assert_double_ge(clock_seconds(CLOCK_MONOTONIC) - start, 0.02 - 1e-6);
}
END_TEST

START_TEST(processor_time_grows_with_work)
{
    double start = clock_seconds(CLOCK_THREAD_CPUTIME_ID);
    volatile double sum = 0;
    for (int i = 0; i < 1000000; i++)
        sum += i;
    ck_assert_double_gt(sum, 0);
    ck_assert_double_gt(clock_seconds(CLOCK_THREAD_CPUTIME_ID), start);
    ck_assert_double_ge(clock_seconds(CLOCK_PROCESS_CPUTIME_ID), start);
}
END_TEST

RUN_CASE("clock", 10, a_sleep_passes_on_the_monotonic_clock, processor_time_grows_with_work)
