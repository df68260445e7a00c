/* What the machine is said to be against what the system says elsewhere. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backgemm.h"
#include "base/cpu.h"
#include "base/hardware.h"
#include "kernel/instructions.h"
#include "suite.h"

START_TEST(describes_this_machine)
{
    bg_machine m;
    ck_assert_int_eq(bg_machine_describe(&m, NULL), BG_OK);
    ck_assert_int_ge(m.processors, m.affinity);
    ck_assert_int_ge(m.affinity, m.threads);
    ck_assert_int_eq(m.threads, bg_threads_available());
    ck_assert_int_ge(m.team, 1);
    ck_assert_int_ge(m.team_processors, 1);
    ck_assert_ptr_eq(strstr(m.blas_config, m.blas), m.blas_config);
    ck_assert_ptr_nonnull(strstr(m.blas, "OpenBLAS "));
    ck_assert(strcmp(m.blas_threading, "serial") == 0 ||
              (strcmp(m.blas_threading, "openmp") == 0) ==
                  (strstr(m.blas_config, "USE_OPENMP") != NULL));
    ck_assert_uint_gt(strlen(m.blas_core), 0);
    ck_assert_uint_gt(m.memory, (size_t)1 << 20);
}
END_TEST

/* The sizes that the C library knows too, where it knows them. */
START_TEST(caches_are_those_of_sysconf)
{
    static const struct {
        int level, name;
    } caches[] = {{1, _SC_LEVEL1_DCACHE_SIZE}, {2, _SC_LEVEL2_CACHE_SIZE}};
    for (size_t i = 0; i < sizeof caches / sizeof *caches; i++) {
        long known = sysconf(caches[i].name);
        size_t found = hardware_cache(caches[i].level);
        ck_assert(known <= 0 || !found || found == (size_t)known);
    }
    ck_assert_uint_eq(hardware_cache(9), 0);
}
END_TEST

START_TEST(environment_and_locale_are_told)
{
    bg_machine m;
    setenv("OPENBLAS_L2_SIZE", "512", 1);
    unsetenv("OPENBLAS_CORETYPE");
    setenv("LC_ALL", "xx_YY.nowhere", 1);
    ck_assert_int_eq(bg_machine_describe(&m, NULL), BG_OK);
    ck_assert_str_eq(m.l2_size, "512");
    ck_assert_ptr_null(m.coretype);
    ck_assert_str_eq(m.locale, "xx_YY.nowhere");
    ck_assert(!m.locale_exists);
    setenv("LC_ALL", "C", 1);
    ck_assert_int_eq(bg_machine_describe(&m, NULL), BG_OK);
    ck_assert(m.locale_exists);
    ck_assert_str_eq(m.decimal_point, ".");
}
END_TEST

START_TEST(a_name_that_does_not_fit_is_cut)
{
    char all[96], cut[4];
    hardware_cpu_name(all, sizeof all);
    hardware_cpu_name(cut, sizeof cut);
    ck_assert_uint_lt(strlen(cut), sizeof cut);
    ck_assert_int_eq(strncmp(all, cut, strlen(cut)), 0);
}
END_TEST

START_TEST(cores_have_the_instructions_they_are_written_for)
{
#if defined(__x86_64__)
    const instructions *narrow = instructions_of_core("Nehalem");
    const instructions *middle = instructions_of_core("Haswell");
    const instructions *wide = instructions_of_core("SkylakeX");
    ck_assert_int_lt(narrow->rank, middle->rank);
    ck_assert_int_lt(middle->rank, wide->rank);
    ck_assert_int_eq(__builtin_cpu_supports("avx2") != 0,
                     instructions_widest()->rank >= middle->rank);
#endif
    ck_assert_ptr_null(instructions_of_core("no such core"));
    ck_assert_int_ge(instructions_widest()->rank, 0);
}
END_TEST

/* No statement about speed, but a processor that cannot do a million a second is none. */
START_TEST(peaks_are_finite_and_positive)
{
    double gflops;
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++)
        for (int threads = 0; threads <= 3; threads++) {
            ck_assert_int_eq(bg_measure_peak((bg_dtype)dtype, threads, 0.002, &gflops, NULL),
                             BG_OK);
            ck_assert(isfinite(gflops) && gflops > 1e-3 && gflops < 1e7);
        }
}
END_TEST

START_TEST(a_peak_of_nonsense_is_refused)
{
    double gflops = 5;
    bg_error error;
    ck_assert_int_eq(bg_measure_peak((bg_dtype)7, 1, 0.01, &gflops, &error), BG_E_ARGUMENT);
    ck_assert_int_eq(bg_measure_peak(BG_F32, -1, 0.01, &gflops, &error), BG_E_ARGUMENT);
    ck_assert_int_eq(bg_measure_peak(BG_F32, 1, 0, &gflops, &error), BG_E_ARGUMENT);
    ck_assert_int_eq(bg_measure_peak(BG_F32, 1, (double)NAN, &gflops, &error), BG_E_ARGUMENT);
    ck_assert_int_eq(bg_measure_peak(BG_F32, 1, 61, &gflops, &error), BG_E_ARGUMENT);
    ck_assert(gflops == 5);
}
END_TEST

RUN_CASE("machine", 60, describes_this_machine, caches_are_those_of_sysconf,
         environment_and_locale_are_told, a_name_that_does_not_fit_is_cut,
         cores_have_the_instructions_they_are_written_for, peaks_are_finite_and_positive,
         a_peak_of_nonsense_is_refused)
