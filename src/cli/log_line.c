#include "log_line.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

static void add_column(log_line *line, const char *name, double value, bool whole)
{
    line->column[line->columns++] = (struct log_column){name, value, whole};
}

log_line log_line_now(const training *t, bool csv, double seconds)
{
    bool regression = bg_schema_task(bg_model_schema(t->model)) == BG_REGRESSION;
    log_line line = {.csv = csv};
    add_column(&line, "epoch", (double)t->progress.epochs, true);
    add_column(&line, "steps", (double)t->progress.steps, true);
    add_column(&line, "loss", t->progress.loss, false);
    add_column(&line, "seconds", seconds, false);
    if (t->valid)
        add_column(&line, "valid_loss", t->validation.loss, false);
    if (t->valid)
        add_column(&line, regression ? "valid_rmse" : "valid_accuracy",
                   regression ? t->validation.rmse : t->validation.accuracy, false);
    if (bg_schedule_moves(&t->options))
        add_column(&line, "lr", bg_schedule_lr(&t->options, t->progress.steps - 1), false);
    if (t->options.clip > 0 || t->options.optimizer == BG_LBFGS)
        add_column(&line, "norm", t->progress.norm, false);
    if (t->options.optimizer == BG_LM) {
        bg_fit fit = {.damping = (double)NAN, .gain = (double)NAN};
        bg_trainer_fit(t->trainer, &fit);
        add_column(&line, "damping", fit.damping, false);
        add_column(&line, "gain", fit.gain, false);
    }
    return line;
}

void log_line_add_names(text *out, const log_line *line)
{
    for (size_t i = 0; i < line->columns; i++) {
        text_add(out, i ? "," : "");
        text_add(out, line->column[i].name);
    }
}

static void add_csv(text *out, const log_line *line)
{
    for (size_t i = 0; i < line->columns; i++) {
        const struct log_column *column = &line->column[i];
        text_add(out, i ? "," : "");
        if (column->whole)
            text_format(out, "%.0f", column->value);
        else if (isfinite(column->value))
            text_number(out, column->value, BG_F64);
    }
}

static void add_json(text *out, const log_line *line)
{
    json j = {.out = out};
    json_begin(&j, NULL, '{');
    for (size_t i = 0; i < line->columns; i++) {
        const struct log_column *column = &line->column[i];
        if (column->whole)
            json_count(&j, column->name, (uint64_t)column->value);
        else
            json_number(&j, column->name, column->value, BG_F64);
    }
    json_end(&j, '}');
}

void log_line_add(text *out, const log_line *line)
{
    if (line->csv)
        add_csv(out, line);
    else
        add_json(out, line);
    text_add(out, "\n");
}

/* Moves past the words where they stand. */
static bool skip(const char **at, const char *words)
{
    size_t length = strlen(words);
    if (strncmp(*at, words, length) != 0)
        return false;
    *at += length;
    return true;
}

static bool skip_name(const char **at, const char *name)
{
    return skip(at, "\"") && skip(at, name) && skip(at, "\": ");
}

/* A count, a number, or what stands for none: nothing in CSV, null in JSON. */
static bool skip_value(const log_line *line, bool whole, const char **at, uint64_t *count)
{
    char word[40];
    size_t length = strcspn(*at, ",}");
    double number;
    const char *begin = *at;
    *at += length;
    if (whole)
        return count_parse(begin, length, count);
    snprintf(word, sizeof word, "%.*s", (int)(length < 39 ? length : 39), begin);
    return bg_number_parse(word, &number) || strcmp(word, line->csv ? "" : "null") == 0;
}

bool log_line_matches(const log_line *line, const char *words, uint64_t *steps)
{
    const char *at = words;
    bool fits = line->csv || skip(&at, "{");
    for (size_t i = 0; i < line->columns && fits; i++) {
        const struct log_column *column = &line->column[i];
        uint64_t count = 0;
        fits = i == 0 || skip(&at, line->csv ? "," : ", ");
        fits = fits && (line->csv || skip_name(&at, column->name));
        fits = fits && skip_value(line, column->whole, &at, &count);
        if (strcmp(column->name, "steps") == 0)
            *steps = count;
    }
    return fits && (line->csv || skip(&at, "}")) && !*at;
}
