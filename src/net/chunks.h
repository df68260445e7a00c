/* How an update is shared out: blocks of rows of each W, and each b. */
#ifndef NET_CHUNKS_H
#define NET_CHUNKS_H

#include <stdbool.h>

#include "net/net.h"

/* Rows of W come in these: whole blocks of its copies (net/product.h). */
#define CHUNK_ROWS ((size_t)32)

/* What one thread updates at a time. */
typedef struct chunk {
    size_t layer;       /* from 0 */
    size_t first, rows; /* of W, in whole CHUNK_ROWS but for the last; rows 0: the bias */
    size_t start, size; /* in the flat vectors */
} chunk;

/* Writes the chunks of a network to `list`, unless it is NULL, and returns their count.  whole: all
 * parameters are one.  The biases, then all W side by side from their first rows to their last, so
 * that equal parts of the list are the same parts of every W, as of its products. */
size_t chunks_list(const bg_net *net, bool whole, chunk *list);

/* Reals of the largest chunk, unless all are one. */
size_t chunks_most(const bg_net *net);

#endif
