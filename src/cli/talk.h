/* Words to the user on standard error, and the exit codes that go with them. */
#ifndef CLI_TALK_H
#define CLI_TALK_H

#include "backgemm.h"

/* What a script may rely on; 128 + signal number where a signal stopped the run. */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_DATA = 3,
    EXIT_DIVERGED = 4,
    EXIT_CHECK = 5,
    EXIT_IO = 7
};

/* "backgemm: sentence" and a newline; returns `code`, so that a failure is one statement. */
int complain(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "backgemm VERB: sentence"; returns EXIT_USAGE. */
int misuse(const char *who, const char *format, ...) __attribute__((format(printf, 2, 3)));
int complain_error(const bg_error *error); /* the library's sentence and the code of its status */
int complain_memory(const char *what);

/* The same line without the name of the program, for what is no failure. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

int exit_code_of(bg_status status);

#endif
