#include "sheet/evaluate.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "sheet/ledger.h"

static bool is_trained(const bg_example *e)
{
    return e->rule == EXAMPLE_GD;
}

/* The trainer of the engine makes the whole update: all gradients from the parameters before it,
 * biases included, a loss that the engine has. */
static bool is_plain(const bg_example *e)
{
    return !e->sequential && e->update_biases && e->has_biases && e->loss != EXAMPLE_OUTPUT;
}

static bg_objective objective_of(const bg_example *e)
{
    bool own = e->loss >= BG_LOSS_COUNT; /* half_sse has the derivatives of difference */
    return (bg_objective){.loss = own ? BG_HALF_SSE : (bg_loss)e->loss, .reduction = e->reduction};
}

/* ------------------------------------------------------------------------- open, close --- */

void evaluation_set(evaluation *v, const double *values)
{
    for (size_t l = 1; l <= bg_net_layers(v->net); l++) {
        size_t n = bg_net_width(v->net, l), weights = n * bg_net_width(v->net, l - 1);
        bg_net_set(v->net, l, values, values + weights);
        values += weights + n;
    }
}

void evaluation_parameters(const evaluation *v, double *values)
{
    for (size_t l = 1; l <= bg_net_layers(v->net); l++) {
        size_t n = bg_net_width(v->net, l), weights = n * bg_net_width(v->net, l - 1);
        bg_net_get(v->net, l, values, values + weights);
        values += weights + n;
    }
}

static bg_status open_data(evaluation *v, bg_error *error)
{
    const bg_example *e = v->example;
    size_t inputs = e->widths[0], outputs = e->widths[e->layers];
    double *zeros = NULL;
    const double *targets = e->targets;
    if (!targets) {
        zeros = memory_zeroed(e->rows * outputs, sizeof *zeros);
        if (!zeros)
            return fail_memory(error, "the targets");
        targets = zeros;
    }
    bg_status status =
        bg_data_create(v->dtype, e->rows, inputs, outputs, e->inputs, targets, &v->data, error);
    if (status == BG_OK && e->online) {
        v->row_data = memory_zeroed(e->rows, sizeof *v->row_data);
        if (!v->row_data)
            status = fail_memory(error, "the rows");
    }
    for (size_t r = 0; status == BG_OK && e->online && r < e->rows; r++)
        status = bg_data_create(v->dtype, 1, inputs, outputs, e->inputs + r * inputs,
                                targets + r * outputs, &v->row_data[r], error);
    memory_release(zeros);
    return status;
}

static bg_status open_trainer(evaluation *v, bg_error *error)
{
    const bg_example *e = v->example;
    bg_train_options options;
    bg_train_defaults(&options);
    options.objective = v->objective;
    options.objective.l2 = is_plain(e) ? e->l2 : 0; /* a given gradient has the penalty in it */
    options.lr = e->learning_rate;
    options.ascent = e->ascent;
    options.threads = 1;
    return bg_trainer_create(v->net, v->data, &options, &v->trainer, error);
}

static bg_status open_all(evaluation *v, bg_error *error)
{
    const bg_example *e = v->example;
    const bg_net_spec spec = {
        .dtype = v->dtype, .layers = e->layers, .widths = e->widths, .activations = e->activations};
    TRY(bg_net_create(&spec, &v->net, error));
    evaluation_set(v, e->start);
    TRY(open_data(v, error));
    v->trace = memory_zeroed(e->rows, sizeof *v->trace);
    v->gradient = memory_zeroed(e->parameters, sizeof *v->gradient);
    v->row_gradient = memory_zeroed(e->parameters, sizeof *v->row_gradient);
    v->parameters = memory_zeroed(e->parameters, sizeof *v->parameters);
    if (!v->trace || !v->gradient || !v->row_gradient || !v->parameters)
        return fail_memory(error, "the numbers of the example");
    return is_trained(e) ? open_trainer(v, error) : BG_OK;
}

bg_status evaluation_open(evaluation *v, const bg_example *example, bg_dtype dtype, bg_error *error)
{
    *v = (evaluation){.example = example, .dtype = dtype, .objective = objective_of(example)};
    bg_status status = open_all(v, error);
    if (status != BG_OK)
        evaluation_close(v);
    return status;
}

/* What holds for one step only. */
static void forget(evaluation *v)
{
    for (size_t r = 0; v->trace && r < v->example->rows; r++) {
        bg_trace_free(v->trace[r]);
        v->trace[r] = NULL;
    }
    bg_data_free(v->output_data);
    v->output_data = NULL;
    v->has_gradient = false;
}

void evaluation_close(evaluation *v)
{
    forget(v);
    for (size_t r = 0; v->row_data && r < v->example->rows; r++)
        bg_data_free(v->row_data[r]);
    bg_trainer_free(v->trainer);
    bg_data_free(v->data);
    bg_net_free(v->net);
    memory_release(v->row_data);
    memory_release(v->trace);
    memory_release(v->gradient);
    memory_release(v->row_gradient);
    memory_release(v->parameters);
    *v = (evaluation){0};
}

/* ----------------------------------------------------------------------------- updates --- */

static bg_status update_once(evaluation *v, bg_error *error)
{
    const bg_example *e = v->example;
    if (e->sequential)
        return update_in_sequence(v, error);
    if (!is_plain(e))
        return update_by_gradient(v, error);
    return bg_trainer_step(v->trainer, v->row_data[v->step % e->rows], NULL, error);
}

bg_status evaluation_advance(evaluation *v, size_t step, bg_error *error)
{
    const bg_example *e = v->example;
    if (step == v->step)
        return BG_OK;
    forget(v);
    if (is_plain(e) && !e->online) {
        TRY(bg_trainer_run(v->trainer, step - v->step, NULL, error));
        v->step = step;
    }
    for (; v->step < step; v->step++) {
        TRY(update_once(v, error));
        forget(v);
    }
    return BG_OK;
}

/* --------------------------------------------------------------------------- quantities --- */

/* The engine's half squared error has the slope 1, 0, 0 ... at targets a[0] - 1, a[1], a[2] ... */
static bg_status make_output_data(evaluation *v, bg_error *error)
{
    const bg_example *e = v->example;
    size_t inputs = e->widths[0], outputs = e->widths[e->layers];
    if (e->loss != EXAMPLE_OUTPUT || v->output_data)
        return BG_OK;
    double *targets = memory_zeroed(e->rows * outputs, sizeof *targets);
    if (!targets)
        return fail_memory(error, "the targets");
    bg_status status = bg_predict(v->net, v->data, 1, targets, error);
    for (size_t r = 0; r < e->rows; r++)
        targets[r * outputs] -= 1;
    if (status == BG_OK)
        status = bg_data_create(v->dtype, e->rows, inputs, outputs, e->inputs, targets,
                                &v->output_data, error);
    memory_release(targets);
    return status;
}

bg_status evaluation_trace(evaluation *v, size_t row, const bg_trace **trace, bg_error *error)
{
    TRY(make_output_data(v, error));
    const bg_data *data = v->output_data ? v->output_data : v->data;
    if (!v->trace[row])
        TRY(bg_trace_create(v->net, &v->objective, data, row, &v->trace[row], error));
    *trace = v->trace[row];
    return BG_OK;
}

bg_status evaluation_gradient(evaluation *v, const double **gradient, bg_error *error)
{
    bg_objective penalised = v->objective;
    penalised.l2 = v->example->l2;
    TRY(make_output_data(v, error));
    const bg_data *data = v->output_data ? v->output_data : v->data;
    if (!v->has_gradient)
        TRY(bg_gradient(v->net, &penalised, data, 1, NULL, v->gradient, error));
    v->has_gradient = true;
    *gradient = v->gradient;
    return BG_OK;
}

/* Of one row's loss alone: dE/dW = delta a', by the engine on data of that row. */
bg_status evaluation_row_gradient(evaluation *v, size_t row, const double **gradient,
                                  bg_error *error)
{
    const bg_example *e = v->example;
    size_t inputs = e->widths[0], outputs = e->widths[e->layers];
    const bg_objective alone = {.loss = v->objective.loss, .reduction = BG_SUM};
    TRY(make_output_data(v, error));
    double *x = memory_zeroed(inputs + outputs, sizeof *x);
    bg_data *data = NULL;
    if (!x)
        return fail_memory(error, "a row");
    bg_data_row(v->output_data ? v->output_data : v->data, row, x, x + inputs);
    bg_status status = bg_data_create(v->dtype, 1, inputs, outputs, x, x + inputs, &data, error);
    if (status == BG_OK)
        status = bg_gradient(v->net, &alone, data, 1, NULL, v->row_gradient, error);
    bg_data_free(data);
    memory_release(x);
    *gradient = v->row_gradient;
    return status;
}

/* One output's term of a row's loss; the terms add up to it. */
static double term_of(const bg_example *e, size_t row, const double *a, size_t j)
{
    size_t n = e->widths[e->layers];
    return loss_term(e->loss, j, n, a[j], e->targets ? e->targets[row * n + j] : 0);
}

static double row_loss(const bg_example *e, size_t row, const bg_trace *trace)
{
    const double *a = bg_trace_a(trace, e->layers);
    double sum = 0;
    if (e->loss < BG_LOSS_COUNT)
        return bg_trace_loss(trace);
    for (size_t j = 0; j < e->widths[e->layers]; j++)
        sum += term_of(e, row, a, j);
    return sum;
}

static bg_status full_loss(evaluation *v, double *value, bg_error *error)
{
    const bg_example *e = v->example;
    bg_objective penalised = v->objective;
    penalised.l2 = e->l2;
    if (e->loss < BG_LOSS_COUNT)
        return bg_loss_value(v->net, &penalised, v->data, 1, value, error);
    double sum = 0, squares = 0;
    for (size_t r = 0; r < e->rows; r++) {
        const bg_trace *trace;
        TRY(evaluation_trace(v, r, &trace, error));
        sum += row_loss(e, r, trace);
    }
    evaluation_parameters(v, v->parameters);
    for (size_t l = 1; l <= e->layers; l++)
        for (size_t i = example_weight(e, l, 0, 0); i < example_bias(e, l, 0); i++)
            squares += v->parameters[i] * v->parameters[i];
    *value = (e->reduction == BG_MEAN ? sum / (double)e->rows : sum) + e->l2 / 2 * squares;
    return BG_OK;
}

static bg_status mean_abs_error(evaluation *v, double *value, bg_error *error)
{
    const bg_example *e = v->example;
    size_t outputs = e->widths[e->layers];
    double sum = 0;
    for (size_t r = 0; r < e->rows; r++) {
        const bg_trace *trace;
        TRY(evaluation_trace(v, r, &trace, error));
        for (size_t j = 0; j < outputs; j++)
            sum += fabs(e->targets[r * outputs + j] - bg_trace_a(trace, e->layers)[j]);
    }
    *value = sum / (double)(e->rows * outputs);
    return BG_OK;
}

static double sample_value(const evaluation *v, const quantity *q, size_t row,
                           const bg_trace *trace)
{
    const bg_example *e = v->example;
    const size_t *n = q->index;
    double sign = e->minus_delta ? -1 : 1, sum = 0;
    switch (q->id) {
    case QUANTITY_Z:
        return bg_trace_z(trace, n[0])[n[1]];
    case QUANTITY_A:
        return bg_trace_a(trace, n[0])[n[1]];
    case QUANTITY_FPRIME:
        return bg_trace_slope(trace, n[0])[n[1]];
    case QUANTITY_DELTA:
        return sign * bg_trace_delta(trace, n[0])[n[1]];
    case QUANTITY_DEDA:
        return bg_trace_pull(trace, n[0])[n[1]];
    case QUANTITY_DEDX:
        return bg_trace_pull(trace, 0)[n[0]];
    case QUANTITY_ERROR:
        return e->targets[row * e->widths[e->layers] + n[0]] - bg_trace_a(trace, e->layers)[n[0]];
    case QUANTITY_LOSS_TERM:
        return term_of(e, row, bg_trace_a(trace, e->layers), n[0]);
    case QUANTITY_DELTA_BIAS:
        bg_net_get(v->net, n[0] + 1, NULL, v->parameters);
        for (size_t k = 0; k < e->widths[n[0] + 1]; k++)
            sum += v->parameters[k] * bg_trace_delta(trace, n[0] + 1)[k];
        return sign * sum;
    default:
        return row_loss(e, row, trace);
    }
}

/* Place of W[l][j][i], b[l][j] or their derivatives in a vector of parameters. */
static size_t place_of(const bg_example *e, const quantity *q)
{
    bool weight = q->id == QUANTITY_W || q->id == QUANTITY_DW;
    return weight ? example_weight(e, q->index[0], q->index[1], q->index[2])
                  : example_bias(e, q->index[0], q->index[1]);
}

bg_status evaluation_value(evaluation *v, const quantity *q, size_t row, bool has_row,
                           double *value, bg_error *error)
{
    if (q->id == QUANTITY_W || q->id == QUANTITY_B) {
        evaluation_parameters(v, v->parameters);
        *value = v->parameters[place_of(v->example, q)];
        return BG_OK;
    }
    if (q->id == QUANTITY_DW || q->id == QUANTITY_DB) {
        const double *gradient;
        TRY(has_row ? evaluation_row_gradient(v, row, &gradient, error)
                    : evaluation_gradient(v, &gradient, error));
        *value = gradient[place_of(v->example, q)];
        return BG_OK;
    }
    if (q->id == QUANTITY_MEAN_ABS_ERROR)
        return mean_abs_error(v, value, error);
    if (q->id == QUANTITY_LOSS && !has_row)
        return full_loss(v, value, error);
    const bg_trace *trace;
    TRY(evaluation_trace(v, row, &trace, error));
    *value = sample_value(v, q, row, trace);
    return BG_OK;
}
