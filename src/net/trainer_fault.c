/* Divergence: where it began, and the way back. */
#include <string.h>

#include "base/real.h"
#include "base/status.h"
#include "net/pass_load.h"
#include "net/predict.h"
#include "net/trainer.h"

void trainer_follow(trainer *t, const bg_trainer *b)
{
    if (t->copied != b->net->version)
        pass_refresh(&t->pass);
    t->copied = b->net->version;
}

static void restore(bg_trainer *b)
{
    trainer *t = b->own;
    memcpy(b->net->values, t->good, b->net->size * sizeof(real));
    b->net->version++;
    trainer_follow(t, b);
}

bg_status trainer_fault(bg_trainer *b, bg_error *error)
{
    trainer *t = b->own;
    /* Outside a run the question is asked of all rows. */
    if (!t->diverged)
        t->rows = pass_all(b->data);
    trainer_follow(t, b);
    uint64_t step = b->progress.steps + 1;
    size_t layer = net_first_nonfinite(b->net, b->net->values), row = 0;
    bg_status status;
    if (layer) {
        step--;
        status =
            fail(error, BG_E_DIVERGED,
                 "step %llu: the update makes parameters of layer %zu infinite or not a number",
                 (unsigned long long)step, layer);
    } else if (predict_fault(&t->pass, &t->rows, &layer, &row)) {
        status =
            fail(error, BG_E_DIVERGED, "step %llu: layer %zu is no longer finite on data row %zu",
                 (unsigned long long)step, layer, row);
    } else {
        layer = b->net->layers;
        status =
            fail(error, BG_E_DIVERGED, "step %llu: the loss over layer %zu is no longer finite",
                 (unsigned long long)step, layer);
    }
    if (error) {
        error->step = step;
        error->layer = layer;
        error->row = row;
    }
    restore(b);
    return status;
}
