/* Limits of the control groups (version 2) that this process is in. */
#ifndef BASE_CGROUP_H
#define BASE_CGROUP_H

#define CGROUP_SELF "/proc/self/cgroup"
#define CGROUP_MOUNT "/sys/fs/cgroup"

/* The least that limit_of finds in the file `name` of the process's group and of every group around
 * it up to the mount, 0 where none of them limits; limit_of: of the file at a path, 0: there is
 * none.  self, mount: as above. */
double cgroup_least(const char *self, const char *mount, const char *name,
                    double (*limit_of)(const char *path));

/* The smaller of two limits, of which 0 is none. */
double cgroup_tighter(double a, double b);

#endif
