#include <stddef.h>

#include "base/status.h"
#include "io/csv.h"
#include "io/fann_data.h"
#include "io/idx.h"
#include "io/input.h"
#include "io/npy.h"
#include "io/svmlight.h"
#include "io/target.h"
#include "io/truth_table.h"
#include "net/schema.h"

/* A file is of the first format that its content shows, else of the first that its name says, else
 * of the last. */
static const struct format {
    bool (*recognise)(const input *in); /* by content; NULL: nothing speaks for it */
    const char *suffixes;
    bg_status (*read)(const input *in, const bg_read_options *options, bg_table **table,
                      bg_error *error);
} formats[] = {
    {npy_recognise, ".npy", npy_read},
    {idx_recognise, ".idx -ubyte", idx_read},
    {fann_recognise, "", fann_read},
    {svmlight_recognise, ".svm .svmlight .libsvm", svmlight_read},
    {NULL, ".csv .tsv", csv_read},
};
enum { FORMATS = sizeof formats / sizeof *formats };

static const struct format *find_format(const input *in, bool sparse)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (formats[i].recognise && formats[i].recognise(in))
            return &formats[i];
    for (size_t i = 0; i < FORMATS; i++)
        if (input_has_suffix(in, formats[i].suffixes))
            return &formats[i];
    /* Labels alone: rows of zeros, where svmlight is what the model was trained on. */
    for (size_t i = 0; sparse && svmlight_has_labels_only(in) && i < FORMATS; i++)
        if (formats[i].read == svmlight_read)
            return &formats[i];
    return &formats[FORMATS - 1];
}

static bg_status read_source(const char *path, const bg_read_options *options, bg_table **table,
                             bg_error *error)
{
    if (truth_table_recognise(path))
        return truth_table_read(path, options, table, error);
    input in;
    TRY(input_read(path, &in, error));
    bool sparse = options->schema && options->schema->sparse;
    bg_status status = find_format(&in, sparse)->read(&in, options, table, error);
    input_release(&in);
    return status;
}

static bg_status append_targets(const bg_read_options *options, bg_table **table, bg_error *error)
{
    bg_read_options second = *options;
    bg_table *targets, *joined;
    second.target = second.weights = NULL;
    second.schema = NULL; /* it has no inputs */
    TRY(read_source(options->target, &second, &targets, error));
    bg_status status = target_append(*table, targets, &joined, error);
    bg_table_free(targets);
    if (status == BG_OK) {
        bg_table_free(*table);
        *table = joined;
    }
    return status;
}

/* *table is replaced where a second file brings the targets; the caller frees it on failure. */
static bg_status settle_targets(const bg_read_options *options, bg_table **table, bg_error *error)
{
    bool file;
    TRY(target_choose(*table, options, &file, error));
    TRY(target_weigh(*table, options, error));
    if (file)
        TRY(append_targets(options, table, error));
    return options->classify ? target_classify(*table, error) : BG_OK;
}

static bg_status check_header(const bg_read_options *options, const bg_table *table,
                              bg_error *error)
{
    return options->header != BG_HEADER_YES || table->named
               ? BG_OK
               : fail(error, BG_E_ARGUMENT,
                      "%s: a row of names is asked for, which only CSV and TSV files have",
                      table->source);
}

bg_status bg_table_read(const char *path, const bg_read_options *options, bg_table **table,
                        bg_error *error)
{
    static const bg_read_options defaults;
    bg_table *t;
    if (!options)
        options = &defaults;
    TRY(read_source(path, options, &t, error));
    bg_status status = check_header(options, t, error);
    if (status == BG_OK)
        status = settle_targets(options, &t, error);
    if (status != BG_OK) {
        bg_table_free(t);
        return status;
    }
    *table = t;
    return BG_OK;
}
