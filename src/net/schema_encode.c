#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "net/classes.h"
#include "net/dataset.h"
#include "net/schema.h"

#define ABSENT SIZE_MAX /* a column of a sparse table that is not there: all 0 */

typedef struct encoder {
    const bg_schema *schema; /* borrowed */
    const bg_table *table;   /* borrowed */
    size_t *input;           /* table column of every input, or ABSENT; owned */
    size_t *target;          /* table column of every target column, NULL: not needed; owned */
    size_t weights;          /* table column of weights, or ABSENT */
    class_finder finder;     /* for BG_CLASSES with targets; owned */
} encoder;

/* -------------------------------------------------------------------------- sentences --- */

/* As many names as fit, separated by commas: "a, b, c, ...". */
static const char *list_names(char *const *names, size_t count, char *list, size_t size)
{
    size_t used = 0;
    list[0] = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(names[i]);
        if (used + length + 8 > size || i == 20) {
            snprintf(list + used, size - used, i ? ", ..." : "...");
            break;
        }
        used += (size_t)snprintf(list + used, size - used, "%s%s", i ? ", " : "", names[i]);
    }
    return list;
}

/* A target that nobody named, in rows to be predicted, may be an input as well. */
static bg_status fail_width(const encoder *e, size_t columns, size_t targets, bg_error *error)
{
    const bg_schema *s = e->schema;
    bool beside = targets && (e->target || e->table->target_asked);
    size_t found = beside ? columns - targets : columns;
    char list[160] = "";
    if (s->input_name)
        list_names(s->input_name, s->inputs, list, sizeof list);
    return fail_at(error, BG_E_DATA, e->table->source, 0, 0,
                   "has %zu column%s%s, the model wants %zu input%s%s%s%s", found,
                   found == 1 ? "" : "s", beside ? " beside its target" : "", s->inputs,
                   s->inputs == 1 ? "" : "s", *list ? " (" : "", list, *list ? ")" : "");
}

static bg_status fail_missing(const encoder *e, const char *name, const char *role, bg_error *error)
{
    return fail_at(error, BG_E_DATA, e->table->source, 0, 0,
                   "no column \"%.100s\", which is %s of the model", name, role);
}

static bg_status fail_class(const encoder *e, size_t row, const char *found, bg_error *error)
{
    char list[200];
    list_names(e->schema->class_name, e->schema->outputs, list, sizeof list);
    return fail_row(error, BG_E_DATA, e->table->source, row + 1,
                    "the model does not know the class \"%.60s\", only %s", found, list);
}

/* ---------------------------------------------------------------------------- matching --- */

typedef struct named_column {
    const char *name; /* borrowed */
    size_t column;
} named_column;

static int compare_named(const void *a, const void *b)
{
    return strcmp(((const named_column *)a)->name, ((const named_column *)b)->name);
}

/* The table's columns sorted by name; *sorted is the caller's. */
static bg_status sort_columns(const bg_table *table, named_column **sorted, size_t *count,
                              bg_error *error)
{
    named_column *made = memory_zeroed(table->columns, sizeof *made);
    if (!made)
        return fail_memory(error, "column names");
    size_t found = 0;
    for (size_t c = 0; c < table->columns; c++)
        if (table->column[c].name)
            made[found++] = (named_column){table->column[c].name, c};
    qsort(made, found, sizeof *made, compare_named);
    *sorted = made;
    *count = found;
    return BG_OK;
}

/* columns[i] = the table's column called names[i]. */
static bg_status match_names(const encoder *e, char *const *names, size_t count, const char *role,
                             size_t *columns, bg_error *error)
{
    named_column *sorted = NULL;
    size_t sorted_count = 0;
    TRY(sort_columns(e->table, &sorted, &sorted_count, error));
    bool may_lack = columns == e->input && e->schema->sparse && e->table->sparse;
    bg_status status = BG_OK;
    for (size_t i = 0; i < count && status == BG_OK; i++) {
        named_column key = {names[i], 0};
        named_column *hit = bsearch(&key, sorted, sorted_count, sizeof key, compare_named);
        columns[i] = hit ? hit->column : ABSENT;
        if (!hit && !may_lack)
            status = fail_missing(e, names[i], role, error);
    }
    memory_release(sorted);
    return status;
}

/* All but the weights. */
static size_t count_columns(const encoder *e)
{
    return e->table->columns - (e->weights != ABSENT);
}

/* The table's columns are the inputs and the targets, and nothing but the reader's habit to call
 * the last one the target says which are which. */
static bool holds_all_columns(const encoder *e)
{
    return !e->table->target_asked &&
           count_columns(e) == e->schema->inputs + e->schema->target_columns;
}

/* The table's column at a place among those that are no weights. */
static size_t column_at(const encoder *e, size_t place)
{
    return place + (e->weights <= place);
}

/* One column more than inputs: a target, or the weights?  That is the same where they would be in
 * the same place. */
static bool is_in_doubt(const encoder *e)
{
    const bg_schema *s = e->schema;
    size_t target = s->target_columns == 1 ? schema_target_place(s, 0) : s->inputs;
    return s->weighted && e->weights == ABSENT && !e->target && !e->table->target_asked &&
           e->table->columns == s->inputs + 1 && schema_weights_place(s) != target;
}

/* Flags of the columns that are targets; the caller's, NULL when memory is short. */
static bool *find_targets(const encoder *e, size_t *count)
{
    bool whole = holds_all_columns(e);
    bool *flags =
        whole ? memory_zeroed(e->table->columns, sizeof *flags) : table_target_flags(e->table);
    for (size_t i = 0; flags && whole && i < e->schema->target_columns; i++)
        flags[column_at(e, schema_target_place(e->schema, i))] = true;
    *count = 0;
    for (size_t c = 0; flags && c < e->table->columns; c++)
        *count += flags[c] && c != e->weights;
    return flags;
}

static bg_status match_inputs_by_place(encoder *e, bg_error *error)
{
    const bg_table *table = e->table;
    size_t targets, inputs = e->schema->inputs, columns = count_columns(e), found = 0;
    bool *passed = find_targets(e, &targets);
    if (!passed)
        return fail_memory(error, "the inputs");
    bool skip_targets = columns - targets == inputs;
    bool all = !e->target && !table->target_asked && columns == inputs;
    bg_status status = BG_OK;
    if (!skip_targets && !all)
        status = fail_width(e, columns, targets, error);
    else if (is_in_doubt(e))
        status = fail_at(error, BG_E_DATA, table->source, 0, 0,
                         "its %zu columns may be inputs with weights or with a target; without "
                         "names, give all columns of the training or the inputs alone",
                         table->columns);
    for (size_t c = 0; status == BG_OK && c < table->columns && found < inputs; c++)
        if (c != e->weights && !(skip_targets && passed[c]))
            e->input[found++] = c;
    memory_release(passed);
    return status;
}

static bg_status match_targets(encoder *e, bg_error *error)
{
    const bg_table *table = e->table;
    size_t count = e->schema->target_columns;
    if (table->named && e->schema->target_name && !table->target_asked)
        return match_names(e, e->schema->target_name, count, "a target", e->target, error);
    bool whole = holds_all_columns(e);
    if (table->target_count != count && !whole)
        return fail_at(error, BG_E_DATA, table->source, 0, 0,
                       "has %zu target column%s, the model wants %zu", table->target_count,
                       table->target_count == 1 ? "" : "s", count);
    for (size_t i = 0; i < count; i++)
        e->target[i] = whole ? column_at(e, schema_target_place(e->schema, i)) : table->target[i];
    return BG_OK;
}

static bg_status check_columns(const encoder *e, bg_error *error)
{
    for (size_t i = 0; i < e->schema->inputs; i++)
        if (e->input[i] != ABSENT)
            TRY(column_check(e->table, e->input[i], "input", false, error));
    for (size_t i = 0; e->target && i < e->schema->target_columns; i++)
        TRY(column_check(e->table, e->target[i], "target", e->schema->task != BG_REGRESSION,
                         error));
    return BG_OK;
}

static bg_status match_columns(encoder *e, bool need_targets, bg_error *error)
{
    const bg_schema *s = e->schema;
    e->input = memory_zeroed(s->inputs, sizeof *e->input);
    e->target = need_targets ? memory_zeroed(s->target_columns, sizeof *e->target) : NULL;
    if (!e->input || (need_targets && !e->target))
        return fail_memory(error, "the columns");
    if (s->input_name && e->table->named)
        TRY(match_names(e, s->input_name, s->inputs, "an input", e->input, error));
    else
        TRY(match_inputs_by_place(e, error));
    if (need_targets)
        TRY(match_targets(e, error));
    TRY(check_columns(e, error));
    if (need_targets && s->task == BG_CLASSES && s->target_columns == 1 &&
        !class_finder_open(&e->finder, s->class_name, s->outputs))
        return fail_memory(error, "class names");
    return BG_OK;
}

/* -------------------------------------------------------------------------------- rows --- */

static bg_status fail_range(const encoder *e, const bg_data *data, size_t row, size_t column,
                            bg_error *error)
{
    char label[COLUMN_LABEL], number[32];
    bg_number_text(table_value(e->table, row, column), e->table->dtype, number);
    return fail_row(error, BG_E_DATA, e->table->source, row + 1,
                    "%s in %s cannot be used: not finite in %s once scaled", number,
                    column_label(e->table, column, label),
                    bg_name(BG_KIND_DTYPE, (int)data->dtype));
}

static bg_status encode_inputs(const encoder *e, bg_data *data, bg_error *error)
{
    const bg_schema *s = e->schema;
    for (size_t row = 0; row < data->rows; row++)
        for (size_t i = 0; i < s->inputs; i++) {
            size_t column = e->input[i];
            double x = column == ABSENT ? 0 : table_value(e->table, row, column);
            double scaled = (x - s->offset[i]) / s->scale[i];
            if (!dtype_store(data->dtype, data->x, row * s->inputs + i, scaled))
                return fail_range(e, data, row, column == ABSENT ? 0 : column, error);
        }
    return BG_OK;
}

/* One target row, K wide and zeroed: a 1 at the class. */
static bg_status encode_class(const encoder *e, bg_data *data, size_t row, bg_error *error)
{
    size_t c = e->target[0], found;
    const table_column *column = &e->table->column[c];
    double value = table_value(e->table, row, c);
    char number[32];
    const char *name = number;
    if (column->text) {
        name = column->labels[(size_t)value];
        found = class_find_text(&e->finder, name);
    } else {
        bg_number_text(value, e->table->dtype, number);
        found = class_find_number(&e->finder, value, e->table->dtype);
    }
    if (found == SIZE_MAX)
        return fail_class(e, row, name, error);
    dtype_store(data->dtype, data->t, row * data->targets + found, 1);
    return BG_OK;
}

static bg_status encode_bits(const encoder *e, bg_data *data, size_t row, bg_error *error)
{
    double sum = 0, bit = 0;
    for (size_t i = 0; i < data->targets; i++) {
        TRY(cell_read_bit(e->table, row, e->target[i], &bit, error));
        dtype_store(data->dtype, data->t, row * data->targets + i, bit);
        sum += bit;
    }
    if (e->schema->task == BG_CLASSES && sum != 1)
        return fail_row(error, BG_E_DATA, e->table->source, row + 1,
                        "one of the %zu class columns must be 1, not %g", data->targets, sum);
    return BG_OK;
}

static bg_status encode_numbers(const encoder *e, bg_data *data, size_t row, bg_error *error)
{
    for (size_t i = 0; i < data->targets; i++)
        if (!dtype_store(data->dtype, data->t, row * data->targets + i,
                           table_value(e->table, row, e->target[i])))
            return fail_range(e, data, row, e->target[i], error);
    return BG_OK;
}

typedef bg_status encode_row(const encoder *e, bg_data *data, size_t row, bg_error *error);

static bg_status encode_targets(const encoder *e, bg_data *data, bg_error *error)
{
    static encode_row *const by_task[BG_TASK_COUNT] = {
        [BG_REGRESSION] = encode_numbers, [BG_CLASSES] = encode_class, [BG_BITS] = encode_bits};
    bool one_hot = e->schema->task == BG_CLASSES && e->schema->target_columns > 1;
    encode_row *encode = one_hot ? encode_bits : by_task[e->schema->task];
    for (size_t row = 0; row < data->rows; row++)
        TRY(encode(e, data, row, error));
    return BG_OK;
}

static bg_status encode(encoder *e, bg_dtype dtype, bool need_targets, bg_data **data,
                        bg_error *error)
{
    TRY(match_columns(e, need_targets, error));
    bg_data *made;
    TRY(dataset_create(dtype, e->table->rows, e->schema->inputs,
                       need_targets ? e->schema->outputs : 0, &made, error));
    bg_status status = encode_inputs(e, made, error);
    if (status == BG_OK && need_targets)
        status = encode_targets(e, made, error);
    if (status != BG_OK) {
        bg_data_free(made);
        return status;
    }
    *data = made;
    return BG_OK;
}

bg_status bg_schema_encode(const bg_schema *schema, const bg_table *table, bg_dtype dtype,
                           bool need_targets, bg_data **data, bg_error *error)
{
    encoder e = {.schema = schema, .table = table, .weights = schema_find_weights(schema, table)};
    bg_status status = encode(&e, dtype, need_targets, data, error);
    memory_release(e.input);
    memory_release(e.target);
    class_finder_close(&e.finder);
    return status;
}
