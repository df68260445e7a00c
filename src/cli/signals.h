/* SIGINT and SIGTERM: the first asks, the second leaves. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <signal.h>

/* The first signal that came, 0 before. */
extern volatile sig_atomic_t stop_signal;

/* From now on the first signal sets stop_signal and the second ends the process at once, but for
 * those that were ignored before. */
void signals_catch(void);

#endif
