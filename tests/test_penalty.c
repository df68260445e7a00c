/* Penalties on weights: their value and slope; test_torch_steps.c has PyTorch's. */
#include "base/real.h"
#include "kernel/penalty.h"
#include "reals.h"

#include "oracle.h"

START_TEST(sizes_and_squares_are_summed)
{
    static const bg_objective objectives[] = {{.l1 = 0.5}, {.l2 = 0.25}, {.l1 = 3, .l2 = 2}};
    for (size_t n = 0; n <= 40; n++)
        for (size_t k = 0; k < 3; k++) {
            const bg_objective *o = &objectives[k];
            real *w = make_reals(n + 1, (unsigned)n + 1), *g = make_reals(n + 1, 3);
            real *before = make_reals(n + 1, 3);
            if (n > 5)
                w[5] = 0;
            long double want = 0;
            for (size_t i = 0; i < n; i++)
                want += (long double)o->l1 * fabsl((long double)w[i]) +
                        (long double)o->l2 / 2 * (long double)w[i] * (long double)w[i];
            double got = penalty_value(o, n, w);
            ck_assert(fabsl((long double)got - want) <= (long double)(n + 3) * 0x1p-53L * want);
            penalty_add_slope(o, n, w, g);
            for (size_t i = 0; i < n; i++) {
                real sign = (real)((w[i] > 0) - (w[i] < 0));
                long double slope = (long double)o->l1 * (long double)sign +
                                    (long double)o->l2 * (long double)w[i];
                long double off = fabsl((long double)g[i] - ((long double)before[i] + slope));
                ck_assert(off <= 4 * (long double)REAL_EPSILON *
                                     (fabsl((long double)before[i]) + (long double)o->l1 +
                                      fabsl((long double)o->l2 * (long double)w[i])));
            }
            ck_assert(g[n] == before[n]);
            free(w);
            free(g);
            free(before);
        }
}
END_TEST

START_TEST(a_weight_of_zero_has_no_slope)
{
    bg_objective o = {.l1 = 7, .l2 = 7};
    real w[] = {0, -(real)0, REAL_MIN, -REAL_MIN}, g[] = {1, 1, 1, 1};
    penalty_add_slope(&o, 4, w, g);
    ck_assert(g[0] == 1 && g[1] == 1 && g[2] == 8 && g[3] == -6);
}
END_TEST

/* Columns that are orthogonal to each other and to the bias: the minimum of sum r^2/2 + l1 |w| is
 * the least-squares one with each weight drawn towards 0 by l1/m (Tibshirani 1996, "soft
 * thresholding"); in f32 and f64, by one thread and by two. */
START_TEST(gradient_descent_ends_at_the_lasso)
{
    static const double x[] = {1, 1, 1, -1, -1, 1, -1, -1}, t[] = {4.5, 5.5, -1.5, -0.5};
    bg_dtype dtype = sizeof(real) == sizeof(double) ? BG_F64 : BG_F32;
    for (int threads = 1; threads <= 2; threads++) {
        bg_data *data = make_data(dtype, 4, 2, 1, x, t);
        bg_net *net = make_net(dtype, 1, (size_t[]){2, 1}, (bg_activation[]){BG_IDENTITY});
        bg_train_options options;
        bg_train_defaults(&options);
        options.objective =
            (bg_objective){.loss = BG_HALF_SSE, .reduction = BG_SUM, .l1 = 1};
        options.threads = threads;
        bg_trainer *trainer;
        bg_progress progress;
        bg_net_set(net, 1, (double[]){0.5, -0.5}, (double[]){0});
        ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
        ck_assert_int_eq(bg_trainer_run(trainer, 200, &progress, NULL), BG_OK);
        double w[2], b;
        bg_net_get(net, 1, w, &b);
        double rounding = 100 * (double)REAL_EPSILON;
        ck_assert_double_le(fabs(w[0] - 2.75), rounding);  /* 3 - 1/4 */
        ck_assert_double_le(fabs(w[1] + 0.25), rounding);  /* -(1/2 - 1/4) */
        ck_assert_double_le(fabs(b - 2), rounding);
        /* residuals +-1/4 +-1/4: sum r^2/2 = 4 (1/16 + 1/16) / 2, and |w| sums to 3 */
        ck_assert_double_le(fabs(progress.loss - 3.25), 4 * rounding);
        bg_trainer_free(trainer);
        bg_data_free(data);
        bg_net_free(net);
    }
}
END_TEST

START_TEST(least_squares_refuse_it)
{
    static const double x[] = {1, 2, 3}, t[] = {1, 2, 4};
    bg_data *data = make_data(BG_F64, 3, 1, 1, x, t);
    bg_net *net = make_net(BG_F64, 1, (size_t[]){1, 1}, (bg_activation[]){BG_IDENTITY});
    bg_objective o = {.loss = BG_SSE, .reduction = BG_SUM, .l1 = 0.1};
    bg_error error;
    ck_assert_int_eq(bg_lstsq_fit(net, &o, data, NULL, &error), BG_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "lstsq minimises sums of squares: a penalty l1"));
    ck_assert_int_eq(bg_lm_fit(net, &o, data, NULL, NULL, &error), BG_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "lm minimises sums of squares: a penalty l1"));
    bg_train_options options;
    bg_train_defaults(&options);
    options.objective = o;
    bg_example *example = NULL;
    ck_assert_int_eq(bg_example_create(net, data, &options, &example, &error), BG_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "l1"));
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

RUN_CASE("penalty", 60, sizes_and_squares_are_summed, a_weight_of_zero_has_no_slope,
         gradient_descent_ends_at_the_lasso, least_squares_refuse_it)
