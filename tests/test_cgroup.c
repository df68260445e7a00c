/* The least limit of a chain of control groups, in folders of our own. */
#include "base/cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "samples.h"

static const char *mount;

static void put(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", mount, name);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

static void make_folder(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", mount, name);
    ck_assert_int_eq(mkdir(path, 0700), 0);
}

static double limit_of(const char *path)
{
    double value = 0;
    FILE *f = fopen(path, "r");
    if (!f || fscanf(f, "%lf", &value) != 1)
        value = 0;
    if (f)
        fclose(f);
    return value;
}

static double least_of(const char *self)
{
    char path[256];
    put("self", self);
    snprintf(path, sizeof path, "%s/self", mount);
    return cgroup_least(path, mount, "limit", limit_of);
}

START_TEST(the_least_of_all_groups_around)
{
    mount = sample_folder();
    make_folder("a");
    make_folder("a/b");
    make_folder("a/b/c");
    ck_assert(least_of("0::/a/b/c\n") == 0);
    put("a/b/c/limit", "max");
    ck_assert(least_of("0::/a/b/c\n") == 0);
    put("a/limit", "70");
    ck_assert(least_of("0::/a/b/c\n") == 70);
    put("a/b/c/limit", "90");
    ck_assert(least_of("0::/a/b/c\n") == 70);
    put("a/b/limit", "50");
    ck_assert(least_of("0::/a/b/c\n") == 50);
    ck_assert(least_of("1:cpu:/a/b\n0::/a\n") == 70);
    ck_assert(least_of("1:cpu:/a/b\n") == 0);
    ck_assert(least_of("0::/\n") == 0);
    put("limit", "40");
    ck_assert(least_of("0::/\n") == 40);
    ck_assert(least_of("0::/a/b/c\n") == 40);
    ck_assert(cgroup_least("/nowhere", mount, "limit", limit_of) == 40);
    ck_assert(cgroup_least("/nowhere", "/nowhere", "limit", limit_of) == 0);
    sample_folder_remove(mount);
}
END_TEST

RUN_CASE("cgroup", 30, the_least_of_all_groups_around)
