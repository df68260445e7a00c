#include "weights.h"

#include <string.h>

#include "talk.h"

static bool is_balanced(const command *c)
{
    const char *words = c->value[OPT_WEIGHTS].text;
    return words && strcmp(words, "balanced") == 0;
}

const char *weights_column(const command *c)
{
    return is_balanced(c) ? NULL : c->value[OPT_WEIGHTS].text;
}

const char *weights_kind(const command *c)
{
    return is_balanced(c) ? "balanced" : weights_column(c) ? "column" : "none";
}

int weights_read(const bg_schema *schema, const bg_table *table, bg_data *data)
{
    bg_error error;
    return bg_schema_weigh(schema, table, data, NULL, &error) == BG_OK ? EXIT_DONE
                                                                       : complain_error(&error);
}

const char *weights_word(const bg_data *data)
{
    for (size_t row = 0; row < bg_data_rows(data); row++)
        if (bg_data_weight(data, row) != 1)
            return "weighted ";
    return "";
}

int weights_balance(const command *c, const bg_schema *schema, bg_data *data)
{
    bg_error error;
    if (!is_balanced(c))
        return EXIT_DONE;
    bg_task task = bg_schema_task(schema);
    if (task == BG_REGRESSION)
        return misuse(c->verb->name, "--weights balanced is for classes; the targets are numbers");
    if (task == BG_BITS && bg_schema_outputs(schema) > 1)
        return misuse(c->verb->name, "--weights balanced is for classes; the targets are %zu bits",
                      bg_schema_outputs(schema));
    return bg_data_balance(data, &error) == BG_OK ? EXIT_DONE : complain_error(&error);
}
