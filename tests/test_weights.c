/* Rows that count more or less often than once. */
#include "random_net.h"
#include "smooth.h"

static const double unit[] = {[BG_F32] = 0x1p-24, [BG_F64] = 0x1p-53};

/* sum w E and its gradient over the rows, each row by the twin; reduced as backgemm.h says. */
static twin_number weighted_twin(sample *s, const double *weights, twin_number *gradient)
{
    twin *w = &s->twin;
    size_t count = twin_parameters(w), in = w->width[0], out = w->width[w->layers];
    bg_objective alone = {.loss = s->objective.loss, .reduction = BG_SUM};
    twin_number *one = calloc(count, sizeof *one), total = {0, 0};
    wide sum = 0, terms = (wide)(2 * s->rows + 16);
    memset(gradient, 0, count * sizeof *gradient);
    for (size_t r = 0; r < s->rows; r++) {
        wide weight = (wide)weights[r];
        twin_number e = twin_gradient(w, &alone, 1, s->x + r * in, s->t + r * out, one);
        sum += weight;
        total.value += weight * e.value;
        total.error += weight * (e.error + terms * fabsl(e.value));
        for (size_t k = 0; k < count; k++) {
            gradient[k].value += weight * one[k].value;
            gradient[k].error += weight * (one[k].error + terms * fabsl(one[k].value));
        }
    }
    wide share = s->objective.reduction == BG_MEAN ? 1 / sum : 1;
    for (size_t k = 0; k < count; k++)
        gradient[k] = (twin_number){gradient[k].value * share, gradient[k].error * share};
    free(one);
    return (twin_number){total.value * share, total.error * share};
}

/* Each row as often as its weight says, which is a whole number. */
static bg_data *repeated(const bg_data *data, size_t rows, const double *weights)
{
    size_t count = 0, *row = calloc(4 * rows, sizeof *row);
    for (size_t r = 0; r < rows; r++)
        for (double w = 0; w < weights[r]; w++)
            row[count++] = r;
    bg_data *made = NULL;
    ck_assert_int_eq(bg_data_select(data, count, row, &made, NULL), BG_OK);
    free(row);
    return made;
}

static void compare(const sample *s, bg_dtype dtype, const bg_data *data, twin_number loss,
                    const twin_number *want)
{
    char text[160];
    size_t count = twin_parameters(&s->twin);
    double *g = calloc(count, sizeof *g), value, again, u = unit[dtype];
    bg_net *net = sample_net(s, dtype);
    ck_assert_int_eq(bg_gradient(net, &s->objective, data, 2, &value, g, NULL), BG_OK);
    ck_assert_int_eq(bg_loss_value(net, &s->objective, data, 2, &again, NULL), BG_OK);
    ck_assert_msg(twin_agrees(value, loss, 0, u), "%s: loss %g for %Lg", sample_text(s, text),
                  value, loss.value);
    ck_assert(twin_agrees(again, loss, 0, u));
    for (size_t k = 0; k < count; k++)
        ck_assert_msg(twin_agrees(g[k], want[k], 0, u), "%s: parameter %zu: %g for %Lg",
                      sample_text(s, text), k, g[k], want[k].value);
    bg_net_free(net);
    free(g);
}

/* Weights 0, 1, 2, 3: the twin, the weighted rows and the repeated rows agree; every pair of
 * activation and loss, both engines, both precisions, both reductions. */
START_TEST(a_weight_repeats_a_row)
{
    for (int f = 0; f < BG_ACTIVATION_COUNT; f++)
        for (int e = 0; e < BG_LOSS_COUNT; e++)
            for (unsigned n = 0; n < 2; n++) {
                unsigned seed = (unsigned)(f * BG_LOSS_COUNT + e) * 2 + n;
                sample s = sample_open((bg_activation)f, (bg_loss)e, sample_widest[n], seed);
                s.objective.l1 = s.objective.l2 = 0;
                s.objective.reduction = seed % 3 ? BG_MEAN : BG_SUM;
                size_t count = twin_parameters(&s.twin);
                double *weights = calloc(s.rows, sizeof *weights);
                for (size_t r = 0; r < s.rows; r++)
                    weights[r] = r ? (double)(sample_size(&s, 1, 4) - 1) : 2;
                twin_number *want = calloc(count, sizeof *want);
                twin_number loss = weighted_twin(&s, weights, want);
                for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
                    bg_data *data = sample_data(&s, (bg_dtype)dtype);
                    bg_data *more = repeated(data, s.rows, weights);
                    ck_assert_int_eq(bg_data_set_weights(data, weights, NULL), BG_OK);
                    compare(&s, (bg_dtype)dtype, data, loss, want);
                    compare(&s, (bg_dtype)dtype, more, loss, want);
                    bg_data_free(data);
                    bg_data_free(more);
                }
                free(weights);
                free(want);
                sample_close(&s);
            }
}
END_TEST

typedef struct shape {
    size_t layers, widths[4];
} shape;

/* Narrow, small and large tiles, a last layer that is thin. */
static const shape shapes[] = {{2, {7, 5, 3}}, {3, {7, 20, 33, 3}}, {3, {7, 40, 300, 3}}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void hash_of_run(const shape *s, bg_data *data, const bg_train_options *options,
                        char hex[65], bg_progress *progress)
{
    static const bg_activation f[] = {BG_TANH, BG_SILU, BG_SIGMOID};
    bg_net *net = make_net((bg_dtype)(options->seed % 2),
                           s->layers, s->widths, f + 3 - s->layers);
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 42, NULL), BG_OK);
    bg_trainer *trainer;
    bg_progress p;
    ck_assert_int_eq(bg_trainer_create(net, data, options, &trainer, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_run(trainer, 5, &p, NULL), BG_OK);
    bg_net_sha256(net, hex);
    if (progress)
        *progress = p;
    bg_trainer_free(trainer);
    bg_net_free(net);
}

static void set_all(bg_data *data, double weight)
{
    size_t rows = bg_data_rows(data);
    double *weights = calloc(rows, sizeof *weights);
    for (size_t r = 0; r < rows; r++)
        weights[r] = weight;
    ck_assert_int_eq(bg_data_set_weights(data, weights, NULL), BG_OK);
    free(weights);
}

static void set_random(bg_data *data, unsigned seed)
{
    size_t rows = bg_data_rows(data);
    double *weights = calloc(rows, sizeof *weights);
    fill_values(rows, seed, weights);
    for (size_t r = 0; r < rows; r++)
        weights[r] += 1;
    ck_assert_int_eq(bg_data_set_weights(data, weights, NULL), BG_OK);
    free(weights);
}

/* seed: its parity is the precision of hash_of_run. */
static bg_train_options run_options(bg_loss loss, bg_reduction reduction, size_t batch,
                                    bg_dtype dtype)
{
    bg_train_options options = smooth_options(BG_ADAM, batch);
    options.objective.loss = loss;
    options.objective.reduction = reduction;
    options.seed = 10 + (uint64_t)dtype;
    return options;
}

/* Alike and whatever they are under mean, 1 under sum. */
START_TEST(weights_of_one_change_no_bit)
{
    for (size_t n = 0; n < 2 * SHAPES * BG_LOSS_COUNT; n++) {
        const shape *s = &shapes[n / 2 % SHAPES];
        bg_dtype dtype = (bg_dtype)(n % 2);
        bg_loss loss = (bg_loss)(n / 2 / SHAPES);
        for (size_t batch = 0; batch < 100; batch += 64)
            for (int reduction = 0; reduction < BG_REDUCTION_COUNT; reduction++) {
                bg_train_options options =
                    run_options(loss, (bg_reduction)reduction, batch, dtype);
                bg_data *data = smooth_data(dtype, 200);
                bg_progress before, after;
                char plain[65], weighted[65];
                hash_of_run(s, data, &options, plain, &before);
                set_all(data, reduction == BG_MEAN ? 49 : 1);
                hash_of_run(s, data, &options, weighted, &after);
                ck_assert_str_eq(plain, weighted);
                ck_assert(before.loss == after.loss);
                set_random(data, 1);
                hash_of_run(s, data, &options, weighted, &after);
                ck_assert_str_ne(plain, weighted);
                ck_assert_int_eq(bg_data_set_weights(data, NULL, NULL), BG_OK);
                hash_of_run(s, data, &options, weighted, NULL);
                ck_assert_str_eq(plain, weighted);
                bg_data_free(data);
            }
    }
}
END_TEST

START_TEST(threads_change_no_bit)
{
    for (size_t n = 0; n < 2 * SHAPES; n++)
        for (size_t batch = 0; batch < 200; batch += 150) {
            bg_dtype dtype = (bg_dtype)(n % 2);
            bg_train_options options = run_options(BG_MSE, BG_MEAN, batch, dtype);
            bg_data *data = smooth_data(dtype, 700);
            set_random(data, 3);
            char one[65], many[65];
            hash_of_run(&shapes[n / 2], data, &options, one, NULL);
            static const int threads[] = {2, 3, 7};
            for (size_t i = 0; i < 3; i++) {
                options.threads = threads[i];
                hash_of_run(&shapes[n / 2], data, &options, many, NULL);
                ck_assert_str_eq(one, many);
            }
            bg_data_free(data);
        }
}
END_TEST

/* Shuffled mini-batches with steps too small to matter: the epoch's loss is that of all rows, and
 * the way of the parameters is the gradient of all rows, where every batch has as many rows. */
START_TEST(mini_batches_add_up)
{
    static const bg_activation f[] = {BG_TANH, BG_SILU, BG_SIGMOID};
    for (size_t n = 0; n < 2 * SHAPES; n++) {
        const shape *s = &shapes[n / 2];
        bg_train_options options = smooth_options(BG_GD, 50);
        options.objective.l2 = 0;
        options.objective.reduction = n % 2 ? BG_SUM : BG_MEAN;
        options.lr = 1e-9;
        bg_data *data = smooth_data(BG_F64, 200);
        set_random(data, 4);
        bg_net *net = make_net(BG_F64, s->layers, s->widths, f + 3 - s->layers);
        ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 42, NULL), BG_OK);
        size_t count = bg_net_parameters(net);
        double *before = calloc(count, sizeof *before), *after = calloc(count, sizeof *after),
               *g = calloc(count, sizeof *g), loss, batches = n % 2 ? 1 : 4, largest = 0;
        get_parameters(net, before);
        ck_assert_int_eq(bg_gradient(net, &options.objective, data, 1, &loss, g, NULL), BG_OK);
        bg_trainer *trainer;
        bg_progress p;
        ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
        ck_assert_int_eq(bg_trainer_run(trainer, 1, &p, NULL), BG_OK);
        get_parameters(net, after);
        /* The loss changes by lr |g|^2 in all, |g| is below 100. */
        ck_assert_double_le(fabs(p.loss - loss), 1e-5 * loss);
        for (size_t k = 0; k < count; k++)
            largest = fmax(largest, fabs(g[k]));
        for (size_t k = 0; k < count; k++)
            ck_assert_double_le(fabs((before[k] - after[k]) / 1e-9 - batches * g[k]),
                                1e-5 * batches * largest);
        bg_trainer_free(trainer);
        bg_net_free(net);
        bg_data_free(data);
        free(before);
        free(after);
        free(g);
    }
}
END_TEST

START_TEST(curvature_follows)
{
    for (int reduction = 0; reduction < BG_REDUCTION_COUNT; reduction++)
        for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
            bg_data *data = smooth_data((bg_dtype)dtype, 130);
            double weights[130];
            for (size_t r = 0; r < 130; r++)
                weights[r] = (double)((r * 7) % 4);
            bg_data *more = repeated(data, 130, weights);
            ck_assert_int_eq(bg_data_set_weights(data, weights, NULL), BG_OK);
            bg_net *net = make_net((bg_dtype)dtype, 2, (size_t[]){7, 4, 3},
                                   (bg_activation[]){BG_TANH, BG_SIGMOID});
            ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 42, NULL), BG_OK);
            bg_objective o = {.loss = BG_MSE, .reduction = (bg_reduction)reduction};
            bg_curvature a, b;
            ck_assert_int_eq(bg_hessian_top(net, &o, data, 1, 1, &a, NULL), BG_OK);
            ck_assert_int_eq(bg_hessian_top(net, &o, more, 1, 1, &b, NULL), BG_OK);
            /* Weights of float data are rounded to float, all else is double. */
            double rounding = 100 * (dtype == BG_F32 ? 0x1p-24 : 0x1p-53);
            ck_assert_double_le(fabs(a.top - b.top), rounding * b.top);
            ck_assert_double_le(fabs(a.loss - b.loss), rounding * b.loss);
            ck_assert_double_le(fabs(a.gradient - b.gradient), rounding * b.loss);
            bg_data_free(data);
            bg_data_free(more);
            bg_net_free(net);
        }
}
END_TEST

/* Even where its loss is infinite or no number: bce of a negative output (tiles), a square that
 * overflows (narrow). */
START_TEST(a_row_of_weight_zero_is_not_there)
{
    static const double x[] = {0.5, -3, 0.25}, huge[] = {0.5, 1e300, 0.25}, t[] = {1, 1, 0};
    static const bg_activation identity[] = {BG_IDENTITY};
    for (int k = 0; k < 2; k++) {
        bg_objective o = {.loss = k ? BG_SSE : BG_BCE, .reduction = BG_MEAN};
        bg_net *net = make_net(BG_F64, 1, (size_t[]){1, 1}, identity);
        bg_data *data = make_data(BG_F64, 3, 1, 1, k ? huge : x, t), *less = NULL;
        double one = 1, zero = 0, value, want, g[2], h[2];
        bg_net_set(net, 1, &one, &zero);
        ck_assert_int_eq(bg_data_select(data, 2, (size_t[]){0, 2}, &less, NULL), BG_OK);
        ck_assert_int_eq(bg_data_set_weights(data, (double[]){1, 0, 1}, NULL), BG_OK);
        ck_assert_int_eq(bg_gradient(net, &o, data, 1, &value, g, NULL), BG_OK);
        ck_assert_int_eq(bg_gradient(net, &o, less, 1, &want, h, NULL), BG_OK);
        ck_assert_double_le(fabs(value - want), 8 * 0x1p-53 * want);
        for (size_t i = 0; i < 2; i++)
            ck_assert_double_le(fabs(g[i] - h[i]), 8 * 0x1p-53 * fabs(h[i]));
        bg_data_free(data);
        bg_data_free(less);
        bg_net_free(net);
    }
}
END_TEST

START_TEST(balanced_classes_weigh_alike)
{
    static const double x[] = {1, 2, 3, 4, 5}, bit[] = {0, 0, 1, 0, 0},
                        hot[] = {1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0};
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++)
        for (int k = 0; k < 2; k++) {
            bg_data *data = make_data((bg_dtype)dtype, 5, 1, k ? 3 : 1, x, k ? hot : bit);
            ck_assert_int_eq(bg_data_balance(data, NULL), BG_OK);
            for (size_t r = 0; r < 5; r++)
                ck_assert(bg_data_weight(data, r) == (r == (k ? 1 : 2) ? 2.5 : 0.625));
            bg_data_free(data);
        }
    static const double numbers[] = {0, 1, 2, 1, 0}, two[] = {1, 1, 1, 0, 0, 1, 1, 0, 0, 1};
    bg_data *wrong[] = {make_data(BG_F64, 5, 1, 1, x, numbers), make_data(BG_F64, 5, 1, 2, x, two),
                        make_data(BG_F64, 5, 1, 0, x, NULL)};
    for (size_t i = 0; i < 3; i++) {
        bg_error error;
        ck_assert_int_eq(bg_data_balance(wrong[i], &error), BG_E_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(error.text, "balanced weights"));
        ck_assert(bg_data_weight(wrong[i], 0) == 1);
        bg_data_free(wrong[i]);
    }
}
END_TEST

START_TEST(weights_go_with_their_rows)
{
    bg_data *data = smooth_data(BG_F64, 4), *some = NULL;
    ck_assert_int_eq(bg_data_set_weights(data, (double[]){1, 2, 3, 4}, NULL), BG_OK);
    ck_assert_int_eq(bg_data_select(data, 3, (size_t[]){3, 0, 3}, &some, NULL), BG_OK);
    ck_assert(bg_data_weight(some, 0) == 4 && bg_data_weight(some, 1) == 1);
    ck_assert(bg_data_weight(some, 2) == 4);
    bg_data_free(data);
    bg_data_free(some);
}
END_TEST

static void refuse_weights(bg_dtype dtype, const double *weights, uint64_t row, const char *words)
{
    bg_data *data = smooth_data(dtype, 3);
    bg_error error;
    ck_assert_int_eq(bg_data_set_weights(data, weights, &error), BG_E_DATA);
    ck_assert_uint_eq(error.row, row);
    ck_assert_msg(strstr(error.text, words) != NULL, "%s", error.text);
    ck_assert(bg_data_weight(data, 0) == 1);
    bg_data_free(data);
}

START_TEST(weights_that_are_none_are_refused)
{
    refuse_weights(BG_F64, (double[]){1, -1, 1}, 2, "row 2: a weight is a number of 0 or more");
    refuse_weights(BG_F64, (double[]){1, 1, (double)NAN}, 3, "0 or more, not");
    refuse_weights(BG_F64, (double[]){(double)INFINITY, 1, 1}, 1, "0 or more, not inf");
    refuse_weights(BG_F64, (double[]){0, 0, 0}, 0, "all weights are 0");
    refuse_weights(BG_F64, (double[]){1e308, 1e308, 1e308}, 0, "too large");
    refuse_weights(BG_F32, (double[]){1e39, 1e39, 1e39}, 0, "not finite in f32");
}
END_TEST

/* Whose results would say something else than the weighted objective. */
START_TEST(others_refuse_weighted_rows)
{
    bg_data *data = smooth_data(BG_F64, 10);
    set_all(data, 1);
    bg_net *net = make_net(BG_F64, 1, (size_t[]){7, 3}, (bg_activation[]){BG_IDENTITY});
    bg_objective o = {.loss = BG_SSE, .reduction = BG_SUM};
    bg_train_options options;
    bg_train_defaults(&options);
    bg_trainer *trainer = NULL;
    bg_certificate *certificate = NULL;
    bg_example *example = NULL;
    double values[24];
    bg_error e[7];
    options.objective = o;
    options.optimizer = BG_LM;
    bg_status refused[] = {bg_lstsq_fit(net, &o, data, NULL, &e[0]),
                           bg_lm_fit(net, &o, data, NULL, NULL, &e[1]),
                           bg_lm_covariance(net, data, NULL, NULL, NULL, &e[2]),
                           bg_least_squares(data, values, NULL, &e[3]),
                           bg_certify(net, &o, data, NULL, &certificate, &e[4]),
                           bg_example_create(net, data, &options, &example, &e[5]),
                           bg_trainer_create(net, data, &options, &trainer, &e[6])};
    for (size_t i = 0; i < 7; i++) {
        ck_assert_int_eq(refused[i], BG_E_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(e[i].text, "counts every row once: no weights"));
    }
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

RUN_CASE("weights", 120, a_weight_repeats_a_row, weights_of_one_change_no_bit,
         threads_change_no_bit, mini_batches_add_up, curvature_follows,
         a_row_of_weight_zero_is_not_there, balanced_classes_weigh_alike,
         weights_go_with_their_rows, weights_that_are_none_are_refused,
         others_refuse_weighted_rows)
