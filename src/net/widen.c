#include "net/widen.h"

#include "base/arena.h"
#include "base/status.h"
#include "net/dataset.h"
#include "net/net.h"

bg_status widen_net(const bg_net *net, bg_net **wide, bg_error *error)
{
    size_t *widths = memory_zeroed(net->layers + 1, sizeof *widths);
    bg_activation *f = memory_zeroed(net->layers, sizeof *f);
    double *values = memory_zeroed(net->parameters, sizeof *values);
    bg_status status = widths && f && values ? BG_OK : fail_memory(error, "a network in double");
    for (size_t l = 0; status == BG_OK && l < net->layers; l++) {
        widths[l] = net->layer[l].in;
        widths[l + 1] = net->layer[l].out;
        f[l] = net->layer[l].activation;
    }
    bg_net_spec spec = {BG_F64, net->layers, widths, f};
    if (status == BG_OK)
        status = bg_net_create(&spec, wide, error);
    if (status == BG_OK) {
        net_export(net, net->values, values);
        net_import(*wide, (*wide)->values, values);
    }
    memory_release(widths);
    memory_release(f);
    memory_release(values);
    return status;
}

bg_status widen_data(const bg_data *data, bg_data **wide, bg_error *error)
{
    bg_data *made;
    TRY(dataset_create(BG_F64, data->rows, data->inputs, data->targets, &made, error));
    double *x = made->x, *t = made->t;
    for (size_t i = 0; i < data->rows; i++)
        bg_data_row(data, i, x + i * data->inputs, t + i * data->targets);
    bg_status status = dataset_copy_weights(data, NULL, made, error);
    if (status == BG_OK)
        *wide = made;
    else
        bg_data_free(made);
    return status;
}
