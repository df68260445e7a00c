/* How every suite runs: one case of tests, each in a process of its own. */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <check.h>
#include <stddef.h>

/* Runs and frees a suite.  The value for main to return. */
static inline int run_to_the_end(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures != 0;
}

/* `timeout` in seconds for each test; open and close, or NULL, run around each.  The value for main
 * to return. */
static inline int run_case(const char *name, const TTest *const *tests, size_t count,
                           double timeout, SFun open, SFun close)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, timeout);
    tcase_add_checked_fixture(tcase, open, close);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return run_to_the_end(suite);
}

/* The tests of a file, in main. */
#define RUN_CASE(name, timeout, ...)                                                               \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        return run_case(name, tests, sizeof tests / sizeof *tests, timeout, NULL, NULL);           \
    }

#endif
