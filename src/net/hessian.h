/* Products of the objective's Hessian with vectors, exact to rounding, in double: directional
 * derivatives of the gradient, one pass forward and one back (see kernel/curvature.h). */
#ifndef NET_HESSIAN_H
#define NET_HESSIAN_H

#include "base/arena.h"
#include "net/net.h"

/* One thread's scratch for `block` rows; layer l at [l-1], block x stride. */
typedef struct hessian_tile {
    double **z, **a, **rz, **ra;
    double *delta[2], *rdelta[2]; /* take turns, block x the widest stride */
} hessian_tile;

typedef struct hessian {
    bg_net *net;         /* in double; owned */
    bg_net *direction;   /* V, laid out like the network; owned */
    const bg_data *data; /* in double; borrowed, or own_data */
    bg_data *own_data;   /* owned; NULL: data is double already */
    bg_objective objective;
    int threads;
    size_t n;             /* parameters */
    size_t block, blocks; /* rows of a block, and how many of them */
    size_t slots;         /* partial sums: slot s has blocks s*blocks/slots and on */
    double **transposed;  /* W[l] as out x in, and */
    double **rtransposed; /* V[l] the same, stride of layer l-1, at [l-1]; [0] is not needed */
    double *sums;         /* slots vectors laid out like net->values */
    hessian_tile *tile;   /* one for each thread */
    double *values;       /* n: scratch */
    arena memory;         /* owns all but nets and data */
} hessian;

bg_status hessian_open(hessian *h, const bg_net *net, const bg_objective *objective,
                       const bg_data *data, int threads, bg_error *error);
void hessian_close(hessian *h);

/* product = H v, in the order of bg_gradient. */
void hessian_multiply(hessian *h, const double *v, double *product);

#endif
