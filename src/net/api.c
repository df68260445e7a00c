/* Public functions over whole data sets: arguments are checked here, then the precision's engine
 * works. */
#include <inttypes.h>

#include "base/arena.h"
#include "base/cpu.h"
#include "base/least.h"
#include "base/status.h"
#include "net/dropout.h"
#include "net/engine.h"
#include "net/lm.h"
#include "net/lstsq.h"
#include "net/model.h"
#include "net/plan_override.h"
#include "net/schedule.h"

const engine *engine_find(bg_dtype dtype)
{
    return dtype == BG_F32 ? &engine_f32 : &engine_f64;
}

/* Far more than any machine has: what is asked for beyond it is a mistake. */
#define MOST_THREADS 4096

bg_status threads_resolve(int asked, int *threads, bg_error *error)
{
    if (asked < 0 || asked > MOST_THREADS)
        return fail(error, BG_E_ARGUMENT, "threads are 1 to %d, or 0 for the default, not %d",
                    MOST_THREADS, asked);
    *threads = asked ? asked : cpu_available();
    return BG_OK;
}

static bg_status check_data(const bg_net *net, const bg_data *data, bool targets, bg_error *error)
{
    size_t inputs = net->layer[0].in, outputs = net->layer[net->layers - 1].out;
    if (data->dtype != net->dtype)
        return fail(error, BG_E_ARGUMENT, "the data are %s, the network %s",
                    bg_name(BG_KIND_DTYPE, (int)data->dtype),
                    bg_name(BG_KIND_DTYPE, (int)net->dtype));
    if (data->inputs != inputs)
        return fail(error, BG_E_ARGUMENT, "the data have %zu inputs, the network %zu", data->inputs,
                    inputs);
    if (targets && data->targets != outputs)
        return fail(error, BG_E_ARGUMENT, "the data have %zu targets, the network %zu outputs",
                    data->targets, outputs);
    return BG_OK;
}

bg_status bg_predict(const bg_net *net, const bg_data *data, int threads, double *outputs,
                     bg_error *error)
{
    TRY(check_data(net, data, false, error));
    TRY(threads_resolve(threads, &threads, error));
    return engine_find(net->dtype)->predict(net, data, threads, outputs, error);
}

bg_status engine_check(const bg_net *net, const bg_objective *objective, const bg_data *data,
                       bg_error *error)
{
    TRY(check_data(net, data, true, error));
    return objective_valid(objective, error);
}

bg_status engine_loss(const bg_net *net, const bg_objective *objective, const bg_data *data,
                      int threads, double *value, bg_error *error)
{
    return engine_find(net->dtype)->loss(net, objective, data, threads, value, error);
}

bg_status bg_loss_value(const bg_net *net, const bg_objective *objective, const bg_data *data,
                        int threads, double *value, bg_error *error)
{
    TRY(engine_check(net, objective, data, error));
    TRY(threads_resolve(threads, &threads, error));
    return engine_loss(net, objective, data, threads, value, error);
}

bg_status bg_gradient(const bg_net *net, const bg_objective *objective, const bg_data *data,
                      int threads, double *value, double *gradient, bg_error *error)
{
    TRY(engine_check(net, objective, data, error));
    TRY(threads_resolve(threads, &threads, error));
    return engine_find(net->dtype)->gradient(net, objective, data, threads, value, gradient, error);
}

/* Five rows of pointers and one block of numbers. */
static bool trace_allocate(bg_trace *trace, const bg_net *net)
{
    size_t layers = net->layers, total = 2 * net->layer[0].in;
    for (size_t l = 0; l < layers; l++)
        total += 5 * net->layer[l].out;
    trace->layers = layers;
    trace->values = memory_zeroed(total, sizeof *trace->values);
    double ***const rows[] = {&trace->z, &trace->a, &trace->delta, &trace->slope, &trace->pull};
    enum { ROWS = sizeof rows / sizeof *rows };
    for (size_t i = 0; i < ROWS; i++) {
        *rows[i] = memory_zeroed(layers + 1, sizeof **rows[i]);
        if (!*rows[i] || !trace->values)
            return false;
    }
    double *next = trace->values;
    trace->a[0] = next;
    next += net->layer[0].in;
    trace->pull[0] = next;
    next += net->layer[0].in;
    for (size_t l = 1; l <= layers; l++)
        for (size_t i = 0; i < ROWS; i++) {
            (*rows[i])[l] = next;
            next += net->layer[l - 1].out;
        }
    return true;
}

bg_status bg_trace_create(const bg_net *net, const bg_objective *objective, const bg_data *data,
                          size_t row, bg_trace **out, bg_error *error)
{
    TRY(engine_check(net, objective, data, error));
    if (row >= data->rows)
        return fail(error, BG_E_ARGUMENT, "there is no row %zu: the data have %zu", row,
                    data->rows);
    bg_trace *trace = memory_zeroed(1, sizeof *trace);
    if (!trace)
        return fail_memory(error, "a trace");
    bg_status status = trace_allocate(trace, net) ? BG_OK : fail_memory(error, "a trace");
    if (status == BG_OK)
        status = engine_find(net->dtype)->trace(net, objective, data, row, trace, error);
    if (status != BG_OK) {
        bg_trace_free(trace);
        return status;
    }
    *out = trace;
    return BG_OK;
}

void bg_trace_free(bg_trace *trace)
{
    if (!trace)
        return;
    memory_release(trace->z);
    memory_release(trace->a);
    memory_release(trace->delta);
    memory_release(trace->slope);
    memory_release(trace->pull);
    memory_release(trace->values);
    memory_release(trace);
}

const double *bg_trace_z(const bg_trace *trace, size_t layer)
{
    return trace->z[layer];
}

const double *bg_trace_a(const bg_trace *trace, size_t layer)
{
    return trace->a[layer];
}

const double *bg_trace_delta(const bg_trace *trace, size_t layer)
{
    return trace->delta[layer];
}

const double *bg_trace_slope(const bg_trace *trace, size_t layer)
{
    return trace->slope[layer];
}

const double *bg_trace_pull(const bg_trace *trace, size_t layer)
{
    return trace->pull[layer];
}

double bg_trace_loss(const bg_trace *trace)
{
    return trace->loss;
}

void bg_train_defaults(bg_train_options *options)
{
    *options = (bg_train_options){
        .objective = {.loss = BG_MSE, .reduction = BG_MEAN},
        .optimizer = BG_GD,
        .lr = 0.1,
        .momentum = 0.9,
        .beta1 = 0.9,
        .beta2 = 0.999,
        .epsilon = 1e-8,
        .alpha = 0.99,
        .weight_decay = 0.01,
        .step_size = 1,
        .gamma = 0.1,
        .t_max = 1,
        .seed = 1,
        .stop_loss = (double)__builtin_nanf(""),
    };
}

static bool within(double x, double low, double high)
{
    return x >= low && x <= high; /* false for NaN */
}

static bg_status check_lr(double lr, bg_error *error)
{
    if (!within(lr, 1e-30, 1e30))
        return fail(error, BG_E_ARGUMENT, "the learning rate is 1e-30 to 1e30, not %g", lr);
    return BG_OK;
}

static bg_status check_options(const bg_train_options *o, bg_error *error)
{
    TRY(objective_valid(&o->objective, error));
    if (!bg_name(BG_KIND_OPTIMIZER, (int)o->optimizer))
        return fail(error, BG_E_ARGUMENT, "unknown optimizer %d", (int)o->optimizer);
    TRY(check_lr(o->lr, error));
    if (!within(o->momentum, 0, 1))
        return fail(error, BG_E_ARGUMENT, "momentum is 0 to 1, not %g", o->momentum);
    if (!within(o->beta1, 0, 0.9999999) || !within(o->beta2, 0, 0.9999999))
        return fail(error, BG_E_ARGUMENT,
                    "beta1 and beta2 are at least 0 and less than 1, not %g and %g", o->beta1,
                    o->beta2);
    if (!within(o->epsilon, 1e-30, 1))
        return fail(error, BG_E_ARGUMENT, "epsilon is 1e-30 to 1, not %g", o->epsilon);
    if (!within(o->alpha, 0, 0.9999999))
        return fail(error, BG_E_ARGUMENT, "alpha is at least 0 and less than 1, not %g", o->alpha);
    if (!within(o->weight_decay, 0, 1e30))
        return fail(error, BG_E_ARGUMENT, "weight decay is 0 to 1e30, not %g", o->weight_decay);
    if (!within(o->clip, 0, 1e30))
        return fail(error, BG_E_ARGUMENT, "clip is 0 to 1e30, not %g", o->clip);
    if (o->clip > 0 && o->optimizer >= BG_RPROP)
        return fail(error, BG_E_ARGUMENT, "%s has no use for a clipped gradient",
                    bg_name(BG_KIND_OPTIMIZER, (int)o->optimizer));
    return schedule_check(o, error);
}

/* Who trains: the precision's own engine, but for these. */
static const engine *trainer_engine(bg_dtype dtype, bg_optimizer optimizer)
{
    static const engine *const own[BG_OPTIMIZER_COUNT][BG_F64 + 1] = {
        [BG_LSTSQ] = {&engine_lstsq, &engine_lstsq},
        [BG_LM] = {&engine_lm, &engine_lm},
        [BG_LBFGS] = {&engine_lbfgs_f32, &engine_lbfgs_f64},
    };
    return own[optimizer][dtype] ? own[optimizer][dtype] : engine_find(dtype);
}

bg_status trainer_prepare(bg_net *net, const bg_data *data, const bg_train_options *options,
                          bg_trainer *trainer, bg_error *error)
{
    TRY(check_options(options, error));
    TRY(dropout_check(options, net->layers, error));
    if (data->rows > UINT32_MAX)
        return fail(error, BG_E_ARGUMENT, "training takes up to %u rows, not %zu", UINT32_MAX,
                    data->rows);
    int threads;
    TRY(threads_resolve(options->threads, &threads, error));
    *trainer = (bg_trainer){.engine = trainer_engine(net->dtype, options->optimizer),
                            .net = net,
                            .layout = net,
                            .data = data,
                            .options = *options,
                            .threads = threads};
    trainer->progress.loss = trainer->progress.norm = (double)__builtin_nanf("");
    size_t batch = options->batch;
    if (batch == 0 || batch > data->rows)
        batch = data->rows;
    trainer->options.batch = batch;
    trainer->cut = dropout_plan(net, options, batch);
    TRY(plan_override(&trainer->cut, net, batch, options->tile_rows, options->slots, error));
    if ((size_t)threads > trainer->cut.threads)
        trainer->threads = (int)trainer->cut.threads;
    trainer->steps_per_epoch = divide_up(data->rows, batch);
    return BG_OK;
}

bg_status trainer_check_steps(const bg_trainer *trainer, bg_error *error)
{
    if (trainer->options.optimizer >= BG_LSTSQ)
        return fail(error, BG_E_ARGUMENT, "%s takes no steps along a gradient",
                    bg_name(BG_KIND_OPTIMIZER, (int)trainer->options.optimizer));
    return BG_OK;
}

bg_status bg_trainer_create(bg_net *net, const bg_data *data, const bg_train_options *options,
                            bg_trainer **out, bg_error *error)
{
    TRY(check_data(net, data, true, error));
    bg_trainer *trainer = memory_zeroed(1, sizeof *trainer);
    if (!trainer)
        return fail_memory(error, "a trainer");
    bg_status status = trainer_prepare(net, data, options, trainer, error);
    if (status == BG_OK)
        status = trainer->engine->trainer_open(trainer, error);
    if (status != BG_OK) {
        memory_release(trainer);
        return status;
    }
    trainer->options.dropouts = NULL; /* the caller's */
    *out = trainer;
    return BG_OK;
}

void bg_trainer_free(bg_trainer *trainer)
{
    if (!trainer)
        return;
    trainer->engine->trainer_close(trainer);
    memory_release(trainer);
}

bg_status bg_trainer_run(bg_trainer *trainer, uint64_t epochs, bg_progress *progress,
                         bg_error *error)
{
    bg_status status = trainer->engine->trainer_run(trainer, epochs, error);
    if (status == BG_OK && epochs && net_first_nonfinite(trainer->net, trainer->net->values))
        status = trainer->engine->trainer_explain(trainer, error);
    if (progress)
        *progress = trainer->progress;
    return status;
}

bg_status bg_trainer_step(bg_trainer *trainer, const bg_data *data, double *loss, bg_error *error)
{
    TRY(trainer_check_steps(trainer, error));
    TRY(check_data(trainer->net, data, true, error));
    if (trainer->steps_per_epoch != 1)
        return fail(error, BG_E_ARGUMENT, "the trainer has mini-batches of its own");
    if (data->rows > trainer->options.batch)
        return fail(error, BG_E_ARGUMENT, "the trainer has room for %zu rows a step, not %zu",
                    trainer->options.batch, data->rows);
    const bg_data *own = trainer->data;
    trainer->data = data;
    bg_status status = trainer->engine->trainer_run(trainer, 1, error);
    trainer->data = own;
    if (status == BG_OK && loss)
        *loss = trainer->progress.loss;
    return status;
}

bg_status bg_trainer_set_lr(bg_trainer *trainer, double lr, bg_error *error)
{
    TRY(check_lr(lr, error));
    trainer->options.lr = lr;
    return BG_OK;
}

bg_status bg_trainer_apply(bg_trainer *trainer, const double *gradient, bg_error *error)
{
    TRY(trainer_check_steps(trainer, error));
    if (!trainer->engine->trainer_apply(trainer, gradient))
        return fail(error, BG_E_ARGUMENT, "the gradient is not finite");
    if (net_first_nonfinite(trainer->net, trainer->net->values))
        return trainer->engine->trainer_explain(trainer, error);
    return BG_OK;
}

bg_status bg_trainer_loss(bg_trainer *trainer, double *loss, bg_error *error)
{
    double value;
    TRY(trainer->engine->loss(trainer->net, &trainer->options.objective, trainer->data,
                              trainer->threads, &value, error));
    if (!(value - value == 0)) /* infinite or not a number */
        return trainer->engine->trainer_explain(trainer, error);
    *loss = value;
    return BG_OK;
}

void bg_trainer_progress(const bg_trainer *trainer, bg_progress *progress)
{
    *progress = trainer->progress;
}

bg_status bg_trainer_set_progress(bg_trainer *trainer, const bg_progress *progress, bg_error *error)
{
    uint64_t an_epoch = trainer->steps_per_epoch, made = progress->epochs * an_epoch;
    if (progress->epochs > UINT64_MAX / an_epoch - 1 || progress->steps < made ||
        progress->steps - made >= an_epoch)
        return fail(error, BG_E_ARGUMENT,
                    "%" PRIu64 " epochs of %" PRIu64 " steps do not end in step %" PRIu64,
                    progress->epochs, an_epoch, progress->steps);
    trainer->progress = *progress;
    return BG_OK;
}

bool bg_trainer_fit(const bg_trainer *trainer, bg_fit *fit)
{
    if (trainer->fit.residuals == 0)
        return false;
    *fit = trainer->fit;
    return true;
}

int bg_trainer_threads(const bg_trainer *trainer)
{
    return trainer->threads;
}

size_t bg_trainer_state_vectors(const bg_trainer *trainer)
{
    return trainer->engine->trainer_vectors(trainer);
}

void bg_trainer_get_state(const bg_trainer *trainer, size_t vector, double *values)
{
    net_export(trainer->layout, trainer->engine->trainer_state(trainer, vector), values);
}

void bg_trainer_set_state(bg_trainer *trainer, size_t vector, const double *values)
{
    net_import(trainer->layout, trainer->engine->trainer_state(trainer, vector), values);
    trainer->followed = trainer->net->version;
}
