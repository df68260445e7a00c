/* Certificates: no false alarm on random networks, what counts as a kink, and the same result for
 * any thread count; that wrong gradients are seen is for tests/mutants. */
#include "random_net.h"

static bg_certificate *certify(const sample *s, bg_dtype dtype, const bg_certify_options *options)
{
    bg_net *net = sample_net(s, dtype);
    bg_data *data = sample_data(s, dtype);
    bg_certificate *certificate;
    bg_error error;
    ck_assert_msg(bg_certify(net, &s->objective, data, options, &certificate, &error) == BG_OK,
                  "%s", error.text);
    bg_net_free(net);
    bg_data_free(data);
    return certificate;
}

/* A network that nothing keeps from kinks and saturation: up to 5 layers, 40 units and 70 rows,
 * another activation in each layer. */
static sample wild_sample(unsigned seed)
{
    sample s = {.state = seed * 2654435761ull + 777};
    twin *w = &s.twin;
    sample_draw(&s, 0, 1);
    bg_loss loss = (bg_loss)(seed % BG_LOSS_COUNT);
    s.objective = (bg_objective){.loss = loss,
                                 .reduction = seed % 2 ? BG_SUM : BG_MEAN,
                                 .l2 = seed % 3 ? 0 : 0.0625,
                                 .l1 = seed % 5 ? 0 : 0.03125};
    w->layers = sample_size(&s, 1, 5);
    for (size_t l = 0; l <= w->layers; l++) {
        w->width[l] = sample_size(&s, 1, seed % 4 ? 14 : 40);
        w->f[l] = (bg_activation)(sample_size(&s, 1, BG_SOFTMAX) - 1);
    }
    if (sample_logs(&s))
        w->f[w->layers] = seed % 5 ? BG_SIGMOID : BG_SOFTMAX;
    else if (seed % 11 == 0)
        w->f[w->layers] = BG_SOFTMAX;
    if (w->f[w->layers] == BG_SOFTMAX && w->width[w->layers] < 2)
        w->width[w->layers] = 2;
    s.rows = sample_size(&s, 1, 70);
    s.parameters = calloc(twin_parameters(w), sizeof *s.parameters);
    s.x = calloc(s.rows * w->width[0], sizeof *s.x);
    s.t = calloc(s.rows * w->width[w->layers], sizeof *s.t);
    double reach = seed % 7 ? 1 : 4;
    for (size_t k = 0; k < twin_parameters(w); k++)
        s.parameters[k] = sample_draw(&s, -reach, reach);
    for (size_t k = 0; k < s.rows * w->width[0]; k++)
        s.x[k] = seed % 6 ? sample_draw(&s, -2, 2) : nearbyint(sample_draw(&s, 0, 1));
    for (size_t k = 0; k < s.rows * w->width[w->layers]; k++)
        s.t[k] = sample_logs(&s) ? sample_draw(&s, 0, 1) : sample_draw(&s, -1.5, 2.5);
    return s;
}

static void expect_certified(const sample *s, bg_dtype dtype, unsigned seed, double *worst)
{
    const bg_certify_options options = {.sample = 200, .differences = 12, .seed = seed};
    bg_certificate *c = certify(s, dtype, &options);
    char text[160];
    ck_assert_msg(c->certified, "network %u, %s, %s: %zu fail; W[%zu][%zu][%zu]: %g for %g", seed,
                  bg_name(BG_KIND_DTYPE, (int)dtype), sample_text(s, text), c->failed,
                  c->worst.layer, c->worst.out, c->worst.in, c->worst.engine, c->worst.reference);
    ck_assert_uint_eq(c->failed, 0);
    *worst = fmax(*worst, c->worst.error == 0 ? 0 : fabs(c->worst.error) / c->worst.limit);
    bg_certificate_free(c);
}

/* CERTIFICATE_NETWORKS in the environment: more than the usual. */
START_TEST(random_networks_raise_no_alarm)
{
    const char *asked = getenv("CERTIFICATE_NETWORKS");
    unsigned count = asked ? (unsigned)strtoul(asked, NULL, 10) : 40;
    double worst = 0;
    for (unsigned seed = 0; seed < count; seed++) {
        sample s = wild_sample(seed);
        for (int dtype = BG_F32; dtype <= BG_F64; dtype++)
            expect_certified(&s, (bg_dtype)dtype, seed, &worst);
        sample_close(&s);
    }
    /* A bound that is a hundred times too wide would see nothing. */
    ck_assert_msg(worst > 0.01, "the worst error is %g of its limit", worst);
    if (asked)
        printf("%u networks, worst error %.3f of its limit\n", count, worst);
}
END_TEST

START_TEST(every_pair_is_certified)
{
    double worst = 0;
    for (int f = 0; f < BG_ACTIVATION_COUNT; f++)
        for (int e = 0; e < BG_LOSS_COUNT; e++) {
            unsigned seed = (unsigned)(f * BG_LOSS_COUNT + e);
            sample s = sample_open((bg_activation)f, (bg_loss)e, 12, 5000 + seed);
            s.rows = s.rows > 30 ? 30 : s.rows;
            expect_certified(&s, seed % 2 ? BG_F32 : BG_F64, seed, &worst);
            sample_close(&s);
        }
}
END_TEST

/* E = (a - t)^2 / 2 of one unit without hidden layer: dE/dw = (w x + b - t) x f'. */
START_TEST(a_single_unit_has_the_closed_form)
{
    const double x = 1.5, t = 0.25, w = 0.75, b = -0.5;
    const struct {
        bg_activation f;
        double slope, a;
    } cases[] = {
        {BG_IDENTITY, 1, 0.625},
        {BG_TANH, 1 - tanh(0.625) * tanh(0.625), tanh(0.625)},
        {BG_SOFTPLUS, 1 / (1 + exp(-0.625)), log1p(exp(0.625))},
        {BG_LEAKY_RELU, 1, 0.625},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t widths[] = {1, 1};
        const bg_objective objective = {.loss = BG_HALF_SSE, .reduction = BG_SUM, .l2 = 0.5};
        bg_net *net = make_net(BG_F64, 1, widths, &cases[i].f);
        bg_data *data = make_data(BG_F64, 1, 1, 1, &x, &t);
        bg_certificate *c;
        bg_net_set(net, 1, &w, &b);
        ck_assert_int_eq(bg_certify(net, &objective, data, NULL, &c, NULL), BG_OK);
        double delta = (cases[i].a - t) * cases[i].slope;
        ck_assert(c->certified);
        ck_assert_uint_eq(c->derivatives, 2);
        ck_assert_uint_eq(c->layer[0].compared[BG_DIFFERENCES], 2);
        double value = (cases[i].a - t) * (cases[i].a - t) / 2 + 0.25 * w * w;
        ck_assert_double_eq_tol(c->reference_value, value, 1e-15);
        for (int e = 0; e < BG_EVIDENCE_COUNT; e++) {
            const bg_finding *f = &c->layer[0].worst[e];
            double want = f->in == 0 ? delta * x + 0.5 * w : delta;
            ck_assert_double_eq_tol(f->reference, want, 1e-15);
        }
        bg_certificate_free(c);
        bg_net_free(net);
        bg_data_free(data);
    }
}
END_TEST

static bg_certificate *one_relu(double w, double b, double x)
{
    const size_t widths[] = {1, 1};
    const bg_activation relu[] = {BG_RELU};
    const bg_objective objective = {.loss = BG_SSE, .reduction = BG_MEAN};
    const double t = 1;
    bg_net *net = make_net(BG_F32, 1, widths, relu);
    bg_data *data = make_data(BG_F32, 1, 1, 1, &x, &t);
    bg_certificate *c;
    bg_net_set(net, 1, &w, &b);
    ck_assert_int_eq(bg_certify(net, &objective, data, NULL, &c, NULL), BG_OK);
    bg_net_free(net);
    bg_data_free(data);
    return c;
}

START_TEST(kinks_are_set_apart)
{
    bg_certificate *c = one_relu(0.5, 0.25, 1); /* far from it */
    ck_assert(c->certified && c->at_kinks == 0 && c->kinks == 0 && c->exact_kinks == 0);
    bg_certificate_free(c);
    c = one_relu(0.1f, -0.1f * 0.3f, 0.3f); /* rounding decides */
    ck_assert(c->certified && c->at_kinks == 2 && c->kinks == 1 && c->exact_kinks == 0);
    bg_certificate_free(c);
    c = one_relu(0.5, 0, 0); /* nothing to round; differences would see half a slope */
    ck_assert(c->certified && c->at_kinks == 0 && c->kinks == 0 && c->exact_kinks == 1);
    ck_assert_uint_eq(c->layer[0].compared[BG_DIFFERENCES], 1); /* the weight's, all zeros */
    bg_certificate_free(c);
}
END_TEST

static bool same_finding(const bg_finding *a, const bg_finding *b)
{
    return a->layer == b->layer && a->out == b->out && a->in == b->in && a->error == b->error &&
           a->limit == b->limit && a->reference == b->reference;
}

START_TEST(any_thread_count_gives_the_same)
{
    sample s = sample_open(BG_SILU, BG_HUBER, 30, 4);
    bg_certify_options options = {.sample = 90, .differences = 40, .seed = 3, .threads = 1};
    bg_certificate *one = certify(&s, BG_F32, &options);
    for (options.threads = 2; options.threads <= 3; options.threads++) {
        bg_certificate *other = certify(&s, BG_F32, &options);
        ck_assert_uint_eq(one->derivatives, other->derivatives);
        ck_assert(one->disagreement == other->disagreement);
        for (size_t l = 0; l < one->layers; l++)
            for (int e = 0; e < BG_EVIDENCE_COUNT; e++)
                ck_assert(same_finding(&one->layer[l].worst[e], &other->layer[l].worst[e]));
        bg_certificate_free(other);
    }
    bg_certificate_free(one);
    sample_close(&s);
}
END_TEST

START_TEST(samples_are_shared_out_over_the_layers)
{
    sample s = sample_open(BG_TANH, BG_MSE, 20, 11);
    size_t all = twin_parameters(&s.twin), layers = s.twin.layers;
    bg_certify_options options = {.sample = 3 * layers, .seed = 1};
    ck_assert_uint_gt(all, 6 * layers);
    bg_certificate *c = certify(&s, BG_F64, &options);
    ck_assert_uint_eq(c->derivatives, 3 * layers);
    ck_assert_uint_eq(c->parameters, all);
    size_t fair = 0;
    for (size_t l = 0; l < layers; l++)
        fair += c->layer[l].derivatives >= 2;
    ck_assert_uint_eq(fair, layers);
    bg_certificate_free(c);
    options.sample = 100 * all;
    c = certify(&s, BG_F64, &options);
    ck_assert_uint_eq(c->derivatives, all);
    bg_certificate_free(c);
    sample_close(&s);
}
END_TEST

START_TEST(what_cannot_be_certified_is_refused)
{
    const size_t widths[] = {2, 1};
    const bg_activation relu[] = {BG_RELU}, identity[] = {BG_IDENTITY};
    const double x[] = {0, 0}, t[] = {1};
    bg_objective objective = {.loss = BG_BCE, .reduction = BG_MEAN};
    bg_certificate *c = NULL;
    bg_error error;
    bg_net *net = make_net(BG_F64, 1, widths, relu);
    bg_data *data = make_data(BG_F64, 1, 2, 1, x, t);
    /* -ln 0 */
    ck_assert_int_eq(bg_certify(net, &objective, data, NULL, &c, &error), BG_E_DIVERGED);
    ck_assert_ptr_nonnull(strstr(error.text, "row 1"));
    objective.loss = (bg_loss)77;
    ck_assert_int_eq(bg_certify(net, &objective, data, NULL, &c, &error), BG_E_ARGUMENT);
    objective.loss = BG_MSE;
    bg_net *other = make_net(BG_F32, 1, widths, identity);
    ck_assert_int_eq(bg_certify(other, &objective, data, NULL, &c, &error), BG_E_ARGUMENT);
    bg_certify_options options = {.threads = -1};
    ck_assert_int_eq(bg_certify(net, &objective, data, &options, &c, &error), BG_E_ARGUMENT);
    ck_assert_ptr_null(c);
    bg_net_free(net);
    bg_net_free(other);
    bg_data_free(data);
    bg_certificate_free(NULL);
}
END_TEST

RUN_CASE("certificate", 600, random_networks_raise_no_alarm, every_pair_is_certified,
         a_single_unit_has_the_closed_form, kinks_are_set_apart, any_thread_count_gives_the_same,
         samples_are_shared_out_over_the_layers, what_cannot_be_certified_is_refused)
