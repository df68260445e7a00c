/* Training with dropout: against the naive twin of the thinned network, and what must not change.
 */
#include "base/rng.h"
#include "net/dropout.h"
#include "random_net.h"
#include "smooth.h"

static const double unit[] = {[BG_F32] = 0x1p-24, [BG_F64] = 0x1p-53};

/* ------------------------------------------------------------------------------- twin --- */

/* What a unit of hidden layer l, from 0, is multiplied with; P is 0, 1/2 or 3/4, so that the scale
 * rounds nothing. */
static double naive_factor(uint64_t key, size_t l, size_t row, size_t u, double p)
{
    uint64_t h = rng_hash(rng_hash(key, l), row);
    uint32_t x = (uint32_t)u * 0x9e3779b9u + (uint32_t)h;
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= (uint32_t)(h >> 32);
    x ^= x >> 15;
    x *= 0x846ca68bu;
    x ^= x >> 16;
    return x < p * 0x1p32 ? 0 : 1 / (1 - p);
}

/* Loss and gradient of a row of the thinned network: that of a network whose weights above a unit
 * are times its factor, and those weights' derivatives once more. */
static twin_number thinned_row(sample *s, const double *p, uint64_t key, size_t row,
                               twin_number *gradient)
{
    twin *w = &s->twin;
    size_t count = twin_parameters(w), k = 0;
    double *factor = calloc(count, sizeof *factor), *thin = calloc(count, sizeof *thin);
    bg_objective alone = {.loss = s->objective.loss, .reduction = BG_SUM};
    for (size_t l = 1; l <= w->layers; l++) {
        for (size_t j = 0; j < w->width[l]; j++)
            for (size_t u = 0; u < w->width[l - 1]; u++)
                factor[k++] = l > 1 ? naive_factor(key, l - 2, row, u, p[l - 2]) : 1;
        for (size_t j = 0; j < w->width[l]; j++)
            factor[k++] = 1;
    }
    for (k = 0; k < count; k++)
        thin[k] = factor[k] * s->parameters[k];
    w->parameters = thin;
    twin_number e = twin_gradient(w, &alone, 1, s->x + row * w->width[0],
                                  s->t + row * w->width[w->layers], gradient);
    for (k = 0; k < count; k++) {
        gradient[k].value *= (wide)factor[k];
        gradient[k].error *= (wide)factor[k];
    }
    w->parameters = s->parameters;
    free(factor);
    free(thin);
    return e;
}

/* The mean over all rows; step[r]: the update that row r takes part in. */
static twin_number thinned(sample *s, const double *p, const bg_train_options *options,
                           const uint64_t *step, twin_number *gradient)
{
    size_t count = twin_parameters(&s->twin);
    twin_number *one = calloc(count, sizeof *one), total = {0, 0};
    wide rows = (wide)s->rows;
    memset(gradient, 0, count * sizeof *gradient);
    for (size_t r = 0; r < s->rows; r++) {
        twin_number e = thinned_row(s, p, dropout_key(options, step[r]), r, one);
        total.value += e.value / rows;
        total.error += (e.error + (rows + 8) * fabsl(e.value)) / rows;
        for (size_t k = 0; k < count; k++) {
            gradient[k].value += one[k].value / rows;
            gradient[k].error += (one[k].error + (rows + 8) * fabsl(one[k].value)) / rows;
        }
    }
    free(one);
    return total;
}

static sample open_sample(bg_activation f, bg_loss loss, size_t widest, unsigned seed)
{
    sample s = sample_open(f, loss, widest, seed);
    for (unsigned more = 1; s.twin.layers == 1 || s.rows < 3; more++) {
        sample_close(&s);
        s = sample_open(f, loss, widest, seed + 1000 * more);
    }
    s.objective.l1 = s.objective.l2 = 0;
    s.objective.reduction = BG_MEAN;
    return s;
}

static const double all_half[] = {0.5, 0.5, 0.5, 0.5}, mixed[] = {0.75, 0, 0.5, 0.75};

/* One step of gradient descent on all rows with learning rate 1: the gradient is the way. */
static void compare_step(sample *s, bg_dtype dtype, const double *p)
{
    char text[160];
    size_t count = twin_parameters(&s->twin);
    twin_number *want = calloc(count, sizeof *want);
    double *after = calloc(count, sizeof *after), u = unit[dtype];
    uint64_t *step = calloc(s->rows, sizeof *step);
    bg_net *net = sample_net(s, dtype);
    bg_data *data = sample_data(s, dtype);
    bg_train_options options;
    bg_train_defaults(&options);
    options.objective = s->objective;
    options.lr = 1;
    options.threads = 2;
    if (p == mixed)
        options.dropouts = p;
    else
        options.dropout = p[0];
    bg_trainer *trainer;
    bg_progress progress;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_run(trainer, 1, &progress, NULL), BG_OK);
    get_parameters(net, after);
    twin_number loss = thinned(s, p, &options, step, want);
    ck_assert_msg(twin_agrees(progress.loss, loss, 0, u), "%s: loss %g for %Lg",
                  sample_text(s, text), progress.loss, loss.value);
    for (size_t k = 0; k < count; k++) {
        want[k].error += 2 * fabsl((wide)after[k]); /* of the subtraction */
        ck_assert_msg(twin_agrees(s->parameters[k] - after[k], want[k], 0, u),
                      "%s: parameter %zu: %g for %Lg", sample_text(s, text), k,
                      s->parameters[k] - after[k], want[k].value);
    }
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
    free(want);
    free(after);
    free(step);
}

START_TEST(a_step_is_that_of_the_thinned_network)
{
    static const bg_activation f[] = {BG_SIGMOID, BG_TANH, BG_SILU, BG_RELU, BG_SOFTMAX};
    for (unsigned n = 0; n < 30; n++) {
        bg_activation activation = f[n % 5];
        bg_loss loss = activation == BG_SOFTMAX ? BG_SOFTMAX_CE : n % 2 ? BG_MSE : BG_HALF_SSE;
        sample s = open_sample(activation, loss, sample_widest[n % 3], n);
        for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
            compare_step(&s, (bg_dtype)dtype, all_half);
            compare_step(&s, (bg_dtype)dtype, mixed);
        }
        sample_close(&s);
    }
}
END_TEST

/* Rows keep their masks wherever the shuffle puts them: with steps too small to matter, the loss of
 * an epoch is that of all rows, each thinned by its own update. */
START_TEST(a_row_is_known_by_its_number)
{
    for (unsigned n = 0; n < 6; n++) {
        sample s = open_sample(BG_SILU, BG_MSE, sample_widest[n % 3], 50 + n);
        bg_train_options options;
        bg_train_defaults(&options);
        options.objective = s.objective;
        options.lr = 1e-15;
        options.batch = s.rows / 3 + 1;
        options.dropout = 0.5;
        options.seed = n;
        uint32_t *index = calloc(s.rows, sizeof *index);
        uint64_t *step = calloc(s.rows, sizeof *step);
        twin_number *g = calloc(twin_parameters(&s.twin), sizeof *g);
        for (uint64_t epoch = 0; epoch < 2; epoch++) {
            bg_net *net = sample_net(&s, BG_F64);
            bg_data *data = sample_data(&s, BG_F64);
            bg_trainer *trainer;
            bg_progress progress;
            uint64_t steps = (s.rows + options.batch - 1) / options.batch;
            ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
            ck_assert_int_eq(bg_trainer_run(trainer, epoch + 1, &progress, NULL), BG_OK);
            rng r = rng_seeded(options.seed, 1 + epoch);
            for (size_t i = 0; i < s.rows; i++)
                index[i] = (uint32_t)i;
            rng_shuffle(&r, s.rows, index);
            for (size_t i = 0; i < s.rows; i++)
                step[index[i]] = epoch * steps + i / options.batch;
            twin_number loss = thinned(&s, all_half, &options, step, g);
            ck_assert_double_le(fabs(progress.loss - (double)loss.value), 1e-11);
            bg_trainer_free(trainer);
            bg_data_free(data);
            bg_net_free(net);
        }
        free(index);
        free(step);
        free(g);
        sample_close(&s);
    }
}
END_TEST

/* Positive units, positive weights, and the size of the output as loss: its mean over many steps is
 * the loss without dropout, within six standard deviations. */
START_TEST(the_expectation_is_the_whole_network)
{
    enum { ROWS = 40, HIDDEN = 24, STEPS = 1500 };
    double x[ROWS * 2], t[ROWS] = {0}, w[HIDDEN], bias = 0, p = 0.4, variance = 0, mean = 0, whole;
    fill_values(ROWS * 2, 8, x);
    for (size_t j = 0; j < HIDDEN; j++)
        w[j] = 0.1 + 0.01 * (double)j;
    bg_data *data = make_data(BG_F64, ROWS, 2, 1, x, t);
    bg_net *net = make_net(BG_F64, 2, (size_t[]){2, HIDDEN, 1},
                           (bg_activation[]){BG_SIGMOID, BG_IDENTITY});
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 42, NULL), BG_OK);
    bg_net_set(net, 2, w, &bias);
    bg_train_options options;
    bg_train_defaults(&options);
    options.objective = (bg_objective){.loss = BG_MAE, .reduction = BG_MEAN};
    options.lr = 1e-30;
    options.dropout = p;
    for (size_t r = 0; r < ROWS; r++) {
        bg_trace *trace;
        ck_assert_int_eq(bg_trace_create(net, &options.objective, data, r, &trace, NULL), BG_OK);
        for (size_t j = 0; j < HIDDEN; j++)
            variance += pow(w[j] * bg_trace_a(trace, 1)[j] / ROWS, 2) * p / (1 - p);
        bg_trace_free(trace);
    }
    bg_trainer *trainer;
    bg_progress progress;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    for (size_t i = 0; i < STEPS; i++) {
        ck_assert_int_eq(bg_trainer_run(trainer, 1, &progress, NULL), BG_OK);
        mean += progress.loss / STEPS;
    }
    ck_assert_int_eq(bg_trainer_loss(trainer, &whole, NULL), BG_OK);
    ck_assert_double_le(fabs(mean - whole), 6 * sqrt(variance / STEPS));
    ck_assert(progress.loss != whole);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

/* ------------------------------------------------------------------------------- bits --- */

static void hash_of_run(bg_dtype dtype, const size_t *widths, const bg_train_options *options,
                        char hex[65], double *loss)
{
    static const bg_activation f[] = {BG_TANH, BG_SILU, BG_SIGMOID};
    bg_data *data = smooth_data(dtype, 700);
    bg_net *net = make_net(dtype, 3, widths, f);
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 42, NULL), BG_OK);
    bg_trainer *trainer;
    bg_progress progress;
    ck_assert_int_eq(bg_trainer_create(net, data, options, &trainer, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_run(trainer, 4, &progress, NULL), BG_OK);
    bg_net_sha256(net, hex);
    if (loss)
        *loss = progress.loss;
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
}

/* Too thin for tiles but for the dropout; small tiles; strips of large ones. */
static const size_t shapes[][4] = {{7, 5, 4, 3}, {7, 20, 33, 3}, {7, 300, 200, 3}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

START_TEST(threads_change_no_bit)
{
    for (size_t n = 0; n < 2 * SHAPES; n++)
        for (size_t batch = 0; batch < 200; batch += 150) {
            static const int threads[] = {2, 3, 7};
            bg_train_options options = smooth_options(BG_ADAM, batch);
            char plain[65], one[65], many[65];
            hash_of_run((bg_dtype)(n % 2), shapes[n / 2], &options, plain, NULL);
            options.dropout = 0.3;
            hash_of_run((bg_dtype)(n % 2), shapes[n / 2], &options, one, NULL);
            ck_assert_str_ne(plain, one);
            for (size_t i = 0; i < 3; i++) {
                options.threads = threads[i];
                hash_of_run((bg_dtype)(n % 2), shapes[n / 2], &options, many, NULL);
                ck_assert_str_eq(one, many);
            }
            options.threads = 1;
            options.seed = 77;
            options.batch = 0; /* so that nothing else is drawn */
            hash_of_run((bg_dtype)(n % 2), shapes[n / 2], &options, many, NULL);
            ck_assert_str_ne(one, many);
        }
}
END_TEST

START_TEST(nothing_dropped_changes_no_bit)
{
    static const double none[] = {0, 0};
    for (size_t n = 0; n < 2 * SHAPES; n++) {
        bg_train_options options = smooth_options(BG_ADAM, 150);
        char plain[65], zero[65];
        hash_of_run((bg_dtype)(n % 2), shapes[n / 2], &options, plain, NULL);
        options.dropout = 0.5;
        options.dropouts = none; /* instead */
        hash_of_run((bg_dtype)(n % 2), shapes[n / 2], &options, zero, NULL);
        ck_assert_str_eq(plain, zero);
    }
}
END_TEST

START_TEST(a_run_goes_on_where_it_was)
{
    for (size_t batch = 0; batch < 100; batch += 64) {
        bg_train_options options = smooth_options(BG_MOMENTUM, batch);
        char whole[65], halves[65];
        options.dropout = 0.25;
        hash_of_two_halves(&options, 0, whole);
        hash_of_two_halves(&options, 4, halves);
        ck_assert_str_eq(whole, halves);
    }
}
END_TEST

/* Another cut adds in another order, and drops the same units. */
START_TEST(cuts_change_no_mask)
{
    for (size_t n = 0; n < SHAPES; n++) {
        static const size_t cuts[][2] = {{16, 1}, {16, 7}, {96, 2}, {704, 1}};
        bg_train_options options = smooth_options(BG_GD, 0);
        options.dropout = 0.5;
        char hex[65];
        double want, loss;
        hash_of_run(BG_F64, shapes[n], &options, hex, &want);
        for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
            options.tile_rows = cuts[i][0];
            options.slots = cuts[i][1];
            hash_of_run(BG_F64, shapes[n], &options, hex, &loss);
            ck_assert_double_le(fabs(loss - want), 1e-12 * want);
        }
    }
}
END_TEST

/* ------------------------------------------------------------------------------ refused --- */

static void refuse(size_t layers, bg_optimizer optimizer, double p, const double *each,
                   const char *words)
{
    bg_data *data = smooth_data(BG_F64, 10);
    bg_net *net = make_net(BG_F64, layers, layers > 1 ? (size_t[]){7, 5, 3} : (size_t[]){7, 3},
                           (bg_activation[]){BG_IDENTITY, BG_IDENTITY});
    bg_train_options options;
    bg_train_defaults(&options);
    options.optimizer = optimizer;
    options.dropout = p;
    options.dropouts = each;
    bg_trainer *trainer = NULL;
    bg_error error;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, &error), BG_E_ARGUMENT);
    ck_assert_msg(strstr(error.text, words) != NULL, "%s", error.text);
    bg_data_free(data);
    bg_net_free(net);
}

START_TEST(dropout_that_is_none_is_refused)
{
    refuse(2, BG_GD, 1, NULL, "at least 0 and less than 1, not 1");
    refuse(2, BG_ADAM, -0.1, NULL, "not -0.1");
    refuse(2, BG_GD, (double)NAN, NULL, "not nan");
    refuse(2, BG_GD, 0.5, (double[]){2}, "not 2");
    refuse(1, BG_GD, 0.5, NULL, "for hidden layers, and there are none");
    refuse(2, BG_LM, 0.5, NULL, "lm compares losses of one network: no dropout");
    refuse(2, BG_LSTSQ, 0.5, NULL, "lstsq compares losses of one network: no dropout");
}
END_TEST

RUN_CASE("pass_drop", 120, a_step_is_that_of_the_thinned_network, a_row_is_known_by_its_number,
         the_expectation_is_the_whole_network, threads_change_no_bit,
         nothing_dropped_changes_no_bit, a_run_goes_on_where_it_was, cuts_change_no_mask,
         dropout_that_is_none_is_refused)
