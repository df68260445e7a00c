/* QR and least squares: properties, known solutions, normal equations in long double. */
#include "kernel/lapack.h"

#include <cblas.h>

#include "oracle.h"

/* columns of Q (m x n) are orthonormal to the accuracy of Householder's method */
static void check_orthonormal(size_t m, size_t n, const double *q)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            long double dot = 0;
            for (size_t r = 0; r < m; r++)
                dot += (long double)q[r * n + i] * (long double)q[r * n + j];
            ck_assert_msg(fabsl(dot - (i == j)) <= 1e-14L * (long double)m,
                          "columns %zu and %zu of %zu x %zu: %Lg", i, j, m, n, dot);
        }
}

/* R = Q'A is upper triangular with a positive diagonal, and A = Q R. */
static void check_factor(size_t m, size_t n, const double *q, const double *a)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double r = 0;
            for (size_t row = 0; row < m; row++)
                r += q[row * n + i] * a[row * n + j];
            if (i == j)
                ck_assert_double_gt(r, 0);
            else
                ck_assert_double_le(fabs(r), 1e-14 * (double)m);
        }
}

START_TEST(orthogonal_factor_of_any_tall_matrix)
{
    static const size_t sizes[][2] = {{1, 1},   {2, 1},   {2, 2},    {7, 3},
                                      {40, 40}, {65, 33}, {130, 129}};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        size_t m = sizes[k][0], n = sizes[k][1];
        double *a = calloc(m * n, sizeof *a), *q = calloc(m * n, sizeof *q),
               *scratch = calloc(2 * n, sizeof *scratch);
        fill_values(m * n, (unsigned)k + 1, a);
        memcpy(q, a, m * n * sizeof *q);
        ck_assert(lapack_orthogonalise(m, n, q, scratch, scratch + n));
        check_orthonormal(m, n, q);
        check_factor(m, n, q, a);
        free(a);
        free(q);
        free(scratch);
    }
}
END_TEST

/* A (m x n) with k right-hand sides; x and the residual are returned in b. */
static size_t solve(size_t m, size_t n, size_t k, const double *a, double *b)
{
    double *copy = calloc(m * n, sizeof *copy), *singular = calloc(m + n, sizeof *singular);
    size_t rank;
    memcpy(copy, a, m * n * sizeof *copy);
    ck_assert(lapack_least_squares(m, n, k, copy, b, singular, &rank));
    for (size_t i = 1; i < (m < n ? m : n); i++)
        ck_assert(singular[i - 1] >= singular[i] && singular[i] >= 0);
    free(copy);
    free(singular);
    return rank;
}

START_TEST(a_square_system_has_its_known_solution)
{
    /* singular values of [3 4; 4 -3] are 5 and 5 */
    double a[] = {3, 4, 4, -3}, b[] = {3 + 8, 30 - 4, 4 - 6, 40 + 3}; /* x = (1, 2) and (10, -1) */
    ck_assert_uint_eq(solve(2, 2, 2, a, b), 2);
    double want[] = {1, 10, 2, -1};
    ck_assert_double_le(worst_relative(4, b, want, 1), 1e-14);
}
END_TEST

/* A'A x = A'b by elimination in long double: fine for a matrix of small condition. */
static void solve_normal_equations(size_t m, size_t n, const double *a, const double *b, double *x)
{
    long double s[8][9] = {{0}};
    for (size_t i = 0; i < n; i++)
        for (size_t r = 0; r < m; r++) {
            for (size_t j = 0; j < n; j++)
                s[i][j] += (long double)a[r * n + i] * (long double)a[r * n + j];
            s[i][n] += (long double)a[r * n + i] * (long double)b[r];
        }
    for (size_t i = 0; i < n; i++)
        for (size_t r = 0; r < n; r++) {
            long double factor = s[r][i] / s[i][i];
            for (size_t j = i; r != i && j <= n; j++)
                s[r][j] -= factor * s[i][j];
        }
    for (size_t i = 0; i < n; i++)
        x[i] = (double)(s[i][n] / s[i][i]);
}

START_TEST(a_tall_system_agrees_with_normal_equations)
{
    enum { M = 50, N = 7 };
    double a[M * N], b[M], x[N];
    fill_values(M * N, 3, a);
    fill_values(M, 4, b);
    for (size_t i = 0; i < N; i++)
        a[i * N + i] += 5;
    solve_normal_equations(M, N, a, b, x);
    ck_assert_uint_eq(solve(M, N, 1, a, b), N);
    ck_assert_double_le(worst_relative(N, b, x, 0.1), 1e-13);
}
END_TEST

START_TEST(a_deficient_system_has_the_shortest_solution)
{
    /* x1 + x2 = 2 three times: every (t, 2-t) solves it, (1, 1) is the shortest. */
    double a[] = {1, 1, 1, 1, 1, 1}, b[] = {2, 2, 2};
    ck_assert_uint_eq(solve(3, 2, 1, a, b), 1);
    ck_assert_double_le(fabs(b[0] - 1) + fabs(b[1] - 1), 1e-14);
    /* One row, three unknowns: x = a 9 / |a|^2 */
    double wide[] = {1, 2, 2}, c[] = {9, 0, 0};
    ck_assert_uint_eq(solve(1, 3, 1, wide, c), 1);
    ck_assert_double_le(fabs(c[0] - 1) + fabs(c[1] - 2) + fabs(c[2] - 2), 1e-14);
}
END_TEST

/* R'R = A'A for a stack of random rows, 0 below the diagonal. */
START_TEST(a_triangle_has_the_squares_of_its_matrix)
{
    enum { M = 40, N = 6 };
    double a[M * N], r[M * N], tau[N];
    fill_values(M * N, 9, a);
    memcpy(r, a, sizeof a);
    ck_assert(lapack_triangularise(M, N, r, tau));
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            double want = 0, got = 0;
            for (size_t k = 0; k < M; k++)
                want += a[k * N + i] * a[k * N + j];
            for (size_t k = 0; k < N; k++)
                got += r[k * N + i] * r[k * N + j];
            ck_assert_double_le(fabs(want - got), 1e-13);
        }
    for (size_t i = 1; i < M; i++)
        for (size_t j = 0; j < (i < N ? i : N); j++)
            ck_assert_double_eq(r[i * N + j], 0);
}
END_TEST

START_TEST(cholesky_solves_or_says_no)
{
    /* [4 2; 2 3] x = [10 9], x = (1.5, 2); what stands below the diagonal does not matter */
    double a[] = {4, 2, 99, 3}, b[] = {10, 9}, indefinite[] = {1, 2, 2, 1};
    ck_assert(lapack_cholesky_solve(2, a, b));
    ck_assert_double_le(fabs(b[0] - 1.5) + fabs(b[1] - 2), 1e-15);
    ck_assert(!lapack_cholesky_solve(2, indefinite, b));
}
END_TEST

/* The second difference matrix: 2 - 2 cos(k pi / (n+1)), vectors sin(i k pi / (n+1)). */
START_TEST(eigenvalues_of_the_second_difference)
{
    enum { N = 12 };
    double a[N * N] = {0}, values[2 * N], vectors[N * N];
    const double pi = 3.14159265358979323846;
    for (size_t i = 0; i < N; i++) {
        a[i * N + i] = 2;
        if (i + 1 < N)
            a[i * N + i + 1] = -1;
    }
    ck_assert(lapack_eigenvalues(N, a, values, vectors));
    for (size_t k = 1; k <= N; k++) {
        double angle = (double)k * pi / (N + 1), ratio = vectors[(k - 1) * N] / sin(angle);
        ck_assert_double_le(fabs(values[k - 1] - (2 - 2 * cos(angle))), 1e-14);
        for (size_t i = 1; i <= N; i++)
            ck_assert_double_le(fabs(vectors[(k - 1) * N + i - 1] - ratio * sin((double)i * angle)),
                                1e-13);
    }
}
END_TEST

/* A = diag(3, 2) below a rotation: values 3 and 2, and V' is that rotation up to signs. */
START_TEST(singular_values_of_a_turned_square)
{
    double c = 0.6, s = 0.8, a[] = {3 * c, 3 * s, -2 * s, 2 * c, 0, 0}, values[4], vt[4];
    ck_assert(lapack_singular_values(3, 2, a, values, vt));
    ck_assert_double_le(fabs(values[0] - 3) + fabs(values[1] - 2), 1e-14);
    ck_assert_double_le(fabs(fabs(vt[0] * c + vt[1] * s) - 1), 1e-15);
    ck_assert_double_le(fabs(vt[0] * vt[2] + vt[1] * vt[3]), 1e-15);
}
END_TEST

/* A library that its user has told to use two threads a call, or that chose so itself. */
START_TEST(the_librarys_threads_change_no_bit)
{
    enum { N = 600 };
    double *a[2], *scratch = calloc(2 * N, sizeof *scratch);
    for (int i = 0; i < 2; i++) {
        a[i] = calloc(N * N, sizeof *a[i]);
        fill_values(N * N, 1, a[i]);
        openblas_set_num_threads(i + 1);
        ck_assert(lapack_orthogonalise(N, N, a[i], scratch, scratch + N));
    }
    ck_assert_mem_eq(a[0], a[1], N * N * sizeof *a[0]);
    free(a[0]);
    free(a[1]);
    free(scratch);
}
END_TEST

RUN_CASE("lapack", 60, orthogonal_factor_of_any_tall_matrix, a_square_system_has_its_known_solution,
         a_tall_system_agrees_with_normal_equations, a_deficient_system_has_the_shortest_solution,
         a_triangle_has_the_squares_of_its_matrix, cholesky_solves_or_says_no,
         eigenvalues_of_the_second_difference, singular_values_of_a_turned_square,
         the_librarys_threads_change_no_bit)
