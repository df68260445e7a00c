#include "fit.h"

#include <math.h>
#include <stdio.h>

#include "talk.h"

void fit_add_summary(text *out, const training *t)
{
    bg_fit f;
    if (!bg_trainer_fit(t->trainer, &f))
        return;
    text_format(out, "; residual sum of squares %.10g", f.rss);
    if (f.rank)
        text_format(out, ", rank %zu of %zu", f.rank, f.columns);
    if (f.rank == f.columns)
        text_format(out, ", condition %.3g", f.condition);
    else if (f.rank)
        text_add(out, ": of many solutions the shortest");
}

void fit_add_json(json *j, const training *t)
{
    bg_fit f;
    if (!bg_trainer_fit(t->trainer, &f))
        return;
    json_begin(j, "fit", '{');
    json_count(j, "residuals", f.residuals);
    json_number(j, "rss", f.rss, BG_F64);
    if (f.rank) {
        json_count(j, "rank", f.rank);
        json_count(j, "columns", f.columns);
        json_number(j, "condition", f.condition, BG_F64);
    }
    json_end(j, '}');
}

static int add_note(training *t, const char *key, const char *words)
{
    bg_error error;
    return bg_model_set_note(t->model, key, words, &error) == BG_OK ? EXIT_DONE
                                                                    : complain_error(&error);
}

int fit_add_notes(training *t)
{
    bg_fit f;
    char words[64];
    if (!bg_trainer_fit(t->trainer, &f))
        return EXIT_DONE;
    bg_number_text(f.rss, BG_F64, words);
    int code = add_note(t, "rss", words);
    if (code != EXIT_DONE || f.rank == 0)
        return code;
    snprintf(words, sizeof words, "%zu of %zu", f.rank, f.columns);
    code = add_note(t, "rank", words);
    bg_number_text(f.condition, BG_F64, words);
    return code == EXIT_DONE ? add_note(t, "condition", words) : code;
}
