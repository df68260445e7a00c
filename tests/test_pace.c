/* With the team or alone: what is faster stays, and is tried again. */
#include <check.h>

#include "net/pace.h"
#include "suite.h"

/* Steps at these seconds each; returns how many of them were done alone. */
static unsigned run(pace *p, double *now, unsigned steps, double together, double alone)
{
    unsigned count = 0;
    for (unsigned i = 0; i < steps; i++) {
        count += !p->together;
        *now += p->together ? together : alone;
        pace_step(p, *now);
    }
    return count;
}

enum { BOTH = 2 * PACE_STEPS, MANY = 100000 };

START_TEST(what_is_faster_stays)
{
    double now = 5;
    pace p = {0}, q = {0};
    pace_begin(&p, now);
    pace_begin(&q, now);
    ck_assert_uint_eq(run(&p, &now, BOTH, 1e-5, 2e-5), PACE_STEPS);
    ck_assert(p.together);
    unsigned alone = run(&p, &now, MANY, 1e-5, 2e-5);
    ck_assert_uint_gt(alone, 0);
    ck_assert_uint_le(alone, MANY / 100);
    now = 5;
    run(&q, &now, BOTH, 2e-5, 1e-5);
    ck_assert(!q.together);
    ck_assert_uint_ge(run(&q, &now, MANY, 2e-5, 1e-5), MANY - MANY / 100);
}
END_TEST

START_TEST(a_change_is_noticed)
{
    double now = 0;
    pace p = {0};
    pace_begin(&p, now);
    run(&p, &now, MANY, 1e-5, 2e-5);
    ck_assert_uint_ge(run(&p, &now, MANY, 3e-5, 2e-5), MANY - 3 * MANY / 100);
    ck_assert(!p.together);
    /* A trial rests for a hundred times its own seconds. */
    ck_assert_uint_le(run(&p, &now, MANY, 1e-5, 2e-5), 3 * MANY / 100);
    ck_assert(p.together);
}
END_TEST

/* Where threads wait for other programs, with and without one: a trial ends with its first few
 * steps, and there are few. */
START_TEST(a_busy_machine_costs_little)
{
    double now = 0;
    pace p = {0};
    pace_begin(&p, now);
    run(&p, &now, BOTH, 4e-3, 2e-5);
    double began = now;
    ck_assert_uint_ge(run(&p, &now, MANY, 4e-3, 2e-5), MANY - 30);
    ck_assert_double_le(now - began, 1.06 * MANY * 2e-5);
    run(&p, &now, MANY, 1e-5, 2e-5);
    ck_assert(p.together);
    began = now;
    run(&p, &now, MANY, 4e-3, 2e-5);
    ck_assert_double_le(now - began, 1.1 * MANY * 2e-5);
}
END_TEST

/* Of 16 steps a few that somebody else held up do not count. */
START_TEST(a_disturbance_is_not_a_change)
{
    double now = 0;
    pace p = {0};
    pace_begin(&p, now);
    for (int i = 0; i < BOTH; i++) {
        now += (p.together ? 1e-5 : 2e-5) + (i % 5 == 0 ? 4e-3 : 0);
        pace_step(&p, now);
    }
    ck_assert(p.together);
    ck_assert(!p.other);
}
END_TEST

/* What passes between two runs is no step. */
START_TEST(time_between_runs_does_not_count)
{
    double now = 0;
    pace p = {0};
    for (int i = 0; i < BOTH; i++) {
        now += 10;
        pace_begin(&p, now);
        now += p.together ? 1e-5 : 2e-5;
        pace_step(&p, now);
    }
    ck_assert(p.together);
    ck_assert_double_gt(p.next, now);
}
END_TEST

RUN_CASE("pace", 10, what_is_faster_stays, a_change_is_noticed, a_busy_machine_costs_little,
         a_disturbance_is_not_a_change, time_between_runs_does_not_count)
