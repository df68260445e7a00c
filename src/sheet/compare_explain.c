/* Losses and gradients of the recorded steps against every known convention. */
#include <math.h>
#include <stdio.h>

#include "base/status.h"
#include "sheet/compare_guess.h"

static bg_status judge(examiner *x, const question *q, bool *same, bg_error *error)
{
    double units = (double)INFINITY;
    if (!isfinite(q->answer[0]))
        units = (double)INFINITY;
    else if (q->quantity == COMPARE_LOSS)
        units = loss_error(x, q->step, q->answer[0]);
    else
        TRY(gradient_error(x, q->step, q->data, q->answer, &units, error));
    *same = units <= 1;
    return BG_OK;
}

/* Steps from `first` on that agree without a break. */
static bg_status try_guess(examiner *x, compare_quantity quantity, const guess *g, size_t variant,
                           size_t first, size_t *explained, bg_error *error)
{
    *explained = 0;
    for (size_t step = first; step < x->r->steps; step++) {
        bg_data *data;
        TRY(recording_batch(x->r, step, &data, error));
        examiner_go(x, step);
        question q = {quantity, step, data, x->gradient};
        bool same = false;
        bg_status status = g->predict(x, variant, &q, error);
        if (status == BG_OK)
            status = judge(x, &q, &same, error);
        bg_data_free(data);
        TRY(status);
        if (!same)
            break;
        ++*explained;
    }
    return BG_OK;
}

/* The multiple of the engine's answer that the recording is, for a sentence. */
static bg_status tell_factor(examiner *x, compare_quantity quantity, finding *f, bg_error *error)
{
    bg_data *data;
    TRY(recording_batch(x->r, f->step, &data, error));
    examiner_go(x, f->step);
    question q = {quantity, f->step, data, x->gradient};
    bg_status status = ask_engine(x->net, &x->r->options.objective, &q, data, error);
    size_t n = quantity == COMPARE_LOSS ? 1 : x->r->parameters;
    const double *recorded =
        quantity == COMPARE_LOSS ? &x->r->loss[f->step] : recorded_gradient(x->r, f->step);
    double product = 0, square = 0;
    for (size_t i = 0; i < n; i++) {
        product += recorded[i] * x->gradient[i];
        square += x->gradient[i] * x->gradient[i];
    }
    double factor = square > 0 ? product / square : 0;
    for (size_t i = 0; i < n; i++)
        x->gradient[i] *= factor;
    bool same = false;
    if (status == BG_OK && factor != 0)
        status = judge(x, &q, &same, error);
    bg_data_free(data);
    if (same) {
        f->explained = 1;
        snprintf(f->words, sizeof f->words, "it is %s times the engine's%s",
                 brief_number(factor, 6).text,
                 quantity == COMPARE_GRADIENT && factor > 0 && factor < 1 ? " (clipped?)" : "");
    }
    return status;
}

static bg_status try_guesses(examiner *x, compare_quantity quantity, const guess *first,
                             const guess *end, finding *f, bg_error *error)
{
    for (const guess *g = first; g < end; g++)
        for (size_t variant = 0; variant < g->variants(x->r); variant++) {
            size_t explained;
            TRY(try_guess(x, quantity, g, variant, f->step, &explained, error));
            if (explained > f->explained) {
                f->explained = explained;
                g->describe(x->r, variant, f->words);
            }
        }
    return BG_OK;
}

/* Another objective, the first of the guesses, would show in the loss: it comes last for a gradient
 * whose loss agrees. */
bg_status explain_objective(examiner *x, compare_quantity quantity, bool loss_agrees, finding *f,
                            bg_error *error)
{
    const guess *first = compare_guesses + (loss_agrees ? GUESS_OBJECTIVE + 1 : 0);
    const guess *end = compare_guesses + GUESSES;
    TRY(try_guesses(x, quantity, first, end, f, error));
    if (!f->words[0] && loss_agrees)
        TRY(try_guesses(x, quantity, compare_guesses, first, f, error));
    return f->words[0] ? BG_OK : tell_factor(x, quantity, f, error);
}
