#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

/* Bytes that a terminal could act on become '?', so that a hostile file cannot speak through us. */
static void make_printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

static bg_status fill(bg_error *error, bg_status status, size_t used, const char *format,
                      va_list args)
{
    vsnprintf(error->text + used, sizeof error->text - used, format, args);
    make_printable(error->text);
    error->status = status;
    return status;
}

bg_status fail(bg_error *error, bg_status status, const char *format, ...)
{
    if (!error)
        return status;
    memset(error, 0, sizeof *error);
    va_list args;
    va_start(args, format);
    fill(error, status, 0, format, args);
    va_end(args);
    return status;
}

bg_status fail_at(bg_error *error, bg_status status, const char *file, uint64_t line,
                  uint64_t column, const char *format, ...)
{
    if (!error)
        return status;
    memset(error, 0, sizeof *error);
    int used = snprintf(error->text, sizeof error->text, "%.200s%s", file, line ? ":" : ": ");
    if (line)
        used += snprintf(error->text + used, sizeof error->text - (size_t)used,
                         column ? "%llu:" : "%llu: ", (unsigned long long)line);
    if (line && column)
        used += snprintf(error->text + used, sizeof error->text - (size_t)used,
                         "%llu: ", (unsigned long long)column);
    va_list args;
    va_start(args, format);
    fill(error, status, (size_t)used, format, args);
    va_end(args);
    error->line = line;
    error->column = column;
    return status;
}

bg_status fail_row(bg_error *error, bg_status status, const char *file, uint64_t row,
                   const char *format, ...)
{
    if (!error)
        return status;
    memset(error, 0, sizeof *error);
    int used = snprintf(error->text, sizeof error->text, "%.200s%srow %llu: ", file ? file : "",
                        file ? ": " : "", (unsigned long long)row);
    va_list args;
    va_start(args, format);
    fill(error, status, (size_t)used, format, args);
    va_end(args);
    error->row = row;
    return status;
}

bg_status fail_memory(bg_error *error, const char *what)
{
    return fail(error, BG_E_MEMORY, "not enough memory for %s", what);
}
