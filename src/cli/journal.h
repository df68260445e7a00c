/* --log: a line for every epoch. */
#ifndef CLI_JOURNAL_H
#define CLI_JOURNAL_H

#include "training.h"

typedef struct journal journal;

/* Opens --log, after the trainer is there: a run that goes on keeps the lines up to where it is and
 * refuses what is no log of its kind.  Says what went wrong. */
int journal_open(const training *t, journal **made);

/* The epoch that has just ended.  A failure is kept for journal_close. */
void journal_add(journal *j, const training *t, double seconds);

/* Brings all lines to disk, so that a checkpoint written afterwards is never ahead of them; takes
 * NULL. */
void journal_sync(journal *j);

/* Says when the log could not be written in full; takes NULL. */
int journal_close(journal *j);

#endif
