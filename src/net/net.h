/* A network's shape and parameters. */
#ifndef NET_NET_H
#define NET_NET_H

#include "base/dtype.h"

/* A layer of few outputs is thin (kernel/thin.h): so few at most, and a first layer only where
 * there are so many inputs for each of them, since these come without padding. */
enum { THIN_OUT = 4, THIN_INPUTS_AN_OUTPUT = 16 };

typedef struct net_layer {
    size_t in, out;
    size_t columns; /* out rounded up to whole cache lines: what products compute.  But 1 of a
                       network's only output, if thin: its rows lie side by side. */
    size_t stride;  /* reals from one row of this layer's activations to the next: spaced columns,
                       likewise; what lies beyond out is 0 */
    size_t ldw;     /* from one row of W to the next: stride, but out where the layer is thin, or
                       most of what an update goes through would be padding */
    size_t weight, bias; /* places in values: W is in x out with ldw, b is `stride` long */
    bool thin;
    bg_activation activation;
} net_layer;

struct bg_net {
    bg_dtype dtype;
    size_t layers;
    net_layer *layer;  /* layer l at [l-1]; owned */
    size_t parameters; /* weights and biases */
    size_t size;       /* reals in values, padding included */
    void *values;      /* one flat vector of all parameters; owned */
    uint64_t version;  /* grows whenever values change: who keeps copies looks at it */
};

/* n rounded up to whole cache lines of this precision. */
static inline size_t padded(size_t n, bg_dtype dtype)
{
    size_t line = 64 / dtype_size(dtype);
    return (n + line - 1) / line * line;
}

/* A distance between rows of n reals, n whole cache lines: such that lines which lie below each
 * other do not crowd into few sets of the caches. */
static inline size_t spaced(size_t n, bg_dtype dtype)
{
    size_t line = 64 / dtype_size(dtype);
    return n / line % 16 == 0 ? n + line : n;
}

/* Of rows of inputs that are gathered: as they lie in the data, unless that crowds the caches. */
static inline size_t input_stride(const bg_net *net)
{
    size_t inputs = net->layer[0].in;
    return padded(inputs, net->dtype) == inputs ? spaced(inputs, net->dtype) : inputs;
}

/* The network of a spec, checked and laid out, without values: what a plan looks at.  Goes with
 * bg_net_free. */
bg_status net_shape(const bg_net_spec *spec, bg_net **net, bg_error *error);

/* Copies parameters between two flat vectors: `flat` (reals of the network's dtype, laid out like
 * net->values) and `values` (double, as bg_gradient orders them). */
void net_export(const bg_net *net, const void *flat, double *values);
void net_import(const bg_net *net, void *flat, const double *values);

/* All parameters, as bg_gradient orders them. */
void net_set_all(bg_net *net, const double *values);

/* First layer (from 1) of `flat` with a value that is not finite; 0: all are. */
size_t net_first_nonfinite(const bg_net *net, const void *flat);

#endif
