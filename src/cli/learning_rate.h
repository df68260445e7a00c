/* --lr auto */
#ifndef CLI_LEARNING_RATE_H
#define CLI_LEARNING_RATE_H

#include "training.h"

/* Where --lr is auto: t->options.lr from the curvature at the start weights, or what the checkpoint
 * `from` (NULL: none) was trained with.  Says the value, or what is wrong. */
int learning_rate_choose(training *t, const bg_model *from);

#endif
