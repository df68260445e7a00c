#include "net/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/number.h"
#include "base/status.h"
#include "net/classes.h"

bg_status schema_create(bg_task task, bg_scaling scaling, size_t inputs, size_t outputs,
                        size_t target_columns, bg_schema **schema, bg_error *error)
{
    bg_schema *made = memory_zeroed(1, sizeof *made);
    if (!made)
        return fail_memory(error, "a schema");
    *made = (bg_schema){.task = task,
                        .scaling = scaling,
                        .inputs = inputs,
                        .outputs = outputs,
                        .target_columns = target_columns};
    made->offset = memory_zeroed(inputs, sizeof *made->offset);
    made->scale = memory_zeroed(inputs, sizeof *made->scale);
    if (!made->offset || !made->scale) {
        bg_schema_free(made);
        return fail_memory(error, "a schema");
    }
    for (size_t i = 0; i < inputs; i++)
        made->scale[i] = 1;
    *schema = made;
    return BG_OK;
}

void bg_schema_free(bg_schema *schema)
{
    if (!schema)
        return;
    classes_free(schema->input_name, schema->inputs);
    classes_free(schema->target_name, schema->target_columns);
    classes_free(schema->class_name, schema->outputs);
    memory_release(schema->target_place);
    memory_release(schema->weights_name);
    memory_release(schema->offset);
    memory_release(schema->scale);
    memory_release(schema);
}

size_t bg_schema_inputs(const bg_schema *schema)
{
    return schema->inputs;
}

size_t bg_schema_outputs(const bg_schema *schema)
{
    return schema->outputs;
}

bg_task bg_schema_task(const bg_schema *schema)
{
    return schema->task;
}

bg_scaling bg_schema_scaling(const bg_schema *schema)
{
    return schema->scaling;
}

const char *bg_schema_input_name(const bg_schema *schema, size_t input)
{
    return schema->input_name && input < schema->inputs ? schema->input_name[input] : NULL;
}

const char *bg_schema_output_name(const bg_schema *schema, size_t output)
{
    char **names = schema->task == BG_CLASSES ? schema->class_name : schema->target_name;
    return names && output < schema->outputs ? names[output] : NULL;
}

void bg_schema_scale(const bg_schema *schema, size_t input, double *offset, double *scale)
{
    if (offset)
        *offset = schema->offset[input];
    if (scale)
        *scale = schema->scale[input];
}

const char *column_label(const bg_table *table, size_t column, char label[COLUMN_LABEL])
{
    if (table->column[column].name)
        snprintf(label, COLUMN_LABEL, "column \"%.70s\"", table->column[column].name);
    else
        snprintf(label, COLUMN_LABEL, "column %zu", column + 1);
    return label;
}

bg_status column_check(const bg_table *table, size_t column, const char *role, bool may_be_text,
                       bg_error *error)
{
    const table_column *c = &table->column[column];
    char label[COLUMN_LABEL];
    if (c->text && !may_be_text)
        return fail_at(error, BG_E_DATA, table->source, c->first_line, c->first_column,
                       "%s is text; %ss must be numbers", column_label(table, column, label), role);
    if (!c->fault)
        return BG_OK;
    bg_status status = fail(error, BG_E_DATA, "%s", c->fault);
    if (error) {
        error->line = c->fault_line;
        error->column = c->fault_column;
    }
    return status;
}

bool *table_target_flags(const bg_table *table)
{
    bool *flags = memory_zeroed(table->columns, sizeof *flags);
    for (size_t i = 0; flags && i < table->target_count; i++)
        flags[table->target[i]] = true;
    return flags;
}

bg_status cell_read_bit(const bg_table *table, size_t row, size_t column, double *bit,
                        bg_error *error)
{
    const table_column *c = &table->column[column];
    double value = table_value(table, row, column);
    const char *text = c->text ? c->labels[(size_t)value] : NULL;
    char number[32], label[COLUMN_LABEL];
    bool known = !text || number_parse(text, strlen(text), &value);
    if (!known || (value != 0 && value != 1)) {
        if (!text)
            bg_number_text(value, table->dtype, number);
        return fail_row(error, BG_E_DATA, table->source, row + 1,
                        "the target %s must be 0 or 1, found %s%.60s%s",
                        column_label(table, column, label), text ? "\"" : "", text ? text : number,
                        text ? "\"" : "");
    }
    *bit = value;
    return BG_OK;
}
