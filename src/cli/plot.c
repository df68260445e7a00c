#include "plot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json.h"
#include "talk.h"

#define WIDTH 900

static const struct kind {
    const char *suffix, *terminal;
    double scale;
    const char *look;
} kinds[] = {
    {".svg", "svg", 1, "dynamic"},
    {".png", "pngcairo", 1.5, "fontscale 1.1 linewidth 1.5 pointscale 1.5"},
};

static const struct kind *kind_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(dot, kinds[i].suffix) == 0)
            return &kinds[i];
    return NULL;
}

int plot_check(const char *who, const char *name)
{
    if (kind_of(name))
        return EXIT_DONE;
    return misuse(who, "--plot wants a name that ends in .svg or .png, not \"%s\"", name);
}

/* ------------------------------------------------------------------------------ commands --- */

text plot_open(const char *path, int height)
{
    const struct kind *k = kind_of(path);
    text script = text_open(path);
    /* No name for the output: gnuplot would take one that begins with | for a command. */
    text_format(&script,
                "set encoding utf8\n"
                "set terminal %s noenhanced size %g,%g %s font 'sans-serif,12' "
                "background '#ffffff'\n"
                "set grid lt 1 lw 0.7 lc rgb '#dddddd'\n",
                k->terminal, k->scale * WIDTH, k->scale * height, k->look);
    return script;
}

/* Bytes of the character at s; 0: none that XML can hold and people can see. */
static size_t shown_length(const char *s)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t length = utf8_length(s);
    bool control = u[0] < 0x20 || u[0] == 0x7f || (u[0] == 0xc2 && u[1] < 0xa0);
    bool none = length == 3 && u[0] == 0xef && u[1] == 0xbf && u[2] >= 0xbe; /* U+FFFE, U+FFFF */
    return control || none ? 0 : length;
}

void plot_add_quoted(text *script, const char *words, size_t most)
{
    text_add(script, "'"); /* in single quotes gnuplot looks for nothing but their end */
    for (size_t i = 0; *words && i < most; i++) {
        size_t length = shown_length(words);
        if (*words == '\'')
            text_add(script, "''");
        else
            text_add_bytes(script, length ? words : "?", length ? length : 1);
        words += length ? length : 1;
    }
    text_add(script, *words ? "...'" : "'");
}

/* ------------------------------------------------------------------------------- gnuplot --- */

/* 0 or an errno. */
static int put(int file, const text *script)
{
    for (size_t done = 0; done < script->size;) {
        ssize_t n = write(file, script->bytes + done, script->size - done);
        if (n < 0 && errno != EINTR)
            return errno;
        done += n > 0 ? (size_t)n : 0;
    }
    return lseek(file, 0, SEEK_SET) < 0 ? errno : 0;
}

/* From one file into the other, silently; 0 or an errno. */
static int start(int script, int picture, pid_t *child)
{
    /* The user's own settings would change the picture. */
    char *const words[] = {"gnuplot", "--default-settings", NULL};
    posix_spawn_file_actions_t files;
    int code = posix_spawn_file_actions_init(&files);
    if (code)
        return code;
    code = posix_spawn_file_actions_adddup2(&files, script, STDIN_FILENO);
    if (!code)
        code = posix_spawn_file_actions_adddup2(&files, picture, STDOUT_FILENO);
    if (!code)
        code = posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0666);
    if (!code)
        code = posix_spawnp(child, words[0], &files, NULL, words, environ);
    posix_spawn_file_actions_destroy(&files);
    return code;
}

/* *ended: how gnuplot did, 0: well.  0 or an errno. */
static int run(const text *commands, int script, int picture, int *ended)
{
    pid_t child, got;
    int status = 0, code = script < 0 || picture < 0 ? errno : put(script, commands);
    if (!code)
        code = start(script, picture, &child);
    if (code)
        return code;
    do
        got = waitpid(child, &status, 0);
    while (got < 0 && errno == EINTR);
    *ended = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return got < 0 ? errno : 0;
}

/* The picture in a file without a name, *ended as above; says why gnuplot does not run. */
static int run_gnuplot(const text *commands, int *picture, int *ended)
{
    if (text_failed(commands))
        return complain_memory("the picture");
    int script = memfd_create("script", MFD_CLOEXEC);
    *picture = script < 0 ? -1 : memfd_create("picture", MFD_CLOEXEC);
    int code = run(commands, script, *picture, ended);
    if (script >= 0)
        close(script);
    if (code == ENOENT)
        return complain(EXIT_FAILED, "cannot draw %s: gnuplot is needed and is not installed",
                        commands->path);
    if (code)
        return complain(EXIT_FAILED, "cannot draw %s: gnuplot does not run: %s", commands->path,
                        strerror(code));
    return EXIT_DONE;
}

int plot_ready(const char *path)
{
    text script = plot_open(path, WIDTH);
    int picture = -1, ended = 0;
    int code = run_gnuplot(&script, &picture, &ended);
    if (code == EXIT_DONE && ended)
        code = complain(EXIT_FAILED, "cannot draw %s: the gnuplot here has no terminal %s", path,
                        kind_of(path)->terminal);
    if (picture >= 0)
        close(picture);
    text_drop(&script);
    return code;
}

static int write_picture(const char *path, int picture)
{
    struct stat found;
    bg_error error;
    if (fstat(picture, &found) != 0 || found.st_size == 0)
        return complain(EXIT_FAILED, "cannot draw %s: gnuplot gave nothing", path);
    size_t size = (size_t)found.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, picture, 0);
    if (bytes == MAP_FAILED)
        return complain_memory("the picture");
    int code =
        bg_file_write(path, bytes, size, &error) == BG_OK ? EXIT_DONE : complain_error(&error);
    munmap(bytes, size);
    return code;
}

int plot_draw(const text *script)
{
    int picture = -1, ended = 0;
    int code = run_gnuplot(script, &picture, &ended);
    if (code == EXIT_DONE && ended)
        code = complain(EXIT_FAILED, "cannot draw %s: gnuplot ended with %d", script->path, ended);
    if (code == EXIT_DONE)
        code = write_picture(script->path, picture);
    if (picture >= 0)
        close(picture);
    return code;
}
