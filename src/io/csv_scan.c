#include "io/csv_scan.h"

#include <string.h>

#include "base/arena.h"
#include "base/status.h"

enum { STOP = 1, PADDING = 2 }; /* ends an unquoted cell; may stand around one */

static bool means(const csv_scan *s, char c, unsigned meaning)
{
    return s->meaning[(unsigned char)c] & meaning;
}

void csv_set_separator(csv_scan *s, char separator)
{
    memset(s->meaning, 0, sizeof s->meaning);
    s->separator = separator;
    s->meaning['\r'] = PADDING;
    s->meaning[0] = s->meaning[(unsigned char)s->newline] = STOP;
    s->meaning[(unsigned char)' '] = s->meaning['\t'] = PADDING;
    if (separator == ' ')
        s->meaning[(unsigned char)' '] = s->meaning['\t'] = STOP | PADDING;
    else
        s->meaning[(unsigned char)separator] = STOP;
}

csv_scan csv_start(const input *in, char separator)
{
    char newline = memchr(in->bytes, '\n', in->size) ? '\n' : '\r';
    csv_scan s = {in->name, in->bytes, in->bytes + in->size, in->bytes, 1, newline, 0, {0}};
    csv_set_separator(&s, separator);
    return s;
}

static void start_line(csv_scan *s, const char *at)
{
    s->line_start = at;
    s->line++;
}

/* From the opening quote to after the closing one. */
static bg_status scan_quoted(csv_scan *s, csv_cell *cell, bg_error *error)
{
    const char *p = s->at + 1;
    cell->text = p;
    while ((p = memchr(p, '"', (size_t)(s->end - p))) != NULL && p[1] == '"') {
        cell->doubled = true;
        p += 2;
    }
    if (!p)
        return fail_at(error, BG_E_DATA, s->file, cell->line, cell->column,
                       "the quote that opens here is never closed");
    cell->length = (size_t)(p - cell->text);
    const char *newline = cell->text;
    while ((newline = memchr(newline, s->newline, (size_t)(p - newline))) != NULL)
        start_line(s, ++newline);
    s->at = p + 1;
    return BG_OK;
}

static void scan_plain(csv_scan *s, csv_cell *cell)
{
    const char *p = s->at;
    while (!means(s, *p, STOP))
        p++;
    s->at = p;
    while (p > cell->text && means(s, p[-1], PADDING))
        p--;
    cell->length = (size_t)(p - cell->text);
}

bg_status csv_next(csv_scan *s, csv_cell *cell, bool *last, bg_error *error)
{
    while (means(s, *s->at, PADDING))
        s->at++;
    *cell =
        (csv_cell){s->at, 0, s->line, (uint64_t)(s->at - s->line_start) + 1, *s->at == '"', false};
    if (cell->quoted)
        TRY(scan_quoted(s, cell, error));
    else
        scan_plain(s, cell);
    const char *after = s->at;
    while (means(s, *s->at, PADDING))
        s->at++;
    *last = *s->at == s->newline || s->at == s->end;
    bool separated = *last || *s->at == s->separator || (s->separator == ' ' && s->at > after);
    if (!separated)
        return fail_at(error, BG_E_DATA, s->file, s->line, (uint64_t)(s->at - s->line_start) + 1,
                       "expected the next cell after a closing quote");
    if (*s->at == s->newline) {
        s->at++;
        start_line(s, s->at);
    } else if (!*last && s->separator != ' ') {
        s->at++;
    }
    return BG_OK;
}

bg_status csv_count_cells(csv_scan *s, size_t *cells, bg_error *error)
{
    csv_cell cell;
    bool last = false;
    for (*cells = 0; !last; ++*cells)
        TRY(csv_next(s, &cell, &last, error));
    return BG_OK;
}

bool csv_skip_blank_lines(csv_scan *s)
{
    bool any = false;
    for (;;) {
        const char *p = s->at;
        while (means(s, *p, PADDING))
            p++;
        if (p == s->at && p == s->end)
            return any;
        if (*p != s->newline && p != s->end)
            return any;
        any = true;
        s->at = p + (p != s->end);
        if (p != s->end)
            start_line(s, s->at);
    }
}

bool csv_cell_text(const csv_cell *cell, char **buffer, size_t *room, size_t *length)
{
    void *block = *buffer;
    bool grown = memory_grow(&block, room, cell->length + 1, 1);
    *buffer = block;
    if (!grown)
        return false;
    size_t n = 0;
    for (size_t i = 0; i < cell->length; i++) {
        (*buffer)[n++] = cell->text[i];
        if (cell->doubled && cell->text[i] == '"')
            i++;
    }
    (*buffer)[n] = 0;
    *length = n;
    return true;
}
