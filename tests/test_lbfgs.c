/* L-BFGS from inside: the recursion against a naive twin, the conditions of every step, threads. */
#include "net/lbfgs.h"

#include "base/real.h"
#include "net/dataset.h"
#include "reals.h"
#include "smooth.h"

#define DTYPE (BG_DOUBLE ? BG_F64 : BG_F32)
#define EPS ((double)REAL_EPSILON)
enum { MOST = 1200 }; /* parameters */

static void open_lbfgs(lbfgs *m, bg_net *net, const bg_objective *objective, const bg_data *data,
                       int threads)
{
    plan cut = plan_choose(net, objective, BG_GD, data->rows);
    ck_assert_int_eq(lbfgs_open(m, net, objective, data, cut, threads, NULL), BG_OK);
    lbfgs_gather(m);
}

static const bg_objective mean_squares = {.loss = BG_MSE, .reduction = BG_MEAN};

/* ---------------------------------------------------------------------------- recursion --- */

static long double twin_dot(size_t n, const double *a, const long double *b)
{
    long double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (long double)a[i] * b[i];
    return sum;
}

/* Nocedal and Wright's algorithm 7.4 as it is printed, then r = -H g: pairs oldest first. */
static void twin_direction(size_t n, size_t pairs, double (*s)[MOST], double (*y)[MOST],
                           const double *g, long double *r)
{
    long double alpha[LBFGS_PAIRS], rho[LBFGS_PAIRS], wide[MOST];
    for (size_t i = 0; i < n; i++)
        r[i] = (long double)g[i];
    for (size_t k = pairs; k-- > 0;) {
        for (size_t i = 0; i < n; i++)
            wide[i] = (long double)y[k][i];
        rho[k] = 1 / twin_dot(n, s[k], wide);
        alpha[k] = rho[k] * twin_dot(n, s[k], r);
        for (size_t i = 0; i < n; i++)
            r[i] -= alpha[k] * (long double)y[k][i];
    }
    if (pairs) {
        for (size_t i = 0; i < n; i++)
            wide[i] = (long double)y[pairs - 1][i];
        long double gamma = 1 / (rho[pairs - 1] * twin_dot(n, y[pairs - 1], wide));
        for (size_t i = 0; i < n; i++)
            r[i] *= gamma;
    }
    for (size_t k = 0; k < pairs; k++) {
        long double beta = rho[k] * twin_dot(n, y[k], r);
        for (size_t i = 0; i < n; i++)
            r[i] += (long double)s[k][i] * (alpha[k] - beta);
    }
    for (size_t i = 0; i < n; i++)
        r[i] = -r[i];
}

/* Pairs of a quadratic with curvatures from 1/2 to 3/2, each step of its own length. */
static void draw_pairs(lbfgs *m, size_t n, size_t pairs, double (*s)[MOST], double (*y)[MOST])
{
    for (size_t k = 0; k < pairs; k++) {
        size_t room = LBFGS_PAIRS - pairs + k;
        fill_values(n, (unsigned)(10 + k), s[k]);
        for (size_t i = 0; i < n; i++) {
            s[k][i] = (double)(real)(s[k][i] * pow(0.5, (double)k));
            y[k][i] = (double)(real)(s[k][i] * (1 + 0.5 * cos((double)i)));
        }
        net_import(m->net, m->s[room], s[k]);
        net_import(m->net, m->y[room], y[k]);
    }
}

/* Each of the twin's 2 pairs + 2 changes of d is rounded once to `real`, by half a unit of the
 * largest element there is; with curvatures within a factor of 3 a change passes on no more than
 * 3 sqrt(n) of what it finds, and in practice about as much. */
START_TEST(the_direction_is_that_of_a_naive_twin)
{
    static double s[LBFGS_PAIRS][MOST], y[LBFGS_PAIRS][MOST], g[MOST], got[MOST];
    static long double want[MOST];
    bg_data *data = smooth_data(DTYPE, 50);
    for (size_t pairs = 0; pairs <= LBFGS_PAIRS; pairs++) {
        bg_net *net = smooth_net(DTYPE);
        size_t n = net->parameters;
        lbfgs m;
        open_lbfgs(&m, net, &mean_squares, data, 1);
        fill_values(n, 3, g);
        for (size_t i = 0; i < n; i++)
            g[i] = (double)(real)g[i];
        net_import(net, m.g, g);
        draw_pairs(&m, n, pairs, s, y);
        lbfgs_gather(&m);
        double slope = lbfgs_direction(&m);
        net_export(net, m.d, got);
        twin_direction(n, pairs, s, y, g, want);
        long double largest = 0, along = 0;
        for (size_t i = 0; i < n; i++) {
            largest = fmaxl(largest, fabsl(want[i]));
            along += want[i] * (long double)g[i];
        }
        double bound = (double)largest * 3 * sqrt((double)n) * (2 * (double)pairs + 2) * EPS / 2;
        for (size_t i = 0; i < n; i++)
            ck_assert_double_le(fabs(got[i] - (double)want[i]), bound);
        ck_assert_double_le(fabs(slope - (double)along), bound * (double)n);
        ck_assert(slope < 0);
        lbfgs_close(&m);
        bg_net_free(net);
    }
    bg_data_free(data);
}
END_TEST

/* --------------------------------------------------------------------------- iterations --- */

/* What one iteration did, from x, g and E before and after alone. */
static void check_step(const lbfgs *m, const real *x, const real *g, double value)
{
    size_t n = m->net->size;
    long double before = 0, after = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        long double s = (long double)m->x[i] - (long double)x[i];
        before += (long double)g[i] * s;
        after += (long double)m->g[i] * s;
        /* x + step d is rounded: s is off by half a unit of x */
        size +=
            (fabsl((long double)g[i]) + fabsl((long double)m->g[i])) * fabsl((long double)m->x[i]);
    }
    long double rounding = size * (long double)EPS;
    ck_assert(before < 0);
    ck_assert((long double)m->value <= (long double)value + 1e-4L * before + rounding +
                                           8 * (long double)EPS * fabsl((long double)value));
    ck_assert(fabsl(after) <= 0.9L * fabsl(before) + rounding);
}

static void check_run(bg_loss loss, double l2, bg_activation last)
{
    bg_objective objective = {.loss = loss, .reduction = BG_MEAN, .l2 = l2};
    bg_data *data = smooth_data(DTYPE, 300);
    bg_net *net = make_net(DTYPE, 2, (size_t[]){7, 12, 3}, (bg_activation[]){BG_TANH, last});
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 1, NULL), BG_OK);
    lbfgs m;
    open_lbfgs(&m, net, &objective, data, 1);
    size_t bytes = net->size * sizeof(real), steps = 0;
    real *x = malloc(bytes), *g = malloc(bytes);
    ck_assert(lbfgs_iterate(&m));
    /* Until E is nearly flat to rounding, which has the last word there. */
    for (double fall = 1; fall > 100 * EPS && m.end == BG_FIT_UNFINISHED && steps < 60; steps++) {
        double value = m.value;
        memcpy(x, m.x, bytes);
        memcpy(g, m.g, bytes);
        ck_assert(lbfgs_iterate(&m));
        if (m.end != BG_FIT_UNFINISHED)
            break;
        check_step(&m, x, g, value);
        fall = (value - m.value) / value;
    }
    ck_assert_uint_ge(steps, 10);
    free(x);
    free(g);
    lbfgs_close(&m);
    bg_net_free(net);
    bg_data_free(data);
}

START_TEST(strong_wolfe_conditions_hold_at_every_step)
{
    check_run(BG_MSE, 0, BG_SIGMOID);
    check_run(BG_MSE, 0.001, BG_IDENTITY);
    check_run(BG_SSE, 0, BG_IDENTITY);
    check_run(BG_BCE, 0, BG_SIGMOID);
    check_run(BG_SOFTMAX_CE, 0.01, BG_SOFTMAX);
}
END_TEST

/* The pass and the order of its sums are those of bg_gradient. */
START_TEST(the_gradient_is_that_of_the_others_to_the_bit)
{
    static double got[MOST], want[MOST];
    bg_data *data = smooth_data(DTYPE, 1001);
    for (int penalty = 0; penalty <= 1; penalty++) {
        bg_net *net = smooth_net(DTYPE);
        bg_objective objective = mean_squares;
        objective.l2 = penalty * 0.01;
        lbfgs m;
        open_lbfgs(&m, net, &objective, data, 2);
        for (int i = 0; i < 5; i++) {
            double value;
            ck_assert(lbfgs_iterate(&m));
            ck_assert_int_eq(m.end, BG_FIT_UNFINISHED);
            ck_assert_int_eq(bg_gradient(net, &objective, data, 1, &value, want, NULL), BG_OK);
            net_export(net, m.g, got);
            ck_assert_mem_eq(got, want, net->parameters * sizeof *got);
            ck_assert_double_le(fabs(m.value - value), 4 * 0x1p-52 * value);
        }
        lbfgs_close(&m);
        bg_net_free(net);
    }
    bg_data_free(data);
}
END_TEST

static void iterate(void *context)
{
    lbfgs *m = context;
    for (int i = 0; i < 14; i++)
        ck_assert(lbfgs_iterate(m) && m->end == BG_FIT_UNFINISHED);
}

/* Asked for directly, threads are never cut down to what pays. */
static void hash_of_iterations(const size_t *widths, size_t rows, int threads, char hex[65])
{
    bg_data *data = smooth_data(DTYPE, rows);
    bg_net *net = make_net(DTYPE, 2, widths, (bg_activation[]){BG_SILU, BG_IDENTITY});
    ck_assert_int_eq(bg_net_init(net, BG_HE_NORMAL, 0, 2, NULL), BG_OK);
    bg_objective objective = {.loss = BG_MSE, .reduction = BG_MEAN, .l2 = 1e-4};
    lbfgs m;
    open_lbfgs(&m, net, &objective, data, threads);
    pass_lead(&m.pass, threads, iterate, &m);
    bg_net_sha256(net, hex);
    lbfgs_close(&m);
    bg_net_free(net);
    bg_data_free(data);
}

START_TEST(any_thread_count_gives_the_same_bits)
{
    static const size_t shapes[][3] = {{7, 4, 3}, {7, 60, 3}, {7, 3000, 3}};
    static const int threads[] = {2, 3, 7};
    for (size_t i = 0; i < 3; i++) {
        char one[65], many[65];
        hash_of_iterations(shapes[i], 1001, 1, one);
        for (size_t k = 0; k < 3; k++) {
            hash_of_iterations(shapes[i], 1001, threads[k], many);
            ck_assert_msg(strcmp(one, many) == 0, "shape %zu, %d threads", i, threads[k]);
        }
    }
}
END_TEST

/* s'y of the last step. */
static double last_curvature(const lbfgs *m, const real *x, const real *g)
{
    double sum = 0;
    for (size_t i = 0; i < m->net->size; i++)
        sum += ((double)m->x[i] - (double)x[i]) * ((double)m->g[i] - (double)g[i]);
    return sum;
}

/* At kinks slopes may not get small: a step may stay where its loss is linear, y = 0.  It is taken
 * as long as the loss falls, and makes no pair. */
START_TEST(pairs_without_curvature_are_skipped)
{
    double x[] = {1, 2, -1, 0.5}, t[] = {-3, 1, 7, 2};
    bg_data *data = make_data(DTYPE, 4, 1, 1, x, t);
    bg_net *net = make_net(DTYPE, 1, (size_t[]){1, 1}, (bg_activation[]){BG_IDENTITY});
    bg_objective objective = {.loss = BG_MAE, .reduction = BG_SUM};
    lbfgs m;
    open_lbfgs(&m, net, &objective, data, 1);
    size_t bytes = net->size * sizeof(real), skipped = 0;
    real *before = malloc(bytes), *slopes = malloc(bytes);
    ck_assert(lbfgs_iterate(&m));
    for (int i = 0; i < 200 && m.end == BG_FIT_UNFINISHED; i++) {
        double value = m.value, newest = m.curvature[LBFGS_PAIRS - 1];
        memcpy(before, m.x, bytes);
        memcpy(slopes, m.g, bytes);
        ck_assert(lbfgs_iterate(&m));
        ck_assert(m.value <= value * (1 + 8 * EPS));
        bool skip = m.end == BG_FIT_UNFINISHED && last_curvature(&m, before, slopes) <= 0;
        if (skip)
            ck_assert_double_eq(m.curvature[LBFGS_PAIRS - 1], newest);
        skipped += skip;
    }
    ck_assert_uint_ge(skipped, 1);
    ck_assert_int_ne(m.end, BG_FIT_UNFINISHED);
    ck_assert_double_lt(m.value, 13);          /* that of parameters 0 */
    ck_assert_mem_eq(net->values, m.x, bytes); /* whatever was tried last */
    free(before);
    free(slopes);
    lbfgs_close(&m);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

/* s and y of the last steps and no others, the oldest first, long after the room was full. */
START_TEST(pairs_are_those_of_the_last_steps)
{
    enum { STEPS = 25 };
    bg_data *data = smooth_data(DTYPE, 300);
    bg_net *net = smooth_net(DTYPE);
    lbfgs m;
    open_lbfgs(&m, net, &mean_squares, data, 1);
    size_t n = net->size;
    real *x = calloc((STEPS + 1) * n, sizeof *x), *g = calloc((STEPS + 1) * n, sizeof *g);
    for (size_t i = 0; i <= STEPS; i++) {
        ck_assert(lbfgs_iterate(&m) && m.end == BG_FIT_UNFINISHED);
        memcpy(x + i * n, m.x, n * sizeof *x);
        memcpy(g + i * n, m.g, n * sizeof *g);
    }
    for (size_t k = 0; k < LBFGS_PAIRS; k++) {
        size_t after = (STEPS - LBFGS_PAIRS + 1 + k) * n, before = after - n;
        for (size_t i = 0; i < n; i++) {
            ck_assert(m.s[k][i] == x[after + i] - x[before + i]);
            ck_assert(m.y[k][i] == g[after + i] - g[before + i]);
        }
    }
    free(x);
    free(g);
    lbfgs_close(&m);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

/* A pair that makes every step infinite is forgotten, and the step taken downhill. */
START_TEST(pairs_that_lead_nowhere_are_forgotten)
{
    static double s[MOST], y[MOST];
    bg_data *data = smooth_data(DTYPE, 50);
    bg_net *net = smooth_net(DTYPE);
    lbfgs m;
    open_lbfgs(&m, net, &mean_squares, data, 1);
    for (size_t i = 0; i < net->parameters; i++) {
        s[i] = BG_DOUBLE ? 1e150 : 1e30;
        y[i] = BG_DOUBLE ? 1e-150 : 1e-30;
    }
    for (size_t k = 0; k < LBFGS_PAIRS; k++) {
        net_import(net, m.s[k], s);
        net_import(net, m.y[k], y);
    }
    lbfgs_gather(&m);
    double start = lbfgs_look(&m, 0).value;
    ck_assert(lbfgs_iterate(&m));
    ck_assert_int_eq(m.end, BG_FIT_UNFINISHED);
    ck_assert_double_lt(m.value, start);
    for (size_t k = 0; k + 1 < LBFGS_PAIRS; k++)
        ck_assert(m.curvature[k] == 0 && m.s[k][0] == 0 && m.y[k][0] == 0);
    ck_assert_double_gt(m.curvature[LBFGS_PAIRS - 1], 0);
    lbfgs_close(&m);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

/* The square of a tiny output is 0, though its slope, by a huge input, is not. */
START_TEST(a_loss_of_0_is_the_end)
{
    double x[] = {BG_DOUBLE ? 1e160 : 1e20}, t[] = {0};
    double weight[] = {0}, bias[] = {BG_DOUBLE ? 1e-165 : 1e-25};
    bg_data *data = make_data(DTYPE, 1, 1, 1, x, t);
    bg_net *net = make_net(DTYPE, 1, (size_t[]){1, 1}, (bg_activation[]){BG_IDENTITY});
    bg_net_set(net, 1, weight, bias);
    lbfgs m;
    open_lbfgs(&m, net, &mean_squares, data, 1);
    ck_assert(lbfgs_iterate(&m));
    ck_assert_double_eq(m.value, 0);
    ck_assert_double_gt(m.length2, 0);
    ck_assert_int_eq(m.end, BG_FIT_CONVERGED);
    lbfgs_close(&m);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

/* At a minimum no step is taken, and what the network had it has still, -0 included. */
START_TEST(the_end_leaves_the_parameters_alone)
{
    double x[] = {1, 2, 3}, t[] = {0, 0, 0}, weight = -0.0, bias = -0.0;
    bg_data *data = make_data(DTYPE, 3, 1, 1, x, t);
    bg_net *net = make_net(DTYPE, 1, (size_t[]){1, 1}, (bg_activation[]){BG_IDENTITY});
    bg_net_set(net, 1, &weight, &bias);
    lbfgs m;
    open_lbfgs(&m, net, &mean_squares, data, 1);
    ck_assert(lbfgs_iterate(&m));
    ck_assert_int_eq(m.end, BG_FIT_CONVERGED);
    bg_net_get(net, 1, &weight, &bias);
    ck_assert(signbit(weight) && signbit(bias) && weight == 0 && bias == 0);
    lbfgs_close(&m);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

RUN_CASE("lbfgs", 120, the_direction_is_that_of_a_naive_twin,
         strong_wolfe_conditions_hold_at_every_step, the_gradient_is_that_of_the_others_to_the_bit,
         any_thread_count_gives_the_same_bits, pairs_without_curvature_are_skipped,
         pairs_are_those_of_the_last_steps, pairs_that_lead_nowhere_are_forgotten,
         a_loss_of_0_is_the_end, the_end_leaves_the_parameters_alone)
