#include "net/table.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/dtype.h"
#include "base/limit.h"
#include "base/number.h"
#include "base/status.h"

bg_status table_create(const char *source, size_t rows, size_t columns, bg_dtype dtype,
                       bg_table **table, bg_error *error)
{
    size_t cells, bytes, size = dtype_size(dtype);
    if (!size_product(rows, columns, &cells) || !size_product(cells, size, &bytes) ||
        bytes > memory_limit() || columns > memory_limit() / sizeof(table_column))
        return fail_at(error, BG_E_MEMORY, source, 0, 0,
                       "%zu rows of %zu columns are more than this machine's memory holds", rows,
                       columns);
    bg_table *t = memory_zeroed(1, sizeof *t);
    if (!t)
        return fail_memory(error, "a table");
    *t =
        (bg_table){.rows = rows, .file_rows = rows, .columns = columns, .dtype = dtype, .task = -1};
    t->source = memory_copy_text(source);
    t->values = memory_zeroed(cells, size);
    t->column = memory_zeroed(columns, sizeof *t->column);
    t->target = memory_zeroed(columns, sizeof *t->target);
    if (!t->source || !t->values || !t->column || !t->target) {
        bg_table_free(t);
        return fail_memory(error, source);
    }
    *table = t;
    return BG_OK;
}

void bg_table_free(bg_table *t)
{
    if (!t)
        return;
    for (size_t c = 0; t->column && c < t->columns; c++) {
        for (size_t i = 0; i < t->column[c].label_count; i++)
            memory_release(t->column[c].labels[i]);
        memory_release(t->column[c].labels);
        memory_release(t->column[c].slots);
        memory_release(t->column[c].name);
        memory_release(t->column[c].fault);
    }
    memory_release(t->column);
    memory_release(t->target);
    memory_release(t->values);
    memory_release(t->source);
    memory_release(t);
}

size_t bg_table_rows(const bg_table *t)
{
    return t->rows;
}

size_t bg_table_columns(const bg_table *t)
{
    return t->columns;
}

bool bg_table_is_truth_table(const bg_table *t)
{
    return t->truth_table;
}

bool bg_table_names_guessed(const bg_table *t)
{
    return t->names_guessed;
}

double table_value(const bg_table *t, size_t row, size_t column)
{
    return dtype_load(t->dtype, t->values, row * t->columns + column);
}

void table_set(bg_table *t, size_t row, size_t column, double value)
{
    dtype_store(t->dtype, t->values, row * t->columns + column, value);
}

/* FNV-1a, 64 bits (Fowler, Noll and Vo). */
static uint64_t text_hash(const char *text, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
    return hash ^ hash >> 32;
}

/* The slot that holds this text, or the free one where it belongs: linear probing. */
static size_t *find_slot(const table_column *column, const char *text, size_t length)
{
    size_t mask = column->slot_count - 1;
    size_t at = (size_t)text_hash(text, length) & mask;
    for (; column->slots[at]; at = (at + 1) & mask) {
        const char *label = column->labels[column->slots[at] - 1];
        if (strncmp(label, text, length) == 0 && label[length] == 0)
            break;
    }
    return &column->slots[at];
}

/* Keeps at least half of the slots free. */
static bool make_slots(table_column *column)
{
    if (column->label_count < column->slot_count / 2)
        return true;
    size_t count = 16;
    while (count <= 4 * column->label_count)
        count *= 2;
    size_t *slots = memory_zeroed(count, sizeof *slots);
    if (!slots)
        return false;
    memory_release(column->slots);
    column->slots = slots;
    column->slot_count = count;
    for (size_t i = 0; i < column->label_count; i++)
        *find_slot(column, column->labels[i], strlen(column->labels[i])) = i + 1;
    return true;
}

/* labels has room for the next power of two of label_count, so it grows when the count is one. */
static bool add_label(table_column *column, const char *text, size_t length)
{
    size_t count = column->label_count;
    if ((count & (count - 1)) == 0) {
        char **grown = memory_zeroed(count ? 2 * count : 1, sizeof *grown);
        if (!grown)
            return false;
        if (count)
            memcpy(grown, column->labels, count * sizeof *grown);
        memory_release(column->labels);
        column->labels = grown;
    }
    char *copy = memory_zeroed(length + 1, 1);
    if (!copy)
        return false;
    memcpy(copy, text, length);
    column->labels[column->label_count++] = copy;
    return true;
}

size_t table_label(table_column *column, const char *text, size_t length)
{
    if (!make_slots(column))
        return SIZE_MAX;
    size_t *slot = find_slot(column, text, length);
    if (!*slot) {
        if (!add_label(column, text, length))
            return SIZE_MAX;
        *slot = column->label_count;
    }
    return *slot - 1;
}

bool table_fault(bg_table *t, size_t column, uint64_t line, uint64_t line_column,
                 const char *format, ...)
{
    table_column *c = &t->column[column];
    if (c->fault)
        return true;
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    bg_error sentence;
    fail_at(&sentence, BG_E_DATA, t->source, line, line_column, "%s", text);
    c->fault = memory_copy_text(sentence.text);
    c->fault_line = line;
    c->fault_column = line_column;
    return c->fault != NULL;
}

void table_target_last(bg_table *t)
{
    t->target[0] = t->columns - 1;
    t->target_count = 1;
}

/* Column by name, else by number from 1 or, negative, from the end; columns when there is none. */
static size_t find_column(const bg_table *t, const char *word, size_t length)
{
    for (size_t c = 0; c < t->columns; c++) {
        const char *name = t->column[c].name;
        if (name && strlen(name) == length && memcmp(name, word, length) == 0)
            return c;
    }
    bool from_end = length && word[0] == '-';
    uint64_t number;
    if (!number_parse_count(word + from_end, length - from_end, &number) || number < 1 ||
        number > t->columns)
        return t->columns;
    return from_end ? t->columns - (size_t)number : (size_t)number - 1;
}

static bool is_target(const bg_table *t, size_t column)
{
    for (size_t i = 0; i < t->target_count; i++)
        if (t->target[i] == column)
            return true;
    return false;
}

static bg_status fail_column(const bg_table *t, const char *word, size_t length, bg_error *error)
{
    return fail(error, BG_E_ARGUMENT, "%s: no column \"%.*s\"; it has %zu columns%s%s%s", t->source,
                (int)length, word, t->columns, t->named ? ", the last is \"" : "",
                t->named ? t->column[t->columns - 1].name : "", t->named ? "\"" : "");
}

bg_status table_select_targets(bg_table *t, const char *words, bg_error *error)
{
    t->target_count = 0;
    for (const char *word = words;; word++) {
        size_t length = strcspn(word, ",");
        size_t c = find_column(t, word, length);
        if (c < t->columns && is_target(t, c))
            return fail(error, BG_E_ARGUMENT, "%s: target column \"%.*s\" is named twice",
                        t->source, (int)length, word);
        if (c == t->columns)
            return fail_column(t, word, length, error);
        t->target[t->target_count++] = c;
        word += length;
        if (!*word)
            break;
    }
    t->target_asked = true;
    return BG_OK;
}

bg_status table_select_weights(bg_table *t, const char *word, bg_error *error)
{
    size_t c = find_column(t, word, strlen(word));
    if (c == t->columns)
        return fail_column(t, word, strlen(word), error);
    if (is_target(t, c) && (t->target_asked || t->columns == 1))
        return fail(error, BG_E_ARGUMENT, "%s: column \"%s\" cannot be both a target and weights",
                    t->source, word);
    if (is_target(t, c))
        t->target[0] = t->columns - 2;
    t->weighted = true;
    t->weights = c;
    return BG_OK;
}
