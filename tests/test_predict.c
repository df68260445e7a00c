/* Gradients, predictions and traces of whole data sets: PyTorch's numbers, same bits in any batch,
 * the long-double twin of one row, huge z. */
#include "random_net.h"

static const double unit[] = {[BG_F32] = 0x1p-24, [BG_F64] = 0x1p-53};

static void agree_with_torch(const torch_pair *p)
{
    bg_data *data =
        make_data(BG_F64, p->x.rows, p->x.columns, p->t.columns, p->x.values, p->t.values);
    double a[10], g[26], got;
    ck_assert_int_eq(bg_predict(p->net, data, 1, a, NULL), BG_OK);
    ck_assert_int_eq(bg_gradient(p->net, &p->objective, data, 1, &got, g, NULL), BG_OK);
    /* Numbers of size 1 are what near-zeros come from: 1e-3 keeps a cancelled sum from counting. */
    ck_assert_msg(worst_relative(10, a, p->outputs.values, 1e-3) <= 1e-12, "outputs of %s %s",
                  p->activation, p->loss);
    ck_assert_msg(worst_relative(1, &got, p->value.values, 0) <= 1e-12, "loss of %s %s %s",
                  p->activation, p->loss, p->reduction);
    double worst = worst_relative(26, g, p->gradient.values, 1e-3);
    ck_assert_msg(worst <= 1e-12, "gradient of %s %s %s: %g", p->activation, p->loss, p->reduction,
                  worst);
    ck_assert_int_eq(bg_loss_value(p->net, &p->objective, data, 1, &got, NULL), BG_OK);
    ck_assert_double_le(worst_relative(1, &got, p->value.values, 0), 1e-12);
    bg_data_free(data);
}

START_TEST(every_pair_agrees_with_pytorch)
{
    each_torch_pair(agree_with_torch);
}
END_TEST

/* Outputs of rows first..first+rows-1 of the sample have the bits that `all` has for them. */
static void expect_same_bits(const sample *s, const bg_net *net, size_t first, size_t rows,
                             int threads, const double *all)
{
    size_t in = s->twin.width[0], out = s->twin.width[s->twin.layers];
    double *a = calloc(rows * out, sizeof *a);
    bg_data *data = make_data(bg_net_dtype(net), rows, in, 0, s->x + first * in, NULL);
    ck_assert_int_eq(bg_predict(net, data, threads, a, NULL), BG_OK);
    ck_assert_msg(memcmp(a, all + first * out, rows * out * sizeof *a) == 0,
                  "rows %zu to %zu, %d threads", first, first + rows - 1, threads);
    free(a);
    bg_data_free(data);
}

static void predict_in_pieces(bg_dtype dtype, bg_activation f, size_t in, size_t hidden, size_t out)
{
    static const int threads[] = {1, 2, 3, 5};
    sample s = {.state = in * 31 + hidden, .rows = 301};
    s.twin.layers = 2;
    s.twin.width[0] = in, s.twin.width[1] = hidden, s.twin.width[2] = out;
    s.twin.f[1] = f, s.twin.f[2] = BG_SOFTMAX;
    sample_fill(&s);
    double *all = calloc(s.rows * out, sizeof *all);
    bg_net *net = sample_net(&s, dtype);
    bg_data *data = sample_data(&s, dtype);
    ck_assert_int_eq(bg_predict(net, data, 1, all, NULL), BG_OK);
    for (size_t i = 0; i < 4; i++)
        expect_same_bits(&s, net, 0, s.rows, threads[i], all);
    for (size_t first = 0; first < s.rows; first += 7)
        expect_same_bits(&s, net, first, 1, 1, all);
    for (size_t first = 1; first < s.rows; first += 61)
        for (size_t rows = 2; first + rows <= s.rows; rows = rows * 2 + 1)
            expect_same_bits(&s, net, first, rows, threads[rows % 4], all);
    free(all);
    bg_net_free(net);
    bg_data_free(data);
    sample_close(&s);
}

START_TEST(a_row_has_the_same_bits_in_any_batch)
{
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++)
        for (int f = 0; f < BG_SOFTMAX; f++) {
            predict_in_pieces((bg_dtype)dtype, (bg_activation)f, 2, 3, 2);
            predict_in_pieces((bg_dtype)dtype, (bg_activation)f, 37, 50, 11);
        }
}
END_TEST

/* Wide enough for a matrix unit, and too wide for the twin. */
START_TEST(a_row_of_a_wide_network_has_the_same_bits_in_any_batch)
{
    enum { IN = 150, OUT = 130, ROWS = 301 };
    const size_t widths[] = {IN, 140, OUT};
    bg_net *net = make_net(BG_F32, 2, widths, (bg_activation[]){BG_TANH, BG_IDENTITY});
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 7, NULL), BG_OK);
    double *x = calloc(ROWS * IN, sizeof *x), *all = calloc(ROWS * OUT, sizeof *all);
    double *part = calloc(ROWS * OUT, sizeof *part);
    fill_values(ROWS * IN, 11, x);
    for (size_t first = 0; first < ROWS; first += 43)
        for (size_t rows = first ? 1 : ROWS; first + rows <= ROWS; rows = rows * 2 + 1) {
            bg_data *data = make_data(BG_F32, rows, IN, 0, x + first * IN, NULL);
            double *to = rows == ROWS ? all : part;
            ck_assert_int_eq(bg_predict(net, data, 1 + (int)(rows % 3), to, NULL), BG_OK);
            ck_assert_msg(memcmp(to, all + first * OUT, rows * OUT * sizeof *to) == 0,
                          "rows %zu to %zu", first, first + rows - 1);
            bg_data_free(data);
        }
    free(x);
    free(all);
    free(part);
    bg_net_free(net);
}
END_TEST

static void expect_near(const double *got, const twin_number *want, size_t n, double u,
                        const char *what)
{
    for (size_t j = 0; j < n; j++)
        ck_assert_msg(twin_agrees(got[j], want[j], 0, u), "%s[%zu]: %.17g for %.17Lg", what, j,
                      got[j], want[j].value);
}

/* A row's z, a and delta are the twin's; its gradient is the outer product of delta and a. */
static void compare_trace(sample *s, bg_dtype dtype, size_t row)
{
    twin *w = &s->twin;
    bg_objective alone = {.loss = s->objective.loss, .reduction = BG_SUM};
    size_t in = w->width[0], out = w->width[w->layers], count = twin_parameters(w);
    const double *x = s->x + row * in, *t = s->t + row * out;
    double u = unit[dtype], *g = calloc(count, sizeof *g);
    twin_number *want = calloc(count, sizeof *want);
    bg_net *net = sample_net(s, dtype);
    bg_data *data = sample_data(s, dtype), *one = make_data(dtype, 1, in, out, x, t);
    bg_trace *trace;
    ck_assert_int_eq(bg_trace_create(net, &s->objective, data, row, &trace, NULL), BG_OK);
    ck_assert_int_eq(bg_gradient(net, &alone, one, 1, NULL, g, NULL), BG_OK);
    twin_number loss = twin_gradient(w, &alone, 1, x, t, want);
    ck_assert(twin_agrees(bg_trace_loss(trace), loss, 0, u));
    ck_assert_mem_eq(bg_trace_a(trace, 0), x, in * sizeof *x);
    const double *p = g;
    const twin_number *q = want;
    for (size_t l = 1; l <= w->layers; l++) {
        const double *delta = bg_trace_delta(trace, l), *below = bg_trace_a(trace, l - 1);
        expect_near(bg_trace_z(trace, l), w->z[l], w->width[l], u, "z");
        expect_near(bg_trace_a(trace, l), w->a[l], w->width[l], u, "a");
        expect_near(delta, w->delta[l], w->width[l], u, "delta");
        /* Both are within the twin's error of the same product. */
        for (size_t j = 0; j < w->width[l]; j++)
            for (size_t i = 0; i < w->width[l - 1]; i++, p++, q++)
                ck_assert_double_le(fabs(*p - delta[j] * below[i]), 2 * u * (double)q->error);
        for (size_t j = 0; j < w->width[l]; j++, p++, q++)
            ck_assert_double_le(fabs(*p - delta[j]), 2 * u * (double)q->error);
    }
    bg_trace_free(trace);
    bg_data_free(data);
    bg_data_free(one);
    bg_net_free(net);
    free(g);
    free(want);
}

START_TEST(a_trace_is_the_twin_of_one_row)
{
    for (int f = 0; f < BG_ACTIVATION_COUNT; f++)
        for (int e = 0; e < BG_LOSS_COUNT; e++) {
            sample s = sample_open((bg_activation)f, (bg_loss)e, sample_widest[e % 2],
                                   5000 + (unsigned)(f * BG_LOSS_COUNT + e));
            for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
                compare_trace(&s, (bg_dtype)dtype, 0);
                compare_trace(&s, (bg_dtype)dtype, s.rows - 1);
            }
            sample_close(&s);
        }
}
END_TEST

/* One row straight into an output layer: z = the inputs. */
static double loss_of_z(bg_dtype dtype, bg_activation f, bg_loss loss, size_t n, const double *z,
                        const double *t, double *delta, double *a)
{
    bg_net *net = make_net(dtype, 1, (size_t[]){n, n}, &f);
    bg_data *data = make_data(dtype, 1, n, n, z, t);
    bg_objective objective = {.loss = loss, .reduction = BG_SUM};
    double weight[9] = {0}, g[12], value;
    for (size_t j = 0; j < n; j++)
        weight[j * n + j] = 1;
    bg_net_set(net, 1, weight, NULL);
    ck_assert_int_eq(bg_gradient(net, &objective, data, 1, &value, g, NULL), BG_OK);
    ck_assert_int_eq(bg_predict(net, data, 1, a, NULL), BG_OK);
    memcpy(delta, g + n * n, n * sizeof *delta);
    bg_net_free(net);
    bg_data_free(data);
    return value;
}

static const struct {
    bg_activation f;
    bg_loss loss;
    size_t n;
    double z[3], t[3], value, delta[3];
} huge[] = {
    {BG_SIGMOID, BG_BCE, 2, {1e4, -1e4}, {0, 1}, 2e4, {1, -1}},
    {BG_SIGMOID, BG_BCE, 2, {1e4, -1e4}, {1, 0}, 0, {0, 0}},
    {BG_SIGMOID, BG_BCE, 1, {1e4}, {0.25}, 7500, {0.75}},
    {BG_SIGMOID, BG_SOFTMAX_CE, 2, {-1e4, 1e4}, {1, 1}, 1e4, {-1, 0}},
    {BG_SIGMOID, BG_SOFTMAX_CE, 2, {-1e4, 1e4}, {0, 0}, 0, {0, 0}},
    {BG_SOFTMAX, BG_SOFTMAX_CE, 3, {1e4, 0, -1e4}, {0, 0, 1}, 2e4, {1, 0, -1}},
    {BG_SOFTMAX, BG_SOFTMAX_CE, 3, {1e4, 0, -1e4}, {0, 1, 0}, 1e4, {1, -1, 0}},
    {BG_SOFTMAX, BG_SOFTMAX_CE, 3, {1e4, 0, -1e4}, {1, 0, 0}, 0, {0, 0, 0}},
    {BG_SOFTMAX, BG_SOFTMAX_CE, 3, {-1e4, -1e4, -1e4}, {0, 0, 0}, 0, {0, 0, 0}},
};

START_TEST(stable_pairs_hold_for_huge_z)
{
    for (size_t i = 0; i < sizeof huge / sizeof *huge; i++)
        for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
            double delta[3], a[3],
                value = loss_of_z((bg_dtype)dtype, huge[i].f, huge[i].loss, huge[i].n, huge[i].z,
                                  huge[i].t, delta, a);
            ck_assert_msg(value == huge[i].value, "case %zu: %.17g", i, value);
            for (size_t j = 0; j < huge[i].n; j++)
                ck_assert_msg(delta[j] == huge[i].delta[j], "case %zu: %.17g", i, delta[j]);
        }
}
END_TEST

/* z and z + 1024 are both exact, and so are the differences that softmax works on. */
START_TEST(softmax_does_not_see_a_shift)
{
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        double z[] = {-1.5, 0.25, 2}, t[] = {0.5, 0.25, 0.25}, a[2][3], delta[2][3], value[2];
        for (int i = 0; i < 2; i++) {
            value[i] =
                loss_of_z((bg_dtype)dtype, BG_SOFTMAX, BG_SOFTMAX_CE, 3, z, t, delta[i], a[i]);
            for (int j = 0; j < 3; j++)
                z[j] += 1024;
        }
        ck_assert_mem_eq(a[0], a[1], sizeof a[0]);
        ck_assert_mem_eq(delta[0], delta[1], sizeof delta[0]);
        ck_assert_double_eq(value[0], value[1]);
    }
}
END_TEST

RUN_CASE("predict", 120, every_pair_agrees_with_pytorch, a_row_has_the_same_bits_in_any_batch,
         a_row_of_a_wide_network_has_the_same_bits_in_any_batch,
         a_trace_is_the_twin_of_one_row, stable_pairs_hold_for_huge_z, softmax_does_not_see_a_shift)
