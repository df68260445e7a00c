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

/* a (m x n, m >= n, packed) becomes R of its QR factorisation in its first n rows, 0 below the
 * diagonal and in all rows after them (dgeqrf).  tau: n doubles of scratch. */
bool lapack_triangularise(size_t m, size_t n, double *a, double *tau);

/* Solves A x = b for a symmetric A (n x n, packed) of which the upper triangle is read and
 * overwritten (dpotrf, dpotrs); b becomes x.  False: A is not positive definite. */
bool lapack_cholesky_solve(size_t n, double *a, double *b);

/* A = U S V' (m x n, m >= n, packed, destroyed): singular values, largest first, and V' (n x n)
 * (dgesvd).  singular: 2n doubles, of which the last n are scratch. */
bool lapack_singular_values(size_t m, size_t n, double *a, double *singular, double *vt);

/* Eigenvalues of a symmetric A (n x n, packed, destroyed; its upper triangle is read), smallest
 * first, and in row i of `vectors` (n x n) the i-th eigenvector (dsyevr).  values: 2n doubles, of
 * which the last n are scratch. */
bool lapack_eigenvalues(size_t n, double *a, double *values, double *vectors);

#endif
