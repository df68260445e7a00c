/* Binary numbers of all types, as IDX and NPY files hold them. */
#ifndef IO_ELEMENT_H
#define IO_ELEMENT_H

#include "io/range.h"
#include "net/table.h"

typedef struct element_type {
    char kind; /* b boolean, u unsigned, i signed, f floating point */
    size_t size;
    bg_dtype dtype;                  /* holds every value as it is (64-bit integers: rounded) */
    double (*decode)(uint64_t bits); /* of one element */
} element_type;

/* NULL: there is no such type. */
const element_type *element_find(char kind, size_t size);

/* The number that stands at `bytes`. */
double element_value(const element_type *type, const unsigned char *bytes, bool big_endian);

/* Where the number of (row, column) stands: element row x row_stride + offset[column]. */
typedef struct element_block {
    const unsigned char *bytes; /* borrowed */
    const element_type *type;
    bool big_endian;
    size_t row_stride;    /* in elements */
    const size_t *offset; /* one a column, borrowed; NULL: the column's own number */
} element_block;

/* Fills a table of keep.count rows.  Numbers that are not finite become faults of their columns. */
bg_status element_fill(const element_block *block, row_range keep, bg_table *table,
                       bg_error *error);

#endif
