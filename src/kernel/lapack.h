/* The only door to LAPACK.  Double precision, row-major, single-threaded for the same bits
 * everywhere. */
#ifndef KERNEL_LAPACK_H
#define KERNEL_LAPACK_H

#include <stdbool.h>
#include <stddef.h>

/* a (m x n, m >= n, packed) becomes Q of its thin QR factorisation, columns signed so that R has a
 * positive diagonal (dgeqrf, dorgqr).  tau: n doubles of scratch; signs: n doubles of scratch.
 * False: LAPACK failed. */
bool lapack_orthogonalise(size_t m, size_t n, double *a, double *tau, double *signs);

/* Minimises |A x - b| for each of k right-hand sides by singular values (dgelsd).  a: m x n,
 * destroyed; b: max(m,n) x k, its first n rows become x; singular: min(m,n) values, largest first.
 * False: no convergence. */
bool lapack_least_squares(size_t m, size_t n, size_t k, double *a, double *b, double *singular,
                          size_t *rank);

#endif
