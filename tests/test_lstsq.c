/* The closed form: NIST's Longley, the ridge against normal equations in long double, deficient
 * inputs, what is refused. */
#include "base/arena.h"
#include "certified.h"

static bg_net *linear_net(bg_dtype dtype, size_t inputs, size_t outputs)
{
    return make_net(dtype, 1, (size_t[]){inputs, outputs}, (bg_activation[]){BG_IDENTITY});
}

/* NIST StRD, Longley (1967): certified to 15 digits; condition 4.86e9. */
START_TEST(longley_to_ten_digits)
{
    static const double certified[] = {15.0618722713733,  -0.358191792925910E-01, -2.02022980381683,
                                       -1.03322686717359, -0.511041056535807E-01, 1829.15146461355,
                                       -3482258.63459582};
    static const bg_objective objectives[] = {
        {.loss = BG_SSE, .reduction = BG_SUM},
        {.loss = BG_MSE, .reduction = BG_MEAN},
        {.loss = BG_HALF_SSE, .reduction = BG_SUM}};
    bg_data *data = read_certified("tests/data/longley.csv", BG_F64);
    ck_assert_uint_eq(bg_data_rows(data), 16);
    for (size_t o = 0; o < 3; o++) {
        bg_net *net = linear_net(BG_F64, 6, 1);
        bg_fit fit;
        double got[7], loss;
        ck_assert_int_eq(bg_lstsq_fit(net, &objectives[o], data, &fit, NULL), BG_OK);
        get_parameters(net, got);
        for (size_t i = 0; i < 7; i++)
            ck_assert_double_ge(correct_digits(got[i], certified[i]), 11);
        ck_assert_double_ge(correct_digits(fit.rss, 836424.055505915), 11);
        double deviation = sqrt(fit.rss / (double)(fit.residuals - fit.parameters));
        ck_assert_double_ge(correct_digits(deviation, 304.854073561965), 11);
        ck_assert_double_le(fabs(fit.condition / 4.85926e9 - 1), 1e-4);
        ck_assert(fit.rank == 7 && fit.columns == 7 && fit.end == BG_FIT_SOLVED);
        ck_assert_int_eq(bg_loss_value(net, &objectives[0], data, 1, &loss, NULL), BG_OK);
        ck_assert_double_ge(correct_digits(loss, 836424.055505915), 10);
        bg_net_free(net);
    }
    bg_data_free(data);
}
END_TEST

/* (c X'X + l2/2 I_w) w = c X't with the bias column last, by elimination in long double; X has
 * `rows` of 3 inputs. */
static void solve_ridge(size_t rows, const double *x, const double *t, double c, double l2,
                        double w[4])
{
    long double s[4][5] = {{0}};
    for (size_t r = 0; r < rows; r++) {
        const long double v[5] = {x[3 * r], x[3 * r + 1], x[3 * r + 2], 1, t[r]};
        for (size_t i = 0; i < 4; i++)
            for (size_t j = 0; j < 5; j++)
                s[i][j] += (long double)c * v[i] * v[j];
    }
    for (size_t i = 0; i < 3; i++)
        s[i][i] += (long double)l2 / 2;
    for (size_t i = 0; i < 4; i++)
        for (size_t r = 0; r < 4; r++) {
            long double factor = s[r][i] / s[i][i];
            for (size_t j = i; r != i && j < 5; j++)
                s[r][j] -= factor * s[i][j];
        }
    for (size_t i = 0; i < 4; i++)
        w[i] = (double)(s[i][4] / s[i][i]);
}

/* As many rows as fill the triangle's tiles several times over. */
START_TEST(a_penalty_gives_the_ridge_solution)
{
    enum { ROWS = 500 };
    double x[3 * ROWS], t[ROWS], want[4], got[4], gradient[4];
    fill_values(3 * ROWS, 5, x);
    fill_values(ROWS, 6, t);
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        for (size_t i = 0; dtype == BG_F32 && i < 3 * ROWS; i++)
            x[i] = (double)(float)x[i];
        for (size_t i = 0; dtype == BG_F32 && i < ROWS; i++)
            t[i] = (double)(float)t[i];
        bg_objective objective = {.loss = BG_HALF_SSE, .reduction = BG_MEAN, .l2 = 0.25};
        solve_ridge(ROWS, x, t, 0.5 / ROWS, objective.l2, want);
        bg_data *data = make_data((bg_dtype)dtype, ROWS, 3, 1, x, t);
        bg_net *net = linear_net((bg_dtype)dtype, 3, 1);
        ck_assert_int_eq(bg_lstsq_fit(net, &objective, data, NULL, NULL), BG_OK);
        get_parameters(net, got);
        double unit = dtype == BG_F32 ? 0x1p-24 : 0x1p-53;
        ck_assert_double_le(worst_relative(4, got, want, 0.01), dtype == BG_F32 ? unit : 50 * unit);
        /* and the engine's gradient vanishes there */
        ck_assert_int_eq(bg_gradient(net, &objective, data, 1, NULL, gradient, NULL), BG_OK);
        for (size_t i = 0; i < 4; i++)
            ck_assert_double_le(fabs(gradient[i]), 100 * unit);
        bg_net_free(net);
        bg_data_free(data);
    }
}
END_TEST

/* Two equal columns share their weight; the condition is infinite. */
START_TEST(deficient_inputs_have_the_shortest_solution)
{
    static const double x[] = {1, 1, 2, 2, 4, 4, 7, 7}, t[] = {3, 5, 9, 15}; /* 2 x + 1 */
    bg_objective objective = {.loss = BG_MSE, .reduction = BG_MEAN};
    bg_data *data = make_data(BG_F64, 4, 2, 1, x, t);
    bg_net *net = linear_net(BG_F64, 2, 1);
    bg_fit fit;
    double got[3];
    ck_assert_int_eq(bg_lstsq_fit(net, &objective, data, &fit, NULL), BG_OK);
    get_parameters(net, got);
    ck_assert(fit.rank == 2 && fit.columns == 3 && isinf(fit.condition));
    ck_assert_double_le(worst_relative(3, got, (double[]){1, 1, 1}, 1), 1e-14);
    ck_assert_double_le(fit.rss, 1e-26);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

static void refuse(bg_net *net, bg_loss loss, const char *words)
{
    bg_objective objective = {.loss = loss, .reduction = BG_MEAN};
    double x[4] = {0};
    bg_data *data = make_data(BG_F64, 2, 2, 1, x, x);
    bg_error error;
    bg_fit fit = {.rank = 77};
    ck_assert_int_eq(bg_lstsq_fit(net, &objective, data, &fit, &error), BG_E_ARGUMENT);
    ck_assert_msg(strstr(error.text, words) != NULL, "%s", error.text);
    ck_assert_uint_eq(fit.rank, 77);
    bg_data_free(data);
    bg_net_free(net);
}

START_TEST(what_has_no_closed_form_is_refused)
{
    refuse(linear_net(BG_F64, 2, 1), BG_MAE, "not mae");
    refuse(make_net(BG_F64, 1, (size_t[]){2, 1}, (bg_activation[]){BG_SIGMOID}), BG_MSE, "sigmoid");
    refuse(make_net(BG_F64, 2, (size_t[]){2, 2, 1}, (bg_activation[]){BG_IDENTITY, BG_IDENTITY}),
           BG_MSE, "hidden layers");
}
END_TEST

/* A trainer finds the same in its first epoch, and is then done. */
START_TEST(a_trainer_needs_one_epoch)
{
    bg_data *data = read_certified("tests/data/longley.csv", BG_F64);
    bg_net *net = linear_net(BG_F64, 6, 1), *direct = linear_net(BG_F64, 6, 1);
    bg_train_options options;
    bg_train_defaults(&options);
    options.optimizer = BG_LSTSQ;
    options.batch = 4;
    bg_trainer *trainer = NULL;
    bg_error error;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, &error), BG_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "batches of 4"));
    options.batch = 0;
    bg_progress progress;
    bg_fit fit = {0};
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    ck_assert(!bg_trainer_fit(trainer, &fit));
    ck_assert_int_eq(bg_trainer_run(trainer, 5, &progress, NULL), BG_OK);
    ck_assert(progress.epochs == 1 && progress.converged && bg_trainer_fit(trainer, &fit));
    ck_assert_int_eq(bg_lstsq_fit(direct, &options.objective, data, NULL, NULL), BG_OK);
    char here[65], there[65];
    bg_net_sha256(net, here);
    bg_net_sha256(direct, there);
    ck_assert_str_eq(here, there);
    ck_assert_double_ge(correct_digits(16 * progress.loss, fit.rss), 10);
    bg_trainer_free(trainer);
    bg_net_free(net);
    bg_net_free(direct);
    bg_data_free(data);
}
END_TEST

START_TEST(short_memory_is_reported)
{
    bg_data *data = make_data(BG_F64, 2, 1, 1, (double[]){1, 2}, (double[]){1, 2});
    bg_net *net = linear_net(BG_F64, 1, 1);
    bg_objective objective = {.loss = BG_MSE, .reduction = BG_MEAN};
    bg_status status = BG_E_MEMORY;
    size_t failures = 0;
    for (size_t n = 1; status != BG_OK; n++, failures++) {
        bg_fit fit = {.rank = 77};
        memory_fail_after(n);
        status = bg_lstsq_fit(net, &objective, data, &fit, NULL);
        memory_fail_after(0);
        ck_assert(status == BG_OK || (status == BG_E_MEMORY && fit.rank == 77));
    }
    ck_assert_uint_ge(failures, 4);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

RUN_CASE("lstsq", 60, longley_to_ten_digits, a_penalty_gives_the_ridge_solution,
         deficient_inputs_have_the_shortest_solution, what_has_no_closed_form_is_refused,
         a_trainer_needs_one_epoch, short_memory_is_reported)
