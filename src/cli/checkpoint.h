/* The state of a run in a model file, and back. */
#ifndef CLI_CHECKPOINT_H
#define CLI_CHECKPOINT_H

#include "training.h"

/* Writes model, optimizer state and progress to t->checkpoint; says what went wrong. */
int checkpoint_save(training *t);

/* Before the trainer is there: reads the file, refuses another run's, copies the parameters.
 * *from stays NULL when the file does not exist. */
int checkpoint_open(training *t, bg_model **from);

/* After: optimizer state and progress. */
int checkpoint_resume(training *t, const bg_model *from);

/* The command that goes on from the checkpoint, on standard error. */
void checkpoint_say_command(const training *t);

#endif
