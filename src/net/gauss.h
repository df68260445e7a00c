/* A least-squares problem |J h + f|^2 in compact form: as normal equations, tile by tile by GEMM,
 * or as the triangle of a QR factorisation.  The same bits for any thread count. */
#ifndef NET_GAUSS_H
#define NET_GAUSS_H

#include "net/jacobian.h"
#include "net/triangle.h"

typedef struct gauss {
    jacobian *j; /* borrowed */
    int threads;
    size_t n;          /* columns of J */
    size_t ld;         /* of the tile */
    size_t tile;       /* blocks of rows in a tile: of the shape alone */
    double *rows;      /* tile blocks x ld: [J f] */
    double *normal;    /* (n+1) x (n+1), upper triangle: [J f]'[J f] */
    double *block_sum; /* of f^2, one for each block of rows */
    arena memory;      /* owns rows, normal and block_sum */
} gauss;

bg_status gauss_open(gauss *g, jacobian *j, int threads, bg_error *error);
void gauss_close(gauss *g);

/* After jacobian_refresh: the normal equations. */
void gauss_square(gauss *g);

/* Sum of f^2 with the parameters as they are. */
double gauss_sum_squares(gauss *g);

/* Folds all rows of [J f] into t, of n + 1 columns.  False: LAPACK failed. */
bool gauss_factorise(gauss *g, triangle *t);

#endif
