#include "base/limit.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/number.h"

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t machine_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || page <= 0 || (size_t)pages > SIZE_MAX / (size_t)page)
        return SIZE_MAX / 2;
    return (size_t)pages * (size_t)page;
}

/* Control groups, version 2: a number, or "max". */
static size_t group_memory(void)
{
    char text[64];
    uint64_t bytes;
    FILE *file = fopen("/sys/fs/cgroup/memory.max", "r");
    if (!file)
        return SIZE_MAX;
    bool read = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    if (!read || !number_parse_count(text, strcspn(text, "\n"), &bytes))
        return SIZE_MAX;
    return (size_t)bytes;
}

static size_t address_space(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    return (size_t)limit.rlim_cur;
}

size_t memory_limit(void)
{
    return smaller(machine_memory(), smaller(group_memory(), address_space()));
}
