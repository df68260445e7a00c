#include "curve.h"

#include <math.h>
#include <stdlib.h>

#include "plot.h"
#include "talk.h"

/* A hundred points for each factor of e are all that a picture shows; so many serve for more epochs
 * than there can be. */
#define STEP 1.01
#define MOST_POINTS 4096

struct curve {
    const char *path;
    double next; /* epoch from which the next point is kept */
    size_t points;
    struct point {
        double epoch, loss, valid; /* valid NAN: without --valid */
    } point[MOST_POINTS];
};

int curve_open(const char *path, curve **made)
{
    curve *k = calloc(1, sizeof *k);
    if (!k)
        return complain_memory("the curve");
    k->path = path;
    *made = k;
    return EXIT_DONE;
}

void curve_add(curve *k, const training *t)
{
    double epoch = (double)t->progress.epochs;
    if (epoch < k->next || k->points == MOST_POINTS)
        return;
    k->point[k->points++] =
        (struct point){epoch, t->progress.loss, t->valid ? t->validation.loss : NAN};
    k->next = epoch * STEP;
}

/* Both losses where they are; gnuplot leaves out what is no number. */
static bool has_valid(const curve *k)
{
    return isfinite(k->point[0].valid);
}

static void add_points(text *out, const curve *k, bool valid)
{
    for (size_t i = 0; i < k->points; i++) {
        text_number(out, k->point[i].epoch, BG_F64);
        text_add(out, " ");
        text_number(out, valid ? k->point[i].valid : k->point[i].loss, BG_F64);
        text_add(out, "\n");
    }
    text_add(out, "e\n");
}

static bool all_positive(const curve *k)
{
    for (size_t i = 0; i < k->points; i++)
        if (!(k->point[i].loss > 0) || k->point[i].valid <= 0)
            return false;
    return true;
}

static int draw(const curve *k)
{
    text script = text_open("script"); /* any name: gathered, never written */
    text_add(&script, "set logscale x\nset format x '%.0f'\nset xlabel 'epochs'\n"
                      "set ylabel 'loss'\nset grid lc rgb '#dddddd'\nset key top right\n");
    if (all_positive(k))
        text_add(&script, "set logscale y\nset format y '%g'\n");
    text_add(&script, "plot '-' with linespoints lw 2 pt 7 ps 0.3 title 'training'");
    if (has_valid(k))
        text_add(&script, ", '-' with linespoints lw 2 pt 7 ps 0.3 title 'validation'");
    text_add(&script, "\n");
    add_points(&script, k, false);
    if (has_valid(k))
        add_points(&script, k, true);
    int code = plot_draw(k->path, &script);
    text_drop(&script);
    return code;
}

int curve_close(curve *k)
{
    int code = k && k->points ? draw(k) : EXIT_DONE;
    free(k);
    return code;
}
