/* FANN's training data: a line "rows inputs outputs", then for each row its inputs and its outputs,
 * all between white space (S. Nissen, the Fast Artificial Neural Network library). */
#ifndef IO_FANN_DATA_H
#define IO_FANN_DATA_H

#include "io/input.h"

/* Three counts alone on the first line, and FANN's way of naming files, or else a line of `inputs`
 * words after it and then one of `outputs`. */
bool fann_recognise(const input *in);

/* The targets are the last `outputs` columns. */
bg_status fann_read(const input *in, const bg_read_options *options, bg_table **table,
                    bg_error *error);

#endif
