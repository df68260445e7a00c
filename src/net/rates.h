/* The numbers that an optimizer's rule works with, from update to update. */
#ifndef NET_RATES_H
#define NET_RATES_H

#include "kernel/optimizer.h"

#define rates_start REAL_NAME(rates_start)
#define rates_move REAL_NAME(rates_move)

/* Those of a learning rate that never moves. */
void rates_start(const bg_train_options *options, optimizer_rates *rates);

/* Makes them those of an update, which count from 0, for the options' own rule: they depend on
 * nothing else. */
void rates_move(const bg_train_options *options, const optimizer_rule *rule, uint64_t update,
                optimizer_rates *rates);

#endif
