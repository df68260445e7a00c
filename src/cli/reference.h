/* Back-propagation of one row as the textbook writes it, in double, with nothing but loops. */
#ifndef CLI_REFERENCE_H
#define CLI_REFERENCE_H

#include "backgemm.h"

typedef struct reference {
    const bg_net *net; /* borrowed */
    bg_loss loss;
    size_t layers;
    double **weight, **bias;  /* W[out][in] and b of layer l at [l], owned */
    double **z, **a, **delta; /* of layer l at [l], a also at [0]; owned */
    double *target;           /* owned */
} reference;

/* net is read now, and its layers later.  Says what went wrong; reference_close frees in any case.
 */
int reference_open(reference *r, const bg_net *net, bg_loss loss);
void reference_close(reference *r);

/* z and a of every layer for a row of the data. */
void reference_forward(reference *r, const bg_data *data, size_t row);

/* Smallest |z| of a unit whose activation has a bend at 0; infinite without one. */
double reference_bend(const reference *r);

/* The row's loss; gradient (in the order of bg_gradient) += weight times the row's. */
double reference_backward(reference *r, double weight, double *gradient);

#endif
