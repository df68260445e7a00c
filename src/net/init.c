/* Start weights. */
#include <math.h>

#include "base/arena.h"
#include "base/rng.h"
#include "base/status.h"
#include "kernel/lapack.h"
#include "net/net.h"

/* The draws of a layer's weights are in the order of W[out][in], so that the same seed gives the
 * same network in both precisions and in every storage. */
typedef struct distribution {
    double (*variance)(double in, double out); /* NULL: not random */
    double (*draw)(rng *r, double variance);
} distribution;

static double glorot(double in, double out)
{
    return 2 / (in + out);
}

static double he(double in, double out)
{
    (void)out;
    return 2 / in;
}

static double lecun(double in, double out)
{
    (void)out;
    return 1 / in;
}

static double draw_uniform(rng *r, double variance)
{
    return sqrt(3 * variance) * (2 * rng_uniform(r) - 1);
}

static double draw_normal(rng *r, double variance)
{
    return sqrt(variance) * rng_normal(r);
}

static const distribution distributions[BG_INIT_COUNT] = {
    [BG_GLOROT_UNIFORM] = {glorot, draw_uniform}, [BG_GLOROT_NORMAL] = {glorot, draw_normal},
    [BG_HE_UNIFORM] = {he, draw_uniform},         [BG_HE_NORMAL] = {he, draw_normal},
    [BG_LECUN_UNIFORM] = {lecun, draw_uniform},   [BG_LECUN_NORMAL] = {lecun, draw_normal},
};

/* weight (out x in) gets orthonormal rows or columns, whichever are fewer: Q of the tall shape. */
static bg_status draw_orthogonal(rng *r, size_t out, size_t in, double *weight, bg_error *error)
{
    size_t tall = out > in ? out : in, thin = out > in ? in : out;
    double *q = memory_zeroed(tall * thin, sizeof *q);
    double *scratch = memory_zeroed(2 * thin, sizeof *scratch);
    bg_status status = q && scratch ? BG_OK : fail_memory(error, "orthogonal start weights");
    for (size_t i = 0; status == BG_OK && i < tall * thin; i++)
        q[i] = rng_normal(r);
    if (status == BG_OK && !lapack_orthogonalise(tall, thin, q, scratch, scratch + thin))
        status =
            fail(error, BG_E_NUMERIC, "LAPACK could not factorise a %zu x %zu matrix", tall, thin);
    for (size_t j = 0; status == BG_OK && j < out; j++)
        for (size_t i = 0; i < in; i++)
            weight[j * in + i] = out > in ? q[j * thin + i] : q[i * thin + j];
    memory_release(q);
    memory_release(scratch);
    return status;
}

static void draw_independent(rng *r, const distribution *d, const net_layer *layer, double *weight)
{
    double variance = d->variance((double)layer->in, (double)layer->out);
    for (size_t i = 0; i < layer->in * layer->out; i++)
        weight[i] = d->draw(r, variance);
}

static bg_status init_layer(bg_net *net, size_t l, bg_init scheme, double fill, rng *r,
                            bg_error *error)
{
    const net_layer *layer = &net->layer[l - 1];
    size_t weights = layer->in * layer->out;
    double *values = memory_zeroed(weights + layer->out, sizeof *values);
    if (!values)
        return fail_memory(error, "start weights");
    for (size_t i = 0; i < weights + layer->out; i++)
        values[i] = fill;
    bg_status status = BG_OK;
    if (scheme == BG_ORTHOGONAL)
        status = draw_orthogonal(r, layer->out, layer->in, values, error);
    else if (distributions[scheme].variance)
        draw_independent(r, &distributions[scheme], layer, values);
    if (status == BG_OK)
        bg_net_set(net, l, values, values + weights);
    memory_release(values);
    return status;
}

bg_status bg_net_init(bg_net *net, bg_init scheme, double constant, uint64_t seed, bg_error *error)
{
    if (!bg_name(BG_KIND_INIT, (int)scheme))
        return fail(error, BG_E_ARGUMENT, "unknown initializer %d", (int)scheme);
    if (scheme == BG_CONSTANT && !isfinite(net->dtype == BG_F32 ? (float)constant : constant))
        return fail(error, BG_E_ARGUMENT, "the start value must be finite in %s, not %g",
                    bg_name(BG_KIND_DTYPE, (int)net->dtype), constant);
    double fill = scheme == BG_ONES ? 1 : scheme == BG_CONSTANT ? constant : 0;
    rng r = rng_seeded(seed, 0);
    for (size_t l = 1; l <= net->layers; l++)
        TRY(init_layer(net, l, scheme, fill, &r, error));
    return BG_OK;
}
