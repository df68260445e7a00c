/* What the public functions over data sets refuse, and what they do when memory is short. */
#include "oracle.h"

#include "base/arena.h"

/* A network of 3-4-2 with data for it, in one precision. */
typedef struct bench {
    bg_net *net;
    bg_data *data, *inputs_only;
} bench;

static bg_data *some_data(bg_dtype dtype, size_t rows, size_t inputs, size_t targets)
{
    double x[64], t[64];
    fill_values(rows * inputs, 1, x);
    fill_values(rows * targets, 2, t);
    return make_data(dtype, rows, inputs, targets, x, targets ? t : NULL);
}

static bench bench_open(bg_dtype dtype)
{
    bench b = {
        make_net(dtype, 2, (size_t[]){3, 4, 2}, (bg_activation[]){BG_SILU, BG_IDENTITY}),
        some_data(dtype, 10, 3, 2),
        some_data(dtype, 10, 3, 0),
    };
    ck_assert_int_eq(bg_net_init(b.net, BG_HE_NORMAL, 0, 1, NULL), BG_OK);
    return b;
}

static void bench_close(bench *b)
{
    bg_net_free(b->net);
    bg_data_free(b->data);
    bg_data_free(b->inputs_only);
}

static const bg_objective plain = {.loss = BG_MSE, .reduction = BG_MEAN};

/* All functions on data; each gives `want`, says a word, and leaves its results alone. */
static void expect_all(bg_status want, const char *word, const bench *b, const bg_data *data,
                       const bg_objective *objective, int threads, bool targets_only)
{
    double outputs[64] = {7}, value = 7, gradient[64] = {7};
    bg_metrics metrics = {.rows = 7};
    bg_error error[4];
    memset(error, 0, sizeof error);
    bg_status got[4] = {
        bg_loss_value(b->net, objective, data, threads, &value, &error[0]),
        bg_gradient(b->net, objective, data, threads, &value, gradient, &error[1]),
        bg_evaluate(b->net, objective, BG_REGRESSION, data, threads, &metrics, NULL, &error[2]),
        targets_only ? want : bg_predict(b->net, data, threads, outputs, &error[3]),
    };
    for (int i = 0; i < (targets_only ? 3 : 4); i++) {
        ck_assert_msg(got[i] == want, "function %d: %s", i, error[i].text);
        ck_assert_int_eq(error[i].status, want);
        ck_assert_msg(strstr(error[i].text, word) != NULL, "\"%s\" without \"%s\"", error[i].text,
                      word);
    }
    ck_assert(outputs[0] == 7 && value == 7 && gradient[0] == 7 && metrics.rows == 7);
    ck_assert_int_eq(bg_loss_value(b->net, objective, data, threads, &value, NULL), want);
}

START_TEST(data_that_do_not_fit_are_refused)
{
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        bench b = bench_open((bg_dtype)dtype);
        bg_data *narrow = some_data((bg_dtype)dtype, 5, 2, 2),
                *wide = some_data((bg_dtype)dtype, 5, 4, 2),
                *targets = some_data((bg_dtype)dtype, 5, 3, 3),
                *other = some_data((bg_dtype)!dtype, 5, 3, 2);
        expect_all(BG_E_ARGUMENT, "2 inputs", &b, narrow, &plain, 1, false);
        expect_all(BG_E_ARGUMENT, "4 inputs", &b, wide, &plain, 1, false);
        expect_all(BG_E_ARGUMENT, "f32", &b, other, &plain, 1, false);
        expect_all(BG_E_ARGUMENT, "3 targets", &b, targets, &plain, 1, true);
        expect_all(BG_E_ARGUMENT, "0 targets", &b, b.inputs_only, &plain, 1, true);
        bg_trace *trace = NULL;
        bg_trainer *trainer = NULL;
        bg_train_options options;
        bg_train_defaults(&options);
        bg_data *bad[] = {narrow, wide, targets, other, b.inputs_only};
        for (size_t i = 0; i < 5; i++) {
            ck_assert_int_eq(bg_trace_create(b.net, &plain, bad[i], 0, &trace, NULL),
                             BG_E_ARGUMENT);
            ck_assert_int_eq(bg_trainer_create(b.net, bad[i], &options, &trainer, NULL),
                             BG_E_ARGUMENT);
            ck_assert(trace == NULL && trainer == NULL);
        }
        bg_data_free(narrow);
        bg_data_free(wide);
        bg_data_free(targets);
        bg_data_free(other);
        bench_close(&b);
    }
}
END_TEST

START_TEST(bad_thread_counts_are_refused)
{
    static const int threads[] = {-1, -2147483647 - 1, 4097, 2147483647};
    bench b = bench_open(BG_F64);
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        expect_all(BG_E_ARGUMENT, "threads", &b, b.data, &plain, threads[i], false);
        bg_train_options options;
        bg_train_defaults(&options);
        options.threads = threads[i];
        bg_trainer *trainer = NULL;
        ck_assert_int_eq(bg_trainer_create(b.net, b.data, &options, &trainer, NULL), BG_E_ARGUMENT);
        ck_assert_ptr_null(trainer);
    }
    bench_close(&b);
}
END_TEST

START_TEST(bad_objectives_are_refused)
{
    static const struct {
        bg_objective objective;
        const char *word;
    } bad[] = {
        {{.loss = BG_LOSS_COUNT, .reduction = BG_MEAN}, "loss"},
        {{.loss = (bg_loss)-1, .reduction = BG_MEAN}, "loss"},
        {{.loss = BG_MSE, .reduction = BG_REDUCTION_COUNT}, "reduction"},
        {{.loss = BG_MSE, .reduction = (bg_reduction)-1}, "reduction"},
        {{.loss = BG_MSE, .reduction = BG_MEAN, .l2 = -1e-9}, "l2"},
        {{.loss = BG_MSE, .reduction = BG_MEAN, .l2 = INFINITY}, "l2"},
        {{.loss = BG_MSE, .reduction = BG_MEAN, .l2 = NAN}, "l2"},
        {{.loss = BG_MSE, .reduction = BG_MEAN, .l1 = -1e-9}, "l1"},
        {{.loss = BG_MSE, .reduction = BG_MEAN, .l1 = INFINITY}, "l1"},
        {{.loss = BG_MSE, .reduction = BG_MEAN, .l1 = NAN}, "l1"},
    };
    bench b = bench_open(BG_F32);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bg_trace *trace = NULL;
        if (bad[i].word[0] != 'l' || bad[i].word[1] == 'o') /* evaluation leaves penalties out */
            expect_all(BG_E_ARGUMENT, bad[i].word, &b, b.data, &bad[i].objective, 1, true);
        double value = 7, gradient[26] = {7};
        bg_error error;
        ck_assert_int_eq(bg_gradient(b.net, &bad[i].objective, b.data, 1, &value, gradient, &error),
                         BG_E_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(error.text, bad[i].word));
        ck_assert(value == 7 && gradient[0] == 7);
        ck_assert_int_eq(bg_loss_value(b.net, &bad[i].objective, b.data, 1, &value, NULL),
                         BG_E_ARGUMENT);
        ck_assert_int_eq(bg_trace_create(b.net, &bad[i].objective, b.data, 0, &trace, NULL),
                         BG_E_ARGUMENT);
        ck_assert_ptr_null(trace);
    }
    bench_close(&b);
}
END_TEST

START_TEST(a_trace_of_no_row_is_refused)
{
    bench b = bench_open(BG_F32);
    static const size_t rows[] = {10, 11, SIZE_MAX};
    for (size_t i = 0; i < 3; i++) {
        bg_trace *trace = NULL;
        bg_error error;
        ck_assert_int_eq(bg_trace_create(b.net, &plain, b.data, rows[i], &trace, &error),
                         BG_E_ARGUMENT);
        ck_assert_ptr_null(trace);
        ck_assert_ptr_nonnull(strstr(error.text, "10"));
    }
    bg_trace_free(NULL);
    bench_close(&b);
}
END_TEST

typedef void (*spoiler)(bg_train_options *options, double value);

static void spoil_momentum(bg_train_options *options, double value)
{
    options->momentum = value;
}
static void spoil_beta1(bg_train_options *options, double value)
{
    options->beta1 = value;
}
static void spoil_beta2(bg_train_options *options, double value)
{
    options->beta2 = value;
}
static void spoil_epsilon(bg_train_options *options, double value)
{
    options->epsilon = value;
}
static void spoil_l2(bg_train_options *options, double value)
{
    options->objective.l2 = value;
}
static void spoil_l1(bg_train_options *options, double value)
{
    options->objective.l1 = value;
}
static void spoil_optimizer(bg_train_options *options, double value)
{
    options->optimizer = (bg_optimizer)value;
}
static void spoil_loss(bg_train_options *options, double value)
{
    options->objective.loss = (bg_loss)value;
}

START_TEST(bad_training_options_are_refused)
{
    static const struct {
        spoiler spoil;
        double values[3];
        const char *word;
    } bad[] = {
        {spoil_momentum, {-0.1, 1.1, NAN}, "momentum"},
        {spoil_beta1, {-0.1, 1, NAN}, "beta1"},
        {spoil_beta2, {-0.1, 1, INFINITY}, "beta2"},
        {spoil_epsilon, {0, -1e-8, NAN}, "epsilon"},
        {spoil_l2, {-1, INFINITY, NAN}, "l2"},
        {spoil_l1, {-1, INFINITY, NAN}, "l1"},
        {spoil_optimizer, {BG_OPTIMIZER_COUNT, 99, 1e6}, "optimizer"},
        {spoil_loss, {7, 8, 1e6}, "loss"},
    };
    bench b = bench_open(BG_F64);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (size_t k = 0; k < 3; k++) {
            bg_train_options options;
            bg_train_defaults(&options);
            bad[i].spoil(&options, bad[i].values[k]);
            bg_trainer *trainer = NULL;
            bg_error error;
            ck_assert_int_eq(bg_trainer_create(b.net, b.data, &options, &trainer, &error),
                             BG_E_ARGUMENT);
            ck_assert_ptr_null(trainer);
            ck_assert_msg(strstr(error.text, bad[i].word) != NULL, "%s", error.text);
        }
    bg_trainer_free(NULL);
    bench_close(&b);
}
END_TEST

START_TEST(defaults_are_those_of_the_header)
{
    bg_train_options o;
    memset(&o, 0xff, sizeof o);
    bg_train_defaults(&o);
    ck_assert(o.objective.loss == BG_MSE && o.objective.reduction == BG_MEAN &&
              o.objective.l2 == 0 && o.objective.l1 == 0 && o.clip == 0);
    ck_assert(o.optimizer == BG_GD && o.lr == 0.1 && !o.ascent && o.momentum == 0.9);
    ck_assert(o.beta1 == 0.9 && o.beta2 == 0.999 && o.epsilon == 1e-8);
    ck_assert(o.batch == 0 && o.threads == 0 && isnan(o.stop_loss) && o.stop == NULL);
}
END_TEST

/* The default thread count works, and the biggest allowed one does not break anything. */
START_TEST(any_allowed_thread_count_gives_the_same_bits)
{
    static const int threads[] = {0, 2, 64};
    bench b = bench_open(BG_F32);
    double one[20], many[20];
    ck_assert_int_eq(bg_predict(b.net, b.data, 1, one, NULL), BG_OK);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(bg_predict(b.net, b.data, threads[i], many, NULL), BG_OK);
        ck_assert_mem_eq(one, many, sizeof one);
    }
    bench_close(&b);
}
END_TEST

/* Steps on batches handed in one by one are those of a run over them, and so are updates from
 * gradients handed in. */
START_TEST(steps_by_hand_have_the_bits_of_a_run)
{
    for (int how = 0; how < 3; how++) {
        bench b = bench_open(BG_F64);
        bg_train_options options;
        bg_train_defaults(&options);
        options.optimizer = BG_ADAM;
        bg_trainer *trainer;
        ck_assert_int_eq(bg_trainer_create(b.net, b.data, &options, &trainer, NULL), BG_OK);
        double gradient[26], loss = 7, before = 7;
        static char whole[65];
        char hex[65];
        for (int step = 0; how && step < 5; step++) {
            ck_assert_int_eq(
                bg_gradient(b.net, &options.objective, b.data, 1, &before, gradient, NULL), BG_OK);
            ck_assert_int_eq(how == 1 ? bg_trainer_step(trainer, b.data, &loss, NULL)
                                      : bg_trainer_apply(trainer, gradient, NULL),
                             BG_OK);
            ck_assert(how == 2 || loss == before);
        }
        ck_assert_int_eq(bg_trainer_run(trainer, how ? 0 : 5, NULL, NULL), BG_OK);
        bg_net_sha256(b.net, how ? hex : whole);
        ck_assert(!how || strcmp(hex, whole) == 0);
        bg_trainer_free(trainer);
        bench_close(&b);
    }
}
END_TEST

START_TEST(steps_by_hand_on_what_does_not_fit_are_refused)
{
    bench b = bench_open(BG_F32);
    bg_train_options options;
    bg_train_defaults(&options);
    bg_trainer *whole, *mini;
    ck_assert_int_eq(bg_trainer_create(b.net, b.data, &options, &whole, NULL), BG_OK);
    options.batch = 2;
    ck_assert_int_eq(bg_trainer_create(b.net, b.data, &options, &mini, NULL), BG_OK);
    double x[33] = {0}, t[22] = {0}, gradient[26] = {[25] = 1e39}, loss = 7;
    bg_data *more = make_data(BG_F32, 11, 3, 2, x, t), *wide = make_data(BG_F64, 1, 3, 2, x, t);
    ck_assert_int_eq(bg_trainer_step(whole, more, &loss, NULL), BG_E_ARGUMENT);
    ck_assert_int_eq(bg_trainer_step(whole, wide, &loss, NULL), BG_E_ARGUMENT);
    ck_assert_int_eq(bg_trainer_step(mini, b.data, &loss, NULL), BG_E_ARGUMENT);
    ck_assert_int_eq(bg_trainer_apply(whole, gradient, NULL), BG_E_ARGUMENT);
    ck_assert_double_eq(loss, 7);
    bg_data_free(more);
    bg_data_free(wide);
    bg_trainer_free(whole);
    bg_trainer_free(mini);
    bench_close(&b);
}
END_TEST

/* One call with all allocations from the n-th on failing. */
typedef bg_status (*call)(const bench *b);

static bg_status call_predict(const bench *b)
{
    double outputs[20] = {7};
    bg_status status = bg_predict(b->net, b->data, 2, outputs, NULL);
    ck_assert(status == BG_OK || outputs[0] == 7);
    return status;
}
static bg_status call_loss(const bench *b)
{
    double value = 7;
    bg_status status = bg_loss_value(b->net, &plain, b->data, 2, &value, NULL);
    ck_assert(status == BG_OK || value == 7);
    return status;
}
static bg_status call_gradient(const bench *b)
{
    double gradient[26] = {7}, value = 7;
    bg_error error = {.status = BG_OK};
    bg_status status = bg_gradient(b->net, &plain, b->data, 2, &value, gradient, &error);
    ck_assert(status == BG_OK || (gradient[0] == 7 && value == 7));
    ck_assert(status == BG_OK || strstr(error.text, "memory"));
    return status;
}
static bg_status call_trace(const bench *b)
{
    bg_trace *trace = NULL;
    bg_status status = bg_trace_create(b->net, &plain, b->data, 3, &trace, NULL);
    ck_assert((status == BG_OK) == (trace != NULL));
    bg_trace_free(trace);
    return status;
}
static bg_status call_net(const bench *b)
{
    (void)b;
    bg_net *net = NULL;
    bg_net_spec spec = {BG_F32, 1, (size_t[]){3, 2}, (bg_activation[]){BG_TANH}};
    bg_status status = bg_net_create(&spec, &net, NULL);
    ck_assert((status == BG_OK) == (net != NULL));
    bg_net_free(net);
    return status;
}
static bg_status call_init(const bench *b)
{
    return bg_net_init(b->net, BG_ORTHOGONAL, 0, 1, NULL);
}
static bg_status call_data(const bench *b)
{
    (void)b;
    bg_data *data = NULL;
    bg_status status =
        bg_data_create(BG_F64, 1, 2, 1, (double[]){1, 2}, (double[]){3}, &data, NULL);
    ck_assert((status == BG_OK) == (data != NULL));
    bg_data_free(data);
    return status;
}

START_TEST(short_memory_is_reported_at_every_allocation)
{
    static const call calls[] = {call_predict, call_loss, call_gradient, call_trace,
                                 call_net,     call_init, call_data};
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        bench b = bench_open((bg_dtype)dtype);
        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
            bg_status status = BG_E_MEMORY;
            size_t n = 0;
            while (status != BG_OK) {
                memory_fail_after(++n);
                status = calls[i](&b);
                memory_fail_after(0);
                ck_assert(status == BG_OK || status == BG_E_MEMORY);
                ck_assert_uint_lt(n, 30);
            }
            ck_assert_uint_ge(n, 2); /* at least one allocation was there to fail */
        }
        bench_close(&b);
    }
}
END_TEST

RUN_CASE("api", 60, data_that_do_not_fit_are_refused, bad_thread_counts_are_refused,
         bad_objectives_are_refused, a_trace_of_no_row_is_refused, bad_training_options_are_refused,
         defaults_are_those_of_the_header, any_allowed_thread_count_gives_the_same_bits,
         steps_by_hand_have_the_bits_of_a_run, steps_by_hand_on_what_does_not_fit_are_refused,
         short_memory_is_reported_at_every_allocation)
