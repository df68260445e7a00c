#include "sheet/fit.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "sheet/evaluate.h"

/* Starts that end further apart than this, relatively, have found different optima. */
#define SAME_OPTIMUM 1e-7

static const bg_objective sum_of_squares = {.loss = BG_SSE, .reduction = BG_SUM};

static bool needs_deviations(const bg_example *e)
{
    for (size_t i = 0; i < e->expectations; i++)
        if (e->expect[i].quantity.id == QUANTITY_SD)
            return true;
    return false;
}

/* The diagonal of the covariance, fixed parameters left out. */
static bg_status find_deviations(fit *f, const evaluation *v, bg_error *error)
{
    const bg_example *e = f->example;
    size_t p = 0;
    for (size_t i = 0; i < e->parameters; i++)
        p += !(e->fixed && e->fixed[i]);
    double *covariance = memory_zeroed(p, p * sizeof *covariance);
    if (!covariance)
        return fail_memory(error, "the covariance");
    bg_status status = bg_lm_covariance(v->net, v->data, e->fixed, covariance, NULL, error);
    for (size_t i = 0, k = 0; status == BG_OK && i < e->parameters; i++)
        if (!(e->fixed && e->fixed[i])) {
            f->deviation[i] = sqrt(covariance[k * p + k]);
            k++;
        }
    memory_release(covariance);
    return status;
}

/* From parameters `start` to the optimum, by LAPACK. */
static bg_status solve(const bg_example *e, const double *start, evaluation *v, bg_fit *found,
                       bg_error *error)
{
    const bg_lm_options options = {.fixed = e->fixed, .threads = 1};
    evaluation_set(v, start);
    return e->rule == EXAMPLE_LEAST_SQUARES
               ? bg_lstsq_fit(v->net, &sum_of_squares, v->data, found, error)
               : bg_lm_fit(v->net, &sum_of_squares, v->data, &options, found, error);
}

static bg_status solve_all(fit *f, evaluation *v, bg_error *error)
{
    const bg_example *e = f->example;
    bg_fit found;
    TRY(solve(e, e->starts ? e->starts : e->start, v, &found, error));
    evaluation_parameters(v, f->parameters);
    f->rss = found.rss;
    size_t n = found.residuals, p = found.parameters;
    f->residual_sd = n > p ? sqrt(found.rss / (double)(n - p)) : (double)NAN;
    if (needs_deviations(e))
        TRY(find_deviations(f, v, error));
    for (size_t s = 1; s < e->start_count; s++) {
        TRY(solve(e, e->starts + s * e->parameters, v, &found, error));
        evaluation_parameters(v, v->parameters);
        for (size_t i = 0; i < e->parameters; i++)
            if (!(fabs(v->parameters[i] - f->parameters[i]) <=
                  SAME_OPTIMUM * fabs(f->parameters[i])))
                return fail(error, BG_E_NUMERIC, "training.starts[%zu] leads to another optimum",
                            s);
    }
    return BG_OK;
}

bg_status fit_open(fit *f, const bg_example *example, bg_error *error)
{
    *f = (fit){.example = example};
    f->parameters = memory_zeroed(example->parameters, sizeof *f->parameters);
    f->deviation = memory_zeroed(example->parameters, sizeof *f->deviation);
    bg_status status = f->parameters && f->deviation ? BG_OK : fail_memory(error, "the fit");
    evaluation v;
    if (status == BG_OK)
        status = evaluation_open(&v, example, BG_F64, error);
    if (status == BG_OK) {
        status = solve_all(f, &v, error);
        evaluation_close(&v);
    }
    if (status != BG_OK)
        fit_close(f);
    return status;
}

void fit_close(fit *f)
{
    memory_release(f->parameters);
    memory_release(f->deviation);
    *f = (fit){0};
}

double fit_value(const fit *f, const quantity *q)
{
    const size_t *n = q->index;
    bool bias = q->id == QUANTITY_B || (q->id == QUANTITY_SD && q->of_bias);
    if (q->id == QUANTITY_RSS)
        return f->rss;
    if (q->id == QUANTITY_RESIDUAL_SD)
        return f->residual_sd;
    size_t place =
        bias ? example_bias(f->example, n[0], n[1]) : example_weight(f->example, n[0], n[1], n[2]);
    return q->id == QUANTITY_SD ? f->deviation[place] : f->parameters[place];
}
