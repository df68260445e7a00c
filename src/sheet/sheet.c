/* The sheet of an example: its numbers, its names, and the writer of each format. */
#include "sheet/sheet.h"

#include <string.h>

#include "base/arena.h"
#include "base/status.h"

#define MOST_LABEL ((size_t)20)
#define MOST_DIGITS 17

/* A name that can stand in a formula; a leading minus says that its number had the other sign. */
static bool is_name(const char *label)
{
    size_t length = strlen(label);
    if (!length || length > MOST_LABEL || label[0] == '-' || strcmp(label, "derived") == 0)
        return false;
    for (const char *c = label; *c; c++)
        if (*c <= ' ' || *c > '~')
            return false;
    return true;
}

/* Does another quantity have the same label? */
static bool is_ambiguous(const bg_example *e, const example_row *row)
{
    for (size_t i = 0; i < e->expectations; i++) {
        const example_row *other = &e->expect[i];
        if (strcmp(other->label, row->label) == 0 && strcmp(other->text, row->text) != 0)
            return true;
    }
    return false;
}

/* A label ends in + where it is that of a new parameter. */
static const char *parameter_label(sheet *s, const example_row *row)
{
    size_t length = strlen(row->label);
    if (length < 2 || row->label[length - 1] != '+')
        return row->label;
    for (size_t i = 0; i < s->names; i++)
        if (strncmp(s->name[i], row->label, length - 1) == 0 && !s->name[i][length - 1])
            return s->name[i];
    char *copy = memory_copy_text(row->label);
    if (copy) {
        copy[length - 1] = 0;
        s->name[s->names++] = copy;
    }
    return copy;
}

/* The same quantity of the same row has the same name at every step. */
static bg_status find_labels(sheet *s, bg_error *error)
{
    const bg_example *e = s->ledger.example;
    s->label = memory_zeroed(s->ledger.cells, sizeof *s->label);
    s->name = memory_zeroed(e->expectations, sizeof *s->name);
    if (!s->label || !s->name)
        return fail_memory(error, "the names of the sheet");
    for (size_t i = 0; i < e->expectations; i++) {
        const example_row *row = &e->expect[i];
        const quantity *q = &row->quantity;
        bool parameter = q->id == QUANTITY_W || q->id == QUANTITY_B;
        bool of_row = quantity_of_row(q->id) || q->id == QUANTITY_LOSS;
        bool one_row = e->rows == 1 || row->has_row;
        if (!is_name(row->label) || is_ambiguous(e, row) || (of_row && !one_row))
            continue;
        const char *label = parameter ? parameter_label(s, row) : row->label;
        if (!label)
            return fail_memory(error, "the names of the sheet");
        for (size_t step = 0; step <= s->ledger.updates; step++) {
            size_t c = ledger_find(&s->ledger, q, of_row ? row->row : NO_CELL, step);
            if (c != NO_CELL)
                s->label[c] = label;
        }
    }
    return BG_OK;
}

/* Has the source numbers of this quantity? */
static bool expects(const bg_example *e, quantity_id id)
{
    for (size_t i = 0; i < e->expectations; i++)
        if (e->expect[i].quantity.id == id)
            return true;
    return false;
}

static bg_status check_options(const bg_example *e, const bg_sheet_options *o, bg_error *error)
{
    if (e->kind != EXAMPLE_TRACE)
        return fail(error, BG_E_ARGUMENT, "%s: only kind \"trace\" has a sheet",
                    e->name ? e->name : "the example");
    if (!bg_name(BG_KIND_DTYPE, (int)o->dtype))
        return fail(error, BG_E_ARGUMENT, "unknown precision %d", (int)o->dtype);
    if ((int)o->format < 0 || o->format >= BG_SHEET_FORMAT_COUNT)
        return fail(error, BG_E_ARGUMENT, "unknown format %d", (int)o->format);
    if (o->digits < 0 || o->digits > MOST_DIGITS)
        return fail(error, BG_E_ARGUMENT, "digits are 1 to %d, or 0 for all", MOST_DIGITS);
    if (o->row > e->rows)
        return fail(error, BG_E_ARGUMENT, "there is no row %llu: the example has %zu",
                    (unsigned long long)o->row, e->rows);
    if (o->steps > 0 && e->rule != EXAMPLE_GD)
        return fail(error, BG_E_ARGUMENT, "the example has no training rule, so no updates");
    return BG_OK;
}

static bg_status fill(sheet *s, bg_error *error)
{
    TRY(find_labels(s, error));
    TRY(ledger_fill(&s->ledger, s->options.dtype, error));
    return s->options.exact ? sheet_find_fractions(s, error) : BG_OK;
}

static void sheet_close(sheet *s)
{
    for (size_t i = 0; s->fraction && i < s->ledger.cells; i++)
        memory_release(s->fraction[i]);
    for (size_t i = 0; s->name && i < s->names; i++)
        memory_release(s->name[i]);
    memory_release(s->fraction);
    memory_release(s->name);
    memory_release(s->label);
    ledger_close(&s->ledger);
}

bg_status bg_example_sheet(const bg_example *example, const bg_sheet_options *options,
                           char **result, bg_error *error)
{
    static const sheet_writer writers[BG_SHEET_FORMAT_COUNT] = {
        [BG_SHEET_TEXT] = sheet_write_text, [BG_SHEET_JSON] = sheet_write_json,
        [BG_SHEET_MD] = sheet_write_md,     [BG_SHEET_LATEX] = sheet_write_latex,
        [BG_SHEET_CSV] = sheet_write_csv,   [BG_SHEET_DOT] = sheet_write_dot,
    };
    TRY(check_options(example, options, error));
    sheet s = {.options = *options};
    size_t updates = example->rule != EXAMPLE_GD ? 0 : options->steps ? options->steps : 1;
    const ledger_wants wants = {.error = expects(example, QUANTITY_ERROR),
                                .pull = expects(example, QUANTITY_DEDA)};
    TRY(ledger_open(&s.ledger, example, updates, wants, error));
    bg_status status = fill(&s, error);
    text t = {0};
    if (status == BG_OK) {
        writers[options->format](&s, &t);
        status = t.failed ? fail_memory(error, "the sheet") : BG_OK;
    }
    sheet_close(&s);
    if (status == BG_OK)
        *result = t.bytes;
    else
        text_release(&t);
    return status;
}
