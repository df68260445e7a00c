/* Throughput against batch and against threads, the peak as the top of the axis. */
#include <string.h>

#include "bench.h"
#include "plot.h"

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

static const struct panel {
    const char *title, *axis, *unit; /* unit: of one */
    size_t (*x)(const bench_line *line);
    size_t (*other)(const bench_line *line);
    same_curve *alike;
} panels[] = {
    {"throughput by batch", "rows a step", "thread", x_batch, x_threads, same_but_batch},
    {"throughput by threads", "threads", "row", x_threads, x_batch, same_but_threads},
};

static bool is_first(const bench *b, const bench_line *line, same_curve *alike)
{
    for (const bench_line *l = b->line; l < line; l++)
        if (alike(l, line))
            return false;
    return true;
}

static void add_data(text *out, const bench *b, const struct panel *p)
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

static void add_panel(text *out, const bench *b, const struct panel *p)
{
    text_format(out, "set title '%s'\nset xlabel '%s'\nplot ", p->title, p->axis);
    const char *comma = "";
    for (const bench_line *l = b->line; l < b->line + b->lines; l++) {
        if (!is_first(b, l, p->alike))
            continue;
        text_format(out, "%s'-' with linespoints lw 2 pt 7 ps 0.6 title '%s %s, %zu %s%s'", comma,
                    l->work->name, bg_name(BG_KIND_DTYPE, (int)l->dtype), p->other(l), p->unit,
                    p->other(l) == 1 ? "" : "s");
        comma = ", ";
    }
    for (const bench_peak *k = b->peak; k < b->peak + b->peaks; k++)
        text_format(out, ", %g with lines lc rgb '#888888' dt 2 title 'FMA peak %s, %d thread%s'",
                    k->value.median, bg_name(BG_KIND_DTYPE, (int)k->dtype), k->threads,
                    k->threads == 1 ? "" : "s");
    text_add(out, "\n");
    add_data(out, b, p);
}

int bench_draw(const bench *b, const char *path)
{
    text script = text_open("script"); /* any name: gathered, never written */
    double top = 0;
    for (const bench_peak *k = b->peak; k < b->peak + b->peaks; k++)
        top = k->value.median > top ? k->value.median : top;
    /* A matrix unit is faster than what the peak counts. */
    for (const bench_line *l = b->line; l < b->line + b->lines; l++)
        top = l->gflops > top ? l->gflops : top;
    text_format(&script,
                "set multiplot layout 1,2\nset logscale x 2\nset format x '%%.0f'\n"
                "set xtics rotate by -30\nset grid lc rgb '#dddddd'\n"
                "set key font ',9' below height 1.5 noenhanced\n"
                "set ylabel 'GFLOP/s'\nset offsets graph 0.05, graph 0.05, 0, 0\n"
                "set yrange [0:%g]\n",
                top);
    for (size_t i = 0; i < sizeof panels / sizeof *panels; i++)
        add_panel(&script, b, &panels[i]);
    text_add(&script, "unset multiplot\n");
    int code = plot_draw(path, &script);
    text_drop(&script);
    return code;
}
