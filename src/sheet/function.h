/* Activations and losses on dual numbers. */
#ifndef SHEET_FUNCTION_H
#define SHEET_FUNCTION_H

#include <stdbool.h>

#include "sheet/dual.h"
#include "backgemm.h"

/* f(z) of one unit, for every activation but softmax. */
dual function_apply(bg_activation f, dual z);

/* f' jumps at 0. */
bool function_has_kink(bg_activation f);

/* Pairs of loss and output activation in which the loss is written in z, so that no logarithm of a
 * rounded 0 is taken. */
bool function_from_z(bg_loss loss, bg_activation output);

/* One output's share of a row's loss: of `outputs`, with target t.  x is a, or z where the pair is
 * written in z; softmax_ce under softmax has no such shares. */
dual function_loss(bg_loss loss, bg_activation output, dual x, quad t, size_t outputs);

#endif
