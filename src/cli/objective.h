/* Do loss, outputs and targets go together? */
#ifndef CLI_OBJECTIVE_H
#define CLI_OBJECTIVE_H

#include "backgemm.h"

/* Says for the verb `who` what does not fit; returns an exit code. */
int objective_check(const char *who, bg_loss loss, bg_activation output, bg_task task,
                    const bg_data *data);

#endif
