/* Encoded samples in one precision, packed and row-major. */
#ifndef NET_DATASET_H
#define NET_DATASET_H

#include "backgemm.h"

struct bg_data {
    bg_dtype dtype;
    size_t rows, inputs, targets; /* targets 0: data to predict on */
    void *x;                      /* rows x inputs, owned */
    void *t;                      /* rows x targets, owned, NULL when targets is 0 */
};

/* Zeroed storage for rows x inputs and rows x targets; sizes checked. */
bg_status dataset_create(bg_dtype dtype, size_t rows, size_t inputs, size_t targets, bg_data **data,
                         bg_error *error);

#endif
