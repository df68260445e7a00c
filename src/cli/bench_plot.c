/* Throughput against batch and against threads, with the peak that bounds it. */
#include <math.h>
#include <string.h>

#include "bench.h"
#include "plot.h"

#define HEIGHT 345 /* without the key */
#define AXIS 60    /* its numbers and name */
#define KEY_LINE 14
#define KEY_WIDTH 420.0
#define KEY_LETTER 5.2
#define KEY_SAMPLE 40.0
#define LONGEST_TITLE ((size_t)44)
#define LEVEL_TICKS ((size_t)6)

static size_t x_batch(const bench_line *line)
{
    return line->batch;
}

static size_t x_threads(const bench_line *line)
{
    return (size_t)line->threads;
}

/* Lines of one curve: all alike but for x. */
typedef bool same_curve(const bench_line *a, const bench_line *b);

static bool same_but_batch(const bench_line *a, const bench_line *b)
{
    return a->work == b->work && a->dtype == b->dtype && a->threads == b->threads;
}

static bool same_but_threads(const bench_line *a, const bench_line *b)
{
    return a->work == b->work && a->dtype == b->dtype && a->batch == b->batch;
}

static bool same_batch(const bench_line *a, const bench_line *b)
{
    return a->batch == b->batch;
}

static bool same_threads(const bench_line *a, const bench_line *b)
{
    return a->threads == b->threads;
}

static const struct panel {
    const char *title, *axis, *unit; /* unit: of one */
    size_t (*x)(const bench_line *line);
    size_t (*other)(const bench_line *line);
    same_curve *alike, *same_x;
    bool peak_rises; /* along x, with the threads */
} panels[] = {
    {"throughput by batch", "rows a step", "thread", x_batch, x_threads, same_but_batch, same_batch,
     false},
    {"throughput by threads", "threads", "row", x_threads, x_batch, same_but_threads, same_threads,
     true},
};

static bool is_first(const bench *b, const bench_line *line, same_curve *alike)
{
    for (const bench_line *l = b->line; l < line; l++)
        if (alike(l, line))
            return false;
    return true;
}

static size_t count_first(const bench *b, same_curve *alike)
{
    size_t n = 0;
    for (const bench_line *l = b->line; l < b->line + b->lines; l++)
        n += is_first(b, l, alike);
    return n;
}

/* A rising peak is one line for each precision. */
static bool begins_peak(const bench *b, const bench_peak *peak, const struct panel *p)
{
    for (const bench_peak *k = b->peak; p->peak_rises && k < peak; k++)
        if (k->dtype == peak->dtype)
            return false;
    return true;
}

/* -------------------------------------------------------------------------------- curves --- */

/* Sorted by x, whatever the order on the command line. */
static void add_curves(text *out, const bench *b, const struct panel *p)
{
    for (const bench_line *l = b->line; l < b->line + b->lines; l++) {
        if (!is_first(b, l, p->alike))
            continue;
        text title = text_open("title"); /* any name: gathered, never written */
        text_format(&title, "%s %s, %zu %s%s", l->work->name, bg_name(BG_KIND_DTYPE, (int)l->dtype),
                    p->other(l), p->unit, p->other(l) == 1 ? "" : "s");
        text_add_bytes(&title, "", 1);
        text_add(out, "'-' smooth unique with linespoints lw 2 pt 7 ps 0.6 title ");
        plot_add_quoted(out, text_failed(&title) ? "" : title.bytes, LONGEST_TITLE);
        text_add(out, ", ");
        text_drop(&title);
    }
}

static void add_curve_points(text *out, const bench *b, const struct panel *p)
{
    for (const bench_line *first = b->line; first < b->line + b->lines; first++) {
        if (!is_first(b, first, p->alike))
            continue;
        for (const bench_line *l = first; l < b->line + b->lines; l++)
            if (p->alike(l, first))
                text_format(out, "%zu %g\n", p->x(l), l->gflops);
        text_add(out, "e\n");
    }
}

/* Dashes and, behind the last, another grey. */
static void add_peaks(text *out, const bench *b, const struct panel *p)
{
    static const char *const greys[] = {"#666666", "#aaaaaa"};
    const char *comma = "";
    int n = 0;
    for (const bench_peak *k = b->peak; k < b->peak + b->peaks; k++) {
        if (!begins_peak(b, k, p))
            continue;
        text_add(out, comma);
        comma = ", ";
        if (p->peak_rises)
            text_add(out, "'-' smooth unique with linespoints pt 2 ps 0.5");
        else
            text_format(out, "%g with lines", k->value.median);
        text_format(out, " lw 1.5 lc rgb '%s' dt %d title 'FMA peak %s", greys[n / 4 % 2],
                    2 + n % 4, bg_name(BG_KIND_DTYPE, (int)k->dtype));
        if (!p->peak_rises)
            text_format(out, ", %d thread%s", k->threads, k->threads == 1 ? "" : "s");
        text_add(out, "'");
        n++;
    }
    text_add(out, "\n");
}

static void add_peak_points(text *out, const bench *b, const struct panel *p)
{
    for (const bench_peak *first = b->peak; p->peak_rises && first < b->peak + b->peaks; first++) {
        if (!begins_peak(b, first, p))
            continue;
        for (const bench_peak *k = first; k < b->peak + b->peaks; k++)
            if (k->dtype == first->dtype)
                text_format(out, "%d %g\n", k->threads, k->value.median);
        text_add(out, "e\n");
    }
}

/* -------------------------------------------------------------------------------- panels --- */

/* A tick for each x there is, room beside the outermost. */
static void add_axis(text *out, const bench *b, const struct panel *p)
{
    double low = INFINITY, high = 0;
    const char *comma = "";
    text_format(out, "set xlabel '%s'\nset xtics %s (", p->axis,
                count_first(b, p->same_x) > LEVEL_TICKS ? "rotate by -30" : "norotate");
    for (const bench_line *l = b->line; l < b->line + b->lines; l++) {
        if (!is_first(b, l, p->same_x))
            continue;
        text_format(out, "%s'%zu' %zu", comma, p->x(l), p->x(l));
        comma = ", ";
        low = fmin(low, (double)p->x(l));
        high = fmax(high, (double)p->x(l));
    }
    double margin = low < high ? pow(high / low, 0.05) : 1.5;
    text_format(out, ")\nset xrange [%g:%g]\n", low / margin, high * margin);
}

static void add_panel(text *out, const bench *b, const struct panel *p)
{
    text_format(out, "set title '%s'\n", p->title);
    add_axis(out, b, p);
    text_add(out, "plot ");
    add_curves(out, b, p);
    add_peaks(out, b, p);
    add_curve_points(out, b, p);
    add_peak_points(out, b, p);
}

/* Columns of a panel's key that its longest words leave room for. */
static size_t key_columns(const bench *b)
{
    size_t longest = sizeof "FMA peak f32, 2 threads";
    for (const bench_line *l = b->line; l < b->line + b->lines; l++) {
        size_t length = strlen(l->work->name) + sizeof " f32, 65536 rows";
        longest = length > longest ? length : longest;
    }
    longest = longest < LONGEST_TITLE ? longest : LONGEST_TITLE;
    return (size_t)(KEY_WIDTH / (KEY_LETTER * (double)longest + KEY_SAMPLE));
}

static double top_of(const bench *b)
{
    double top = 0;
    for (const bench_peak *k = b->peak; k < b->peak + b->peaks; k++)
        top = fmax(top, k->value.median);
    /* A matrix unit is faster than what the peak counts. */
    for (const bench_line *l = b->line; l < b->line + b->lines; l++)
        top = fmax(top, l->gflops);
    return top;
}

int bench_draw(const bench *b, const char *path)
{
    size_t columns = key_columns(b), rows = 0;
    for (size_t i = 0; i < sizeof panels / sizeof *panels; i++) {
        size_t entries = count_first(b, panels[i].alike) + b->peaks;
        rows = entries / columns + 1 > rows ? entries / columns + 1 : rows;
    }
    int key = KEY_LINE * (int)rows, height = HEIGHT + key;
    text script = plot_open(path, height);
    text_format(&script,
                "set multiplot layout 1,2\nset logscale x 2\n"
                "set key font ',9' below height 1 Left reverse samplen 3 maxcols %zu\n"
                "set bmargin at screen %g\nset ylabel 'GFLOP/s'\nset yrange [0:%g]\n"
                "set border 11\n", /* the peak is the top of the axis and stands for its line */
                columns, (double)(AXIS + key) / height, top_of(b));
    for (size_t i = 0; i < sizeof panels / sizeof *panels; i++)
        add_panel(&script, b, &panels[i]);
    text_add(&script, "unset multiplot\n");
    int code = plot_draw(&script);
    text_drop(&script);
    return code;
}
