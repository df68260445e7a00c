#include "net/rates.h"

#include <math.h>

#include "base/real.h"

static optimizer_rates rates_at(const bg_train_options *o, double lr)
{
    return (optimizer_rates){.lr = (real)(o->ascent ? -lr : lr),
                             .momentum = (real)o->momentum,
                             .beta1 = (real)o->beta1,
                             .beta2 = (real)o->beta2,
                             .rest1 = (real)(1 - o->beta1),
                             .rest2 = (real)(1 - o->beta2),
                             .epsilon = (real)o->epsilon,
                             .alpha = (real)o->alpha,
                             .rest = (real)(1 - o->alpha),
                             .keep = (real)(1 - lr * o->weight_decay)};
}

void rates_start(const bg_train_options *o, optimizer_rates *rates)
{
    *rates = rates_at(o, o->lr);
}

void rates_move(const bg_train_options *o, const optimizer_rule *rule, uint64_t update,
                optimizer_rates *rates)
{
    double lr = o->lr;
    if (bg_schedule_moves(o)) {
        lr = bg_schedule_lr(o, update);
        *rates = rates_at(o, lr);
    }
    if (rule->corrected) {
        double step = (double)update + 1;
        rates->step_size = (real)((o->ascent ? -1 : 1) * lr / (1 - pow(o->beta1, step)));
        rates->root_correction = (real)sqrt(1 - pow(o->beta2, step));
    }
}
