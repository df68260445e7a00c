/* The CSV file of a sheet. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/number.h"
#include "base/status.h"
#include "sheet/grade.h"
#include "sheet/rational.h"

#define MOST_CELL ((size_t)200)
#define MOST_COLUMNS ((size_t)64)

typedef struct scanner {
    const char *file, *at;
    size_t line, column; /* from 1 */
    bg_error *error;
} scanner;

typedef enum column_kind { OTHER, QUANTITY, ROW, STEP, VALUE, COLUMN_KINDS } column_kind;

static const char *const column_names[COLUMN_KINDS] = {"", "quantity", "row", "step", "value"};

#define REFUSE_AT(s, where, ...)                                                                   \
    fail_at((s)->error, BG_E_DATA, (s)->file, (s)->line, where, __VA_ARGS__)

/* Copies one cell, without its quotes and the blanks around it; *last: the line ends behind it. */
static bg_status read_cell(scanner *s, char text[MOST_CELL + 1], bool *last)
{
    size_t length = 0, start = s->column;
    bool quoted = *s->at == '"';
    s->at += quoted;
    s->column += quoted;
    while (*s->at && *s->at != '\n' && (quoted || *s->at != ',')) {
        if (quoted && *s->at == '"' && s->at[1] != '"')
            break;
        s->at += quoted && *s->at == '"';
        if (length == MOST_CELL)
            return REFUSE_AT(s, start, "expected at most %zu characters in a cell", MOST_CELL);
        text[length++] = *s->at++;
        s->column++;
    }
    if (quoted && *s->at != '"')
        return REFUSE_AT(s, start, "the quote has no end on this line");
    s->at += quoted;
    s->column += quoted;
    s->at += *s->at == '\r';
    if (*s->at && *s->at != ',' && *s->at != '\n')
        return REFUSE_AT(s, s->column, "expected a comma");
    while (length && strchr(" \t\r", text[length - 1]))
        length--;
    text[length] = 0;
    size_t blanks = strspn(text, " \t");
    memmove(text, text + blanks, length - blanks + 1);
    *last = *s->at != ',';
    s->at += !*last;
    s->column += !*last;
    return BG_OK;
}

static void next_line(scanner *s)
{
    s->at += *s->at == '\n';
    s->line++;
    s->column = 1;
}

static bg_status read_header(scanner *s, column_kind kinds[MOST_COLUMNS], size_t *columns)
{
    bool last = false, seen[COLUMN_KINDS] = {false};
    char text[MOST_CELL + 1];
    for (*columns = 0; !last; ++*columns) {
        size_t start = s->column;
        TRY(read_cell(s, text, &last));
        if (*columns == MOST_COLUMNS)
            return REFUSE_AT(s, start, "expected at most %zu columns", MOST_COLUMNS);
        column_kind kind = OTHER;
        for (column_kind k = QUANTITY; k < COLUMN_KINDS; k++)
            kind = strcmp(text, column_names[k]) == 0 ? k : kind;
        if (kind != OTHER && seen[kind])
            return REFUSE_AT(s, start, "a second column \"%s\"", text);
        seen[kind] = true;
        kinds[*columns] = kind;
    }
    if (!seen[QUANTITY] || !seen[VALUE])
        return REFUSE_AT(s, 1, "expected a header with the columns quantity, row, step, value");
    return BG_OK;
}

static bg_status read_index(const scanner *s, size_t column, const char *text, size_t *value)
{
    uint64_t count;
    *value = NO_CELL;
    if (!*text)
        return BG_OK;
    if (!number_parse_count(text, strlen(text), &count) || count > UINT32_MAX)
        return REFUSE_AT(s, column, "expected a whole number, found \"%.40s\"", text);
    *value = (size_t)count;
    return BG_OK;
}

/* A decimal number or a fraction p/q. */
static bg_status read_value(const scanner *s, size_t column, char *text, written *what)
{
    long place = 0;
    mpq_t number, over;
    char *stroke = strchr(text, '/');
    what->line = s->line;
    if (!*text)
        return BG_OK;
    mpq_inits(number, over, NULL);
    if (stroke)
        *stroke = 0;
    bool good = rational_parse(number, text, &place, NULL) &&
                (!stroke || (rational_parse(over, stroke + 1, NULL, NULL) && mpq_sgn(over)));
    if (good && stroke)
        mpq_div(number, number, over);
    if (good) {
        what->value = mpq_get_d(number);
        if (!stroke)
            number_parse(text, strlen(text), &what->value); /* GMP cuts where this rounds */
        what->is_there = isfinite(what->value);
        rational_power(number, place);
        what->half_unit = stroke ? 0 : mpq_get_d(number) / 2;
    }
    mpq_clears(number, over, NULL);
    if (stroke)
        *stroke = '/';
    if (!what->is_there)
        return REFUSE_AT(s, column, "expected a number, found \"%.40s\"", text);
    return BG_OK;
}

static bg_status read_line(scanner *s, const column_kind *kinds, size_t columns, written_row *row)
{
    bool last = false;
    char text[MOST_CELL + 1];
    *row = (written_row){.row = NO_CELL, .step = NO_CELL};
    for (size_t i = 0; i < columns; i++) {
        size_t start = s->column;
        if (last)
            return REFUSE_AT(s, start, "expected %zu cells, found %zu", columns, i);
        TRY(read_cell(s, text, &last));
        if (kinds[i] == QUANTITY && !quantity_parse(text, &row->quantity))
            return REFUSE_AT(s, start, "expected a quantity such as z[1][0], found \"%.40s\"",
                             text);
        if (kinds[i] == ROW)
            TRY(read_index(s, start, text, &row->row));
        if (kinds[i] == STEP)
            TRY(read_index(s, start, text, &row->step));
        if (kinds[i] == VALUE)
            TRY(read_value(s, start, text, &row->what));
    }
    if (!last)
        return REFUSE_AT(s, s->column, "expected %zu cells, found more", columns);
    return BG_OK;
}

bg_status grade_read(const char *file, const char *csv, size_t size, written_row **rows,
                     size_t *count, bg_error *error)
{
    scanner s = {.file = file, .at = csv, .line = 1, .column = 1, .error = error};
    column_kind kinds[MOST_COLUMNS];
    size_t columns, room = 0, used = 0, filled = 0;
    void *made = NULL;
    if (strlen(csv) != size)
        return fail_at(error, BG_E_DATA, file, 0, 0, "a sheet is a text, without a byte 0");
    TRY(read_header(&s, kinds, &columns));
    bg_status status = BG_OK;
    for (next_line(&s); status == BG_OK && *s.at; next_line(&s)) {
        if (*s.at == '\n' || (*s.at == '\r' && s.at[1] == '\n')) {
            s.at += *s.at == '\r';
            continue;
        }
        if (!memory_grow(&made, &room, used + 1, sizeof **rows)) {
            status = fail_memory(error, file);
            break;
        }
        written_row *row = (written_row *)made + used++;
        status = read_line(&s, kinds, columns, row);
        filled += row->what.is_there;
    }
    if (status == BG_OK && !filled)
        status = fail_at(error, BG_E_DATA, file, 0, 0, "no number is filled in");
    if (status != BG_OK) {
        memory_release(made);
        return status;
    }
    *rows = made;
    *count = used;
    return BG_OK;
}
