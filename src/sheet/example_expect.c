/* The printed numbers of worked examples. */
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "sheet/example_read.h"
#include "sheet/rational.h"

#define MOST_STEPS ((size_t)10000000)
#define MOST_DIGITS ((size_t)17)

/* Does the network have it: layer, unit, input. */
static bool has_place(const bg_example *e, const quantity *q)
{
    const size_t *n = q->index;
    size_t last = e->layers;
    bool layer = n[0] >= 1 && n[0] <= last, unit = layer && n[1] < e->widths[n[0]];
    bool bias = e->has_biases;
    switch (q->id) {
    case QUANTITY_Z:
    case QUANTITY_DELTA:
        return unit;
    case QUANTITY_FPRIME:
        return unit && e->activations[n[0] - 1] != BG_SOFTMAX;
    case QUANTITY_A:
    case QUANTITY_DEDA:
        return unit || (n[0] == 0 && n[1] < e->widths[0]);
    case QUANTITY_ERROR:
        return e->targets && n[0] < e->widths[last];
    case QUANTITY_LOSS_TERM:
        return n[0] < e->widths[last];
    case QUANTITY_DEDX:
        return n[0] < e->widths[0];
    case QUANTITY_DELTA_BIAS:
        return bias && layer && n[0] < last;
    case QUANTITY_W:
    case QUANTITY_DW:
        return unit && n[2] < e->widths[n[0] - 1];
    case QUANTITY_B:
    case QUANTITY_DB:
        return bias && unit;
    case QUANTITY_SD:
        return unit && (q->of_bias ? bias : n[2] < e->widths[n[0] - 1]);
    case QUANTITY_MEAN_ABS_ERROR:
        return e->targets != NULL;
    case QUANTITY_TARGET:
        return false;
    default:
        return true;
    }
}

/* Of the optimum, where a certified row has no step. */
static bool is_of_optimum(quantity_id id)
{
    return id == QUANTITY_W || id == QUANTITY_B || id == QUANTITY_RSS ||
           id == QUANTITY_RESIDUAL_SD || id == QUANTITY_SD;
}

/* Which of w, v, m, cache the rule has. */
static bool has_state(const bg_example *e, const quantity *q)
{
    static const char *const words[][4] = {[EXAMPLE_GD] = {"w"},
                                           [EXAMPLE_MOMENTUM] = {"w", "v"},
                                           [EXAMPLE_RMSPROP] = {"w", "cache"},
                                           [EXAMPLE_ADAM] = {"w", "m", "v"}};
    for (size_t i = 0; i < 4 && words[e->rule][i]; i++)
        if (strcmp(words[e->rule][i], q->word) == 0)
            return q->index[0] < e->update.count;
    return false;
}

static bg_status check_quantity(const reader *r, const bg_example *e, const path *at,
                                const example_row *row)
{
    const quantity *q = &row->quantity;
    bool optimum = e->kind == EXAMPLE_CERTIFIED && !row->has_step;
    if (e->kind == EXAMPLE_OPTIMIZER
            ? q->id != QUANTITY_STATE || !has_state(e, q)
            : q->id == QUANTITY_STATE || !has_place(e, q) || (optimum && !is_of_optimum(q->id)))
        return REFUSE(r, at, "\"%.60s\" is nothing that this example has", row->text);
    if (!optimum &&
        (q->id == QUANTITY_RSS || q->id == QUANTITY_RESIDUAL_SD || q->id == QUANTITY_SD))
        return REFUSE(r, at, "\"%.60s\" is of the optimum: kind \"certified\", no step", row->text);
    if (e->kind == EXAMPLE_TRACE && !row->has_step)
        return REFUSE(r, at, "\"%.60s\" needs a step", row->text);
    if (quantity_needs_loss(q->id) && e->loss == EXAMPLE_NO_LOSS)
        return REFUSE(r, at, "\"%.60s\" needs a loss", row->text);
    if (quantity_of_row(q->id) && !row->has_row && e->rows > 1)
        return REFUSE(r, at, "\"%.60s\" needs a row, since there are %zu", row->text, e->rows);
    return BG_OK;
}

/* -------------------------------------------------------------------------- numbers --- */

/* A decimal number as printed: the place of its last digit. */
static bg_status read_decimal(const reader *r, const json_t *item, const path *where,
                              const char *key, const char **text, mpq_t value, long *last_place)
{
    path at = path_key(where, key);
    double number;
    TRY(read_number(r, json_object_get(item, key), &at, &number));
    *text = json_string_value(json_object_get(item, key));
    if (!rational_parse(value, *text, last_place, NULL))
        return REFUSE(r, &at, "expected a number of at most %d digits, powers of ten too",
                      RATIONAL_MOST_EXPONENT);
    return BG_OK;
}

/* The tolerance is half a unit of the last place of `printed`. */
static bg_status read_printed(const reader *r, const json_t *item, const path *at, example_row *row)
{
    path tolerance_at = path_key(at, "tolerance");
    const char *tolerance;
    long place, unused;
    mpq_t value, half;
    mpq_inits(value, half, NULL);
    bg_status status = read_decimal(r, item, at, "printed", &row->printed, value, &place);
    if (status == BG_OK)
        status = read_decimal(r, item, at, "tolerance", &tolerance, value, &unused);
    if (status == BG_OK) {
        rational_power(half, place);
        mpq_div_2exp(half, half, 1);
        if (!mpq_equal(value, half))
            status = REFUSE(r, &tolerance_at,
                            "expected \"5e%ld\", half a unit of the last place of \"%.40s\"",
                            place - 1, row->printed);
    }
    if (status == BG_OK && json_object_get(item, "corrected"))
        status = read_decimal(r, item, at, "corrected", &row->corrected, value, &unused);
    mpq_clears(value, half, NULL);
    return status;
}

static bg_status read_status(const reader *r, const bg_example *e, const json_t *item,
                             const path *at, example_row *row)
{
    static const char *const words[] = {"ok", "truncated", "last_digit", "erratum", NULL};
    path corrected_at = path_key(at, "corrected"), digits_at = path_key(at, "digits");
    size_t choice;
    bool checked;
    TRY(read_choice(r, item, at, "status", words, &choice));
    row->status = (example_status)choice;
    if (row->status == EXAMPLE_OK && row->corrected)
        return REFUSE(r, &corrected_at, "a row with status \"ok\" has none");
    if (row->status != EXAMPLE_OK && !row->corrected)
        return REFUSE(r, &corrected_at, "a row with status \"%s\" needs it", words[choice]);
    const json_t *digits = json_object_get(item, "digits");
    if (e->kind == EXAMPLE_CERTIFIED)
        TRY(read_count(r, digits, &digits_at, MOST_DIGITS, &row->digits));
    else if (digits)
        return REFUSE(r, &digits_at, "only kind \"certified\" has it");
    return read_bool(r, item, at, "source_checked", &checked);
}

static bg_status read_row(const reader *r, const bg_example *e, const json_t *item, const path *at,
                          example_row *row)
{
    static const char *const required[] = {"quantity", "printed",        "label", "tolerance",
                                           "status",   "source_checked", NULL};
    static const char *const optional[] = {"row", "step", "corrected", "note", "digits", NULL};
    TRY(read_object(r, item, at, required, optional));
    TRY(read_text(r, item, at, "quantity", &row->text));
    TRY(read_text(r, item, at, "label", &row->label));
    path quantity_at = path_key(at, "quantity"), row_at = path_key(at, "row");
    path step_at = path_key(at, "step");
    if (!quantity_parse(row->text, &row->quantity))
        return REFUSE(r, &quantity_at, "the grammar has no \"%.60s\"", row->text);
    if (json_object_get(item, "note"))
        TRY(read_text(r, item, at, "note", &row->note));
    const json_t *data_row = json_object_get(item, "row"), *step = json_object_get(item, "step");
    row->has_row = data_row;
    row->has_step = step;
    if (data_row && e->kind == EXAMPLE_OPTIMIZER)
        return REFUSE(r, &row_at, "kind \"optimizer\" has no rows");
    if (data_row)
        TRY(read_count(r, data_row, &row_at, e->rows - 1, &row->row));
    size_t most = e->kind == EXAMPLE_OPTIMIZER ? 1 : e->rule == EXAMPLE_GD ? MOST_STEPS : 0;
    if (step)
        TRY(read_count(r, step, &step_at, most, &row->step));
    else if (e->kind == EXAMPLE_OPTIMIZER)
        row->step = 1;
    TRY(check_quantity(r, e, &quantity_at, row));
    TRY(read_printed(r, item, at, row));
    return read_status(r, e, item, at, row);
}

bg_status read_expectations(const reader *r, bg_example *e, const json_t *root)
{
    const json_t *list = json_object_get(root, "expect");
    path where = {"expect"};
    TRY(read_list(r, list, &where, NULL));
    size_t count = json_array_size(list);
    e->expect = memory_zeroed(count, sizeof *e->expect);
    if (!e->expect)
        return fail_memory(r->error, r->file);
    e->expectations = count;
    for (size_t i = 0; i < count; i++) {
        path at = path_item(&where, i);
        TRY(read_row(r, e, json_array_get(list, i), &at, &e->expect[i]));
    }
    return BG_OK;
}
