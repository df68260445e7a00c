/* Which units of a row are dropped, and the others scaled: inverted dropout (Srivastava et al.
 * 2014).  A unit's fate is a hash of a key, of its row and of its number alone. */
#ifndef KERNEL_DROPOUT_H
#define KERNEL_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/real.h"

#define dropout_layer REAL_NAME(dropout_layer)
#define dropout_rule REAL_NAME(dropout_rule)
#define dropout_find REAL_NAME(dropout_find)

/* How a layer is thinned. */
typedef struct dropout_layer {
    uint32_t below; /* hashes below this drop a unit: P 2^32; 0: none is dropped */
    real scale;     /* of what is kept, 1/(1-P) */
} dropout_layer;

typedef struct dropout_rule {
    /* to[j] = from[j] scale where unit j of n is kept, else 0.  row: a hash of the key and the row;
     * to may be from. */
    void (*apply)(size_t n, uint64_t row, const dropout_layer *layer, const real *from, real *to);
} dropout_rule;

const dropout_rule *dropout_find(void);

#endif
