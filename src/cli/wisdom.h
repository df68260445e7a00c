/* --measure and --wisdom: a cut that was timed instead of estimated. */
#ifndef CLI_WISDOM_H
#define CLI_WISDOM_H

#include "options.h"

/* Puts the cut into options->tile_rows and slots as --measure and --wisdom ask: from the file, or
 * timed and then kept there.  *tuning: what is known of it, zeroed when the plan's estimate stays
 * unasked.  A file that cannot be used is told of and does not stop the run.  Says what else goes
 * wrong. */
int wisdom_ask(const command *c, const bg_net_spec *spec, uint64_t rows,
               bg_train_options *options, bg_tuning *tuning);

/* The cut that the notes of a checkpoint name; where it does not suit this machine, the plan's, and
 * says so. */
void wisdom_go_on(const bg_net_spec *spec, uint64_t rows, const bg_model *from,
                  bg_train_options *options);

#endif
