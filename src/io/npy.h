/* NPY, NumPy's file of one array, versions 1 to 3 (NumPy Enhancement Proposal 1): a magic, the
 * length of a header, the header as a Python dictionary, the elements. */
#ifndef IO_NPY_H
#define IO_NPY_H

#include "io/element.h"
#include "io/input.h"

enum { NPY_MOST_AXES = 64 };

/* An array of numbers in a file. */
typedef struct npy_array {
    const char *name;           /* of the file, for sentences; borrowed */
    const unsigned char *bytes; /* `elements` of them in the file's order, borrowed */
    const element_type *type;
    bool big_endian, fortran; /* fortran: the first axis runs fastest, not the last */
    size_t axes, axis[NPY_MOST_AXES];
    size_t elements; /* product of the axes, 1 without any */
} npy_array;

bool npy_recognise(const input *in);

/* Sizes and type are checked: all elements are there, and nothing follows them. */
bg_status npy_open(const input *in, npy_array *array, bg_error *error);

/* Elements first..first+count-1 as counted in C order, the last axis fastest; values that are not
 * finite come through. */
void npy_values(const npy_array *array, size_t first, size_t count, double *values);

/* The first axis is the rows, the others together the columns in C order. */
bg_status npy_read(const input *in, const bg_read_options *options, bg_table **table,
                   bg_error *error);

#endif
