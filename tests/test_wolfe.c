/* The line search on functions of one variable, among them those of More and Thuente 1994, "Line
 * search algorithms with guaranteed sufficient decrease", section 5. */
#include "net/wolfe.h"

#include <float.h>
#include <math.h>

#include "suite.h"

typedef struct curve {
    wolfe_point (*at)(double step);
    int looks;
    double last;
} curve;

static wolfe_point look(void *context, double step)
{
    curve *c = context;
    c->looks++;
    c->last = step;
    return c->at(step);
}

/* phi'(0) < 0 at all of these. */
static wolfe_point valley(double a) /* (5.1), beta 2 */
{
    double below = a * a + 2;
    return (wolfe_point){a, -a / below, (a * a - 2) / (below * below)};
}
static wolfe_point steep_end(double a) /* (5.2), beta 0.004 */
{
    double b = a + 0.004;
    return (wolfe_point){a, pow(b, 5) - 2 * pow(b, 4), 5 * pow(b, 4) - 8 * pow(b, 3)};
}
static wolfe_point yanai(double a, double b1, double b2) /* (5.4) */
{
    double g1 = sqrt(1 + b1 * b1) - b1, g2 = sqrt(1 + b2 * b2) - b2;
    double left = sqrt((1 - a) * (1 - a) + b2 * b2), right = sqrt(a * a + b1 * b1);
    return (wolfe_point){a, g1 * left + g2 * right, g1 * (a - 1) / left + g2 * a / right};
}
static wolfe_point yanai_even(double a)
{
    return yanai(a, 0.001, 0.001);
}
static wolfe_point yanai_right(double a)
{
    return yanai(a, 0.01, 0.001);
}
static wolfe_point yanai_left(double a)
{
    return yanai(a, 0.001, 0.01);
}
static wolfe_point wave(double a)
{
    return (wolfe_point){a, -sin(a), -cos(a)};
}
static wolfe_point parabola(double a)
{
    return (wolfe_point){a, (a - 3) * (a - 3), 2 * (a - 3)};
}
static wolfe_point barrier(double a) /* not a number from 1 on */
{
    return (wolfe_point){a, -a - log(1 - a) / 10, -1 + 0.1 / (1 - a)};
}
static wolfe_point cliff(double a) /* infinite from 1 on */
{
    wolfe_point p = {a, a * a / 2 - a / 2, a - 0.5};
    return a < 1 ? p : (wolfe_point){a, INFINITY, NAN};
}
static wolfe_point blind(double a) /* no slope is known from 3.1 on */
{
    return (wolfe_point){a, a * a / 2 - 2 * a, a < 3.1 ? a - 2 : NAN};
}
static wolfe_point hook(double a) /* a wall right behind the minimum: cubics end far before it */
{
    double over = a > 0.99 ? a - 0.99 : 0;
    return (wolfe_point){a, -a + 1e6 * over * over, -1 + 2e6 * over};
}

static wolfe_line line_of(curve *c, double blur)
{
    return (wolfe_line){look, c, c->at(0), blur};
}

START_TEST(both_conditions_hold)
{
    static wolfe_point (*const curves[])(double) = {valley,     steep_end, yanai_even, yanai_right,
                                                    yanai_left, wave,      parabola,   barrier,
                                                    cliff,      blind,     hook};
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
        for (double first = 1e-3; first < 2e3; first *= sqrt(10)) {
            curve c = {.at = curves[i]};
            wolfe_line line = line_of(&c, 0);
            wolfe_point found, start = line.start;
            ck_assert_msg(wolfe_search(&line, first, &found) == WOLFE_HOLDS, "%zu from %g", i,
                          first);
            ck_assert(found.step > 0);
            ck_assert(found.value <= start.value + 1e-4 * found.step * start.slope);
            ck_assert(fabs(found.slope) <= -0.9 * start.slope);
            ck_assert_msg(c.looks <= 25, "%zu from %g: %d looks", i, first, c.looks);
            ck_assert_double_eq(found.step, c.last);
        }
}
END_TEST

/* A cubic through a parabola's values is that parabola: the third look is its minimum. */
START_TEST(interpolation_is_exact_on_a_parabola)
{
    static const double firsts[] = {7, 5.999, 0.1};
    for (size_t i = 0; i < 3; i++) {
        curve c = {.at = parabola};
        wolfe_line line = line_of(&c, 0);
        wolfe_point found;
        ck_assert_int_eq(wolfe_search(&line, firsts[i], &found), WOLFE_HOLDS);
        if (firsts[i] > 5.9)
            ck_assert_double_le(fabs(found.step - 3), 3 * 8 * DBL_EPSILON);
        ck_assert_int_le(c.looks, 2);
    }
}
END_TEST

static wolfe_point kink(double a)
{
    return (wolfe_point){a, fabs(a - 1), a > 1 ? 1 : -1};
}
static wolfe_point endless(double a)
{
    return (wolfe_point){a, -a, -1};
}

/* Slopes that stay: the lowest step that was seen is taken, and seen last. */
START_TEST(a_kink_gives_a_lower_step)
{
    for (double first = 1e-3; first < 2e3; first *= 10) {
        curve c = {.at = kink};
        wolfe_line line = line_of(&c, 0);
        wolfe_point found;
        ck_assert_int_eq(wolfe_search(&line, first, &found), WOLFE_LOWER);
        ck_assert_double_le(found.value, 1e-6);
        ck_assert_double_eq(found.step, c.last);
        c = (curve){.at = endless};
        line = line_of(&c, 0);
        ck_assert_int_eq(wolfe_search(&line, first, &found), WOLFE_LOWER);
        ck_assert_double_ge(found.step, 1e6);
        ck_assert_double_eq(found.step, c.last);
    }
}
END_TEST

static wolfe_point liar(double a) /* the slope promises what the value does not keep */
{
    return (wolfe_point){a, a, -1};
}
static wolfe_point nowhere(double a)
{
    return a == 0 ? (wolfe_point){0, 1, -1} : (wolfe_point){a, NAN, NAN};
}

START_TEST(what_never_falls_fails)
{
    static wolfe_point (*const curves[])(double) = {liar, nowhere};
    for (size_t i = 0; i < 2; i++) {
        curve c = {.at = curves[i]};
        wolfe_line line = line_of(&c, 0);
        wolfe_point found;
        ck_assert_int_eq(wolfe_search(&line, 1, &found), WOLFE_FAILED);
        ck_assert_int_le(c.looks, 40);
    }
}
END_TEST

/* A parabola that is all rounding near its minimum, one unit up or down: the slopes find it. */
static wolfe_point flat(double a)
{
    double noise = fmod(a * 7919, 1) > 0.5 ? DBL_EPSILON : 0, bend = 1e-17;
    return (wolfe_point){a, 1 + bend * (a * a / 2 - a) + noise, bend * (a - 1)};
}

START_TEST(slopes_judge_where_values_are_rounding)
{
    for (double first = 1e-3; first < 2e3; first *= 10) {
        curve c = {.at = flat};
        wolfe_line line = line_of(&c, 4 * DBL_EPSILON);
        wolfe_point found;
        ck_assert_int_eq(wolfe_search(&line, first, &found), WOLFE_HOLDS);
        ck_assert(fabs(found.step - 1) <= 0.9);
        ck_assert(found.value <= line.start.value + line.blur);
    }
}
END_TEST

RUN_CASE("wolfe", 10, both_conditions_hold, interpolation_is_exact_on_a_parabola,
         a_kink_gives_a_lower_step, what_never_falls_fails, slopes_judge_where_values_are_rounding)
