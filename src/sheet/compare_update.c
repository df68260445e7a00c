/* New parameters from recorded gradients by every known convention. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "sheet/compare.h"

typedef enum epsilon_place { EPSILON_OUTSIDE, EPSILON_INSIDE, EPSILON_HAT } epsilon_place;

typedef enum decay_kind {
    DECAY_AS_TOLD,
    DECAY_NONE,
    DECAY_DECOUPLED, /* W -= lr decay W apart from the gradient */
    DECAY_RATELESS   /* W -= decay W */
} decay_kind;

/* A way to update that is not the engine's; all zero is the engine's. */
typedef struct convention {
    bool other; /* another optimizer than the one told */
    bg_optimizer optimizer;
    double factor; /* of the learning rate; 0: 1 */
    bool climbs;
    int shift; /* takes the rate of the step `shift` later */
    decay_kind decay;
    bool spare_biases;         /* no decay of biases */
    bool dampened;             /* v = mu v + (1 - mu) g, the first v is g */
    bool damped_start;         /* and the first v is (1 - mu) g */
    bool rate_in_velocity;     /* v = mu v + lr g;  W -= v */
    bool sutskever;            /* W -= lr v as in momentum, the gradient from W - lr mu v */
    bool raw_mean, raw_square; /* adam's means are not corrected for their start */
    bool largest;              /* AMSGrad: the largest v so far */
    bool centred;              /* rmsprop: the variance instead of the mean square */
    epsilon_place epsilon;
    double accumulated; /* adagrad's sum at first */
    bool backtrack;     /* rprop takes back the step after which the sign changed */
} convention;

enum { STATES = 3 };

typedef struct update {
    convention c;
    const bg_recording *r;
    const bg_train_options *o; /* constants */
    bg_optimizer optimizer;
    double lr, step; /* step: from 1 */
    double *p;       /* parameters, changed in place */
    double *s[STATES];
    double *last; /* the last change of each parameter */
} update;

/* ---------------------------------------------------------------------- the optimizers --- */

static void update_momentum(update *u, size_t i, double g)
{
    const convention *c = &u->c;
    bool ahead = u->optimizer == BG_NESTEROV && !c->sutskever;
    double mu = u->optimizer == BG_GD ? 0 : u->o->momentum;
    double kept = c->damped_start || (c->dampened && u->step > 1) ? 1 - mu : 1;
    double *v = &u->s[0][i];
    if (c->rate_in_velocity) {
        *v = mu * *v + u->lr * g;
        u->p[i] -= ahead ? u->lr * g + mu * *v : *v;
        return;
    }
    *v = mu * *v + kept * g;
    u->p[i] -= u->lr * (ahead ? g + mu * *v : *v);
}

static double root_of(const update *u, double square)
{
    double epsilon = u->o->epsilon;
    return u->c.epsilon == EPSILON_INSIDE ? sqrt(square + epsilon) : sqrt(square) + epsilon;
}

static void update_adam(update *u, size_t i, double g)
{
    const convention *c = &u->c;
    double b1 = u->o->beta1, b2 = u->o->beta2;
    double *m = &u->s[0][i], *v = &u->s[1][i], *most = &u->s[2][i];
    *m = b1 * *m + (1 - b1) * g;
    *v = b2 * *v + (1 - b2) * g * g;
    *most = fmax(*most, *v);
    double square = c->largest ? *most : *v;
    double start1 = c->raw_mean ? 1 : 1 - pow(b1, u->step);
    double start2 = c->raw_square ? 1 : 1 - pow(b2, u->step);
    if (c->epsilon == EPSILON_HAT)
        u->p[i] -= u->lr * sqrt(start2) / start1 * *m / (sqrt(square) + u->o->epsilon);
    else
        u->p[i] -= u->lr * (*m / start1) / root_of(u, square / start2);
}

static void update_rmsprop(update *u, size_t i, double g)
{
    const convention *c = &u->c;
    double alpha = u->o->alpha, *v = &u->s[0][i], *mean = &u->s[1][i];
    *v = alpha * *v + (1 - alpha) * g * g;
    *mean = alpha * *mean + (1 - alpha) * g;
    double square = c->centred ? fmax(*v - *mean * *mean, 0) : *v;
    u->p[i] -= u->lr * g / root_of(u, square);
}

static void update_adagrad(update *u, size_t i, double g)
{
    double *v = &u->s[0][i];
    if (u->step == 1)
        *v = u->c.accumulated;
    *v += g * g;
    u->p[i] -= u->lr * g / root_of(u, *v);
}

static void update_rprop(update *u, size_t i, double g)
{
    double *before = &u->s[0][i], *size = &u->s[1][i], same = g * *before;
    if (u->step == 1)
        *size = u->lr;
    if (same != 0)
        *size = fmin(fmax(*size * (same > 0 ? 1.2 : 0.5), 1e-6), 50);
    *before = same < 0 ? 0 : g;
    if (*before != 0)
        u->p[i] -= copysign(*size, *before);
    else if (u->c.backtrack && same < 0)
        u->p[i] -= u->last[i];
}

static void (*const updates[BG_OPTIMIZER_COUNT])(update *u, size_t i, double g) = {
    [BG_GD] = update_momentum,     [BG_MOMENTUM] = update_momentum, [BG_NESTEROV] = update_momentum,
    [BG_ADAM] = update_adam,       [BG_ADAMW] = update_adam,        [BG_RMSPROP] = update_rmsprop,
    [BG_ADAGRAD] = update_adagrad, [BG_RPROP] = update_rprop,
};

static bool is_bias(const bg_recording *r, size_t i)
{
    return i >= tensor_find(r, i).weights;
}

/* What every parameter loses of itself. */
static double decay_share(const update *u)
{
    bool told = u->optimizer == BG_ADAMW || u->r->options.optimizer == BG_ADAMW;
    double decay = told ? u->o->weight_decay : u->o->objective.l2;
    decay_kind kind = u->c.decay;
    if (kind == DECAY_AS_TOLD)
        kind = u->optimizer == BG_ADAMW ? DECAY_DECOUPLED : DECAY_NONE;
    return kind == DECAY_DECOUPLED ? u->lr * decay : kind == DECAY_RATELESS ? decay : 0;
}

static void shrink(update *u)
{
    double share = decay_share(u);
    for (size_t i = 0; share != 0 && i < u->r->parameters; i++)
        if (!u->c.spare_biases || !is_bias(u->r, i))
            u->p[i] -= share * u->p[i];
}

/* The rate of a step (from 0), that of the nearest step where there is none. */
static double rate_of(const update *u, size_t step)
{
    const bg_recording *r = u->r;
    size_t at = step;
    if (u->c.shift < 0 && at > 0)
        at--;
    if (u->c.shift > 0 && at + 1 < r->steps)
        at++;
    return r->lr[at] * (u->c.factor != 0 ? u->c.factor : 1) * (u->c.climbs ? -1 : 1);
}

/* From the recorded parameters before the step and its recorded gradient. */
static void update_step(update *u, size_t step)
{
    const bg_recording *r = u->r;
    const double *before = recorded_values(r, step), *g = recorded_gradient(r, step);
    u->lr = rate_of(u, step);
    u->step = (double)(step + 1);
    memcpy(u->p, before, r->parameters * sizeof *u->p);
    shrink(u);
    for (size_t i = 0; i < r->parameters; i++)
        updates[u->optimizer](u, i, g[i]);
    for (size_t i = 0; i < r->parameters; i++)
        u->last[i] = u->p[i] - before[i];
}

static bool update_open(update *u, const bg_recording *r)
{
    u->r = r;
    u->o = &r->options;
    u->optimizer = u->c.other ? u->c.optimizer : r->options.optimizer;
    u->p = memory_zeroed((STATES + 2) * r->parameters, sizeof *u->p);
    for (int s = 0; u->p && s < STATES; s++)
        u->s[s] = u->p + (size_t)(s + 1) * r->parameters;
    u->last = u->p ? u->p + (STATES + 1) * r->parameters : NULL;
    return u->p != NULL;
}

/* ---------------------------------------------------------------------- the conventions --- */

#define OF(optimizer) (1u << (optimizer))
#define VELOCITY (OF(BG_MOMENTUM) | OF(BG_NESTEROV))
#define MOMENTS (OF(BG_ADAM) | OF(BG_ADAMW))
#define ROOTS (MOMENTS | OF(BG_RMSPROP) | OF(BG_ADAGRAD))
#define ANY (~0u)
#define NO_DECAY (~OF(BG_ADAMW))

static const struct {
    unsigned optimizers; /* that it is a convention of */
    convention c;
    const char *words;
} conventions[] = {
    {ANY, {.climbs = true}, "the update is added, not subtracted: it climbs (ascent)"},
    {ANY,
     {.shift = -1},
     "the learning rate is that of the step before: the schedule is one step late"},
    {ANY,
     {.shift = 1},
     "the learning rate is that of the step after: the schedule is one step early"},
    {VELOCITY,
     {.rate_in_velocity = true},
     "the learning rate is inside the velocity, v = mu v + lr g; W -= v: a change of rate acts "
     "slowly"},
    {OF(BG_NESTEROV),
     {.sutskever = true},
     "Nesterov's momentum in Sutskever's form: W -= lr v, and the gradient is taken ahead, at "
     "W - lr mu v; PyTorch's form takes it at W and steps by g + mu v"},
    {OF(BG_NESTEROV) | OF(BG_GD),
     {.other = true, .optimizer = BG_MOMENTUM},
     "plain momentum: W -= lr v"},
    {OF(BG_MOMENTUM) | OF(BG_GD),
     {.other = true, .optimizer = BG_NESTEROV},
     "Nesterov's momentum: W -= lr (g + mu v)"},
    {VELOCITY, {.other = true, .optimizer = BG_GD}, "no momentum at all: W -= lr g"},
    {VELOCITY,
     {.dampened = true},
     "momentum is dampened, v = mu v + (1 - mu) g, but the first v is g (PyTorch's dampening)"},
    {VELOCITY,
     {.damped_start = true},
     "the velocity is a running mean, v = mu v + (1 - mu) g from v = 0 on (dampening)"},
    {ROOTS, {.epsilon = EPSILON_INSIDE}, "epsilon is inside the root: sqrt(v + epsilon)"},
    {MOMENTS,
     {.epsilon = EPSILON_HAT},
     "epsilon is added to the root before the bias correction (epsilon hat of Kingma and Ba, "
     "section 2; the form of TensorFlow)"},
    {MOMENTS, {.raw_mean = true, .raw_square = true}, "no bias correction of the two means"},
    {MOMENTS, {.raw_mean = true}, "no bias correction of the mean gradient"},
    {MOMENTS, {.raw_square = true}, "no bias correction of the mean squared gradient"},
    {MOMENTS, {.largest = true}, "AMSGrad: the largest mean square so far is used"},
    {NO_DECAY,
     {.decay = DECAY_DECOUPLED},
     "l2 is decoupled weight decay (as in AdamW): W -= lr l2 W apart from the gradient, biases "
     "included"},
    {NO_DECAY,
     {.decay = DECAY_DECOUPLED, .spare_biases = true},
     "l2 is decoupled weight decay (as in AdamW): W -= lr l2 W apart from the gradient"},
    {OF(BG_ADAMW),
     {.decay = DECAY_DECOUPLED, .spare_biases = true},
     "weight decay spares the biases"},
    {OF(BG_ADAMW),
     {.decay = DECAY_RATELESS},
     "weight decay is not multiplied by the learning rate: W -= weight_decay W"},
    {OF(BG_ADAMW),
     {.decay = DECAY_NONE},
     "no decoupled weight decay: what shrinks W, if anything, is in the gradient (L2)"},
    {OF(BG_RMSPROP), {.centred = true}, "rmsprop is centred: by the variance, not the mean square"},
    {OF(BG_ADAGRAD), {.accumulated = 0.1}, "the sum of squares starts at 0.1, not 0"},
    {OF(BG_RPROP),
     {.backtrack = true},
     "the step after which the sign changed is taken back (Rprop with backtracking)"},
    {~OF(BG_ADAM), {.other = true, .optimizer = BG_ADAM}, "the optimizer is adam"},
    {~OF(BG_ADAMW), {.other = true, .optimizer = BG_ADAMW}, "the optimizer is adamw"},
    {~OF(BG_RMSPROP), {.other = true, .optimizer = BG_RMSPROP}, "the optimizer is rmsprop"},
    {~OF(BG_ADAGRAD), {.other = true, .optimizer = BG_ADAGRAD}, "the optimizer is adagrad"},
    {~(VELOCITY | OF(BG_GD)),
     {.other = true, .optimizer = BG_GD},
     "the optimizer is gd: W -= lr g"},
};
enum { CONVENTIONS = sizeof conventions / sizeof *conventions };

/* ------------------------------------------------------------------------------- trials --- */

static bool agrees(const examiner *x, size_t step, const double *p)
{
    parameter_scale(x->r, step, x->scale);
    return compare_vectors(x, p, recorded_values(x->r, step + 1), x->scale) <= 1;
}

/* The gradient of a step is that at W - lr mu v: the velocity that the step before left. */
static bg_status gradient_ahead(examiner *x, const update *u, size_t step, bool *same,
                                bg_error *error)
{
    const bg_recording *r = x->r;
    bg_net *net;
    bg_data *data;
    double ahead = rate_of(u, step) * u->o->momentum;
    for (size_t i = 0; i < r->parameters; i++)
        x->parameters[i] = recorded_values(r, step)[i] - ahead * u->s[0][i];
    TRY(recording_batch(r, step, &data, error));
    bg_status status = recording_net(r, x->parameters, &net, error);
    if (status == BG_OK) {
        status = bg_gradient(net, &r->options.objective, data, 1, NULL, x->gradient, error);
        bg_net_free(net);
    }
    bg_data_free(data);
    *same =
        status == BG_OK && compare_vectors(x, x->gradient, recorded_gradient(r, step), NULL) <= 1;
    return status;
}

/* Steps that agree from the first difference on, without a break; those before have to. */
static bg_status try_convention(examiner *x, const convention *c, size_t first, size_t *explained,
                                bg_error *error)
{
    update u = {.c = *c};
    if (!update_open(&u, x->r))
        return fail_memory(error, "an update");
    bg_status status = BG_OK;
    size_t step = 0;
    for (bool same = true; same && status == BG_OK && step < x->r->steps; step += same) {
        if (c->sutskever && step > 0)
            status = gradient_ahead(x, &u, step, &same, error);
        update_step(&u, step);
        same = same && agrees(x, step, u.p);
    }
    memory_release(u.p);
    *explained = step > first ? step - first : 0;
    return status;
}

/* The rate that explains the step when every change is the same multiple of the engine's. */
static bg_status try_factor(examiner *x, finding *f, bg_error *error)
{
    update u = {.c = {.factor = 0}};
    if (!update_open(&u, x->r))
        return fail_memory(error, "an update");
    for (size_t step = 0; step <= f->step; step++)
        update_step(&u, step);
    const double *before = recorded_values(x->r, f->step), *after = before + x->r->parameters;
    double product = 0, square = 0;
    for (size_t i = 0; i < x->r->parameters; i++) {
        product += (after[i] - before[i]) * u.last[i];
        square += u.last[i] * u.last[i];
    }
    memory_release(u.p);
    if (!(square > 0) || product == 0)
        return BG_OK;
    convention c = {.factor = product / square};
    TRY(try_convention(x, &c, f->step, &f->explained, error));
    if (f->explained)
        snprintf(f->words, sizeof f->words, "the learning rate is %s, not %s",
                 brief_number(x->r->lr[f->step] * c.factor, 6).text,
                 brief_number(x->r->lr[f->step], 6).text);
    return BG_OK;
}

bg_status explain_update(examiner *x, finding *f, bool *ahead, bg_error *error)
{
    unsigned optimizer = OF(x->r->options.optimizer);
    *ahead = false;
    for (size_t i = 0; i < CONVENTIONS; i++) {
        size_t explained;
        if (!(conventions[i].optimizers & optimizer))
            continue;
        TRY(try_convention(x, &conventions[i].c, f->step, &explained, error));
        if (explained > f->explained) {
            f->explained = explained;
            *ahead = conventions[i].c.sutskever;
            snprintf(f->words, sizeof f->words, "%s", conventions[i].words);
        }
    }
    return f->words[0] ? BG_OK : try_factor(x, f, error);
}
