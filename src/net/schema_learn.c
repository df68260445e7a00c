#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/utf8.h"
#include "net/classes.h"
#include "net/schema.h"

/* What a schema needs to know of the table's targets before it exists. */
typedef struct target_plan {
    bg_task task;
    size_t outputs;
    char **class_name; /* outputs of them for BG_CLASSES; owned until the schema has them */
} target_plan;

/* ----------------------------------------------------------------------------- targets --- */

static int asked_task(const bg_table *table, const bg_schema_options *options)
{
    if (options && options->task >= 0)
        return options->task;
    for (size_t i = 0; i < table->target_count; i++)
        if (table->column[table->target[i]].text)
            return BG_CLASSES;
    if (table->task >= 0)
        return table->task;
    return table->truth_table ? BG_BITS : BG_REGRESSION;
}

static bg_status check_bits(const bg_table *table, bg_error *error)
{
    double bit;
    for (size_t row = 0; row < table->rows; row++)
        for (size_t i = 0; i < table->target_count; i++)
            TRY(cell_read_bit(table, row, table->target[i], &bit, error));
    return BG_OK;
}

/* Exactly one 1 in each row of 0/1 target columns. */
static bool is_one_hot(const bg_table *table)
{
    for (size_t row = 0; row < table->rows; row++) {
        double sum = 0, bit = 0;
        for (size_t i = 0; i < table->target_count; i++) {
            if (cell_read_bit(table, row, table->target[i], &bit, NULL) != BG_OK)
                return false;
            sum += bit;
        }
        if (sum != 1)
            return false;
    }
    return true;
}

/* Copies of the names of columns, or "1".."K" where numbered is asked for and there are none. */
static bg_status copy_column_names(const bg_table *table, const size_t *column, size_t count,
                                   bool numbered, char ***names, bg_error *error)
{
    char **made = memory_zeroed(count, sizeof *made);
    bg_status status = made ? BG_OK : fail_memory(error, "column names");
    for (size_t i = 0; status == BG_OK && i < count; i++) {
        char number[32];
        snprintf(number, sizeof number, "%zu", i + 1);
        const char *name = numbered && !table->named ? number : table->column[column[i]].name;
        made[i] = memory_copy_text(name ? name : "");
        if (!made[i])
            status = fail_memory(error, "column names");
        else if (!utf8_valid(made[i]))
            status = fail_at(error, BG_E_DATA, table->source, 0, 0,
                             "the name of column %zu is not valid UTF-8", column[i] + 1);
    }
    if (status != BG_OK) {
        classes_free(made, count);
        return status;
    }
    *names = made;
    return BG_OK;
}

static bg_status plan_classes(const bg_table *table, target_plan *plan, bg_error *error)
{
    if (table->target_count == 1)
        return classes_learn(table, table->target[0], &plan->class_name, &plan->outputs, error);
    TRY(check_bits(table, error));
    if (is_one_hot(table))
        return copy_column_names(table, table->target, table->target_count, true, &plan->class_name,
                                 error);
    plan->task = BG_BITS;
    return BG_OK;
}

static bg_status plan_targets(const bg_table *table, const bg_schema_options *options,
                              target_plan *plan, bg_error *error)
{
    *plan = (target_plan){(bg_task)asked_task(table, options), table->target_count, NULL};
    for (size_t i = 0; i < table->target_count; i++)
        TRY(column_check(table, table->target[i], "target", plan->task != BG_REGRESSION, error));
    if (plan->task == BG_CLASSES)
        return plan_classes(table, plan, error);
    return plan->task == BG_BITS ? check_bits(table, error) : BG_OK;
}

/* ------------------------------------------------------------------------------ inputs --- */

/* All columns that are neither targets nor weights; *inputs is the caller's. */
static bg_status choose_inputs(const bg_table *table, size_t **inputs, size_t *count,
                               bg_error *error)
{
    bool *target = table_target_flags(table);
    size_t *chosen = memory_zeroed(table->columns, sizeof *chosen);
    bg_status status = target && chosen ? BG_OK : fail_memory(error, "the inputs");
    size_t found = 0;
    for (size_t c = 0; status == BG_OK && c < table->columns; c++) {
        if (target[c] || (table->weighted && c == table->weights))
            continue;
        chosen[found++] = c;
        status = column_check(table, c, "input", false, error);
    }
    if (status == BG_OK && !found)
        status = fail_at(error, BG_E_DATA, table->source, 0, 0,
                         "no input columns: every column is a target%s",
                         table->weighted ? " or weights" : "");
    memory_release(target);
    if (status != BG_OK) {
        memory_release(chosen);
        return status;
    }
    *inputs = chosen;
    *count = found;
    return BG_OK;
}

/* ------------------------------------------------------------------------------- learn --- */

static bg_status check_options(const bg_schema_options *options, bg_error *error)
{
    if (!options)
        return BG_OK;
    if (options->task >= 0 && !bg_name(BG_KIND_TASK, options->task))
        return fail(error, BG_E_ARGUMENT, "unknown task %d", options->task);
    if (options->scaling >= 0 && !bg_name(BG_KIND_SCALING, options->scaling))
        return fail(error, BG_E_ARGUMENT, "unknown scaling %d", options->scaling);
    return BG_OK;
}

static bg_status remember_weights(bg_schema *schema, const bg_table *table, bg_error *error)
{
    if (!table->weighted)
        return BG_OK;
    schema->weighted = true;
    schema->weights = table->weights;
    if (!table->named)
        return BG_OK;
    char **name;
    TRY(copy_column_names(table, &table->weights, 1, false, &name, error));
    schema->weights_name = name[0];
    memory_release(name);
    return BG_OK;
}

/* Nothing is kept of targets that are the last columns but for the weights: that is where they are
 * looked for. */
static bg_status remember_targets(bg_schema *schema, const bg_table *table, bg_error *error)
{
    size_t count = schema->target_columns;
    schema->target_place = memory_zeroed(count, sizeof *schema->target_place);
    if (!schema->target_place)
        return fail_memory(error, "the targets");
    memcpy(schema->target_place, table->target, count * sizeof *schema->target_place);
    bool last = true;
    for (size_t i = 0; i < count; i++)
        last &= schema_target_place(schema, i) == schema->inputs + i;
    if (last) {
        memory_release(schema->target_place);
        schema->target_place = NULL;
    }
    return BG_OK;
}

static bg_status fill_schema(bg_schema *schema, const bg_table *table, const size_t *column,
                             const bool *scaling_rows, bg_error *error)
{
    schema->sparse = table->sparse;
    TRY(remember_weights(schema, table, error));
    TRY(remember_targets(schema, table, error));
    if (table->named) {
        TRY(copy_column_names(table, column, schema->inputs, false, &schema->input_name, error));
        TRY(copy_column_names(table, table->target, schema->target_columns, false,
                              &schema->target_name, error));
    }
    return schema_learn_scaling(schema, table, column, scaling_rows, error);
}

static bg_status make_schema(const bg_table *table, const bg_schema_options *options,
                             target_plan *plan, bg_schema **schema, bg_error *error)
{
    bg_scaling scaling = table->truth_table ? BG_SCALE_NONE : BG_SCALE_STANDARD;
    if (options && options->scaling >= 0)
        scaling = (bg_scaling)options->scaling;
    size_t *column, inputs;
    TRY(choose_inputs(table, &column, &inputs, error));
    bg_schema *made = NULL;
    bg_status status = schema_create(plan->task, scaling, inputs, plan->outputs,
                                     table->target_count, &made, error);
    if (status == BG_OK) {
        made->class_name = plan->class_name;
        plan->class_name = NULL;
        status = fill_schema(made, table, column, options ? options->scaling_rows : NULL, error);
    }
    memory_release(column);
    if (status != BG_OK) {
        bg_schema_free(made);
        return status;
    }
    *schema = made;
    return BG_OK;
}

bg_status bg_schema_learn(const bg_table *table, const bg_schema_options *options,
                          bg_schema **schema, bg_error *error)
{
    TRY(check_options(options, error));
    if (!table->target_count)
        return fail_at(error, BG_E_DATA, table->source, 0, 0, "no target column");
    target_plan plan;
    TRY(plan_targets(table, options, &plan, error));
    bg_status status = make_schema(table, options, &plan, schema, error);
    classes_free(plan.class_name, plan.outputs);
    return status;
}
