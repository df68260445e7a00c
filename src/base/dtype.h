/* Values of either precision behind a pointer to void. */
#ifndef BASE_DTYPE_H
#define BASE_DTYPE_H

#include <math.h>

#include "backgemm.h"

static inline size_t dtype_size(bg_dtype dtype)
{
    return dtype == BG_F32 ? sizeof(float) : sizeof(double);
}

static inline double dtype_load(bg_dtype dtype, const void *values, size_t i)
{
    return dtype == BG_F32 ? (double)((const float *)values)[i] : ((const double *)values)[i];
}

/* values[i] = value, rounded to dtype.  False: not finite there. */
static inline bool dtype_store(bg_dtype dtype, void *values, size_t i, double value)
{
    if (dtype == BG_F64) {
        ((double *)values)[i] = value;
        return isfinite(value);
    }
    ((float *)values)[i] = (float)value;
    return isfinite((float)value);
}

#endif
