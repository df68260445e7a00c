/* Results of a benchmark for people, spreadsheets and programs. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "bench.h"

static double peak_share(const bench_line *line)
{
    return line->gflops / line->peak_gflops;
}

static double rows_per_second(const bench_line *line)
{
    return (double)line->rows / line->time.median;
}

static bool has_gemms(const bench_line *line)
{
    return bg_gemms_any(line->gemms);
}

/* ------------------------------------------------------------------- CSV and JSON: cells --- */

typedef enum cell_kind { CELL_TEXT, CELL_COUNT, CELL_NUMBER, CELL_FLAG, CELL_WIDTHS } cell_kind;

typedef struct cell {
    const char *key;
    cell_kind kind;
    const char *text;
    uint64_t count; /* or flag */
    double number;
} cell;

enum { MOST_CELLS = 32 };

static size_t list_cells(const bench_line *line, cell cells[MOST_CELLS])
{
    const bg_plan *p = &line->plan;
    const cell all[] = {
        {"workload", CELL_TEXT, .text = line->work->name},
        {"layers", CELL_WIDTHS, .text = NULL},
        {"batch", CELL_COUNT, .count = line->batch},
        {"threads", CELL_COUNT, .count = (uint64_t)line->threads},
        {"precision", CELL_TEXT, .text = bg_name(BG_KIND_DTYPE, (int)line->dtype)},
        {"rows", CELL_COUNT, .count = line->rows},
        {"seconds", CELL_NUMBER, .number = line->time.median},
        {"seconds_low", CELL_NUMBER, .number = line->time.low},
        {"seconds_high", CELL_NUMBER, .number = line->time.high},
        {"noisy", CELL_FLAG, .count = line->noisy},
        {"gflops", CELL_NUMBER, .number = line->gflops},
        {"peak_gflops", CELL_NUMBER, .number = line->peak_gflops},
        {"peak_share", CELL_NUMBER, .number = peak_share(line)},
        {"bare_share", CELL_NUMBER, .number = has_gemms(line) ? line->bare_share : (double)NAN},
        {"rows_per_second", CELL_NUMBER, .number = rows_per_second(line)},
        {"ratio", CELL_NUMBER, .number = line->ratio.median},
        {"ratio_low", CELL_NUMBER, .number = line->ratio.low},
        {"ratio_high", CELL_NUMBER, .number = line->ratio.high},
        {"memory", CELL_NUMBER, .number = line->memory},
        {"threads_used", CELL_COUNT, .count = (uint64_t)p->threads},
        {"engine", CELL_TEXT, .text = bg_name(BG_KIND_ENGINE, (int)line->layers[0].engine)},
        {"tile_rows", CELL_COUNT, .count = p->tile_rows},
        {"tiles", CELL_COUNT, .count = p->tiles},
        {"slots", CELL_COUNT, .count = p->slots},
        {"group", CELL_COUNT, .count = p->group},
    };
    memcpy(cells, all, sizeof all);
    return sizeof all / sizeof *all;
}

static void add_widths(text *out, const bench_line *line, const char *between)
{
    const shape *s = &line->work->shape;
    for (size_t l = 0; l <= s->layers; l++)
        text_format(out, "%s%zu", l ? between : "", s->widths[l]);
}

static void add_csv_cell(text *out, const bench_line *line, const cell *c)
{
    if (c->kind == CELL_WIDTHS)
        add_widths(out, line, "-");
    else if (c->kind == CELL_TEXT)
        text_csv_cell(out, c->text);
    else if (c->kind != CELL_NUMBER)
        text_format(out, "%llu", (unsigned long long)c->count);
    else if (isfinite(c->number))
        text_number(out, c->number, BG_F64);
}

/* The replay is put together by pieces: into a text of its own. */
static text replay_text(const bench *b, const bench_line *line)
{
    text words = text_open("replay"); /* any name: gathered, never written */
    bench_add_replay(&words, b, line);
    text_add_bytes(&words, "", 1);
    return words;
}

void bench_add_csv(text *out, const bench *b)
{
    cell cells[MOST_CELLS];
    size_t count = list_cells(&b->line[0], cells);
    for (size_t i = 0; i < count; i++)
        text_format(out, "%s,", cells[i].key);
    text_add(out, "replay\n");
    for (const bench_line *line = b->line; line < b->line + b->lines; line++) {
        list_cells(line, cells);
        for (size_t i = 0; i < count; i++) {
            add_csv_cell(out, line, &cells[i]);
            text_add(out, ",");
        }
        text replay = replay_text(b, line);
        if (text_failed(&replay))
            out->short_of_memory = true;
        else
            text_csv_cell(out, replay.bytes);
        text_add(out, "\n");
        text_drop(&replay);
    }
}

static void add_json_cell(json *j, const bench_line *line, const cell *c)
{
    const shape *s = &line->work->shape;
    if (c->kind == CELL_TEXT)
        json_text(j, c->key, c->text);
    else if (c->kind == CELL_COUNT)
        json_count(j, c->key, c->count);
    else if (c->kind == CELL_FLAG)
        json_flag(j, c->key, c->count != 0);
    else if (c->kind == CELL_NUMBER)
        json_number(j, c->key, c->number, BG_F64);
    if (c->kind != CELL_WIDTHS)
        return;
    json_begin(j, c->key, '[');
    for (size_t l = 0; l <= s->layers; l++)
        json_count(j, NULL, s->widths[l]);
    json_end(j, ']');
}

static uint64_t peak_memory(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss << 10 : 0;
}

void bench_add_json(text *out, const bench *b)
{
    json j = {.out = out};
    cell cells[MOST_CELLS];
    json_begin(&j, NULL, '{');
    json_begin(&j, "results", '[');
    for (const bench_line *line = b->line; line < b->line + b->lines; line++) {
        size_t count = list_cells(line, cells);
        json_begin(&j, NULL, '{');
        for (size_t i = 0; i < count; i++)
            add_json_cell(&j, line, &cells[i]);
        text replay = replay_text(b, line);
        json_text(&j, "replay", text_failed(&replay) ? NULL : replay.bytes);
        text_drop(&replay);
        json_end(&j, '}');
    }
    json_end(&j, ']');
    json_count(&j, "rounds", b->rounds);
    json_number(&j, "stolen", b->stolen, BG_F64);
    json_number(&j, "other_load", b->other, BG_F64);
    json_count(&j, "peak_memory", peak_memory());
    machine_add_json(&j, "machine", &b->machine);
    json_end(&j, '}');
    text_add(out, "\n");
}

/* ------------------------------------------------------------------------------- people --- */

/* Three digits and a unit: "0.132 us", "46.9 ms". */
static void format_seconds(char words[16], double seconds)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    size_t unit = 0;
    double value = seconds * 1e9;
    for (; value >= 999.5 && unit < 3; unit++)
        value /= 1000;
    int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    snprintf(words, 16, "%.*f %s", decimals, value, units[unit]);
}

static void format_amount(char words[16], double amount, double base)
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T", "P"};
    size_t power = 0;
    for (; amount >= base * 0.9995 && power < 5; power++)
        amount /= base;
    int decimals = amount >= 99.95 || !power ? 0 : amount >= 9.995 ? 1 : 2;
    snprintf(words, 16, "%.*f%s", decimals, amount, prefixes[power]);
}

static void add_line(text *out, const bench *b, const bench_line *line, int width)
{
    char time[16], rows[16], memory[16], bare[16] = "-";
    format_seconds(time, line->time.median);
    format_amount(rows, rows_per_second(line), 1000);
    format_amount(memory, line->memory, 1024);
    if (has_gemms(line))
        snprintf(bare, sizeof bare, "%.0f%%", 100 * line->bare_share);
    text_format(out, "%-*s %7zu %3d %s %8s%s %4.1f%% %7.1f %4.0f%% %5s %7s %6s", width,
                line->work->name, line->batch, line->threads,
                bg_name(BG_KIND_DTYPE, (int)line->dtype), time, line->noisy ? "*" : " ",
                100 * (line->time.high - line->time.low) / line->time.median, line->gflops,
                100 * peak_share(line), bare, rows, memory);
    if (b->c->value[OPT_VS].flag)
        text_format(out, "  %.3f (%.3f to %.3f)", line->ratio.median, line->ratio.low,
                    line->ratio.high);
    text_add(out, "\n");
}

static bool uses(const bench_line *line, bg_engine engine)
{
    for (size_t l = 0; l < line->work->shape.layers; l++)
        if (line->layers[l].engine == engine)
            return true;
    return false;
}

static void add_table(text *out, const bench *b)
{
    int width = 8;
    bool noisy = false, matrix_unit = false;
    for (const bench_line *line = b->line; line < b->line + b->lines; line++)
        width = (int)strlen(line->work->name) > width ? (int)strlen(line->work->name) : width;
    text_format(out, "%-*s %7s %3s %s %8s  %5s %7s %5s %5s %7s %6s%s\n", width, "workload", "batch",
                "thr", "   ", "time", "+-", "GFLOP/s", "peak", "bare", "rows/s", "memory",
                b->c->value[OPT_VS].flag ? "  rows/s against the first line" : "");
    for (const bench_line *line = b->line; line < b->line + b->lines; line++) {
        add_line(out, b, line, width);
        noisy = noisy || line->noisy;
        matrix_unit = matrix_unit || uses(line, BG_ENGINE_AMX);
    }
    text_format(out,
                "\ntime: of a step (with mini-batches of an epoch), the median of %zu rounds in "
                "turns;\n+-: width of its 95 %% interval; peak: share of the FMA peak of as many "
                "threads; bare:\ntime of the step's GEMM calls alone; memory: data, parameters, "
                "state, gradients, tiles\n",
                b->rounds);
    if (matrix_unit)
        text_add(out, "peak does not count the matrix unit (amx), so a share may be above 100 %\n");
    if (noisy)
        text_format(out, "* noisy: the interval is wider than %.0f %%\n", 100 * BENCH_NOISE);
    if (b->other > BENCH_NOISE || b->stolen > BENCH_NOISE / 5)
        text_format(out, "noisy: other programs took %.0f %% of the processors, the host %.1f %%\n",
                    100 * b->other, 100 * b->stolen);
}

static void add_plan(text *out, const bench_line *line)
{
    const bg_plan *p = &line->plan;
    unsigned seen = 0;
    for (size_t l = 0; l < line->work->shape.layers; l++) {
        int engine = (int)line->layers[l].engine;
        if (!(seen >> engine & 1))
            text_format(out, "%s%s", seen ? ", " : "", bg_name(BG_KIND_ENGINE, engine));
        seen |= 1u << engine;
    }
    text_format(out, "; %zu tile%s of %zu rows, ", p->tiles, p->tiles == 1 ? "" : "s",
                p->tile_rows);
    if (p->group)
        text_format(out, "groups of %zu", p->group);
    else
        text_format(out, "%zu slot%s", p->slots, p->slots == 1 ? "" : "s");
    text_format(out, ", %d thread%s", p->threads, p->threads == 1 ? "" : "s");
}

void bench_add_text(text *out, const bench *b)
{
    char memory[16];
    machine_add_header(out, &b->machine);
    for (const bench_peak *p = b->peak; p < b->peak + b->peaks; p++)
        text_format(out, "FMA peak of %d thread%s in %s: %.0f GFLOP/s (%.0f to %.0f)\n", p->threads,
                    p->threads == 1 ? "" : "s", bg_name(BG_KIND_DTYPE, (int)p->dtype),
                    p->value.median, p->value.low, p->value.high);
    text_add(out, "\n");
    add_table(out, b);
    text_add(out, "\n");
    for (const bench_line *line = b->line; line < b->line + b->lines; line++) {
        bench_add_replay(out, b, line);
        text_add(out, "\n    ");
        add_widths(out, line, "-");
        text_add(out, ": ");
        add_plan(out, line);
        text_add(out, "\n");
    }
    format_amount(memory, (double)peak_memory(), 1024);
    text_format(out, "\n%.1f s of rounds, %s of memory at the peak of all lines together\n",
                b->seconds, memory);
}
