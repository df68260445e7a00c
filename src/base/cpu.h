/* What this process may use of the machine. */
#ifndef BASE_CPU_H
#define BASE_CPU_H

#include <sched.h>

/* Room for 8,192 processors, as many as Linux is built for: a call with less fails where there are
 * more than it has room for. */
typedef struct cpu_mask {
    cpu_set_t part[8];
} cpu_mask;

/* Where the calling thread may run; empty: not known. */
void cpu_mask_of_thread(cpu_mask *mask);
int cpu_mask_count(const cpu_mask *mask);
/* `all` gets those of `mask` too; threads may do so at once. */
void cpu_mask_add(cpu_mask *all, const cpu_mask *mask);

/* Processors in the affinity mask that this process started with, at least 1. */
int cpu_affinity(void);

/* Processors that the cgroup's quota pays for (v2 cpu.max, v1 cpu.cfs_*), 0: no quota. */
double cpu_quota(void);

/* The mask, cut down to the quota rounded up, at least 1. */
int cpu_available(void);

/* From here on this thread rounds to nearest and traps nothing, whatever mode the caller is in, or
 * else threads would differ; and it counts numbers below the smallest normal one as 0: they would
 * cost a hundred times as much (squares of small gradients are full of them) and say nothing.
 * Returns the mode to put back. */
unsigned cpu_kernel_mode(void);
void cpu_restore_mode(unsigned mode);

#endif
