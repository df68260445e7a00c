/* A plan cut as somebody asks, from a measurement or by hand. */
#ifndef NET_PLAN_OVERRIDE_H
#define NET_PLAN_OVERRIDE_H

#include "net/plan.h"

/* Rows of a tile and partial gradients, 0: as chosen.  BG_E_ARGUMENT: numbers that the engine
 * cannot work with. */
bg_status plan_override(plan *p, const bg_net *net, size_t rows, size_t tile_rows, size_t slots,
                        bg_error *error);

#endif
