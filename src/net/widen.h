/* Copies in double of what may be float. */
#ifndef NET_WIDEN_H
#define NET_WIDEN_H

#include "backgemm.h"

bg_status widen_net(const bg_net *net, bg_net **wide, bg_error *error);
bg_status widen_data(const bg_data *data, bg_data **wide, bg_error *error);

#endif
