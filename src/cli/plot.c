#include "plot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "talk.h"

static const struct {
    const char *suffix, *terminal;
} kinds[] = {
    {".svg", "svg size 900,380 dynamic font 'sans-serif,12' background 'white'"},
    {".png", "pngcairo size 1350,570 font 'sans-serif,14' background 'white'"},
};

static const char *terminal_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(dot, kinds[i].suffix) == 0)
            return kinds[i].terminal;
    return NULL;
}

int plot_check(const char *who, const char *name)
{
    if (terminal_of(name))
        return EXIT_DONE;
    return misuse(who, "--plot wants a name that ends in .svg or .png, not \"%s\"", name);
}

/* In gnuplot's single quotes, where a quote is doubled. */
static void print_quoted(FILE *to, const char *words)
{
    fputc('\'', to);
    for (; *words; words++)
        fprintf(to, *words == '\'' ? "''" : "%c", *words);
    fputc('\'', to);
}

/* Exit code of gnuplot, 127 when there is none. */
static int run_gnuplot(const char *path, const char *terminal, const text *script)
{
    FILE *gnuplot = popen("exec gnuplot 2>/dev/null", "w");
    if (!gnuplot)
        return 127;
    fprintf(gnuplot, "set terminal %s\nset output ", terminal);
    print_quoted(gnuplot, path);
    fputc('\n', gnuplot);
    fwrite(script->bytes, 1, script->size, gnuplot);
    int status = pclose(gnuplot);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}

int plot_draw(const char *path, const text *script)
{
    char *temporary;
    if (text_failed(script) || asprintf(&temporary, "%s.tmp-%ld", path, (long)getpid()) < 0)
        return complain_memory("the picture");
    int got = run_gnuplot(temporary, terminal_of(path), script), code = EXIT_DONE;
    if (got == 127)
        code = complain(EXIT_FAILED, "cannot draw %s: gnuplot is not installed", path);
    else if (got != 0)
        code = complain(EXIT_IO, "cannot draw %s: gnuplot ended with %d", path, got);
    else if (rename(temporary, path) != 0)
        code = complain(EXIT_IO, "cannot write %s: %s", path, strerror(errno));
    if (code != EXIT_DONE)
        unlink(temporary);
    free(temporary);
    return code;
}
