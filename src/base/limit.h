/* How much memory this process may hope for. */
#ifndef BASE_LIMIT_H
#define BASE_LIMIT_H

#include <stddef.h>

/* Bytes: the machine's memory, or less where the control group or RLIMIT_AS says so.  Blocks are
 * zeroed when they are made, so asking for more than this would end in a kill instead of a
 * sentence. */
size_t memory_limit(void);

#endif
