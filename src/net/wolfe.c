/* Nocedal and Wright 2006, Numerical Optimization, algorithms 3.5 (bracket) and 3.6 (zoom). */
#include "net/wolfe.h"

#include <math.h>
#include <stdbool.h>

#define MOST_LOOKS 40
/* A step beyond the last one, as multiples of it. */
#define LEAST_GROWTH 2
#define MOST_GROWTH 10
/* A step between two others stays this share of their distance away from both. */
#define MARGIN 0.1
#define CLOSEST 0x1p-50 /* steps closer than this are the same */

typedef struct search {
    const wolfe_line *line;
    int left; /* looks */
} search;

/* phi(step) <= phi(0) + c1 step phi'(0) + blur.  Not finite: false. */
static bool falls(const wolfe_line *line, wolfe_point p)
{
    const wolfe_point *start = &line->start;
    return isfinite(p.slope) &&
           p.value <= start->value + WOLFE_DECREASE * p.step * start->slope + line->blur;
}

/* |phi'(step)| <= c2 |phi'(0)| */
static bool is_level(const wolfe_line *line, wolfe_point p)
{
    return fabs(p.slope) <= WOLFE_CURVATURE * fabs(line->start.slope);
}

static wolfe_point look(search *s, double step)
{
    s->left--;
    return s->line->look(s->line->context, step);
}

/* Minimiser of the cubic through both values and slopes (3.59); where the values differ by no more
 * than rounding, of the parabola through the slopes.  Not finite: there is none. */
static double minimiser(const search *s, wolfe_point a, wolfe_point b)
{
    double gap = b.step - a.step;
    if (fabs(a.value - b.value) <= s->line->blur)
        return a.step - a.slope * gap / (b.slope - a.slope);
    double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step);
    double d2 = copysign(sqrt(d1 * d1 - a.slope * b.slope), gap);
    return b.step - gap * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
}

/* The next step of alg. 3.5, where the slope still falls. */
static double beyond(const search *s, wolfe_point before, wolfe_point now)
{
    double step = minimiser(s, before, now);
    if (!(step > now.step))
        step = INFINITY; /* none ahead */
    return fmin(fmax(step, LEAST_GROWTH * now.step), MOST_GROWTH * now.step);
}

/* The next step of alg. 3.6. */
static double between(const search *s, wolfe_point low, wolfe_point high)
{
    double gap = high.step - low.step, step = minimiser(s, low, high);
    double share = (step - low.step) / gap;
    if (!isfinite(high.value) || !isfinite(high.slope))
        return low.step + MARGIN * gap;
    if (!isfinite(share))
        return low.step + gap / 2;
    return low.step + fmin(fmax(share, MARGIN), 1 - MARGIN) * gap;
}

/* What is left when there is nothing more to try: the lowest step that falls, if any. */
static wolfe_end settle(search *s, wolfe_point low, wolfe_point *found)
{
    if (!(low.step > 0 && low.value < s->line->start.value))
        return WOLFE_FAILED;
    *found = look(s, low.step);
    return WOLFE_LOWER;
}

/* Between low, which falls, and high lie steps that satisfy both conditions. */
static wolfe_end zoom(search *s, wolfe_point low, wolfe_point high, wolfe_point *found)
{
    while (s->left > 0 && fabs(high.step - low.step) > CLOSEST * fmax(low.step, high.step)) {
        wolfe_point now = look(s, between(s, low, high));
        if (!falls(s->line, now) || now.value > low.value + s->line->blur) {
            high = now;
        } else {
            if (is_level(s->line, now)) {
                *found = now;
                return WOLFE_HOLDS;
            }
            if (now.slope * (high.step - low.step) >= 0)
                high = low;
            low = now;
        }
    }
    return settle(s, low, found);
}

wolfe_end wolfe_search(const wolfe_line *line, double first, wolfe_point *found)
{
    search s = {.line = line, .left = MOST_LOOKS};
    wolfe_point before = line->start;
    double step = first;
    while (s.left > 0) {
        wolfe_point now = look(&s, step);
        if (!falls(line, now) || now.value > before.value + line->blur)
            return zoom(&s, before, now, found);
        if (is_level(line, now)) {
            *found = now;
            return WOLFE_HOLDS;
        }
        if (now.slope >= 0)
            return zoom(&s, now, before, found);
        step = beyond(&s, before, now);
        before = now;
    }
    return settle(&s, before, found);
}
