/* Which engine carries out a layer's products under a plan. */
#ifndef NET_PLAN_LAYER_H
#define NET_PLAN_LAYER_H

#include "base/real.h"
#include "net/net.h"
#include "net/plan.h"

#define plan_layer_engine REAL_NAME(plan_layer_engine)

/* Of layer l (from 0) in training. */
bg_engine plan_layer_engine(const bg_net *net, const plan *cut, size_t l);

#endif
