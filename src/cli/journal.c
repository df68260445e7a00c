#include "journal.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "talk.h"

struct journal {
    const char *path; /* borrowed */
    FILE *file;       /* owned */
    bool csv;
    int failure;      /* errno, 0: none */
    double flushed;   /* time of the last flush, in seconds of the run */
};

int journal_open(const char *path, bool go_on, journal **made)
{
    journal *j = calloc(1, sizeof *j);
    if (!j)
        return complain_memory("the log");
    j->path = path;
    j->csv = strcmp(strrchr(path, '.'), ".csv") == 0;
    j->file = fopen(path, go_on ? "a" : "w");
    if (!j->file) {
        int code = complain(EXIT_IO, "cannot write %s: %s", path, strerror(errno));
        free(j);
        return code;
    }
    *made = j;
    return EXIT_DONE;
}

typedef struct column {
    const char *name;
    double value; /* NAN: left out of the line */
    bool whole;
} column;

static void add_csv(text *line, const column *columns, size_t n, bool names)
{
    for (size_t i = 0; i < n; i++) {
        text_add(line, i ? "," : "");
        if (names)
            text_add(line, columns[i].name);
        else if (columns[i].whole)
            text_format(line, "%.0f", columns[i].value);
        else if (isfinite(columns[i].value))
            text_number(line, columns[i].value, BG_F64);
    }
    text_add(line, "\n");
}

static void add_json(text *line, const column *columns, size_t n)
{
    json j = {.out = line};
    json_begin(&j, NULL, '{');
    for (size_t i = 0; i < n; i++) {
        if (columns[i].whole)
            json_count(&j, columns[i].name, (uint64_t)columns[i].value);
        else
            json_number(&j, columns[i].name, columns[i].value, BG_F64);
    }
    json_end(&j, '}');
    text_add(line, "\n");
}

#define MOST_COLUMNS 8

/* What a line says; how many. */
static size_t fill_columns(const training *t, double seconds, column columns[MOST_COLUMNS])
{
    bool regression = isnan(t->validation.accuracy);
    const column all[] = {
        {"epoch", (double)t->progress.epochs, true},
        {"steps", (double)t->progress.steps, true},
        {"loss", t->progress.loss, false},
        {"seconds", seconds, false},
        {"valid_loss", t->validation.loss, false},
        {regression ? "valid_rmse" : "valid_accuracy",
         regression ? t->validation.rmse : t->validation.accuracy, false},
    };
    size_t n = t->valid ? 6 : 4;
    memcpy(columns, all, n * sizeof *columns);
    if (bg_schedule_moves(&t->options))
        columns[n++] = (column){"lr", bg_schedule_lr(&t->options, t->progress.steps - 1), false};
    if (t->options.clip > 0 || t->options.optimizer == BG_LBFGS)
        columns[n++] = (column){"norm", t->progress.norm, false};
    bg_fit fit;
    if (t->options.optimizer == BG_LM && bg_trainer_fit(t->trainer, &fit)) {
        columns[n++] = (column){"damping", fit.damping, false};
        columns[n++] = (column){"gain", fit.gain, false};
    }
    return n;
}

void journal_add(journal *j, const training *t, double seconds)
{
    column columns[MOST_COLUMNS];
    if (j->failure)
        return;
    size_t n = fill_columns(t, seconds, columns);
    text line = text_open(j->path);
    errno = 0;
    if (j->csv && ftell(j->file) == 0)
        add_csv(&line, columns, n, true);
    if (j->csv)
        add_csv(&line, columns, n, false);
    else
        add_json(&line, columns, n);
    bool written = !text_failed(&line) && fwrite(line.bytes, 1, line.size, j->file) == line.size;
    free(line.bytes);
    if (written && seconds - j->flushed >= 1) {
        written = fflush(j->file) == 0;
        j->flushed = seconds;
    }
    if (!written)
        j->failure = errno ? errno : EIO;
}

int journal_close(journal *j)
{
    if (!j)
        return EXIT_DONE;
    if (fclose(j->file) != 0 && !j->failure)
        j->failure = errno;
    int code = EXIT_DONE;
    if (j->failure)
        code = complain(EXIT_IO, "cannot write %s: %s", j->path, strerror(j->failure));
    free(j);
    return code;
}
