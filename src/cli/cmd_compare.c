#include "talk.h"
#include "text.h"
#include "verbs.h"

static int print(const command *c, const bg_comparison *comparison)
{
    char *words;
    bg_error error;
    bool json = c->value[OPT_JSON].flag;
    if (bg_comparison_text(comparison, json, c->value[OPT_EACH_STEP].flag, &words, &error) != BG_OK)
        return complain_error(&error);
    text out = text_open(NULL);
    out.for_people = !json;
    text_add(&out, words);
    bg_free(words);
    return text_close(&out);
}

int compare_run(command *c)
{
    bg_error error;
    bg_recording *recording;
    bg_comparison *comparison;
    options_default(c, &(facts){0});
    if (bg_recording_read(c->operand[0], &recording, &error) != BG_OK)
        return complain_error(&error);
    double tolerance = c->given[OPT_TOLERANCE] ? c->value[OPT_TOLERANCE].number : 0;
    int code = EXIT_DONE;
    if (bg_compare(recording, tolerance, &comparison, &error) != BG_OK)
        code = complain_error(&error);
    if (code == EXIT_DONE) {
        code = print(c, comparison);
        if (code == EXIT_DONE && !bg_comparison_agrees(comparison))
            code = EXIT_CHECK;
        bg_comparison_free(comparison);
    }
    bg_recording_free(recording);
    return code;
}
