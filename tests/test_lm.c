/* One iteration: the step's equation, and the way round where Cholesky fails. */
#include "net/lm.h"

#include "oracle.h"

static const bg_objective half = {.loss = BG_HALF_SSE, .reduction = BG_SUM};

/* One identity unit on inputs (1, 1), (2, 2): J'J is singular.  With next to no damping the step is
 * the shortest solution, as QR and singular values give it; a Cholesky factor does not exist. */
START_TEST(singular_normal_equations_are_solved_by_qr)
{
    static const double x[] = {1, 1, 2, 2, 4, 4}, t[] = {3, 5, 9}; /* 2 x + 1 */
    bg_data *data = make_data(BG_F64, 3, 2, 1, x, t);
    bg_net *net = make_net(BG_F64, 1, (size_t[]){2, 1}, (bg_activation[]){BG_IDENTITY});
    lm m;
    double got[3];
    ck_assert_int_eq(lm_open(&m, net, &half, data, NULL, 1, NULL), BG_OK);
    m.damping = 1e-40;
    ck_assert_int_eq(lm_iterate(&m, NULL), BG_OK);
    ck_assert_int_eq(m.end, BG_FIT_UNFINISHED);
    lm_export(&m, net);
    get_parameters(net, got);
    ck_assert_double_le(worst_relative(3, got, (double[]){1, 1, 1}, 1), 1e-13);
    ck_assert_double_le(m.rss, 1e-26);
    lm_close(&m);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

/* y = w x + b from 0 with mu = 2 on x = 1, -1 and t = 3, 1: J'J = 2 I, g = (-2, -4), so
 * h = (2, 4) / 4.  The model is exact, so the gain is 1 and mu becomes a third. */
START_TEST(a_step_worked_by_hand)
{
    static const double x[] = {1, -1}, t[] = {3, 1};
    bg_data *data = make_data(BG_F64, 2, 1, 1, x, t);
    bg_net *net = make_net(BG_F64, 1, (size_t[]){1, 1}, (bg_activation[]){BG_IDENTITY});
    lm m;
    ck_assert_int_eq(lm_open(&m, net, &half, data, NULL, 1, NULL), BG_OK);
    m.damping = 2;
    ck_assert_int_eq(lm_iterate(&m, NULL), BG_OK);
    ck_assert_double_eq(m.x[0], 0.5);
    ck_assert_double_eq(m.x[1], 1);
    /* residuals 1.5 - 3 and 0.5 - 1 */
    ck_assert_double_eq(m.energy, (1.5 * 1.5 + 0.5 * 0.5) / 2);
    ck_assert_double_le(fabs(m.gain - 1), 1e-15);
    ck_assert_double_le(fabs(m.damping - 2.0 / 3), 1e-15);
    ck_assert_uint_eq(m.iterations, 1);
    lm_close(&m);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

/* At a minimum there is no step. */
START_TEST(a_minimum_is_the_end)
{
    static const double x[] = {1, -1, 2}, t[] = {3, 1, 5};
    bg_data *data = make_data(BG_F64, 3, 1, 1, x, t);
    bg_net *net = make_net(BG_F64, 1, (size_t[]){1, 1}, (bg_activation[]){BG_IDENTITY});
    bg_fit fit;
    lm m;
    ck_assert_int_eq(bg_lstsq_fit(net, &half, data, NULL, NULL), BG_OK);
    ck_assert_int_eq(lm_open(&m, net, &half, data, NULL, 1, NULL), BG_OK);
    ck_assert_int_eq(lm_iterate(&m, NULL), BG_OK);
    ck_assert_int_eq(m.end, BG_FIT_CONVERGED);
    fit = lm_report(&m);
    ck_assert(fit.iterations == 0 && fit.residuals == 3 && fit.parameters == 2);
    ck_assert(isnan(fit.gain) && fit.rank == 0);
    lm_close(&m);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

/* On one unit and one row of z = w: E = (relu(w) - 1)^2 / 2 at w = -1 is flat, so nothing helps. */
START_TEST(a_flat_place_is_the_end)
{
    bg_data *data = make_data(BG_F64, 1, 1, 1, (double[]){1}, (double[]){1});
    bg_net *net = make_net(BG_F64, 1, (size_t[]){1, 1}, (bg_activation[]){BG_RELU});
    double start[] = {-1, 0};
    lm m;
    set_parameters(net, start);
    ck_assert_int_eq(lm_open(&m, net, &half, data, NULL, 1, NULL), BG_OK);
    ck_assert_int_eq(lm_iterate(&m, NULL), BG_OK);
    ck_assert_int_eq(m.end, BG_FIT_CONVERGED);
    lm_close(&m);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

RUN_CASE("lm", 60, singular_normal_equations_are_solved_by_qr, a_step_worked_by_hand,
         a_minimum_is_the_end, a_flat_place_is_the_end)
