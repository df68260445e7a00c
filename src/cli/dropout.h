/* --dropout: probabilities of the hidden layers. */
#ifndef CLI_DROPOUT_H
#define CLI_DROPOUT_H

#include "options.h"

int dropout_check(const char *who, const char *text);

/* Is anything dropped? */
bool dropout_given(const command *c);

/* Into the options of a network with so many hidden layers; *each is the caller's, or stays NULL.
 */
int dropout_fill(const command *c, size_t hidden, bg_train_options *options, double **each);

#endif
