#include "io/target.h"

#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/status.h"

static bool is_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && !S_ISDIR(about.st_mode);
}

bg_status target_choose(bg_table *t, const bg_read_options *options, bool *file, bg_error *error)
{
    *file = false;
    if (!options->target)
        return BG_OK;
    bg_error wrong;
    bg_status status = table_select_targets(t, options->target, &wrong);
    if (status == BG_OK)
        return BG_OK;
    t->target_count = 0;
    if (is_file(options->target)) {
        *file = true;
        return BG_OK;
    }
    if (strpbrk(options->target, "/."))
        return fail(error, status, "%s: \"%.100s\" is neither a column of it nor a file", t->source,
                    options->target);
    if (error)
        *error = wrong;
    return status;
}

bg_status target_weigh(bg_table *t, const bg_read_options *options, bg_error *error)
{
    return options->weights ? table_select_weights(t, options->weights, error) : BG_OK;
}

/* Columns of `from` become those of `to` from `first` on; what they own moves. */
static void move_columns(bg_table *from, bg_table *to, size_t first)
{
    for (size_t c = 0; c < from->columns; c++) {
        to->column[first + c] = from->column[c];
        from->column[c] = (table_column){0};
    }
    for (size_t r = 0; r < from->rows; r++)
        for (size_t c = 0; c < from->columns; c++)
            table_set(to, r, first + c, table_value(from, r, c));
}

static bool has_name(const bg_table *t, const char *name)
{
    for (size_t c = 0; c < t->columns; c++)
        if (t->column[c].name && strcmp(t->column[c].name, name) == 0)
            return true;
    return false;
}

/* Names stay only where all columns have one, so a target file without names takes "target". */
static bg_status agree_on_names(const bg_table *inputs, bg_table *targets, bg_error *error)
{
    for (size_t c = 0; c < targets->columns; c++) {
        char **name = &targets->column[c].name;
        if (inputs->named && *name && has_name(inputs, *name))
            return fail(error, BG_E_DATA, "%s and %s both have a column \"%.60s\"", inputs->source,
                        targets->source, *name);
        if (inputs->named && !*name && targets->columns == 1)
            *name = memory_copy_text("target");
        if (inputs->named && !*name)
            return fail(error, BG_E_DATA, "%s has named columns, %s has not", inputs->source,
                        targets->source);
        if (!inputs->named) {
            memory_release(*name);
            *name = NULL;
        }
    }
    return BG_OK;
}

bg_status target_append(bg_table *inputs, bg_table *targets, bg_table **table, bg_error *error)
{
    bg_table *t;
    if (inputs->file_rows != targets->file_rows)
        return fail(error, BG_E_DATA, "%s has %zu rows, %s has %zu", inputs->source,
                    inputs->file_rows, targets->source, targets->file_rows);
    TRY(agree_on_names(inputs, targets, error));
    bg_dtype dtype = inputs->dtype == BG_F32 && targets->dtype == BG_F32 ? BG_F32 : BG_F64;
    TRY(table_create(inputs->source, inputs->rows, inputs->columns + targets->columns, dtype, &t,
                     error));
    move_columns(inputs, t, 0);
    move_columns(targets, t, inputs->columns);
    for (size_t c = 0; c < targets->columns; c++)
        t->target[t->target_count++] = inputs->columns + c;
    t->file_rows = inputs->file_rows;
    t->named = inputs->named;
    t->names_guessed = inputs->names_guessed;
    t->target_asked = true;
    t->task = targets->task;
    t->one_unit = inputs->one_unit;
    t->sparse = inputs->sparse;
    t->weighted = inputs->weighted;
    t->weights = inputs->weights;
    *table = t;
    return BG_OK;
}

static bg_status classify_column(bg_table *t, size_t c, bg_error *error)
{
    const size_t most = (size_t)1 << 24; /* indexes that float counts exactly */
    double before = 0;
    size_t label = SIZE_MAX;
    for (size_t r = 0; r < t->rows; r++) {
        double value = table_value(t, r, c);
        if (label == SIZE_MAX || value < before || value > before) {
            char text[32];
            bg_number_text(value, t->dtype, text);
            label = table_label(&t->column[c], text, strlen(text));
            before = value;
        }
        if (label == SIZE_MAX)
            return fail_memory(error, t->source);
        if (t->dtype == BG_F32 && label > most)
            return fail(error, BG_E_DATA, "%s: more than %zu classes", t->source, most);
        table_set(t, r, c, (double)label);
    }
    t->column[c].text = true;
    return BG_OK;
}

bg_status target_classify(bg_table *t, bg_error *error)
{
    for (size_t i = 0; i < t->target_count; i++)
        if (!t->column[t->target[i]].text)
            TRY(classify_column(t, t->target[i], error));
    return BG_OK;
}
