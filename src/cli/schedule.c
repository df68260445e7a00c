#include "schedule.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

uint64_t schedule_epoch(const training *t)
{
    uint64_t batch = t->options.batch ? t->options.batch : t->rows;
    return t->rows / batch + (t->rows % batch != 0);
}

/* Beyond any run, and exact where it meets a double. */
#define MOST_UPDATES 1e15

/* At least one, but for 0 epochs. */
static uint64_t updates(const training *t, double epochs)
{
    double count = epochs * (double)schedule_epoch(t);
    if (count > MOST_UPDATES)
        return (uint64_t)MOST_UPDATES;
    return epochs > 0 && count < 1 ? 1 : (uint64_t)(count + 0.5);
}

void schedule_fill(training *t)
{
    const option_value *v = t->c->value;
    bg_train_options *o = &t->options;
    double epochs = (double)v[OPT_EPOCHS].count;
    o->schedule = (bg_schedule)v[OPT_SCHEDULE].choice;
    o->warmup = updates(t, v[OPT_WARMUP].number);
    o->gamma = v[OPT_GAMMA].number;
    o->eta_min = v[OPT_ETA_MIN].number;
    double left = epochs > v[OPT_WARMUP].number ? epochs - v[OPT_WARMUP].number : 1;
    o->t_max = updates(t, t->c->given[OPT_T_MAX] ? v[OPT_T_MAX].number : left);
    double stay = t->c->given[OPT_STEP_SIZE] ? v[OPT_STEP_SIZE].number : epochs / 3;
    if (o->schedule == BG_SCHEDULE_EXPONENTIAL)
        stay = 1;
    o->step_size = updates(t, stay > 0 ? stay : 1);
}

void schedule_describe(const bg_train_options *o, char words[SCHEDULE_WORDS])
{
    char number[32];
    size_t length = (size_t)snprintf(words, SCHEDULE_WORDS, "%s",
                                     bg_name(BG_KIND_SCHEDULE, (int)o->schedule));
    if (o->schedule == BG_SCHEDULE_COSINE) {
        bg_number_text(o->eta_min, BG_F64, number);
        length += (size_t)snprintf(words + length, SCHEDULE_WORDS - length,
                                   " to %s in %" PRIu64 " updates", number, o->t_max);
    } else if (o->schedule != BG_SCHEDULE_CONSTANT) {
        bg_number_text(o->gamma, BG_F64, number);
        length += (size_t)snprintf(words + length, SCHEDULE_WORDS - length,
                                   ", times %s every %" PRIu64 " updates", number, o->step_size);
    }
    if (o->warmup)
        snprintf(words + length, SCHEDULE_WORDS - length, ", after %" PRIu64 " updates of warm-up",
                 o->warmup);
}
