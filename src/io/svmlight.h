/* svmlight (T. Joachims) and LIBSVM files: on each line a label, then index:value pairs in rising
 * order of index; what is not named is 0; "#" begins a comment. */
#ifndef IO_SVMLIGHT_H
#define IO_SVMLIGHT_H

#include "io/input.h"

bool svmlight_recognise(const input *in);

/* A dense table: one column an index, named by it, and the label last, the target.  Indexes count
 * from 1; when an index 0 occurs anywhere in the file they count from 0.  Labels that are whole
 * numbers are classes.  qid:N is passed over. */
bg_status svmlight_read(const input *in, const bg_read_options *options, bg_table **table,
                        bg_error *error);

#endif
