/* Updates against their formulas in long double, step by step. */
#include "base/real.h"
#include "kernel/optimizer.h"
#include "oracle.h"
#include "reals.h"

typedef long double wide;

enum { N = 37, PAD = 5, STEPS = 6 };

static optimizer_rates rates_at(int step)
{
    optimizer_rates r = {.lr = (real)0.05,
                         .momentum = (real)0.9,
                         .beta1 = (real)0.9,
                         .beta2 = (real)0.999,
                         .rest1 = (real)0.1,
                         .rest2 = (real)0.001,
                         .epsilon = (real)1e-8,
                         .alpha = (real)0.98,
                         .rest = (real)0.02,
                         .keep = (real)0.995};
    r.step_size = (real)(0.05 / (1 - pow((double)r.beta1, step)));
    r.root_correction = (real)sqrt(1 - pow((double)r.beta2, step));
    return r;
}

/* One parameter's update: from p, g and its state to the new ones.  The value returned is the size
 * of the terms that the new p is made of. */
typedef wide (*formula)(const optimizer_rates *r, wide g, wide *p, wide *s0, wide *s1);

static wide gd(const optimizer_rates *r, wide g, wide *p, wide *s0, wide *s1)
{
    (void)s0, (void)s1;
    wide size = fabsl(*p) + fabsl((wide)r->lr * g);
    *p -= (wide)r->lr * g;
    return size;
}

static wide momentum(const optimizer_rates *r, wide g, wide *p, wide *s0, wide *s1)
{
    (void)s1;
    wide size = fabsl(*p) + (wide)r->lr * (fabsl((wide)r->momentum * *s0) + fabsl(g));
    *s0 = (wide)r->momentum * *s0 + g;
    *p -= (wide)r->lr * *s0;
    return size;
}

static wide nesterov(const optimizer_rates *r, wide g, wide *p, wide *s0, wide *s1)
{
    (void)s1;
    wide mu = (wide)r->momentum;
    wide size = fabsl(*p) + (wide)r->lr * (fabsl(mu * mu * *s0) + (1 + mu) * fabsl(g));
    *s0 = mu * *s0 + g;
    *p -= (wide)r->lr * (g + mu * *s0);
    return size;
}

static wide adam(const optimizer_rates *r, wide g, wide *p, wide *s0, wide *s1)
{
    wide beta1 = (wide)r->beta1, beta2 = (wide)r->beta2;
    wide rest1 = (wide)r->rest1, rest2 = (wide)r->rest2;
    wide terms = fabsl(beta1 * *s0) + fabsl(rest1 * g);
    *s0 = beta1 * *s0 + rest1 * g;
    *s1 = beta2 * *s1 + rest2 * g * g;
    wide root = sqrtl(*s1) / (wide)r->root_correction + (wide)r->epsilon;
    wide size = fabsl(*p) + (wide)r->step_size * terms / root;
    *p -= (wide)r->step_size * *s0 / root;
    return size;
}

static wide adamw(const optimizer_rates *r, wide g, wide *p, wide *s0, wide *s1)
{
    *p *= (wide)r->keep;
    return adam(r, g, p, s0, s1);
}

static wide rmsprop(const optimizer_rates *r, wide g, wide *p, wide *s0, wide *s1)
{
    (void)s1;
    *s0 = (wide)r->alpha * *s0 + (wide)r->rest * g * g;
    wide change = (wide)r->lr * g / (sqrtl(*s0) + (wide)r->epsilon);
    *p -= change;
    return fabsl(*p) + 2 * fabsl(change);
}

static wide adagrad(const optimizer_rates *r, wide g, wide *p, wide *s0, wide *s1)
{
    (void)s1;
    *s0 += g * g;
    wide change = (wide)r->lr * g / (sqrtl(*s0) + (wide)r->epsilon);
    *p -= change;
    return fabsl(*p) + 2 * fabsl(change);
}

/* s0: gradient before, s1: step, 0 before the first. */
static wide rprop(const optimizer_rates *r, wide g, wide *p, wide *s0, wide *s1)
{
    wide same = g * *s0;
    *s1 = *s1 == 0 ? (wide)r->lr : *s1;
    if (same != 0)
        *s1 = fminl(fmaxl(*s1 * (same > 0 ? (wide)(real)1.2 : 0.5L), (wide)(real)1e-6), 50);
    *s0 = same < 0 ? 0 : g;
    *p -= *s0 == 0 ? 0 : copysignl(*s1, *s0);
    return fabsl(*p) + 2 * *s1;
}

static const struct {
    bg_optimizer optimizer;
    size_t vectors;
    formula step;
} formulas[] = {{BG_GD, 0, gd},           {BG_MOMENTUM, 1, momentum}, {BG_NESTEROV, 1, nesterov},
                {BG_ADAM, 2, adam},       {BG_ADAMW, 2, adamw},       {BG_RMSPROP, 1, rmsprop},
                {BG_ADAGRAD, 1, adagrad}, {BG_RPROP, 2, rprop}};

static void check_value(real got, wide want, wide size, const char *what, int step)
{
    ck_assert_msg(fabsl((wide)got - want) <= 16 * size * REAL_UNIT, "%s, step %d: %.17g for %.17Lg",
                  what, step, (double)got, want);
}

/* Every step starts from the kernel's own numbers, so that the bound is that of one step. */
static void follow(size_t which)
{
    const optimizer_rule *rule = optimizer_find(formulas[which].optimizer);
    const char *name = bg_name(BG_KIND_OPTIMIZER, (int)formulas[which].optimizer);
    ck_assert_uint_eq(rule->vectors, formulas[which].vectors);
    real *p = make_reals(N + PAD, 1), s0[N + PAD] = {0}, s1[N + PAD] = {0};
    real *const state[] = {s0, s1};
    for (size_t i = N; i < N + PAD; i++)
        p[i] = s0[i] = s1[i] = CANARY;
    for (int step = 1; step <= STEPS; step++) {
        optimizer_rates r = rates_at(step);
        real *g = make_reals(N, (unsigned)step + 10);
        wide want[3][N], size[N];
        for (size_t i = 0; i < N; i++) {
            want[0][i] = (wide)p[i], want[1][i] = (wide)s0[i], want[2][i] = (wide)s1[i];
            size[i] = formulas[which].step(&r, (wide)g[i], &want[0][i], &want[1][i], &want[2][i]);
        }
        rule->update(&r, N, p, g, state);
        for (size_t i = 0; i < N; i++) {
            check_value(p[i], want[0][i], size[i], name, step);
            check_value(s0[i], want[1][i], 10, name, step); /* sums of up to ten gradients */
            check_value(s1[i], want[2][i], fabsl(want[2][i]), name, step);
        }
        check_canaries(0, 0, PAD, 1, p + N);
        check_canaries(0, 0, PAD, 1, s0 + N);
        check_canaries(0, 0, PAD, 1, s1 + N);
        free(g);
    }
    free(p);
}

START_TEST(steps_agree_with_their_formulas)
{
    for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++)
        follow(i);
}
END_TEST

/* Both means are g and g^2 after correction: the first step is lr g / (|g| + epsilon). */
START_TEST(adam_starts_with_the_learning_rate)
{
    static const real gradients[] = {(real)1e-3, -5, 1000, (real)-1e-6};
    optimizer_rates r = rates_at(1);
    for (size_t i = 0; i < 4; i++) {
        real p = 0, g = gradients[i], m = 0, v = 0;
        optimizer_find(BG_ADAM)->update(&r, 1, &p, &g, (real *const[]){&m, &v});
        double want = -0.05 * (double)g / (fabs((double)g) + 1e-8);
        /* 1 - beta1 and 1 - beta2 of rounded betas: up to 1000 ulps */
        ck_assert_double_le(fabs((double)p - want), 1e3 * (double)REAL_EPSILON * fabs(want));
    }
}
END_TEST

START_TEST(zero_gradients_leave_a_fresh_start_alone)
{
    for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++) {
        optimizer_rates r = rates_at(1);
        r.keep = 1; /* adamw's decay needs no gradient */
        real *p = make_reals(N, 1), *before = make_reals(N, 1), g[N] = {0}, s0[N] = {0},
             s1[N] = {0};
        optimizer_find(formulas[i].optimizer)->update(&r, N, p, g, (real *const[]){s0, s1});
        ck_assert_mem_eq(p, before, N * sizeof *p);
        free(p);
        free(before);
    }
}
END_TEST

START_TEST(a_negative_rate_climbs)
{
    for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++) {
        optimizer_rates r = rates_at(1);
        r.lr = -r.lr;
        r.step_size = -r.step_size;
        real p = 0, g = 2, s0 = 0, s1 = 0;
        optimizer_find(formulas[i].optimizer)->update(&r, 1, &p, &g, (real *const[]){&s0, &s1});
        ck_assert(p > 0);
    }
}
END_TEST

/* rprop looks at signs, also where the product of two gradients is too small for a number. */
START_TEST(small_gradients_have_signs_too)
{
    const real sizes[] = {1, sizeof(real) == 4 ? (real)1e-30 : (real)1e-200};
    real p[2][2];
    for (size_t i = 0; i < 2; i++) {
        optimizer_rates r = rates_at(1);
        real s0[2] = {0}, s1[2] = {0};
        p[i][0] = p[i][1] = 0;
        for (int step = 0; step < 4; step++) {
            real g[] = {sizes[i], step < 2 ? sizes[i] : -sizes[i]};
            optimizer_find(BG_RPROP)->update(&r, 2, p[i], g, (real *const[]){s0, s1});
        }
    }
    ck_assert(p[0][0] == p[1][0] && p[0][1] == p[1][1] && p[0][0] != p[0][1]);
}
END_TEST

/* A parameter's new value does not depend on its place: ranges are cut among threads. */
START_TEST(ranges_can_be_cut_anywhere)
{
    for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++)
        for (size_t cut = 0; cut <= N; cut++) {
            const optimizer_rule *rule = optimizer_find(formulas[i].optimizer);
            optimizer_rates r = rates_at(3);
            real *p = make_reals(N, 1), *g = make_reals(N, 2), *q = make_reals(N, 1);
            real s[4][N];
            for (size_t j = 0; j < N; j++)
                s[0][j] = s[2][j] = g[j] / 2, s[1][j] = s[3][j] = g[j] * g[j];
            rule->update(&r, N, p, g, (real *const[]){s[0], s[1]});
            rule->update(&r, cut, q, g, (real *const[]){s[2], s[3]});
            rule->update(&r, N - cut, q + cut, g + cut, (real *const[]){s[2] + cut, s[3] + cut});
            ck_assert_mem_eq(p, q, N * sizeof *p);
            ck_assert_mem_eq(s[0], s[2], 2 * sizeof s[0]);
            free(p);
            free(g);
            free(q);
        }
}
END_TEST

/* Adam's first step is lr g / (|g| + epsilon) (Kingma and Ba, section 2.1), whatever the betas: a
 * 1 - beta taken from floats would be seen. */
START_TEST(the_first_step_of_adam_has_the_length_of_its_rate)
{
    double x = 1, t = 3, weight, zero = 0, epsilon = BG_DOUBLE ? 0x1p-52 : 0x1p-23;
    bg_dtype dtype = BG_DOUBLE ? BG_F64 : BG_F32;
    bg_net *net = make_net(dtype, 1, (size_t[]){1, 1}, (bg_activation[]){BG_IDENTITY});
    bg_data *data = make_data(dtype, 1, 1, 1, &x, &t);
    bg_train_options options;
    bg_trainer *trainer;
    bg_train_defaults(&options);
    options.optimizer = BG_ADAM;
    options.lr = 0.5;
    bg_net_set(net, 1, &zero, &zero);
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_run(trainer, 1, NULL, NULL), BG_OK);
    bg_net_get(net, 1, &weight, NULL);
    ck_assert_double_le(fabs(weight - 0.5 / (1 + 1e-8 / 6)), 4 * epsilon);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

RUN_CASE("optimizer", 60, steps_agree_with_their_formulas, adam_starts_with_the_learning_rate,
         zero_gradients_leave_a_fresh_start_alone, a_negative_rate_climbs,
         ranges_can_be_cut_anywhere, the_first_step_of_adam_has_the_length_of_its_rate,
         small_gradients_have_signs_too)
