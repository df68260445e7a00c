/* What the system says of its processor. */
#ifndef BASE_HARDWARE_H
#define BASE_HARDWARE_H

#include <stddef.h>

/* The processor's name into `name` (size bytes, NUL-terminated), "" where the system does not
 * tell. */
void hardware_cpu_name(char *name, size_t size);

/* Bytes of the data or unified cache of a level 1..3 of the first processor; 0: unknown. */
size_t hardware_cache(int level);

/* Processors that are switched on, at least 1. */
int hardware_processors(void);

/* Threads of this process beside the caller that run or wait for a processor, as against those that
 * sleep: what other programs do makes no difference.  0 where /proc does not tell. */
int hardware_running_threads(void);

#endif
