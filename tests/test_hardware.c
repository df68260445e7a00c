/* Threads that sleep and threads that do not. */
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "base/hardware.h"
#include "suite.h"

static int done;

static void *spin(void *unused)
{
    while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE))
        ;
    return unused;
}

static void *rest(void *unused)
{
    while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return unused;
}

START_TEST(a_thread_that_spins_is_awake_whatever_the_load)
{
    pthread_t thread;
    done = 0;
    ck_assert_int_eq(hardware_running_threads(), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, spin, NULL), 0);
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(hardware_running_threads(), 1);
    __atomic_store_n(&done, 1, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
}
END_TEST

START_TEST(a_thread_that_sleeps_is_seen_asleep)
{
    pthread_t thread;
    bool asleep = false;
    done = 0;
    ck_assert_int_eq(pthread_create(&thread, NULL, rest, NULL), 0);
    for (int i = 0; i < 1000 && !asleep; i++)
        asleep = hardware_running_threads() == 0;
    ck_assert(asleep);
    __atomic_store_n(&done, 1, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
}
END_TEST

START_TEST(there_is_a_processor)
{
    ck_assert_int_ge(hardware_processors(), 1);
}
END_TEST

RUN_CASE("hardware", 20, a_thread_that_spins_is_awake_whatever_the_load,
         a_thread_that_sleeps_is_seen_asleep, there_is_a_processor)
