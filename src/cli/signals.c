#include "signals.h"

#include <stddef.h>
#include <unistd.h>

volatile sig_atomic_t stop_signal;

static void receive(int number)
{
    if (stop_signal)
        _exit(128 + number);
    stop_signal = number;
}

void signals_catch(void)
{
    struct sigaction action = {.sa_handler = receive, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}
