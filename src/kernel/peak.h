/* What the multiply-add units can do: the top of every figure of speed. */
#ifndef KERNEL_PEAK_H
#define KERNEL_PEAK_H

#include <stddef.h>

#include "base/real.h"

#define peak_rule REAL_NAME(peak_rule)
#define peak_find REAL_NAME(peak_find)

typedef struct peak_rule {
    double flops; /* of a round: multiplications and additions */
    /* Nothing but multiply-adds on registers.  The value depends on all of them. */
    double (*run)(size_t rounds);
} peak_rule;

const peak_rule *peak_find(void);

#endif
