/* Hidden layers that are thinned in training. */
#ifndef NET_DROPOUT_H
#define NET_DROPOUT_H

#include "net/plan.h"

/* P of hidden layer l, from 0. */
double dropout_of(const bg_train_options *options, size_t l);

/* Is anything dropped in a network of so many layers? */
bool dropout_any(const bg_train_options *options, size_t layers);

/* BG_E_ARGUMENT: no probability, no hidden layer to drop from, an optimizer that compares losses.
 */
bg_status dropout_check(const bg_train_options *options, size_t layers, bg_error *error);

/* The plan of training; the narrow engine drops nothing, so tiles do where something is. */
plan dropout_plan(const bg_net *net, const bg_train_options *options, size_t rows);

/* What all masks of update number `step`, from 0, are drawn from. */
uint64_t dropout_key(const bg_train_options *options, uint64_t step);

#endif
