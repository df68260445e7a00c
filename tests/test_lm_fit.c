/* Whole fits against published and closed forms: NIST's Rat42 with its standard deviations, Longley
 * and the ridge as linear networks, deficient Jacobians, what is refused. */
#include "base/arena.h"
#include "certified.h"

static const bg_objective sse = {.loss = BG_SSE, .reduction = BG_SUM};

/* W[1], b[1], W[2], b[2] of y = W2 sigmoid(W1 x + b1), b[2] fixed at 0: NIST StRD, Rat42
 * (Ratkowsky 1983), b1 = W[2], b2 = -b[1], b3 = W[1]. */
static const bool rat42_fixed[] = {false, false, false, true};
static const double rat42[] = {6.7359200066E-02, -2.6180768402E+00, 7.2462237576E+01};
static const double rat42_deviation[] = {3.4465663377E-03, 8.8295217536E-02, 1.7340283401E+00};
#define RAT42_RSS 8.0565229338E+00
#define RAT42_RESIDUAL_DEVIATION 1.1587725499E+00

static bg_net *rat42_net(const double *start)
{
    bg_net *net =
        make_net(BG_F64, 2, (size_t[]){1, 1, 1}, (bg_activation[]){BG_SIGMOID, BG_IDENTITY});
    set_parameters(net, start);
    return net;
}

/* Half a unit of the eleventh digit printed. */
static void check_printed(double got, double printed)
{
    double unit = pow(10, floor(log10(fabs(printed))) - 10);
    ck_assert_msg(fabs(got - printed) <= 0.5001 * unit, "%.14g, not %.11g", got, printed);
}

START_TEST(rat42_from_both_starts)
{
    static const double starts[2][4] = {{0.1, -1, 100, 0}, {0.07, -2.5, 75, 0}};
    bg_data *data = read_certified("tests/data/rat42.csv", BG_F64);
    const bg_objective objectives[] = {
        sse, {.loss = BG_HALF_SSE, .reduction = BG_MEAN}, {.loss = BG_MSE, .reduction = BG_MEAN}};
    for (size_t s = 0; s < 2; s++)
        for (size_t o = 0; o < 3; o++) {
            bg_net *net = rat42_net(starts[s]);
            bg_lm_options options = {.fixed = rat42_fixed};
            bg_fit fit, look;
            double got[4], covariance[9];
            ck_assert_int_eq(bg_lm_fit(net, &objectives[o], data, &options, &fit, NULL), BG_OK);
            ck_assert_int_eq(fit.end, BG_FIT_CONVERGED);
            ck_assert_uint_lt(fit.iterations, 40);
            get_parameters(net, got);
            ck_assert_double_eq(got[3], 0);
            check_printed(fit.rss, RAT42_RSS);
            check_printed(sqrt(fit.rss / (double)(fit.residuals - fit.parameters)),
                          RAT42_RESIDUAL_DEVIATION);
            ck_assert_int_eq(bg_lm_covariance(net, data, rat42_fixed, covariance, &look, NULL),
                             BG_OK);
            ck_assert(look.rank == 3 && look.columns == 3 && look.condition > 1);
            for (size_t i = 0; i < 3; i++) {
                check_printed(got[i], rat42[i]);
                check_printed(sqrt(covariance[i * 3 + i]), rat42_deviation[i]);
            }
            bg_net_free(net);
        }
    bg_data_free(data);
}
END_TEST

/* Residuals that stay make steps shorten by a constant factor only.  At a point that is said to
 * have converged the gradient of 60 rows is 0 to rounding: g = J'f with |f| 0.05, |J| 1 and less.
 */
START_TEST(converged_is_the_end_beside_large_residuals)
{
    enum { ROWS = 60, FITS = 60 };
    const bg_objective half = {.loss = BG_HALF_SSE, .reduction = BG_SUM};
    int converged = 0;
    for (unsigned k = 0; k < FITS; k++) {
        double x[ROWS], t[ROWS], noise[ROWS], gradient[7], value;
        bg_net *net =
            make_net(BG_F64, 2, (size_t[]){1, 2, 1}, (bg_activation[]){BG_TANH, BG_IDENTITY});
        fill_values(ROWS, 2 * k + 1, x);
        fill_values(ROWS, 2 * k + 2, noise);
        for (size_t i = 0; i < ROWS; i++)
            t[i] = 0.8 * tanh(1.3 * x[i] + 0.4) - 0.5 * tanh(1 - 0.6 * x[i]) + 0.1 * noise[i];
        bg_data *data = make_data(BG_F64, ROWS, 1, 1, x, t);
        bg_fit fit;
        ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, k, NULL), BG_OK);
        ck_assert_int_eq(bg_lm_fit(net, &half, data, NULL, &fit, NULL), BG_OK);
        ck_assert_int_eq(bg_gradient(net, &half, data, 1, &value, gradient, NULL), BG_OK);
        for (size_t i = 0; fit.end == BG_FIT_CONVERGED && i < 7; i++)
            ck_assert_msg(fabs(gradient[i]) <= 1e-12, "fit %u: %g", k, gradient[i]);
        converged += fit.end == BG_FIT_CONVERGED;
        bg_data_free(data);
        bg_net_free(net);
    }
    ck_assert_int_ge(converged, FITS / 6);
}
END_TEST

/* NIST StRD, Longley: certified deviations of B1..B6 and B0, whose normal equations have a
 * condition of 2.4e19. */
START_TEST(longley_standard_deviations)
{
    static const double deviations[] = {84.9149257747669,  0.334910077722432E-01, 0.488399681651699,
                                        0.214274163161675, 0.226073200069370,     455.478499142212,
                                        890420.383607373};
    bg_data *data = read_certified("tests/data/longley.csv", BG_F64);
    bg_net *net = make_net(BG_F64, 1, (size_t[]){6, 1}, (bg_activation[]){BG_IDENTITY});
    bg_fit fit;
    double covariance[49];
    ck_assert_int_eq(bg_lstsq_fit(net, &sse, data, NULL, NULL), BG_OK);
    ck_assert_int_eq(bg_lm_covariance(net, data, NULL, covariance, &fit, NULL), BG_OK);
    ck_assert_uint_eq(fit.rank, 7);
    ck_assert_double_le(fabs(fit.condition / 4.85926e9 - 1), 1e-4);
    ck_assert_double_ge(correct_digits(fit.rss, 836424.055505915), 10);
    for (size_t i = 0; i < 7; i++)
        ck_assert_double_ge(correct_digits(sqrt(covariance[i * 7 + i]), deviations[i]), 10);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

/* A penalty, several outputs, f32 and f64: the same as lstsq. */
START_TEST(linear_networks_agree_with_lstsq)
{
    enum { ROWS = 150, IN = 4, OUT = 2, P = (IN + 1) * OUT };
    double x[ROWS * IN], t[ROWS * OUT], got[P], want[P];
    fill_values(ROWS * IN, 3, x);
    fill_values(ROWS * OUT, 4, t);
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++)
        for (int loss = BG_MSE; loss <= BG_SSE; loss++) {
            bg_objective objective = {.loss = (bg_loss)loss, .reduction = BG_MEAN, .l2 = 0.125};
            bg_data *data = make_data((bg_dtype)dtype, ROWS, IN, OUT, x, t);
            bg_net *net =
                make_net((bg_dtype)dtype, 1, (size_t[]){IN, OUT}, (bg_activation[]){BG_IDENTITY});
            ck_assert_int_eq(bg_lstsq_fit(net, &objective, data, NULL, NULL), BG_OK);
            get_parameters(net, want);
            ck_assert_int_eq(bg_net_init(net, BG_ONES, 0, 1, NULL), BG_OK);
            ck_assert_int_eq(bg_lm_fit(net, &objective, data, NULL, NULL, NULL), BG_OK);
            get_parameters(net, got);
            ck_assert_double_le(worst_relative(P, got, want, 0.01),
                                dtype == BG_F32 ? 0x1p-24 : 1e-13);
            bg_net_free(net);
            bg_data_free(data);
        }
}
END_TEST

/* XOR has 4 residuals for 13 parameters: met exactly, and no errors of the weights are known. */
START_TEST(a_deficient_jacobian_is_told)
{
    static const double x[] = {0, 0, 0, 1, 1, 0, 1, 1}, t[] = {0, 1, 1, 0};
    bg_data *data = make_data(BG_F64, 4, 2, 1, x, t);
    bg_net *net = make_net(BG_F64, 2, (size_t[]){2, 3, 1}, (bg_activation[]){BG_TANH, BG_IDENTITY});
    bg_fit fit;
    double covariance[13 * 13];
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 1, NULL), BG_OK);
    ck_assert_int_eq(bg_lm_fit(net, &sse, data, NULL, &fit, NULL), BG_OK);
    ck_assert_double_le(fit.rss, 1e-28);
    ck_assert_int_eq(fit.end, BG_FIT_CONVERGED);
    ck_assert_int_eq(bg_lm_covariance(net, data, NULL, covariance, &fit, NULL), BG_OK);
    ck_assert(fit.rank == 4 && fit.columns == 13 && isinf(fit.condition));
    for (size_t i = 0; i < 13 * 13; i++)
        ck_assert(isnan(covariance[i]));
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

static void refuse(bg_net *net, bg_loss loss, const bool *fixed, const char *words)
{
    size_t in = bg_net_width(net, 0);
    double *x = calloc(2 * in, sizeof *x), t[2] = {0};
    bg_objective objective = {.loss = loss, .reduction = BG_MEAN};
    bg_lm_options options = {.fixed = fixed};
    bg_data *data = make_data(BG_F64, 2, in, 1, x, t);
    bg_error error;
    bg_fit fit = {.rank = 77};
    ck_assert_int_eq(bg_lm_fit(net, &objective, data, &options, &fit, &error), BG_E_ARGUMENT);
    ck_assert_msg(strstr(error.text, words) != NULL, "%s", error.text);
    ck_assert_uint_eq(fit.rank, 77);
    bg_data_free(data);
    bg_net_free(net);
    free(x);
}

START_TEST(what_lm_cannot_do_is_refused)
{
    static const bool all[] = {true, true};
    bg_activation identity[] = {BG_IDENTITY};
    refuse(make_net(BG_F64, 1, (size_t[]){1, 1}, identity), BG_HUBER, NULL, "not huber");
    refuse(make_net(BG_F64, 1, (size_t[]){1, 1}, identity), BG_MSE, all, "nothing to fit");
    refuse(make_net(BG_F64, 1, (size_t[]){5000, 1}, identity), BG_MSE, NULL,
           "up to 5000 parameters at once, and this network has 5001");
}
END_TEST

/* Overflow at the start is no fit, and the network stays as it was. */
START_TEST(a_start_that_is_not_finite_diverges)
{
    double start[] = {1e200, 1e200, 1e200, 0}, after[4];
    bg_data *data = make_data(BG_F64, 1, 1, 1, (double[]){1e200}, (double[]){1});
    bg_net *net = make_net(BG_F64, 2, (size_t[]){1, 1, 1}, (bg_activation[]){BG_RELU, BG_IDENTITY});
    set_parameters(net, start);
    bg_error error;
    ck_assert_int_eq(bg_lm_fit(net, &sse, data, NULL, NULL, &error), BG_E_DIVERGED);
    ck_assert_ptr_nonnull(strstr(error.text, "not finite"));
    get_parameters(net, after);
    ck_assert_mem_eq(start, after, sizeof after);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

START_TEST(short_memory_is_reported)
{
    bg_data *data = make_data(BG_F32, 3, 1, 1, (double[]){1, 2, 3}, (double[]){1, 2, 2});
    bg_net *net = make_net(BG_F32, 1, (size_t[]){1, 1}, (bg_activation[]){BG_IDENTITY});
    bg_status fitted = BG_E_MEMORY, known = BG_E_MEMORY;
    size_t failures = 0;
    for (size_t n = 1; fitted != BG_OK || known != BG_OK; n++, failures++) {
        double covariance[4];
        memory_fail_after(n);
        fitted = bg_lm_fit(net, &sse, data, NULL, NULL, NULL);
        memory_fail_after(n);
        known = bg_lm_covariance(net, data, NULL, covariance, NULL, NULL);
        memory_fail_after(0);
        ck_assert(fitted == BG_OK || fitted == BG_E_MEMORY);
        ck_assert(known == BG_OK || known == BG_E_MEMORY);
    }
    ck_assert_uint_ge(failures, 8);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

RUN_CASE("lm_fit", 60, rat42_from_both_starts, converged_is_the_end_beside_large_residuals,
         longley_standard_deviations, linear_networks_agree_with_lstsq,
         a_deficient_jacobian_is_told, what_lm_cannot_do_is_refused,
         a_start_that_is_not_finite_diverges, short_memory_is_reported)
