#include "base/cpu.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "backgemm.h"
#include "base/cgroup.h"

void cpu_mask_of_thread(cpu_mask *mask)
{
    memset(mask, 0, sizeof *mask);
    sched_getaffinity(0, sizeof mask->part, mask->part);
}

int cpu_mask_count(const cpu_mask *mask)
{
    return CPU_COUNT_S(sizeof mask->part, mask->part);
}

void cpu_mask_add(cpu_mask *all, const cpu_mask *mask)
{
    const size_t parts = sizeof mask->part / sizeof *mask->part;
    const size_t words = sizeof mask->part->__bits / sizeof *mask->part->__bits;
    for (size_t p = 0; p < parts; p++)
        for (size_t i = 0; i < words; i++)
            __atomic_fetch_or(&all->part[p].__bits[i], mask->part[p].__bits[i], __ATOMIC_RELAXED);
}

int cpu_affinity(void)
{
    cpu_mask mask;
    cpu_mask_of_thread(&mask);
    int count = cpu_mask_count(&mask);
    /* OMP_PROC_BIND and its like bind this thread alone; OpenMP remembers what there was before. */
    if (omp_get_proc_bind() != omp_proc_bind_false && omp_get_num_procs() > count)
        count = omp_get_num_procs();
    return count < 1 ? 1 : count;
}

/* Processors that `quota` per `period` microseconds pays for; 0: no limit. */
static double quota_share(long long quota, long long period)
{
    return quota > 0 && period > 0 ? (double)quota / (double)period : 0;
}

static long long read_number(const char *path)
{
    long long value = -1;
    FILE *f = fopen(path, "re");
    if (!f)
        return -1;
    if (fscanf(f, "%lld", &value) != 1)
        value = -1;
    fclose(f);
    return value;
}

static double quota_of_file(const char *path)
{
    long long quota = -1, period = -1;
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    if (fscanf(f, "%lld %lld", &quota, &period) != 2)
        quota = -1; /* "max 100000" */
    fclose(f);
    return quota_share(quota, period);
}

double cpu_quota(void)
{
    double v1 = quota_share(read_number("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
                            read_number("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
    return cgroup_tighter(v1, cgroup_least(CGROUP_SELF, CGROUP_MOUNT, "cpu.max", quota_of_file));
}

int cpu_available(void)
{
    int count = cpu_affinity();
    double quota = cpu_quota();
    if (quota > 0 && quota < count)
        count = (int)ceil(quota);
    return count < 1 ? 1 : count;
}

int bg_threads_available(void)
{
    return cpu_available();
}

#if defined(__x86_64__)
/* MXCSR: every exception masked, rounding to nearest; results flushed to zero, operands taken as
 * zero. */
#define KERNEL_MODE (0x1f80u | 0x8040u)

unsigned cpu_kernel_mode(void)
{
    unsigned mode = _mm_getcsr();
    _mm_setcsr(KERNEL_MODE);
    return mode;
}

void cpu_restore_mode(unsigned mode)
{
    _mm_setcsr(mode);
}
#elif defined(__aarch64__)
/* FPCR: no traps, rounding to nearest, and the bit FZ. */
#define KERNEL_MODE (1ul << 24)

unsigned cpu_kernel_mode(void)
{
    unsigned long mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"(KERNEL_MODE));
    return (unsigned)mode;
}

void cpu_restore_mode(unsigned mode)
{
    __asm__ volatile("msr fpcr, %0" : : "r"((unsigned long)mode));
}
#else
unsigned cpu_kernel_mode(void)
{
    return 0;
}

void cpu_restore_mode(unsigned mode)
{
    (void)mode;
}
#endif
