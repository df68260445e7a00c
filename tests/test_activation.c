/* Activations and their derivatives against long double, in ulps, over dense sweeps; limits, tails,
 * places. */
#include "base/real.h"
#include "kernel/activation.h"
#include "reals.h"
#include "twin.h"

/* What f' is computed from, where that is larger than f' itself: sigmoid and tanh have it from a,
 * so that what is lost in 1 - a counts; gelu and silu add two terms of either sign. */
static wide tanh_size(wide z)
{
    (void)z;
    return 1;
}
static wide gelu_size(wide z)
{
    return twin_normal_cdf(z) + fabsl(z) * twin_normal_density(z);
}
static wide silu_size(wide z)
{
    return twin_sigmoid(z) * (1 + fabsl(z) * twin_sigmoid(-z));
}

/* Bounds for a: ulps of the result; below 0, the further the more, up to `far` of them.  For f':
 * `slope` epsilons of size(z). */
static const struct {
    double ulps, far, slope;
    wide (*size)(wide z);
} bounds[BG_SOFTMAX] = {
    [BG_IDENTITY] = {0, 0, 0, twin_identity_slope},
    [BG_SIGMOID] = {BG_DOUBLE ? 2 : 4, 0, 6, twin_sigmoid},
    [BG_TANH] = {BG_DOUBLE ? 2 : 4, 0, 6, tanh_size},
    [BG_RELU] = {0, 0, 0, twin_relu_slope},
    [BG_LEAKY_RELU] = {2, 0, 1, twin_leaky_relu_slope},
    [BG_ELU] = {4, 0, 4, twin_elu_slope},
    [BG_SOFTPLUS] = {4, 0, 4, twin_sigmoid},
    [BG_GELU] = {4, 8, 4, gelu_size},
    [BG_SILU] = {6, 0, 8, silu_size},
};

/* The distance of two neighbours at x. */
static wide ulp(wide x)
{
    int exponent;
    frexpl(x, &exponent);
    return fmaxl(ldexpl((wide)REAL_EPSILON, exponent - 1), (wide)REAL_MIN * (wide)REAL_EPSILON);
}

/* A factor below the smallest normal number may be lost, and then what it multiplies. */
static wide underflow(wide z)
{
    return (wide)REAL_MIN * fmaxl(1, z * z);
}

/* a and, into `delta`, delta f'(z), as a training pass has them. */
static void differentiate(const activation_rule *rule, size_t n, const real *z, real *a,
                          real *delta)
{
    real *slope = make_canaries(n);
    if (rule->apply_slope)
        rule->apply_slope(n, z, a, slope);
    else
        rule->apply(n, z, a);
    rule->pull_back(n, rule->apply_slope ? slope : a, delta);
    free(slope);
}

enum { CHUNK = 61 }; /* no multiple of any vector */

static void compare_chunk(variant v, int f, size_t n, const real *z)
{
    const activation_rule *rule = activation_variant((bg_activation)f, v);
    const char *name = bg_name(BG_KIND_ACTIVATION, f);
    real a[CHUNK], delta[CHUNK];
    for (size_t i = 0; i < n; i++)
        delta[i] = 1;
    differentiate(rule, n, z, a, delta);
    for (size_t i = 0; i < n; i++) {
        wide x = (wide)z[i], want = twin_functions[f].f(x), slope = twin_functions[f].slope(x);
        wide off = fabsl((wide)a[i] - want), ulps = (wide)bounds[f].ulps;
        if (x < 0)
            ulps = fmaxl(ulps, fminl(ulps + 2 * x * x, (wide)bounds[f].far));
        wide most = ulps * ulp(want);
        bool lost = fabsl(want) <= underflow(x) && off <= underflow(x);
        ck_assert_msg(off <= most || lost, "%s %s(%.17g) = %.17g, off by %.2Lf ulp",
                      variant_name(v), name, (double)z[i], (double)a[i], off / ulp(want));
        off = fabsl((wide)delta[i] - slope);
        most = (wide)bounds[f].slope * (wide)REAL_EPSILON * bounds[f].size(x) + underflow(x);
        ck_assert_msg(off <= most, "%s %s'(%.17g) = %.17g for %.17Lg", variant_name(v), name,
                      (double)z[i], (double)delta[i], slope);
    }
}

/* n values of every function, between low and high. */
static void sweep(variant v, int f, double low, double high, size_t n)
{
    real z[CHUNK];
    for (size_t i = 0; i < n; i += CHUNK) {
        for (size_t j = 0; j < CHUNK; j++)
            z[j] = (real)(low + (high - low) * ((double)(i + j) + 0.37) / (double)n);
        compare_chunk(v, f, CHUNK, z);
    }
}

/* All exponents (in double every fifth), both signs, from the denormals to what is huge. */
static void sweep_exponents(variant v, int f)
{
    int low = (int)log2((double)REAL_MIN) - 20, high = BG_DOUBLE ? 1023 : 127;
    real z[CHUNK];
    for (int exponent = low; exponent <= high; exponent += BG_DOUBLE ? 5 : 1) {
        for (int j = 0; j < CHUNK; j++)
            z[j] = (real)ldexp(j % 2 ? -1 - j / 64.0 : 1 + j / 64.0, exponent);
        compare_chunk(v, f, CHUNK, z);
    }
}

START_TEST(functions_and_derivatives_agree_with_long_double)
{
    for (int v = 0; v < VARIANT_COUNT; v++)
        for (int f = 0; variant_runs((variant)v) && f < BG_SOFTMAX; f++) {
            sweep((variant)v, f, -20, 20, 25000);
            sweep((variant)v, f, -1, 1, 8000);
            sweep((variant)v, f, -110, 110, 10000);
            sweep((variant)v, f, -760, 760, 5000);
            sweep_exponents((variant)v, f);
        }
}
END_TEST

static const struct {
    bg_activation f;
    double at_minus_infinity, at_infinity, at_zero, slope_at_zero;
} limits[] = {
    {BG_IDENTITY, -INFINITY, INFINITY, 0, 1},
    {BG_SIGMOID, 0, 1, 0.5, 0.25},
    {BG_TANH, -1, 1, 0, 1},
    {BG_RELU, 0, INFINITY, 0, 0},
    {BG_LEAKY_RELU, -INFINITY, INFINITY, 0, 0.01},
    {BG_ELU, -1, INFINITY, 0, 1},
    {BG_SOFTPLUS, 0, INFINITY, M_LN2, 0.5},
    {BG_GELU, NAN, INFINITY, 0, 0.5},
    {BG_SILU, NAN, INFINITY, 0, 0.5},
};

/* gelu and silu at -infinity are -infinity times 0: 0 in the limit, NaN is as good. */
static bool is_limit(double got, double want)
{
    return isnan(want) ? isnan(got) || got == 0 : got == want;
}

static void check_limits(variant v)
{
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        const activation_rule *rule = activation_variant(limits[i].f, v);
        real z[] = {(real)-INFINITY, (real)INFINITY, 0, (real)-0.0, (real)NAN}, a[5];
        real slope[] = {1, 1, 1, 1, 1};
        differentiate(rule, 5, z, a, slope);
        const char *name = bg_name(BG_KIND_ACTIVATION, (int)limits[i].f);
        ck_assert_msg(is_limit((double)a[0], limits[i].at_minus_infinity), "%s(-inf)", name);
        ck_assert_msg(is_limit((double)a[1], limits[i].at_infinity), "%s(inf)", name);
        /* Exact, but for ln 2, which is within a unit of the last place. */
        double off = fabs((double)a[2] - limits[i].at_zero);
        ck_assert_msg(off <= (limits[i].at_zero == M_LN2 ? (double)REAL_EPSILON / 2 : 0) &&
                          a[3] == a[2],
                      "%s(0)", name);
        ck_assert_msg(isnan(a[4]), "%s %s(nan) = %g", variant_name(v), name, (double)a[4]);
        ck_assert_msg(slope[2] == (real)limits[i].slope_at_zero, "%s'(0)", name);
        ck_assert_msg(slope[3] == slope[2], "%s'(-0)", name);
    }
}

START_TEST(limits_and_values_at_zero)
{
    for (int v = 0; v < VARIANT_COUNT; v++)
        if (variant_runs((variant)v))
            check_limits((variant)v);
}
END_TEST

START_TEST(identity_relu_and_small_values_are_exact)
{
    real z[] = {REAL_MIN, -REAL_MIN, REAL_MIN / 8, -REAL_MIN / 8, 3, -3}, a[6];
    activation_find(BG_IDENTITY)->apply(6, z, a);
    ck_assert_mem_eq(a, z, sizeof z);
    activation_find(BG_RELU)->apply(6, z, a);
    for (size_t i = 0; i < 6; i++)
        ck_assert(a[i] == (z[i] > 0 ? z[i] : 0));
}
END_TEST

/* Results do not depend on a value's place, on its neighbours or on whether a is z, and nothing is
 * written behind the last. */
static void move_about(variant v, bg_activation f, size_t n, const real *z)
{
    const activation_rule *rule = activation_variant(f, v);
    real *a = make_canaries(n + 9), *alone = make_canaries(2), *here = make_canaries(n + 9);
    real *delta = make_reals(n + 9, 7), *back = make_reals(n + 9, 7);
    memcpy(here, z, n * sizeof *z);
    rule->apply(n, z, a);
    rule->apply(n, here, here);
    ck_assert_mem_eq(here, a, n * sizeof *a);
    check_canaries(0, 0, 9, 1, a + n);
    check_canaries(0, 0, 9, 1, here + n);
    differentiate(rule, n, z, here, delta);
    ck_assert_mem_eq(here, a, n * sizeof *a); /* training and prediction have the same bits */
    ck_assert_mem_eq(delta + n, back + n, 9 * sizeof *delta);
    if (rule->apply_slope) {
        real *slope = make_canaries(n + 9);
        memcpy(here, z, n * sizeof *z);
        rule->apply_slope(n, here, here, slope);
        ck_assert_mem_eq(here, a, n * sizeof *a);
        check_canaries(0, 0, 9, 1, here + n);
        check_canaries(0, 0, 9, 1, slope + n);
        free(slope);
    }
    for (size_t i = 0; !rule->by_row && i < n; i++) {
        rule->apply(1, z + i, alone);
        ck_assert_msg(memcmp(alone, a + i, sizeof *a) == 0, "%s, %zu of %zu",
                      bg_name(BG_KIND_ACTIVATION, (int)f), i, n);
        differentiate(rule, 1, z + i, alone, back + i);
        ck_assert_mem_eq(back + i, delta + i, sizeof *delta);
    }
    free(a);
    free(alone);
    free(here);
    free(delta);
    free(back);
}

static void move_lengths(variant v, bg_activation f)
{
    for (size_t n = 1; n <= 70; n++) {
        real *z = make_reals(n, (unsigned)n);
        for (size_t i = 0; i < n; i++)
            z[i] *= i % 5 ? 4 : 90;
        move_about(v, f, n, z);
        free(z);
    }
}

START_TEST(a_result_does_not_depend_on_its_place)
{
    for (int v = 0; v < VARIANT_COUNT; v++)
        for (int f = 0; variant_runs((variant)v) && f < BG_ACTIVATION_COUNT; f++)
            move_lengths((variant)v, (bg_activation)f);
}
END_TEST

enum { CLASSES = 1700 };

static void compare_softmax(variant v, size_t n, real reach)
{
    const activation_rule *rule = activation_variant(BG_SOFTMAX, v);
    static twin_number z[CLASSES], a[CLASSES], g[CLASSES], delta[CLASSES];
    real *x = make_reals(n, (unsigned)n), *got = make_canaries(n), *back = make_reals(n, 3);
    for (size_t j = 0; j < n; j++) {
        x[j] *= reach;
        z[j] = (twin_number){(wide)x[j], 0};
        g[j] = (twin_number){(wide)back[j], 0};
    }
    differentiate(rule, n, x, got, back);
    twin_softmax(n, z, a);
    for (size_t j = 0; j < n; j++) {
        wide floor = fabsl(a[j].value) < (wide)REAL_MIN ? (wide)REAL_MIN : 0;
        ck_assert_msg(fabsl((wide)got[j] - a[j].value) <= floor + a[j].error * REAL_UNIT,
                      "%zu of %zu: %g for %Lg", j, n, (double)got[j], a[j].value);
        a[j] = (twin_number){(wide)got[j], 0};
    }
    twin_pull_back(BG_SOFTMAX, n, z, a, g, delta);
    for (size_t j = 0; j < n; j++)
        ck_assert(fabsl((wide)back[j] - delta[j].value) <=
                  delta[j].error * REAL_UNIT + (wide)REAL_MIN);
    free(x);
    free(got);
    free(back);
}

START_TEST(softmax_agrees_with_long_double)
{
    for (int v = 0; v < VARIANT_COUNT; v++)
        for (size_t n = 1; variant_runs((variant)v) && n <= CLASSES; n = n < 70 ? n + 1 : 5 * n) {
            compare_softmax((variant)v, n, 1);
            compare_softmax((variant)v, n, 30);
            compare_softmax((variant)v, n, 10000);
        }
}
END_TEST

static void shift_and_spoil(variant v, size_t n)
{
    const activation_rule *rule = activation_variant(BG_SOFTMAX, v);
    real z[40], moved[40], a[40], b[40];
    for (size_t j = 0; j < n; j++) {
        z[j] = (real)(j * 7 % 11) / 4 - 1; /* exact, and so is the shift */
        moved[j] = z[j] + 512;
    }
    rule->apply(n, z, a);
    rule->apply(n, moved, b);
    ck_assert_mem_eq(a, b, n * sizeof *a);
    for (size_t bad = 0; bad < n; bad++) {
        real kept = z[bad];
        z[bad] = (real)NAN;
        rule->apply(n, z, a);
        for (size_t j = 0; j < n; j++)
            ck_assert_msg(isnan(a[j]), "%s, %zu of %zu", variant_name(v), bad, n);
        z[bad] = kept;
    }
}

START_TEST(softmax_is_shift_invariant_and_passes_nan)
{
    for (int v = 0; v < VARIANT_COUNT; v++)
        for (size_t n = 1; variant_runs((variant)v) && n <= 40; n++)
            shift_and_spoil((variant)v, n);
}
END_TEST

/* Classes that cannot be have no share, wherever they stand. */
static void leave_out(variant v, size_t n, size_t possible)
{
    real z[40], a[40], sum = 0;
    for (size_t j = 0; j < n; j++)
        z[j] = j == possible ? (real)-1e30 : (real)-INFINITY;
    z[(possible + 1) % n] = (real)-1e30;
    activation_variant(BG_SOFTMAX, v)->apply(n, z, a);
    for (size_t j = 0; j < n; j++)
        sum += a[j];
    ck_assert_msg(a[possible] == (real)0.5 && sum == 1, "%s, %zu of %zu", variant_name(v), possible,
                  n);
}

START_TEST(softmax_leaves_out_what_cannot_be)
{
    for (int v = 0; v < VARIANT_COUNT; v++)
        for (size_t n = 2; variant_runs((variant)v) && n <= 40; n++)
            for (size_t j = 0; j < n; j++)
                leave_out((variant)v, n, j);
}
END_TEST

RUN_CASE("activation", 120, functions_and_derivatives_agree_with_long_double,
         limits_and_values_at_zero, identity_relu_and_small_values_are_exact,
         a_result_does_not_depend_on_its_place, softmax_agrees_with_long_double,
         softmax_is_shift_invariant_and_passes_nan, softmax_leaves_out_what_cannot_be)
