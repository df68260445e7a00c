#include "io/csv.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/number.h"
#include "base/status.h"
#include "base/utf8.h"
#include "io/csv_look.h"
#include "io/csv_scan.h"
#include "io/range.h"
#include "io/target.h"
#include "io/words.h"
#include "net/table.h"

typedef enum column_kind { KIND_UNKNOWN, KIND_NUMBER, KIND_TEXT } column_kind;

typedef struct csv_reader {
    const input *in;
    const bg_read_options *options;
    csv_scan at;
    size_t columns;
    csv_header header;
    bg_table *table;     /* owned until it is handed over */
    unsigned char *kind; /* columns of column_kind, owned */
    size_t unknown;      /* columns whose kind is not known yet */
    size_t row;          /* of the file, from 0, without the header: the next to be read */
    row_range keep;      /* count SIZE_MAX: to the end */
    char *text;          /* scratch for cells, text_room bytes, owned */
    size_t text_room;
} csv_reader;

/* What is done with a cell of the present row. */
typedef bg_status cell_action(csv_reader *r, size_t column, const csv_cell *cell, bg_error *error);

static bg_status cell_text(csv_reader *r, const csv_cell *cell, size_t *length, bg_error *error)
{
    if (!csv_cell_text(cell, &r->text, &r->text_room, length))
        return fail_memory(error, r->in->name);
    return BG_OK;
}

/* ------------------------------------------------------------------------------- cells --- */

static bg_status fault_number(csv_reader *r, size_t column, const csv_cell *cell, bool number,
                              bg_error *error)
{
    const char *expected = number ? "finite number" : "number";
    bool kept = cell->length ? table_fault(r->table, column, cell->line, cell->column,
                                           "expected a %s, found \"%.*s\"", expected,
                                           words_shown(cell->text, cell->length), cell->text)
                             : table_fault(r->table, column, cell->line, cell->column,
                                           "expected a number, found an empty cell");
    return kept ? BG_OK : fail_memory(error, r->in->name);
}

static bg_status fault_weight(csv_reader *r, size_t column, const csv_cell *cell, bg_error *error)
{
    bool kept = table_fault(r->table, column, cell->line, cell->column,
                            "expected a weight of 0 or more, found \"%.*s\"",
                            words_shown(cell->text, cell->length), cell->text);
    return kept ? BG_OK : fail_memory(error, r->in->name);
}

static bg_status keep_number(csv_reader *r, size_t column, const csv_cell *cell, bg_error *error)
{
    double value;
    bool number = number_parse(cell->text, cell->length, &value);
    if (!number || !isfinite(value))
        return fault_number(r, column, cell, number, error);
    if (value < 0 && r->table->weighted && column == r->table->weights)
        return fault_weight(r, column, cell, error);
    table_set(r->table, r->row - r->keep.first, column, value);
    return BG_OK;
}

static bg_status keep_text(csv_reader *r, size_t column, const csv_cell *cell, bg_error *error)
{
    const char *text = cell->text;
    size_t length = cell->length;
    if (cell->doubled) {
        TRY(cell_text(r, cell, &length, error));
        text = r->text;
    }
    table_column *c = &r->table->column[column];
    size_t known = c->label_count;
    size_t label = table_label(c, text, length);
    bool kept = label != SIZE_MAX;
    if (kept && !length)
        kept = table_fault(r->table, column, cell->line, cell->column,
                           "expected a name, found an empty cell");
    else if (kept && label == known && !utf8_valid(c->labels[label]))
        kept = table_fault(r->table, column, cell->line, cell->column, "a text that is not UTF-8");
    if (!kept)
        return fail_memory(error, r->in->name);
    table_set(r->table, r->row - r->keep.first, column, (double)label);
    return BG_OK;
}

static bg_status keep_cell(csv_reader *r, size_t column, const csv_cell *cell, bg_error *error)
{
    return r->kind[column] == KIND_TEXT ? keep_text(r, column, cell, error)
                                        : keep_number(r, column, cell, error);
}

static bg_status learn_kind(csv_reader *r, size_t column, const csv_cell *cell, bg_error *error)
{
    (void)error;
    if (r->kind[column] != KIND_UNKNOWN || csv_is_missing(cell))
        return BG_OK;
    r->kind[column] = csv_is_number(cell) ? KIND_NUMBER : KIND_TEXT;
    r->table->column[column].first_line = cell->line;
    r->table->column[column].first_column = cell->column;
    r->unknown--;
    return BG_OK;
}

/* -------------------------------------------------------------------------------- rows --- */

/* Reads one record.  action may be NULL. */
static bg_status read_record(csv_reader *r, cell_action *action, bg_error *error)
{
    uint64_t line = r->at.line;
    size_t cells = 0;
    for (bool last = false; !last; cells++) {
        csv_cell cell;
        TRY(csv_next(&r->at, &cell, &last, error));
        if (action && cells < r->columns)
            TRY(action(r, cells, &cell, error));
    }
    if (cells != r->columns)
        return fail_at(error, BG_E_DATA, r->in->name, line, 0, "expected %zu column%s, found %zu",
                       r->columns, r->columns == 1 ? "" : "s", cells);
    r->row++;
    return BG_OK;
}

/* Is there another row?  Empty lines may stand at the end only. */
static bg_status find_row(csv_reader *r, bool *found, bg_error *error)
{
    uint64_t line = r->at.line;
    bool blank = csv_skip_blank_lines(&r->at);
    *found = r->at.at < r->at.end;
    if (blank && *found)
        return fail_at(error, BG_E_DATA, r->in->name, line, 0, "an empty line between rows");
    return BG_OK;
}

/* Rows up to `limit` (from 0, not included), as many as there are. */
static bg_status read_rows(csv_reader *r, size_t limit, cell_action *action, bg_error *error)
{
    bool found = true;
    while (r->row < limit) {
        TRY(find_row(r, &found, error));
        if (!found)
            break;
        TRY(read_record(r, action, error));
    }
    return BG_OK;
}

/* Looks ahead until every column has shown a cell that is not missing. */
static bg_status learn_kinds(csv_reader *r, size_t limit, bg_error *error)
{
    const csv_scan at = r->at;
    const size_t row = r->row;
    size_t before = SIZE_MAX;
    while (r->unknown && r->row < limit && r->row != before) {
        before = r->row;
        TRY(read_rows(r, r->row + 1, learn_kind, error));
    }
    r->at = at;
    r->row = row;
    return BG_OK;
}

static bg_status read_body(csv_reader *r, bg_error *error)
{
    size_t limit = r->keep.count == SIZE_MAX ? SIZE_MAX : r->keep.first + r->keep.count;
    TRY(read_rows(r, r->keep.first, NULL, error));
    TRY(learn_kinds(r, limit, error));
    for (size_t c = 0; c < r->columns; c++)
        r->table->column[c].text = r->kind[c] == KIND_TEXT;
    TRY(read_rows(r, limit, keep_cell, error));
    TRY(read_rows(r, SIZE_MAX, NULL, error));
    if (r->row == 0 && r->header != CSV_NO_HEADER)
        return fail_at(error, BG_E_DATA, r->in->name, 0, 0, "a header but no rows");
    TRY(range_keep(r->in->name, r->options, r->row, &r->keep, error));
    r->table->rows = r->keep.count;
    r->table->file_rows = r->row;
    return BG_OK;
}

/* ------------------------------------------------------------------------------ header --- */

/* names serves as a set of the names so far. */
static bg_status read_name(csv_reader *r, table_column *names, size_t column, bool *last,
                           bg_error *error)
{
    csv_cell cell;
    size_t length;
    TRY(csv_next(&r->at, &cell, last, error));
    TRY(cell_text(r, &cell, &length, error));
    if (!utf8_valid(r->text))
        return fail_at(error, BG_E_DATA, r->in->name, cell.line, cell.column,
                       "a column name that is not UTF-8");
    size_t name = table_label(names, r->text, length);
    if (name == SIZE_MAX)
        return fail_memory(error, r->in->name);
    if (name < column)
        return fail_at(error, BG_E_DATA, r->in->name, cell.line, cell.column,
                       "column %zu has the name of column %zu, \"%.*s\"", column + 1, name + 1,
                       words_shown(r->text, length), r->text);
    r->table->column[column].name = memory_copy_text(r->text);
    return r->table->column[column].name ? BG_OK : fail_memory(error, r->in->name);
}

static bg_status read_header(csv_reader *r, bg_error *error)
{
    table_column names = {0};
    bg_status status = BG_OK;
    bool last = false;
    for (size_t c = 0; c < r->columns && status == BG_OK; c++)
        status = read_name(r, &names, c, &last, error);
    for (size_t i = 0; i < names.label_count; i++)
        memory_release(names.labels[i]);
    memory_release(names.labels);
    memory_release(names.slots);
    r->table->named = true;
    r->table->names_guessed = r->header == CSV_GUESSED_HEADER;
    return status;
}

/* A row ends with a newline and has a byte for each column, so no table has more rows than this. */
static size_t most_rows(const csv_reader *r)
{
    size_t lines = 1;
    for (const char *p = r->at.at; (p = memchr(p, r->at.newline, (size_t)(r->at.end - p))) != NULL;
         p++)
        lines++;
    size_t most = r->in->size / r->columns + 1;
    most = lines < most ? lines : most;
    return r->keep.count < most ? r->keep.count : most;
}

/* Targets that are to be classes are text whatever they look like. */
static bg_status choose_targets(csv_reader *r, bg_error *error)
{
    bool file;
    table_target_last(r->table);
    TRY(target_choose(r->table, r->options, &file, error));
    TRY(target_weigh(r->table, r->options, error));
    for (size_t i = 0; r->options->classify && i < r->table->target_count; i++) {
        r->kind[r->table->target[i]] = KIND_TEXT;
        r->unknown--;
    }
    return BG_OK;
}

static bg_status look_at_shape(csv_reader *r, bg_error *error)
{
    r->at = csv_start(r->in, ',');
    csv_skip_blank_lines(&r->at);
    if (r->at.at == r->at.end)
        return fail_at(error, BG_E_DATA, r->in->name, 0, 0, "nothing but empty lines");
    const char *zero = memchr(r->in->bytes, 0, r->in->size);
    if (zero)
        return fail_at(error, BG_E_DATA, r->in->name, 0, 0,
                       "neither text nor a known binary format: byte %zu is 0",
                       (size_t)(zero - r->in->bytes) + 1);
    csv_set_separator(&r->at, csv_find_separator(&r->at));
    csv_scan first = r->at;
    TRY(csv_count_cells(&first, &r->columns, error));
    if (r->columns > BG_MAX_WIDTH)
        return fail_at(error, BG_E_DATA, r->in->name, r->at.line, 0,
                       "%zu columns are more than any network has inputs", r->columns);
    r->header = r->options->header == BG_HEADER_YES ? CSV_HEADER : CSV_NO_HEADER;
    return r->options->header != BG_HEADER_AUTO
               ? BG_OK
               : csv_find_header(&r->at, r->columns, r->options->schema, &r->header, error);
}

static bg_status keep_asked(csv_reader *r, bg_error *error)
{
    const bg_read_options *o = r->options;
    size_t first = o->first_row ? (size_t)o->first_row - 1 : 0;
    r->keep = (row_range){first, SIZE_MAX};
    if (o->last_row && o->last_row <= first)
        return range_keep(r->in->name, o, SIZE_MAX, &r->keep, error);
    if (o->last_row)
        r->keep.count = (size_t)o->last_row - first;
    return BG_OK;
}

static bg_status read_table(csv_reader *r, bg_error *error)
{
    TRY(look_at_shape(r, error));
    TRY(keep_asked(r, error));
    TRY(table_create(r->in->name, most_rows(r), r->columns, BG_F64, &r->table, error));
    r->kind = memory_zeroed(r->columns, 1);
    if (!r->kind)
        return fail_memory(error, r->in->name);
    r->unknown = r->columns;
    if (r->header != CSV_NO_HEADER)
        TRY(read_header(r, error));
    TRY(choose_targets(r, error));
    return read_body(r, error);
}

bg_status csv_read(const input *in, const bg_read_options *options, bg_table **table,
                   bg_error *error)
{
    csv_reader r = {.in = in, .options = options};
    bg_status status = read_table(&r, error);
    memory_release(r.kind);
    memory_release(r.text);
    if (status != BG_OK)
        bg_table_free(r.table);
    else
        *table = r.table;
    return status;
}
