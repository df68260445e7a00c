/* Largest stable learning rates: sharp on the article's network and on iris; Lanczos against
 * dsyevr. */
#include "kernel/lapack.h"
#include "oracle.h"

static void descend(bg_net *net, const bg_objective *objective, const bg_data *data, double lr,
                    uint64_t steps, double *loss)
{
    bg_train_options options;
    bg_trainer *trainer;
    bg_train_defaults(&options);
    options.objective = *objective;
    options.lr = lr;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_run(trainer, steps, NULL, NULL), BG_OK);
    bg_trainer_free(trainer);
    ck_assert_int_eq(bg_loss_value(net, objective, data, 1, loss, NULL), BG_OK);
}

static double length(size_t n, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum = hypot(sum, x[i]);
    return sum;
}

/* From a point `offset` away from the minimum p: the gradient's norm after `steps` of gradient
 * descent at share * 2/top, by that at the start. */
static double growth(bg_net *net, const bg_objective *objective, const bg_data *data,
                     const double *p, double offset, double share, uint64_t steps)
{
    size_t n = bg_net_parameters(net);
    double *x = calloc(n, sizeof *x), *g = calloc(n, sizeof *g), loss;
    bg_curvature c;
    set_parameters(net, p);
    ck_assert_int_eq(bg_hessian_top(net, objective, data, 1, 1, &c, NULL), BG_OK);
    ck_assert(c.exact && c.top > 0);
    fill_values(n, 11, x);
    for (size_t i = 0; i < n; i++)
        x[i] = p[i] + offset * x[i];
    set_parameters(net, x);
    ck_assert_int_eq(bg_gradient(net, objective, data, 1, NULL, g, NULL), BG_OK);
    double before = length(n, g);
    descend(net, objective, data, share * c.stable_lr, steps, &loss);
    ck_assert_int_eq(bg_gradient(net, objective, data, 1, NULL, g, NULL), BG_OK);
    double after = length(n, g);
    free(x);
    free(g);
    return after / before;
}

/* The steepest direction shrinks by |1 - 1.98| or grows by |1 - 2.02| a step: 400 steps make 3e-4
 * and 2.8e3 of it, while the offset is still so small that the quadratic model holds. */
static void check_sharp(bg_net *net, const bg_objective *objective, const bg_data *data,
                        const double *minimum)
{
    double under = growth(net, objective, data, minimum, 1e-7, 0.99, 400);
    double over = growth(net, objective, data, minimum, 1e-7, 1.01, 400);
    ck_assert_msg(under < 0.02, "1 %% under: the gradient's norm times %g", under);
    ck_assert_msg(over > 100, "1 %% over: the gradient's norm times %g", over);
}

/* 2-3-1, identity, XOR: minima are all networks that answer 1/2; start weights of all 1 lead to
 * one. */
START_TEST(sharp_on_the_article_network)
{
    static const double x[] = {0, 0, 0, 1, 1, 0, 1, 1}, t[] = {0, 1, 1, 0};
    bg_objective objective = {.loss = BG_HALF_SSE, .reduction = BG_SUM};
    bg_data *data = make_data(BG_F64, 4, 2, 1, x, t);
    bg_net *net =
        make_net(BG_F64, 2, (size_t[]){2, 3, 1}, (bg_activation[]){BG_IDENTITY, BG_IDENTITY});
    double minimum[13], loss;
    bg_curvature c;
    ck_assert_int_eq(bg_net_init(net, BG_ONES, 0, 1, NULL), BG_OK);
    descend(net, &objective, data, 0.02, 20000, &loss);
    ck_assert_double_le(fabs(loss - 0.5), 1e-15); /* four times (1/2)^2 / 2 */
    get_parameters(net, minimum);
    ck_assert_int_eq(bg_hessian_top(net, &objective, data, 1, 1, &c, NULL), BG_OK);
    ck_assert_double_le(c.gradient, 1e-12);
    ck_assert_double_le(fabs(c.bottom), 1e-12 * c.top); /* the minimum is a valley */
    ck_assert_double_le(c.residual, 1e-13 * c.top);
    check_sharp(net, &objective, data, minimum);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

static bg_data *read_iris(void)
{
    bg_table *table = NULL;
    bg_schema *schema = NULL;
    bg_data *data = NULL;
    ck_assert_int_eq(bg_table_read("tests/data/iris.csv", NULL, &table, NULL), BG_OK);
    ck_assert_int_eq(bg_schema_learn(table, NULL, &schema, NULL), BG_OK);
    ck_assert_int_eq(bg_schema_encode(schema, table, BG_F64, true, &data, NULL), BG_OK);
    bg_schema_free(schema);
    bg_table_free(table);
    return data;
}

/* Cross entropy with a penalty: one layer, whose minimum is unique, and a hidden layer of tanh. */
START_TEST(sharp_on_iris)
{
    bg_data *data = read_iris();
    bg_objective objective = {.loss = BG_SOFTMAX_CE, .reduction = BG_MEAN, .l2 = 0.01};
    for (size_t hidden = 0; hidden < 2; hidden++) {
        bg_net *net = hidden ? make_net(BG_F64, 2, (size_t[]){4, 5, 3},
                                        (bg_activation[]){BG_TANH, BG_SOFTMAX})
                             : make_net(BG_F64, 1, (size_t[]){4, 3}, (bg_activation[]){BG_SOFTMAX});
        double minimum[64], loss;
        bg_curvature c;
        ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 1, NULL), BG_OK);
        descend(net, &objective, data, 0.5, 60000, &loss);
        get_parameters(net, minimum);
        ck_assert_int_eq(bg_hessian_top(net, &objective, data, 1, 1, &c, NULL), BG_OK);
        ck_assert_double_le(c.gradient, 1e-9);
        ck_assert_double_le(fabs(c.loss - loss), 1e-14);
        check_sharp(net, &objective, data, minimum);
        bg_net_free(net);
    }
    bg_data_free(data);
}
END_TEST

/* The whole matrix by products with unit vectors, its eigenvalues by dsyevr. */
static void all_eigenvalues(const bg_net *net, const bg_objective *objective, const bg_data *data,
                            double *top, double *bottom)
{
    size_t n = bg_net_parameters(net);
    double *a = calloc(n * n, sizeof *a), *vectors = calloc(n * n, sizeof *vectors),
           *values = calloc(2 * n, sizeof *values), *unit = calloc(n, sizeof *unit);
    for (size_t j = 0; j < n; j++) {
        unit[j] = 1;
        ck_assert_int_eq(bg_hessian_product(net, objective, data, 1, unit, a + j * n, NULL), BG_OK);
        unit[j] = 0;
    }
    ck_assert(lapack_eigenvalues(n, a, values, vectors));
    *top = values[n - 1];
    *bottom = values[0];
    free(a);
    free(vectors);
    free(values);
    free(unit);
}

/* 1003 parameters: one more than a network whose matrix is made as a whole may have, and some. */
START_TEST(lanczos_agrees_with_dsyevr)
{
    enum { ROWS = 60 };
    double x[ROWS * 4], t[ROWS * 3], top, bottom;
    fill_values(ROWS * 4, 1, x);
    fill_values(ROWS * 3, 2, t);
    bg_data *data = make_data(BG_F64, ROWS, 4, 3, x, t);
    bg_net *net = make_net(BG_F64, 2, (size_t[]){4, 125, 3}, (bg_activation[]){BG_SILU, BG_TANH});
    bg_objective objective = {.loss = BG_MSE, .reduction = BG_MEAN};
    bg_curvature c, other;
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_NORMAL, 0, 1, NULL), BG_OK);
    ck_assert_int_eq(bg_hessian_top(net, &objective, data, 1, 1, &c, NULL), BG_OK);
    ck_assert(!c.exact && c.parameters == 1003 && c.products < 200);
    all_eigenvalues(net, &objective, data, &top, &bottom);
    ck_assert(bottom < 0); /* no minimum */
    ck_assert_double_le(fabs(c.top - top), 1e-12 * top);
    ck_assert_double_le(fabs(c.bottom - bottom), 1e-7 * top);
    ck_assert_double_le(c.residual, 1e-9 * top);
    ck_assert(isinf(c.condition));
    ck_assert_double_le(fabs(c.stable_lr * top - 2), 1e-11);
    /* another start, other threads: the same but for rounding, and the same bits */
    ck_assert_int_eq(bg_hessian_top(net, &objective, data, 2, 1, &other, NULL), BG_OK);
    ck_assert_double_le(fabs(other.top - top), 1e-12 * top);
    ck_assert_int_eq(bg_hessian_top(net, &objective, data, 1, 3, &other, NULL), BG_OK);
    ck_assert(other.top == c.top && other.bottom == c.bottom && other.residual == c.residual);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

/* E = |X w - t|^2 / 2 along a row: H = x x', and along g too. */
START_TEST(curvature_along_the_gradient)
{
    bg_data *data = make_data(BG_F64, 1, 1, 1, (double[]){2}, (double[]){3});
    bg_net *net = make_net(BG_F64, 1, (size_t[]){1, 1}, (bg_activation[]){BG_IDENTITY});
    bg_objective objective = {.loss = BG_HALF_SSE, .reduction = BG_SUM};
    bg_curvature c;
    ck_assert_int_eq(bg_hessian_top(net, &objective, data, 1, 1, &c, NULL), BG_OK);
    ck_assert_double_le(fabs(c.top - 5), 1e-14); /* |(2, 1)|^2 */
    ck_assert_double_le(fabs(c.along - 5), 1e-14);
    ck_assert_double_le(fabs(c.gradient - 3 * sqrt(5)), 1e-14);
    ck_assert_double_eq(c.loss, 4.5);
    ck_assert_double_le(fabs(c.stable_lr - 0.4), 1e-15);
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

RUN_CASE("stability", 60, sharp_on_the_article_network, sharp_on_iris, lanczos_agrees_with_dsyevr,
         curvature_along_the_gradient)
