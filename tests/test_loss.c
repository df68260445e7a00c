/* Losses of rows and their derivatives, against the formulas in long double; hard values; rows that
 * know nothing of each other. */
#include "base/real.h"
#include "kernel/loss.h"
#include "reals.h"
#include "twin.h"

enum { MOST = 1001 };

typedef struct row {
    size_t n;
    real z[MOST], a[MOST], t[MOST], delta[MOST + 3];
} row;

/* All lengths up to 33, and some long ones. */
static size_t next_length(size_t n)
{
    return n < 33 ? n + 1 : n * 3 + 1;
}

static double apply(const loss_rule *rule, row *r)
{
    return rule->apply(&(loss_rows){.rows = 1,
                                    .n = r->n,
                                    .stride = r->n,
                                    .z = r->z,
                                    .a = r->a,
                                    .t = r->t,
                                    .scale = 1,
                                    .delta = r->delta});
}

/* Outputs in `low`..`high`, targets beside them, both as real numbers. */
static row draw_row(size_t n, double low, double high, unsigned seed)
{
    double values[2 * MOST];
    row r = {.n = n};
    fill_values(2 * n, seed, values);
    for (size_t j = 0; j < n; j++) {
        r.a[j] = (real)(low + (high - low) * (values[j] + 1) / 2);
        r.t[j] = (real)(low + (high - low) * (values[n + j] + 1) / 2);
        r.z[j] = (real)NAN; /* no plain rule reads it */
    }
    for (size_t j = 0; j < 3; j++)
        r.delta[n + j] = CANARY;
    return r;
}

static void check_row(const row *r, double value, twin_number loss, const twin_number *delta,
                      const char *name)
{
    /* Terms below the smallest normal number may be lost. */
    wide most = loss.error * REAL_UNIT + (wide)r->n * (wide)REAL_MIN;
    ck_assert_msg(fabsl((wide)value - loss.value) <= most, "%s of %zu: %g for %Lg", name, r->n,
                  value, loss.value);
    for (size_t j = 0; j < r->n; j++)
        ck_assert_msg(fabsl((wide)r->delta[j] - delta[j].value) <= delta[j].error * REAL_UNIT,
                      "%s of %zu, derivative %zu: %g for %Lg", name, r->n, j, (double)r->delta[j],
                      delta[j].value);
    check_canaries(0, 0, 3, 1, r->delta + r->n);
}

static void compare_plain(variant v, bg_loss loss, row r)
{
    const loss_rule *rule = loss_variant(loss, BG_IDENTITY, v);
    ck_assert(!rule->fused);
    twin_number a[MOST], g[MOST];
    double t[MOST];
    for (size_t j = 0; j < r.n; j++) {
        a[j] = (twin_number){(wide)r.a[j], 0};
        t[j] = (double)r.t[j];
    }
    twin_number want = twin_loss(loss, r.n, a, t, g);
    double value = apply(rule, &r);
    for (size_t j = 0; j < r.n; j++)
        g[j].error += 2 * fabsl(g[j].value); /* the share of an output, and the last rounding */
    check_row(&r, value, want, g, bg_name(BG_KIND_LOSS, (int)loss));
}

static void compare_plain_losses(variant v, size_t n, unsigned seed)
{
    for (int loss = 0; loss < BG_BCE; loss++)
        compare_plain(v, (bg_loss)loss, draw_row(n, -2, 2, seed));
    row r = draw_row(n, 0.001, 0.999, seed);
    r.t[0] = (real)(seed % 2); /* targets of exactly 0 and 1 */
    compare_plain(v, BG_BCE, r);
    compare_plain(v, BG_SOFTMAX_CE, r);
}

START_TEST(plain_losses_agree_with_their_formulas)
{
    for (int v = 0; v < VARIANT_COUNT; v++)
        for (size_t n = 1; variant_runs((variant)v) && n <= MOST; n = next_length(n))
            for (unsigned seed = 0; seed < 20; seed++)
                compare_plain_losses((variant)v, n, seed);
}
END_TEST

/* z up to `reach`; a as a rounded value of the activation, as the engine hands it over. */
static void compare_fused(variant v, bg_loss loss, bg_activation f, size_t n, real reach,
                          unsigned seed)
{
    const loss_rule *rule = loss_variant(loss, f, v);
    ck_assert(rule->fused);
    row r = draw_row(n, 0, 1, seed);
    real *z = make_reals(n, seed + 1);
    twin_number zs[MOST], a[MOST], delta[MOST], sum = {0, 0};
    wide total = 0;
    for (size_t j = 0; j < n; j++) {
        r.z[j] = z[j] * reach;
        zs[j] = (twin_number){(wide)r.z[j], 0};
        total += (wide)r.t[j];
    }
    twin_activate(f, n, zs, a);
    for (size_t j = 0; j < n; j++) {
        r.a[j] = (real)a[j].value;
        wide x = zs[j].value, t = (wide)r.t[j], term = t * twin_softplus(-x);
        if (loss == BG_BCE)
            term += (1 - t) * twin_softplus(x);
        if (f == BG_SOFTMAX && a[j].value > 0)
            term = -t * logl(a[j].value);
        wide scale = f == BG_SOFTMAX ? total : loss == BG_BCE ? 1 : t;
        delta[j].value = scale * a[j].value - t;
        delta[j].error = (wide)(n + 2) * (scale * a[j].value + t);
        sum.value += term;
        sum.error += (wide)(n + TWIN_CALL) * fabsl(term);
    }
    double value = apply(rule, &r);
    check_row(&r, value, sum, delta, bg_name(BG_KIND_LOSS, (int)loss));
    free(z);
}

static const struct {
    bg_loss loss;
    bg_activation f;
} fused[] = {{BG_BCE, BG_SIGMOID}, {BG_SOFTMAX_CE, BG_SIGMOID}, {BG_SOFTMAX_CE, BG_SOFTMAX}};

START_TEST(fused_losses_agree_with_their_formulas)
{
    for (int v = 0; v < VARIANT_COUNT; v++)
        for (size_t n = 1; variant_runs((variant)v) && n <= MOST; n = next_length(n))
            for (unsigned seed = 0; seed < 30; seed++) {
                bg_loss loss = fused[seed % 3].loss;
                compare_fused((variant)v, loss, fused[seed % 3].f, n, 3, seed);
                compare_fused((variant)v, loss, fused[seed % 3].f, n, 1000, seed);
            }
}
END_TEST

START_TEST(only_three_pairs_are_fused)
{
    int count = 0;
    for (int loss = 0; loss < BG_LOSS_COUNT; loss++)
        for (int f = 0; f < BG_ACTIVATION_COUNT; f++)
            count += loss_find((bg_loss)loss, (bg_activation)f)->fused;
    ck_assert_int_eq(count, 3);
}
END_TEST

static double row_of_one(bg_loss loss, real a, real t, real *delta)
{
    row r = {.n = 1, .a = {a}, .t = {t}};
    double value = apply(loss_find(loss, BG_IDENTITY), &r);
    *delta = r.delta[0];
    return value;
}

START_TEST(values_at_the_corners)
{
    real delta;
    ck_assert_double_eq(row_of_one(BG_MAE, 3, 3, &delta), 0);
    ck_assert(delta == 0);
    for (int side = -1; side <= 1; side += 2) { /* where the square meets the line */
        ck_assert_double_eq(row_of_one(BG_HUBER, (real)side, 0, &delta), 0.5);
        ck_assert(delta == (real)side);
        ck_assert_double_eq(row_of_one(BG_HUBER, (real)(4 * side), 0, &delta), 3.5);
        ck_assert(delta == (real)side);
    }
    ck_assert_double_eq(row_of_one(BG_BCE, 0, 0, &delta), 0); /* 0 ln 0 */
    ck_assert(delta == 1);
    ck_assert_double_eq(row_of_one(BG_BCE, 1, 1, &delta), 0);
    ck_assert(delta == -1);
    ck_assert(isinf(row_of_one(BG_BCE, 1, 0, &delta)));
    ck_assert(isinf(row_of_one(BG_SOFTMAX_CE, 0, 1, &delta)));
    ck_assert_double_eq(row_of_one(BG_SOFTMAX_CE, 0, 0, &delta), 0);
    ck_assert(delta == 0);
}
END_TEST

/* One output under a fused rule; a is of no account. */
static double fused_of_one(variant v, bg_loss loss, double z, double t)
{
    row r = {.n = 1, .z = {(real)z}, .a = {(real)0.5}, .t = {(real)t}};
    return apply(loss_variant(loss, BG_SIGMOID, v), &r);
}

static void compare_under_sigmoid(variant v, double z, double t)
{
    wide x = (wide)(real)z, y = (wide)(real)t;
    wide both = (x > 0 ? (1 - y) * x : -y * x) + log1pl(expl(-fabsl(x)));
    wide one = y * twin_softplus(-x), unit = TWIN_CALL * REAL_UNIT, least = (wide)REAL_MIN;
    double got = fused_of_one(v, BG_BCE, z, t);
    ck_assert_msg(fabsl((wide)got - both) <= unit * both + least, "%s bce, z %g, t %g: %g for %Lg",
                  variant_name(v), z, t, got, both);
    got = fused_of_one(v, BG_SOFTMAX_CE, z, t);
    ck_assert_msg(fabsl((wide)got - one) <= unit * one + least,
                  "%s softmax_ce, z %g, t %g: %g for %Lg", variant_name(v), z, t, got, one);
}

/* Outputs that sigmoid cannot tell from 0 or 1 cost what they should, and so do tiny targets. */
START_TEST(extreme_outputs_under_sigmoid)
{
    const double sizes[] = {0, 1e-30, 1e-8, 0.5, 17, 36, 80, 88.5, 100, 104, 709, 745, 1e4, 1e30};
    const double targets[] = {0, 1, 0.5, 0.1, 1e-7, 1 - 1e-6};
    for (int v = 0; v < VARIANT_COUNT; v++)
        for (size_t i = 0; variant_runs((variant)v) && i < sizeof sizes / sizeof *sizes; i++)
            for (size_t k = 0; k < sizeof targets / sizeof *targets; k++) {
                compare_under_sigmoid((variant)v, sizes[i], targets[k]);
                compare_under_sigmoid((variant)v, -sizes[i], targets[k]);
            }
}
END_TEST

START_TEST(infinite_outputs_under_sigmoid)
{
    for (int v = 0; v < VARIANT_COUNT; v++)
        if (variant_runs((variant)v)) {
            ck_assert(isinf(fused_of_one((variant)v, BG_BCE, INFINITY, 0)));
            ck_assert(isinf(fused_of_one((variant)v, BG_BCE, -INFINITY, 1)));
            ck_assert(isinf(fused_of_one((variant)v, BG_SOFTMAX_CE, -INFINITY, 1)));
            ck_assert_double_eq(fused_of_one((variant)v, BG_SOFTMAX_CE, -INFINITY, 0), 0);
            ck_assert_double_eq(fused_of_one((variant)v, BG_SOFTMAX_CE, INFINITY, 1), 0);
        }
}
END_TEST

/* Of n classes the first is `ahead` of the others, which are equal; t on class `target`. */
static double loss_of_sure_row(variant v, size_t n, int ahead, size_t target)
{
    wide power = expl(-(wide)ahead), sum = 1 + (wide)(n - 1) * power;
    row r = {.n = n, .t = {0}};
    for (size_t j = 0; j < n; j++) {
        r.z[j] = (real)(j ? -1 : ahead - 1);
        r.a[j] = (real)((j ? power : 1) / sum);
    }
    r.t[target] = 1;
    return apply(loss_variant(BG_SOFTMAX_CE, BG_SOFTMAX, v), &r);
}

/* What a sure row costs is what the others' powers add to 1, far below a unit of its last place in
 * float. */
static void compare_sure_rows(variant v, size_t n)
{
    for (int ahead = 0; ahead <= 80; ahead += 4) {
        wide others = (wide)(n - 1) * expl(-(wide)ahead), sure = log1pl(others);
        wide steps = (wide)TWIN_CALL + ahead + (wide)(BG_DOUBLE ? n : 0);
        wide most = steps * REAL_UNIT * sure + (wide)REAL_MIN;
        wide wrong = sure + (wide)ahead;
        double got = loss_of_sure_row(v, n, ahead, 0);
        ck_assert_msg(fabsl((wide)got - sure) <= most, "%s, %d ahead of %zu: %g for %Lg",
                      variant_name(v), ahead, n, got, sure);
        got = loss_of_sure_row(v, n, ahead, n - 1);
        ck_assert(fabsl((wide)got - wrong) <= most + TWIN_CALL * REAL_UNIT * wrong);
    }
}

START_TEST(sure_rows_of_classes)
{
    for (int v = 0; v < VARIANT_COUNT; v++)
        for (size_t n = 2; variant_runs((variant)v) && n <= MOST; n = next_length(n))
            compare_sure_rows((variant)v, n);
}
END_TEST

/* A class that cannot be costs nothing unless it is the target. */
START_TEST(infinite_logits)
{
    for (int v = 0; v < VARIANT_COUNT; v++)
        for (size_t n = 3; variant_runs((variant)v) && n <= MOST; n = next_length(n)) {
            const loss_rule *rule = loss_variant(BG_SOFTMAX_CE, BG_SOFTMAX, (variant)v);
            row r = {.n = n, .t = {[0] = 1}};
            for (size_t j = 0; j < n; j++) {
                r.z[j] = j < 2 ? (real)1e30 : (real)-INFINITY;
                r.a[j] = j < 2 ? (real)0.5 : 0;
            }
            double value = apply(rule, &r);
            ck_assert(fabs(value - M_LN2) <= 2 * (double)REAL_EPSILON);
            ck_assert(r.delta[0] == (real)-0.5 && r.delta[1] == (real)0.5 && r.delta[n - 1] == 0);
            r.t[0] = 0, r.t[n - 1] = 1;
            ck_assert(isinf(apply(rule, &r)));
            r.z[1] = (real)INFINITY;
            r.a[0] = r.a[1] = (real)NAN; /* softmax's */
            ck_assert(isnan(apply(rule, &r)));
        }
}
END_TEST

/* Row i by itself, which counts once: its weight is in the scale. */
static double row_alone(const loss_rule *rule, const loss_rows *rows, size_t i, real *delta)
{
    size_t n = rows->n, at = i * rows->stride;
    real scale = rows->scale * rows->weight[i];
    return rule->apply(
        &(loss_rows){1, n, n, rows->z + at, rows->a + at, rows->t + i * n, NULL, scale, delta});
}

/* Rows of several weights and another scale are what each is alone, bit by bit, wherever it lies;
 * rows of weight 0 are left out though they hold NaN, and nothing is written between rows. */
static void compare_rows(const loss_rule *rule, size_t n)
{
    enum { ROWS = 37 };
    size_t stride = n + 3;
    const real weights[] = {1, 0, (real)0.3, 2, 7};
    real weight[ROWS], *z = make_reals(ROWS * stride, 1), *a = make_reals(ROWS * stride, 2);
    real *t = make_reals(ROWS * n, 3), *delta = make_canaries(ROWS * stride);
    real *alone = make_canaries(n), *nothing = calloc(n, sizeof *nothing);
    for (size_t i = 0; i < ROWS * stride; i++) {
        z[i] *= 30;
        a[i] = (a[i] + (real)1.5) / 3;
    }
    for (size_t i = 0; i < ROWS * n; i++)
        t[i] = (t[i] + 1) / 2;
    double sum = 0;
    loss_rows rows = {ROWS, n, stride, z, a, t, weight, (real)0.7, delta};
    for (size_t i = 0; i < ROWS; i++) {
        weight[i] = weights[i % 5];
        if (weight[i] > 0)
            sum += (double)weight[i] * row_alone(rule, &rows, i, alone);
        else
            z[i * stride] = a[i * stride] = (real)NAN;
    }
    ck_assert_double_eq(rule->apply(&rows), sum);
    check_canaries(ROWS, n, stride, ROWS, delta);
    for (size_t i = 0; i < ROWS; i++) {
        row_alone(rule, &rows, i, alone);
        ck_assert_mem_eq(delta + i * stride, weight[i] > 0 ? alone : nothing, n * sizeof *alone);
    }
    free(z);
    free(a);
    free(t);
    free(delta);
    free(alone);
    free(nothing);
}

START_TEST(a_row_depends_on_itself_alone)
{
    for (int v = 0; v < VARIANT_COUNT; v++)
        for (int loss = 0; variant_runs((variant)v) && loss < BG_LOSS_COUNT; loss++)
            for (size_t n = 1; n <= MOST; n = next_length(n)) {
                compare_rows(loss_variant((bg_loss)loss, BG_IDENTITY, (variant)v), n);
                compare_rows(loss_variant((bg_loss)loss, BG_SIGMOID, (variant)v), n);
                compare_rows(loss_variant((bg_loss)loss, BG_SOFTMAX, (variant)v), n);
            }
}
END_TEST

/* A run that went wrong must not look well: NaN in an output comes out of loss and derivative. */
static void pass_nan(variant v, bg_loss loss, bg_activation f, size_t n, size_t bad)
{
    row r = {.n = n};
    for (size_t j = 0; j < n; j++) {
        r.z[j] = r.a[j] = j == bad ? (real)NAN : 1 / (real)(n + j);
        r.t[j] = (real)0.25;
    }
    double value = apply(loss_variant(loss, f, v), &r);
    ck_assert_msg(isnan(value) && isnan(r.delta[bad]), "%s: %s after %s, %zu of %zu",
                  variant_name(v), bg_name(BG_KIND_LOSS, (int)loss),
                  bg_name(BG_KIND_ACTIVATION, (int)f), bad, n);
}

START_TEST(nan_passes_through)
{
    for (int v = 0; v < VARIANT_COUNT; v++)
        for (int loss = 0; variant_runs((variant)v) && loss < BG_LOSS_COUNT; loss++)
            for (int f = 0; f < BG_ACTIVATION_COUNT; f++)
                for (size_t n = 1; n <= 40; n += 3)
                    for (size_t bad = 0; bad < n; bad++)
                        pass_nan((variant)v, (bg_loss)loss, (bg_activation)f, n, bad);
}
END_TEST

RUN_CASE("loss", 120, plain_losses_agree_with_their_formulas,
         fused_losses_agree_with_their_formulas, only_three_pairs_are_fused, values_at_the_corners,
         extreme_outputs_under_sigmoid, infinite_outputs_under_sigmoid, sure_rows_of_classes,
         infinite_logits, a_row_depends_on_itself_alone, nan_passes_through)
