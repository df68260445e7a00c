/* svmlight (T. Joachims) and LIBSVM files: on each line a label, then index:value pairs in rising
 * order of index; what is not named is 0; "#" begins a comment. */
#ifndef IO_SVMLIGHT_H
#define IO_SVMLIGHT_H

#include "io/input.h"

bool svmlight_recognise(const input *in);

/* Is there nothing but one number on each line?  It may be another format as well. */
bool svmlight_has_labels_only(const input *in);

/* A dense table: one column an index, named by it, and the label last, the target.  Indexes count
 * from 1; when an index 0 occurs anywhere in the file they count from 0.  Labels that are whole
 * numbers are classes.  qid:N is passed over.  Without any index there is no input, and BG_E_DATA
 * unless the table is for a schema that was learned from svmlight, to which it is rows of zeros. */
bg_status svmlight_read(const input *in, const bg_read_options *options, bg_table **table,
                        bg_error *error);

#endif
