/* From the words of the command line to the lines of the grid. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "talk.h"
#include "words.h"

enum { MOST_LAYERS = 4 };

/* Those whose figures are kept; parities and pictures are generated. */
static const struct known {
    const char *name;
    size_t layers, widths[MOST_LAYERS + 1], batch, epoch_rows;
    bg_activation hidden, output;
    bg_loss loss;
    bg_optimizer optimizer;
} known[] = {
    {"xor4", 2, {2, 3, 1}, 4, 0, BG_SIGMOID, BG_SIGMOID, BG_MSE, BG_GD},
    {"xor4M", 2, {2, 3, 1}, 4194304, 0, BG_SIGMOID, BG_SIGMOID, BG_MSE, BG_GD},
    {"parity16", 3, {16, 64, 64, 1}, 65536, 0, BG_TANH, BG_IDENTITY, BG_MSE, BG_GD},
    {"mnist", 3, {784, 512, 256, 10}, 8192, 0, BG_RELU, BG_SOFTMAX, BG_SOFTMAX_CE, BG_GD},
    {"wide", 4, {1024, 1024, 1024, 1024, 1024}, 4096, 0, BG_RELU, BG_IDENTITY, BG_MSE, BG_GD},
    {"mini", 2, {784, 128, 10}, 64, 8000, BG_RELU, BG_SOFTMAX, BG_SOFTMAX_CE, BG_ADAM},
};

#define KNOWN (sizeof known / sizeof *known)
#define DEFAULT_BATCH 1024
#define MOST_LINES ((size_t)10000)

static const char *known_at(const void *context, size_t i)
{
    (void)context;
    return i < KNOWN ? known[i].name : NULL;
}

static int add_known(bench *b, const struct known *k)
{
    workload *w = &b->work[b->works++];
    *w = (workload){.name = k->name,
                    .shape.layers = k->layers,
                    .batch = k->batch,
                    .epoch_rows = k->epoch_rows,
                    .loss = k->loss,
                    .optimizer = k->optimizer,
                    .has_name = true};
    w->shape.widths = calloc(k->layers + 1, sizeof *w->shape.widths);
    w->shape.activations = calloc(k->layers, sizeof *w->shape.activations);
    if (!w->shape.widths || !w->shape.activations)
        return complain_memory("the layers");
    memcpy(w->shape.widths, k->widths, (k->layers + 1) * sizeof *k->widths);
    for (size_t l = 0; l < k->layers; l++)
        w->shape.activations[l] = l + 1 < k->layers ? k->hidden : k->output;
    return EXIT_DONE;
}

static int add_named(bench *b, const char *name)
{
    for (size_t i = 0; i < KNOWN; i++)
        if (strcmp(known[i].name, name) == 0)
            return add_known(b, &known[i]);
    const char *nearest = nearest_word(name, known_at, NULL);
    return misuse("bench", "no workload \"%s\"; %s%s", name,
                  nearest ? "the nearest is "
                          : "there are xor4, xor4M, parity16, mnist, wide, mini",
                  nearest ? nearest : "");
}

static int add_layers(bench *b)
{
    const option_value *v = b->c->value;
    workload *w = &b->work[b->works++];
    *w = (workload){.name = v[OPT_LAYERS].text,
                    .batch = DEFAULT_BATCH,
                    .loss = (bg_loss)v[OPT_LOSS].choice,
                    .optimizer = (bg_optimizer)v[OPT_OPTIMIZER].choice};
    if (w->optimizer >= BG_LSTSQ)
        return misuse("bench", "%s takes no steps along a gradient",
                      bg_name(BG_KIND_OPTIMIZER, (int)w->optimizer));
    return shape_open_whole(b->c, &w->shape);
}

static int list_works(bench *b)
{
    static const option_id shaping[] = {OPT_ACTIVATION, OPT_OUTPUT_ACTIVATION, OPT_LOSS,
                                        OPT_OPTIMIZER};
    const command *c = b->c;
    b->work = calloc(c->operands + KNOWN + 1, sizeof *b->work);
    if (!b->work)
        return complain_memory("the workloads");
    int code = EXIT_DONE;
    for (size_t i = 0; i < sizeof shaping / sizeof *shaping; i++)
        if (c->given[shaping[i]] && !c->given[OPT_LAYERS])
            return misuse("bench", "--%s goes with --layers; a workload with a name has its own",
                          option_table[shaping[i]].name);
    for (size_t i = 0; i < c->operands && code == EXIT_DONE; i++)
        code = add_named(b, c->operand[i]);
    if (code == EXIT_DONE && c->given[OPT_LAYERS])
        code = add_layers(b);
    for (size_t i = 0; i < KNOWN && !c->operands && !c->given[OPT_LAYERS] && code == EXIT_DONE; i++)
        code = add_known(b, &known[i]);
    return code;
}

/* Number i of a list "1,2,4" that has been checked; false past the end. */
static bool count_at(const char *list, size_t i, uint64_t *count)
{
    for (; i && list; i--) {
        list = strchr(list, ',');
        list = list ? list + 1 : NULL;
    }
    return list && count_parse(list, strcspn(list, ","), count);
}

static bool dtype_at(const char *list, size_t i, bg_dtype *dtype)
{
    static const size_t length = 4; /* "f32," */
    if (i * length >= strlen(list))
        return false;
    *dtype = strncmp(list + i * length, bg_name(BG_KIND_DTYPE, BG_F64), length - 1) == 0 ? BG_F64
                                                                                         : BG_F32;
    return true;
}

static size_t list_length(const char *list)
{
    size_t length = 1;
    for (; list && *list; list++)
        length += *list == ',';
    return length;
}

static void fill_line(bench *b, const workload *w, uint64_t batch, int threads, bg_dtype dtype)
{
    bench_line *line = &b->line[b->lines++];
    *line = (bench_line){.work = w, .threads = threads, .dtype = dtype};
    line->batch = batch ? (size_t)batch : w->batch;
    line->rows = w->epoch_rows > line->batch ? w->epoch_rows : line->batch;
    bg_train_options *o = &line->options;
    bg_train_defaults(o);
    o->objective.loss = w->loss;
    o->optimizer = w->optimizer;
    o->lr = 1e-8; /* parameters hardly move: no shape diverges, however many steps are timed */
    o->batch = line->batch;
    o->threads = threads;
}

static void list_precisions(bench *b, const workload *w, uint64_t batch)
{
    const option_value *v = b->c->value;
    bg_dtype dtype;
    for (size_t p = 0; dtype_at(v[OPT_PRECISION_LIST].text, p, &dtype); p++) {
        uint64_t threads = (uint64_t)b->machine.threads;
        bool asked = v[OPT_THREADS_LIST].text != NULL;
        if (!asked)
            fill_line(b, w, batch, (int)threads, dtype);
        for (size_t t = 0; asked && count_at(v[OPT_THREADS_LIST].text, t, &threads); t++)
            fill_line(b, w, batch, (int)threads, dtype);
    }
}

static int list_lines(bench *b)
{
    const option_value *v = b->c->value;
    const char *batches = v[OPT_BATCH_LIST].text;
    size_t most = b->works * list_length(batches) * list_length(v[OPT_THREADS_LIST].text) *
                  list_length(v[OPT_PRECISION_LIST].text);
    if (most > MOST_LINES)
        return misuse("bench", "the grid has %zu lines; %zu are the limit", most, MOST_LINES);
    b->line = calloc(most, sizeof *b->line);
    if (!b->line)
        return complain_memory("the lines");
    for (size_t i = 0; i < b->works; i++) {
        uint64_t batch = 0;
        if (!batches)
            list_precisions(b, &b->work[i], 0);
        for (size_t k = 0; batches && count_at(batches, k, &batch); k++)
            list_precisions(b, &b->work[i], batch);
    }
    return EXIT_DONE;
}

int bench_open(command *c, bench *b)
{
    *b = (bench){.c = c};
    options_default(c, &(facts){.rows = DEFAULT_BATCH});
    int code = list_works(b);
    if (code == EXIT_DONE)
        code = machine_describe(&b->machine);
    return code == EXIT_DONE ? list_lines(b) : code;
}

void bench_close(bench *b)
{
    for (size_t i = 0; i < b->lines; i++) {
        bench_line *line = &b->line[i];
        bg_gemms_free(line->gemms);
        bg_trainer_free(line->trainer);
        bg_data_free(line->data);
        bg_net_free(line->net);
        free(line->layers);
        free(line->seconds);
        free(line->bare);
    }
    for (size_t i = 0; i < b->peaks; i++)
        free(b->peak[i].gflops);
    for (size_t i = 0; i < b->works; i++)
        shape_close(&b->work[i].shape);
    free(b->peak);
    free(b->line);
    free(b->work);
    *b = (bench){0};
}

void bench_add_label(text *out, const bench_line *line)
{
    text_format(out, "%s, batch %zu, %d thread%s, %s", line->work->name, line->batch, line->threads,
                line->threads == 1 ? "" : "s", bg_name(BG_KIND_DTYPE, (int)line->dtype));
}

void bench_add_replay(text *out, const bench *b, const bench_line *line)
{
    const workload *w = line->work;
    text_add(out, "backgemm bench ");
    if (w->has_name) {
        text_add(out, w->name);
    } else {
        text_format(out, "--layers %s --activation ", w->name);
        for (size_t l = 0; l + 1 < w->shape.layers; l++)
            text_format(out, "%s%s", l ? "," : "",
                        bg_name(BG_KIND_ACTIVATION, (int)w->shape.activations[l]));
        if (w->shape.layers == 1)
            text_add(out, "identity");
        text_format(out, " --output-activation %s --loss %s --optimizer %s",
                    bg_name(BG_KIND_ACTIVATION, (int)w->shape.activations[w->shape.layers - 1]),
                    bg_name(BG_KIND_LOSS, (int)w->loss),
                    bg_name(BG_KIND_OPTIMIZER, (int)w->optimizer));
    }
    text_format(out, " --batch %zu --threads %d --precision %s", line->batch, line->threads,
                bg_name(BG_KIND_DTYPE, (int)line->dtype));
    if (b->c->given[OPT_SECONDS])
        text_format(out, " --seconds %g", b->c->value[OPT_SECONDS].number);
}
