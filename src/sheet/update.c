/* Updates of worked examples that the engine's trainer does not make by itself: it is given the
 * gradient.  Also one update of a bare parameter vector. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "sheet/evaluate.h"

static bg_status apply(evaluation *v, const double *gradient, bg_error *error)
{
    if (bg_trainer_apply(v->trainer, gradient, NULL) == BG_OK)
        return BG_OK;
    bg_status status =
        fail(error, BG_E_DIVERGED, "step %zu: the gradient is no longer finite", v->step + 1);
    if (error)
        error->step = v->step + 1;
    return status;
}

/* Biases stay where the rule does not update them, or where there are none. */
bg_status update_by_gradient(evaluation *v, bg_error *error)
{
    const bg_example *e = v->example;
    const double *found;
    double *gradient = v->parameters;
    TRY(e->online ? evaluation_row_gradient(v, v->step % e->rows, &found, error)
                  : evaluation_gradient(v, &found, error));
    if (e->online)
        evaluation_parameters(v, gradient);
    for (size_t i = 0; i < e->parameters; i++)
        gradient[i] = found[i] + (e->online ? e->l2 * gradient[i] : 0);
    bool biases = e->has_biases && e->update_biases;
    for (size_t l = 1; l <= e->layers; l++)
        for (size_t j = 0; j < e->widths[l]; j++) {
            size_t b = example_bias(e, l, j);
            gradient[b] = biases ? found[b] : 0;
        }
    return apply(v, gradient, error);
}

/* ------------------------------------------------------------------ one layer at a time --- */

/* The rows of one update in sequence: deltas of the layer that is next, rows x n[l]. */
typedef struct sequence {
    size_t first, rows;
    double factor;              /* of each row's loss */
    double *delta, *below;      /* rows x widest; owned */
    double *gradient, *weights; /* of all parameters; owned */
} sequence;

/* dE/dW[l] = factor sum of delta a' over the rows, + l2 W; all other layers 0. */
static bg_status layer_gradient(evaluation *v, sequence *s, size_t l, bg_error *error)
{
    const bg_example *e = v->example;
    size_t n = e->widths[l], in = e->widths[l - 1];
    memset(s->gradient, 0, e->parameters * sizeof *s->gradient);
    double *dw = s->gradient + example_weight(e, l, 0, 0);
    double *db = s->gradient + example_bias(e, l, 0);
    const double *w = s->weights + example_weight(e, l, 0, 0);
    for (size_t r = 0; r < s->rows; r++) {
        const bg_trace *trace;
        TRY(evaluation_trace(v, s->first + r, &trace, error));
        const double *a = bg_trace_a(trace, l - 1), *delta = s->delta + r * n;
        for (size_t j = 0; j < n; j++) {
            for (size_t i = 0; i < in; i++)
                dw[j * in + i] += s->factor * delta[j] * a[i];
            db[j] += e->has_biases && e->update_biases ? s->factor * delta[j] : 0;
        }
    }
    for (size_t i = 0; i < n * in; i++)
        dw[i] += e->l2 * w[i];
    return BG_OK;
}

/* delta[l-1] = (delta[l] W[l]') f'(z[l-1]) with W[l] as it is now. */
static bg_status pull_back(evaluation *v, sequence *s, size_t l, bg_error *error)
{
    const bg_example *e = v->example;
    size_t n = e->widths[l], in = e->widths[l - 1];
    const double *w = s->weights + example_weight(e, l, 0, 0);
    evaluation_parameters(v, s->weights);
    for (size_t r = 0; r < s->rows; r++) {
        const bg_trace *trace;
        TRY(evaluation_trace(v, s->first + r, &trace, error));
        for (size_t i = 0; i < in; i++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++)
                sum += w[j * in + i] * s->delta[r * n + j];
            s->below[r * in + i] = sum * bg_trace_slope(trace, l - 1)[i];
        }
    }
    double *delta = s->delta;
    s->delta = s->below;
    s->below = delta;
    return BG_OK;
}

static bg_status walk_down(evaluation *v, sequence *s, bg_error *error)
{
    const bg_example *e = v->example;
    size_t last = e->layers, n = e->widths[last];
    for (size_t r = 0; r < s->rows; r++) {
        const bg_trace *trace;
        TRY(evaluation_trace(v, s->first + r, &trace, error));
        memcpy(s->delta + r * n, bg_trace_delta(trace, last), n * sizeof *s->delta);
    }
    evaluation_parameters(v, s->weights);
    for (size_t l = last; l >= 1; l--) {
        TRY(layer_gradient(v, s, l, error));
        TRY(apply(v, s->gradient, error));
        if (l > 1)
            TRY(pull_back(v, s, l, error));
    }
    return BG_OK;
}

/* From the output down; each delta passes through the weights that have just been updated, z and a
 * are those of before. */
bg_status update_in_sequence(evaluation *v, bg_error *error)
{
    const bg_example *e = v->example;
    sequence s = {.first = e->online ? v->step % e->rows : 0,
                  .rows = e->online ? 1 : e->rows,
                  .factor = e->online || e->reduction == BG_SUM ? 1 : 1 / (double)e->rows};
    size_t widest = 0;
    for (size_t l = 0; l <= e->layers; l++)
        widest = e->widths[l] > widest ? e->widths[l] : widest;
    s.delta = memory_zeroed(s.rows * widest, sizeof *s.delta);
    s.below = memory_zeroed(s.rows * widest, sizeof *s.below);
    s.gradient = memory_zeroed(e->parameters, sizeof *s.gradient);
    s.weights = memory_zeroed(e->parameters, sizeof *s.weights);
    bg_status status = s.delta && s.below && s.gradient && s.weights
                           ? walk_down(v, &s, error)
                           : fail_memory(error, "the deltas of an update");
    memory_release(s.delta);
    memory_release(s.below);
    memory_release(s.gradient);
    memory_release(s.weights);
    return status;
}

/* -------------------------------------------------------------------------- a bare vector --- */

/* A network of one identity unit has the vector for its weights: its trainer makes the update.  The
 * engine's momentum keeps v / -lr. */
static bg_status step_engine(const bg_example *e, bg_net *net, const bg_data *data,
                             double *values[3], bg_error *error)
{
    const example_update *u = &e->update;
    double scale = e->rule == EXAMPLE_MOMENTUM ? -e->learning_rate : 1, bias = 0;
    bg_train_options options;
    bg_train_defaults(&options);
    options.optimizer = e->rule == EXAMPLE_MOMENTUM  ? BG_MOMENTUM
                        : e->rule == EXAMPLE_RMSPROP ? BG_RMSPROP
                        : e->rule == EXAMPLE_ADAM    ? BG_ADAM
                                                     : BG_GD;
    options.lr = e->learning_rate;
    options.momentum = u->momentum;
    options.beta1 = u->beta1;
    options.beta2 = u->beta2;
    options.alpha = u->decay;
    options.epsilon = u->epsilon > 0 ? u->epsilon : options.epsilon;
    options.threads = 1;
    bg_trainer *trainer;
    double *scratch = memory_zeroed(u->count + 1, sizeof *scratch); /* the bias comes last */
    if (!scratch)
        return fail_memory(error, "the update");
    bg_net_set(net, 1, values[0], &bias);
    bg_status status = bg_trainer_create(net, data, &options, &trainer, error);
    if (status != BG_OK) {
        memory_release(scratch);
        return status;
    }
    const bg_progress before = {.epochs = u->steps_made, .steps = u->steps_made};
    status = bg_trainer_set_progress(trainer, &before, error);
    for (size_t s = 0; status == BG_OK && s < bg_trainer_state_vectors(trainer); s++) {
        for (size_t i = 0; i < u->count; i++)
            scratch[i] = values[s + 1][i] / scale;
        bg_trainer_set_state(trainer, s, scratch);
    }
    memcpy(scratch, u->dw, u->count * sizeof *scratch);
    if (status == BG_OK)
        status = bg_trainer_apply(trainer, scratch, error);
    bg_net_get(net, 1, values[0], &bias);
    for (size_t s = 0; status == BG_OK && s < bg_trainer_state_vectors(trainer); s++) {
        bg_trainer_get_state(trainer, s, scratch);
        for (size_t i = 0; i < u->count; i++)
            values[s + 1][i] = scratch[i] * scale;
    }
    bg_trainer_free(trainer);
    memory_release(scratch);
    return status;
}

bg_status update_vector(const bg_example *e, bg_dtype dtype, double *values[3], bg_error *error)
{
    const example_update *u = &e->update;
    const size_t widths[] = {u->count, 1};
    const bg_activation identity = BG_IDENTITY;
    const bg_net_spec spec = {
        .dtype = dtype, .layers = 1, .widths = widths, .activations = &identity};
    const double target = 0;
    bg_net *net = NULL;
    bg_data *data = NULL;
    memcpy(values[0], u->w, u->count * sizeof *u->w);
    for (size_t s = 0; s < 2 && u->state[s]; s++)
        memcpy(values[s + 1], u->state[s], u->count * sizeof *u->w);
    bg_status status = bg_net_create(&spec, &net, error);
    if (status == BG_OK)
        status = bg_data_create(dtype, 1, u->count, 1, u->dw, &target, &data, error);
    if (status == BG_OK)
        status = step_engine(e, net, data, values, error);
    bg_data_free(data);
    bg_net_free(net);
    return status;
}
