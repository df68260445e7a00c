/* NPY, NumPy's file of one array, versions 1 to 3 (NumPy Enhancement Proposal 1): a magic, the
 * length of a header, the header as a Python dictionary, the elements. */
#ifndef IO_NPY_H
#define IO_NPY_H

#include "io/input.h"

bool npy_recognise(const input *in);

/* The first axis is the rows, the others together the columns in C order. */
bg_status npy_read(const input *in, const bg_read_options *options, bg_table **table,
                   bg_error *error);

#endif
