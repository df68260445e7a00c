/* Ten steps of every rule beside PyTorch's: optimizers, schedules, clipped gradients, penalties,
 * weighted rows, dropped units. */
#include <string.h>

#include "oracle.h"

static const struct {
    const char *name;
    bg_activation activations[2];
    bg_loss loss;
} oracle_nets[] = {
    {"tanh", {BG_TANH, BG_SOFTMAX}, BG_SOFTMAX_CE},
    {"sigmoid", {BG_SIGMOID, BG_SIGMOID}, BG_MSE},
};

/* 0: not used. */
static void take_settings(const record *settings, bg_train_options *o)
{
    double warmup = 0, step_size = 0, t_max = 0, seed = 0;
    double *const places[] = {
        &o->lr,           &o->momentum,     &o->beta1,        &o->beta2,   &o->epsilon, &o->alpha,
        &o->weight_decay, &warmup,          &step_size,       &o->gamma,   &t_max,      &o->eta_min,
        &o->clip,         &o->objective.l1, &o->objective.l2, &o->dropout, &seed};
    for (size_t i = 0; i < settings->columns; i++)
        if (settings->values[i] != 0)
            *places[i] = settings->values[i];
    o->warmup = (uint64_t)warmup;
    o->step_size = (uint64_t)step_size;
    o->t_max = (uint64_t)t_max;
    o->seed = (uint64_t)seed;
}

static void compare_rates(const char *net, const char *name, const bg_train_options *options)
{
    record lr = oracle_read("train/%s/%s/lr", net, name);
    for (size_t step = 0; step < lr.columns; step++)
        ck_assert_double_le(fabs(bg_schedule_lr(options, step) - lr.values[step]),
                            1e-15 * options->lr);
    free(lr.values);
}

/* Norms of the gradients; some are clipped, some are not. */
static record read_norms(const char *net, const char *name, double clip)
{
    record norms = oracle_read("train/%s/%s/norm", net, name);
    size_t longer = 0;
    for (size_t step = 0; step < norms.columns; step++)
        longer += norms.values[step] > clip;
    ck_assert(longer > 0 && longer < norms.columns);
    return norms;
}

static void follow_torch(size_t n, const char *name, bg_optimizer optimizer, int schedule)
{
    const char *net_name = oracle_nets[n].name;
    record widths = oracle_read("train/%s/widths", net_name);
    record x = oracle_read("train/%s/inputs", net_name);
    record t = oracle_read("train/%s/targets", net_name);
    record start = oracle_read("train/%s/start", net_name);
    record settings = oracle_read("train/%s/%s/settings", net_name, name);
    record losses = oracle_read("train/%s/%s/loss", net_name, name);
    record after = oracle_read("train/%s/%s/parameters", net_name, name);
    size_t width[3];
    for (int i = 0; i < 3; i++)
        width[i] = (size_t)widths.values[i];
    bg_net *net = make_net(BG_F64, 2, width, oracle_nets[n].activations);
    set_parameters(net, start.values);
    bg_data *data = make_data(BG_F64, x.rows, x.columns, t.columns, x.values, t.values);
    record weights = oracle_read("train/%s/weights", net_name);
    if (strstr(name, "-weights"))
        ck_assert_int_eq(bg_data_set_weights(data, weights.values, NULL), BG_OK);
    bg_train_options options;
    bg_train_defaults(&options);
    options.objective.loss = oracle_nets[n].loss;
    options.optimizer = optimizer;
    take_settings(&settings, &options);
    if (schedule >= 0) {
        options.schedule = (bg_schedule)schedule;
        compare_rates(net_name, name, &options);
    }
    record norms = {0};
    if (options.clip > 0)
        norms = read_norms(net_name, name, options.clip);
    bg_trainer *trainer;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    double *got = calloc(start.columns, sizeof *got);
    for (size_t step = 0; step < after.rows; step++) {
        bg_progress progress;
        ck_assert_int_eq(bg_trainer_run(trainer, 1, &progress, NULL), BG_OK);
        get_parameters(net, got);
        const double *want = after.values + step * after.columns;
        double worst = worst_relative(start.columns, got, want, 1e-3);
        ck_assert_msg(worst <= 1e-12, "%s %s step %zu: %g", net_name, name, step + 1, worst);
        ck_assert_double_le(fabs(progress.loss - losses.values[step]), 1e-13);
        if (options.clip > 0)
            ck_assert_double_le(fabs(progress.norm - norms.values[step]), 1e-13);
        else
            ck_assert(isnan(progress.norm));
    }
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
    free(got);
    record *all[] = {&widths, &x, &t, &start, &weights, &settings, &losses, &after, &norms};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]->values);
}

START_TEST(ten_steps_agree_with_pytorch)
{
    for (size_t n = 0; n < 2; n++)
        for (int o = 0; o < BG_LSTSQ; o++)
            follow_torch(n, bg_name(BG_KIND_OPTIMIZER, o), (bg_optimizer)o, -1);
}
END_TEST

START_TEST(schedules_agree_with_pytorch)
{
    for (size_t n = 0; n < 2; n++) {
        follow_torch(n, "gd-constant", BG_GD, BG_SCHEDULE_CONSTANT);
        follow_torch(n, "momentum-step", BG_MOMENTUM, BG_SCHEDULE_STEP);
        follow_torch(n, "adam-exponential", BG_ADAM, BG_SCHEDULE_EXPONENTIAL);
        follow_torch(n, "adamw-cosine", BG_ADAMW, BG_SCHEDULE_COSINE);
    }
}
END_TEST

START_TEST(clipped_gradients_agree_with_pytorch)
{
    for (size_t n = 0; n < 2; n++) {
        follow_torch(n, "gd-clip", BG_GD, -1);
        follow_torch(n, "momentum-clip", BG_MOMENTUM, -1);
        follow_torch(n, "adam-clip", BG_ADAM, -1);
    }
}
END_TEST

START_TEST(penalties_agree_with_pytorch)
{
    for (size_t n = 0; n < 2; n++) {
        follow_torch(n, "gd-penalty", BG_GD, -1);
        follow_torch(n, "adam-penalty", BG_ADAM, -1);
    }
}
END_TEST

START_TEST(weighted_rows_agree_with_pytorch)
{
    for (size_t n = 0; n < 2; n++) {
        follow_torch(n, "gd-weights", BG_GD, -1);
        follow_torch(n, "adam-weights", BG_ADAM, -1);
    }
}
END_TEST

START_TEST(dropped_units_agree_with_pytorch)
{
    for (size_t n = 0; n < 2; n++) {
        follow_torch(n, "gd-dropout", BG_GD, -1);
        follow_torch(n, "adam-dropout", BG_ADAM, -1);
    }
}
END_TEST

RUN_CASE("torch_steps", 60, ten_steps_agree_with_pytorch, schedules_agree_with_pytorch,
         clipped_gradients_agree_with_pytorch, penalties_agree_with_pytorch,
         weighted_rows_agree_with_pytorch, dropped_units_agree_with_pytorch)
