#include "base/utf8.h"

/* One row per kind of first byte; the second byte's range is what shuts out overlong forms,
 * surrogates and code points past U+10FFFF (Unicode 15, table 3-7). */
static const struct form {
    unsigned char first_low, first_high, second_low, second_high;
    size_t length;
} forms[] = {
    {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

size_t utf8_character(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        const struct form *form = &forms[f];
        if (*s < form->first_low || *s > form->first_high)
            continue;
        if (form->length > 1 && (s[1] < form->second_low || s[1] > form->second_high))
            return 0;
        for (size_t i = 2; i < form->length; i++)
            if ((s[i] & 0xc0) != 0x80)
                return 0;
        return form->length;
    }
    return 0;
}

bool utf8_valid(const char *text)
{
    while (*text) {
        size_t length = utf8_character(text);
        if (!length)
            return false;
        text += length;
    }
    return true;
}
