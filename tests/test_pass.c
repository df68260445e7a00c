/* Forward and backward of random networks in every pair of activation and loss, against the
 * long-double twin and central differences. */
#include "random_net.h"

static const double unit[] = {[BG_F32] = 0x1p-24, [BG_F64] = 0x1p-53};

/* Loss, outputs and gradient of one sample in one precision; in double what the twin's bound has to
 * excuse beyond 1e-12 is counted. */
static void compare_with_twin(sample *s, bg_dtype dtype, size_t *excused, size_t *all)
{
    char text[160];
    size_t count = twin_parameters(&s->twin), out = s->twin.width[s->twin.layers];
    twin_number *want = calloc(count, sizeof *want);
    double *g = calloc(count, sizeof *g), *a = calloc(s->rows * out, sizeof *a), value, again;
    bg_net *net = sample_net(s, dtype);
    bg_data *data = sample_data(s, dtype);
    twin_number loss = twin_gradient(&s->twin, &s->objective, s->rows, s->x, s->t, want);
    ck_assert_int_eq(bg_gradient(net, &s->objective, data, 1, &value, g, NULL), BG_OK);
    ck_assert_int_eq(bg_loss_value(net, &s->objective, data, 2, &again, NULL), BG_OK);
    ck_assert_int_eq(bg_predict(net, data, 2, a, NULL), BG_OK);
    double u = unit[dtype], relative = dtype == BG_F64 ? 1e-12 : 0;
    ck_assert_msg(twin_agrees(value, loss, relative, u), "%s: loss %g for %Lg",
                  sample_text(s, text), value, loss.value);
    ck_assert(twin_agrees(again, loss, relative, u));
    for (size_t k = 0; k < count; k++) {
        ck_assert_msg(twin_agrees(g[k], want[k], relative, u), "%s: parameter %zu: %g for %Lg",
                      sample_text(s, text), k, g[k], want[k].value);
        *excused += !twin_agrees(g[k], (twin_number){want[k].value, 0}, 1e-12, u);
    }
    *all += count;
    for (size_t r = 0; r < s->rows; r++) {
        twin_forward(&s->twin, s->x + r * s->twin.width[0]);
        for (size_t j = 0; j < out; j++)
            ck_assert_msg(twin_agrees(a[r * out + j], s->twin.a[s->twin.layers][j], relative, u),
                          "%s: output %zu of row %zu", sample_text(s, text), j, r);
    }
    free(want);
    free(g);
    free(a);
    bg_net_free(net);
    bg_data_free(data);
}

START_TEST(every_pair_agrees_with_the_twin)
{
    size_t excused[2] = {0, 0}, all[2] = {0, 0};
    for (int f = 0; f < BG_ACTIVATION_COUNT; f++)
        for (int e = 0; e < BG_LOSS_COUNT; e++)
            for (unsigned n = 0; n < 3; n++) {
                sample s = sample_open((bg_activation)f, (bg_loss)e, sample_widest[n],
                                       (unsigned)(f * BG_LOSS_COUNT + e) * 3 + n);
                for (int dtype = BG_F32; dtype <= BG_F64; dtype++)
                    compare_with_twin(&s, (bg_dtype)dtype, &excused[dtype], &all[dtype]);
                sample_close(&s);
            }
    /* The bound is for sums that cancel; hardly any in double needs it. */
    ck_assert_msg(excused[BG_F64] * 500 < all[BG_F64], "%zu of %zu", excused[BG_F64], all[BG_F64]);
}
END_TEST

static double loss_moved(const sample *s, bg_net *net, const bg_data *data, const double *direction,
                         double step)
{
    size_t count = twin_parameters(&s->twin);
    double *moved = calloc(count, sizeof *moved), value;
    for (size_t k = 0; k < count; k++)
        moved[k] = s->parameters[k] + step * direction[k];
    set_parameters(net, moved);
    ck_assert_int_eq(bg_loss_value(net, &s->objective, data, 1, &value, NULL), BG_OK);
    free(moved);
    return value;
}

/* On which side of their kinks all z and residuals are, as a hash. */
static unsigned long long sides(const sample *s, const double *direction, double step)
{
    static twin moved;
    moved = s->twin;
    size_t count = twin_parameters(&moved), top = moved.layers;
    double *p = calloc(count, sizeof *p);
    unsigned long long hash = 1469598103934665603ull;
    for (size_t k = 0; k < count; k++)
        p[k] = s->parameters[k] + step * direction[k];
    moved.parameters = p;
    for (size_t r = 0; r < s->rows; r++) {
        twin_forward(&moved, s->x + r * moved.width[0]);
        for (size_t l = 1; l <= top; l++)
            for (size_t j = 0; j < moved.width[l]; j++)
                hash = (hash ^ (moved.z[l][j].value > 0)) * 1099511628211ull;
        for (size_t j = 0; j < moved.width[top]; j++) {
            wide d = moved.a[top][j].value - (wide)s->t[r * moved.width[top] + j];
            int side = (d > 0) + 2 * (d > 1) + 4 * (d < -1);
            hash = (hash ^ (unsigned)side) * 1099511628211ull;
        }
    }
    free(p);
    return hash;
}

static bool has_kinks(const sample *s)
{
    bg_activation f = s->twin.f[s->twin.layers];
    return s->objective.loss == BG_MAE || s->objective.loss == BG_HUBER ||
           (f != BG_SOFTMAX && twin_functions[f].kink);
}

/* The penalty l1 has a kink where a weight is 0; from there it is the same on both sides. */
static bool crosses_zero(const sample *s, const double *direction, double step)
{
    for (size_t k = 0; s->objective.l1 != 0 && k < twin_parameters(&s->twin); k++)
        if (s->parameters[k] != 0 && fabs(s->parameters[k]) <= step * fabs(direction[k]))
            return true;
    return false;
}

/* The derivative along a direction: central differences at h, h/2 and h/4, extrapolated twice
 * (Richardson 1911), so that the error left is of order h^6; with 2^-8 far below 1e-7 of the
 * derivatives of smooth functions.  Where a kink lies within h the step is made smaller.  What
 * rounding of the losses adds is below 8/h times their error. */
static double central_difference(const sample *s, bg_net *net, const bg_data *data,
                                 const double *direction, double *step)
{
    double h = 0x1p-8, d[3];
    if (has_kinks(s)) {
        unsigned long long here = sides(s, direction, 0);
        while (sides(s, direction, h) != here || sides(s, direction, -h) != here)
            h /= 2;
    }
    while (crosses_zero(s, direction, h))
        h /= 2;
    for (int i = 0; i < 3; i++) {
        double at = ldexp(h, -i);
        d[i] =
            (loss_moved(s, net, data, direction, at) - loss_moved(s, net, data, direction, -at)) /
            (2 * at);
    }
    double once = (4 * d[1] - d[0]) / 3, finer = (4 * d[2] - d[1]) / 3;
    *step = h;
    return (16 * finer - once) / 15;
}

typedef struct tally {
    size_t tried, sharp; /* of them with a tolerance of 1e-7 of themselves */
} tally;

static void compare_direction(const sample *s, bg_net *net, const bg_data *data, const double *g,
                              const double *direction, double loss_error, tally *count)
{
    char text[160];
    double want = 0, size = 0, step;
    for (size_t k = 0; k < twin_parameters(&s->twin); k++) {
        want += g[k] * direction[k];
        size += fabs(g[k] * direction[k]);
    }
    double got = central_difference(s, net, data, direction, &step);
    double rounding = 8 / step * loss_error + 1e-12 * size;
    double tolerance = fmax(1e-7 * fabs(want), rounding);
    ck_assert_msg(fabs(got - want) <= tolerance, "%s: %.17g by differences, %.17g, step %g",
                  sample_text(s, text), got, want, step);
    count->tried++;
    count->sharp += rounding <= 1e-7 * fabs(want);
}

/* Ten parameters, or all where there are few, one by one; and two directions that move all. */
static void compare_with_differences(sample *s, tally *count)
{
    size_t n = twin_parameters(&s->twin);
    double *g = calloc(n, sizeof *g), *direction = calloc(n, sizeof *direction);
    twin_number *want = calloc(n, sizeof *want);
    bg_net *net = sample_net(s, BG_F64);
    bg_data *data = sample_data(s, BG_F64);
    twin_number loss = twin_gradient(&s->twin, &s->objective, s->rows, s->x, s->t, want);
    double error = (double)loss.error * unit[BG_F64];
    ck_assert_int_eq(bg_gradient(net, &s->objective, data, 1, NULL, g, NULL), BG_OK);
    for (size_t i = 0; i < 10 && i < n; i++) {
        size_t k = n <= 10 ? i : sample_size(s, 1, n) * 7919 % n;
        direction[k] = 1;
        compare_direction(s, net, data, g, direction, error, count);
        direction[k] = 0;
    }
    for (int i = 0; i < 2; i++) {
        for (size_t k = 0; k < n; k++)
            direction[k] = sample_draw(s, -1, 1) / sqrt((double)n);
        compare_direction(s, net, data, g, direction, error, count);
    }
    free(g);
    free(direction);
    free(want);
    bg_net_free(net);
    bg_data_free(data);
}

START_TEST(every_pair_agrees_with_central_differences)
{
    tally count = {0, 0};
    for (int f = 0; f < BG_ACTIVATION_COUNT; f++)
        for (int e = 0; e < BG_LOSS_COUNT; e++)
            for (unsigned n = 0; n < 2; n++) {
                sample s = sample_open((bg_activation)f, (bg_loss)e, sample_widest[n],
                                       1000 + (unsigned)(f * BG_LOSS_COUNT + e) * 2 + n);
                compare_with_differences(&s, &count);
                sample_close(&s);
            }
    /* Nearly all derivatives are large enough for rounding not to blur their seventh digit. */
    ck_assert_msg(count.sharp * 100 > count.tried * 85, "%zu of %zu", count.sharp, count.tried);
}
END_TEST

RUN_CASE("pass", 120, every_pair_agrees_with_the_twin, every_pair_agrees_with_central_differences)
