/* What this process may use of the machine. */
#ifndef BASE_CPU_H
#define BASE_CPU_H

/* Processors in the affinity mask, cut down to the cgroup's quota (v2 cpu.max, v1 cpu.cfs_*), at
 * least 1. */
int cpu_available(void);

#endif
