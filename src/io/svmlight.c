#include "io/svmlight.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/number.h"
#include "base/status.h"
#include "io/range.h"
#include "io/words.h"
#include "net/schema.h"

/* The file is read twice by the same functions: measured without a table, then read into it. */
typedef struct svm_scan {
    const input *in;
    size_t rows;      /* seen so far */
    bool any;         /* has there been an index? */
    uint64_t lowest;  /* index; UINT64_MAX before any */
    uint64_t highest; /* index, at highest_at */
    word highest_at;
    bool whole_labels; /* all so far are whole numbers */
    row_range keep;    /* with a table */
    bg_table *table;   /* NULL while measuring; borrowed */
} svm_scan;

typedef struct svm_pair {
    uint64_t index;
    double value;
} svm_pair;

static bool is_query(const word *w)
{
    return w->length > 4 && memcmp(w->text, "qid:", 4) == 0;
}

static bool parse_pair(const word *w, svm_pair *pair)
{
    const char *colon = memchr(w->text, ':', w->length);
    if (!colon)
        return false;
    size_t before = (size_t)(colon - w->text);
    return number_parse_count(w->text, before, &pair->index) &&
           number_parse(colon + 1, w->length - before - 1, &pair->value);
}

/* Counts the pairs of the first lines that have any; false: some line is of another format. */
static bool look_at_lines(const input *in, size_t *pairs)
{
    enum { LINES = 16 };
    word_scan s = words_start(in, '#');
    word w;
    *pairs = 0;
    for (size_t lines = 0; lines < LINES;) {
        svm_pair pair;
        double label;
        size_t before = *pairs;
        if (words_next_in_line(&s, &w) && !number_parse(w.text, w.length, &label) &&
            !memchr(w.text, ',', w.length))
            return false;
        while (words_next_in_line(&s, &w)) {
            if (!is_query(&w) && !parse_pair(&w, &pair))
                return false;
            ++*pairs;
        }
        lines += *pairs > before;
        if (!words_next_line(&s))
            break;
    }
    return true;
}

bool svmlight_recognise(const input *in)
{
    size_t pairs;
    return look_at_lines(in, &pairs) && pairs > 0;
}

bool svmlight_has_labels_only(const input *in)
{
    size_t pairs;
    return look_at_lines(in, &pairs) && pairs == 0 && !memchr(in->bytes, ',', in->size);
}

/* Row of the table that the present row of the file goes to; false: to none. */
static bool find_row(const svm_scan *v, size_t *row)
{
    *row = v->rows - v->keep.first;
    return v->table && v->rows >= v->keep.first && *row < v->keep.count;
}

static bg_status keep_value(svm_scan *v, size_t column, double value, const word *w,
                            bg_error *error)
{
    size_t row;
    if (!find_row(v, &row))
        return BG_OK;
    if (isfinite(value))
        table_set(v->table, row, column, value);
    else if (!table_fault(v->table, column, w->line, w->column,
                          "expected a finite number, found \"%.*s\"",
                          words_shown(w->text, w->length), w->text))
        return fail_memory(error, v->in->name);
    return BG_OK;
}

static bg_status read_label(svm_scan *v, const word *w, bg_error *error)
{
    double label;
    if (memchr(w->text, ',', w->length))
        return fail_at(error, BG_E_DATA, v->in->name, w->line, w->column,
                       "several labels for one row (\"%.*s\") are not supported",
                       words_shown(w->text, w->length), w->text);
    if (!number_parse(w->text, w->length, &label))
        return fail_at(error, BG_E_DATA, v->in->name, w->line, w->column,
                       "expected a label, found \"%.*s\"", words_shown(w->text, w->length),
                       w->text);
    v->whole_labels &= isfinite(label) && label == floor(label);
    return keep_value(v, v->table ? v->table->columns - 1 : 0, label, w, error);
}

static bg_status read_pair(svm_scan *v, const word *w, svm_pair *before, bool first,
                           bg_error *error)
{
    svm_pair pair;
    if (!parse_pair(w, &pair))
        return fail_at(error, BG_E_DATA, v->in->name, w->line, w->column,
                       "expected index:value, found \"%.*s\"", words_shown(w->text, w->length),
                       w->text);
    if (!first && pair.index <= before->index)
        return fail_at(error, BG_E_DATA, v->in->name, w->line, w->column,
                       "indexes must rise, found %" PRIu64 " after %" PRIu64, pair.index,
                       before->index);
    *before = pair;
    if (!v->any || pair.index > v->highest) {
        v->any = true;
        v->highest = pair.index;
        v->highest_at = *w;
    }
    if (pair.index < v->lowest)
        v->lowest = pair.index;
    size_t origin = v->lowest == 0 ? 0 : 1;
    return keep_value(v, (size_t)pair.index - origin, pair.value, w, error);
}

static bg_status read_line(svm_scan *v, word_scan *s, bg_error *error)
{
    word w;
    svm_pair before = {0, 0};
    bool first = true;
    if (!words_next_in_line(s, &w))
        return BG_OK;
    TRY(read_label(v, &w, error));
    while (words_next_in_line(s, &w)) {
        if (is_query(&w))
            continue;
        TRY(read_pair(v, &w, &before, first, error));
        first = false;
    }
    v->rows++;
    return BG_OK;
}

static bg_status scan_file(svm_scan *v, bg_error *error)
{
    word_scan s = words_start(v->in, '#');
    v->rows = 0;
    do {
        TRY(read_line(v, &s, error));
    } while (words_next_line(&s));
    return BG_OK;
}

/* Inputs and the label.  A dense table of them, names included, must fit in memory. */
static bg_status count_columns(const svm_scan *v, size_t rows, bool may_be_zeros, size_t *columns,
                               bg_error *error)
{
    enum { COLUMN = sizeof(table_column) + 2 * sizeof(size_t) + 64 /* a block with its name */ };
    *columns = 1;
    if (!v->any && may_be_zeros)
        return BG_OK;
    if (!v->any)
        return fail_at(error, BG_E_DATA, v->in->name, 0, 0, "no index:value in any row");
    uint64_t inputs = v->highest + (v->lowest == 0);
    size_t bytes;
    if (inputs == 0 || inputs > BG_MAX_WIDTH ||
        !size_product((size_t)inputs + 1, COLUMN + rows * sizeof(double), &bytes) ||
        bytes > memory_limit() / 2)
        return fail_at(error, BG_E_DATA, v->in->name, v->highest_at.line, v->highest_at.column,
                       "index %" PRIu64 " makes a table of %zu rows that is too wide", v->highest,
                       rows);
    *columns = (size_t)inputs + 1;
    return BG_OK;
}

static bg_status name_columns(svm_scan *v, bg_error *error)
{
    bg_table *t = v->table;
    char name[24];
    for (size_t c = 0; c + 1 < t->columns; c++) {
        snprintf(name, sizeof name, "%zu", c + (v->lowest == 0 ? 0 : 1));
        t->column[c].name = memory_copy_text(name);
        if (!t->column[c].name)
            return fail_memory(error, t->source);
    }
    t->column[t->columns - 1].name = memory_copy_text("label");
    if (!t->column[t->columns - 1].name)
        return fail_memory(error, t->source);
    t->named = true;
    return BG_OK;
}

bg_status svmlight_read(const input *in, const bg_read_options *options, bg_table **table,
                        bg_error *error)
{
    svm_scan v = {.in = in, .lowest = UINT64_MAX, .whole_labels = true};
    size_t columns = 0;
    TRY(scan_file(&v, error));
    TRY(range_keep(in->name, options, v.rows, &v.keep, error));
    bool sparse = options->schema && options->schema->sparse;
    TRY(count_columns(&v, v.keep.count, sparse, &columns, error));
    TRY(table_create(in->name, v.keep.count, columns, BG_F64, &v.table, error));
    v.table->file_rows = v.rows;
    v.table->sparse = true;
    v.table->task = v.whole_labels ? BG_CLASSES : BG_REGRESSION;
    v.table->target_asked = true;
    table_target_last(v.table);
    bg_status status = name_columns(&v, error);
    if (status == BG_OK)
        status = scan_file(&v, error);
    if (status != BG_OK) {
        bg_table_free(v.table);
        return status;
    }
    *table = v.table;
    return BG_OK;
}
