/* Worked examples against the engine. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "sheet/evaluate.h"
#include "sheet/fit.h"
#include "sheet/judge.h"

static bool is_of_optimum(const bg_example *e, const example_row *row)
{
    return e->kind == EXAMPLE_CERTIFIED && !row->has_step;
}

/* Deltas, and the gradients that are sums of them. */
static bool is_backward(quantity_id id)
{
    return id == QUANTITY_DELTA || id == QUANTITY_DEDA || id == QUANTITY_DW || id == QUANTITY_DB;
}

/* Rows of one vector: the same quantity of one layer at one step. */
static bool is_same_vector(const example_row *a, const example_row *b)
{
    const quantity *p = &a->quantity, *q = &b->quantity;
    bool same = p->id == q->id && strcmp(p->word, q->word) == 0;
    bool layered = quantity_indexes(p) > 1;
    return (same || (is_backward(p->id) && is_backward(q->id))) && a->step == b->step &&
           a->has_step == b->has_step && (!layered || p->index[0] == q->index[0]);
}

static double scale_of(const bg_example *e, size_t i, const bg_judgement *findings)
{
    double scale = 0;
    for (size_t k = 0; k < e->expectations; k++)
        if (is_same_vector(&e->expect[i], &e->expect[k]))
            scale = fmax(scale, fabs(findings[k].value));
    return isfinite(scale) ? scale : 0;
}

/* From the values that the findings hold. */
static void judge_all(const bg_example *e, bg_dtype dtype, bg_judgement *findings)
{
    for (size_t i = 0; i < e->expectations; i++) {
        const example_row *row = &e->expect[i];
        double value = findings[i].value, scale = dtype == BG_F32 ? scale_of(e, i, findings) : 0;
        findings[i] = (bg_judgement){.quantity = row->text,
                                     .label = row->label,
                                     .printed = row->printed,
                                     .corrected = row->corrected,
                                     .note = row->note,
                                     .row = row->has_row ? (int64_t)row->row : -1,
                                     .step = row->has_step ? (int64_t)row->step : -1,
                                     .verdict = judge_row(row, dtype, value, scale),
                                     .value = value};
    }
}

/* The next step that a row asks for, from `step` on; SIZE_MAX: none. */
static size_t next_step(const bg_example *e, size_t step)
{
    size_t next = SIZE_MAX;
    for (size_t i = 0; i < e->expectations; i++) {
        const example_row *row = &e->expect[i];
        if (!is_of_optimum(e, row) && row->step >= step && row->step < next)
            next = row->step;
    }
    return next;
}

static bg_status verify_steps(const bg_example *e, bg_dtype dtype, bg_judgement *findings,
                              bg_error *error)
{
    evaluation v;
    TRY(evaluation_open(&v, e, dtype, error));
    bg_status status = BG_OK;
    for (size_t step = next_step(e, 0); status == BG_OK && step != SIZE_MAX;
         step = next_step(e, step + 1)) {
        status = evaluation_advance(&v, step, error);
        for (size_t i = 0; status == BG_OK && i < e->expectations; i++) {
            const example_row *row = &e->expect[i];
            if (!is_of_optimum(e, row) && row->step == step)
                status = evaluation_value(&v, &row->quantity, row->row, row->has_row,
                                          &findings[i].value, error);
        }
    }
    evaluation_close(&v);
    return status;
}

/* LAPACK works in double, whatever the network's precision. */
static bg_status verify_optimum(const bg_example *e, bg_judgement *findings, bg_error *error)
{
    fit f;
    TRY(fit_open(&f, e, error));
    for (size_t i = 0; i < e->expectations; i++)
        if (is_of_optimum(e, &e->expect[i]))
            findings[i].value = fit_value(&f, &e->expect[i].quantity);
    fit_close(&f);
    return BG_OK;
}

static bg_status verify_update(const bg_example *e, bg_dtype dtype, bg_judgement *findings,
                               bg_error *error)
{
    static const char *const words[][3] = {[EXAMPLE_GD] = {"w"},
                                           [EXAMPLE_MOMENTUM] = {"w", "v"},
                                           [EXAMPLE_RMSPROP] = {"w", "cache"},
                                           [EXAMPLE_ADAM] = {"w", "m", "v"}};
    const example_update *u = &e->update;
    const double *const before[3] = {u->w, u->state[0], u->state[1]};
    double *block = memory_zeroed(u->count, 3 * sizeof *block);
    if (!block)
        return fail_memory(error, "the update");
    double *after[3] = {block, block + u->count, block + 2 * u->count};
    bg_status status = update_vector(e, dtype, after, error);
    for (size_t i = 0; status == BG_OK && i < e->expectations; i++) {
        const example_row *row = &e->expect[i];
        size_t vector = 0, place = row->quantity.index[0];
        while (strcmp(words[e->rule][vector], row->quantity.word) != 0)
            vector++;
        findings[i].value = row->step ? after[vector][place] : before[vector][place];
    }
    memory_release(block);
    return status;
}

bg_status bg_example_verify(const bg_example *example, bg_dtype dtype, bg_judgement *findings,
                            bg_error *error)
{
    if (!bg_name(BG_KIND_DTYPE, (int)dtype))
        return fail(error, BG_E_ARGUMENT, "unknown precision %d", (int)dtype);
    if (example->kind == EXAMPLE_CERTIFIED) {
        TRY(verify_optimum(example, findings, error));
        dtype = BG_F64;
    }
    if (example->kind == EXAMPLE_OPTIMIZER)
        TRY(verify_update(example, dtype, findings, error));
    else
        TRY(verify_steps(example, dtype, findings, error));
    judge_all(example, dtype, findings);
    return BG_OK;
}
