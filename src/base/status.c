#include "base/status.h"

#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

const char *bg_status_text(bg_status status)
{
#define STATUS_TEXT(name, text) text,
    static const char *const texts[] = {BG_STATUS_TABLE(STATUS_TEXT)};
    return (size_t)status < BG_STATUS_COUNT ? texts[status] : "unknown status";
}

const char *bg_version(void)
{
    return BG_VERSION;
}

/* Bytes that a terminal could act on become '?', so that a hostile file cannot speak through us:
 * the control characters of ASCII and U+0080 to U+009F. */
static void make_printable(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++)
        if (*c < 0x20 || *c == 0x7f)
            *c = '?';
        else if (*c == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
            c[0] = c[1] = '?';
}

static void fill(bg_error *error, bg_status status, size_t used, const char *format, va_list args)
{
    locale_t before = uselocale(number_locale());
    vsnprintf(error->text + used, sizeof error->text - used, format, args);
    uselocale(before);
    make_printable(error->text);
    error->status = status;
}

void status_fill(bg_error *error, bg_status status, const char *format, ...)
{
    if (!error)
        return;
    memset(error, 0, sizeof *error);
    va_list args;
    va_start(args, format);
    fill(error, status, 0, format, args);
    va_end(args);
}

/* "FILE: " or "FILE:LINE: " or "FILE:LINE:COLUMN: "; the length of what was written. */
static size_t write_place(char *text, size_t size, const char *file, uint64_t line, uint64_t column)
{
    int used = snprintf(text, size, "%.200s:", file);
    if (line)
        used += snprintf(text + used, size - (size_t)used, "%llu:", (unsigned long long)line);
    if (line && column)
        used += snprintf(text + used, size - (size_t)used, "%llu:", (unsigned long long)column);
    used += snprintf(text + used, size - (size_t)used, " ");
    return (size_t)used;
}

void status_fill_at(bg_error *error, bg_status status, const char *file, uint64_t line,
                    uint64_t column, const char *format, ...)
{
    if (!error)
        return;
    memset(error, 0, sizeof *error);
    size_t used = write_place(error->text, sizeof error->text, file, line, column);
    va_list args;
    va_start(args, format);
    fill(error, status, used, format, args);
    va_end(args);
    error->line = line;
    error->column = column;
}

void status_fill_row(bg_error *error, bg_status status, const char *file, uint64_t row,
                     const char *format, ...)
{
    if (!error)
        return;
    memset(error, 0, sizeof *error);
    int used = snprintf(error->text, sizeof error->text, "%.200s%srow %llu: ", file ? file : "",
                        file ? ": " : "", (unsigned long long)row);
    va_list args;
    va_start(args, format);
    fill(error, status, (size_t)used, format, args);
    va_end(args);
    error->row = row;
}
