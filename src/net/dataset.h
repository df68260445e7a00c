/* Encoded samples in one precision, packed and row-major. */
#ifndef NET_DATASET_H
#define NET_DATASET_H

#include <math.h>

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

/* values[i] = value, rounded to dtype.  False: not finite there. */
static inline bool dataset_store(void *values, bg_dtype dtype, size_t i, double value)
{
    if (dtype == BG_F64) {
        ((double *)values)[i] = value;
        return isfinite(value);
    }
    ((float *)values)[i] = (float)value;
    return isfinite((float)value);
}

static inline double dataset_load(const void *values, bg_dtype dtype, size_t i)
{
    return dtype == BG_F64 ? ((const double *)values)[i] : (double)((const float *)values)[i];
}

#endif
