#include "talk.h"
#include "text.h"
#include "verbs.h"

int trace_run(command *c)
{
    bg_error error;
    char *sheet;
    options_default(c, &(facts){0});
    bg_dtype dtype = (bg_dtype)c->value[OPT_PRECISION].choice;
    bg_format format = (bg_format)c->value[OPT_FORMAT].choice;
    if (bg_article_sheet(dtype, format, &sheet, &error) != BG_OK)
        return complain_error(&error);
    text out = text_open(NULL);
    text_add(&out, sheet);
    bg_free(sheet);
    return text_close(&out);
}
