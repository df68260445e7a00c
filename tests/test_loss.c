/* Losses of one row and their derivatives, against the formulas in long double. */
#include "base/real.h"
#include "kernel/loss.h"
#include "reals.h"
#include "twin.h"

enum { MOST = 33 };

typedef struct row {
    size_t n;
    real z[MOST], a[MOST], t[MOST], delta[MOST + 3];
} row;

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
    ck_assert_msg(fabsl((wide)value - loss.value) <= loss.error * REAL_UNIT + (wide)DBL_MIN,
                  "%s of %zu: %g for %Lg", name, r->n, value, loss.value);
    for (size_t j = 0; j < r->n; j++)
        ck_assert_msg(fabsl((wide)r->delta[j] - delta[j].value) <= delta[j].error * REAL_UNIT,
                      "%s of %zu, derivative %zu: %g for %Lg", name, r->n, j, (double)r->delta[j],
                      delta[j].value);
    check_canaries(0, 0, 3, 1, r->delta + r->n);
}

static void compare_plain(bg_loss loss, row r)
{
    const loss_rule *rule = loss_find(loss, BG_IDENTITY);
    ck_assert(!rule->fused);
    twin_number a[MOST], g[MOST];
    double t[MOST];
    for (size_t j = 0; j < r.n; j++) {
        a[j] = (twin_number){(wide)r.a[j], 0};
        t[j] = (double)r.t[j];
    }
    twin_number want = twin_loss(loss, r.n, a, t, g);
    double value = rule->row(r.n, r.z, r.a, r.t, r.delta);
    for (size_t j = 0; j < r.n; j++)
        g[j].error += fabsl(g[j].value); /* the last rounding */
    check_row(&r, value, want, g, bg_name(BG_KIND_LOSS, (int)loss));
}

START_TEST(plain_losses_agree_with_their_formulas)
{
    for (size_t n = 1; n <= MOST; n++)
        for (unsigned seed = 0; seed < 20; seed++) {
            for (int loss = 0; loss < BG_BCE; loss++)
                compare_plain((bg_loss)loss, draw_row(n, -2, 2, seed));
            row r = draw_row(n, 0.001, 0.999, seed);
            r.t[0] = (real)(seed % 2); /* targets of exactly 0 and 1 */
            compare_plain(BG_BCE, r);
            compare_plain(BG_SOFTMAX_CE, r);
        }
}
END_TEST

/* z up to `reach`; a as a rounded value of the activation, as the engine hands it over. */
static void compare_fused(bg_loss loss, bg_activation f, size_t n, real reach, unsigned seed)
{
    const loss_rule *rule = loss_find(loss, f);
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
    double value = rule->row(n, r.z, r.a, r.t, r.delta);
    check_row(&r, value, sum, delta, bg_name(BG_KIND_LOSS, (int)loss));
    free(z);
}

static const struct {
    bg_loss loss;
    bg_activation f;
} fused[] = {{BG_BCE, BG_SIGMOID}, {BG_SOFTMAX_CE, BG_SIGMOID}, {BG_SOFTMAX_CE, BG_SOFTMAX}};

START_TEST(fused_losses_agree_with_their_formulas)
{
    for (size_t i = 0; i < sizeof fused / sizeof *fused; i++)
        for (size_t n = 1; n <= MOST; n++)
            for (unsigned seed = 0; seed < 10; seed++) {
                compare_fused(fused[i].loss, fused[i].f, n, 3, seed);
                compare_fused(fused[i].loss, fused[i].f, n, 1000, seed);
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
    return loss_find(loss, BG_IDENTITY)->row(1, NULL, &a, &t, delta);
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

/* A run that went wrong must not look well: NaN in an output comes out of loss and derivative. */
START_TEST(nan_passes_through)
{
    for (int loss = 0; loss < BG_LOSS_COUNT; loss++)
        for (int f = 0; f < BG_ACTIVATION_COUNT; f++)
            for (size_t bad = 0; bad < 3; bad++) {
                real z[] = {0.5, 0.25, 0.125}, t[] = {0.5, 0.25, 0.25}, delta[3];
                z[bad] = (real)NAN;
                double value = loss_find((bg_loss)loss, (bg_activation)f)->row(3, z, z, t, delta);
                ck_assert_msg(isnan(value) && isnan(delta[bad]), "%s after %s",
                              bg_name(BG_KIND_LOSS, loss), bg_name(BG_KIND_ACTIVATION, f));
            }
}
END_TEST

RUN_CASE("loss", 60, plain_losses_agree_with_their_formulas, fused_losses_agree_with_their_formulas,
         only_three_pairs_are_fused, values_at_the_corners, nan_passes_through)
