/* Worked examples made in memory, for the sheet of any network. */
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "net/dataset.h"
#include "sheet/example.h"

static bg_status copy_net(bg_example *e, const bg_net *net, bg_error *error)
{
    e->layers = bg_net_layers(net);
    e->parameters = bg_net_parameters(net);
    e->has_biases = e->update_biases = true;
    e->widths = memory_zeroed(e->layers + 1, sizeof *e->widths);
    e->activations = memory_zeroed(e->layers, sizeof *e->activations);
    e->start = memory_zeroed(e->parameters, sizeof *e->start);
    if (!e->widths || !e->activations || !e->start)
        return fail_memory(error, "the example");
    for (size_t l = 0; l <= e->layers; l++)
        e->widths[l] = bg_net_width(net, l);
    for (size_t l = 1; l <= e->layers; l++) {
        e->activations[l - 1] = bg_net_activation(net, l);
        bg_net_get(net, l, e->start + example_weight(e, l, 0, 0), e->start + example_bias(e, l, 0));
    }
    return BG_OK;
}

static bg_status copy_data(bg_example *e, const bg_data *data, bg_error *error)
{
    size_t in = bg_data_inputs(data), out = bg_data_targets(data);
    if (in != e->widths[0] || out != e->widths[e->layers])
        return fail(error, BG_E_ARGUMENT,
                    "the data have %zu inputs and %zu targets, the network %zu and %zu", in, out,
                    e->widths[0], e->widths[e->layers]);
    e->rows = bg_data_rows(data);
    e->inputs = memory_zeroed(e->rows, in * sizeof *e->inputs);
    e->targets = memory_zeroed(e->rows, out * sizeof *e->targets);
    if (!e->inputs || !e->targets)
        return fail_memory(error, "the example");
    for (size_t r = 0; r < e->rows; r++)
        bg_data_row(data, r, e->inputs + r * in, e->targets + r * out);
    return BG_OK;
}

bg_status bg_example_create(const bg_net *net, const bg_data *data, const bg_train_options *options,
                            bg_example **example, bg_error *error)
{
    if (!bg_name(BG_KIND_LOSS, (int)options->objective.loss) || !(options->lr > 0))
        return fail(error, BG_E_ARGUMENT, "an example needs a loss and a learning rate above 0");
    if (options->objective.l1 != 0)
        return fail(error, BG_E_ARGUMENT, "an example has no penalty l1");
    TRY(dataset_refuse_weights(data, "an example", error));
    bg_example *e = memory_zeroed(1, sizeof *e);
    if (!e)
        return fail_memory(error, "the example");
    e->kind = EXAMPLE_TRACE;
    e->rule = EXAMPLE_GD;
    e->loss = (int)options->objective.loss;
    e->reduction = options->objective.reduction;
    e->l2 = options->objective.l2;
    e->learning_rate = options->lr;
    e->ascent = options->ascent;
    bg_status status = copy_net(e, net, error);
    if (status == BG_OK)
        status = copy_data(e, data, error);
    if (status != BG_OK) {
        bg_example_free(e);
        return status;
    }
    *example = e;
    return BG_OK;
}
