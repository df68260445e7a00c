/* --config FILE: options of a verb from a file. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "options.h"

/* Takes the options that the file of --config says and the command line does not, and puts them
 * into c->argv in the place of --config, so that the line that a model keeps stands for itself.
 * Says what is wrong, with its place; returns an exit code. */
int config_take(command *c);

/* Frees what config_take made. */
void config_close(command *c);

#endif
