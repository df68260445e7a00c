#include "sheet/example_read.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"

path path_key(const path *parent, const char *key)
{
    path made;
    int length = snprintf(made.text, sizeof made.text, "%s%s%s", parent->text,
                          *parent->text ? "." : "", key);
    return length < (int)sizeof made.text ? made : *parent;
}

path path_item(const path *parent, size_t index)
{
    path made;
    int length = snprintf(made.text, sizeof made.text, "%s[%zu]", parent->text, index);
    return length < (int)sizeof made.text ? made : *parent;
}

void reader_refuse(const reader *r, const char *where, const char *format, ...)
{
    char sentence[sizeof r->error->text];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    status_fill_at(r->error, BG_E_DATA, r->file, json_place(r->text, where), 0, "%s%s%s", where,
                   *where ? ": " : "", sentence);
}

static bool is_one_of(const char *key, const char *const *keys)
{
    for (; keys && *keys; keys++)
        if (strcmp(*keys, key) == 0)
            return true;
    return false;
}

bg_status read_object(const reader *r, const json_t *value, const path *where,
                      const char *const *required, const char *const *optional)
{
    if (!json_is_object(value))
        return REFUSE(r, where, "expected an object");
    for (const char *const *key = required; *key; key++) {
        path at = path_key(where, *key);
        if (!json_object_get(value, *key))
            return REFUSE(r, &at, "this key is missing");
    }
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)(uintptr_t)value, key, item)
    {
        char shown[40];
        snprintf(shown, sizeof shown, "%s", key);
        path at = path_key(where, shown);
        if (!is_one_of(key, required) && !is_one_of(key, optional))
            return REFUSE(r, &at, "the format has no such key here");
    }
    return BG_OK;
}

bg_status read_list(const reader *r, const json_t *value, const path *where, const size_t *count)
{
    size_t size = json_array_size(value);
    if (!json_is_array(value) && count)
        return REFUSE(r, where, "expected a list of %zu", *count);
    if (!json_is_array(value))
        return REFUSE(r, where, "expected a list");
    if (count && size != *count)
        return REFUSE(r, where, "expected a list of %zu, found %zu", *count, size);
    if (!size)
        return REFUSE(r, where, "expected a list that is not empty");
    return BG_OK;
}

bg_status read_text(const reader *r, const json_t *object, const path *where, const char *key,
                    const char **text)
{
    path at = path_key(where, key);
    const char *found = json_string_value(json_object_get(object, key));
    if (!found || !*found)
        return REFUSE(r, &at, "expected a text");
    *text = found;
    return BG_OK;
}

bg_status read_count(const reader *r, const json_t *value, const path *where, size_t most,
                     size_t *count)
{
    json_int_t found = json_integer_value(value);
    if (!json_is_integer(value) || found < 0 || (uint64_t)found > most)
        return REFUSE(r, where, "expected a whole number from 0 to %zu", most);
    *count = (size_t)found;
    return BG_OK;
}

bg_status read_bool(const reader *r, const json_t *object, const path *where, const char *key,
                    bool *value)
{
    path at = path_key(where, key);
    const json_t *found = json_object_get(object, key);
    if (!json_is_boolean(found))
        return REFUSE(r, &at, "expected true or false");
    *value = json_is_true(found);
    return BG_OK;
}

bg_status read_choice(const reader *r, const json_t *object, const path *where, const char *key,
                      const char *const *words, size_t *choice)
{
    path at = path_key(where, key);
    const char *found = json_string_value(json_object_get(object, key));
    char list[200] = "";
    for (size_t i = 0, used = 0; words[i]; i++) {
        if (found && strcmp(found, words[i]) == 0) {
            *choice = i;
            return BG_OK;
        }
        used += (size_t)snprintf(list + used, sizeof list - used, "%s\"%s\"",
                                 !i             ? ""
                                 : words[i + 1] ? ", "
                                                : " or ",
                                 words[i]);
        used = used < sizeof list ? used : sizeof list - 1;
    }
    if (!found)
        return REFUSE(r, &at, "expected %s", list);
    return REFUSE(r, &at, "expected %s, found \"%.40s\"", list, found);
}

bg_status read_number(const reader *r, const json_t *value, const path *where, double *number)
{
    const char *text = json_string_value(value);
    if (json_is_number(value))
        return REFUSE(r, where, "expected a number as a text, in quotes");
    if (!text)
        return REFUSE(r, where, "expected a number in quotes");
    if (!bg_number_parse(text, number) || !isfinite(*number))
        return REFUSE(r, where, "expected a number, found \"%.40s\"", text);
    return BG_OK;
}

bg_status read_number_within(const reader *r, const json_t *object, const path *where,
                             const char *key, double low, bool low_out, double high, double *number)
{
    path at = path_key(where, key);
    double found;
    TRY(read_number(r, json_object_get(object, key), &at, &found));
    if (found < low || (low_out && found <= low) || found > high) {
        char from[32], to[32];
        bg_number_text(low, BG_F64, from);
        bg_number_text(high, BG_F64, to);
        return REFUSE(r, &at, "expected a number %s %s and at most %s", low_out ? "above" : "from",
                      from, to);
    }
    *number = found;
    return BG_OK;
}

bg_status read_vector(const reader *r, const json_t *value, const path *where, size_t count,
                      double *values)
{
    TRY(read_list(r, value, where, &count));
    for (size_t i = 0; i < count; i++) {
        path at = path_item(where, i);
        TRY(read_number(r, json_array_get(value, i), &at, values + i));
    }
    return BG_OK;
}

bg_status read_matrix_shape(const reader *r, const json_t *value, const path *where, size_t rows,
                            size_t columns)
{
    TRY(read_list(r, value, where, &rows));
    for (size_t i = 0; i < rows; i++) {
        path at = path_item(where, i);
        TRY(read_list(r, json_array_get(value, i), &at, &columns));
    }
    return BG_OK;
}

bg_status read_matrix(const reader *r, const json_t *value, const path *where, size_t rows,
                      size_t columns, double *values)
{
    TRY(read_list(r, value, where, &rows));
    for (size_t i = 0; i < rows; i++) {
        path at = path_item(where, i);
        TRY(read_vector(r, json_array_get(value, i), &at, columns, values + i * columns));
    }
    return BG_OK;
}
