#include "sheet/json_place.h"

#include <stdbool.h>
#include <string.h>

#define BLANKS " \t\r\n"

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, BLANKS);
}

/* Past the closing quote; `at` is on the opening one. */
static const char *skip_string(const char *at)
{
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1])
            at++;
    return *at ? at + 1 : at;
}

/* Past one value, whatever it holds. */
static const char *skip_value(const char *at)
{
    size_t depth = 0;
    do {
        at = skip_blanks(at);
        if (*at == '"') {
            at = skip_string(at);
            continue;
        }
        if (*at == '{' || *at == '[')
            depth++;
        else if (*at == '}' || *at == ']')
            depth--;
        else if (*at != ',' && *at != ':')
            at += strcspn(at, ",:{}[]" BLANKS) - 1;
        at += *at != 0;
    } while (*at && depth);
    return at;
}

/* The value of the key that `path` begins with, or NULL. */
static const char *find_key(const char *at, const char *path, size_t length)
{
    for (at = skip_blanks(at + 1); *at == '"';) {
        const char *end = skip_string(at);
        bool found = (size_t)(end - at) == length + 2 && strncmp(at + 1, path, length) == 0;
        at = skip_blanks(end);
        at = skip_blanks(at + (*at == ':'));
        if (found)
            return at;
        at = skip_blanks(skip_value(at));
        at = skip_blanks(at + (*at == ','));
    }
    return NULL;
}

/* Item `index` of the list at `at`, or NULL. */
static const char *find_item(const char *at, size_t index)
{
    at = skip_blanks(at + 1);
    for (; index && *at && *at != ']'; index--) {
        at = skip_blanks(skip_value(at));
        at = skip_blanks(at + (*at == ','));
    }
    return *at && *at != ']' ? at : NULL;
}

uint64_t json_place(const char *text, const char *path)
{
    const char *at = skip_blanks(text), *next = at;
    while (*path && next) {
        at = next;
        if (*path == '[') {
            size_t index = 0;
            for (path++; *path >= '0' && *path <= '9'; path++)
                index = index * 10 + (size_t)(*path - '0');
            path += *path == ']';
            next = *at == '[' ? find_item(at, index) : NULL;
        } else {
            path += *path == '.';
            size_t length = strcspn(path, ".[");
            next = *at == '{' ? find_key(at, path, length) : NULL;
            path += length;
        }
    }
    at = next ? next : at;
    uint64_t line = 1;
    for (const char *c = text; c < at; c++)
        line += *c == '\n';
    return line;
}
