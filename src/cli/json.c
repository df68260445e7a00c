#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

size_t utf8_length(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;
    if (b[0] < 0x80)
        return b[0] != 0;
    size_t length = b[0] < 0xc2 ? 0 : b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : b[0] < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < length; i++)
        if ((b[i] & 0xc0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, and what lies beyond U+10FFFF. */
    if ((b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xed && b[1] > 0x9f) ||
        (b[0] == 0xf0 && b[1] < 0x90) || (b[0] == 0xf4 && b[1] > 0x8f))
        return 0;
    return length;
}

static void add_quoted(text *out, const char *words)
{
    text_add(out, "\"");
    while (*words) {
        size_t length = utf8_length(words);
        unsigned char c = (unsigned char)*words;
        if (!length)
            text_add(out, "\xef\xbf\xbd");
        else if (c == '"' || c == '\\')
            text_format(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            text_format(out, "\\u%04x", c);
        else
            text_add_bytes(out, words, length);
        words += length ? length : 1;
    }
    text_add(out, "\"");
}

static void add_name(json *j, const char *name)
{
    if (j->comma)
        text_add(j->out, ", ");
    j->comma = true;
    if (!name)
        return;
    add_quoted(j->out, name);
    text_add(j->out, ": ");
}

void json_begin(json *j, const char *name, char bracket)
{
    add_name(j, name);
    text_add_bytes(j->out, &bracket, 1);
    j->comma = false;
}

void json_end(json *j, char bracket)
{
    text_add_bytes(j->out, &bracket, 1);
    j->comma = true;
}

void json_text(json *j, const char *name, const char *words)
{
    add_name(j, name);
    if (words)
        add_quoted(j->out, words);
    else
        text_add(j->out, "null");
}

void json_number(json *j, const char *name, double value, bg_dtype dtype)
{
    add_name(j, name);
    if (isfinite(value))
        text_number(j->out, value, dtype);
    else
        text_add(j->out, "null");
}

void json_count(json *j, const char *name, uint64_t count)
{
    add_name(j, name);
    text_format(j->out, "%" PRIu64, count);
}

void json_flag(json *j, const char *name, bool flag)
{
    add_name(j, name);
    text_add(j->out, flag ? "true" : "false");
}
