/* Metrics against values worked out by hand, and the best linear fit. */
#include "oracle.h"

#include "base/arena.h"

/* A network whose outputs are its inputs. */
static bg_net *mirror(bg_dtype dtype, size_t n)
{
    bg_net *net = make_net(dtype, 1, (size_t[]){n, n}, (bg_activation[]){BG_IDENTITY});
    double w[16] = {0};
    for (size_t j = 0; j < n; j++)
        w[j * n + j] = 1;
    bg_net_set(net, 1, w, NULL);
    return net;
}

/* Metrics of outputs a (rows x n) against targets t. */
static bg_metrics evaluate(bg_dtype dtype, bg_task task, size_t rows, size_t n, const double *a,
                           const double *t, uint64_t *confusion)
{
    static const bg_objective objective = {
        .loss = BG_HALF_SSE, .reduction = BG_SUM, .l2 = 100, .l1 = 100}; /* these must not count */
    bg_net *net = mirror(dtype, n);
    bg_data *data = make_data(dtype, rows, n, n, a, t);
    bg_metrics metrics;
    bg_error error;
    ck_assert_msg(bg_evaluate(net, &objective, task, data, 1, &metrics, confusion, &error) == BG_OK,
                  "%s", error.text);
    ck_assert_uint_eq(metrics.rows, rows);
    bg_data_free(data);
    bg_net_free(net);
    return metrics;
}

START_TEST(classes_by_the_largest_output)
{
    static const double a[] = {
        0.7,  0.2, 0.1,  /* 0, truth 0 */
        0.2,  0.5, 0.3,  /* 1, truth 0 */
        -5,   -3,  -4,   /* 1, truth 1 */
        0.25, 0.5, 0.5,  /* 1, the first of equals; truth 2 */
        0,    0,   1e-3, /* 2, truth 2 */
    };
    static const double t[] = {1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1};
    static const uint64_t want[] = {1, 1, 0, 0, 1, 0, 0, 1, 1};
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        uint64_t confusion[9];
        memset(confusion, 0xff, sizeof confusion);
        bg_metrics m = evaluate((bg_dtype)dtype, BG_CLASSES, 5, 3, a, t, confusion);
        ck_assert_double_eq(m.accuracy, 0.6);
        ck_assert_mem_eq(confusion, want, sizeof want);
        ck_assert(isnan(m.rmse) && isnan(m.r2));
        m = evaluate((bg_dtype)dtype, BG_CLASSES, 5, 3, a, t, NULL);
        ck_assert_double_eq(m.accuracy, 0.6);
    }
}
END_TEST

/* Every output on its side of 1/2; 1/2 itself is 1. */
START_TEST(bits_by_their_thresholds)
{
    static const double a[] = {0.9, 0.1, 0.5, 0.49, 0.6, 0.6, -3, 7};
    static const double t[] = {1, 0, 1, 0, 1, 0, 0, 1};
    bg_metrics m = evaluate(BG_F64, BG_BITS, 4, 2, a, t, NULL);
    ck_assert_double_eq(m.accuracy, 0.75);
    ck_assert(isnan(m.rmse) && isnan(m.r2));
}
END_TEST

START_TEST(regression_by_rmse_and_r2)
{
    /* First output: residuals 1, 0, -1, 0; targets 1, 1, 5, -1 with mean 3/2 and spread
     * 1/4 + 1/4 + 49/4 + 25/4 = 19.  Second: residuals 2, targets without spread, which counts 0.
     */
    static const double a[] = {2, 2, 1, 2, 4, 2, -1, 2};
    static const double t[] = {1, 0, 1, 0, 5, 0, -1, 0};
    bg_metrics m = evaluate(BG_F64, BG_REGRESSION, 4, 2, a, t, NULL);
    ck_assert_double_le(fabs(m.rmse - sqrt((2.0 + 16) / 8)), 1e-15);
    ck_assert_double_le(fabs(m.r2 - 17.0 / 38), 1e-15);
    ck_assert_double_eq(m.loss, (2.0 + 16) / 2);
    ck_assert(isnan(m.accuracy));
}
END_TEST

START_TEST(a_constant_target_met_exactly_counts_as_explained)
{
    static const double same[] = {3, 3, 3};
    bg_metrics m = evaluate(BG_F64, BG_REGRESSION, 3, 1, same, same, NULL);
    ck_assert_double_eq(m.r2, 1);
    ck_assert_double_eq(m.rmse, 0);
    static const double line[] = {1, 2, 3}, mean[] = {2, 2, 2};
    ck_assert_double_eq(evaluate(BG_F64, BG_REGRESSION, 3, 1, line, line, NULL).r2, 1);
    ck_assert_double_eq(evaluate(BG_F64, BG_REGRESSION, 3, 1, mean, line, NULL).r2, 0);
}
END_TEST

/* Outputs that are not numbers are never right. */
START_TEST(nan_is_wrong)
{
    static const double a[] = {1, 1e300}, t[] = {1, 1};
    bg_net *net = make_net(BG_F64, 1, (size_t[]){1, 1}, (bg_activation[]){BG_IDENTITY});
    double w = 1e300, metric[2];
    bg_objective objective = {.loss = BG_MSE, .reduction = BG_MEAN};
    bg_net_set(net, 1, &w, NULL);
    bg_data *data = make_data(BG_F64, 2, 1, 1, a, t);
    bg_metrics m;
    ck_assert_int_eq(bg_evaluate(net, &objective, BG_BITS, data, 1, &m, NULL, NULL), BG_OK);
    metric[0] = m.accuracy;
    w = (double)NAN;
    bg_net_set(net, 1, &w, NULL);
    ck_assert_int_eq(bg_evaluate(net, &objective, BG_BITS, data, 1, &m, NULL, NULL), BG_OK);
    metric[1] = m.accuracy;
    ck_assert_double_eq(metric[0], 1); /* infinite is beyond 1/2 */
    ck_assert_double_eq(metric[1], 0);
    bg_data_free(data);
    bg_net_free(net);
    for (size_t j = 0; j < 2; j++) { /* in whichever output, of the true class too */
        uint64_t confusion[4];
        double x[] = {1, 1}, v[] = {0, 0, 0, 0}, truth[] = {1, 0};
        v[2 * j] = -(double)NAN;
        net = make_net(BG_F64, 1, (size_t[]){2, 2}, (bg_activation[]){BG_IDENTITY});
        bg_net_set(net, 1, v, NULL);
        data = make_data(BG_F64, 1, 2, 2, x, truth);
        ck_assert_int_eq(bg_evaluate(net, &objective, BG_CLASSES, data, 1, &m, confusion, NULL),
                         BG_OK);
        ck_assert(m.accuracy == 0 && isnan(m.loss) && !signbit(m.loss));
        for (size_t k = 0; k < 4; k++)
            ck_assert_uint_eq(confusion[k], 0);
        bg_data_free(data);
        bg_net_free(net);
    }
}
END_TEST

/* No line through XOR is better than 1/2 everywhere. */
START_TEST(the_best_line_for_xor_is_one_half)
{
    static const double x[] = {0, 0, 0, 1, 1, 0, 1, 1}, t[] = {0, 1, 1, 0};
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        bg_data *data = make_data((bg_dtype)dtype, 4, 2, 1, x, t);
        double w[3];
        size_t rank = 0;
        ck_assert_int_eq(bg_least_squares(data, w, &rank, NULL), BG_OK);
        ck_assert_uint_eq(rank, 3);
        ck_assert_double_le(fabs(w[0]), 1e-15);
        ck_assert_double_le(fabs(w[1]), 1e-15);
        ck_assert_double_le(fabs(w[2] - 0.5), 1e-15);
        ck_assert_int_eq(bg_least_squares(data, w, NULL, NULL), BG_OK);
        bg_data_free(data);
    }
}
END_TEST

/* Targets that are linear in the inputs are met, each output by its own weights [out][in, bias]. */
START_TEST(a_plane_is_found)
{
    enum { ROWS = 30, IN = 4, OUT = 3 };
    double x[ROWS * IN], w[OUT * (IN + 1)], t[ROWS * OUT], got[OUT * (IN + 1)];
    fill_values(ROWS * IN, 1, x);
    fill_values(OUT * (IN + 1), 2, w);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < OUT; j++) {
            t[i * OUT + j] = w[j * (IN + 1) + IN];
            for (size_t k = 0; k < IN; k++)
                t[i * OUT + j] += w[j * (IN + 1) + k] * x[i * IN + k];
        }
    bg_data *data = make_data(BG_F64, ROWS, IN, OUT, x, t);
    size_t rank;
    ck_assert_int_eq(bg_least_squares(data, got, &rank, NULL), BG_OK);
    ck_assert_uint_eq(rank, IN + 1);
    ck_assert_double_le(worst_relative(OUT * (IN + 1), got, w, 1), 1e-14);
    bg_data_free(data);
}
END_TEST

START_TEST(fewer_rows_than_weights_give_the_shortest_fit)
{
    bg_data *data = make_data(BG_F64, 1, 2, 1, (double[]){1, 0}, (double[]){6});
    double w[3];
    size_t rank;
    ck_assert_int_eq(bg_least_squares(data, w, &rank, NULL), BG_OK);
    ck_assert_uint_eq(rank, 1);
    double want[] = {3, 0, 3}; /* of all (a, ?, b) with a + b = 6 */
    ck_assert_double_le(worst_relative(3, w, want, 1), 1e-15);
    bg_data_free(data);
}
END_TEST

START_TEST(a_fit_without_targets_is_refused)
{
    bg_data *data = make_data(BG_F64, 2, 1, 0, (double[]){1, 2}, NULL);
    bg_error error;
    double w[2] = {7, 7};
    size_t rank = 9;
    ck_assert_int_eq(bg_least_squares(data, w, &rank, &error), BG_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "targets"));
    ck_assert(w[0] == 7 && w[1] == 7 && rank == 9);
    bg_data_free(data);
}
END_TEST

/* Every allocation fails in its turn; results are left alone. */
START_TEST(short_memory_is_reported)
{
    bg_net *net = mirror(BG_F32, 2);
    bg_data *data = make_data(BG_F32, 2, 2, 2, (double[]){1, 2, 3, 4}, (double[]){1, 0, 0, 1});
    bg_objective objective = {.loss = BG_MSE, .reduction = BG_MEAN};
    bg_status fit = BG_E_MEMORY, metrics = BG_E_MEMORY;
    for (size_t n = 1; fit != BG_OK || metrics != BG_OK; n++) {
        double w[6] = {7};
        bg_metrics m = {.rows = 77};
        memory_fail_after(n);
        metrics = bg_evaluate(net, &objective, BG_CLASSES, data, 1, &m, NULL, NULL);
        memory_fail_after(n);
        fit = bg_least_squares(data, w, NULL, NULL);
        memory_fail_after(0);
        ck_assert(metrics == BG_OK || (metrics == BG_E_MEMORY && m.rows == 77));
        ck_assert(fit == BG_OK || (fit == BG_E_MEMORY && w[0] == 7));
        ck_assert_uint_lt(n, 30);
    }
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

RUN_CASE("evaluate", 60, classes_by_the_largest_output, bits_by_their_thresholds,
         regression_by_rmse_and_r2, a_constant_target_met_exactly_counts_as_explained, nan_is_wrong,
         the_best_line_for_xor_is_one_half, a_plane_is_found,
         fewer_rows_than_weights_give_the_shortest_fit, a_fit_without_targets_is_refused,
         short_memory_is_reported)
