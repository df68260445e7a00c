/* Products with the Hessian against differences of gradients, a closed form, and themselves. */
#include "random_net.h"

/* H v from central differences of the gradient with Richardson's correction:
 * (4 D(e/2) - D(e)) / 3, D(e) = (g(p + e v) - g(p - e v)) / 2e.  Rounding 1e-16/e and the next term
 * e^4 meet near e = 1e-3. */
static void difference(const sample *s, bg_net *net, const bg_data *data, const double *v,
                       double *product)
{
    size_t n = bg_net_parameters(net);
    double *p = calloc(n, sizeof *p), *g = calloc(n, sizeof *g);
    memset(product, 0, n * sizeof *product);
    for (int half = 0; half < 2; half++)
        for (int side = -1; side <= 1; side += 2) {
            double e = half ? 5e-4 : 1e-3, weight = (half ? 4.0 : -1.0) / 3;
            for (size_t i = 0; i < n; i++)
                p[i] = s->parameters[i] + side * e * v[i];
            set_parameters(net, p);
            ck_assert_int_eq(bg_gradient(net, &s->objective, data, 1, NULL, g, NULL), BG_OK);
            for (size_t i = 0; i < n; i++)
                product[i] += side * weight * g[i] / (2 * e);
        }
    set_parameters(net, s->parameters);
    free(p);
    free(g);
}

static double largest(size_t n, const double *x)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

static void check_sample(bg_activation f, bg_loss loss, unsigned seed)
{
    sample s = sample_open(f, loss, seed % 2 ? 9 : 40, seed);
    bg_net *net = sample_net(&s, BG_F64);
    bg_data *data = sample_data(&s, BG_F64);
    size_t n = bg_net_parameters(net);
    double *v = calloc(n, sizeof *v), *got = calloc(n, sizeof *got),
           *want = calloc(n, sizeof *want);
    char text[160];
    fill_values(n, seed, v);
    double length = 0;
    for (size_t i = 0; i < n; i++)
        length = hypot(length, v[i]);
    for (size_t i = 0; i < n; i++)
        v[i] /= length;
    ck_assert_int_eq(bg_hessian_product(net, &s.objective, data, 2, v, got, NULL), BG_OK);
    difference(&s, net, data, v, want);
    double floor = fmax(largest(n, want), 1);
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(fabs(got[i] - want[i]) <= 1e-7 * floor, "%s: parameter %zu: %.12g, not %.12g",
                      sample_text(&s, text), i, got[i], want[i]);
    free(v);
    free(got);
    free(want);
    bg_data_free(data);
    bg_net_free(net);
    sample_close(&s);
}

/* Pairs that random_net.h keeps away from kinks and from logarithms of 0. */
START_TEST(products_agree_with_differences_of_gradients)
{
    for (int f = 0; f < BG_ACTIVATION_COUNT; f++)
        for (int loss = 0; loss < BG_LOSS_COUNT; loss++)
            for (unsigned seed = 1; seed <= 2; seed++)
                check_sample((bg_activation)f, (bg_loss)loss,
                             seed + 10 * (unsigned)(f + 10 * loss));
}
END_TEST

/* u'Hv = v'Hu, the bits for any thread count, and float networks with exact numbers. */
START_TEST(products_are_symmetric_and_repeat)
{
    enum { ROWS = 500, P = 5 * 8 + 8 + 8 * 3 + 3 };
    double x[ROWS * 5], t[ROWS * 3], u[P], v[P], hu[P], hv[P], again[P], a = 0, b = 0;
    bg_objective objective = {.loss = BG_MSE, .reduction = BG_MEAN, .l2 = 0.01};
    fill_values(ROWS * 5, 1, x);
    fill_values(ROWS * 3, 2, t);
    fill_values(P, 3, u);
    fill_values(P, 4, v);
    bg_data *data = make_data(BG_F64, ROWS, 5, 3, x, t);
    bg_net *net = make_net(BG_F64, 2, (size_t[]){5, 8, 3}, (bg_activation[]){BG_GELU, BG_TANH});
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_NORMAL, 0, 1, NULL), BG_OK);
    ck_assert_int_eq(bg_hessian_product(net, &objective, data, 1, u, hu, NULL), BG_OK);
    ck_assert_int_eq(bg_hessian_product(net, &objective, data, 1, v, hv, NULL), BG_OK);
    for (size_t i = 0; i < P; i++) {
        a += u[i] * hv[i];
        b += v[i] * hu[i];
    }
    ck_assert_double_le(fabs(a - b), 1e-13 * fabs(a));
    for (int threads = 2; threads <= 4; threads++) {
        ck_assert_int_eq(bg_hessian_product(net, &objective, data, threads, u, again, NULL), BG_OK);
        ck_assert_mem_eq(hu, again, sizeof hu);
    }
    bg_net_free(net);
    bg_data_free(data);
}
END_TEST

/* One identity layer, half_sse: H = [X 1]'[X 1], whatever the weights. */
START_TEST(a_linear_layer_has_its_gram_matrix)
{
    static const double x[] = {1, 2, 3, -1, 0.5, 4}, t[] = {1, 2, 3};
    static const double rows[3][3] = {{1, 2, 1}, {3, -1, 1}, {0.5, 4, 1}};
    bg_objective objective = {.loss = BG_HALF_SSE, .reduction = BG_SUM};
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        bg_data *data = make_data((bg_dtype)dtype, 3, 2, 1, x, t);
        bg_net *net =
            make_net((bg_dtype)dtype, 1, (size_t[]){2, 1}, (bg_activation[]){BG_IDENTITY});
        for (size_t j = 0; j < 3; j++) {
            double unit[3] = {0}, column[3];
            unit[j] = 1;
            ck_assert_int_eq(bg_hessian_product(net, &objective, data, 1, unit, column, NULL),
                             BG_OK);
            for (size_t i = 0; i < 3; i++) {
                double want = 0;
                for (size_t r = 0; r < 3; r++)
                    want += rows[r][i] * rows[r][j];
                ck_assert_double_eq(column[i], want);
            }
        }
        bg_net_free(net);
        bg_data_free(data);
    }
}
END_TEST

RUN_CASE("hessian", 60, products_agree_with_differences_of_gradients,
         products_are_symmetric_and_repeat, a_linear_layer_has_its_gram_matrix)
