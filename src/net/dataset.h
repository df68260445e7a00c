/* Encoded samples in one precision, packed and row-major. */
#ifndef NET_DATASET_H
#define NET_DATASET_H

#include "base/dtype.h"

struct bg_data {
    bg_dtype dtype;
    size_t rows, inputs, targets; /* targets 0: data to predict on */
    void *x;                      /* rows x inputs, owned */
    void *t;                      /* rows x targets, owned, NULL when targets is 0 */
    void *w;                      /* weight of each row, their mean 1; owned, NULL: all 1 */
    double mean_weight;           /* as given; looked at where w is there */
};

/* Zeroed storage for rows x inputs and rows x targets; sizes checked. */
bg_status dataset_create(bg_dtype dtype, size_t rows, size_t inputs, size_t targets, bg_data **data,
                         bg_error *error);

/* BG_E_ARGUMENT: the rows have weights, and `who` has no use for them. */
bg_status dataset_refuse_weights(const bg_data *data, const char *who, bg_error *error);

/* Copies the weights of rows row[0], row[1], ... (NULL: all, in order). */
bg_status dataset_copy_weights(const bg_data *from, const size_t *row, bg_data *to,
                               bg_error *error);

#endif
