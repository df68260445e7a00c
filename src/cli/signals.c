#include "signals.h"

#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

volatile sig_atomic_t stop_signal;
static bool spares_terminal;

static void receive(int number, siginfo_t *from, void *context)
{
    (void)context;
    if (spares_terminal && number == SIGINT && from->si_code > 0)
        return;
    if (stop_signal)
        _exit(128 + number);
    stop_signal = number;
}

static bool is_ignored(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* What is ignored stays so.  But a script's shell lets every job with an & ignore SIGINT (and
 * SIGQUIT), lest ^C in the terminal, which the kernel sends, end it: a SIGINT that somebody sends
 * to such a job is meant. */
void signals_catch(void)
{
    struct sigaction action = {.sa_sigaction = receive, .sa_flags = SA_RESTART | SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    spares_terminal = is_ignored(SIGINT) && is_ignored(SIGQUIT);
    if (spares_terminal || !is_ignored(SIGINT))
        sigaction(SIGINT, &action, NULL);
    if (!is_ignored(SIGTERM))
        sigaction(SIGTERM, &action, NULL);
}
