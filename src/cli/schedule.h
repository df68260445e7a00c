/* --schedule and its numbers: epochs on the command line, updates in the library. */
#ifndef CLI_SCHEDULE_H
#define CLI_SCHEDULE_H

#include "training.h"

/* Updates an epoch. */
uint64_t schedule_epoch(const training *t);

/* The schedule of the options, once rows and batch are known. */
void schedule_fill(training *t);

#define SCHEDULE_WORDS 160

/* "cosine to 0 in 1400 updates, after 200 updates of warm-up" */
void schedule_describe(const bg_train_options *options, char words[SCHEDULE_WORDS]);

#endif
