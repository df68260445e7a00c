#include <math.h>

#include "base/arena.h"
#include "base/status.h"
#include "net/dataset.h"
#include "net/net.h"
#include "sheet/survey.h"

/* Of the step whose update is looked at: a power of two, so that lr times the gradient is exact,
 * and large, so that what is left of W in W - lr g rounds nothing away. */
#define UPDATE_LR 0x1p20

/* All that one certificate is made from. */
typedef struct inspection {
    reference r;
    survey survey;
    derivative_list list;
    const bg_objective *objective;
    size_t rows;
    double *gradient; /* the engine's; parameters values, owned; */
    double *update;   /* by (W - W') / lr, owned; */
    double *before;   /* and W, owned */
    double value;
    bg_certificate *certificate; /* owned until it is handed over */
} inspection;

/* --------------------------------------------------------------------------- judgement --- */

/* Distance of numbers of this size: 2^(e-p+1) for 2^e <= |x| < 2^(e+1). */
static double ulp(double x, bg_dtype dtype)
{
    int exponent, least = dtype == BG_F32 ? FLT_MIN_EXP : DBL_MIN_EXP;
    frexp(x, &exponent);
    exponent = exponent > least ? exponent : least;
    return ldexp(1, exponent - (dtype == BG_F32 ? FLT_MANT_DIG : DBL_MANT_DIG));
}

/* Reduced, and with the penalty. */
static quad exact_value(const inspection *n, const derivative *d, quad sum)
{
    const reference_layer *layer = &n->r.layer[d->layer];
    quad share = n->objective->reduction == BG_MEAN ? 1 / (quad)n->rows : 1;
    bool weight = d->in < layer->in;
    quad w = weight ? layer->wide[d->out * layer->in + d->in] : 0;
    int sign = (w > 0) - (w < 0);
    return sum * share + (quad)n->objective->l2 * w + (quad)n->objective->l1 * sign;
}

/* All of the rounding up to the derivative; the sum over the rows and the penalty are this
 * function's own. */
static double rounding_limit(const inspection *n, const derivative *d)
{
    const reference_layer *layer = &n->r.layer[d->layer];
    const rounding *c = &n->survey.bound;
    double weight = d->in < layer->in ? fabs(layer->weight[d->out * layer->in + d->in]) : 0;
    double pull = n->objective->l2 * weight + (weight > 0 ? n->objective->l1 : 0);
    double sum = d->error + d->kink + rounding_growth(c, (double)n->rows + 4) * d->size;
    return sum + 4 * c->u * (pull + d->size) + (pull != 0 ? 4 * c->least : 0);
}

/* The two differences with Richardson's correction, (4 D(h/2) - D(h)) / 3, and how far they may be
 * off: the correction itself, and rounding in quad precision. */
static quad difference(const inspection *n, const derivative *d, double *off)
{
    quad h = (quad)survey_step(&n->survey, d->layer);
    quad coarse = d->change[0] / (2 * h), fine = d->change[1] / h;
    quad correction = (fine - coarse) / 3;
    *off = fabs((double)correction) + n->survey.noise / (double)h;
    *off *= n->objective->reduction == BG_MEAN ? 1 / (double)n->rows : 1;
    return fine + correction;
}

static double in_limits(const bg_finding *f)
{
    if (f->error == 0)
        return 0;
    return isnan(f->error) ? (double)INFINITY : fabs(f->error) / f->limit;
}

static void judge(bg_certificate_layer *layer, bg_evidence evidence, bg_finding found)
{
    layer->compared[evidence]++;
    if (!(fabs(found.error) <= found.limit))
        layer->failed[evidence]++;
    bg_finding *worst = &layer->worst[evidence];
    if (layer->compared[evidence] == 1 || in_limits(&found) > in_limits(worst))
        *worst = found;
}

static bg_finding find(const derivative *d, bg_dtype dtype, double engine, quad known, double limit)
{
    double error = (double)((quad)engine - known);
    return (bg_finding){.layer = d->layer + 1,
                        .out = d->out,
                        .in = d->in,
                        .engine = engine,
                        .reference = (double)known,
                        .error = error,
                        .limit = limit,
                        .ulp_value = error / ulp((double)known, dtype),
                        .ulp_terms = error / ulp(fmax(d->terms, fabs((double)known)), dtype)};
}

/* What the update adds to the limit: W - lr g is rounded once. */
static double update_limit(const inspection *n, size_t index)
{
    double after = n->before[index] - UPDATE_LR * n->update[index];
    return 2 * n->survey.bound.u * (fabs(after) + fabs(n->before[index])) / UPDATE_LR;
}

static void examine(const inspection *n, bg_dtype dtype, const derivative *d,
                    bg_certificate_layer *layer)
{
    quad exact = exact_value(n, d, d->exact);
    double limit = rounding_limit(n, d), off, engine = n->gradient[d->index];
    layer->derivatives++;
    layer->at_kinks += d->kink > 0;
    if (!isfinite(limit)) {
        layer->unjudged++;
        return;
    }
    judge(layer, BG_DUAL, find(d, dtype, engine, exact, limit));
    judge(layer, BG_UPDATE,
          find(d, dtype, n->update[d->index], exact, limit + update_limit(n, d->index)));
    if (!d->moved || d->crossed)
        return;
    quad moved = exact_value(n, d, difference(n, d, &off));
    judge(layer, BG_DIFFERENCES, find(d, dtype, engine, moved, limit + off));
    double apart = fabs((double)(moved - exact)) / (limit + off);
    bg_certificate *c = n->certificate;
    if (moved != exact && !(apart <= c->disagreement))
        c->disagreement = apart;
}

/* The sums behind `sharpness`. */
static void measure_layer(const inspection *n, size_t l, bg_certificate_layer *layer)
{
    double limits = 0, sizes = 0;
    for (size_t i = 0; i < n->list.items; i++) {
        const derivative *d = &n->list.item[i];
        double limit = rounding_limit(n, d);
        if (d->layer != l || !isfinite(limit) || d->kink > 0)
            continue;
        limits += limit;
        sizes += fabs((double)exact_value(n, d, d->exact));
    }
    layer->sharpness = sizes > 0 ? limits / sizes : (double)NAN;
}

static void sum_up(bg_certificate *c)
{
    size_t judged[BG_EVIDENCE_COUNT] = {0};
    double most = -1;
    for (size_t l = 0; l < c->layers; l++) {
        const bg_certificate_layer *layer = &c->layer[l];
        c->derivatives += layer->derivatives;
        c->at_kinks += layer->at_kinks;
        c->unjudged += layer->unjudged;
        for (int e = 0; e < BG_EVIDENCE_COUNT; e++) {
            c->failed += layer->failed[e];
            judged[e] += layer->compared[e];
            if (!layer->compared[e] || in_limits(&layer->worst[e]) <= most)
                continue;
            most = in_limits(&layer->worst[e]);
            c->worst = layer->worst[e];
            c->worst_evidence = (bg_evidence)e;
        }
    }
    c->certified = c->failed == 0 && judged[BG_DUAL] > 0 && judged[BG_UPDATE] > 0;
}

static void write_verdict(inspection *n, const bg_net *net)
{
    bg_certificate *c = n->certificate;
    const survey *s = &n->survey;
    quad share = n->objective->reduction == BG_MEAN ? 1 / (quad)n->rows : 1;
    c->rows = n->rows;
    c->parameters = bg_net_parameters(net);
    c->kinks = s->kinks.near;
    c->exact_kinks = s->kinks.exact;
    c->value = n->value;
    c->reference_value = (double)(s->loss * share + reference_penalty(&n->r));
    c->step = s->step;
    for (size_t i = 0; i < n->list.items; i++) {
        const derivative *d = &n->list.item[i];
        examine(n, net->dtype, d, &c->layer[d->layer]);
    }
    for (size_t l = 0; l < c->layers; l++)
        measure_layer(n, l, &c->layer[l]);
    bg_net_sha256(net, c->sha256);
    sum_up(c);
}

/* ---------------------------------------------------------------------------- evidence --- */

/* What the plan says of each layer. */
static bg_status name_engines(inspection *n, const bg_net_spec *spec,
                              const bg_train_options *options, bg_error *error)
{
    bg_plan plan;
    bg_plan_layer *layer = memory_zeroed(spec->layers, sizeof *layer);
    if (!layer)
        return fail_memory(error, "the plan");
    bg_status status = bg_plan_choose(spec, options, n->rows, &plan, layer, error);
    for (size_t l = 0; status == BG_OK && l < spec->layers; l++)
        n->certificate->layer[l].engine = layer[l].engine;
    n->certificate->instructions = plan.instructions;
    memory_release(layer);
    return status;
}

/* One step over all rows, as training takes it: n->update = (W - W') / lr. */
static bg_status step_once(inspection *n, bg_net *net, const bg_data *data,
                           const bg_train_options *options, bg_error *error)
{
    bg_trainer *trainer;
    net_set_all(net, n->before);
    TRY(bg_trainer_create(net, data, options, &trainer, error));
    bg_status status = bg_trainer_run(trainer, 1, NULL, error);
    bg_trainer_free(trainer);
    net_export(net, net->values, n->update);
    for (size_t i = 0; i < net->parameters; i++)
        n->update[i] = (n->before[i] - n->update[i]) / UPDATE_LR;
    return status;
}

static bg_status train_copy(inspection *n, const bg_net_spec *spec, const bg_data *data,
                            int threads, bg_error *error)
{
    bg_train_options options;
    bg_train_defaults(&options);
    options.objective = *n->objective;
    options.lr = UPDATE_LR;
    options.threads = threads;
    TRY(name_engines(n, spec, &options, error));
    bg_net *copy;
    TRY(bg_net_create(spec, &copy, error));
    bg_status status = step_once(n, copy, data, &options, error);
    bg_net_free(copy);
    return status;
}

static bg_status record_update(inspection *n, const bg_net *net, const bg_data *data, int threads,
                               bg_error *error)
{
    size_t layers = net->layers;
    size_t *widths = memory_zeroed(layers + 1, sizeof *widths);
    bg_activation *activations = memory_zeroed(layers, sizeof *activations);
    bg_status status;
    if (!widths || !activations) {
        status = fail_memory(error, "a copy of the network");
    } else {
        for (size_t l = 0; l <= layers; l++)
            widths[l] = bg_net_width(net, l);
        for (size_t l = 0; l < layers; l++)
            activations[l] = net->layer[l].activation;
        net_export(net, net->values, n->before);
        const bg_net_spec spec = {net->dtype, layers, widths, activations};
        status = train_copy(n, &spec, data, threads, error);
    }
    memory_release(widths);
    memory_release(activations);
    return status;
}

static bg_status inspect(inspection *n, const bg_net *net, const bg_data *data,
                         const bg_certify_options *o, int threads, bg_error *error)
{
    n->gradient = memory_zeroed(net->parameters, sizeof *n->gradient);
    n->update = memory_zeroed(net->parameters, sizeof *n->update);
    n->before = memory_zeroed(net->parameters, sizeof *n->before);
    n->certificate = memory_zeroed(1, sizeof *n->certificate);
    if (n->certificate)
        n->certificate->layer = memory_zeroed(net->layers, sizeof *n->certificate->layer);
    if (!n->gradient || !n->update || !n->before || !n->certificate || !n->certificate->layer)
        return fail_memory(error, "a certificate");
    n->certificate->layers = net->layers;
    TRY(bg_gradient(net, n->objective, data, threads, &n->value, n->gradient, error));
    TRY(reference_open(&n->r, net, n->objective, error));
    TRY(derivative_choose(&n->r, n->rows, o->sample, o->differences, o->seed, &n->list, error));
    n->survey = (survey){.r = &n->r,
                         .data = data,
                         .bound = rounding_start(&n->r, net->dtype, n->rows),
                         .list = &n->list};
    TRY(survey_run(&n->survey, threads, error));
    if (n->survey.bad_row)
        return fail(error, BG_E_DIVERGED,
                    "the loss of data row %zu is not finite: there is "
                    "nothing to differentiate",
                    n->survey.bad_row);
    TRY(record_update(n, net, data, threads, error));
    write_verdict(n, net);
    return BG_OK;
}

bg_status bg_certify(const bg_net *net, const bg_objective *objective, const bg_data *data,
                     const bg_certify_options *options, bg_certificate **certificate,
                     bg_error *error)
{
    static const bg_certify_options defaults = {0};
    const bg_certify_options *o = options ? options : &defaults;
    TRY(dataset_refuse_weights(data, "a certificate", error));
    int threads = o->threads ? o->threads : bg_threads_available();
    inspection n = {.objective = objective, .rows = bg_data_rows(data)};
    bg_status status = inspect(&n, net, data, o, threads, error);
    if (status == BG_OK) {
        *certificate = n.certificate;
        n.certificate = NULL;
    }
    bg_certificate_free(n.certificate);
    derivative_release(&n.list);
    reference_close(&n.r);
    memory_release(n.gradient);
    memory_release(n.update);
    memory_release(n.before);
    return status;
}

void bg_certificate_free(bg_certificate *certificate)
{
    if (!certificate)
        return;
    memory_release(certificate->layer);
    memory_release(certificate);
}
