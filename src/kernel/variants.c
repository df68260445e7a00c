#include "kernel/variants.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#if defined(__x86_64__)
static int runs_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("fma");
}

static int runs_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif

static int runs_baseline(void)
{
    return 1;
}

enum { BYTES_avx512 = 64, BYTES_avx2 = 32, BYTES_baseline = 16 };

#define VARIANT_ROW(suffix) {#suffix, runs_##suffix, BYTES_##suffix},
static const struct {
    const char *name;
    int (*runs)(void);
    int bytes;
} variants[VARIANT_COUNT] = {VARIANTS(VARIANT_ROW)};

/* The one that the environment asks for, if the processor runs it; else the widest. */
static variant look(void)
{
    const char *asked = getenv("BACKGEMM_KERNELS");
    variant widest = VARIANT_COUNT;
    for (variant v = VARIANT_COUNT; v-- > 0;)
        if (variant_runs(v)) {
            widest = v;
            if (asked && strcmp(asked, variants[v].name) == 0)
                break;
        }
    return widest;
}

variant variant_choose(void)
{
    static int chosen; /* 1 + variant; every thread finds the same */
    int seen = __atomic_load_n(&chosen, __ATOMIC_RELAXED);
    if (!seen) { /* written once: threads that wrote it again and again would wait for each other */
        seen = 1 + (int)look();
        __atomic_store_n(&chosen, seen, __ATOMIC_RELAXED);
    }
    return (variant)(seen - 1);
}

#if defined(__x86_64__)
/* Linux gives the registers of the matrix unit to who asks for them (x86/xstate documentation);
 * no answer, or none of that name, from one before 5.16. */
#define REQUEST_PERMISSION 0x1023 /* ARCH_REQ_XCOMP_PERM */
#define TILE_DATA 18              /* XFEATURE_XTILEDATA */
#define CPUID_AMX_BF16 (1u << 22) /* of leaf 7, EDX (Intel, Software Developer's Manual, CPUID) */
#define CPUID_AMX_TILE (1u << 24)

static bool look_for_amx(void)
{
    unsigned a, b, c, d;
    const char *asked = getenv("BACKGEMM_KERNELS");
    return (!asked || strcmp(asked, "amx") == 0) && runs_avx512() &&
           __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & CPUID_AMX_BF16) &&
           (d & CPUID_AMX_TILE) && syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}
#else
static bool look_for_amx(void)
{
    return false;
}
#endif

int variant_has_amx(void)
{
    static int known; /* 1 + answer */
    int seen = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (!seen) {
        seen = 1 + look_for_amx();
        __atomic_store_n(&known, seen, __ATOMIC_RELAXED);
    }
    return seen - 1;
}

const char *kernels_name(bg_dtype dtype)
{
    return dtype == BG_F32 && variant_has_amx() ? "amx" : variant_name(variant_choose());
}

const char *variant_name(variant v)
{
    return variants[v].name;
}

int variant_runs(variant v)
{
    return variants[v].runs();
}

int variant_bytes(variant v)
{
    return variants[v].bytes;
}
