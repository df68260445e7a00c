/* A whole fit, and what the data say about its parameters. */
#include <math.h>
#include <string.h>

#include "base/cpu.h"
#include "base/status.h"
#include "kernel/lapack.h"
#include "net/lm.h"

#define MOST_ITERATIONS 1000

bg_status bg_lm_fit(bg_net *net, const bg_objective *objective, const bg_data *data,
                    const bg_lm_options *options, bg_fit *fit, bg_error *error)
{
    static const bg_lm_options defaults = {0};
    const bg_lm_options *o = options ? options : &defaults;
    uint64_t most = o->iterations ? o->iterations : MOST_ITERATIONS;
    int threads;
    lm m;
    TRY(engine_check(net, objective, data, error));
    TRY(threads_resolve(o->threads, &threads, error));
    TRY(lm_open(&m, net, objective, data, o->fixed, threads, error));
    bg_status status = BG_OK;
    bool reached = false;
    while (status == BG_OK && m.end == BG_FIT_UNFINISHED && m.iterations < most && !reached) {
        status = lm_iterate(&m, error);
        reached = o->stop_loss > 0 && m.energy <= o->stop_loss;
    }
    if (status == BG_OK) {
        lm_export(&m, net);
        if (fit)
            *fit = lm_report(&m);
    }
    lm_close(&m);
    return status;
}

/* --------------------------------------------------------------------------- covariance --- */

/* R of J = Q R and what comes of it. */
typedef struct spectrum {
    size_t n;
    double *r;        /* n x n, destroyed by the solver */
    double *singular; /* 2n */
    double *vt;       /* n x n */
    int *power;       /* n: column j is scaled by 2^-power */
    arena memory;     /* owns all of them */
} spectrum;

static void carve(spectrum *s)
{
    s->r = arena_carve(&s->memory, s->n, s->n * sizeof *s->r);
    s->singular = arena_carve(&s->memory, 2 * s->n, sizeof *s->singular);
    s->vt = arena_carve(&s->memory, s->n, s->n * sizeof *s->vt);
    s->power = arena_carve(&s->memory, s->n, sizeof *s->power);
}

static bool decompose(spectrum *s, const triangle *t)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < s->n; j++)
            s->r[i * s->n + j] = ldexp(t->r[i * t->columns + j], -s->power[j]);
    return lapack_singular_values(s->n, s->n, s->r, s->singular, s->vt);
}

static double condition(const spectrum *s)
{
    double least = s->singular[s->n - 1];
    return least > 0 ? s->singular[0] / least : (double)INFINITY;
}

/* Singular values above those that rounding makes of 0. */
static size_t rank(const spectrum *s, size_t residuals)
{
    size_t n = s->n, found = 0, longer = residuals > n ? residuals : n;
    while (found < n && s->singular[found] > (double)longer * 0x1p-53 * s->singular[0])
        found++;
    return found;
}

/* variance (J'J)^-1 = variance D V S^-2 V' D, D the powers of two */
static void fill(const spectrum *s, double variance, double *covariance)
{
    size_t n = s->n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++) {
                double inverse = 1 / s->singular[k];
                sum += s->vt[k * n + i] * inverse * (s->vt[k * n + j] * inverse);
            }
            sum = ldexp(variance * sum, -s->power[i] - s->power[j]);
            covariance[i * n + j] = covariance[j * n + i] = sum;
        }
}

/* From the triangle of [J f], f unscaled. */
static bool explain(spectrum *s, const triangle *t, bg_fit *fit, double *covariance)
{
    if (!decompose(s, t))
        return false;
    fit->condition = condition(s);
    triangle_scale(t, s->n, s->power);
    if (!decompose(s, t))
        return false;
    fit->rank = rank(s, fit->residuals);
    if (fit->rank < s->n)
        fit->condition = (double)INFINITY;
    bool known = fit->rank == s->n && fit->residuals > s->n;
    if (covariance && known)
        fill(s, fit->rss / (double)(fit->residuals - s->n), covariance);
    for (size_t i = 0; covariance && !known && i < s->n * s->n; i++)
        covariance[i] = (double)NAN;
    return true;
}

static bg_status analyse(lm *m, bg_fit *fit, double *covariance, bg_error *error)
{
    triangle t;
    spectrum s = {.n = m->n, .memory = arena_measure()};
    TRY(triangle_open(&t, m->n + 1, error));
    carve(&s);
    bg_status status = arena_open(&s.memory) ? BG_OK : fail_memory(error, "the covariance");
    if (status == BG_OK) {
        carve(&s);
        jacobian_refresh(&m->j);
        m->rss = gauss_sum_squares(&m->g);
        *fit = lm_report(m);
        if (!isfinite(m->rss) || !gauss_factorise(&m->g, &t) || !triangle_fold(&t) ||
            !explain(&s, &t, fit, covariance))
            status = fail(error, BG_E_NUMERIC, "the Jacobian has no singular values");
    }
    arena_close(&s.memory);
    triangle_close(&t);
    return status;
}

bg_status bg_lm_covariance(const bg_net *net, const bg_data *data, const bool *fixed,
                           double *covariance, bg_fit *fit, bg_error *error)
{
    static const bg_objective plain = {.loss = BG_HALF_SSE, .reduction = BG_SUM}; /* scale 1 */
    bg_fit found;
    lm m;
    TRY(engine_check(net, &plain, data, error));
    TRY(lm_open(&m, net, &plain, data, fixed, cpu_available(), error));
    bg_status status = analyse(&m, &found, covariance, error);
    if (status == BG_OK && fit)
        *fit = found;
    lm_close(&m);
    return status;
}
