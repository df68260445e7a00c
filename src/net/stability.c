/* Ends of the Hessian's spectrum: all of it by LAPACK in small networks, Lanczos in large ones. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "base/status.h"
#include "kernel/lapack.h"
#include "net/engine.h"
#include "net/hessian.h"

/* Up to here the whole matrix is made: 1000 products, a second for the eigenvalues. */
#define MOST_EXACT ((size_t)1000)
#define MOST_EXACT_WORK 4e10 /* rows n^2: a minute at the most */
#define MOST_STEPS ((size_t)300)
#define MOST_BASIS ((size_t)1 << 27) /* reals of Lanczos vectors: a gigabyte */
#define TOLERANCE 1e-9               /* residual of the top, by its eigenvalue */
#define LOOK_EVERY ((size_t)5)       /* steps between two looks at the small matrix */
#define START_STREAM 7

/* --------------------------------------------------------------------------------- exact --- */

static bg_status solve_exactly(hessian *h, bg_curvature *c, bg_error *error)
{
    size_t n = h->n;
    arena m = arena_measure();
    double *a = NULL, *unit = NULL, *values = NULL, *vectors = NULL;
    for (int pass = 0; pass < 2; pass++) {
        a = arena_carve(&m, n, n * sizeof *a);
        vectors = arena_carve(&m, n, n * sizeof *vectors);
        unit = arena_carve(&m, n, sizeof *unit);
        values = arena_carve(&m, 2 * n, sizeof *values);
        if (pass == 0 && !arena_open(&m))
            return fail_memory(error, "the Hessian");
    }
    for (size_t j = 0; j < n; j++) {
        unit[j] = 1;
        hessian_multiply(h, unit, a + j * n);
        unit[j] = 0;
    }
    bool solved = lapack_eigenvalues(n, a, values, vectors);
    c->exact = true;
    c->products = n;
    c->top = values[n - 1];
    c->bottom = values[0];
    if (solved) { /* |H v - lambda v| of the top */
        const double *v = vectors + (n - 1) * n;
        hessian_multiply(h, v, unit);
        for (size_t i = 0; i < n; i++)
            c->residual = hypot(c->residual, unit[i] - c->top * v[i]);
    }
    arena_close(&m);
    return solved ? BG_OK : fail(error, BG_E_NUMERIC, "the Hessian's eigenvalues do not converge");
}

/* ------------------------------------------------------------------------------- Lanczos --- */

/* H Q = Q T + beta q e': Q has orthonormal rows here, T is tridiagonal (Lanczos 1950; every new
 * vector is made orthogonal to all others twice, as Golub and Van Loan advise). */
typedef struct lanczos {
    size_t n, most;
    size_t steps;
    double *q; /* (most + 1) x n */
    double *alpha,
        *beta;           /* most: diagonal of T, and what is beside it; beta[k] couples k and k+1 */
    double *t, *vectors; /* most x most */
    double *values;      /* 2 most */
    arena memory;        /* owns all of them */
} lanczos;

static void carve(lanczos *z)
{
    arena *m = &z->memory;
    z->q = arena_carve(m, z->most + 1, z->n * sizeof *z->q);
    z->alpha = arena_carve(m, z->most, sizeof *z->alpha);
    z->beta = arena_carve(m, z->most, sizeof *z->beta);
    z->t = arena_carve(m, z->most, z->most * sizeof *z->t);
    z->vectors = arena_carve(m, z->most, z->most * sizeof *z->vectors);
    z->values = arena_carve(m, 2 * z->most, sizeof *z->values);
}

static double dot(size_t n, const double *x, const double *y)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

static void start(lanczos *z, uint64_t seed)
{
    rng r = rng_seeded(seed, START_STREAM);
    for (size_t i = 0; i < z->n; i++)
        z->q[i] = rng_normal(&r);
    double norm = sqrt(dot(z->n, z->q, z->q));
    for (size_t i = 0; i < z->n; i++)
        z->q[i] /= norm;
}

/* |H y - top y| for the vector y of H that T's last eigenvector stands for, from scratch: what look
 * has is an estimate. */
static bg_status measure_top(const lanczos *z, hessian *h, bg_curvature *c, bg_error *error)
{
    size_t n = z->n, k = z->steps;
    double *y = memory_zeroed(2 * n, sizeof *y), *product = y + n;
    if (!y)
        return fail_memory(error, "an eigenvector");
    for (size_t j = 0; j < k; j++)
        for (size_t i = 0; i < n; i++)
            y[i] += z->vectors[(k - 1) * k + j] * z->q[j * n + i];
    hessian_multiply(h, y, product);
    c->products++;
    c->residual = 0;
    for (size_t i = 0; i < n; i++)
        c->residual = hypot(c->residual, product[i] - c->top * y[i]);
    memory_release(y);
    return BG_OK;
}

/* False: the vectors so far span all that can be reached. */
static bool step(lanczos *z, hessian *h)
{
    size_t k = z->steps++, n = z->n;
    double *q = z->q + k * n, *next = q + n, norm_before;
    hessian_multiply(h, q, next);
    z->alpha[k] = dot(n, q, next);
    norm_before = sqrt(dot(n, next, next));
    for (int twice = 0; twice < 2; twice++)
        for (size_t j = 0; j <= k; j++) {
            double share = dot(n, z->q + j * n, next);
            for (size_t i = 0; i < n; i++)
                next[i] -= share * z->q[j * n + i];
        }
    z->beta[k] = sqrt(dot(n, next, next));
    if (z->beta[k] <= (double)n * DBL_EPSILON * norm_before || !isfinite(z->beta[k]))
        return false;
    for (size_t i = 0; i < n; i++)
        next[i] /= z->beta[k];
    return true;
}

/* Ends of T's spectrum, and how good they are as those of H: |H y - theta y| = beta |s|, s the last
 * element of T's eigenvector. */
static bool look(lanczos *z, bg_curvature *c, double *bottom_residual)
{
    size_t k = z->steps;
    memset(z->t, 0, k * k * sizeof *z->t);
    for (size_t i = 0; i < k; i++) {
        z->t[i * k + i] = z->alpha[i];
        if (i + 1 < k)
            z->t[i * k + i + 1] = z->beta[i];
    }
    if (!lapack_eigenvalues(k, z->t, z->values, z->vectors))
        return false;
    c->products = k;
    c->top = z->values[k - 1];
    c->bottom = z->values[0];
    c->residual = z->beta[k - 1] * fabs(z->vectors[k * k - 1]);
    *bottom_residual = z->beta[k - 1] * fabs(z->vectors[k - 1]);
    return true;
}

static bg_status solve_by_lanczos(hessian *h, uint64_t seed, bg_curvature *c, bg_error *error)
{
    lanczos z = {.n = h->n, .most = MOST_STEPS, .memory = arena_measure()};
    double bottom = INFINITY;
    if (z.most > MOST_BASIS / h->n)
        z.most = MOST_BASIS / h->n;
    if (z.most < 2)
        return fail(error, BG_E_ARGUMENT, "a network of %zu parameters is too large for this",
                    h->n);
    if (z.most > h->n)
        z.most = h->n;
    carve(&z);
    if (!arena_open(&z.memory))
        return fail_memory(error, "the vectors of Lanczos");
    carve(&z);
    start(&z, seed);
    bool goes_on = true, solved = true, good = false;
    while (goes_on && solved && !good && z.steps < z.most) {
        goes_on = step(&z, h);
        if (goes_on && z.steps % LOOK_EVERY && z.steps < z.most)
            continue;
        solved = look(&z, c, &bottom);
        double size = fmax(fabs(c->top), fabs(c->bottom));
        good = c->residual <= TOLERANCE * size && bottom <= TOLERANCE * size;
    }
    bg_status status = solved ? measure_top(&z, h, c, error)
                              : fail(error, BG_E_NUMERIC, "the Hessian has no finite eigenvalues");
    arena_close(&z.memory);
    return status;
}

/* -------------------------------------------------------------------------------- public --- */

/* |g|, and the curvature along it, g'Hg / g'g. */
static bg_status look_along_gradient(hessian *h, bg_curvature *c, bg_error *error)
{
    double *g = memory_zeroed(2 * h->n, sizeof *g), *product = g + h->n;
    if (!g)
        return fail_memory(error, "the gradient");
    bg_status status = bg_gradient(h->net, &h->objective, h->data, h->threads, &c->loss, g, error);
    if (status == BG_OK) {
        double square = dot(h->n, g, g);
        hessian_multiply(h, g, product);
        c->gradient = sqrt(square);
        c->along = square > 0 ? dot(h->n, g, product) / square : (double)NAN;
        if (!isfinite(c->loss) || !isfinite(square))
            status = fail(error, BG_E_DIVERGED, "the loss or its gradient is not finite");
    }
    memory_release(g);
    return status;
}

static void conclude(bg_curvature *c)
{
    double smallest = fmin(fabs(c->bottom), fabs(c->top));
    c->stable_lr = c->top > 0 ? 2 / c->top : (double)INFINITY;
    c->condition = c->bottom > 0 ? c->top / smallest : (double)INFINITY;
}

bg_status bg_hessian_top(const bg_net *net, const bg_objective *objective, const bg_data *data,
                         uint64_t seed, int threads, bg_curvature *curvature, bg_error *error)
{
    hessian h;
    bg_curvature found = {.parameters = net->parameters};
    TRY(engine_check(net, objective, data, error));
    TRY(threads_resolve(threads, &threads, error));
    TRY(hessian_open(&h, net, objective, data, threads, error));
    double work = (double)data->rows * (double)h.n * (double)h.n;
    bg_status status = look_along_gradient(&h, &found, error);
    if (status == BG_OK && h.n <= MOST_EXACT && work <= MOST_EXACT_WORK)
        status = solve_exactly(&h, &found, error);
    else if (status == BG_OK)
        status = solve_by_lanczos(&h, seed, &found, error);
    if (status == BG_OK) {
        conclude(&found);
        *curvature = found;
    }
    hessian_close(&h);
    return status;
}

bg_status bg_hessian_product(const bg_net *net, const bg_objective *objective, const bg_data *data,
                             int threads, const double *v, double *product, bg_error *error)
{
    hessian h;
    TRY(engine_check(net, objective, data, error));
    TRY(threads_resolve(threads, &threads, error));
    TRY(hessian_open(&h, net, objective, data, threads, error));
    hessian_multiply(&h, v, product);
    hessian_close(&h);
    return BG_OK;
}
