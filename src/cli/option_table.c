#include <string.h>

#include "forms.h"
#include "options.h"
#include "plot.h"

#define ON(verb) (1u << (verb))
#define TRAIN ON(VERB_TRAIN)
#define PLANNERS (TRAIN | ON(VERB_PLAN))
#define NETWORKS (PLANNERS | ON(VERB_CHECK) | ON(VERB_TRACE))
#define SHAPERS (NETWORKS | ON(VERB_BENCH))
#define READERS (NETWORKS | ON(VERB_PREDICT) | ON(VERB_EVAL) | ON(VERB_STABILITY))
#define REPORTERS (NETWORKS | ON(VERB_BENCH) | ON(VERB_EVAL) | ON(VERB_INFO) | ON(VERB_DOCTOR))
#define EVERY ((1u << VERB_COUNT) - 1)
#define CHOICE(bg) .names = (bg)
#define CHOICE_OF(list) .names = BG_KIND_COUNT, .words = (list)

static const char *const task_words[] = {"regress", "classify", "bits", NULL}; /* as bg_task */
static const char *const sign_words[] = {"descent", "ascent", NULL};
static const char *const format_words[] = {"text", "json", "md",  "latex",
                                           "csv",  "dot",  NULL}; /* as bg_sheet_format */
static const char *const bench_words[] = {"text", "json", "csv", NULL};
static const char *const header_words[] = {"auto", "yes", "no", NULL};

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

static bool starts_with_relu(const command *c, const facts *f)
{
    static const bg_activation relu_like[] = {BG_RELU, BG_LEAKY_RELU, BG_ELU};
    (void)f;
    const char *first = c->value[OPT_ACTIVATION].text;
    for (size_t i = 0; i < sizeof relu_like / sizeof *relu_like; i++) {
        const char *name = bg_name(BG_KIND_ACTIVATION, (int)relu_like[i]), *at = first;
        while (*name && *name == *at)
            name++, at++;
        if (!*name && (!*at || *at == ','))
            return true;
    }
    return false;
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

static bool is_least_squares(const command *c, const facts *f)
{
    return is_lstsq(c, f) || is_lm(c, f);
}

static bool takes_steps(const command *c, const facts *f)
{
    return !is_least_squares(c, f);
}

/* A sum of squares ends best in identity units; softmax keeps probabilities for classes. */
static bool wants_identity(const command *c, const facts *f)
{
    return is_lstsq(c, f) || (is_lm(c, f) && f->task != BG_CLASSES);
}

/* Sigmoid units at both ends keep mse flat: gd needs and bears a large rate. */
static bool is_sigmoid_truth_table(const command *c, const facts *f)
{
    return f->truth_table && is_gd(c, f) &&
           strcmp(c->value[OPT_ACTIVATION].text, "sigmoid") == 0 &&
           c->value[OPT_OUTPUT_ACTIVATION].choice == BG_SIGMOID;
}

/* Numbers that people work out by hand. */
static bool is_worked_example(const command *c, const facts *f)
{
    (void)f;
    return c->verb == &verb_table[VERB_VERIFY] ||
           (c->verb == &verb_table[VERB_TRACE] && c->operands);
}

static const condition worked_example = {"for worked examples", is_worked_example};
static const condition truth_table = {"for truth tables", is_truth_table};
static const condition small_file = {"for fewer than 1000 rows", is_small_file};
static const condition classes = {"for classes", is_classes};
static const condition bits = {"for bits and under --loss bce", wants_sigmoid};
static const condition cross_entropy = {"under --loss softmax_ce", wants_cross_entropy};
static const condition softmax_end = {"after softmax", ends_in_softmax};
static const condition sigmoid_end = {"after sigmoid for classes and bits of a file",
                                      ends_in_sigmoid};
static const condition relu_first = {"after relu, leaky_relu, elu", starts_with_relu};
static const condition adam = {"for adam and adamw", is_adam};
static const condition adagrad = {"for adagrad", is_adagrad};
static const condition rprop = {"for rprop", is_rprop};
static const condition momentum = {"for momentum and nesterov", has_momentum};
static const condition adamw = {"for adamw", is_adamw};
static const condition rmsprop = {"for rmsprop", is_rmsprop};
static const condition rooted = {"for adam, adamw, rmsprop and adagrad", divides_by_root};
static const condition steps = {"for steps along the gradient", takes_steps};
static const condition gd = {"for gd", is_gd};
static const condition lstsq = {"for lstsq", is_lstsq};
static const condition lm = {"for lm", is_lm};
static const condition least_squares = {"for lm and lstsq", is_least_squares};
static const condition identity_end = {"for lstsq, and for lm but with classes", wants_identity};
static const condition sigmoid_table = {"for truth tables with gd and sigmoid units",
                                        is_sigmoid_truth_table};

const option option_table[OPT_COUNT] = {
    [OPT_MODEL] = {"output", 'o', "MODEL", KIND_TEXT, TRAIN, .check = path_check,
        .help = "the model file to write, required; - is standard output"},
    [OPT_OUT] = {"output", 'o', "OUT", KIND_TEXT, ON(VERB_PREDICT), .check = path_check,
        .absent = "standard output",
        .help = "where the predictions go, written whole or not at all"},
    [OPT_TARGET] = {"target", 't', "NAMES|INDEXES|FILE", KIND_TEXT, READERS, .check = path_check,
        .unit = "columns by name or number from 1 (-1 is the last), or a second file",
        .absent = "the format's own targets, else the last column", .help = "the target columns"},
    [OPT_ROWS] = {"rows", 0, "A:B|N", KIND_TEXT, READERS, .check = rows_check,
        .unit = "rows, 1 <= A <= B, both ends in; A: and :B leave one end open, N is 1:N",
        .absent = "all rows", .help = "keep rows A to B of DATA"},
    [OPT_TASK] = {"task", 0, "WORD", KIND_CHOICE, NETWORKS, CHOICE_OF(task_words),
        .absent = "text is classes, truth tables are bits, numbers are regression",
        .help = "what the targets are"},
    [OPT_SCALE] = {"scale", 0, "WORD", KIND_CHOICE, NETWORKS, CHOICE(BG_KIND_SCALING),
        .defaults = {{"none", &truth_table}, {"standard", NULL}},
        .help = "how inputs are scaled: mean 0 and deviation 1, range 0 to 1, or none"},
    [OPT_LAYERS] = {"layers", 'l', "N[,N...]", KIND_TEXT, SHAPERS, .check = layers_check,
        .unit = "units, 1 <= N <= 16777216; inputs+1; none for no hidden layer",
        .defaults = {{"none", &lstsq}, {"inputs+1", &truth_table}, {"10", &lm}, {"100", NULL}},
        .help = "widths of the hidden layers; of all layers, inputs first, for bench, and for plan "
                "without DATA"},
    [OPT_ACTIVATION] = {"activation", 'a', "NAME[,NAME...]", KIND_TEXT, SHAPERS,
        .check = activations_check,
        .defaults = {{"tanh", &lm}, {"sigmoid", &truth_table}, {"silu", NULL}},
        .help = "activation of all hidden layers, or of each: identity, sigmoid, tanh, relu, "
                "leaky_relu, elu, softplus, gelu, silu"},
    [OPT_OUTPUT_ACTIVATION] = {"output-activation", 0, "NAME", KIND_CHOICE, SHAPERS,
        CHOICE(BG_KIND_ACTIVATION),
        .defaults = {{"identity", &identity_end}, {"softmax", &cross_entropy}, {"sigmoid", &bits},
                     {"softmax", &classes}, {"identity", NULL}},
        .help = "activation of the last layer"},
    [OPT_LOSS] = {"loss", 0, "NAME", KIND_CHOICE, SHAPERS, CHOICE(BG_KIND_LOSS),
        .defaults = {{"mse", &least_squares}, {"softmax_ce", &softmax_end},
                     {"bce", &sigmoid_end}, {"mse", NULL}},
        .help = "loss of one row"},
    [OPT_REDUCTION] = {"reduction", 0, "WORD", KIND_CHOICE, NETWORKS, CHOICE(BG_KIND_REDUCTION),
        .defaults = {{"mean", NULL}}, .help = "how the losses of a batch become one"},
    [OPT_L2] = {"l2", 0, "X", KIND_NUMBER, NETWORKS, .low = 0, .high = 1e6,
        .defaults = {{"0", NULL}},
        .help = "adds X/2 times the sum of squared weights (not biases) to the loss"},
    [OPT_INIT] = {"init", 0, "SCHEME|constant:X|FILE", KIND_TEXT,
        TRAIN | ON(VERB_CHECK) | ON(VERB_TRACE),
        .check = init_check,
        .defaults = {{"he-normal", &relu_first}, {"glorot-uniform", NULL}},
        .help = "start weights: zeros, ones, constant:X, glorot-uniform, glorot-normal, "
                "he-uniform, he-normal, lecun-uniform, lecun-normal, orthogonal, or a model file"},
    [OPT_OPTIMIZER] = {"optimizer", 0, "NAME", KIND_CHOICE, PLANNERS | ON(VERB_BENCH),
        CHOICE(BG_KIND_OPTIMIZER),
        .defaults = {{"gd", &truth_table}, {"adam", NULL}}, .help = "how weights are updated"},
    [OPT_LR] = {"lr", 0, "X|auto", KIND_NUMBER, TRAIN | ON(VERB_TRACE), .low = 0, .high = 1e4,
        .low_out = true,
        .word = "auto",
        .defaults = {{"5", &sigmoid_table}, {"0.001", &adam}, {"0.1", &gd}, {"0.01", NULL}},
        .only = &steps, .help = "learning rate; auto, for gd: half of 2/lambda_max, the largest stable one at the "
                "start weights"},
    [OPT_MOMENTUM] = {"momentum", 0, "X", KIND_NUMBER, TRAIN, .low = 0, .high = 1, .high_out = true,
        .defaults = {{"0.9", NULL}}, .only = &momentum, .help = "of momentum and nesterov"},
    [OPT_BETA1] = {"beta1", 0, "X", KIND_NUMBER, TRAIN, .low = 0, .high = 1, .high_out = true,
        .defaults = {{"0.9", NULL}}, .only = &adam, .help = "decay of the mean gradient of adam and adamw"},
    [OPT_BETA2] = {"beta2", 0, "X", KIND_NUMBER, TRAIN, .low = 0, .high = 1, .high_out = true,
        .defaults = {{"0.999", NULL}},
        .only = &adam, .help = "decay of the mean squared gradient of adam and adamw"},
    [OPT_EPSILON] = {"epsilon", 0, "X", KIND_NUMBER, TRAIN, .low = 0, .high = 1, .low_out = true,
        .defaults = {{"1e-10", &adagrad}, {"1e-08", NULL}},
        .only = &rooted, .help = "guard against division by 0 of adam, adamw, rmsprop and adagrad"},
    [OPT_ALPHA] = {"alpha", 0, "X", KIND_NUMBER, TRAIN, .low = 0, .high = 1, .high_out = true,
        .defaults = {{"0.99", NULL}}, .only = &rmsprop, .help = "decay of the mean squared gradient of rmsprop"},
    [OPT_WEIGHT_DECAY] = {"weight-decay", 0, "X", KIND_NUMBER, TRAIN, .low = 0, .high = 1e6,
        .defaults = {{"0.01", NULL}},
        .only = &adamw, .help = "adamw shrinks every parameter by lr X of itself; the others have --l2"},
    [OPT_UPDATE_SIGN] = {"update-sign", 0, "WORD", KIND_CHOICE, TRAIN | ON(VERB_TRACE),
        CHOICE_OF(sign_words),
        .defaults = {{"descent", NULL}},
        .only = &steps, .help = "descent subtracts the step; ascent adds it (W + lr g), as the article's "
                "formulas come out, and climbs"},
    [OPT_EPOCHS] = {"epochs", 'e', "N", KIND_COUNT, TRAIN, .least = 0, .most = 1000000000000,
        .unit = "passes over all rows, those before --resume counted",
        .defaults = {{"1", &lstsq}, {"200", &lm}, {"10000", &truth_table}, {"400", &small_file},
                     {"100", NULL}},
        .help = "how long to train"},
    [OPT_BATCH] = {"batch", 'b', "N|all", KIND_COUNT, PLANNERS, .least = 1, .most = 1000000000000,
        .word = "all", .unit = "rows an update",
        .defaults = {{"all", &least_squares}, {"all", &rprop}, {"all", &truth_table},
                     {"64", NULL}},
        .help = "batch size; with N below the row count the rows are shuffled for every epoch"},
    [OPT_SEED] = {"seed", 's', "N", KIND_COUNT, NETWORKS, .least = 0, .most = UINT64_MAX,
        .defaults = {{"1", NULL}},
        .help = "of start weights, shuffle, --valid FRACTION, --sample; same seed, same bits"},
    [OPT_PRECISION] = {"precision", 0, "WORD", KIND_CHOICE, NETWORKS | ON(VERB_VERIFY),
        CHOICE(BG_KIND_DTYPE),
        .defaults = {{"f64", &least_squares}, {"f64", &worked_example}, {"f32", NULL}},
        .help = "of all arithmetic"},
    [OPT_THREADS] = {"threads", 'j', "N", KIND_COUNT, READERS, .least = 1, .most = 1024,
        .unit = "the result does not depend on it",
        .absent = "the processors that this process may use", .help = "how many threads work"},
    [OPT_VALID] = {"valid", 0, "FILE|FRACTION", KIND_TEXT, PLANNERS, .check = valid_check,
        .unit = "a second data file, or a share 0 < X < 1 of the rows, drawn by the seed",
        .absent = "no validation", .help = "rows kept out of training and looked at every epoch"},
    [OPT_PATIENCE] = {"patience", 0, "N", KIND_COUNT, TRAIN, .least = 1, .most = 1000000000000,
        .unit = "epochs", .absent = "no such stop",
        .help = "stop after N epochs without a better validation loss (training loss without "
                "--valid), and keep the weights of the best one"},
    [OPT_STOP_LOSS] = {"stop-loss", 0, "X", KIND_NUMBER, TRAIN, .low = 0, .high = 1e300,
        .absent = "no such stop", .help = "stop once the training loss of an epoch is X or less"},
    [OPT_MAX_TIME] = {"max-time", 0, "X", KIND_NUMBER, TRAIN, .low = 0, .high = 1e9,
        .low_out = true,        .unit = "seconds", .absent = "no such stop",
        .help = "stop at the end of the epoch in which X seconds have passed"},
    [OPT_LOG] = {"log", 0, "FILE.jsonl|FILE.csv", KIND_TEXT, TRAIN, .check = log_check,
        .absent = "no log", .help = "a line for every epoch; --resume adds to the file"},
    [OPT_ERRORS] = {"standard-errors", 0, "FILE.csv", KIND_TEXT, TRAIN, .check = path_check,
        .absent = "not looked at",
        .only = &least_squares, .help = "for lm and lstsq: every parameter with its standard error, from the covariance "
                "rss / (residuals - parameters) (J'J)^-1"},
    [OPT_CHECKPOINT] = {"checkpoint", 0, "FILE", KIND_TEXT, TRAIN, .check = path_check,
        .absent = "MODEL.checkpoint, on a signal only",
        .help = "where the state of the run is kept: once a minute, on a signal, and at the end"},
    [OPT_RESUME] = {"resume", 0, "FILE", KIND_TEXT, TRAIN, .check = path_check,
        .absent = "from the beginning",
        .help = "go on from a checkpoint to the same bits as a run that never stopped; a FILE that "
                "does not exist means the beginning"},
    [OPT_DRY_RUN] = {"dry-run", 0, NULL, KIND_FLAG, TRAIN,
        .help = "print the plan of the run (engines, tiles, work, memory) and train nothing"},
    [OPT_MEASURE] = {"measure", 0, NULL, KIND_FLAG, PLANNERS,
        .help = "time steps cut in a few ways around the plan's estimate, take the best if it is "
                "clearly faster, and keep it in the wisdom file; what that knows is not timed "
                "again.  Another cut gives other last bits"},
    [OPT_WISDOM] = {"wisdom", 0, "FILE|none", KIND_TEXT, PLANNERS, .check = path_check,
        .absent = "with --measure $XDG_CACHE_HOME/backgemm/wisdom or ~/.cache/backgemm/wisdom; "
                  "otherwise none, so that a run depends on nothing but its command",
        .help = "where measured cuts are kept; without --measure it is only read"},
    [OPT_BATCH_LIST] = {"batch", 'b', "N[,N...]", KIND_TEXT, ON(VERB_BENCH), .check = batches_check,
        .unit = "rows a step, 1 <= N <= 4294967295",
        .absent = "the workload's own, 1024 with --layers", .help = "batch sizes of the grid"},
    [OPT_THREADS_LIST] = {"threads", 'j', "N[,N...]", KIND_TEXT, ON(VERB_BENCH),
        .check = threads_check, .unit = "1 <= N <= 1024",
        .absent = "the processors that this process may use", .help = "thread counts of the grid"},
    [OPT_PRECISION_LIST] = {"precision", 0, "WORD[,WORD]", KIND_TEXT, ON(VERB_BENCH),
        .check = precisions_check, .defaults = {{"f32", NULL}},
        .help = "precisions of the grid: f32, f64"},
    [OPT_SECONDS] = {"seconds", 0, "X", KIND_NUMBER, ON(VERB_BENCH), .low = 0, .high = 3600,
        .low_out = true, .unit = "a line that needs more for 6 rounds takes them",
        .defaults = {{"2.5", NULL}}, .help = "time for each line"},
    [OPT_VS] = {"vs", 0, NULL, KIND_FLAG, ON(VERB_BENCH),
        .help = "compare: rows a second of each line as a multiple of the first one's, paired by "
                "round, with its interval"},
    [OPT_BENCH_FORMAT] = {"format", 0, "WORD", KIND_CHOICE, ON(VERB_BENCH), CHOICE_OF(bench_words),
        .defaults = {{"text", NULL}}, .help = "of the results"},
    [OPT_CSV] = {"csv", 0, NULL, KIND_FLAG, ON(VERB_BENCH), .help = "the same as --format csv"},
    [OPT_BENCH_PLOT] = {"plot", 0, "FILE.svg|FILE.png", KIND_TEXT, ON(VERB_BENCH),
        .check = plot_check, .absent = "no picture",
        .help = "draw GFLOP/s against batch and threads, the FMA peak on top (needs gnuplot)"},
    [OPT_SAMPLE] = {"sample", 0, "N", KIND_COUNT, ON(VERB_CHECK), .least = 1, .most = 1000000000000,
        .unit = "derivatives, drawn by the seed, equal shares of the layers",
        .absent = "all", .help = "look at N derivatives only"},
    [OPT_DIFFERENCES] = {"differences", 0, "N", KIND_COUNT, ON(VERB_CHECK), .least = 1,
        .most = 1000000000000, .unit = "drawn likewise",
        .absent = "as many as a few seconds allow",
        .help = "hold N of these against differences too; dual numbers look at all"},
    [OPT_TOLERANCE] = {"tolerance", 0, "X", KIND_NUMBER, ON(VERB_COMPARE), .low = 0, .high = 1,
        .low_out = true, .unit = "relative to the size of the terms",
        .absent = "derived from precision, rows and widths", .help = "what counts as a difference"},
    [OPT_PROBA] = {"proba", 0, NULL, KIND_FLAG, ON(VERB_PREDICT),
        .help = "one column of probability for each class instead of the class"},
    [OPT_HEADER] = {"header", 0, "WORD", KIND_CHOICE, ON(VERB_PREDICT), CHOICE_OF(header_words),
        .defaults = {{"auto", NULL}},
        .help = "first row of names; auto: where the data that trained MODEL had one"},
    [OPT_FORMAT] = {"format", 0, "WORD", KIND_CHOICE, ON(VERB_TRACE), CHOICE_OF(format_words),
        .defaults = {{"text", NULL}}, .help = "of the sheet"},
    [OPT_JSON] = {"json", 0, NULL, KIND_FLAG,
        REPORTERS | ON(VERB_VERIFY) | ON(VERB_GRADE) | ON(VERB_COMPARE) | ON(VERB_STABILITY),
        .help = "one JSON object on standard output"},
    [OPT_QUIET] = {"quiet", 'q', NULL, KIND_FLAG, TRAIN, .help = "no talk, errors only"},
    [OPT_VERBOSE] = {"verbose", 'v', NULL, KIND_FLAG, TRAIN,
        .help = "more talk: why the run ended, and the learned truth table"},
    [OPT_EACH_STEP] = {"verbose", 'v', NULL, KIND_FLAG, ON(VERB_COMPARE),
        .help = "a line for every step"},
    [OPT_LOOK] = {"verbose", 'v', NULL, KIND_FLAG, ON(VERB_DOCTOR),
        .help = "print all that was looked at, first"},
    [OPT_STEPS] = {"steps", 0, "N", KIND_COUNT, ON(VERB_TRACE), .least = 1, .most = 1000000,
        .unit = "updates", .absent = "1", .help = "how many updates the sheet shows"},
    [OPT_ROW] = {"row", 0, "N", KIND_COUNT, ON(VERB_TRACE), .least = 1, .most = 1000000000000,
        .unit = "rows count from 1", .absent = "all of FILE.json; row 1 of DATA, or --rows",
        .help = "the sheet of row N alone: of FILE.json the others only do not show, of DATA they "
                "take no part"},
    [OPT_DIGITS] = {"digits", 0, "N", KIND_COUNT, ON(VERB_TRACE), .least = 1, .most = 17,
        .unit = "significant digits", .absent = "all that the number has",
        .help = "round what is shown; the calculation goes on with all digits"},
    [OPT_EXACT] = {"exact", 0, NULL, KIND_FLAG, ON(VERB_TRACE),
        .help = "calculate in fractions, for identity and relu units and losses of squares"},
    [OPT_AGAINST] = {"against", 0, "FILE.json", KIND_TEXT, ON(VERB_GRADE), .check = path_check,
        .help = "the worked example that the sheet belongs to, required"},
    [OPT_FINDINGS] = {"verbose", 'v', NULL, KIND_FLAG, ON(VERB_VERIFY),
        .help = "every printed number, not only those that fail"},
    [OPT_HELP] = {"help", 'h', NULL, KIND_FLAG, EVERY, .help = "this text"},
};
