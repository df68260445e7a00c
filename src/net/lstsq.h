/* Least squares in closed form, as a trainer: one epoch, one step. */
#ifndef NET_LSTSQ_H
#define NET_LSTSQ_H

#include "net/engine.h"

extern const engine engine_lstsq;

#endif
