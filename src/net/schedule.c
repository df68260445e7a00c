#include "net/schedule.h"

#include <math.h>

#include "base/status.h"

static bg_status check_numbers(const bg_train_options *o, bg_error *error)
{
    bool decays = o->schedule == BG_SCHEDULE_STEP || o->schedule == BG_SCHEDULE_EXPONENTIAL;
    if (decays && o->step_size == 0)
        return fail(error, BG_E_ARGUMENT, "step_size is at least 1 update");
    if (decays && !(o->gamma > 0 && o->gamma <= 1))
        return fail(error, BG_E_ARGUMENT, "gamma is more than 0 and at most 1, not %g", o->gamma);
    if (o->schedule == BG_SCHEDULE_COSINE && o->t_max == 0)
        return fail(error, BG_E_ARGUMENT, "t_max is at least 1 update");
    if (o->schedule == BG_SCHEDULE_COSINE && !(o->eta_min >= 0 && o->eta_min <= 1e30))
        return fail(error, BG_E_ARGUMENT, "eta_min is 0 to 1e30, not %g", o->eta_min);
    return BG_OK;
}

bg_status schedule_check(const bg_train_options *o, bg_error *error)
{
    if (!bg_name(BG_KIND_SCHEDULE, (int)o->schedule))
        return fail(error, BG_E_ARGUMENT, "unknown schedule %d", (int)o->schedule);
    if (bg_schedule_moves(o) && o->optimizer >= BG_RPROP)
        return fail(error, BG_E_ARGUMENT, "%s has no learning rate for a schedule",
                    bg_name(BG_KIND_OPTIMIZER, (int)o->optimizer));
    return check_numbers(o, error);
}

bool bg_schedule_moves(const bg_train_options *o)
{
    return o->schedule != BG_SCHEDULE_CONSTANT || o->warmup > 0;
}

/* By bg_schedule: the rate t updates after the warm-up. */
static double constant(const bg_train_options *o, uint64_t t)
{
    (void)t;
    return o->lr;
}

static double step(const bg_train_options *o, uint64_t t)
{
    return o->lr * pow(o->gamma, (double)(t / o->step_size));
}

static double exponential(const bg_train_options *o, uint64_t t)
{
    return o->lr * pow(o->gamma, (double)t / (double)o->step_size);
}

static double cosine(const bg_train_options *o, uint64_t t)
{
    if (t >= o->t_max)
        return o->eta_min;
    double turn = M_PI * ((double)t / (double)o->t_max);
    return o->eta_min + (o->lr - o->eta_min) * (1 + cos(turn)) / 2;
}

static double (*const rules[BG_SCHEDULE_COUNT])(const bg_train_options *o, uint64_t t) = {
    constant, step, exponential, cosine};

double bg_schedule_lr(const bg_train_options *o, uint64_t update)
{
    if (update < o->warmup)
        return o->lr * ((double)(update + 1) / (double)o->warmup);
    return rules[o->schedule](o, update - o->warmup);
}
