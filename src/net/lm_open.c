/* What a run of Levenberg's and Marquardt's method holds. */
#include <math.h>

#include "base/status.h"
#include "net/dataset.h"
#include "net/lm.h"
#include "net/residuals.h"
#include "net/widen.h"

/* n x n normal equations twice: 400 MB. */
#define MOST_PARAMETERS ((size_t)5000)

static bg_status check_size(size_t n, bg_error *error)
{
    if (n == 0)
        return fail(error, BG_E_ARGUMENT, "every parameter is fixed: there is nothing to fit");
    if (n > MOST_PARAMETERS)
        return fail(error, BG_E_ARGUMENT,
                    "lm fits up to %zu parameters at once, and this network has %zu",
                    MOST_PARAMETERS, n);
    return BG_OK;
}

static void carve(lm *m)
{
    arena *a = &m->memory;
    m->all = arena_carve(a, m->j.parameters, sizeof *m->all);
    m->x = arena_carve(a, m->n, sizeof *m->x);
    m->step = arena_carve(a, m->n, sizeof *m->step);
    m->trial = arena_carve(a, m->n, sizeof *m->trial);
    m->before = arena_carve(a, m->n, sizeof *m->before);
    m->gradient = arena_carve(a, m->n, sizeof *m->gradient);
    m->shifted = arena_carve(a, m->n, m->n * sizeof *m->shifted);
    m->penalised = arena_carve(a, m->n, sizeof *m->penalised);
}

static void note_penalised(lm *m, const bool *fixed)
{
    size_t n = 0, p = 0;
    for (size_t l = 0; l < m->net->layers; l++) {
        const net_layer *layer = &m->net->layer[l];
        for (size_t i = 0; i < (layer->in + 1) * layer->out; i++, p++)
            if (!(fixed && fixed[p]))
                m->penalised[n++] = m->l2 > 0 && i < layer->in * layer->out;
    }
}

void lm_gather(lm *m)
{
    size_t n = 0;
    net_export(m->net, m->net->values, m->all);
    for (size_t p = 0; p < m->j.parameters; p++)
        if (!(m->j.fixed && m->j.fixed[p]))
            m->x[n++] = m->all[p];
}

static void follow(double *own, const bg_net *net, size_t i)
{
    double theirs = dtype_load(net->dtype, net->values, i);
    if ((net->dtype == BG_F32 ? (double)(float)*own : *own) != theirs)
        *own = theirs;
}

void lm_follow(lm *m, const bg_net *net)
{
    for (size_t l = 0; l < net->layers; l++) {
        const net_layer *from = &net->layer[l], *to = &m->net->layer[l];
        double *own = m->net->values;
        for (size_t i = 0; i < from->in; i++)
            for (size_t j = 0; j < from->out; j++)
                follow(own + to->weight + i * to->ldw + j, net,
                       from->weight + i * from->ldw + j);
        for (size_t j = 0; j < from->out; j++)
            follow(own + to->bias + j, net, from->bias + j);
    }
}

bg_status lm_open(lm *m, const bg_net *net, const bg_objective *objective, const bg_data *data,
                  const bool *fixed, int threads, bg_error *error)
{
    double c;
    *m = (lm){.l2 = objective->l2, .gain = (double)NAN, .memory = arena_measure()};
    TRY(residuals_factor(objective, data, "lm", &c, error));
    bg_status status = widen_net(net, &m->net, error);
    if (status == BG_OK && data->dtype != BG_F64)
        status = widen_data(data, &m->own_data, error);
    m->data = m->own_data ? m->own_data : data;
    if (status == BG_OK)
        status = jacobian_open(&m->j, m->net, m->data, sqrt(2 * c), fixed, threads, error);
    m->n = m->j.columns;
    if (status == BG_OK)
        status = check_size(m->n, error);
    if (status == BG_OK)
        status = gauss_open(&m->g, &m->j, threads, error);
    if (status == BG_OK) {
        carve(m);
        status = arena_open(&m->memory) ? BG_OK : fail_memory(error, "the normal equations");
    }
    if (status != BG_OK) {
        lm_close(m);
        return status;
    }
    carve(m);
    note_penalised(m, fixed);
    lm_gather(m);
    m->target_norm = m->j.scale * lm_norm(data->rows * data->targets, m->data->t);
    return BG_OK;
}

void lm_close(lm *m)
{
    gauss_close(&m->g);
    jacobian_close(&m->j);
    arena_close(&m->memory);
    bg_data_free(m->own_data);
    bg_net_free(m->net);
    *m = (lm){0};
}

void lm_export(const lm *m, bg_net *net)
{
    net_export(m->net, m->net->values, m->all);
    net_set_all(net, m->all);
}

bg_fit lm_report(const lm *m)
{
    return (bg_fit){.residuals = m->data->rows * m->data->targets,
                    .parameters = m->n,
                    .columns = m->n,
                    .condition = (double)NAN,
                    .rss = m->rss,
                    .iterations = m->iterations,
                    .damping = m->damping,
                    .gain = m->gain,
                    .end = m->end};
}
