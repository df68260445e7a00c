/* Mistakes on the way from the inputs to the loss. */
#include <math.h>

#include "sheet/mistake.h"

static const bg_example *example_of(const attempt *a)
{
    return a->g->ledger.example;
}

static double value_of(const attempt *a, size_t cell_index)
{
    return a->g->ledger.value[cell_index];
}

/* z = sum W a + b: the bias is the last term. */
static bool has_bias(const attempt *a)
{
    return example_of(a)->has_biases;
}

static attempt_end leave_bias_out(attempt *a)
{
    if (a->variant || !has_bias(a))
        return ATTEMPT_END;
    a->cell.terms--;
    return ATTEMPT_MADE;
}

static attempt_end subtract_bias(attempt *a)
{
    if (a->variant || !has_bias(a))
        return ATTEMPT_END;
    a->term[a->cell.terms - 1].factor = -1;
    return ATTEMPT_MADE;
}

static attempt_end take_bias_of_neighbour(attempt *a)
{
    size_t unit = attempt_neighbour(a, attempt_unit(a));
    if (unit == NO_CELL || !has_bias(a))
        return ATTEMPT_END;
    size_t other = attempt_cell(a, QUANTITY_B, attempt_layer(a), unit, 0);
    a->term[a->cell.terms - 1].u = other;
    return other == NO_CELL ? ATTEMPT_SKIP : ATTEMPT_MADE;
}

/* W[i][j] for W[j][i] */
static attempt_end transpose_weights(attempt *a)
{
    size_t l = attempt_layer(a), weights = a->cell.terms - has_bias(a);
    if (a->variant)
        return ATTEMPT_END;
    for (size_t i = 0; i < weights; i++) {
        a->term[i].u = attempt_cell(a, QUANTITY_W, l, i, attempt_unit(a));
        if (a->term[i].u == NO_CELL)
            return ATTEMPT_END;
    }
    return ATTEMPT_MADE;
}

static attempt_end take_weights_of_neighbour(attempt *a)
{
    size_t l = attempt_layer(a), weights = a->cell.terms - has_bias(a);
    size_t unit = attempt_neighbour(a, attempt_unit(a));
    if (unit == NO_CELL)
        return ATTEMPT_END;
    if (unit == NO_NEIGHBOUR || attempt_cell(a, QUANTITY_W, l, unit, 0) == NO_CELL)
        return ATTEMPT_SKIP;
    for (size_t i = 0; i < weights; i++)
        a->term[i].u = attempt_cell(a, QUANTITY_W, l, unit, i);
    return ATTEMPT_MADE;
}

/* One weight is that of the next place: variant 2k the next, 2k + 1 the one before. */
static attempt_end take_neighbouring_weight(attempt *a)
{
    size_t weights = a->cell.terms - has_bias(a), k = a->variant / 2;
    if (k >= weights)
        return ATTEMPT_END;
    size_t from = a->variant % 2 ? k - 1 : k + 1;
    if (from >= weights)
        return ATTEMPT_SKIP;
    a->term[k].u = a->g->ledger.term[a->cell.first + from].u;
    return ATTEMPT_MADE;
}

static attempt_end exchange_weights(attempt *a)
{
    size_t weights = a->cell.terms - has_bias(a), k = a->variant;
    if (k + 1 >= weights)
        return ATTEMPT_END;
    size_t keep = a->term[k].u;
    a->term[k].u = a->term[k + 1].u;
    a->term[k + 1].u = keep;
    return ATTEMPT_MADE;
}

static attempt_end take_other_sample(attempt *a)
{
    size_t weights = a->cell.terms - has_bias(a);
    if (attempt_layer(a) != 1 || a->variant >= example_of(a)->rows)
        return ATTEMPT_END;
    if (a->variant == a->cell.row)
        return ATTEMPT_SKIP;
    for (size_t i = 0; i < weights; i++)
        a->term[i].v = ledger_at(&a->g->ledger, QUANTITY_A, 0, i, 0, a->variant, a->cell.step);
    return ATTEMPT_MADE;
}

static attempt_end take_z_below(attempt *a)
{
    size_t l = attempt_layer(a), weights = a->cell.terms - has_bias(a);
    if (a->variant || l == 1)
        return ATTEMPT_END;
    for (size_t i = 0; i < weights; i++)
        a->term[i].v = attempt_cell(a, QUANTITY_Z, l - 1, i, 0);
    return ATTEMPT_MADE;
}

static attempt_end leave_term_out(attempt *a)
{
    if (a->variant >= a->cell.terms || a->cell.terms < 2)
        return ATTEMPT_END;
    attempt_drop(a, a->variant);
    return ATTEMPT_MADE;
}

static attempt_end flip_term(attempt *a)
{
    if (a->variant >= a->cell.terms)
        return ATTEMPT_END;
    a->term[a->variant].factor *= -1;
    return ATTEMPT_MADE;
}

/* ------------------------------------------------------------------------- activations --- */

static double z_of(const attempt *a)
{
    bool softmax = cell_activation(&a->g->ledger, &a->cell) == BG_SOFTMAX;
    return value_of(a, a->term[softmax ? attempt_unit(a) : 0].u);
}

static attempt_end leave_activation_out(attempt *a)
{
    return a->variant ? ATTEMPT_END : attempt_value(a, z_of(a));
}

static attempt_end take_other_activation(attempt *a)
{
    bg_activation f = (bg_activation)a->variant;
    if (f >= BG_SOFTMAX)
        return ATTEMPT_END;
    if (f == BG_IDENTITY || f == cell_activation(&a->g->ledger, &a->cell))
        return ATTEMPT_SKIP;
    a->detail = bg_name(BG_KIND_ACTIVATION, (int)f);
    return attempt_value(a, activation_value(f, z_of(a)));
}

static attempt_end take_slope_for_value(attempt *a)
{
    bg_activation f = cell_activation(&a->g->ledger, &a->cell);
    if (a->variant || f == BG_SOFTMAX)
        return ATTEMPT_END;
    return attempt_value(a, activation_slope(f, z_of(a), activation_value(f, z_of(a))));
}

static attempt_end flip_argument(attempt *a)
{
    bg_activation f = cell_activation(&a->g->ledger, &a->cell);
    if (a->variant || f == BG_SOFTMAX)
        return ATTEMPT_END;
    return attempt_value(a, activation_value(f, -z_of(a)));
}

static attempt_end leave_normalising_out(attempt *a)
{
    if (a->variant || cell_activation(&a->g->ledger, &a->cell) != BG_SOFTMAX)
        return ATTEMPT_END;
    return attempt_value(a, exp(z_of(a)));
}

static attempt_end divide_plain_z(attempt *a)
{
    double sum = 0;
    if (a->variant || cell_activation(&a->g->ledger, &a->cell) != BG_SOFTMAX)
        return ATTEMPT_END;
    for (size_t k = 0; k < a->cell.terms; k++)
        sum += value_of(a, a->term[k].u);
    return attempt_value(a, z_of(a) / sum);
}

/* ------------------------------------------------------------------------------- loss --- */

static attempt_end halve(attempt *a)
{
    return a->variant ? ATTEMPT_END : attempt_value(a, a->right / 2);
}

static attempt_end twice(attempt *a)
{
    return a->variant ? ATTEMPT_END : attempt_value(a, a->right * 2);
}

static attempt_end mean_of_outputs(attempt *a)
{
    double n = (double)example_of(a)->widths[example_of(a)->layers];
    if (a->variant > 1 || n == 1)
        return ATTEMPT_END;
    return attempt_value(a, a->variant ? a->right * n : a->right / n);
}

static attempt_end leave_square_out(attempt *a)
{
    double sum = 0, size = 0;
    if (a->variant > 1)
        return ATTEMPT_END;
    for (size_t k = 0; k < a->cell.terms; k++) {
        double d =
            a->term[k].v == NO_CELL ? 0 : value_of(a, a->term[k].v) - value_of(a, a->term[k].u);
        sum += d;
        size += fabs(d);
    }
    return attempt_value(a, a->variant ? size : sum);
}

static attempt_end take_log10(attempt *a)
{
    int loss = example_of(a)->loss;
    if (a->variant || (loss != BG_BCE && loss != BG_SOFTMAX_CE))
        return ATTEMPT_END;
    return attempt_value(a, a->right / log(10));
}

const mistake mistakes_forward[] = {
    {"bias-left-out", "the bias is left out", OF(Z), leave_bias_out},
    {"bias-subtracted", "the bias is subtracted, not added", OF(Z), subtract_bias},
    {"weights-transposed", "rows and columns of W are exchanged (transpose)", OF(Z),
     transpose_weights},
    {"weights-of-neighbour", "these are the weights of the neighbouring unit", OF(Z),
     take_weights_of_neighbour},
    {"other-sample", "the inputs are those of another sample", OF(Z), take_other_sample},
    {"z-for-a", "z of the layer below was taken, not its a = f(z)", OF(Z), take_z_below},
    {"weights-exchanged", "two weights are exchanged", OF(Z), exchange_weights},
    {"neighbouring-weight", "a neighbouring weight was taken", OF(Z), take_neighbouring_weight},
    {"bias-of-neighbour", "this is the bias of the neighbouring unit", OF(Z),
     take_bias_of_neighbour},
    {"term-left-out", "a term of the sum is left out", OF(Z) | OF(LOSS), leave_term_out},
    {"sign-of-term", "a term of the sum has the wrong sign", OF(Z), flip_term},
    {"activation-left-out", "the activation is left out: this is z", OF(A), leave_activation_out},
    {"slope-for-value", "this is f'(z), not f(z)", OF(A), take_slope_for_value},
    {"sign-of-argument", "this is f(-z)", OF(A), flip_argument},
    {"not-normalised", "softmax: not divided by the sum", OF(A), leave_normalising_out},
    {"share-of-z", "softmax: z over the sum of z, without exp", OF(A), divide_plain_z},
    {"other-activation", "another activation function was taken", OF(A), take_other_activation},
    {"half-in-loss", "the 1/2 of the loss is in or out where it should not be", OF(LOSS), halve},
    {"half-in-loss", "the 1/2 of the loss is in or out where it should not be", OF(LOSS), twice},
    {"mean-of-outputs", "mean and sum over the outputs are mixed up", OF(LOSS), mean_of_outputs},
    {"not-squared", "the differences are not squared", OF(LOSS), leave_square_out},
    {"logarithm", "this is with log10; the loss has the natural logarithm", OF(LOSS), take_log10},
    {NULL, NULL, 0, NULL},
};
