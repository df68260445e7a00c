/* Objectives that are sums of squares. */
#ifndef NET_RESIDUALS_H
#define NET_RESIDUALS_H

#include "net/engine.h"

/* E = c sum (a-t)^2 + l2/2 sum W^2 over all rows and outputs; `who` asks.  BG_E_ARGUMENT: the loss
 * is no sum of squares, or rows have weights. */
bg_status residuals_factor(const bg_objective *objective, const bg_data *data, const char *who,
                           double *c, bg_error *error);

/* A trainer for these looks at all rows at once and goes downhill only. */
bg_status residuals_check_run(const bg_trainer *b, const char *who, bg_error *error);

#endif
