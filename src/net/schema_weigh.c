/* Places of targets and weights that a schema remembers, and the weights of the rows. */
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "net/dataset.h"
#include "net/schema.h"

const char *bg_schema_weights_name(const bg_schema *schema)
{
    return schema->weights_name;
}

size_t schema_find_weights(const bg_schema *schema, const bg_table *table)
{
    if (table->weighted)
        return table->weights;
    if (!schema->weighted)
        return SIZE_MAX;
    bool named = schema->weights_name && table->named;
    for (size_t c = 0; named && c < table->columns; c++)
        if (table->column[c].name && strcmp(table->column[c].name, schema->weights_name) == 0)
            return c;
    bool whole = table->columns == schema->inputs + schema->target_columns + 1;
    return !named && whole ? schema->weights : SIZE_MAX;
}

size_t schema_target_place(const bg_schema *schema, size_t target)
{
    if (!schema->target_place)
        return schema->inputs + target;
    size_t place = schema->target_place[target];
    return place - (schema->weighted && schema->weights < place);
}

size_t schema_weights_place(const bg_schema *schema)
{
    size_t before = 0;
    for (size_t i = 0; i < schema->target_columns; i++)
        before += schema_target_place(schema, i) < schema->weights;
    return schema->weights - before;
}

static bg_status read_weights(const bg_table *table, size_t column, double *weights,
                              bg_error *error)
{
    char label[COLUMN_LABEL], number[32];
    bool any = false;
    TRY(column_check(table, column, "weight", false, error));
    for (size_t row = 0; row < table->rows; row++) {
        weights[row] = table_value(table, row, column);
        if (weights[row] < 0) {
            bg_number_text(weights[row], table->dtype, number);
            return fail_row(error, BG_E_DATA, table->source, row + 1,
                            "a weight in %s must be 0 or more, found %s",
                            column_label(table, column, label), number);
        }
        any = any || weights[row] > 0;
    }
    return any ? BG_OK
               : fail_at(error, BG_E_DATA, table->source, 0, 0, "all weights in %s are 0",
                         column_label(table, column, label));
}

bg_status bg_schema_weigh(const bg_schema *schema, const bg_table *table, bg_data *data,
                          bool *found, bg_error *error)
{
    size_t column = schema_find_weights(schema, table);
    bool there = column < table->columns;
    if (there && table->rows != data->rows)
        return fail(error, BG_E_ARGUMENT, "the table has %zu rows, the data %zu", table->rows,
                    data->rows);
    if (there) {
        double *weights = memory_zeroed(table->rows, sizeof *weights);
        bg_status status = weights ? read_weights(table, column, weights, error)
                                   : fail_memory(error, "the weights of the rows");
        if (status == BG_OK)
            status = bg_data_set_weights(data, weights, error);
        memory_release(weights);
        TRY(status);
    }
    if (found)
        *found = there;
    return BG_OK;
}
