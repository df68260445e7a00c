#include "files.h"

#include <string.h>

#include "talk.h"
#include "weights.h"

const char *input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

int bytes_read(const char *path, const char **name, char **bytes, size_t *size)
{
    bg_error error;
    if (bg_file_read(path, bytes, size, &error) != BG_OK)
        return complain_error(&error);
    *name = input_name(path);
    return EXIT_DONE;
}

int table_read(const command *c, const char *path, bg_read_options how, bg_table **table)
{
    bg_error error;
    option_id header = c->given[OPT_DATA_HEADER] ? OPT_DATA_HEADER : OPT_HEADER;
    how.target = c->value[OPT_TARGET].text;
    how.header = (bg_header)c->value[header].choice;
    if (c->value[OPT_ROWS].text)
        rows_parse(c->value[OPT_ROWS].text, &how.first_row, &how.last_row);
    if (bg_table_read(path, &how, table, &error) != BG_OK)
        return complain_error(&error);
    if (bg_table_names_guessed(*table) && !c->value[OPT_QUIET].flag)
        say("%s: the first row, numbers that count, is taken for column names; --header no takes "
            "it for data",
            input_name(path));
    return EXIT_DONE;
}

int model_read(const char *path, bg_model **model)
{
    bg_error error;
    bg_model *read;
    if (bg_model_load(path, &read, &error) != BG_OK)
        return complain_error(&error);
    if (!bg_model_schema(read)) {
        bg_model_free(read);
        return complain(EXIT_DATA, "%s: the model does not say how raw rows become inputs", path);
    }
    *model = read;
    return EXIT_DONE;
}

static int read_for(const command *c, const char *path, const bg_model *model, bool need_targets,
                    bool weigh, bg_data **data, bool *is_truth_table)
{
    bg_table *table;
    bg_error error;
    int code = table_read(c, path, (bg_read_options){.schema = bg_model_schema(model)}, &table);
    if (code != EXIT_DONE)
        return code;
    if (is_truth_table)
        *is_truth_table = bg_table_is_truth_table(table);
    if (bg_schema_encode(bg_model_schema(model), table, bg_net_dtype(bg_model_const_net(model)),
                         need_targets, data, &error) != BG_OK)
        code = complain_error(&error);
    if (code == EXIT_DONE && weigh)
        code = weights_read(bg_model_schema(model), table, *data);
    bg_table_free(table);
    return code;
}

int rows_read(const command *c, const char *path, const bg_model *model, bool need_targets,
              bg_data **data, bool *is_truth_table)
{
    return read_for(c, path, model, need_targets, false, data, is_truth_table);
}

int training_rows_read(const command *c, const char *path, const bg_model *model, bg_data **data)
{
    return read_for(c, path, model, true, true, data, NULL);
}
