#include "sheet/compare_guess.h"

#include <math.h>
#include <stdio.h>

#include "base/status.h"
#include "net/net.h"

static bg_objective plain_objective(const bg_recording *r)
{
    bg_objective o = r->options.objective;
    o.l2 = 0;
    return o;
}

bg_status ask_engine(const bg_net *net, const bg_objective *o, const question *q,
                     const bg_data *data, bg_error *error)
{
    if (q->quantity == COMPARE_LOSS)
        return bg_loss_value(net, o, data, 1, q->answer, error);
    return bg_gradient(net, o, data, 1, NULL, q->answer, error);
}

static void no_answer(const question *q)
{
    q->answer[0] = (double)NAN;
}

/* Adds a penalty of `weights` and `biases` times half the sum of squares. */
static void add_penalty(const bg_recording *r, const question *q, double weights, double biases)
{
    const double *p = recorded_values(r, q->step);
    for (size_t i = 0; i < r->parameters; i++) {
        double share = i < tensor_find(r, i).weights ? weights : biases;
        if (q->quantity == COMPARE_LOSS)
            q->answer[0] += share / 2 * p[i] * p[i];
        else
            q->answer[i] += share * p[i];
    }
}

/* --------------------------------------------------------------------- other objectives --- */

static size_t objective_variants(const bg_recording *r)
{
    (void)r;
    return (size_t)BG_LOSS_COUNT * BG_REDUCTION_COUNT;
}

/* Variant 0 is what is told; the other reduction of the told loss comes first. */
static bg_objective other_objective(const bg_recording *r, size_t variant)
{
    bg_objective o = r->options.objective;
    o.loss = (bg_loss)(((size_t)o.loss + variant / BG_REDUCTION_COUNT) % BG_LOSS_COUNT);
    o.reduction = (bg_reduction)(((size_t)o.reduction + variant) % BG_REDUCTION_COUNT);
    return o;
}

static bg_status predict_objective(examiner *x, size_t variant, const question *q, bg_error *error)
{
    bg_objective o = other_objective(x->r, variant);
    return ask_engine(x->net, &o, q, q->data, error);
}

static const struct {
    bg_loss told, found;
    const char *words;
} loss_words[] = {
    {BG_HALF_SSE, BG_SSE, ": no factor 1/2"},
    {BG_SSE, BG_HALF_SSE, ": a factor 1/2"},
    {BG_HALF_SSE, BG_MSE, ": no factor 1/2, and divided by the number of outputs"},
    {BG_MSE, BG_HALF_SSE, ": a factor 1/2, and not divided by the number of outputs"},
    {BG_SSE, BG_MSE, ": divided by the number of outputs"},
    {BG_MSE, BG_SSE, ": not divided by the number of outputs"},
};

static void describe_objective(const bg_recording *r, size_t variant, char words[COMPARE_WORDS])
{
    bg_objective told = r->options.objective, found = other_objective(r, variant);
    const char *why = "", *loss = bg_name(BG_KIND_LOSS, (int)found.loss);
    for (size_t i = 0; i < sizeof loss_words / sizeof *loss_words; i++)
        if (loss_words[i].told == told.loss && loss_words[i].found == found.loss)
            why = loss_words[i].words;
    const char *over = found.reduction == BG_SUM ? "summed over the rows, not averaged"
                                                 : "averaged over the rows, not summed";
    if (found.loss == told.loss)
        snprintf(words, COMPARE_WORDS, "the loss is %s (reduction %s)", over,
                 bg_name(BG_KIND_REDUCTION, (int)found.reduction));
    else
        snprintf(words, COMPARE_WORDS, "the loss is %s%s%s%s", loss, why,
                 found.reduction == told.reduction ? "" : "; it is ",
                 found.reduction == told.reduction ? "" : over);
}

/* ----------------------------------------------------------------------- other penalties --- */

static const struct {
    double weights, biases; /* times l2 */
    bool by_rows;           /* divided by the rows of the step */
    const char *words;
} penalties[] = {
    {1, 1, false, "the penalty l2 shrinks the biases too (as PyTorch's weight_decay does)"},
    {0, 0, false, "there is no penalty l2 in it"},
    {2, 0, false, "the penalty is l2 times the sum of squares: no factor 1/2"},
    {2, 2, false, "the penalty is l2 times the sum of squares, no factor 1/2, biases included"},
    {1, 0, true, "the penalty is divided by the rows of the batch"},
    {1, 1, true, "the penalty is divided by the rows of the batch, and shrinks the biases too"},
};
enum { PENALTIES = sizeof penalties / sizeof *penalties };

static double told_penalty(const bg_recording *r)
{
    return r->options.optimizer == BG_ADAMW ? r->options.weight_decay : r->options.objective.l2;
}

static size_t penalty_variants(const bg_recording *r)
{
    return told_penalty(r) > 0 ? PENALTIES : 0;
}

static bg_status predict_penalty(examiner *x, size_t variant, const question *q, bg_error *error)
{
    bg_objective o = plain_objective(x->r);
    double l2 = told_penalty(x->r);
    if (penalties[variant].by_rows)
        l2 /= (double)bg_data_rows(q->data);
    TRY(ask_engine(x->net, &o, q, q->data, error));
    add_penalty(x->r, q, penalties[variant].weights * l2, penalties[variant].biases * l2);
    return BG_OK;
}

static void describe_penalty(const bg_recording *r, size_t variant, char words[COMPARE_WORDS])
{
    bool decoupled = r->options.optimizer == BG_ADAMW;
    snprintf(words, COMPARE_WORDS, "%s%s",
             decoupled ? "weight decay is in the gradient (L2), not decoupled; as such " : "",
             penalties[variant].words);
}

/* The penalty that explains the gradient best, where none is told. */
static double fitted_penalty(examiner *x, const question *q, bool biases)
{
    const double *p = recorded_values(x->r, q->step), *g = recorded_gradient(x->r, q->step);
    double product = 0, square = 0;
    for (size_t i = 0; i < x->r->parameters; i++) {
        if (!biases && i >= tensor_find(x->r, i).weights)
            continue;
        product += (g[i] - q->answer[i]) * p[i];
        square += p[i] * p[i];
    }
    return square > 0 ? product / square : 0;
}

static size_t untold_variants(const bg_recording *r)
{
    return told_penalty(r) > 0 ? 0 : 2;
}

static bg_status predict_untold(examiner *x, size_t variant, const question *q, bg_error *error)
{
    bg_objective o = plain_objective(x->r);
    TRY(ask_engine(x->net, &o, q, q->data, error));
    if (q->quantity == COMPARE_LOSS) {
        no_answer(q);
        return BG_OK;
    }
    double l2 = fitted_penalty(x, q, variant == 1);
    add_penalty(x->r, q, l2, variant == 1 ? l2 : 0);
    return BG_OK;
}

static void describe_untold(const bg_recording *r, size_t variant, char words[COMPARE_WORDS])
{
    (void)r;
    snprintf(words, COMPARE_WORDS,
             "there is a penalty l2 that the settings do not tell, on the weights%s",
             variant ? " and the biases" : "");
}

/* ------------------------------------------------------------- other ways back, other rows --- */

typedef struct way_words {
    backward_way way;
    bool updated;
    const char *words;
} way_words;

static const way_words ways[] = {
    {{.kinks = true}, false, "relu's derivative at 0 is that of the right side"},
    {{.no_output = true}, false, "f' of the last layer is left out of its delta"},
    {{.no_hidden = true}, false, "f' of the hidden layers is left out of their deltas"},
    {{.transposed = true}, false, "delta goes back through W instead of its transpose"},
    {{.sizes = false}, true, "delta goes back through weights that are updated already"},
};

static size_t way_variants(const bg_recording *r)
{
    (void)r;
    return sizeof ways / sizeof *ways;
}

static bg_status predict_way(examiner *x, size_t variant, const question *q, bg_error *error)
{
    const bg_recording *r = x->r;
    backward_way way = ways[variant].way;
    if (ways[variant].updated)
        way.through = recorded_values(r, q->step + 1);
    if (q->quantity == COMPARE_LOSS) {
        no_answer(q);
        return BG_OK;
    }
    TRY(backward_gradient(x, recorded_values(r, q->step), q->data, &way, q->answer, error));
    add_penalty(r, q, r->options.objective.l2, 0);
    return BG_OK;
}

static void describe_way(const bg_recording *r, size_t variant, char words[COMPARE_WORDS])
{
    (void)r;
    snprintf(words, COMPARE_WORDS, "%s", ways[variant].words);
}

/* 0: gradients add up; 1, 2: rows of the step before and after; 3: the loss is that after. */
enum { ADD_UP, ROWS_BEFORE, ROWS_AFTER, LOSS_AFTER, MIXES };
static const char *const mix_words[MIXES] = {
    "gradients add up from step to step: they are not set to zero (zero_grad)",
    "the rows are those of the step before",
    "the rows are those of the step after",
    "the loss is that after the update",
};

static size_t mix_variants(const bg_recording *r)
{
    return r->steps > 1 ? MIXES : 0;
}

static bg_status predict_other_rows(examiner *x, size_t step, const question *q, bg_error *error)
{
    bg_data *data;
    TRY(recording_batch(x->r, step, &data, error));
    bg_status status = ask_engine(x->net, &x->r->options.objective, q, data, error);
    bg_data_free(data);
    return status;
}

static bg_status predict_loss_after(examiner *x, const question *q, bg_error *error)
{
    examiner_go(x, q->step + 1);
    bg_status status = ask_engine(x->net, &x->r->options.objective, q, q->data, error);
    examiner_go(x, q->step);
    return status;
}

static bg_status predict_mix(examiner *x, size_t variant, const question *q, bg_error *error)
{
    const bg_recording *r = x->r;
    bool loss = q->quantity == COMPARE_LOSS;
    if (variant == ROWS_BEFORE && q->step > 0)
        return predict_other_rows(x, q->step - 1, q, error);
    if (variant == ROWS_AFTER && q->step + 1 < r->steps)
        return predict_other_rows(x, q->step + 1, q, error);
    if (variant == LOSS_AFTER && loss)
        return predict_loss_after(x, q, error);
    if (variant != ADD_UP || loss || q->step == 0) {
        no_answer(q);
        return BG_OK;
    }
    TRY(ask_engine(x->net, &r->options.objective, q, q->data, error));
    for (size_t i = 0; i < r->parameters; i++)
        q->answer[i] += recorded_gradient(r, q->step - 1)[i];
    return BG_OK;
}

static void describe_mix(const bg_recording *r, size_t variant, char words[COMPARE_WORDS])
{
    (void)r;
    snprintf(words, COMPARE_WORDS, "%s", mix_words[variant]);
}

/* -------------------------------------------------------------------- other activations --- */

static size_t activation_variants(const bg_recording *r)
{
    return r->layers * BG_ACTIVATION_COUNT;
}

static bg_status predict_activation(examiner *x, size_t variant, const question *q, bg_error *error)
{
    const bg_recording *r = x->r;
    size_t l = variant / BG_ACTIVATION_COUNT;
    bg_activation f = (bg_activation)(variant % BG_ACTIVATION_COUNT), told = r->activations[l];
    if (f == told || (f == BG_SOFTMAX && l + 1 < r->layers)) {
        no_answer(q);
        return BG_OK;
    }
    x->net->layer[l].activation = f;
    bg_status status = ask_engine(x->net, &r->options.objective, q, q->data, error);
    x->net->layer[l].activation = told;
    return status;
}

static void describe_activation(const bg_recording *r, size_t variant, char words[COMPARE_WORDS])
{
    size_t l = variant / BG_ACTIVATION_COUNT;
    snprintf(words, COMPARE_WORDS, "the activation of layer %zu is %s, not %s", l + 1,
             bg_name(BG_KIND_ACTIVATION, (int)(variant % BG_ACTIVATION_COUNT)),
             bg_name(BG_KIND_ACTIVATION, (int)r->activations[l]));
}

const guess compare_guesses[GUESSES] = {
    {objective_variants, predict_objective, describe_objective},
    {penalty_variants, predict_penalty, describe_penalty},
    {mix_variants, predict_mix, describe_mix},
    {way_variants, predict_way, describe_way},
    {activation_variants, predict_activation, describe_activation},
    {untold_variants, predict_untold, describe_untold},
};
