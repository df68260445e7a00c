/* Time for people and measurements. */
#ifndef CLI_CLOCK_H
#define CLI_CLOCK_H

/* Seconds of a clock that nobody sets. */
double seconds_now(void);

#endif
