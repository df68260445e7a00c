#include "base/limit.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cgroup.h"
#include "base/least.h"
#include "base/number.h"

static size_t machine_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || page <= 0 || (size_t)pages > SIZE_MAX / (size_t)page)
        return SIZE_MAX / 2;
    return (size_t)pages * (size_t)page;
}

/* A number, or "max".  Exact up to 2^53, a double of bytes that no machine has. */
static double limit_of_file(const char *path)
{
    char text[64];
    uint64_t bytes;
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    bool read = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    if (!read || !number_parse_count(text, strcspn(text, "\n"), &bytes))
        return 0;
    return (double)bytes;
}

static size_t group_memory(void)
{
    double v1 = limit_of_file("/sys/fs/cgroup/memory/memory.limit_in_bytes");
    double tightest =
        cgroup_tighter(v1, cgroup_least(CGROUP_SELF, CGROUP_MOUNT, "memory.max", limit_of_file));
    return tightest > 0 && tightest < 0x1p63 ? (size_t)tightest : SIZE_MAX;
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
    return least(machine_memory(), least(group_memory(), address_space()));
}
