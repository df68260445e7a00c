#include "net/predict.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/real.h"
#include "base/least.h"
#include "base/status.h"
#include "kernel/activation.h"
#include "kernel/loss.h"
#include "kernel/penalty.h"
#include "kernel/reduce.h"
#include "net/pass_load.h"

/* What prediction computes with: no loss looks at it. */
static const bg_objective no_objective = {.loss = BG_HALF_SSE, .reduction = BG_SUM};

/* A thread more than the plan has use for would only be waited for. */
static int useful_threads(plan cut, int threads)
{
    return (size_t)threads < cut.threads ? threads : (int)cut.threads;
}

static void widen(size_t n, const real *from, size_t step, double *to)
{
    for (size_t j = 0; j < n; j++)
        to[j] = (double)from[j * step];
}

/* A pass over all tiles or slots, a piece each. */
typedef struct sweep {
    pass *p;
    const pass_rows *rows;
    size_t pieces;
    team_work *work;
    double *to; /* outputs, or losses of the tiles */
} sweep;

static void lead(void *context)
{
    sweep *s = context;
    team_split(s->p->team, s->pieces, s->work, s);
}

static void copy_outputs(const pass *p, const pass_tile *tile, double *outputs)
{
    size_t last = p->net->layers - 1, n = p->net->layer[last].out, step;
    for (size_t i = 0; i < tile->rows; i++) {
        const real *a = pass_units(p, tile, PASS_A, last, i, &step);
        widen(n, a, step, outputs + i * n);
    }
}

static void output_piece(void *context, size_t i, int thread)
{
    const sweep *s = context;
    const bg_net *net = s->p->net;
    pass_tile *tile = pass_tile_of(s->p, thread);
    pass_forward(s->p, tile, s->rows, i);
    copy_outputs(s->p, tile, s->to + i * s->p->plan.tile_rows * net->layer[net->layers - 1].out);
}

bg_status predict_outputs(const bg_net *net, const bg_data *data, int threads, double *outputs,
                          bg_error *error)
{
    pass p;
    plan cut = plan_prediction(net, NULL, data->rows);
    threads = useful_threads(cut, threads);
    TRY(pass_open(&p, net, &no_objective, cut, threads, false, error));
    pass_rows rows = pass_all(data);
    rows.t = rows.w = NULL;
    sweep s = {&p, &rows, p.plan.tiles, output_piece, outputs};
    pass_lead(&p, threads, lead, &s);
    pass_close(&p);
    return BG_OK;
}

static double penalty(const bg_net *net, const bg_objective *objective)
{
    double sum = 0;
    for (size_t l = 0; penalty_any(objective) && l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        sum += penalty_value(objective, layer->in * layer->ldw,
                             (const real *)net->values + layer->weight);
    }
    return sum;
}

static double reduced(const bg_objective *objective, double sum, size_t rows)
{
    return objective->reduction == BG_MEAN ? sum / (double)rows : sum;
}

static void loss_piece(void *context, size_t i, int thread)
{
    const sweep *s = context;
    pass_tile *tile = pass_tile_of(s->p, thread);
    pass_forward(s->p, tile, s->rows, i);
    s->to[i] = pass_loss(s->p, tile, 1);
}

bg_status predict_loss(const bg_net *net, const bg_objective *objective, const bg_data *data,
                       int threads, double *value, bg_error *error)
{
    pass p;
    plan cut = plan_prediction(net, objective, data->rows);
    threads = useful_threads(cut, threads);
    TRY(pass_open(&p, net, objective, cut, threads, false, error));
    double *tile_loss = memory_zeroed(p.plan.tiles, sizeof *tile_loss);
    if (!tile_loss) {
        pass_close(&p);
        return fail_memory(error, "the losses of the tiles");
    }
    pass_rows rows = pass_all(data);
    sweep s = {&p, &rows, p.plan.tiles, loss_piece, tile_loss};
    pass_lead(&p, threads, lead, &s);
    double sum = 0;
    for (size_t i = 0; i < p.plan.tiles; i++)
        sum += tile_loss[i];
    if (rows.w && objective->reduction == BG_SUM)
        sum *= (double)rows.mean_weight;
    *value = reduced(objective, sum, data->rows) + penalty(net, objective);
    memory_release(tile_loss);
    pass_close(&p);
    return BG_OK;
}

static void slot_piece(void *context, size_t i, int thread)
{
    const sweep *s = context;
    pass_slot(s->p, s->rows, i, thread);
}

bg_status predict_gradient(const bg_net *net, const bg_objective *objective, const bg_data *data,
                           int threads, double *value, double *gradient, bg_error *error)
{
    pass p;
    plan cut = plan_choose(net, objective, BG_GD, data->rows);
    threads = useful_threads(cut, threads);
    TRY(pass_open(&p, net, objective, cut, threads, false, error));
    pass_rows rows = pass_all(data);
    sweep s = {&p, &rows, p.plan.slots, slot_piece, NULL};
    pass_lead(&p, threads, lead, &s);
    reduce_tree(p.plan.slots, net->size, net->size, p.gradient);
    for (size_t l = 0; penalty_any(objective) && l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        penalty_add_slope(objective, layer->in * layer->ldw,
                          (const real *)net->values + layer->weight, p.gradient + layer->weight);
    }
    net_export(net, p.gradient, gradient);
    double sum = 0;
    for (size_t i = 0; i < p.plan.slots; i++)
        sum += p.slot_loss[i];
    if (value)
        *value = reduced(objective, sum, data->rows) + penalty(net, objective);
    pass_close(&p);
    return BG_OK;
}

/* f'(z[l]): what the activation gives, or makes of dE/da = 1.  scratch: 3 n[l] reals. */
static void trace_slopes(const net_layer *layer, const double *z, const double *a, double *slope,
                         real *scratch)
{
    size_t n = layer->out;
    real *z_real = scratch, *a_real = scratch + n, *f_slope = scratch + 2 * n;
    const activation_rule *f = activation_find(layer->activation);
    for (size_t j = 0; j < n; j++) {
        z_real[j] = (real)z[j];
        a_real[j] = (real)a[j];
        f_slope[j] = f->by_row ? REAL_FUNCTION(nan)("") : 1;
    }
    if (f->apply_slope)
        f->apply_slope(n, z_real, a_real, f_slope);
    else if (!f->by_row)
        f->pull_back(n, a_real, f_slope);
    widen(n, f_slope, 1, slope);
}

/* dE/da of the outputs from the loss, of the others from the deltas above. */
static void trace_pulls(const bg_net *net, bg_loss loss, const real *target, bg_trace *trace,
                        real *scratch)
{
    size_t last = net->layers - 1, n = net->layer[last].out;
    real *a = scratch, *pull = scratch + n;
    for (size_t j = 0; j < n; j++)
        a[j] = (real)trace->a[last + 1][j];
    const loss_rows row = {
        .rows = 1, .n = n, .stride = n, .z = a, .a = a, .t = target, .scale = 1, .delta = pull};
    loss_find(loss, BG_IDENTITY)->apply(&row);
    widen(n, pull, 1, trace->pull[last + 1]);
    for (size_t l = 0; l < net->layers; l++) {
        const net_layer *layer = &net->layer[l];
        const real *weight = (const real *)net->values + layer->weight;
        for (size_t i = 0; i < layer->in; i++) {
            /* dE/da[l-1] = W[l]' delta[l] */
            real sum = 0;
            for (size_t j = 0; j < layer->out; j++)
                sum += weight[i * layer->ldw + j] * (real)trace->delta[l + 1][j];
            trace->pull[l][i] = (double)sum;
        }
    }
}

static bg_status trace_derivatives(const bg_net *net, bg_loss loss, const real *target,
                                   bg_trace *trace, bg_error *error)
{
    size_t widest = 0;
    for (size_t l = 0; l < net->layers; l++)
        widest = net->layer[l].out > widest ? net->layer[l].out : widest;
    real *scratch = memory_zeroed(3 * widest, sizeof *scratch);
    if (!scratch)
        return fail_memory(error, "a trace");
    for (size_t l = 0; l < net->layers; l++)
        trace_slopes(&net->layer[l], trace->z[l + 1], trace->a[l + 1], trace->slope[l + 1],
                     scratch);
    trace_pulls(net, loss, target, trace, scratch);
    memory_release(scratch);
    return BG_OK;
}

bg_status predict_trace(const bg_net *net, const bg_objective *objective, const bg_data *data,
                        size_t row, bg_trace *trace, bg_error *error)
{
    pass p;
    plan cut = plan_prediction(net, objective, 1);
    cut.slots = 1;
    TRY(pass_open(&p, net, objective, cut, 1, true, error));
    size_t inputs = data->inputs;
    pass_rows rows = {.x = (const real *)data->x + row * inputs,
                      .t = (const real *)data->t + row * data->targets,
                      .rows = 1};
#pragma omp parallel num_threads(1)
    {
        unsigned mode = pass_thread_begin();
        pass_forward(&p, p.tile, &rows, 0);
        trace->loss = pass_loss(&p, p.tile, 1);
        pass_backward(&p, p.tile, 0, true, p.gradient);
        pass_thread_end(mode);
    }
    widen(inputs, rows.x, 1, trace->a[0]);
    for (size_t l = 0; l < net->layers; l++) {
        double *const to[] = {trace->z[l + 1], trace->a[l + 1], trace->delta[l + 1]};
        for (int q = PASS_Z; q <= PASS_DELTA; q++) {
            size_t step;
            const real *from = pass_units(&p, p.tile, (pass_quantity)q, l, 0, &step);
            widen(net->layer[l].out, from, step, to[q]);
        }
    }
    pass_close(&p);
    return trace_derivatives(net, objective->loss, rows.t, trace, error);
}

/* First of the tile's rows in which an activation of the layer is not finite; false: none. */
static bool find_nonfinite(const pass *p, const pass_tile *tile, size_t l, size_t *row)
{
    for (size_t i = 0; i < tile->rows; i++) {
        size_t step;
        const real *x = pass_units(p, tile, PASS_A, l, i, &step);
        for (size_t j = 0; j < p->net->layer[l].out; j++)
            if (!isfinite(x[j * step])) {
                *row = i;
                return true;
            }
    }
    return false;
}

static double loss_of_first(const pass *p, pass_tile *tile, size_t rows)
{
    size_t all = tile->rows;
    tile->rows = rows;
    double loss = pass_loss(p, tile, 1);
    tile->rows = all;
    return loss;
}

static bool find_in_tile(const pass *p, pass_tile *tile, size_t *layer, size_t *row)
{
    for (size_t l = 0; l < p->net->layers; l++) {
        *layer = l + 1;
        if (find_nonfinite(p, tile, l, row))
            return true;
    }
    /* The outputs are numbers; is each row's loss? */
    if (isfinite(pass_loss(p, tile, 1)))
        return false;
    for (*row = 0; *row + 1 < tile->rows; ++*row)
        if (!isfinite(loss_of_first(p, tile, *row + 1)))
            break;
    return true;
}

bool predict_fault(pass *p, const pass_rows *rows, size_t *layer, size_t *row)
{
    bool found = false;
#pragma omp parallel num_threads(1)
    {
        unsigned mode = pass_thread_begin();
        size_t tiles = divide_up(rows->rows, p->plan.tile_rows);
        for (size_t i = 0; i < tiles && !found; i++) {
            pass_forward(p, p->tile, rows, i);
            size_t place;
            found = find_in_tile(p, p->tile, layer, &place);
            if (found) {
                size_t position = i * p->plan.tile_rows + place;
                *row = (rows->index ? rows->index[position] : position) + 1;
            }
        }
        pass_thread_end(mode);
    }
    return found;
}
