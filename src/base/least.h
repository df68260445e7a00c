/* Arithmetic of counts. */
#ifndef BASE_LEAST_H
#define BASE_LEAST_H

#include <stddef.h>

static inline size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* a / b, rounded up. */
static inline size_t divide_up(size_t a, size_t b)
{
    return a / b + (a % b != 0);
}

#endif
