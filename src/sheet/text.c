#include "sheet/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"

/* Room for `more` bytes and a NUL. */
static bool make_room(text *t, size_t more)
{
    void *bytes = t->bytes;
    if (!t->failed && !memory_grow(&bytes, &t->room, t->length + more + 1, 1))
        t->failed = true;
    t->bytes = bytes;
    return !t->failed;
}

static void add_bytes(text *t, const char *bytes, size_t count)
{
    if (!make_room(t, count))
        return;
    memcpy(t->bytes + t->length, bytes, count);
    t->length += count;
    t->bytes[t->length] = 0;
}

void text_add(text *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int needed = vsnprintf(NULL, 0, format, args);
    if (needed < 0)
        t->failed = true;
    else if (make_room(t, (size_t)needed))
        t->length += (size_t)vsnprintf(t->bytes + t->length, (size_t)needed + 1, format, again);
    va_end(again);
    va_end(args);
}

void text_wrap(text *t, size_t indent, size_t width, const char *paragraph)
{
    size_t column = indent;
    for (const char *word = paragraph; *word;) {
        size_t length = strcspn(word, " ");
        bool first = column == indent;
        if (!first && column + 1 + length > width) {
            text_add(t, "\n%*s", (int)indent, "");
            column = indent;
            first = true;
        }
        text_add(t, "%s", first ? "" : " ");
        add_bytes(t, word, length);
        column += length + !first;
        word += length;
        word += strspn(word, " ");
    }
}

void text_json(text *t, const char *string)
{
    while (*string) {
        size_t length = utf8_character(string);
        unsigned char c = (unsigned char)*string;
        if (!length)
            text_add(t, "\xef\xbf\xbd");
        else if (c == '"' || c == '\\')
            text_add(t, "\\%c", c);
        else if (c < ' ')
            text_add(t, "\\u%04x", c);
        else
            add_bytes(t, string, length);
        string += length ? length : 1;
    }
}

void text_release(text *t)
{
    memory_release(t->bytes);
    *t = (text){0};
}
