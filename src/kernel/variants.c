#include "kernel/variants.h"

#include <stdlib.h>
#include <string.h>

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
