/* Timing: every line once a round, and between them the ceilings they are held against. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "clock.h"
#include "talk.h"

/* Rounds: enough for an interval, as many as the slowest line has time for. */
#define LEAST_ROUNDS ((size_t)6)
#define MOST_ROUNDS ((size_t)15)
/* Parts of a line's seconds: its own epochs, the bare GEMMs; and a peak, in seconds at most. */
#define OWN_PART 0.6
#define BARE_PART 0.3
#define PEAK_PART 0.1
#define LONGEST_PEAK 0.02
/* Rows that are different; a benchmark's data repeat them. */
#define DISTINCT_ROWS ((size_t)1024)
#define INPUTS_OF_BITS ((size_t)16)

/* On a terminal only, over the line before. */
static void show_stage(const char *format, size_t at, size_t of)
{
    if (!isatty(STDERR_FILENO))
        return;
    fprintf(stderr, "\r");
    fprintf(stderr, format, at, of);
    fprintf(stderr, "  ");
    if (at == of)
        fprintf(stderr, "\r%40s\r", "");
}

/* ------------------------------------------------------------------------------- lines --- */

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Bits for the truth tables' widths, else 256 grey levels; one of several targets is 1, or one
 * target is a bit. */
int bench_rows(const workload *w, bg_dtype dtype, size_t count, uint64_t seed, bg_data **data)
{
    size_t inputs = w->shape.widths[0], targets = w->shape.widths[w->shape.layers];
    double *x = calloc(count * inputs, sizeof *x), *t = calloc(count * targets, sizeof *t);
    int code = x && t ? EXIT_DONE : complain_memory("the rows");
    uint64_t state = seed;
    bg_error error;
    for (size_t i = 0; i < count * inputs && code == EXIT_DONE; i++)
        x[i] = inputs <= INPUTS_OF_BITS ? (double)(next_random(&state) >> 8 & 1)
                                        : (double)(next_random(&state) >> 8 & 255) / 255;
    for (size_t i = 0; i < count && code == EXIT_DONE; i++) {
        uint64_t r = next_random(&state) >> 8;
        t[i * targets + r % targets] = targets > 1 ? 1 : (double)(r & 1);
    }
    if (code == EXIT_DONE &&
        bg_data_create(dtype, count, inputs, targets, x, t, data, &error) != BG_OK)
        code = complain_error(&error);
    free(x);
    free(t);
    return code;
}

static int open_data(bench_line *line)
{
    size_t distinct = line->rows < DISTINCT_ROWS ? line->rows : DISTINCT_ROWS;
    bg_data *few = NULL;
    bg_error error;
    int code = bench_rows(line->work, line->dtype, distinct, 1, &few);
    size_t *row = calloc(line->rows, sizeof *row);
    if (code == EXIT_DONE && !row)
        code = complain_memory("the rows");
    for (size_t i = 0; i < line->rows && code == EXIT_DONE; i++)
        row[i] = i % distinct;
    if (code == EXIT_DONE && bg_data_select(few, line->rows, row, &line->data, &error) != BG_OK)
        code = complain_error(&error);
    bg_data_free(few);
    free(row);
    return code;
}

static int plan_line(bench_line *line)
{
    const shape *s = &line->work->shape;
    bg_net_spec spec = {line->dtype, s->layers, s->widths, s->activations};
    bg_error error;
    line->layers = calloc(s->layers, sizeof *line->layers);
    if (!line->layers)
        return complain_memory("the plan");
    if (bg_plan_choose(&spec, &line->options, line->rows, &line->plan, line->layers, &error) !=
        BG_OK)
        return complain_error(&error);
    const bg_plan *p = &line->plan;
    line->flops = p->flops / (double)p->rows * (double)line->rows;
    line->memory = p->data_bytes + p->parameter_bytes + p->state_bytes + p->gradient_bytes +
                   p->shared_bytes + p->threads * p->tile_bytes;
    return EXIT_DONE;
}

static int open_line(bench_line *line)
{
    const shape *s = &line->work->shape;
    bg_net_spec spec = {line->dtype, s->layers, s->widths, s->activations};
    bg_error error;
    int code = open_data(line);
    if (code == EXIT_DONE && (bg_net_create(&spec, &line->net, &error) != BG_OK ||
                              bg_net_init(line->net, BG_GLOROT_UNIFORM, 0, 1, &error) != BG_OK ||
                              bg_trainer_create(line->net, line->data, &line->options,
                                                &line->trainer, &error) != BG_OK ||
                              bg_gemms_create(line->trainer, &line->gemms, &error) != BG_OK))
        code = complain_error(&error);
    return code;
}

/* -------------------------------------------------------------------------------- time --- */

/* Seconds of `epochs` epochs, trained or bare. */
static int time_epochs(bench_line *line, uint64_t epochs, double *seconds)
{
    bg_error error;
    double start = seconds_now();
    if (bg_trainer_run(line->trainer, epochs, NULL, &error) != BG_OK)
        return complain_error(&error);
    *seconds = seconds_now() - start;
    return EXIT_DONE;
}

static double time_bare(bench_line *line, uint64_t epochs)
{
    double start = seconds_now();
    bg_gemms_run(line->gemms, epochs);
    return seconds_now() - start;
}

/* Warms up, and counts the epochs that fill a sample of so many seconds. */
static int calibrate(bench_line *line, double sample)
{
    double seconds = 0;
    int code = time_epochs(line, 1, &seconds);
    for (line->epochs = 1; code == EXIT_DONE; line->epochs *= 2) {
        code = time_epochs(line, line->epochs, &seconds);
        if (seconds > sample / 4 || line->epochs > UINT64_MAX / 4)
            break;
    }
    if (code != EXIT_DONE)
        return code;
    line->time.median = seconds / (double)line->epochs;
    double fit = sample / line->time.median;
    line->epochs = fit > 1 ? (uint64_t)fit : 1;
    return EXIT_DONE;
}

static int open_peak(bench *b, bench_line *line)
{
    for (size_t i = 0; i < b->peaks; i++) {
        if (b->peak[i].threads == line->threads && b->peak[i].dtype == line->dtype) {
            line->peak = i;
            return EXIT_DONE;
        }
    }
    line->peak = b->peaks++;
    b->peak[line->peak] = (bench_peak){.threads = line->threads, .dtype = line->dtype};
    b->peak[line->peak].gflops = calloc(MOST_ROUNDS, sizeof(double));
    return b->peak[line->peak].gflops ? EXIT_DONE : complain_memory("the peaks");
}

static int prepare(bench *b)
{
    double sample = b->c->value[OPT_SECONDS].number * OWN_PART / (double)MOST_ROUNDS, slowest = 0;
    b->peak = calloc(b->lines, sizeof *b->peak);
    int code = b->peak ? EXIT_DONE : complain_memory("the peaks");
    for (size_t i = 0; i < b->lines && code == EXIT_DONE; i++) {
        bench_line *line = &b->line[i];
        show_stage("checking line %zu of %zu", i + 1, b->lines);
        line->seconds = calloc(MOST_ROUNDS, sizeof *line->seconds);
        line->bare = calloc(MOST_ROUNDS, sizeof *line->bare);
        code = line->seconds && line->bare ? plan_line(line) : complain_memory("the samples");
        if (code == EXIT_DONE)
            code = bench_check(line);
        if (code == EXIT_DONE)
            code = open_line(line);
        if (code == EXIT_DONE)
            code = open_peak(b, line);
        if (code == EXIT_DONE)
            code = calibrate(line, sample);
        slowest = line->time.median > slowest ? line->time.median : slowest;
    }
    double rounds = slowest > 0 ? b->c->value[OPT_SECONDS].number * OWN_PART / slowest : 0;
    b->rounds = rounds < (double)LEAST_ROUNDS  ? LEAST_ROUNDS
                : rounds > (double)MOST_ROUNDS ? MOST_ROUNDS
                                               : (size_t)rounds;
    return code;
}

static int run_round(bench *b, size_t round)
{
    double peak_seconds = b->c->value[OPT_SECONDS].number * PEAK_PART / (double)b->rounds;
    uint64_t parts = (uint64_t)(OWN_PART / BARE_PART);
    bg_error error;
    if (peak_seconds > LONGEST_PEAK)
        peak_seconds = LONGEST_PEAK;
    for (size_t i = 0; i < b->peaks; i++)
        if (bg_measure_peak(b->peak[i].dtype, b->peak[i].threads, peak_seconds,
                            &b->peak[i].gflops[round], &error) != BG_OK)
            return complain_error(&error);
    int code = EXIT_DONE;
    for (size_t i = 0; i < b->lines && code == EXIT_DONE; i++) {
        bench_line *line = &b->line[i];
        uint64_t bare = line->epochs / parts ? line->epochs / parts : 1;
        code = time_epochs(line, line->epochs, &line->seconds[round]);
        line->seconds[round] /= (double)line->epochs;
        if (bg_gemms_any(line->gemms))
            line->bare[round] = time_bare(line, bare) / (double)bare;
    }
    return code;
}

/* ------------------------------------------------------------------------------- noise --- */

/* Seconds of all processors: worked, and taken by the host.  False: the system does not tell. */
typedef struct load {
    double busy, stolen, own, clock;
} load;

static bool read_load(load *l)
{
    unsigned long long t[8] = {0}; /* user nice system idle iowait irq softirq steal */
    FILE *file = fopen("/proc/stat", "re");
    if (!file)
        return false;
    bool read = fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0], &t[1], &t[2],
                       &t[3], &t[4], &t[5], &t[6], &t[7]) == 8;
    fclose(file);
    double tick = (double)sysconf(_SC_CLK_TCK);
    struct timespec own;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
    *l = (load){.busy = (double)(t[0] + t[1] + t[2] + t[5] + t[6]) / tick,
                .stolen = (double)t[7] / tick,
                .own = (double)own.tv_sec + 1e-9 * (double)own.tv_nsec,
                .clock = seconds_now()};
    return read;
}

static void note_load(bench *b, const load *from, const load *to)
{
    double all = (to->clock - from->clock) * b->machine.processors;
    double other = to->busy - from->busy - (to->own - from->own);
    b->stolen = (to->stolen - from->stolen) / all;
    b->other = other > 0 ? other / all : 0;
}

/* ----------------------------------------------------------------------------- results --- */

static void finish_line(bench *b, bench_line *line)
{
    double ratios[MOST_ROUNDS], bare[MOST_ROUNDS], seconds[MOST_ROUNDS];
    const bench_line *first = &b->line[0];
    double share = (double)line->rows / (double)first->rows;
    for (size_t r = 0; r < b->rounds; r++) {
        seconds[r] = line->seconds[r];
        bare[r] = line->bare[r] / line->seconds[r];
        ratios[r] = share * first->seconds[r] / line->seconds[r];
    }
    line->time = bg_median(b->rounds, seconds);
    line->ratio = bg_median(b->rounds, ratios);
    line->bare_share = bg_median(b->rounds, bare).median; /* 0 where there are none */
    line->gflops = 1e-9 * line->flops / line->time.median;
    line->peak_gflops = b->peak[line->peak].value.median;
    line->noisy = line->time.high - line->time.low > BENCH_NOISE * line->time.median;
}

int bench_measure(bench *b)
{
    load from = {0}, to = {0};
    int code = prepare(b);
    double start = seconds_now();
    bool told = read_load(&from);
    for (size_t r = 0; r < b->rounds && code == EXIT_DONE; r++) {
        show_stage("round %zu of %zu", r + 1, b->rounds);
        code = run_round(b, r);
    }
    if (code != EXIT_DONE)
        return code;
    b->seconds = seconds_now() - start;
    if (told && read_load(&to))
        note_load(b, &from, &to);
    for (size_t i = 0; i < b->peaks; i++)
        b->peak[i].value = bg_median(b->rounds, b->peak[i].gflops);
    for (size_t i = 0; i < b->lines; i++)
        finish_line(b, &b->line[i]);
    return EXIT_DONE;
}
