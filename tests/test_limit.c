#include <check.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/limit.h"
#include "suite.h"

/* The address sanitizer reserves more address space than any limit worth testing. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(ADDRESS_SANITIZER)
#define ADDRESS_SANITIZER 1
#endif
#ifndef ADDRESS_SANITIZER
#define ADDRESS_SANITIZER 0
#endif

START_TEST(is_a_sensible_amount)
{
    ck_assert_uint_gt(memory_limit(), (size_t)1 << 20);
    ck_assert_uint_lt(memory_limit(), (size_t)1 << 60);
}
END_TEST

START_TEST(obeys_the_address_space_limit)
{
    struct rlimit limit = {(rlim_t)3 << 30, RLIM_INFINITY};
    size_t before = memory_limit();
    if (ADDRESS_SANITIZER)
        return;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    size_t expected = before < limit.rlim_cur ? before : (size_t)limit.rlim_cur;
    ck_assert_uint_eq(memory_limit(), expected);
}
END_TEST

RUN_CASE("limit", 60, is_a_sensible_amount, obeys_the_address_space_limit)
