/* What is minimised. */
#ifndef CLI_OBJECTIVE_H
#define CLI_OBJECTIVE_H

#include "options.h"
#include "text.h"

/* That of the options, after options_default. */
bg_objective objective_chosen(const command *c);

/* "mse, mean over the rows, l2 0.1" */
void objective_add(text *out, const bg_objective *objective);

/* Do loss, outputs and targets go together?  Says for the verb `who` what does not; returns an exit
 * code. */
int objective_check(const char *who, bg_loss loss, bg_activation output, bg_task task,
                    const bg_data *data);

#endif
