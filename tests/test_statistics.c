/* The median and its interval: ranks from tables, and how often the interval holds the truth. */
#include <math.h>

#include "backgemm.h"
#include "base/rng.h"
#include "suite.h"

/* Ranks of a 95 % interval of the median as printed for small samples: Conover, table of the sign
 * test, and Hollander and Wolfe, table A.2: the k-th from either end. */
START_TEST(ranks_are_those_of_the_tables)
{
    static const struct {
        size_t n, k;
    } known[] = {{6, 1}, {8, 1}, {9, 2}, {11, 2}, {12, 3}, {15, 4}, {20, 6}, {25, 8}, {30, 10}};
    double values[30];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = known[i].n;
        for (size_t j = 0; j < n; j++)
            values[j] = (double)(j * 7 % n + 1); /* 1..n in another order, 7 and n have no factor */
        if (n % 7 == 0)
            continue;
        bg_interval got = bg_median(n, values);
        ck_assert_double_eq(got.median, ((double)n + 1) / 2);
        ck_assert_double_eq(got.low, (double)known[i].k);
        ck_assert_double_eq(got.high, (double)(n + 1 - known[i].k));
    }
}
END_TEST

START_TEST(few_values_are_their_own_interval)
{
    double three[] = {5, 1, 2}, one[] = {7};
    bg_interval got = bg_median(3, three);
    ck_assert(got.median == 2 && got.low == 1 && got.high == 5);
    got = bg_median(1, one);
    ck_assert(got.median == 7 && got.low == 7 && got.high == 7);
    ck_assert(isnan(bg_median(0, NULL).median));
}
END_TEST

/* 20,000 samples of 15 and of 40 normal values: the interval misses the median, 0, in 5 % at most;
 * 0.0015 is its standard deviation. */
START_TEST(the_interval_holds_the_median_in_19_of_20)
{
    enum { TRIALS = 20000 };
    rng r = rng_seeded(1, 2);
    for (size_t n = 15; n <= 40; n += 25) {
        int held = 0;
        for (int i = 0; i < TRIALS; i++) {
            double values[40];
            for (size_t j = 0; j < n; j++)
                values[j] = rng_normal(&r);
            bg_interval got = bg_median(n, values);
            held += got.low <= 0 && got.high >= 0;
        }
        ck_assert_double_gt((double)held / TRIALS, 0.95 - 3 * 0.0015);
        ck_assert_double_lt((double)held / TRIALS, 0.99);
    }
}
END_TEST

RUN_CASE("statistics", 60, ranks_are_those_of_the_tables, few_values_are_their_own_interval,
         the_interval_holds_the_median_in_19_of_20)
