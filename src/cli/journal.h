/* --log: a line for every epoch. */
#ifndef CLI_JOURNAL_H
#define CLI_JOURNAL_H

#include "training.h"

typedef struct journal journal;

/* Opens the file, or goes on with it when the run does; says what went wrong. */
int journal_open(const char *path, bool go_on, journal **made);

/* The epoch that has just ended.  A failure is kept for journal_close. */
void journal_add(journal *j, const training *t, double seconds);

/* Says when the log could not be written in full; takes NULL. */
int journal_close(journal *j);

#endif
