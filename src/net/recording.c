#include "net/recording.h"

#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "net/net.h"

void bg_recording_free(bg_recording *r)
{
    if (!r)
        return;
    void *const owned[] = {r->source, r->maker,  r->widths,  r->activations, r->lr,    r->loss,
                           r->values, r->inputs, r->targets, r->gradients,   r->first, r->index};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        memory_release(owned[i]);
    memory_release(r);
}

size_t bg_recording_steps(const bg_recording *r)
{
    return r->steps;
}

bg_status recording_batch(const bg_recording *r, size_t s, bg_data **data, bg_error *error)
{
    size_t rows = r->first[s + 1] - r->first[s], in = r->widths[0], out = r->widths[r->layers];
    double *x = memory_zeroed(rows * (in + out), sizeof *x), *t = x + rows * in;
    if (!x)
        return fail_memory(error, "a batch");
    for (size_t i = 0; i < rows; i++) {
        size_t row = r->first[s] + i;
        row = r->index ? r->index[row] : row;
        memcpy(x + i * in, r->inputs + row * in, in * sizeof *x);
        memcpy(t + i * out, r->targets + row * out, out * sizeof *t);
    }
    bg_status status = bg_data_create(r->dtype, rows, in, out, x, t, data, error);
    memory_release(x);
    return status;
}

bg_status recording_net(const bg_recording *r, const double *values, bg_net **net, bg_error *error)
{
    bg_net_spec spec = {r->dtype, r->layers, r->widths, r->activations};
    bg_net *made;
    TRY(bg_net_create(&spec, &made, error));
    net_set_all(made, values);
    *net = made;
    return BG_OK;
}
