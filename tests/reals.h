/* Arrays of `real` for the kernels' tests, with canaries where a kernel must not write. */
#ifndef TESTS_REALS_H
#define TESTS_REALS_H

#include "base/real.h"
#include "oracle.h"

#define REAL_UNIT (REAL_EPSILON / 2) /* u: half an ulp of 1 */
#define CANARY ((real)-12345.75)

/* n values in -1..1; the caller's, free(). */
static inline real *make_reals(size_t n, unsigned seed)
{
    double *values = calloc(n, sizeof *values);
    real *made = calloc(n, sizeof *made);
    fill_values(n, seed, values);
    for (size_t i = 0; i < n; i++)
        made[i] = (real)values[i];
    free(values);
    return made;
}

static inline real *make_canaries(size_t n)
{
    real *made = calloc(n, sizeof *made);
    for (size_t i = 0; i < n; i++)
        made[i] = CANARY;
    return made;
}

/* Of an m x n matrix with rows ld apart, `rows` of them in all: whatever is no element is as
 * make_canaries left it. */
static inline void check_canaries(size_t m, size_t n, size_t ld, size_t rows, const real *x)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = i < m ? n : 0; j < ld; j++)
            ck_assert_msg(x[i * ld + j] == CANARY, "written at row %zu, column %zu of %zu x %zu", i,
                          j, m, n);
}

#endif
