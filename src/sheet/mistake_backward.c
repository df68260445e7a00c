/* Mistakes on the way back: slopes and deltas. */
#include <math.h>

#include "sheet/mistake.h"

static double value_of(const attempt *a, size_t cell_index)
{
    return a->g->ledger.value[cell_index];
}

static bg_activation activation_of(const attempt *a)
{
    return cell_activation(&a->g->ledger, &a->cell);
}

/* ------------------------------------------------------------------------------ slopes --- */

static attempt_end take_value_for_slope(attempt *a)
{
    return a->variant ? ATTEMPT_END : attempt_value(a, value_of(a, a->term[1].u));
}

/* f'(a), where it should be f'(z). */
static attempt_end take_slope_at_a(attempt *a)
{
    double z = value_of(a, a->term[1].u);
    if (a->variant)
        return ATTEMPT_END;
    return attempt_value(
        a, activation_slope(activation_of(a), z, activation_value(activation_of(a), z)));
}

/* a (1 - a) with z put in for a */
static attempt_end put_z_in(attempt *a)
{
    double z = value_of(a, a->term[0].u);
    return a->variant ? ATTEMPT_END : attempt_value(a, activation_slope(activation_of(a), z, z));
}

static attempt_end take_part_of_slope(attempt *a)
{
    double x = value_of(a, a->term[1].u);
    if (activation_of(a) == BG_SIGMOID && a->variant == 0)
        return attempt_value(a, 1 - x);
    if (activation_of(a) == BG_SIGMOID && a->variant == 1)
        return attempt_value(a, x * x);
    if (activation_of(a) == BG_TANH && a->variant == 0)
        return attempt_value(a, 1 - x);
    if (activation_of(a) == BG_TANH && a->variant == 1)
        return attempt_value(a, x * (1 - x));
    return ATTEMPT_END;
}

static attempt_end take_slope_of_one(attempt *a)
{
    return a->variant ? ATTEMPT_END : attempt_value(a, 1);
}

/* ------------------------------------------------------------------------------ deltas --- */

static bool is_output(const attempt *a)
{
    return attempt_layer(a) == a->g->ledger.example->layers;
}

static attempt_end leave_slope_out(attempt *a)
{
    if (a->variant || a->cell.times == NO_CELL)
        return ATTEMPT_END;
    a->cell.times = NO_CELL;
    return ATTEMPT_MADE;
}

static attempt_end multiply_by_activation(attempt *a)
{
    if (a->variant || a->cell.times == NO_CELL)
        return ATTEMPT_END;
    a->cell.times = attempt_cell(a, QUANTITY_A, attempt_layer(a), attempt_unit(a), 0);
    return ATTEMPT_MADE;
}

/* Where the pair of loss and output has no f' left in delta. */
static attempt_end multiply_by_slope(attempt *a)
{
    if (a->variant || !is_output(a) || a->cell.times != NO_CELL)
        return ATTEMPT_END;
    double x = value_of(a, attempt_cell(a, QUANTITY_A, attempt_layer(a), attempt_unit(a), 0));
    return attempt_value(a, a->right * x * (1 - x));
}

static attempt_end take_slope_of_neighbour(attempt *a)
{
    size_t unit = attempt_neighbour(a, attempt_unit(a));
    if (unit == NO_CELL || a->cell.times == NO_CELL)
        return ATTEMPT_END;
    a->cell.times = attempt_cell(a, QUANTITY_FPRIME, attempt_layer(a), unit, 0);
    return a->cell.times == NO_CELL ? ATTEMPT_SKIP : ATTEMPT_MADE;
}

static attempt_end flip_sign(attempt *a)
{
    return a->variant || a->right == 0 ? ATTEMPT_END : attempt_value(a, -a->right);
}

static attempt_end scale_by_two(attempt *a)
{
    if (a->variant > 1 || !is_output(a))
        return ATTEMPT_END;
    a->cell.factor *= a->variant ? 0.5 : 2;
    return ATTEMPT_MADE;
}

static attempt_end take_mean_of_outputs(attempt *a)
{
    const bg_example *e = a->g->ledger.example;
    double n = (double)e->widths[e->layers];
    if (a->variant > 1 || !is_output(a) || n == 1)
        return ATTEMPT_END;
    a->cell.factor *= a->variant ? n : 1 / n;
    return ATTEMPT_MADE;
}

static attempt_end take_mean_of_rows(attempt *a)
{
    double m = (double)a->g->ledger.example->rows;
    if (a->variant || !is_output(a) || m == 1)
        return ATTEMPT_END;
    a->cell.factor /= m;
    return ATTEMPT_MADE;
}

/* Targets are cells without a name in the ledger: those of a row follow each other. */
static bool is_target(const attempt *a, size_t cell_index)
{
    return a->g->ledger.cell[cell_index].quantity.id == QUANTITY_TARGET;
}

static attempt_end take_other_target(attempt *a)
{
    const bg_example *e = a->g->ledger.example;
    size_t n = e->widths[e->layers], all = n * e->rows;
    if (!is_output(a) || a->cell.form != FORM_SUM || a->variant >= all)
        return ATTEMPT_END;
    for (size_t k = 0; k < a->cell.terms; k++) {
        size_t u = a->term[k].u;
        if (!is_target(a, u))
            continue;
        const cell *old = &a->g->ledger.cell[u];
        size_t row = a->variant / n, unit = a->variant % n;
        if (row == old->row && unit == old->quantity.index[0])
            return ATTEMPT_SKIP;
        /* Rows stand n0 + n cells apart, see the order of what is given. */
        size_t apart = e->widths[0] + n;
        a->term[k].u = u - old->quantity.index[0] - old->row * apart + row * apart + unit;
        return ATTEMPT_MADE;
    }
    return ATTEMPT_END;
}

static attempt_end leave_target_out(attempt *a)
{
    if (a->variant || !is_output(a) || a->cell.form != FORM_SUM)
        return ATTEMPT_END;
    for (size_t k = 0; k < a->cell.terms; k++)
        if (is_target(a, a->term[k].u)) {
            attempt_drop(a, k);
            return ATTEMPT_MADE;
        }
    return ATTEMPT_END;
}

/* sum_k W[k][j] delta[k]: hidden units only. */
static bool comes_from_above(const attempt *a)
{
    return !is_output(a) && a->cell.terms && a->term[0].v != NO_CELL;
}

/* W[j][k] for W[k][j] */
static attempt_end miss_transpose(attempt *a)
{
    if (a->variant || !comes_from_above(a))
        return ATTEMPT_END;
    const ledger *g = &a->g->ledger;
    for (size_t k = 0; k < a->cell.terms; k++) {
        size_t step = g->cell[a->term[k].u].step;
        a->term[k].u = ledger_at(g, QUANTITY_W, attempt_layer(a) + 1, attempt_unit(a), k, 0, step);
        if (a->term[k].u == NO_CELL)
            return ATTEMPT_END;
    }
    return ATTEMPT_MADE;
}

/* The weights of the other side of the update: new ones in parallel, old ones in sequence. */
static attempt_end take_weights_of_other_step(attempt *a)
{
    const ledger *g = &a->g->ledger;
    if (a->variant || !comes_from_above(a))
        return ATTEMPT_END;
    size_t from = a->cell.step + !g->example->sequential;
    for (size_t k = 0; k < a->cell.terms; k++) {
        size_t w = ledger_at(g, QUANTITY_W, attempt_layer(a) + 1, k, attempt_unit(a), 0, from);
        if (w == NO_CELL)
            return ATTEMPT_END;
        /* New weights are further down the sheet: what is written there, else what follows. */
        const written *now = &a->g->written[w];
        a->g->ledger.value[w] = now->is_there ? now->value : grade_ahead(a->g, w);
        a->term[k].u = w;
    }
    return ATTEMPT_MADE;
}

static attempt_end take_weights_of_neighbour(attempt *a)
{
    const ledger *g = &a->g->ledger;
    size_t unit = attempt_neighbour(a, attempt_unit(a));
    if (unit == NO_CELL || !comes_from_above(a))
        return ATTEMPT_END;
    for (size_t k = 0; k < a->cell.terms; k++) {
        size_t step = g->cell[a->term[k].u].step;
        a->term[k].u = ledger_at(g, QUANTITY_W, attempt_layer(a) + 1, k, unit, 0, step);
        if (a->term[k].u == NO_CELL)
            return ATTEMPT_SKIP;
    }
    return ATTEMPT_MADE;
}

static attempt_end leave_unit_out(attempt *a)
{
    if (!comes_from_above(a) || a->cell.terms < 2 || a->variant >= a->cell.terms)
        return ATTEMPT_END;
    attempt_drop(a, a->variant);
    return ATTEMPT_MADE;
}

static attempt_end flip_unit(attempt *a)
{
    if (!comes_from_above(a) || a->variant >= a->cell.terms)
        return ATTEMPT_END;
    a->term[a->variant].factor *= -1;
    return ATTEMPT_MADE;
}

static attempt_end leave_weights_out(attempt *a)
{
    if (a->variant || !comes_from_above(a))
        return ATTEMPT_END;
    for (size_t k = 0; k < a->cell.terms; k++) {
        a->term[k].u = a->term[k].v;
        a->term[k].v = NO_CELL;
    }
    return ATTEMPT_MADE;
}

#define DELTAS (OF(DELTA) | OF(DEDA))

const mistake mistakes_backward[] = {
    {"value-for-slope", "this is f(z), not f'(z)", OF(FPRIME), take_value_for_slope},
    {"slope-at-a", "f' was taken at a = f(z), not at z", OF(FPRIME), take_slope_at_a},
    {"z-for-a", "z was put in where the formula has a", OF(FPRIME), put_z_in},
    {"part-of-slope", "part of the formula of f' is missing", OF(FPRIME), take_part_of_slope},
    {"slope-left-out", "f' is left out: it counts as 1", OF(FPRIME), take_slope_of_one},
    {"slope-left-out", "f'(z) is left out", OF(DELTA), leave_slope_out},
    {"value-for-slope", "f(z) was taken for f'(z)", OF(DELTA), multiply_by_activation},
    {"sign", "the sign is wrong", DELTAS | OF(ERROR), flip_sign},
    {"transpose-missing", "W is not transposed: a row was taken for a column", DELTAS,
     miss_transpose},
    {"weights-of-other-step",
     "these are the weights of the other side of the update (updated too early, or too late)",
     DELTAS, take_weights_of_other_step},
    {"slope-too-many", "f' is in it, which cancels for this loss and output", OF(DELTA),
     multiply_by_slope},
    {"half-in-loss", "the 1/2 (or the 2) of the loss is in or out where it should not be", DELTAS,
     scale_by_two},
    {"mean-of-rows", "the mean over the rows was taken here already", DELTAS, take_mean_of_rows},
    {"mean-of-outputs", "mean and sum over the outputs are mixed up", DELTAS, take_mean_of_outputs},
    {"unit-left-out", "not all units above are in the sum", DELTAS, leave_unit_out},
    {"neighbouring-weight", "these are the weights of the neighbouring unit", DELTAS,
     take_weights_of_neighbour},
    {"slope-of-neighbour", "f' is that of the neighbouring unit", OF(DELTA),
     take_slope_of_neighbour},
    {"weights-left-out", "the weights are left out", DELTAS, leave_weights_out},
    {"other-target", "the target is that of another output or sample", OF(DELTA),
     take_other_target},
    {"target-left-out", "the target is left out", OF(DELTA), leave_target_out},
    {"sign-of-term", "a term of the sum has the wrong sign", DELTAS, flip_unit},
    {NULL, NULL, 0, NULL},
};
