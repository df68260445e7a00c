/* Clocks in seconds. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <time.h>

/* CLOCK_MONOTONIC: time that passes; CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID: processor
 * time. */
double clock_seconds(clockid_t clock);

#endif
