/* What defaults and options depend on: each with its words for the help. */
#ifndef CLI_CONDITIONS_H
#define CLI_CONDITIONS_H

#include "options.h"

extern const condition when_worked_example, when_truth_table, when_small_file, when_classes,
    when_bits, when_cross_entropy, when_softmax_end, when_sigmoid_end,
    when_relu_first, when_silu_first, when_adam, when_adagrad, when_rprop, when_momentum,
    when_adamw, when_rmsprop, when_rooted, when_steps, when_kinked, when_rated, when_descending,
    when_exponential, when_step, when_decaying, when_cosine, when_gd, when_lstsq,
    when_lm, when_lbfgs, when_all_rows, when_least_squares, when_identity_end, when_sigmoid_table;

#endif
