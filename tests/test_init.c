/* Start weights: distributions against theory, orthogonality, seeds, precisions. */
#include "oracle.h"

enum { IN = 120, OUT = 80, WEIGHTS = IN * OUT };

static bg_net *started(bg_dtype dtype, bg_init scheme, double constant, uint64_t seed)
{
    bg_net *net = make_net(dtype, 2, (size_t[]){IN, OUT, 3}, (bg_activation[]){BG_TANH, BG_TANH});
    ck_assert_int_eq(bg_net_init(net, scheme, constant, seed, NULL), BG_OK);
    return net;
}

static const struct {
    bg_init scheme;
    bool normal;
    double variance;
} random_schemes[] = {
    {BG_GLOROT_UNIFORM, false, 2.0 / (IN + OUT)},
    {BG_GLOROT_NORMAL, true, 2.0 / (IN + OUT)},
    {BG_HE_UNIFORM, false, 2.0 / IN},
    {BG_HE_NORMAL, true, 2.0 / IN},
    {BG_LECUN_UNIFORM, false, 1.0 / IN},
    {BG_LECUN_NORMAL, true, 1.0 / IN},
};
enum { RANDOM_SCHEMES = sizeof random_schemes / sizeof *random_schemes };

/* The k-th moment about 0 of n values. */
static double moment(size_t n, const double *x, int k)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += pow(x[i], k);
    return sum / (double)n;
}

/* Five standard errors of a mean over n values: passes for any good generator. */
static void check_moments(size_t n, const double *x, double variance, double kurtosis)
{
    double s = sqrt(variance), root = sqrt((double)n);
    ck_assert_double_le(fabs(moment(n, x, 1)), 5 * s / root);
    ck_assert_double_le(fabs(moment(n, x, 2) - variance), 5 * variance * sqrt(kurtosis - 1) / root);
    /* sixth and eighth moments of both distributions are below 105 s^k */
    ck_assert_double_le(fabs(moment(n, x, 3)), 5 * s * variance * sqrt(15) / root);
    ck_assert_double_le(fabs(moment(n, x, 4) - kurtosis * variance * variance),
                        5 * variance * variance * sqrt(105) / root);
}

/* Share of values in 20 cells of equal probability: chi-square with 19 degrees of freedom, whose
 * 1 - 1e-6 quantile is 63. */
static void check_cells(size_t n, const double *x, bool normal, double variance)
{
    double expected = (double)n / 20, sum = 0;
    size_t cells[20] = {0};
    for (size_t i = 0; i < n; i++) {
        double p =
            normal ? erfc(-x[i] / sqrt(2 * variance)) / 2 : (x[i] / sqrt(3 * variance) + 1) / 2;
        ck_assert(p >= 0 && p <= 1);
        cells[p < 1 ? (size_t)(p * 20) : 19]++;
    }
    for (size_t c = 0; c < 20; c++)
        sum += ((double)cells[c] - expected) * ((double)cells[c] - expected) / expected;
    ck_assert_msg(sum < 63, "chi-square %g", sum);
}

/* The largest of n uniform magnitudes is within 15/n of the end, but for a chance of e^-15. */
static void check_reach(size_t n, const double *x, double reach)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(x[i]));
    ck_assert_double_le(largest, reach);
    ck_assert_double_ge(largest, reach * (1 - 15.0 / (double)n));
}

START_TEST(random_schemes_follow_their_distributions)
{
    static double w[WEIGHTS];
    for (size_t i = 0; i < RANDOM_SCHEMES; i++)
        for (uint64_t seed = 1; seed <= 3; seed++) {
            bg_net *net = started(BG_F64, random_schemes[i].scheme, 0, seed);
            bg_net_get(net, 1, w, NULL);
            double variance = random_schemes[i].variance;
            check_moments(WEIGHTS, w, variance, random_schemes[i].normal ? 3 : 1.8);
            check_cells(WEIGHTS, w, random_schemes[i].normal, variance);
            if (!random_schemes[i].normal)
                check_reach(WEIGHTS, w, sqrt(3 * variance));
            bg_net_free(net);
        }
}
END_TEST

START_TEST(fixed_schemes_fill)
{
    static const struct {
        bg_init scheme;
        double value;
    } fixed[] = {{BG_ZEROS, 0}, {BG_ONES, 1}, {BG_CONSTANT, -0.375}};
    for (size_t i = 0; i < 3; i++) {
        bg_net *net = started(BG_F32, fixed[i].scheme, -0.375, 1);
        static double p[WEIGHTS + OUT + 3 * OUT + 3];
        get_parameters(net, p);
        ck_assert_uint_eq(bg_net_parameters(net), sizeof p / sizeof *p);
        for (size_t k = 0; k < sizeof p / sizeof *p; k++)
            ck_assert_double_eq(p[k], fixed[i].value);
        bg_net_free(net);
    }
}
END_TEST

START_TEST(biases_start_at_zero)
{
    for (int scheme = BG_GLOROT_UNIFORM; scheme < BG_INIT_COUNT; scheme++) {
        bg_net *net = started(BG_F64, (bg_init)scheme, 7, 1);
        double bias[OUT], last[3];
        bg_net_get(net, 1, NULL, bias);
        bg_net_get(net, 2, NULL, last);
        for (size_t j = 0; j < OUT; j++)
            ck_assert(bias[j] == 0);
        ck_assert(last[0] == 0 && last[1] == 0 && last[2] == 0);
        bg_net_free(net);
    }
}
END_TEST

/* The shorter of rows and columns of out x in are orthonormal. */
static void check_orthogonal(size_t in, size_t out)
{
    bg_net *net = make_net(BG_F64, 1, (size_t[]){in, out}, (bg_activation[]){BG_IDENTITY});
    ck_assert_int_eq(bg_net_init(net, BG_ORTHOGONAL, 0, 5, NULL), BG_OK);
    double *w = calloc(in * out, sizeof *w);
    bg_net_get(net, 1, w, NULL);
    size_t vectors = in < out ? in : out, length = in < out ? out : in;
    size_t step = in < out ? 1 : in,
           next = in < out ? in : 1; /* from vector to vector, inside one */
    for (size_t i = 0; i < vectors; i++)
        for (size_t j = 0; j <= i; j++) {
            double dot = 0;
            for (size_t k = 0; k < length; k++)
                dot += w[i * step + k * next] * w[j * step + k * next];
            ck_assert_msg(fabs(dot - (i == j)) <= 1e-14 * (double)length,
                          "%zu and %zu of %zu x %zu", i, j, out, in);
        }
    free(w);
    bg_net_free(net);
}

START_TEST(orthogonal_rows_or_columns)
{
    static const size_t sizes[][2] = {{1, 1},   {1, 7},   {7, 1},   {9, 9},
                                      {30, 65}, {65, 30}, {120, 80}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_orthogonal(sizes[i][0], sizes[i][1]);
}
END_TEST

/* Q of a normal matrix with the signs of R is uniform over rotations and reflections: single
 * entries have mean 0 and variance 1/n. */
START_TEST(orthogonal_entries_have_no_favourite_sign)
{
    enum { SEEDS = 2000, SIDE = 4 };
    double corner[SEEDS], w[SIDE * SIDE];
    bg_net *net = make_net(BG_F64, 1, (size_t[]){SIDE, SIDE}, (bg_activation[]){BG_IDENTITY});
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        ck_assert_int_eq(bg_net_init(net, BG_ORTHOGONAL, 0, seed, NULL), BG_OK);
        bg_net_get(net, 1, w, NULL);
        corner[seed] = w[0];
    }
    /* kurtosis of a coordinate on the sphere in 4 dimensions: 3 n / (n + 2) = 2 */
    check_moments(SEEDS, corner, 1.0 / SIDE, 2);
    bg_net_free(net);
}
END_TEST

START_TEST(a_seed_makes_one_network)
{
    for (int scheme = BG_GLOROT_UNIFORM; scheme < BG_INIT_COUNT; scheme++) {
        char hex[4][65];
        static const uint64_t seeds[] = {7, 7, 8, UINT64_MAX};
        for (int i = 0; i < 4; i++) {
            bg_net *net = started(BG_F32, (bg_init)scheme, 0, seeds[i]);
            bg_net_sha256(net, hex[i]);
            bg_net_free(net);
        }
        ck_assert_str_eq(hex[0], hex[1]);
        ck_assert_str_ne(hex[0], hex[2]);
        ck_assert_str_ne(hex[0], hex[3]);
    }
}
END_TEST

START_TEST(both_precisions_draw_the_same_network)
{
    for (int scheme = 0; scheme < BG_INIT_COUNT; scheme++) {
        bg_net *narrow = started(BG_F32, (bg_init)scheme, 0.1, 3),
               *wide = started(BG_F64, (bg_init)scheme, 0.1, 3);
        static double a[WEIGHTS], b[WEIGHTS];
        bg_net_get(narrow, 1, a, NULL);
        bg_net_get(wide, 1, b, NULL);
        for (size_t i = 0; i < WEIGHTS; i++)
            ck_assert_double_eq(a[i], (double)(float)b[i]);
        bg_net_free(narrow);
        bg_net_free(wide);
    }
}
END_TEST

START_TEST(what_cannot_start_is_refused)
{
    bg_net *net = started(BG_F32, BG_ONES, 0, 1);
    static const double constants[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 1e39};
    char before[65], after[65];
    bg_error error;
    bg_net_sha256(net, before);
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        ck_assert_int_eq(bg_net_init(net, BG_CONSTANT, constants[i], 1, &error), BG_E_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(error.text, "finite"));
    }
    ck_assert_int_eq(bg_net_init(net, BG_INIT_COUNT, 0, 1, &error), BG_E_ARGUMENT);
    ck_assert_int_eq(bg_net_init(net, (bg_init)-1, 0, 1, &error), BG_E_ARGUMENT);
    bg_net_sha256(net, after);
    ck_assert_str_eq(before, after);
    ck_assert_int_eq(bg_net_init(net, BG_ONES, (double)NAN, 1, NULL), BG_OK); /* not used */
    bg_net_free(net);
}
END_TEST

RUN_CASE("init", 60, random_schemes_follow_their_distributions, fixed_schemes_fill,
         biases_start_at_zero, orthogonal_rows_or_columns,
         orthogonal_entries_have_no_favourite_sign, a_seed_makes_one_network,
         both_precisions_draw_the_same_network, what_cannot_start_is_refused)
