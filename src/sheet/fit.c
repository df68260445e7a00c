#include "sheet/fit.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "sheet/evaluate.h"

static const bg_objective sum_of_squares = {.loss = BG_SSE, .reduction = BG_SUM};

/* rss at f->parameters, by the engine in double; p fitted parameters. */
static bg_status measure_residuals(fit *f, size_t p, bg_error *error)
{
    const bg_example *e = f->example;
    size_t n = e->rows * e->widths[e->layers];
    evaluation v;
    TRY(evaluation_open(&v, e, BG_F64, error));
    evaluation_set(&v, f->parameters);
    bg_status status = bg_loss_value(v.net, &sum_of_squares, v.data, 1, &f->rss, error);
    evaluation_close(&v);
    f->residual_sd = n > p ? sqrt(f->rss / (double)(n - p)) : (double)NAN;
    return status;
}

/* The columns of the pseudo-inverse A+ of A = [X 1] are the fits to the unit vectors, and the
 * diagonal of (A'A)^-1 = A+ A+' is what the deviations are made of. */
static bg_status find_deviations(fit *f, bg_error *error)
{
    const bg_example *e = f->example;
    size_t rows = e->rows, in = e->widths[0], out = e->widths[1];
    double *units = memory_zeroed(rows, rows * sizeof *units);
    double *inverse = memory_zeroed(rows, (in + 1) * sizeof *inverse);
    bg_data *data = NULL;
    bg_status status = units && inverse ? BG_OK : fail_memory(error, "the deviations");
    for (size_t r = 0; status == BG_OK && r < rows; r++)
        units[r * rows + r] = 1;
    if (status == BG_OK)
        status = bg_data_create(BG_F64, rows, in, rows, e->inputs, units, &data, error);
    if (status == BG_OK)
        status = bg_least_squares(data, inverse, NULL, error);
    for (size_t k = 0; status == BG_OK && k <= in; k++) {
        double sum = 0;
        for (size_t r = 0; r < rows; r++)
            sum += inverse[r * (in + 1) + k] * inverse[r * (in + 1) + k];
        for (size_t j = 0; j < out; j++)
            f->deviation[k < in ? example_weight(e, 1, j, k) : example_bias(e, 1, j)] =
                f->residual_sd * sqrt(sum);
    }
    bg_data_free(data);
    memory_release(units);
    memory_release(inverse);
    return status;
}

static bg_status solve_linear(fit *f, bg_error *error)
{
    const bg_example *e = f->example;
    size_t in = e->widths[0], out = e->widths[1];
    bg_data *data;
    double *weights = memory_zeroed(out, (in + 1) * sizeof *weights);
    if (!weights)
        return fail_memory(error, "the fit");
    bg_status status =
        bg_data_create(BG_F64, e->rows, in, out, e->inputs, e->targets, &data, error);
    if (status == BG_OK) {
        status = bg_least_squares(data, weights, NULL, error);
        bg_data_free(data);
    }
    for (size_t j = 0; status == BG_OK && j < out; j++) {
        const double *w = weights + j * (in + 1);
        memcpy(f->parameters + example_weight(e, 1, j, 0), w, in * sizeof *w);
        f->parameters[example_bias(e, 1, j)] = w[in];
    }
    memory_release(weights);
    TRY(status);
    TRY(measure_residuals(f, e->parameters, error));
    return find_deviations(f, error);
}

bg_status fit_open(fit *f, const bg_example *example, bg_error *error)
{
    *f = (fit){.example = example};
    f->parameters = memory_zeroed(example->parameters, sizeof *f->parameters);
    f->deviation = memory_zeroed(example->parameters, sizeof *f->deviation);
    bg_status status = f->parameters && f->deviation ? BG_OK : fail_memory(error, "the fit");
    if (status == BG_OK)
        status = example->rule == EXAMPLE_LEAST_SQUARES
                     ? solve_linear(f, error)
                     : fail(error, BG_E_NUMERIC, "no solver for levenberg_marquardt");
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
