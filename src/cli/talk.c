#include "talk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "text.h"

int exit_code_of(bg_status status)
{
    static const int codes[BG_STATUS_COUNT] = {
        [BG_OK] = EXIT_DONE,       [BG_E_MEMORY] = EXIT_FAILED, [BG_E_ARGUMENT] = EXIT_USAGE,
        [BG_E_DATA] = EXIT_DATA,   [BG_E_MODEL] = EXIT_DATA,    [BG_E_DIVERGED] = EXIT_DIVERGED,
        [BG_E_CHECK] = EXIT_CHECK, [BG_E_IO] = EXIT_IO,         [BG_E_NUMERIC] = EXIT_FAILED,
    };
    return (size_t)status < BG_STATUS_COUNT ? codes[status] : EXIT_FAILED;
}

static void print_line(const char *prefix, const char *who, const char *format, va_list args)
{
    char *words, *line;
    if (vasprintf(&words, format, args) < 0)
        return;
    int length = asprintf(&line, "%s%s%s%s", prefix, who, *who ? ": " : "", words);
    free(words);
    if (length < 0)
        return;
    text_make_printable(line, (size_t)length, false);
    fprintf(stderr, "%s\n", line);
    free(line);
}

int complain(int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_line("", "backgemm", format, args);
    va_end(args);
    return code;
}

int misuse(const char *who, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_line("backgemm ", who, format, args);
    va_end(args);
    return EXIT_USAGE;
}

int complain_error(const bg_error *error)
{
    return complain(exit_code_of(error->status), "%s", error->text);
}

int complain_memory(const char *what)
{
    return complain(EXIT_FAILED, "not enough memory for %s", what);
}

void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_line("", "", format, args);
    va_end(args);
}
