/* Processors that this process may use. */
#include "base/cpu.h"

#include <sched.h>

#include "oracle.h"

#include <float.h>

START_TEST(at_least_one_and_no_more_than_the_affinity_mask)
{
    cpu_set_t set;
    ck_assert_int_eq(sched_getaffinity(0, sizeof set, &set), 0);
    ck_assert_int_ge(cpu_available(), 1);
    ck_assert_int_le(cpu_available(), CPU_COUNT(&set));
    ck_assert_int_eq(bg_threads_available(), cpu_available());
}
END_TEST

START_TEST(a_mask_of_one_processor_leaves_one)
{
    cpu_set_t set, one;
    ck_assert_int_eq(sched_getaffinity(0, sizeof set, &set), 0);
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &set))
            CPU_SET(i, &one);
    ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
    ck_assert_int_eq(cpu_available(), 1);
    ck_assert_int_eq(sched_setaffinity(0, sizeof set, &set), 0);
}
END_TEST

/* A number below the smallest normal one counts as 0 while the mode is set, and lives on after it.
 */
START_TEST(denormals_count_as_zero_until_the_mode_is_put_back)
{
    volatile double tiny = DBL_MIN / 1024, one = 1, product;
    unsigned mode = cpu_kernel_mode();
    product = tiny * one;
    cpu_restore_mode(mode);
    ck_assert_double_eq(product, 0);
    product = tiny * one;
    ck_assert_double_gt(product, 0);
}
END_TEST

RUN_CASE("cpu", 30, at_least_one_and_no_more_than_the_affinity_mask,
         a_mask_of_one_processor_leaves_one, denormals_count_as_zero_until_the_mode_is_put_back)
