/* Residuals of a network and their derivatives by its parameters, in double, a block of rows at a
 * time: one forward pass for the block, then one backward pass for all its outputs together. */
#ifndef NET_JACOBIAN_H
#define NET_JACOBIAN_H

#include "base/arena.h"
#include "net/net.h"

/* One thread's scratch for `block` rows. */
typedef struct jacobian_tile {
    double **a, **slope; /* layer l at [l-1], block x stride; slope: f'(z), or a where f' is had
                            from it */
    double *delta[2];    /* take turns: (block * outputs) x the widest stride; row (i, k) has the
                            derivatives of output k of row i */
} jacobian_tile;

/* f = scale (a - t) for each output of each row, outputs running fastest. */
typedef struct jacobian {
    const bg_net *net;   /* double, borrowed */
    const bg_data *data; /* double, borrowed */
    const bool *fixed;   /* a flag for each parameter, NULL: none is; borrowed */
    double scale;
    size_t outputs;
    size_t parameters;   /* of the network: W[out][in], then b, for each layer */
    size_t columns;      /* those that are not fixed */
    size_t block;        /* rows of a block, the last has fewer */
    size_t blocks;       /* in all */
    jacobian_tile *tile; /* one for each thread */
    double **transposed; /* W[l] as out x in, stride of layer l-1, at [l-1]; [0] is not needed */
    arena memory;        /* owns the tiles and the transposed weights */
} jacobian;

bg_status jacobian_open(jacobian *j, const bg_net *net, const bg_data *data, double scale,
                        const bool *fixed, int threads, bg_error *error);
void jacobian_close(jacobian *j);

/* After the parameters have changed. */
void jacobian_refresh(jacobian *j);

/* Rows of data in block b. */
size_t jacobian_block_rows(const jacobian *j, size_t b);

/* Sum of f^2 over block b, by one thread. */
double jacobian_squares(const jacobian *j, size_t b, int thread);

/* A row (ld apart, ld > parameters) for every row and output of block b: `columns` derivatives of
 * f, then f itself.  What follows in the row is scratch. */
void jacobian_rows(const jacobian *j, size_t b, int thread, double *out, size_t ld);

#endif
