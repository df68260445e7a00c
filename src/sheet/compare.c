#include "sheet/compare.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "net/net.h"

/* ------------------------------------------------------------------------------ measures --- */

tensor_place tensor_find(const bg_recording *r, size_t i)
{
    tensor_place place = {.layer = 1};
    for (;; place.layer++) {
        size_t out = r->widths[place.layer];
        place.weights = place.first + r->widths[place.layer - 1] * out;
        place.end = place.weights + out;
        if (i < place.end)
            break;
        place.first = place.end;
    }
    if (i < place.weights)
        place.end = place.weights;
    else
        place.first = place.weights;
    return place;
}

static double largest(const double *values, size_t first, size_t end)
{
    double most = 0;
    for (size_t i = first; i < end; i++)
        most = fmax(most, fabs(values[i]));
    return most;
}

/* Of one number; a scale of 0 leaves no room. */
static double units_of(double got, double want, double room)
{
    double error = fabs(got - want);
    if (error == 0)
        return 0;
    return error <= DBL_MAX && room > 0 ? error / room : (double)INFINITY;
}

double compare_vectors(const examiner *x, const double *got, const double *want,
                       const double *scale)
{
    double worst = 0;
    for (size_t i = 0; i < x->r->parameters;) {
        tensor_place t = tensor_find(x->r, i);
        double most = fmax(largest(got, i, t.end), largest(want, i, t.end));
        for (; i < t.end; i++)
            worst =
                fmax(worst, units_of(got[i], want[i], x->tolerance * (scale ? scale[i] : most)));
    }
    return worst;
}

void parameter_scale(const bg_recording *r, size_t step, double *scale)
{
    const double *before = recorded_values(r, step), *after = recorded_values(r, step + 1);
    for (size_t i = 0; i < r->parameters;) {
        tensor_place t = tensor_find(r, i);
        double change = 0;
        for (size_t k = i; k < t.end; k++)
            change = fmax(change, fabs(after[k] - before[k]));
        for (; i < t.end; i++)
            scale[i] = fmax(fabs(before[i]), fabs(after[i])) + change;
    }
}

void examiner_go(examiner *x, size_t step)
{
    net_set_all(x->net, recorded_values(x->r, step));
}

bg_status gradient_error(examiner *x, size_t step, const bg_data *data, const double *gradient,
                         double *units, bg_error *error)
{
    static const double near = 1.0 / 16, far = 1e6; /* nothing to explain; no cancellation does */
    const bg_recording *r = x->r;
    const double *recorded = recorded_gradient(r, step), *p = recorded_values(r, step);
    *units = compare_vectors(x, gradient, recorded, NULL);
    if (*units <= near || *units > far)
        return BG_OK;
    backward_way sizes = {.sizes = true};
    TRY(backward_gradient(x, p, data, &sizes, x->scale, error));
    for (size_t i = 0; i < r->parameters; i++)
        x->scale[i] += fmax(fabs(recorded[i]), r->options.objective.l2 * fabs(p[i]));
    *units = fmin(*units, compare_vectors(x, gradient, recorded, x->scale));
    return BG_OK;
}

/* A loss near 0 is a sum of squares of small differences, or of logarithms of numbers near 1: its
 * error is that of outputs and targets of about this size. */
double loss_error(const examiner *x, size_t step, double loss)
{
    const bg_recording *r = x->r;
    const bg_objective *o = &r->options.objective;
    size_t rows = r->first[step + 1] - r->first[step], n = r->widths[r->layers];
    double recorded = r->loss[step], size = fmax(fabs(loss), fabs(recorded));
    double terms = (double)n * (o->reduction == BG_SUM ? (double)rows : 1);
    bool squares = o->loss == BG_MSE || o->loss == BG_HALF_SSE || o->loss == BG_SSE;
    size += squares ? sqrt(size * terms) : terms;
    return units_of(loss, recorded, x->tolerance * size);
}

/* ------------------------------------------------------------------------------ the steps --- */

/* Distance in units of the last place of the recorded number, in the run's precision. */
static double ulps(bg_dtype dtype, double recorded, double engine)
{
    int digits = dtype == BG_F32 ? FLT_MANT_DIG : DBL_MANT_DIG;
    int least = dtype == BG_F32 ? FLT_MIN_EXP : DBL_MIN_EXP, exponent = least;
    if (recorded != 0)
        frexp(recorded, &exponent);
    if (exponent < least)
        exponent = least;
    return ldexp(fabs(engine - recorded), digits - exponent);
}

/* The tensor and number that differ most. */
static void locate(const examiner *x, finding *f, const double *engine, const double *recorded,
                   const double *scale)
{
    double worst = -1;
    for (size_t i = 0; i < x->r->parameters;) {
        tensor_place t = tensor_find(x->r, i);
        double most = largest(recorded, t.first, t.end);
        size_t differing = 0, best = x->r->parameters;
        for (; i < t.end; i++) {
            double units =
                units_of(engine[i], recorded[i], x->tolerance * (scale ? scale[i] : most));
            differing += units > 1;
            if (units > worst) {
                worst = units;
                best = i;
            }
        }
        if (best < t.end)
            *f = (finding){.first = t.first, .end = t.end, .index = best, .differing = differing};
    }
    f->engine = engine[f->index];
    f->recorded = recorded[f->index];
}

static void begin_finding(const examiner *x, finding *f, size_t step, const double *engine,
                          const double *recorded, const double *scale)
{
    if (recorded == &x->r->loss[step])
        *f = (finding){.engine = *engine, .recorded = *recorded, .end = 1, .differing = 1};
    else
        locate(x, f, engine, recorded, scale);
    f->there = true;
    f->step = step;
    f->ulp = ulps(x->r->dtype, f->recorded, f->engine);
}

typedef struct runs {
    bg_data *largest;           /* batch, that the trainers are made for; owned */
    bg_net *own_net, *told_net; /* owned */
    bg_trainer *own;  /* makes the whole run by itself; NULL once it has diverged; owned */
    bg_trainer *told; /* updates from recorded parameters and gradients; owned */
} runs;

static bg_status ask_objective(examiner *x, bg_comparison *c, size_t step, const bg_data *data,
                               bg_error *error)
{
    const bg_recording *r = x->r;
    double loss, *errors = c->step[step].error;
    examiner_go(x, step);
    TRY(bg_gradient(x->net, &r->options.objective, data, 1, &loss, x->gradient, error));
    errors[COMPARE_LOSS] = loss_error(x, step, loss);
    TRY(gradient_error(x, step, data, x->gradient, &errors[COMPARE_GRADIENT], error));
    finding *f = c->found;
    if (errors[COMPARE_LOSS] > 1 && !f[COMPARE_LOSS].there)
        begin_finding(x, &f[COMPARE_LOSS], step, &loss, &r->loss[step], NULL);
    if (errors[COMPARE_GRADIENT] > 1 && !f[COMPARE_GRADIENT].there)
        begin_finding(x, &f[COMPARE_GRADIENT], step, x->gradient, recorded_gradient(r, step), NULL);
    return BG_OK;
}

/* A schedule may end at 0, which no trainer takes. */
static double rate_at(const bg_recording *r, size_t step)
{
    return fmax(r->lr[step], 1e-30);
}

static bg_status ask_update(examiner *x, bg_comparison *c, runs *run, size_t step, bg_error *error)
{
    const bg_recording *r = x->r;
    double *units = &c->step[step].error[COMPARE_PARAMETERS];
    net_set_all(run->told_net, recorded_values(r, step));
    TRY(bg_trainer_set_lr(run->told, rate_at(r, step), error));
    TRY(bg_trainer_apply(run->told, recorded_gradient(r, step), error));
    net_export(run->told_net, run->told_net->values, x->parameters);
    parameter_scale(r, step, x->scale);
    *units = compare_vectors(x, x->parameters, recorded_values(r, step + 1), x->scale);
    if (*units > 1 && !c->found[COMPARE_PARAMETERS].there)
        begin_finding(x, &c->found[COMPARE_PARAMETERS], step, x->parameters,
                      recorded_values(r, step + 1), x->scale);
    return BG_OK;
}

/* The engine's own run takes the step too; once it diverges it is left where it was. */
static bg_status drift(examiner *x, bg_comparison *c, runs *run, size_t step, const bg_data *data,
                       bg_error *error)
{
    const bg_recording *r = x->r;
    c->step[step].drift = (double)INFINITY;
    if (!run->own)
        return BG_OK;
    TRY(bg_trainer_set_lr(run->own, rate_at(r, step), error));
    bg_status status = bg_trainer_step(run->own, data, NULL, error);
    if (status == BG_E_DIVERGED) {
        bg_trainer_free(run->own);
        run->own = NULL;
        return BG_OK;
    }
    TRY(status);
    net_export(run->own_net, run->own_net->values, x->parameters);
    examiner exact = *x;
    exact.tolerance = 1;
    c->step[step].drift =
        compare_vectors(&exact, x->parameters, recorded_values(r, step + 1), NULL);
    return BG_OK;
}

static bg_status run_steps(examiner *x, bg_comparison *c, runs *run, bg_error *error)
{
    for (size_t step = 0; step < x->r->steps; step++) {
        bg_data *data;
        TRY(recording_batch(x->r, step, &data, error));
        bg_status status = ask_objective(x, c, step, data, error);
        if (status == BG_OK)
            status = ask_update(x, c, run, step, error);
        if (status == BG_OK)
            status = drift(x, c, run, step, data, error);
        bg_data_free(data);
        TRY(status);
    }
    return BG_OK;
}

/* Trainers for the largest batch: only its size matters to them. */
static bg_status open_runs(const bg_recording *r, runs *run, bg_error *error)
{
    size_t most = 0;
    while (r->first[most + 1] - r->first[most] < r->most_rows)
        most++;
    bg_train_options own = r->options, told = r->options;
    own.threads = told.threads = 1;
    own.lr = told.lr = rate_at(r, 0);
    told.objective.l2 = 0; /* recorded gradients have it */
    TRY(recording_batch(r, most, &run->largest, error));
    bg_status status = recording_net(r, r->values, &run->own_net, error);
    if (status == BG_OK)
        status = recording_net(r, r->values, &run->told_net, error);
    if (status == BG_OK)
        status = bg_trainer_create(run->own_net, run->largest, &own, &run->own, error);
    if (status == BG_OK)
        status = bg_trainer_create(run->told_net, run->largest, &told, &run->told, error);
    return status;
}

static void close_runs(runs *run)
{
    bg_trainer_free(run->own);
    bg_trainer_free(run->told);
    bg_net_free(run->own_net);
    bg_net_free(run->told_net);
    bg_data_free(run->largest);
}

/* ------------------------------------------------------------------------------ the whole --- */

static bg_status explain(examiner *x, bg_comparison *c, bg_error *error)
{
    bool ahead = false;
    if (c->found[COMPARE_PARAMETERS].there)
        TRY(explain_update(x, &c->found[COMPARE_PARAMETERS], &ahead, error));
    for (int q = COMPARE_LOSS; q <= COMPARE_GRADIENT; q++) {
        finding *f = &c->found[q];
        bool loss_agrees = q == COMPARE_GRADIENT && c->step[f->step].error[COMPARE_LOSS] <= 1;
        if (f->there && ahead) {
            f->explained = x->r->steps - f->step;
            memcpy(f->words, AHEAD, sizeof AHEAD);
        } else if (f->there) {
            TRY(explain_objective(x, (compare_quantity)q, loss_agrees, f, error));
        }
    }
    return BG_OK;
}

/* Rounding: every number of a gradient is a sum over rows and, one after the other, over the units
 * of each layer, each term with a relative error of one unit roundoff u, so at most the count of
 * terms times u of the sum of their sizes (Higham 2002, section 3.1); 64 for the functions. */
static double derived_tolerance(const bg_recording *r)
{
    double terms = 64 + (double)r->most_rows;
    for (size_t l = 0; l <= r->layers; l++)
        terms += (double)r->widths[l];
    return terms * (r->dtype == BG_F32 ? FLT_EPSILON : DBL_EPSILON) / 2;
}

static bg_status compare_with(examiner *x, bg_comparison *c, bg_error *error)
{
    const bg_recording *r = x->r;
    runs run = {0};
    c->step = memory_zeroed(r->steps, sizeof *c->step);
    x->gradient = memory_zeroed(3 * r->parameters, sizeof *x->gradient);
    if (!c->step || !x->gradient)
        return fail_memory(error, "a comparison");
    x->parameters = x->gradient + r->parameters;
    x->scale = x->parameters + r->parameters;
    TRY(recording_net(r, r->values, &x->net, error));
    bg_status status = open_runs(r, &run, error);
    if (status == BG_OK)
        status = run_steps(x, c, &run, error);
    close_runs(&run);
    return status == BG_OK ? explain(x, c, error) : status;
}

bg_status bg_compare(const bg_recording *recording, double tolerance, bg_comparison **comparison,
                     bg_error *error)
{
    bg_error why = {.status = BG_OK};
    bg_comparison *c = memory_zeroed(1, sizeof *c);
    if (!c)
        return fail_memory(error, "a comparison");
    c->r = recording;
    c->tolerance = tolerance > 0 ? tolerance : derived_tolerance(recording);
    examiner x = {.r = recording, .tolerance = c->tolerance};
    bg_status status = compare_with(&x, c, &why);
    bg_net_free(x.net);
    memory_release(x.gradient);
    if (status == BG_OK) {
        *comparison = c;
        return BG_OK;
    }
    bg_comparison_free(c);
    if (status == BG_E_ARGUMENT) /* settings that no trainer takes */
        return fail_at(error, BG_E_DATA, recording->source, 0, 0, "settings: %s", why.text);
    if (error)
        *error = why;
    return status;
}

void bg_comparison_free(bg_comparison *comparison)
{
    if (!comparison)
        return;
    memory_release(comparison->step);
    memory_release(comparison);
}

bool bg_comparison_agrees(const bg_comparison *comparison)
{
    for (int q = 0; q < COMPARE_QUANTITIES; q++)
        if (comparison->found[q].there)
            return false;
    return true;
}

double bg_comparison_drift(const bg_comparison *comparison)
{
    return comparison->step[comparison->r->steps - 1].drift;
}
