/* IDX, the format of the MNIST files (Y. LeCun, C. Cortes, C. Burges, "The MNIST database"): two
 * zero bytes, a type, the rank, the sizes as 32-bit numbers, the elements; all big-endian. */
#ifndef IO_IDX_H
#define IO_IDX_H

#include "io/input.h"

bool idx_recognise(const input *in);

/* The first size is the rows, the others together the columns.  A list (rank 1) is a target:
 * classes when its elements are bytes; files of higher rank have no targets, and bytes in them are
 * pixels. */
bg_status idx_read(const input *in, const bg_read_options *options, bg_table **table,
                   bg_error *error);

#endif
