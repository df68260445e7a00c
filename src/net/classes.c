#include "net/classes.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/number.h"
#include "base/status.h"
#include "net/schema.h"

static class_entry entry_of(const char *name, size_t index)
{
    class_entry entry = {name, 0, false, index};
    entry.is_number = number_parse(name, strlen(name), &entry.number) && isfinite(entry.number);
    return entry;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const class_entry *)a)->name, ((const class_entry *)b)->name);
}

/* Among names of one number the shortest stands first. */
static int compare_numbers(const void *a, const void *b)
{
    const class_entry *left = a, *right = b;
    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    size_t left_length = strlen(left->name), right_length = strlen(right->name);
    if (left_length != right_length)
        return left_length < right_length ? -1 : 1;
    return compare_names(a, b);
}

static int compare_values(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* ---------------------------------------------------------------------------- learning --- */

/* More than this are no classes but, say, a key or a measurement. */
static bool is_absurd(size_t count, size_t rows)
{
    return count > 100 && count > rows / 2;
}

static bg_status fail_absurd(const bg_table *table, size_t column, size_t count, bg_error *error)
{
    char label[COLUMN_LABEL];
    return fail_at(error, BG_E_DATA, table->source, 0, 0,
                   "the target %s has %zu different values in %zu rows, too many for classes",
                   column_label(table, column, label), count, table->rows);
}

void classes_free(char **names, size_t count)
{
    for (size_t i = 0; names && i < count; i++)
        memory_release(names[i]);
    memory_release(names);
}

/* The labels of the rows that the table kept, each once; entries has room for all labels. */
static size_t collect_labels(const bg_table *table, size_t c, class_entry *entries)
{
    const table_column *column = &table->column[c];
    for (size_t row = 0; row < table->rows; row++) {
        size_t i = (size_t)table_value(table, row, c);
        if (!entries[i].name)
            entries[i] = entry_of(column->labels[i], i);
    }
    size_t used = 0;
    for (size_t i = 0; i < column->label_count; i++)
        if (entries[i].name)
            entries[used++] = entries[i];
    return used;
}

/* Sorts; equal numbers become one. */
static size_t sort_labels(class_entry *entries, size_t count)
{
    bool all_numbers = true;
    for (size_t i = 0; i < count; i++)
        all_numbers = all_numbers && entries[i].is_number;
    qsort(entries, count, sizeof *entries, all_numbers ? compare_numbers : compare_names);
    if (!all_numbers)
        return count;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!kept || entries[kept - 1].number != entries[i].number)
            entries[kept++] = entries[i];
    return kept;
}

static bg_status copy_names(const class_entry *entries, size_t count, char ***names,
                            bg_error *error)
{
    char **made = memory_zeroed(count, sizeof *made);
    bool complete = made != NULL;
    for (size_t i = 0; complete && i < count; i++)
        complete = (made[i] = memory_copy_text(entries[i].name)) != NULL;
    if (!complete) {
        classes_free(made, count);
        return fail_memory(error, "class names");
    }
    *names = made;
    return BG_OK;
}

static bg_status learn_text(const bg_table *table, size_t column, char ***names, size_t *count,
                            bg_error *error)
{
    class_entry *entries = memory_zeroed(table->column[column].label_count, sizeof *entries);
    if (!entries)
        return fail_memory(error, "class names");
    size_t found = sort_labels(entries, collect_labels(table, column, entries));
    bg_status status = is_absurd(found, table->rows) ? fail_absurd(table, column, found, error)
                                                     : copy_names(entries, found, names, error);
    if (status == BG_OK)
        *count = found;
    memory_release(entries);
    return status;
}

static bg_status name_numbers(const double *values, size_t count, bg_dtype dtype, char ***names,
                              bg_error *error)
{
    char **made = memory_zeroed(count, sizeof *made);
    bool complete = made != NULL;
    for (size_t i = 0; complete && i < count; i++) {
        char text[32];
        bg_number_text(values[i], dtype, text);
        complete = (made[i] = memory_copy_text(text)) != NULL;
    }
    if (!complete) {
        classes_free(made, count);
        return fail_memory(error, "class names");
    }
    *names = made;
    return BG_OK;
}

static bg_status learn_numbers(const bg_table *table, size_t column, char ***names, size_t *count,
                               bg_error *error)
{
    double *values = memory_zeroed(table->rows, sizeof *values);
    if (!values)
        return fail_memory(error, "class names");
    for (size_t row = 0; row < table->rows; row++)
        values[row] = table_value(table, row, column) + 0.0; /* -0 becomes 0 */
    qsort(values, table->rows, sizeof *values, compare_values);
    size_t found = 0;
    for (size_t row = 0; row < table->rows; row++)
        if (!found || values[found - 1] != values[row])
            values[found++] = values[row];
    bg_status status = is_absurd(found, table->rows)
                           ? fail_absurd(table, column, found, error)
                           : name_numbers(values, found, table->dtype, names, error);
    if (status == BG_OK)
        *count = found;
    memory_release(values);
    return status;
}

bg_status classes_learn(const bg_table *table, size_t column, char ***names, size_t *count,
                        bg_error *error)
{
    char **made;
    size_t found;
    TRY((table->column[column].text ? learn_text : learn_numbers)(table, column, &made, &found,
                                                                  error));
    if (found < 2) {
        char label[COLUMN_LABEL];
        bg_status status = fail_at(error, BG_E_DATA, table->source, 0, 0,
                                   "the target %s has only one class, \"%.100s\"",
                                   column_label(table, column, label), made[0]);
        classes_free(made, found);
        return status;
    }
    *names = made;
    *count = found;
    return BG_OK;
}

/* ----------------------------------------------------------------------------- finding --- */

bool class_finder_open(class_finder *finder, char *const *names, size_t count)
{
    *finder = (class_finder){.count = count};
    finder->by_name = memory_zeroed(count, sizeof *finder->by_name);
    finder->by_number = memory_zeroed(count, sizeof *finder->by_number);
    if (!finder->by_name || !finder->by_number) {
        class_finder_close(finder);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        finder->by_name[i] = entry_of(names[i], i);
        if (finder->by_name[i].is_number)
            finder->by_number[finder->numbers++] = finder->by_name[i];
    }
    qsort(finder->by_name, count, sizeof(class_entry), compare_names);
    qsort(finder->by_number, finder->numbers, sizeof(class_entry), compare_numbers);
    return true;
}

void class_finder_close(class_finder *finder)
{
    memory_release(finder->by_name);
    memory_release(finder->by_number);
    *finder = (class_finder){0};
}

size_t class_find_number(const class_finder *finder, double value, bg_dtype dtype)
{
    size_t low = 0, high = finder->numbers;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        double number = finder->by_number[middle].number;
        if (dtype == BG_F32)
            number = (double)(float)number; /* rounding keeps the order */
        if (number < value)
            low = middle + 1;
        else if (number > value)
            high = middle;
        else
            return finder->by_number[middle].index;
    }
    return SIZE_MAX;
}

size_t class_find_text(const class_finder *finder, const char *text)
{
    class_entry key = entry_of(text, 0);
    const class_entry *hit =
        bsearch(&key, finder->by_name, finder->count, sizeof key, compare_names);
    if (hit)
        return hit->index;
    return key.is_number ? class_find_number(finder, key.number, BG_F64) : SIZE_MAX;
}
