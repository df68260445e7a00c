#include "journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log_line.h"
#include "talk.h"

struct journal {
    const char *path; /* borrowed */
    FILE *file;       /* owned */
    bool csv, headed; /* headed: the names of the columns are there */
    int failure;      /* errno, 0: none */
    double flushed;   /* time of the last flush, in seconds of the run */
};

static int cannot_write(const char *path, int reason)
{
    return complain(EXIT_IO, "cannot write %s: %s", path, strerror(reason));
}

/* -------------------------------------------------------------------------- going on --- */

/* What a line of the log should look like. */
typedef struct expected {
    const char *path;
    log_line line;
    char *names;    /* the header of CSV, else what a line begins with */
    uint64_t steps; /* of the checkpoint: what is beyond will be written again */
} expected;

static int refuse(const expected *e, size_t number)
{
    text names = text_open("names"); /* any name: gathered, never written */
    log_line_add_names(&names, &e->line);
    text_add_bytes(&names, "", 1);
    int code = number == 1 ? EXIT_USAGE : EXIT_DATA;
    if (text_failed(&names))
        code = complain_memory("the log");
    else
        complain(code,
                 "%s:%zu: this is not from the log of the run that goes on, whose columns "
                 "are %s",
                 e->path, number, names.bytes);
    text_drop(&names);
    return code;
}

/* The beginning of a first line that was never finished. */
static bool is_torn_start(const expected *e, const char *words)
{
    size_t length = strlen(words), whole = strlen(e->names);
    return strncmp(words, e->names, length < whole ? length : whole) == 0;
}

/* Bytes to keep of an open file; what a crash has left of a line at its end is not. */
static int find_end(const expected *e, FILE *file, off_t *kept)
{
    char *words = NULL;
    size_t room = 0, number = 0;
    int code = EXIT_DONE;
    ssize_t size;
    *kept = 0;
    while (code == EXIT_DONE && (size = getline(&words, &room, file)) > 0) {
        uint64_t steps = 0;
        bool torn = words[size - 1] != '\n', header = ++number == 1 && e->line.csv;
        if (!torn)
            words[size - 1] = 0;
        bool fits;
        if (torn)
            fits = number > 1 || is_torn_start(e, words);
        else
            fits =
                header ? strcmp(words, e->names) == 0 : log_line_matches(&e->line, words, &steps);
        if (!fits)
            code = refuse(e, number);
        if (torn || steps > e->steps)
            break;
        *kept += size;
    }
    if (code == EXIT_DONE && ferror(file))
        code = complain(EXIT_IO, "cannot read %s: %s", e->path, strerror(errno));
    free(words);
    return code;
}

static int go_on(journal *j, const training *t)
{
    text names = text_open("names"); /* any name: gathered, never written */
    expected e = {.path = j->path, .line = log_line_now(t, j->csv, 0), .steps = t->progress.steps};
    off_t kept = 0;
    if (j->csv)
        log_line_add_names(&names, &e.line);
    else
        text_add(&names, "{\"epoch\": ");
    text_add_bytes(&names, "", 1);
    e.names = names.bytes;
    int code = text_failed(&names) ? complain_memory("the log") : find_end(&e, j->file, &kept);
    if (code == EXIT_DONE &&
        (ftruncate(fileno(j->file), kept) != 0 || fseeko(j->file, kept, SEEK_SET) != 0))
        code = cannot_write(j->path, errno);
    j->headed = kept > 0;
    text_drop(&names);
    return code;
}

int journal_open(const training *t, journal **made)
{
    const char *path = t->c->value[OPT_LOG].text;
    struct stat found;
    journal *j = calloc(1, sizeof *j);
    if (!j)
        return complain_memory("the log");
    bool resumes = t->progress.steps > 0 && stat(path, &found) == 0 && S_ISREG(found.st_mode);
    j->path = path;
    j->csv = strcmp(strrchr(path, '.'), ".csv") == 0;
    j->file = fopen(path, resumes ? "r+" : "w");
    int code = j->file ? EXIT_DONE : cannot_write(path, errno);
    if (code == EXIT_DONE && resumes)
        code = go_on(j, t);
    if (code == EXIT_DONE) {
        *made = j;
        return EXIT_DONE;
    }
    if (j->file)
        fclose(j->file);
    free(j);
    return code;
}

/* ----------------------------------------------------------------------------- lines --- */

void journal_add(journal *j, const training *t, double seconds)
{
    if (j->failure)
        return;
    log_line line = log_line_now(t, j->csv, seconds);
    text out = text_open(j->path);
    errno = 0;
    if (j->csv && !j->headed) {
        log_line_add_names(&out, &line);
        text_add(&out, "\n");
    }
    log_line_add(&out, &line);
    j->headed = true;
    bool written = !text_failed(&out) && fwrite(out.bytes, 1, out.size, j->file) == out.size;
    text_drop(&out);
    if (written && seconds - j->flushed >= 1) {
        written = fflush(j->file) == 0;
        j->flushed = seconds;
    }
    if (!written)
        j->failure = errno ? errno : EIO;
}

void journal_sync(journal *j)
{
    if (!j || j->failure)
        return;
    /* Pipes and devices, which have no disk, say EINVAL. */
    if (fflush(j->file) != 0 || (fsync(fileno(j->file)) != 0 && errno != EINVAL))
        j->failure = errno;
}

int journal_close(journal *j)
{
    if (!j)
        return EXIT_DONE;
    if (fclose(j->file) != 0 && !j->failure)
        j->failure = errno;
    int code = j->failure ? cannot_write(j->path, j->failure) : EXIT_DONE;
    free(j);
    return code;
}
