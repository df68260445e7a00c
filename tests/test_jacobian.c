/* Rows of the Jacobian against the engine's gradient of one residual. */
#include "net/jacobian.h"

#include "oracle.h"

enum { ROWS = 41, IN = 3, OUT = 4, MOST = 400 };

/* Row (i, k) is the gradient of |a - t|^2 / 2 at row i alone where t is a less the k-th unit
 * vector: then dE/da is that unit vector. */
static void check_row(const bg_net *net, const double *x, size_t i, size_t k, double scale,
                      const double *row)
{
    double a[OUT], t[OUT], want[MOST];
    bg_objective objective = {.loss = BG_HALF_SSE, .reduction = BG_SUM};
    bg_data *only = make_data(BG_F64, 1, IN, 0, x + i * IN, NULL);
    ck_assert_int_eq(bg_predict(net, only, 1, a, NULL), BG_OK);
    for (size_t j = 0; j < OUT; j++)
        t[j] = a[j] - (j == k);
    bg_data *one = make_data(BG_F64, 1, IN, OUT, x + i * IN, t);
    ck_assert_int_eq(bg_gradient(net, &objective, one, 1, NULL, want, NULL), BG_OK);
    for (size_t p = 0; p < bg_net_parameters(net); p++)
        ck_assert_msg(fabs(row[p] - scale * want[p]) <= 1e-14 * (fabs(scale * want[p]) + 1),
                      "row %zu, output %zu, parameter %zu: %.17g, not %.17g", i, k, p, row[p],
                      scale * want[p]);
    bg_data_free(only);
    bg_data_free(one);
}

static void check_net(size_t layers, const size_t *widths, const bg_activation *f)
{
    const double scale = 0.75;
    double x[ROWS * IN], t[ROWS * OUT], a[ROWS * OUT];
    fill_values(ROWS * IN, 1, x);
    fill_values(ROWS * OUT, 2, t);
    bg_data *data = make_data(BG_F64, ROWS, IN, OUT, x, t);
    bg_net *net = make_net(BG_F64, layers, widths, f);
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_NORMAL, 0, 3, NULL), BG_OK);
    ck_assert_int_eq(bg_predict(net, data, 1, a, NULL), BG_OK);
    jacobian j;
    size_t n = bg_net_parameters(net), ld = n + 3, seen = 0;
    ck_assert_int_eq(jacobian_open(&j, net, data, scale, NULL, 2, NULL), BG_OK);
    ck_assert_uint_eq(j.columns, n);
    jacobian_refresh(&j);
    double *rows = calloc(j.block * OUT * ld, sizeof *rows), squares, sum;
    for (size_t b = 0; b < j.blocks; b++) {
        jacobian_rows(&j, b, 1, rows, ld);
        squares = jacobian_squares(&j, b, 0);
        sum = 0;
        for (size_t r = 0; r < jacobian_block_rows(&j, b) * OUT; r++, seen++) {
            check_row(net, x, seen / OUT, seen % OUT, scale, rows + r * ld);
            double f_want = scale * (a[seen] - t[seen]), f_got = rows[r * ld + n];
            ck_assert_double_le(fabs(f_got - f_want), 1e-15);
            sum += f_got * f_got;
        }
        ck_assert_double_le(fabs(squares - sum), 1e-14);
    }
    ck_assert_uint_eq(seen, ROWS * OUT);
    free(rows);
    jacobian_close(&j);
    bg_net_free(net);
    bg_data_free(data);
}

START_TEST(rows_are_gradients_of_residuals)
{
    for (int f = 0; f < BG_SOFTMAX; f++) {
        bg_activation two[] = {(bg_activation)f, BG_IDENTITY},
                      three[] = {BG_TANH, (bg_activation)f, BG_SOFTMAX};
        check_net(2, (size_t[]){IN, 9, OUT}, two);
        check_net(3, (size_t[]){IN, 5, 10, OUT}, three);
    }
    check_net(1, (size_t[]){IN, OUT}, (bg_activation[]){BG_SIGMOID});
}
END_TEST

/* Fixed parameters leave no column; the others keep their order. */
START_TEST(fixed_parameters_have_no_column)
{
    static const bool fixed[] = {false, true, false, true, true, false, false};
    static const size_t kept[] = {0, 2, 5, 6};
    double x[] = {0.5, -1, 2}, t[] = {1, 2, 3}, all[3 * 9], some[3 * 9];
    bg_data *data = make_data(BG_F64, 3, 1, 1, x, t);
    bg_net *net = make_net(BG_F64, 2, (size_t[]){1, 2, 1}, (bg_activation[]){BG_TANH, BG_TANH});
    ck_assert_int_eq(bg_net_init(net, BG_CONSTANT, 0.4, 3, NULL), BG_OK);
    jacobian j, k;
    ck_assert_int_eq(jacobian_open(&j, net, data, 1, NULL, 1, NULL), BG_OK);
    ck_assert_int_eq(jacobian_open(&k, net, data, 1, fixed, 1, NULL), BG_OK);
    ck_assert_uint_eq(k.columns, 4);
    jacobian_refresh(&j);
    jacobian_refresh(&k);
    jacobian_rows(&j, 0, 0, all, 9);
    jacobian_rows(&k, 0, 0, some, 9);
    for (size_t i = 0; i < 3; i++) {
        for (size_t p = 0; p < 4; p++)
            ck_assert_double_eq(some[i * 9 + p], all[i * 9 + kept[p]]);
        ck_assert_double_eq(some[i * 9 + 4], all[i * 9 + 7]);
    }
    jacobian_close(&j);
    jacobian_close(&k);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

RUN_CASE("jacobian", 60, rows_are_gradients_of_residuals, fixed_parameters_have_no_column)
