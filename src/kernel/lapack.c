#include "kernel/lapack.h"

#include <lapacke.h>

#include "kernel/blas.h"

/* LAPACK calls BLAS, so every call is made in a team of one that begins with this. */
static void begin(void)
{
    blas_prepare();
    blas_thread_begin();
}

bool lapack_orthogonalise(size_t m, size_t n, double *a, double *tau, double *signs)
{
    lapack_int rows = (lapack_int)m, columns = (lapack_int)n, info = 0;
#pragma omp parallel num_threads(1)
    {
        begin();
        /* A = Q R */
        info = LAPACKE_dgeqrf(LAPACK_ROW_MAJOR, rows, columns, a, columns, tau);
        for (size_t j = 0; j < n; j++)
            signs[j] = a[j * n + j] < 0 ? -1 : 1;
        if (info == 0)
            info = LAPACKE_dorgqr(LAPACK_ROW_MAJOR, rows, columns, columns, a, columns, tau);
    }
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            a[i * n + j] *= signs[j];
    return info == 0;
}

bool lapack_least_squares(size_t m, size_t n, size_t k, double *a, double *b, double *singular,
                          size_t *rank)
{
    lapack_int info = 0, found = 0;
#pragma omp parallel num_threads(1)
    {
        begin();
        /* min |A x - b|, singular values below machine precision times the largest count as 0 */
        info = LAPACKE_dgelsd(LAPACK_ROW_MAJOR, (lapack_int)m, (lapack_int)n, (lapack_int)k, a,
                              (lapack_int)n, b, (lapack_int)k, singular, -1, &found);
    }
    *rank = (size_t)found;
    return info == 0;
}

bool lapack_triangularise(size_t m, size_t n, double *a, double *tau)
{
    lapack_int info = 0, columns = (lapack_int)n;
#pragma omp parallel num_threads(1)
    {
        begin();
        /* A = Q R */
        info = LAPACKE_dgeqrf(LAPACK_ROW_MAJOR, (lapack_int)m, columns, a, columns, tau);
    }
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < (i < n ? i : n); j++)
            a[i * n + j] = 0;
    return info == 0;
}

/* An upper triangle by rows is a lower one by columns: nothing needs to be transposed. */
bool lapack_cholesky_solve(size_t n, double *a, double *b)
{
    lapack_int info = 0, order = (lapack_int)n;
#pragma omp parallel num_threads(1)
    {
        begin();
        /* A = L L', then L L' x = b */
        info = LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'L', order, a, order);
        if (info == 0)
            info = LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'L', order, 1, a, order, b, order);
    }
    return info == 0;
}

bool lapack_singular_values(size_t m, size_t n, double *a, double *singular, double *vt)
{
    lapack_int info = 0, columns = (lapack_int)n;
    double none = 0;
    /* Where dgesvd leaves what has not converged: the smaller side less 1. */
    double *superdiagonal = singular + n;
#pragma omp parallel num_threads(1)
    {
        begin();
        /* A = U S V' */
        info = LAPACKE_dgesvd(LAPACK_ROW_MAJOR, 'N', 'A', (lapack_int)m, columns, a, columns,
                              singular, &none, 1, vt, columns, superdiagonal);
    }
    return info == 0;
}

bool lapack_eigenvalues(size_t n, double *a, double *values, double *vectors)
{
    lapack_int info = 0, found = 0, order = (lapack_int)n;
    lapack_int *support = (lapack_int *)(void *)(values + n);
#pragma omp parallel num_threads(1)
    {
        begin();
        /* A V = V diag(values); the vectors are columns of V, so rows here */
        info = LAPACKE_dsyevr(LAPACK_COL_MAJOR, 'V', 'A', 'L', order, a, order, 0, 0, 0, 0, 0,
                              &found, values, vectors, order, support);
    }
    return info == 0 && (size_t)found == n;
}
