#include "kernel/instructions.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>
#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#if defined(__x86_64__)
static int has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}

static int has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static int has_avx(void)
{
    return __builtin_cpu_supports("avx");
}
#elif defined(__aarch64__)
static int has_sve(void)
{
    return (getauxval(AT_HWCAP) & HWCAP_SVE) != 0;
}
#endif

static int has_it(void)
{
    return 1;
}

/* From the widest to the one that every machine of the family has. */
static const struct {
    instructions set;
    int (*has)(void);
} sets[] = {
#if defined(__x86_64__)
    {{"avx512", 3}, has_avx512},
    {{"avx2", 2}, has_avx2},
    {{"avx", 1}, has_avx},
    {{"sse2", 0}, has_it},
#elif defined(__aarch64__)
    {{"sve", 1}, has_sve},
    {{"neon", 0}, has_it},
#else
    {{"baseline", 0}, has_it},
#endif
};

/* Core names as openblas_get_corename gives them (OpenBLAS, driver/others/dynamic.c and
 * dynamic_arm64.c), and what their GEMM kernels are written for. */
static const struct {
    const char *core, *set;
} cores[] = {
    {"SkylakeX", "avx512"}, {"Cooperlake", "avx512"}, {"Sapphirerapids", "avx512"},
    {"Haswell", "avx2"},    {"Zen", "avx2"},          {"Sandybridge", "avx"},
    {"Bulldozer", "avx"},   {"Piledriver", "avx"},    {"Steamroller", "avx"},
    {"Excavator", "avx"},   {"Nehalem", "sse2"},      {"Dunnington", "sse2"},
    {"Penryn", "sse2"},     {"Core2", "sse2"},        {"Prescott", "sse2"},
    {"Atom", "sse2"},       {"Nano", "sse2"},         {"Barcelona", "sse2"},
    {"Bobcat", "sse2"},     {"Opteron", "sse2"},      {"Opteron_SSE3", "sse2"},
    {"Athlon", "sse2"},     {"Katmai", "sse2"},       {"Coppermine", "sse2"},
    {"Northwood", "sse2"},  {"Banias", "sse2"},       {"neoversev1", "sve"},
    {"neoversen2", "sve"},  {"armv8sve", "sve"},      {"a64fx", "sve"},
    {"armv8", "neon"},      {"cortexa53", "neon"},    {"cortexa57", "neon"},
    {"cortexa72", "neon"},  {"cortexa73", "neon"},    {"neoversen1", "neon"},
    {"thunderx", "neon"},   {"thunderx2t99", "neon"}, {"emag8180", "neon"},
};

const instructions *instructions_widest(void)
{
    size_t i = 0;
    while (!sets[i].has())
        i++;
    return &sets[i].set;
}

const instructions *instructions_of_core(const char *core)
{
    const char *set = NULL;
    for (size_t i = 0; i < sizeof cores / sizeof *cores; i++)
        if (strcasecmp(core, cores[i].core) == 0)
            set = cores[i].set;
    for (size_t i = 0; set && i < sizeof sets / sizeof *sets; i++)
        if (strcmp(set, sets[i].set.name) == 0)
            return &sets[i].set;
    return NULL;
}
