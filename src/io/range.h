/* The rows that --rows keeps. */
#ifndef IO_RANGE_H
#define IO_RANGE_H

#include "backgemm.h"

typedef struct row_range {
    size_t first, count; /* from 0; count >= 1 */
} row_range;

/* Rows of `total` that the options keep.  BG_E_ARGUMENT: no such rows; BG_E_DATA: total is 0. */
bg_status range_keep(const char *name, const bg_read_options *options, size_t total,
                     row_range *keep, bg_error *error);

#endif
