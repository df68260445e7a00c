#include "sheet/latex.h"

#include <string.h>

#define SPECIAL "_#$%&{}"

/* U+03B1 to U+03C9. */
static const char *const greek[] = {"\\alpha",   "\\beta", "\\gamma",    "\\delta", "\\epsilon",
                                    "\\zeta",    "\\eta",  "\\theta",    "\\iota",  "\\kappa",
                                    "\\lambda",  "\\mu",   "\\nu",       "\\xi",    "o",
                                    "\\pi",      "\\rho",  "\\varsigma", "\\sigma", "\\tau",
                                    "\\upsilon", "\\phi",  "\\chi",      "\\psi",   "\\omega"};
enum { GREEK = sizeof greek / sizeof *greek, ALPHA = 0x3b1 };

/* ------------------------------------------------------------------------ running text --- */

/* The character at *at, which goes on behind it.  The text is valid. */
static unsigned next_character(const char **at)
{
    const unsigned char *s = (const unsigned char *)*at;
    size_t more = s[0] < 0x80 ? 0 : s[0] < 0xe0 ? 1 : s[0] < 0xf0 ? 2 : 3;
    unsigned code = more ? s[0] & (0x3fU >> more) : s[0];
    for (size_t i = 1; i <= more; i++)
        code = code << 6 | (s[i] & 0x3fU);
    *at += more + 1;
    return code;
}

/* Latin letters with accents, dashes, quotes: what Computer Modern has under inputenc's utf8. */
static bool has_glyph(unsigned code)
{
    bool letter = code >= 0xc0 && code <= 0xff;
    bool absent = code == 0xd0 || code == 0xde || code == 0xf0 || code == 0xfe;
    return (letter && !absent) || code == 0x2013 || code == 0x2014 || code == 0x2018 ||
           code == 0x2019 || code == 0x201c || code == 0x201d || code == 0x2026;
}

static void add_foreign(const char **words, text *t)
{
    const char *start = *words;
    unsigned code = next_character(words);
    if (code >= ALPHA && code < ALPHA + GREEK)
        text_add(t, "$%s$", greek[code - ALPHA]);
    else if (has_glyph(code))
        text_add(t, "%.*s", (int)(*words - start), start);
    else
        text_add(t, "?");
}

/* An address ends at a space, and a point or comma there is not its own. */
static size_t address_length(const char *words)
{
    if (strncmp(words, "http://", 7) != 0 && strncmp(words, "https://", 8) != 0)
        return 0;
    size_t length = strcspn(words, " {}\\^\"");
    while (strchr(".,;:)", words[length - 1]))
        length--;
    return length;
}

void latex_text(const char *words, text *t)
{
    bool quoted = false;
    while (*words) {
        size_t address = address_length(words);
        if (address) {
            text_add(t, "\\url{%.*s}", (int)address, words);
            words += address;
        } else if ((unsigned char)*words >= 0x80) {
            add_foreign(&words, t);
        } else {
            char c = *words++;
            if (c == '"')
                text_add(t, (quoted = !quoted) ? "``" : "''");
            else if (strchr(SPECIAL, c))
                text_add(t, "\\%c", c);
            else if (strchr("~^\\<>|", c))
                text_add(t, "{\\char`\\%c}", c);
            else
                text_add(t, "%c", c < ' ' ? ' ' : c);
        }
    }
}

/* ------------------------------------------------------------------------------- names --- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_index(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

static void add_base(const char *letters, size_t length, text *t)
{
    for (size_t g = 0; g < GREEK; g++)
        if (strlen(greek[g]) == length + 1 && strncmp(greek[g] + 1, letters, length) == 0) {
            text_add(t, "%s", greek[g]);
            return;
        }
    text_add(t, length > 1 ? "\\mathrm{%.*s}" : "%.*s", (int)length, letters);
}

/* Digits and words behind the letters; underscores only part them. */
static const char *add_index(const char *at, text *t)
{
    at += strspn(at, "_");
    if (!is_index(*at))
        return at;
    text_add(t, "_{\\mathrm{");
    for (; is_index(*at); at++)
        if (*at != '_')
            text_add(t, "%c", *at);
        else if (at[1] != '_' && is_index(at[1]))
            text_add(t, ",");
    text_add(t, "}}");
    return at;
}

void latex_name(const char *name, const char *plus, text *t)
{
    for (const char *at = name; *at;) {
        size_t letters = 0;
        while (is_letter(at[letters]))
            letters++;
        if (letters) {
            add_base(at, letters, t);
            at = add_index(at + letters, t);
        } else if (strchr("^~\\", *at)) {
            text_add(t, "\\ ");
            at++;
        } else {
            text_add(t, strchr(SPECIAL, *at) ? "\\%c" : "%c", *at);
            at++;
        }
    }
    if (*plus)
        text_add(t, "{}^{%s}", plus);
}

/* ------------------------------------------------------------------------------- lines --- */

#define LINE 84 /* characters of a formula in ten points on 17 cm, the left side beside them */

/* The characters that one piece of source puts on paper; *at goes on behind it. */
static size_t next_glyph(const char **at)
{
    char c = *(*at)++;
    if (c != '\\')
        return strchr("{}^_", c) == NULL;
    if (!is_letter(**at))
        return (*at)++, 1;
    size_t letters = 0;
    while (is_letter((*at)[letters]))
        letters++;
    bool is_font =
        strncmp(*at, "mathrm", letters) == 0 || strncmp(*at, "operatorname", letters) == 0;
    *at += letters;
    return !is_font;
}

/* Characters to the next place where a line may end. */
static size_t width_of_term(const char *at)
{
    size_t width = 0;
    do
        width += next_glyph(&at);
    while (*at && strncmp(at, " + ", 3) != 0 && strncmp(at, " - ", 3) != 0);
    return width;
}

void latex_wrap(const char *formula, text *t)
{
    size_t column = 0;
    for (const char *at = formula; *at;) {
        bool ends = strncmp(at, " + ", 3) == 0 || strncmp(at, " - ", 3) == 0;
        if (ends && column + width_of_term(at) > LINE) {
            text_add(t, " \\\\\n &\\quad {}");
            column = 0;
        }
        const char *start = at;
        column += next_glyph(&at);
        text_add(t, "%.*s", (int)(at - start), start);
    }
}
