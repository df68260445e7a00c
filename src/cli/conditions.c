#include "conditions.h"

#include <string.h>

static bool is_truth_table(const command *c, const facts *f)
{
    (void)c;
    return f->truth_table;
}

/* Fewer rows make fewer updates an epoch. */
static bool is_small_file(const command *c, const facts *f)
{
    (void)c;
    return f->rows < 1000;
}

static bool is_classes(const command *c, const facts *f)
{
    (void)c;
    return f->task == BG_CLASSES;
}

static bool wants_sigmoid(const command *c, const facts *f)
{
    return f->task == BG_BITS || (c->given[OPT_LOSS] && c->value[OPT_LOSS].choice == BG_BCE);
}

static bool wants_cross_entropy(const command *c, const facts *f)
{
    (void)f;
    return c->given[OPT_LOSS] && c->value[OPT_LOSS].choice == BG_SOFTMAX_CE;
}

static bool ends_in_softmax(const command *c, const facts *f)
{
    (void)f;
    return c->value[OPT_OUTPUT_ACTIVATION].choice == BG_SOFTMAX;
}

static bool ends_in_sigmoid(const command *c, const facts *f)
{
    return !f->truth_table && f->task != BG_REGRESSION &&
           c->value[OPT_OUTPUT_ACTIVATION].choice == BG_SIGMOID;
}

/* The first of the activations is one of these. */
static bool starts_with(const command *c, const bg_activation *among, size_t count)
{
    const char *first = c->value[OPT_ACTIVATION].text;
    for (size_t i = 0; i < count; i++) {
        const char *name = bg_name(BG_KIND_ACTIVATION, (int)among[i]), *at = first;
        while (*name && *name == *at)
            name++, at++;
        if (!*name && (!*at || *at == ','))
            return true;
    }
    return false;
}

static bool starts_with_relu(const command *c, const facts *f)
{
    static const bg_activation kinked[] = {BG_RELU, BG_LEAKY_RELU, BG_ELU};
    (void)f;
    return starts_with(c, kinked, sizeof kinked / sizeof *kinked);
}

/* Slope 1/2 at 0.  Weights by the inputs alone: with few of them below a wide layer Glorot's are so
 * small that it stays straight (500 rows of a sine: r2 0.58, LeCun's 0.997). */
static bool starts_with_silu(const command *c, const facts *f)
{
    static const bg_activation smooth[] = {BG_SILU, BG_GELU, BG_SOFTPLUS};
    (void)f;
    return starts_with(c, smooth, sizeof smooth / sizeof *smooth);
}

static bool is_adam(const command *c, const facts *f)
{
    (void)f;
    int optimizer = c->value[OPT_OPTIMIZER].choice;
    return optimizer == BG_ADAM || optimizer == BG_ADAMW;
}

static bool is_adagrad(const command *c, const facts *f)
{
    (void)f;
    return c->value[OPT_OPTIMIZER].choice == BG_ADAGRAD;
}

static bool is_rprop(const command *c, const facts *f)
{
    (void)f;
    return c->value[OPT_OPTIMIZER].choice == BG_RPROP;
}

static bool has_momentum(const command *c, const facts *f)
{
    (void)f;
    int optimizer = c->value[OPT_OPTIMIZER].choice;
    return optimizer == BG_MOMENTUM || optimizer == BG_NESTEROV;
}

static bool is_adamw(const command *c, const facts *f)
{
    (void)f;
    return c->value[OPT_OPTIMIZER].choice == BG_ADAMW;
}

static bool is_rmsprop(const command *c, const facts *f)
{
    (void)f;
    return c->value[OPT_OPTIMIZER].choice == BG_RMSPROP;
}

static bool divides_by_root(const command *c, const facts *f)
{
    return is_adam(c, f) || is_rmsprop(c, f) || is_adagrad(c, f);
}

static bool is_gd(const command *c, const facts *f)
{
    (void)f;
    return c->value[OPT_OPTIMIZER].choice == BG_GD;
}

/* Asked for only, so options before --optimizer may look. */
static bool is_lstsq(const command *c, const facts *f)
{
    (void)f;
    return c->given[OPT_OPTIMIZER] && c->value[OPT_OPTIMIZER].choice == BG_LSTSQ;
}

static bool is_lm(const command *c, const facts *f)
{
    (void)f;
    return c->given[OPT_OPTIMIZER] && c->value[OPT_OPTIMIZER].choice == BG_LM;
}

static bool is_lbfgs(const command *c, const facts *f)
{
    (void)f;
    return c->given[OPT_OPTIMIZER] && c->value[OPT_OPTIMIZER].choice == BG_LBFGS;
}

static bool is_least_squares(const command *c, const facts *f)
{
    return is_lstsq(c, f) || is_lm(c, f);
}

static bool takes_all_rows(const command *c, const facts *f)
{
    return is_least_squares(c, f) || is_lbfgs(c, f);
}

static bool takes_steps(const command *c, const facts *f)
{
    return !takes_all_rows(c, f);
}

/* rprop sizes its own steps. */
static bool has_rate(const command *c, const facts *f)
{
    return takes_steps(c, f) && !is_rprop(c, f);
}

static bool descends(const command *c, const facts *f)
{
    return !is_least_squares(c, f);
}

static bool is_exponential(const command *c, const facts *f)
{
    (void)f;
    return c->value[OPT_SCHEDULE].choice == BG_SCHEDULE_EXPONENTIAL;
}

static bool is_step(const command *c, const facts *f)
{
    (void)f;
    return c->value[OPT_SCHEDULE].choice == BG_SCHEDULE_STEP;
}

static bool is_decaying(const command *c, const facts *f)
{
    return is_step(c, f) || is_exponential(c, f);
}

static bool is_cosine(const command *c, const facts *f)
{
    (void)f;
    return c->value[OPT_SCHEDULE].choice == BG_SCHEDULE_COSINE;
}

/* A sum of squares ends best in identity units; softmax keeps probabilities for classes. */
static bool wants_identity(const command *c, const facts *f)
{
    return is_lstsq(c, f) || (is_lm(c, f) && f->task != BG_CLASSES);
}

/* Sigmoid units at both ends keep mse flat: gd needs and bears a large rate. */
static bool is_sigmoid_truth_table(const command *c, const facts *f)
{
    return f->truth_table && is_gd(c, f) && strcmp(c->value[OPT_ACTIVATION].text, "sigmoid") == 0 &&
           c->value[OPT_OUTPUT_ACTIVATION].choice == BG_SIGMOID;
}

/* Numbers that people work out by hand. */
static bool is_worked_example(const command *c, const facts *f)
{
    (void)f;
    return c->verb == &verb_table[VERB_VERIFY] ||
           (c->verb == &verb_table[VERB_TRACE] && c->operands);
}

const condition when_worked_example = {"for worked examples", is_worked_example};
const condition when_truth_table = {"for truth tables", is_truth_table};
const condition when_small_file = {"for fewer than 1000 rows", is_small_file};
const condition when_classes = {"for classes", is_classes};
const condition when_bits = {"for bits and under --loss bce", wants_sigmoid};
const condition when_cross_entropy = {"under --loss softmax_ce", wants_cross_entropy};
const condition when_softmax_end = {"after softmax", ends_in_softmax};
const condition when_sigmoid_end = {"after sigmoid for classes and bits of a file",
                                    ends_in_sigmoid};
const condition when_relu_first = {"after relu, leaky_relu, elu", starts_with_relu};
const condition when_silu_first = {"after silu, gelu, softplus", starts_with_silu};
const condition when_adam = {"for adam and adamw", is_adam};
const condition when_adagrad = {"for adagrad", is_adagrad};
const condition when_rprop = {"for rprop", is_rprop};
const condition when_momentum = {"for momentum and nesterov", has_momentum};
const condition when_adamw = {"for adamw", is_adamw};
const condition when_rmsprop = {"for rmsprop", is_rmsprop};
const condition when_rooted = {"for adam, adamw, rmsprop and adagrad", divides_by_root};
const condition when_steps = {"for steps along the gradient", takes_steps};
const condition when_kinked = {"for steps along the gradient, which bear its kink at 0",
                               takes_steps};
const condition when_rated = {"for gd, momentum, nesterov, adam, adamw, rmsprop and adagrad",
                              has_rate};
const condition when_descending = {"for all optimizers but lstsq and lm", descends};
const condition when_exponential = {"for --schedule exponential", is_exponential};
const condition when_step = {"for --schedule step", is_step};
const condition when_decaying = {"for --schedule step and exponential", is_decaying};
const condition when_cosine = {"for --schedule cosine", is_cosine};
const condition when_gd = {"for gd", is_gd};
const condition when_lstsq = {"for lstsq", is_lstsq};
const condition when_lm = {"for lm", is_lm};
const condition when_lbfgs = {"for lbfgs", is_lbfgs};
const condition when_all_rows = {"for lm, lstsq and lbfgs", takes_all_rows};
const condition when_least_squares = {"for lm and lstsq", is_least_squares};
const condition when_identity_end = {"for lstsq, and for lm but with classes", wants_identity};
const condition when_sigmoid_table = {"for truth tables with gd and sigmoid units",
                                      is_sigmoid_truth_table};
