/* Learning rates by update. */
#ifndef NET_SCHEDULE_H
#define NET_SCHEDULE_H

#include "backgemm.h"

/* BG_E_ARGUMENT: a schedule that is none, or an optimizer that has no rate to move. */
bg_status schedule_check(const bg_train_options *o, bg_error *error);

#endif
