#include "sheet/rounding.h"

#include <math.h>

#include "sheet/function.h"

/* What one call of a function may cost, in u of its value: several times what the engine's own
 * functions are tested to. */
#define CALL 8.0

/* Of each activation but softmax: a bound of |f''|, the error of f in u of its value, what f and f'
 * may be off beside that in u of 1, and the jump of f' at 0. */
static const struct {
    double curvature, call, noise, slope_noise, jump;
} facts[BG_ACTIVATION_COUNT] = {
    [BG_IDENTITY] = {0, 0, 0, 0, 0},
    [BG_SIGMOID] = {0.1, CALL, 0, CALL, 0},
    [BG_TANH] = {0.8, CALL, 0, CALL, 0},
    [BG_RELU] = {0, 0, 0, 0, 1},
    [BG_LEAKY_RELU] = {0, 2, 0, 0.01, 0.99},
    [BG_ELU] = {1, CALL, 0, CALL, 0},
    [BG_SOFTPLUS] = {0.25, CALL, 0, CALL, 0},
    [BG_GELU] = {0.8, CALL, CALL, 2 * CALL, 0},
    [BG_SILU] = {0.5, CALL, CALL, 2 * CALL, 0},
};

rounding rounding_start(const reference *r, bg_dtype dtype, size_t rows)
{
    bool mean = r->objective.reduction == BG_MEAN;
    return (rounding){.r = r,
                      .u = dtype == BG_F32 ? 0x1p-24 : 0x1p-53,
                      .least = dtype == BG_F32 ? (double)FLT_MIN : DBL_MIN,
                      .share = mean ? 1 / (double)rows : 1};
}

double rounding_growth(const rounding *c, double operations)
{
    double nu = operations * c->u;
    return nu < 0.5 ? nu / (1 - nu) : (double)INFINITY;
}

/* ----------------------------------------------------------------------------- forward --- */

/* z = b + sum of W a */
static void bound_sums(const rounding *c, const reference_layer *layer, const rounding_unit *below,
                       rounding_unit *above)
{
    double growth = rounding_growth(c, (double)layer->in + 2);
    for (size_t j = 0; j < layer->out; j++) {
        const double *w = layer->weight + j * layer->in;
        double carried = 0, size = fabs(layer->bias[j]), flushed = size != 0;
        for (size_t i = 0; i < layer->in; i++) {
            double weight = fabs(w[i]), a = fabs(below[i].a) + below[i].a_error;
            carried += weight * below[i].a_error;
            size += weight * a;
            flushed += weight != 0 && a != 0 ? weight + a + 1 : 0;
        }
        above[j].z_error = carried + growth * size + c->least * flushed;
    }
}

static void bound_unit(const rounding *c, bg_activation f, double z, double a, double slope,
                       rounding_unit *unit, rounding_kinks *kinks)
{
    double e = unit->z_error, size = fabs(slope), bent = facts[f].curvature * e;
    unit->a = a;
    unit->slope = slope;
    unit->jump = 0;
    if (function_has_kink(f) && fabs(z) <= e) {
        bool exact = z == 0 && e == 0; /* only zeros were added up */
        unit->jump = exact ? 0 : facts[f].jump;
        size = exact ? size : 1;
        kinks->exact += exact;
        kinks->near += !exact;
    }
    unit->a_error = e * (size + bent / 2);
    unit->a_error += c->u * (facts[f].call * (fabs(a) + unit->a_error) + facts[f].noise);
    unit->a_error += facts[f].call != 0 ? c->least : 0;
    unit->slope_error = bent + c->u * (facts[f].slope_noise + 2 * size);
}

/* a[k] relative to itself, when each z[i] - max is off by e[i]: by e[k] and the mean of e. */
static void bound_softmax(const rounding *c, size_t n, const quad *z, const quad *a,
                          rounding_unit *units)
{
    double mean = 0, most = 0;
    quad top = z[0];
    for (size_t j = 1; j < n; j++)
        top = z[j] > top ? z[j] : top;
    for (size_t j = 0; j < n; j++) {
        rounding_unit *unit = &units[j];
        unit->a = (double)a[j];
        unit->slope = unit->slope_error = unit->jump = 0;
        unit->z_error += c->u * (double)(top - z[j]); /* of the difference that is raised to */
        mean += unit->a * unit->z_error;
        most = fmax(most, unit->z_error);
    }
    /* e^x <= 1 + x + x^2 for x < 1 */
    double second = most < 0.25 ? 4 * most * most : (double)INFINITY;
    for (size_t j = 0; j < n; j++) {
        rounding_unit *unit = &units[j];
        double off = unit->z_error + mean + second + rounding_growth(c, (double)n + 2 * CALL);
        unit->a_error = fmin(1, unit->a * off + (double)(n + 1) * c->least);
    }
}

static void go_forward(const rounding *c, const quad *row, rounding_unit *units,
                       rounding_kinks *kinks)
{
    const reference *r = c->r;
    const rounding_unit *below = units;
    for (size_t i = 0; i < r->inputs; i++)
        units[i] = (rounding_unit){.a = (double)row[i]};
    for (size_t l = 0; l < r->layers; l++) {
        const reference_layer *layer = &r->layer[l];
        rounding_unit *here = units + layer->unit;
        bound_sums(c, layer, below, here);
        if (layer->activation == BG_SOFTMAX)
            bound_softmax(c, layer->out, row + layer->z, row + layer->a, here);
        else
            for (size_t j = 0; j < layer->out; j++)
                bound_unit(c, layer->activation, (double)row[layer->z + j],
                           (double)row[layer->a + j], (double)row[layer->slope + j], &here[j],
                           kinks);
        below = here;
    }
}

/* ------------------------------------------------------------------------------ losses --- */

/* dE/da of one output. */
typedef rounding_pull loss_slope(const rounding *c, double a, double e, double t, double outputs);

static rounding_pull square_slope(const rounding *c, double a, double e, double t, double factor)
{
    double d = a - t, value = factor * d;
    return (rounding_pull){value, fabs(factor) * e + 4 * c->u * (fabs(value) + fabs(factor) * e), 0,
                           0};
}
static rounding_pull sse_slope(const rounding *c, double a, double e, double t, double outputs)
{
    (void)outputs;
    return square_slope(c, a, e, t, 2);
}
static rounding_pull half_sse_slope(const rounding *c, double a, double e, double t, double outputs)
{
    (void)outputs;
    return square_slope(c, a, e, t, 1);
}
static rounding_pull mse_slope(const rounding *c, double a, double e, double t, double outputs)
{
    return square_slope(c, a, e, t, 2 / outputs);
}
static rounding_pull mae_slope(const rounding *c, double a, double e, double t, double outputs)
{
    double d = a - t;
    bool unsure = fabs(d) <= e + c->u * fabs(d);
    return (rounding_pull){((d > 0) - (d < 0)) / outputs, 2 * c->u / outputs,
                           unsure ? 2 / outputs : 0, 0};
}
static rounding_pull huber_slope(const rounding *c, double a, double e, double t, double outputs)
{
    double d = a - t, value = fmax(-1, fmin(1, d)) / outputs;
    return (rounding_pull){value, e / outputs + 4 * c->u * (fabs(value) + e / outputs), 0, 0};
}

/* t / a when a is off by e: infinite where it may be 0. */
static double quotient_error(const rounding *c, double t, double a, double e)
{
    if (t == 0)
        return 0;
    double least = a - e - 2 * c->u * fabs(a);
    return least > 0 ? fabs(t) * (e / (a * least) + 4 * c->u / least) : (double)INFINITY;
}
static rounding_pull cross_entropy_slope(const rounding *c, double a, double e, double t,
                                         double outputs)
{
    (void)outputs;
    return (rounding_pull){t == 0 ? 0 : -t / a, quotient_error(c, t, a, e), 0, 0};
}
static rounding_pull binary_slope(const rounding *c, double a, double e, double t, double outputs)
{
    rounding_pull up = cross_entropy_slope(c, a, e, t, outputs);
    rounding_pull down = cross_entropy_slope(c, 1 - a, e, 1 - t, outputs);
    double value = up.value - down.value, size = fabs(up.value) + fabs(down.value);
    return (rounding_pull){value, up.error + down.error + 2 * c->u * size, 0, 0};
}

static loss_slope *const slopes[BG_LOSS_COUNT] = {
    [BG_MSE] = mse_slope,
    [BG_HALF_SSE] = half_sse_slope,
    [BG_SSE] = sse_slope,
    [BG_MAE] = mae_slope,
    [BG_HUBER] = huber_slope,
    [BG_BCE] = binary_slope,
    [BG_SOFTMAX_CE] = cross_entropy_slope,
};

/* dE/dz of the last layer where the engine takes it from a and t in one step: a - t,
 * -t (1 - a), a (sum of t) - t. */
static void bound_from_z(const rounding *c, const quad *t, rounding_unit *units)
{
    size_t n = c->r->outputs;
    bg_loss loss = c->r->objective.loss;
    bool soft = c->r->layer[c->r->layers - 1].activation == BG_SOFTMAX;
    double total = 0, growth = rounding_growth(c, (double)n + 4);
    for (size_t j = 0; j < n; j++)
        total += fabs((double)t[j]);
    for (size_t j = 0; j < n; j++) {
        rounding_unit *unit = &units[j];
        double target = fabs((double)t[j]), e = unit->a_error, size = unit->a + e;
        double factor = soft ? total : loss == BG_BCE ? 1 : target;
        unit->delta_error = factor * e + growth * (factor * size + target);
    }
}

/* ---------------------------------------------------------------------------- backward --- */

/* delta = g f'(z), with g off by g.error and f' by slope_error and, at a kink, by its jump. */
static void pull_unit(const rounding *c, rounding_pull g, double delta, rounding_unit *unit)
{
    double slope = fabs(unit->slope), reach = slope + unit->slope_error;
    double size = fabs(g.value) + g.error;
    unit->delta = delta;
    unit->delta_error = slope * g.error + unit->slope_error * size + 2 * c->u * size * reach +
                        c->least * (1 + size + reach);
    unit->kink = (reach + unit->jump) * g.kink + unit->jump * size;
    unit->terms = slope * g.terms;
}

/* delta[j] = a[j] (g[j] - sum of a g) */
static void pull_softmax(const rounding *c, size_t n, const rounding_pull *g, rounding_unit *units)
{
    double mean = 0, mean_error = 0, size = 0, kink = 0;
    for (size_t j = 0; j < n; j++) {
        double a = units[j].a, reach = a + units[j].a_error;
        mean += a * g[j].value;
        mean_error += reach * g[j].error + units[j].a_error * fabs(g[j].value);
        size += reach * (fabs(g[j].value) + g[j].error);
        kink += reach * g[j].kink;
    }
    mean_error += rounding_growth(c, (double)n + 2) * size;
    for (size_t j = 0; j < n; j++) {
        rounding_unit *unit = &units[j];
        double difference = fabs(g[j].value - mean), reach = unit->a + unit->a_error;
        double off = g[j].error + mean_error;
        unit->delta_error = unit->a_error * difference + reach * off +
                            3 * c->u * reach * (difference + off) + c->least * (double)(n + 2);
        unit->kink = reach * (g[j].kink + kink);
    }
}

static void go_over_the_top(const rounding *c, const quad *row, rounding_unit *units,
                            rounding_pull *g, rounding_kinks *kinks)
{
    const reference *r = c->r;
    const reference_layer *last = &r->layer[r->layers - 1];
    const quad *t = row + r->targets;
    rounding_unit *here = units + last->unit;
    bool from_z = function_from_z(r->objective.loss, last->activation);
    for (size_t j = 0; j < r->outputs; j++) {
        g[j] = slopes[r->objective.loss](c, here[j].a, here[j].a_error, (double)t[j],
                                         (double)r->outputs);
        if (!from_z)
            kinks->near += g[j].kink > 0;
        if (!from_z && last->activation != BG_SOFTMAX)
            pull_unit(c, g[j], 0, &here[j]);
    }
    if (from_z)
        bound_from_z(c, t, here);
    else if (last->activation == BG_SOFTMAX)
        pull_softmax(c, r->outputs, g, here);
    for (size_t j = 0; j < r->outputs; j++) {
        rounding_unit *unit = &here[j];
        double delta = (double)row[r->top + j], size = fabs(delta) + unit->delta_error;
        unit->delta = c->share * delta;
        unit->terms = fabs(unit->delta);
        unit->kink = from_z ? 0 : c->share * unit->kink;
        unit->delta_error = c->share * (unit->delta_error + 4 * c->u * size) + c->least;
    }
}

/* delta[l-1] from delta[l]; g has room for the units of layer l-1. */
static void go_down(const rounding *c, const reference_layer *layer, const rounding_unit *here,
                    rounding_unit *below, rounding_pull *g)
{
    double growth = rounding_growth(c, (double)layer->out + 2);
    for (size_t i = 0; i < layer->in; i++)
        g[i] = (rounding_pull){0};
    for (size_t j = 0; j < layer->out; j++) {
        const rounding_unit *unit = &here[j];
        double size = fabs(unit->delta) + unit->delta_error;
        for (size_t i = 0; i < layer->in; i++) {
            double w = layer->weight[j * layer->in + i], weight = fabs(w);
            g[i].value += w * unit->delta;
            g[i].error +=
                weight * (unit->delta_error + growth * size) + c->least * (weight + size + 1);
            g[i].kink += weight * unit->kink;
            g[i].terms += weight * unit->terms;
        }
    }
    for (size_t i = 0; i < layer->in; i++)
        pull_unit(c, g[i], g[i].value * below[i].slope, &below[i]);
}

void rounding_row(const rounding *c, const quad *row, rounding_unit *units, rounding_pull *room,
                  rounding_kinks *kinks)
{
    const reference *r = c->r;
    go_forward(c, row, units, kinks);
    go_over_the_top(c, row, units, room, kinks);
    for (size_t l = r->layers; l-- > 1;)
        go_down(c, &r->layer[l], units + r->layer[l].unit, units + r->layer[l - 1].unit, room);
}
