#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

progress_line progress_start(const training *t)
{
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    progress_line line = {.milestone = 1, .next = 1};
    line.shown = t->talks && isatty(STDERR_FILENO);
    line.escapes = !(no_color && *no_color) && terminal && strcmp(terminal, "dumb") != 0;
    while (line.milestone <= t->progress.epochs)
        line.milestone *= 2;
    return line;
}

static void print_line(const progress_line *line, const training *t, double seconds)
{
    char valid[40] = "";
    if (t->valid)
        snprintf(valid, sizeof valid, "  valid %-11.6g", t->validation.loss);
    const char *bold = line->escapes ? "\033[1m" : "", *plain = line->escapes ? "\033[0m" : "";
    fprintf(stderr, "\repoch %s%" PRIu64 "%s/%" PRIu64 "  loss %-11.6g%s  %.1f s%s", bold,
            t->progress.epochs, plain, t->c->value[OPT_EPOCHS].count, t->progress.loss, valid,
            seconds, line->escapes ? "\033[K" : "    ");
}

void progress_show(progress_line *line, const training *t, double seconds)
{
    bool stays = t->progress.epochs >= line->milestone;
    if (!line->shown || (!stays && seconds < line->next))
        return;
    print_line(line, t, seconds);
    while (line->milestone <= t->progress.epochs)
        line->milestone *= 2;
    line->next = seconds + 1;
    line->open = !stays;
    if (stays)
        fputc('\n', stderr);
}

void progress_end(progress_line *line)
{
    if (line->open)
        fputc('\n', stderr);
    line->open = false;
}
