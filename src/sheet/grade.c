/* Looks through a sheet in the order of computation: every number is compared with what follows
 * from the numbers written before it, so that one slip is counted once. */
#include "sheet/grade.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "sheet/evaluate.h"

/* What a calculator of ten digits may add. */
#define SLACK 1e-9

static double evaluate(grader *g, const cell *c, const term *terms)
{
    return c->form == FORM_GIVEN ? cell_given(&g->ledger, c)
                                 : cell_value(&g->ledger, c, terms, g->ledger.value);
}

/* How much the doubt about one cell moves the outcome. */
static double moved(grader *g, const cell *c, const term *terms, size_t by, double value)
{
    if (by == NO_CELL || g->doubt[by] == 0)
        return 0;
    double *at = &g->ledger.value[by], keep = *at, most = 0;
    for (int sign = -1; sign <= 1; sign += 2) {
        *at = keep + sign * g->doubt[by];
        most = fmax(most, fabs(cell_value(&g->ledger, c, terms, g->ledger.value) - value));
    }
    *at = keep;
    return most;
}

outcome grade_outcome(grader *g, const cell *c, const term *terms)
{
    outcome o = {.value = evaluate(g, c, terms)};
    if (c->form == FORM_GIVEN)
        return o;
    for (size_t k = 0; k < c->terms; k++) {
        o.doubt += moved(g, c, terms, terms[k].u, o.value);
        o.doubt += moved(g, c, terms, terms[k].v, o.value);
    }
    o.doubt += moved(g, c, terms, c->times, o.value) + moved(g, c, terms, c->extra, o.value);
    return o;
}

bool grade_meets(const grader *g, size_t i, outcome o)
{
    const written *w = &g->written[i];
    double slack = SLACK * fmax(fabs(o.value), fabs(w->value));
    return fabs(w->value - o.value) <= w->half_unit + o.doubt + slack;
}

static void look_ahead(grader *g, size_t i)
{
    if (i != NO_CELL && i > g->now)
        g->ledger.value[i] = g->written[i].is_there ? g->written[i].value : grade_ahead(g, i);
}

double grade_ahead(grader *g, size_t i)
{
    const cell *c = &g->ledger.cell[i];
    const term *terms = g->ledger.term + c->first;
    for (size_t k = 0; k < c->terms; k++) {
        look_ahead(g, terms[k].u);
        look_ahead(g, terms[k].v);
    }
    look_ahead(g, c->times);
    look_ahead(g, c->extra);
    return cell_value(&g->ledger, c, terms, g->ledger.value);
}

/* The cell goes on with what is written.  Whoever keeps more digits than he writes has computed
 * with a number within half a unit of it, and within the doubt of what it should be. */
static void accept(grader *g, size_t i, outcome o)
{
    const written *w = &g->written[i];
    g->ledger.value[i] = w->is_there ? w->value : o.value;
    g->doubt[i] = w->is_there ? fmin(w->half_unit, o.doubt + fabs(w->value - o.value)) : o.doubt;
}

static void note_slip(grader *g, size_t i, double right, bg_grade *grade)
{
    const cell *c = &g->ledger.cell[i];
    explanation found = {0};
    bool explained = mistake_find(g, i, right, &found);
    const char *kind = explained ? found.name : "";
    grade->wrong++;
    if (grade->wrong > 1) {
        grade->same_kind += explained && strcmp(kind, grade->kind) == 0;
        return;
    }
    quantity_write(&c->quantity, grade->quantity);
    snprintf(grade->kind, sizeof grade->kind, "%s", kind);
    if (explained)
        snprintf(grade->sentence, sizeof grade->sentence, found.detail ? "%s: %s" : "%s%s",
                 found.sentence, found.detail ? found.detail : "");
    grade->line = g->written[i].line;
    grade->row = c->row == NO_CELL ? -1 : (int64_t)c->row;
    grade->step = (int64_t)c->step;
    grade->written = g->written[i].value;
    grade->right = right;
    grade->digits = g->written[i].half_unit;
}

/* What follows where the wrong numbers so far are put right. */
static outcome clean_outcome(grader *g, const cell *c, const term *terms)
{
    double *keep = g->ledger.value;
    g->ledger.value = g->clean;
    outcome o = grade_outcome(g, c, terms);
    g->ledger.value = keep;
    return o;
}

static void look_through(grader *g, bg_grade *grade)
{
    const ledger *l = &g->ledger;
    for (size_t i = 0; i < l->cells; i++) {
        const cell *c = &l->cell[i];
        g->now = i;
        outcome o = grade_outcome(g, c, l->term + c->first);
        outcome clean = grade->wrong ? clean_outcome(g, c, l->term + c->first) : o;
        const written *w = &g->written[i];
        grade->numbers += w->is_there;
        bool good = !w->is_there || grade_meets(g, i, o);
        bool is_clean = w->is_there && grade_meets(g, i, clean);
        g->clean[i] = is_clean ? w->value : clean.value;
        if (!good && is_clean) {
            good = true; /* a wrong number before was only written down wrongly */
            o = clean;
        }
        if (good) {
            accept(g, i, o);
            continue;
        }
        note_slip(g, i, o.value, grade);
        g->ledger.value[i] = w->value;
        g->doubt[i] = w->half_unit;
    }
}

/* ---------------------------------------------------------------------------- the file --- */

/* The cell that a line means: of the only row where it says none, new parameters where it says no
 * step. */
static size_t cell_of(const grader *g, const written_row *r)
{
    quantity_id id = r->quantity.id;
    const bg_example *e = g->ledger.example;
    bool parameter = id == QUANTITY_W || id == QUANTITY_B;
    bool of_row = quantity_of_row(id) || id == QUANTITY_LOSS;
    size_t row = of_row && r->row == NO_CELL && e->rows == 1 ? 0 : r->row;
    size_t step = r->step == NO_CELL ? parameter && g->ledger.updates : r->step;
    return ledger_find(&g->ledger, &r->quantity, row, step);
}

static bg_status place_rows(grader *g, const char *file, const written_row *rows, size_t count,
                            bg_error *error)
{
    for (size_t k = 0; k < count; k++) {
        size_t i = cell_of(g, &rows[k]), line = rows[k].what.line;
        char name[80];
        quantity_write(&rows[k].quantity, name);
        if (i == NO_CELL)
            return fail_at(error, BG_E_DATA, file, line, 0,
                           "the example's sheet has no %s of this row and step", name);
        if (g->written[i].line)
            return fail_at(error, BG_E_DATA, file, line, 0, "%s stands on line %zu already", name,
                           g->written[i].line);
        if (rows[k].what.is_there)
            g->written[i] = rows[k].what;
    }
    return BG_OK;
}

static bg_status open_grader(grader *g, const bg_example *e, const written_row *rows, size_t count,
                             bg_error *error)
{
    ledger_wants wants = {false, false};
    size_t updates = e->rule == EXAMPLE_GD, longest = 0;
    for (size_t k = 0; k < count; k++) {
        bool parameter = rows[k].quantity.id == QUANTITY_W || rows[k].quantity.id == QUANTITY_B;
        wants.error |= rows[k].quantity.id == QUANTITY_ERROR;
        wants.pull |= rows[k].quantity.id == QUANTITY_DEDA;
        size_t needed = rows[k].step == NO_CELL ? 0 : rows[k].step + !parameter;
        updates = updates && needed > updates ? needed : updates;
    }
    TRY(ledger_open(&g->ledger, e, updates, wants, error));
    for (size_t i = 0; i < g->ledger.cells; i++)
        longest = g->ledger.cell[i].terms > longest ? g->ledger.cell[i].terms : longest;
    g->written = memory_zeroed(g->ledger.cells, sizeof *g->written);
    g->doubt = memory_zeroed(g->ledger.cells, sizeof *g->doubt);
    g->clean = memory_zeroed(g->ledger.cells, sizeof *g->clean);
    g->term = memory_zeroed(2 * longest + 2, sizeof *g->term);
    return g->written && g->doubt && g->clean && g->term ? BG_OK : fail_memory(error, "the sheet");
}

bg_status bg_example_grade(const bg_example *example, const char *file, const char *csv,
                           size_t size, bg_grade *result, bg_error *error)
{
    if (example->kind != EXAMPLE_TRACE)
        return fail(error, BG_E_ARGUMENT, "only kind \"trace\" has a sheet");
    written_row *rows = NULL;
    size_t count;
    TRY(grade_read(file, csv, size, &rows, &count, error));
    grader g = {0};
    bg_status status = open_grader(&g, example, rows, count, error);
    if (status == BG_OK)
        status = place_rows(&g, file, rows, count, error);
    if (status == BG_OK) {
        bg_grade grade = {.row = -1, .step = -1};
        look_through(&g, &grade);
        *result = grade;
    }
    memory_release(rows);
    memory_release(g.written);
    memory_release(g.doubt);
    memory_release(g.clean);
    memory_release(g.term);
    ledger_close(&g.ledger);
    return status;
}
