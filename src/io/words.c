#include "io/words.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r' && c != '\n');
}

static bool ends_line(const word_scan *s)
{
    return s->at == s->end || *s->at == '\n' || (s->comment && *s->at == s->comment);
}

word_scan words_start(const input *in, char comment)
{
    return (word_scan){in->bytes, in->bytes + in->size, in->bytes, 1, comment};
}

bool words_next_in_line(word_scan *s, word *next)
{
    while (!ends_line(s) && is_blank(*s->at))
        s->at++;
    *next = (word){s->at, 0, s->line, (uint64_t)(s->at - s->line_start) + 1};
    while (!ends_line(s) && !is_blank(*s->at))
        s->at++;
    next->length = (size_t)(s->at - next->text);
    return next->length > 0;
}

bool words_next_line(word_scan *s)
{
    const char *newline = memchr(s->at, '\n', (size_t)(s->end - s->at));
    if (!newline) {
        s->at = s->end;
        return false;
    }
    s->at = s->line_start = newline + 1;
    s->line++;
    return s->at < s->end;
}

bool words_next(word_scan *s, word *next)
{
    while (!words_next_in_line(s, next))
        if (!words_next_line(s))
            return false;
    return true;
}

int words_shown(const char *text, size_t length)
{
    enum { SHOWN = 40 };
    if (length <= SHOWN)
        return (int)length;
    length = SHOWN;
    while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return (int)length;
}
