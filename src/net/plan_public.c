/* The plan of a training run as numbers: what would run, how much work it is, what it takes. */
#include "base/status.h"
#include "kernel/variants.h"
#include "net/engine.h"

static double layer_flops(const bg_net *net, size_t l, size_t rows)
{
    const net_layer *layer = &net->layer[l];
    return (l ? 6.0 : 4.0) * (double)layer->in * (double)layer->out * (double)rows;
}

static bg_status describe_memory(const bg_trainer *t, bg_plan *out, bg_error *error)
{
    const bg_net *net = t->net;
    double real_size = (double)dtype_size(net->dtype);
    double columns = (double)(net->layer[0].in + net->layer[net->layers - 1].out);
    /* By 64, since lists of threads are rounded up to 64 bytes. */
    bg_trainer one = *t, more = *t;
    one.threads = 1;
    more.threads = 65;
    if (!t->engine->trainer_measure)
        return fail(error, BG_E_ARGUMENT, "%s takes no steps that a plan could cut",
                    bg_name(BG_KIND_OPTIMIZER, (int)t->options.optimizer));
    trainer_size size = t->engine->trainer_measure(t);
    if (size.state == SIZE_MAX || size.scratch == SIZE_MAX)
        return fail(error, BG_E_MEMORY, "no memory could hold the gradients of %zu parameters",
                    net->parameters);
    out->parameter_bytes = (double)net->size * real_size;
    out->data_bytes = (double)t->data->rows * columns * real_size;
    out->state_bytes = (double)size.state;
    out->tile_bytes = (double)(t->engine->trainer_measure(&more).scratch -
                               t->engine->trainer_measure(&one).scratch) /
                      64;
    out->gradient_bytes = (double)t->cut.slots * out->parameter_bytes;
    out->shared_bytes = (double)size.scratch - out->gradient_bytes - t->threads * out->tile_bytes;
    out->bytes = (double)out->rows * columns * real_size +
                 2 * out->parameter_bytes * (double)(1 + size.vectors);
    return BG_OK;
}

static bg_status describe(const bg_trainer *t, bg_plan *out, bg_plan_layer *layers, bg_error *error)
{
    const bg_net *net = t->net;
    *out = (bg_plan){.rows = t->options.batch,
                     .tile_rows = t->cut.tile_rows,
                     .tiles = t->cut.tiles,
                     .slots = t->cut.slots,
                     .group = t->cut.group,
                     .deferred = t->options.optimizer <= BG_RPROP && plan_defer(net, t->cut).defers,
                     .useful_threads = t->cut.threads,
                     .threads = t->threads,
                     .instructions = kernels_name(net->dtype)};
    TRY(describe_memory(t, out, error));
    for (size_t l = 0; l < net->layers; l++) {
        double flops = layer_flops(net, l, out->rows);
        out->flops += flops;
        if (layers)
            layers[l] = (bg_plan_layer){t->engine->layer_engine(net, &t->cut, l), flops};
    }
    return BG_OK;
}

bg_status bg_trainer_plan(const bg_trainer *trainer, bg_plan *out, bg_error *error)
{
    bg_plan result;
    TRY(describe(trainer, &result, NULL, error));
    *out = result;
    return BG_OK;
}

bg_status bg_plan_choose(const bg_net_spec *spec, const bg_train_options *options, size_t rows,
                         bg_plan *out, bg_plan_layer *layers, bg_error *error)
{
    bg_net *net;
    bg_trainer trainer;
    bg_plan result;
    bg_data data = {.dtype = spec->dtype, .rows = rows};
    if (rows == 0)
        return fail(error, BG_E_ARGUMENT, "a plan is for 1 row at least");
    TRY(net_shape(spec, &net, error));
    bg_status status = trainer_prepare(net, &data, options, &trainer, error);
    if (status == BG_OK && !trainer.engine->trainer_measure)
        status = trainer_check_steps(&trainer, error);
    if (status == BG_OK && trainer.engine->trainer_check)
        status = trainer.engine->trainer_check(&trainer, error);
    if (status == BG_OK)
        status = describe(&trainer, &result, layers, error);
    if (status == BG_OK)
        *out = result;
    bg_net_free(net);
    return status;
}
