/* R of the QR factorisation of a tall matrix that is never held as a whole: its rows come tile by
 * tile, and each tile is folded into the triangle so far (Golub and Van Loan, "Matrix
 * Computations", sequential Householder QR).  No normal equations, so no digits are lost. */
#ifndef NET_TRIANGLE_H
#define NET_TRIANGLE_H

#include "backgemm.h"
#include "base/arena.h"

typedef struct triangle {
    size_t columns; /* n */
    size_t room;    /* rows that a tile takes: of the shape alone, so that R is too */
    size_t rows;    /* waiting in the tile */
    double *r;      /* (n + room) x n: R, 0 below its diagonal, then the tile */
    double *tau;    /* n, scratch */
    arena memory;   /* owns r and tau */
} triangle;

bg_status triangle_open(triangle *t, size_t columns, bg_error *error);
void triangle_close(triangle *t);

/* Room for the next row, zeroed, up to the next call; folds a full tile first.  NULL: LAPACK
 * failed. */
double *triangle_row(triangle *t);

/* Folds what is waiting.  False: LAPACK failed. */
bool triangle_fold(triangle *t);

/* The norms of the first columns as powers of two: dividing by them is exact, and nearly the best
 * condition that a scaling of columns can give (van der Sluis 1969). */
void triangle_scale(const triangle *t, size_t columns, int *power);

#endif
