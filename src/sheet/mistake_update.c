/* Mistakes in gradients and new parameters, and those that befall any number. */
#include <math.h>
#include <string.h>

#include "sheet/mistake.h"

static const bg_example *example_of(const attempt *a)
{
    return a->g->ledger.example;
}

static attempt_end flip_sign(attempt *a)
{
    return a->variant || a->right == 0 ? ATTEMPT_END : attempt_value(a, -a->right);
}

/* --------------------------------------------------------------------------- gradients --- */

static attempt_end mix_mean_and_sum(attempt *a)
{
    double m = (double)a->cell.terms;
    if (a->variant || m == 1)
        return ATTEMPT_END;
    a->cell.over = a->cell.over == 1 ? m : 1;
    return ATTEMPT_MADE;
}

static attempt_end leave_row_out(attempt *a)
{
    if (a->cell.terms < 2 || a->variant >= a->cell.terms)
        return ATTEMPT_END;
    attempt_drop(a, a->variant);
    return ATTEMPT_MADE;
}

static attempt_end take_one_row(attempt *a)
{
    if (a->cell.terms < 2 || a->variant >= a->cell.terms)
        return ATTEMPT_END;
    a->term[0] = a->term[a->variant];
    a->cell.terms = 1;
    return ATTEMPT_MADE;
}

/* Changes one factor of every row's product: the same cell of another place. */
static attempt_end replace_all(attempt *a, bool delta, quantity_id id, size_t l, size_t j)
{
    const ledger *g = &a->g->ledger;
    for (size_t k = 0; k < a->cell.terms; k++) {
        size_t row = g->cell[a->term[k].u].row;
        size_t other = ledger_at(g, id, l, j, 0, row, a->cell.step);
        if (other == NO_CELL)
            return ATTEMPT_SKIP;
        *(delta ? &a->term[k].u : &a->term[k].v) = other;
    }
    return ATTEMPT_MADE;
}

static attempt_end take_z_for_a(attempt *a)
{
    size_t l = attempt_layer(a);
    if (a->variant || l == 1)
        return ATTEMPT_END;
    return replace_all(a, false, QUANTITY_Z, l - 1, a->cell.quantity.index[2]);
}

static attempt_end take_own_activation(attempt *a)
{
    if (a->variant)
        return ATTEMPT_END;
    return replace_all(a, false, QUANTITY_A, attempt_layer(a), attempt_unit(a));
}

static attempt_end take_neighbouring_input(attempt *a)
{
    size_t unit = attempt_neighbour(a, a->cell.quantity.index[2]);
    if (unit == NO_CELL)
        return ATTEMPT_END;
    return unit == NO_NEIGHBOUR ? ATTEMPT_SKIP
                                : replace_all(a, false, QUANTITY_A, attempt_layer(a) - 1, unit);
}

static attempt_end take_neighbouring_delta(attempt *a)
{
    size_t unit = attempt_neighbour(a, attempt_unit(a));
    if (unit == NO_CELL)
        return ATTEMPT_END;
    return unit == NO_NEIGHBOUR ? ATTEMPT_SKIP
                                : replace_all(a, true, QUANTITY_DELTA, attempt_layer(a), unit);
}

/* delta[i] a[j] for delta[j] a[i] */
static attempt_end exchange_indexes(attempt *a)
{
    size_t l = attempt_layer(a), j = attempt_unit(a), i = a->cell.quantity.index[2];
    if (a->variant || i == j)
        return ATTEMPT_END;
    attempt_end end = replace_all(a, true, QUANTITY_DELTA, l, i);
    return end == ATTEMPT_MADE ? replace_all(a, false, QUANTITY_A, l - 1, j) : end;
}

static attempt_end take_inputs_of_other_sample(attempt *a)
{
    const ledger *g = &a->g->ledger;
    size_t l = attempt_layer(a), rows = example_of(a)->rows;
    if (a->variant + 1 >= rows)
        return ATTEMPT_END;
    for (size_t k = 0; k < a->cell.terms; k++) {
        size_t row = (g->cell[a->term[k].u].row + 1 + a->variant) % rows;
        a->term[k].v =
            ledger_at(g, QUANTITY_A, l - 1, a->cell.quantity.index[2], 0, row, a->cell.step);
        if (a->term[k].v == NO_CELL)
            return ATTEMPT_END;
    }
    return ATTEMPT_MADE;
}

static attempt_end leave_input_out(attempt *a)
{
    if (a->variant)
        return ATTEMPT_END;
    for (size_t k = 0; k < a->cell.terms; k++)
        a->term[k].v = NO_CELL;
    return ATTEMPT_MADE;
}

static attempt_end leave_penalty_out(attempt *a)
{
    if (a->variant || a->cell.extra == NO_CELL)
        return ATTEMPT_END;
    a->cell.extra = NO_CELL;
    return ATTEMPT_MADE;
}

static attempt_end change_penalty(attempt *a)
{
    static const double factors[] = {2, 0.5, -1};
    double m = (double)example_of(a)->rows;
    if (a->variant > 4 || a->cell.extra == NO_CELL)
        return ATTEMPT_END;
    a->cell.extra_factor *= a->variant < 3 ? factors[a->variant] : a->variant == 3 ? m : 1 / m;
    return ATTEMPT_MADE;
}

static attempt_end multiply_by_rate(attempt *a)
{
    double rate = example_of(a)->learning_rate;
    if (a->variant > 1 || rate == 0)
        return ATTEMPT_END;
    return attempt_value(a, a->variant ? -rate * a->right : rate * a->right);
}

static attempt_end leave_bias_gradient(attempt *a)
{
    return a->variant ? ATTEMPT_END : attempt_value(a, 0);
}

/* ------------------------------------------------------------------------ new parameters --- */

/* P + factor G: terms P and G; biases that stay have no G. */
static bool is_updated(const attempt *a)
{
    return a->cell.terms == 2;
}

static attempt_end scale_step(attempt *a, double factor)
{
    if (!is_updated(a))
        return ATTEMPT_END;
    a->term[1].factor *= factor;
    return ATTEMPT_MADE;
}

static attempt_end step_the_wrong_way(attempt *a)
{
    return a->variant ? ATTEMPT_END : scale_step(a, -1);
}

static attempt_end use_rate_twice(attempt *a)
{
    double rate = example_of(a)->learning_rate;
    return a->variant > 1 ? ATTEMPT_END : scale_step(a, a->variant ? 2 : rate);
}

static attempt_end leave_rate_out(attempt *a)
{
    double rate = example_of(a)->learning_rate;
    return a->variant || rate == 1 ? ATTEMPT_END : scale_step(a, 1 / rate);
}

static attempt_end leave_unchanged(attempt *a)
{
    return a->variant ? ATTEMPT_END : scale_step(a, 0);
}

static attempt_end write_the_change(attempt *a)
{
    if (a->variant > 1 || !is_updated(a))
        return ATTEMPT_END;
    a->term[0] = a->term[1];
    a->term[0].factor *= a->variant ? -1 : 1;
    a->cell.terms = 1;
    return ATTEMPT_MADE;
}

/* The gradient, or the old value, of the weight beside: variants 0 to 3 by input, by unit. */
static attempt_end replace_part(attempt *a, size_t part)
{
    quantity_id of_weight = part ? QUANTITY_DW : QUANTITY_W;
    quantity_id of_bias = part ? QUANTITY_DB : QUANTITY_B;
    bool weight = a->cell.quantity.id == QUANTITY_W;
    size_t l = attempt_layer(a), j = attempt_unit(a), i = a->cell.quantity.index[2];
    if (a->variant > 3 || !is_updated(a))
        return ATTEMPT_END;
    size_t step = a->variant % 2 ? SIZE_MAX : 1; /* one back, or on */
    i += weight && a->variant < 2 ? step : 0;
    j += a->variant < 2 ? !weight * step : step;
    size_t other =
        ledger_at(&a->g->ledger, weight ? of_weight : of_bias, l, j, i, 0, a->cell.step - 1);
    a->term[part].u = other;
    return other == NO_CELL ? ATTEMPT_SKIP : ATTEMPT_MADE;
}

static attempt_end take_neighbouring_gradient(attempt *a)
{
    return replace_part(a, 1);
}

static attempt_end start_from_neighbour(attempt *a)
{
    return replace_part(a, 0);
}

/* As if the input were 1: then the gradient is that of the bias. */
static attempt_end leave_input_of_step_out(attempt *a)
{
    if (a->variant || !is_updated(a))
        return ATTEMPT_END;
    a->term[1].u = ledger_at(&a->g->ledger, QUANTITY_DB, attempt_layer(a), attempt_unit(a), 0, 0,
                             a->cell.step - 1);
    return a->term[1].u == NO_CELL ? ATTEMPT_END : ATTEMPT_MADE;
}

static attempt_end transpose_gradient(attempt *a)
{
    size_t l = attempt_layer(a), j = attempt_unit(a), i = a->cell.quantity.index[2];
    if (a->variant || !is_updated(a) || i == j)
        return ATTEMPT_END;
    a->term[1].u = ledger_at(&a->g->ledger, QUANTITY_DW, l, i, j, 0, a->cell.step - 1);
    return a->term[1].u == NO_CELL ? ATTEMPT_END : ATTEMPT_MADE;
}

/* A bias that should stay. */
static attempt_end update_bias(attempt *a)
{
    const bg_example *e = example_of(a);
    size_t gradient = ledger_at(&a->g->ledger, QUANTITY_DB, attempt_layer(a), attempt_unit(a), 0, 0,
                                a->cell.step - 1);
    if (a->variant || is_updated(a) || gradient == NO_CELL)
        return ATTEMPT_END;
    a->term[1] = (term){e->ascent ? e->learning_rate : -e->learning_rate, gradient, NO_CELL};
    a->cell.terms = 2;
    return ATTEMPT_MADE;
}

const mistake mistakes_update[] = {
    {"mean-for-sum", "mean and sum over the rows are mixed up", OF(DW) | OF(DB), mix_mean_and_sum},
    {"sign", "the sign is wrong", OF(DW) | OF(DB), flip_sign},
    {"penalty-left-out", "the penalty (l2) is left out", OF(DW), leave_penalty_out},
    {"input-left-out", "the activation below is left out: this is delta alone", OF(DW),
     leave_input_out},
    {"z-for-a", "z of the layer below was taken, not its a = f(z)", OF(DW), take_z_for_a},
    {"indexes-exchanged", "the indexes of delta and a are exchanged (transpose)", OF(DW),
     exchange_indexes},
    {"neighbouring-input", "the activation is that of the neighbouring unit", OF(DW),
     take_neighbouring_input},
    {"neighbouring-delta", "delta is that of the neighbouring unit", OF(DW) | OF(DB),
     take_neighbouring_delta},
    {"other-sample", "the activation is that of another sample", OF(DW),
     take_inputs_of_other_sample},
    {"own-activation", "the unit's own activation was taken, not the one below", OF(DW),
     take_own_activation},
    {"row-left-out", "a row is left out of the sum", OF(DW) | OF(DB), leave_row_out},
    {"one-row-only", "one row alone was taken", OF(DW) | OF(DB), take_one_row},
    {"rate-too-early", "the learning rate is in the gradient already", OF(DW) | OF(DB),
     multiply_by_rate},
    {"penalty", "the penalty (l2) has the wrong factor", OF(DW), change_penalty},
    {"bias-left-out", "the bias has a gradient as well: delta itself", OF(DB), leave_bias_gradient},
    {"wrong-way", "the step goes the other way: plus and minus are exchanged", OF(W) | OF(B),
     step_the_wrong_way},
    {"rate-twice", "the learning rate is used twice", OF(W) | OF(B), use_rate_twice},
    {"rate-left-out", "the learning rate is left out", OF(W) | OF(B), leave_rate_out},
    {"not-updated", "it is not updated: this is the old value", OF(W) | OF(B), leave_unchanged},
    {"bias-updated", "biases are not updated in this example", OF(B), update_bias},
    {"change-only", "this is the change, not the new value", OF(W) | OF(B), write_the_change},
    {"input-left-out", "the input of this weight is left out: it counts as 1", OF(W),
     leave_input_of_step_out},
    {"transposed-gradient", "the gradient is that of the transposed place", OF(W),
     transpose_gradient},
    {"neighbouring-gradient", "the gradient is that of a neighbouring parameter", OF(W) | OF(B),
     take_neighbouring_gradient},
    {"neighbouring-weight", "the old value is that of a neighbouring parameter", OF(W) | OF(B),
     start_from_neighbour},
    {NULL, NULL, 0, NULL},
};

/* ---------------------------------------------------------------------------- any number --- */

static attempt_end copy_neighbour(attempt *a)
{
    size_t at = a->variant ? a->at - 1 : a->at + 1;
    const ledger *g = &a->g->ledger;
    if (a->variant > 1)
        return ATTEMPT_END;
    if (at >= g->cells || g->cell[at].quantity.id != a->cell.quantity.id)
        return ATTEMPT_SKIP;
    const cell *c = &g->cell[at];
    return attempt_value(a, grade_outcome(a->g, c, g->term + c->first).value);
}

/* Two digits beside each other exchanged: the difference is 9 times a power of ten times less than
 * ten. */
static attempt_end exchange_digits(attempt *a)
{
    const written *w = &a->g->written[a->at];
    double unit = 2 * w->half_unit, units = round((w->value - a->right) / unit);
    if (a->variant || unit == 0 || units == 0 || fabs(units) > 1e9)
        return ATTEMPT_END;
    double rest = fabs(units);
    while (fmod(rest, 10) == 0)
        rest /= 10;
    if (fmod(rest, 9) != 0 || rest > 81)
        return ATTEMPT_END;
    return attempt_value(a, w->value);
}

static attempt_end shift_point(attempt *a)
{
    static const double factors[] = {10, 0.1, 100, 0.01};
    if (a->variant >= sizeof factors / sizeof *factors || a->right == 0)
        return ATTEMPT_END;
    return attempt_value(a, a->right * factors[a->variant]);
}

static attempt_end flip_any_sign(attempt *a)
{
    return a->variant || a->right == 0 ? ATTEMPT_END : attempt_value(a, -a->right);
}

/* All that goes into it rounded to 1, 2, 3 decimals first. */
static attempt_end round_early(attempt *a)
{
    enum { MOST_PARTS = 64 };
    double keep[MOST_PARTS], *place[MOST_PARTS], scale = pow(10, (double)(a->variant + 1));
    size_t parts = 0;
    double *value = a->g->ledger.value;
    if (a->variant > 2)
        return ATTEMPT_END;
    for (size_t k = 0; k < a->cell.terms && parts + 4 < MOST_PARTS; k++) {
        place[parts++] = &value[a->term[k].u];
        if (a->term[k].v != NO_CELL)
            place[parts++] = &value[a->term[k].v];
    }
    if (a->cell.times != NO_CELL)
        place[parts++] = &value[a->cell.times];
    for (size_t k = 0; k < parts; k++) {
        keep[k] = *place[k];
        *place[k] = round(keep[k] * scale) / scale;
    }
    double found = cell_value(&a->g->ledger, &a->cell, a->term, value);
    for (size_t k = parts; k-- > 0;)
        *place[k] = keep[k];
    return attempt_value(a, found);
}

#define ANYTHING 0xffffffffu

const mistake mistakes_any[] = {
    {"sign", "the sign is wrong", ANYTHING, flip_any_sign},
    {"decimal-point", "the decimal point is in the wrong place", ANYTHING, shift_point},
    {"neighbouring-number", "this is the number of the neighbouring place", ANYTHING,
     copy_neighbour},
    {"rounded-too-early", "it was rounded too early: more digits are needed on the way", ANYTHING,
     round_early},
    {"digits-exchanged", "two digits are exchanged", ANYTHING, exchange_digits},
    {NULL, NULL, 0, NULL},
};
