/* Normal equations and triangle of the same problem, for any thread count. */
#include "net/gauss.h"

#include "oracle.h"

/* Rows for several tiles, parameters for several squares of J'J. */
enum { ROWS = 1003, IN = 11, HIDDEN = 13, OUT = 3 };

typedef struct bench {
    bg_net *net;
    bg_data *data;
    jacobian j;
    gauss g;
} bench;

static bench bench_open(int threads)
{
    double *x = calloc(ROWS * IN, sizeof *x), *t = calloc(ROWS * OUT, sizeof *t);
    bench b;
    fill_values(ROWS * IN, 1, x);
    fill_values(ROWS * OUT, 2, t);
    b.data = make_data(BG_F64, ROWS, IN, OUT, x, t);
    b.net =
        make_net(BG_F64, 2, (size_t[]){IN, HIDDEN, OUT}, (bg_activation[]){BG_TANH, BG_IDENTITY});
    ck_assert_int_eq(bg_net_init(b.net, BG_GLOROT_UNIFORM, 0, 1, NULL), BG_OK);
    ck_assert_int_eq(jacobian_open(&b.j, b.net, b.data, 1, NULL, threads, NULL), BG_OK);
    jacobian_refresh(&b.j);
    free(x);
    free(t);
    return b;
}

static void bench_close(bench *b)
{
    gauss_close(&b->g);
    jacobian_close(&b->j);
    bg_data_free(b->data);
    bg_net_free(b->net);
}

START_TEST(the_triangle_squared_gives_the_normal_equations)
{
    bench b = bench_open(2);
    triangle t;
    ck_assert_int_eq(gauss_open(&b.g, &b.j, 2, NULL), BG_OK);
    size_t n = b.g.n + 1;
    ck_assert_uint_eq(n, bg_net_parameters(b.net) + 1);
    ck_assert_uint_lt(b.g.tile, b.j.blocks);
    gauss_square(&b.g);
    ck_assert_int_eq(triangle_open(&t, n, NULL), BG_OK);
    ck_assert(gauss_factorise(&b.g, &t) && triangle_fold(&t));
    for (size_t i = 0; i < n; i++)
        for (size_t k = i; k < n; k++) {
            double sum = 0;
            for (size_t r = 0; r <= i; r++)
                sum += t.r[r * n + i] * t.r[r * n + k];
            ck_assert_double_le(fabs(sum - b.g.normal[i * n + k]), 1e-12 * ROWS);
        }
    double corner = b.g.normal[n * n - 1];
    ck_assert_double_le(fabs(gauss_sum_squares(&b.g) - corner), 1e-13 * corner);
    triangle_close(&t);
    bench_close(&b);
}
END_TEST

/* J'f is the engine's gradient of the sum of squares halved. */
START_TEST(the_last_column_is_the_gradient)
{
    bench b = bench_open(1);
    bg_objective objective = {.loss = BG_HALF_SSE, .reduction = BG_SUM};
    ck_assert_int_eq(gauss_open(&b.g, &b.j, 1, NULL), BG_OK);
    double *want = calloc(b.g.n, sizeof *want), value;
    gauss_square(&b.g);
    ck_assert_int_eq(bg_gradient(b.net, &objective, b.data, 1, &value, want, NULL), BG_OK);
    for (size_t i = 0; i < b.g.n; i++)
        ck_assert_double_le(fabs(b.g.normal[i * (b.g.n + 1) + b.g.n] - want[i]), 1e-11);
    ck_assert_double_le(fabs(gauss_sum_squares(&b.g) / 2 - value), 1e-12 * value);
    free(want);
    bench_close(&b);
}
END_TEST

START_TEST(the_bits_do_not_depend_on_the_threads)
{
    double *first = NULL;
    size_t size = 0;
    for (int threads = 1; threads <= 4; threads++) {
        bench b = bench_open(threads);
        ck_assert_int_eq(gauss_open(&b.g, &b.j, threads, NULL), BG_OK);
        ck_assert_int_eq(b.g.threads, threads);
        gauss_square(&b.g);
        size = (b.g.n + 1) * (b.g.n + 1) * sizeof *first;
        if (!first) {
            first = malloc(size);
            memcpy(first, b.g.normal, size);
        }
        ck_assert_mem_eq(first, b.g.normal, size);
        bench_close(&b);
    }
    free(first);
}
END_TEST

RUN_CASE("gauss", 60, the_triangle_squared_gives_the_normal_equations,
         the_last_column_is_the_gradient, the_bits_do_not_depend_on_the_threads)
