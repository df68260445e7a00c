#include "sheet/mistake.h"

#include <math.h>
#include <string.h>

#define MOST_VARIANTS ((size_t)256)

size_t attempt_layer(const attempt *a)
{
    return a->cell.quantity.index[0];
}

size_t attempt_unit(const attempt *a)
{
    return a->cell.quantity.index[1];
}

size_t attempt_cell(const attempt *a, quantity_id id, size_t l, size_t j, size_t i)
{
    return ledger_at(&a->g->ledger, id, l, j, i, a->cell.row, a->cell.step);
}

attempt_end attempt_value(attempt *a, double value)
{
    a->is_value = true;
    a->value = value;
    return ATTEMPT_MADE;
}

void attempt_drop(attempt *a, size_t k)
{
    memmove(a->term + k, a->term + k + 1, (a->cell.terms - k - 1) * sizeof *a->term);
    a->cell.terms--;
}

size_t attempt_neighbour(const attempt *a, size_t unit)
{
    if (a->variant > 1)
        return NO_CELL;
    if (a->variant == 1 && unit == 0)
        return NO_NEIGHBOUR;
    return a->variant ? unit - 1 : unit + 1;
}

/* The doubt about a number that was made from the right one grows with it. */
static outcome scaled_outcome(const attempt *a, const cell *c)
{
    outcome o = grade_outcome(a->g, c, a->g->ledger.term + c->first);
    double scale = a->right != 0 ? fabs(a->value / a->right) : 1;
    return (outcome){a->value, o.doubt * fmax(scale, 1)};
}

/* Does any variant of the mistake come to what is written? */
static bool explains(grader *g, size_t at, double right, const mistake *m, explanation *found)
{
    const cell *c = &g->ledger.cell[at];
    for (size_t variant = 0; variant < MOST_VARIANTS; variant++) {
        attempt a = {
            .g = g, .at = at, .right = right, .variant = variant, .cell = *c, .term = g->term};
        memcpy(a.term, g->ledger.term + c->first, c->terms * sizeof *a.term);
        attempt_end end = m->edit(&a);
        if (end == ATTEMPT_END)
            return false;
        if (end == ATTEMPT_SKIP)
            continue;
        outcome o = a.is_value ? scaled_outcome(&a, c) : grade_outcome(g, &a.cell, a.term);
        if (!isfinite(o.value) || !grade_meets(g, at, o))
            continue;
        *found = (explanation){m->name, m->sentence, a.detail};
        return true;
    }
    return false;
}

bool mistake_find(grader *g, size_t at, double right, explanation *found)
{
    static const mistake *const tables[] = {mistakes_forward, mistakes_backward, mistakes_update,
                                            mistakes_any};
    const cell *c = &g->ledger.cell[at];
    if (c->form == FORM_GIVEN)
        return false;
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const mistake *m = tables[t]; m->name; m++)
            if (m->quantities & (1u << c->quantity.id) && explains(g, at, right, m, found))
                return true;
    return false;
}
