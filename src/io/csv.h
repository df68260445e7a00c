/* Tables in text: values between commas, tabs, semicolons or spaces (RFC 4180 for the first). */
#ifndef IO_CSV_H
#define IO_CSV_H

#include "io/input.h"

/* A column is text when its first cell in the rows kept that is not missing is text.  With
 * options->classify target columns are text.  The target is the last column, by default. */
bg_status csv_read(const input *in, const bg_read_options *options, bg_table **table,
                   bg_error *error);

#endif
