#include "bench.h"
#include "places.h"
#include "plot.h"
#include "talk.h"
#include "verbs.h"

/* By the words of --format. */
static void (*const writers[])(text *out, const bench *b) = {bench_add_text, bench_add_json,
                                                             bench_add_csv};

enum { AS_TEXT, AS_JSON, AS_CSV };

int bench_run(command *c)
{
    bench b;
    int code = bench_open(c, &b);
    const char *picture = c->value[OPT_BENCH_PLOT].text;
    if (code == EXIT_DONE && picture)
        code = output_check(picture);
    if (code == EXIT_DONE && picture)
        code = plot_ready(picture);
    if (code == EXIT_DONE)
        code = bench_measure(&b);
    if (code == EXIT_DONE) {
        text out = text_open(NULL);
        int form = c->value[OPT_JSON].flag  ? AS_JSON
                   : c->value[OPT_CSV].flag ? AS_CSV
                                            : c->value[OPT_BENCH_FORMAT].choice;
        out.for_people = form == AS_TEXT;
        writers[form](&out, &b);
        code = text_close(&out);
    }
    if (code == EXIT_DONE && picture)
        code = bench_draw(&b, picture);
    bench_close(&b);
    return code;
}
