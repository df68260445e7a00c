/*
 * backgemm: training of multi-layer perceptrons by back-propagation, every layer a GEMM.
 *
 * Words.  A network has layers l = 1..L of n[l] units; layer 0 is the input.  For a batch of m rows
 *     z[l] = a[l-1] W[l] + b[l],   a[l] = f[l](z[l]),   delta[l] = dE/dz[l],
 * and every matrix is row-major with one sample a row.  What a caller sees of the weights is
 * W[out][in], as textbooks and PyTorch write them.  Layers count from 1, units and rows from 0,
 * unless a comment says otherwise.
 *
 * Rules.  Every function that can fail returns a bg_status and, when `error` is not NULL, fills it
 * with one sentence.  Results come back through the last pointers and are set only on success
 * (bg_trainer_run's progress always).
 * Objects made by bg_*_create, _read, _load or _encode belong to the caller and go with bg_*_free,
 * which takes NULL.  Pointers returned by accessors are borrowed from the object.  Nothing prints,
 * exits or aborts, but where the OpenMP runtime, GMP or LAPACKE finds no memory.  Const objects may
 * be used by several threads at once.
 *
 * Numbers.  Network arithmetic counts what lies below the smallest normal number of the precision
 * as 0 (denormals), rounds to nearest and traps nothing; the caller's own floating-point mode is
 * put back before a function returns.  Numbers in texts and files want rounding to nearest.
 *
 * Processes.  A pthread build of OpenBLAS is told, for the whole process, to use one thread a call.
 * After fork() the OpenMP runtime has no threads in the child: only calls with threads = 1 return.
 *
 * Same bits.  On one machine and build, a run gives bitwise the same model for any thread count.
 */
#ifndef BACKGEMM_H
#define BACKGEMM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BG_VERSION "0.1.0"
#if defined(__GNUC__)
#define BG_API __attribute__((visibility("default")))
#else
#define BG_API
#endif

/* ------------------------------------------------------------------------------ status --- */

/* X(name, sentence): what can go wrong, one line each. */
#define BG_STATUS_TABLE(X)                                                                         \
    X(BG_OK, "done")                                                                               \
    X(BG_E_MEMORY, "not enough memory")                                                            \
    X(BG_E_ARGUMENT, "wrong argument")                                                             \
    X(BG_E_DATA, "bad data")                                                                       \
    X(BG_E_MODEL, "bad model file")                                                                \
    X(BG_E_DIVERGED, "the run diverged")                                                           \
    X(BG_E_CHECK, "a check failed")                                                                \
    X(BG_E_IO, "cannot read or write")                                                             \
    X(BG_E_NUMERIC, "a numerical routine failed")

#define BG_STATUS_ENUM(name, text) name,
typedef enum bg_status { BG_STATUS_TABLE(BG_STATUS_ENUM) BG_STATUS_COUNT } bg_status;
#undef BG_STATUS_ENUM

/* A failure in full.  Unknown places are 0. */
typedef struct bg_error {
    bg_status status;
    uint64_t line, column; /* of a text file, from 1 */
    uint64_t layer;        /* from 1 */
    uint64_t step;         /* update number, from 1 */
    uint64_t row;          /* data row, from 1 */
    char text[512];        /* the sentence, place included, no newline */
} bg_error;

/* The general sentence of a status, never NULL. */
BG_API const char *bg_status_text(bg_status status);

/* "0.1.0": the version of the library that is loaded. */
BG_API const char *bg_version(void);

/* Frees memory that a function says is to be freed with bg_free. */
BG_API void bg_free(void *memory);

/* ------------------------------------------------------------------------------- names --- */

typedef enum bg_dtype { BG_F32, BG_F64 } bg_dtype;

/* f(z); `softmax` is for the last layer only.  leaky_relu has slope 0.01 below 0, elu has alpha 1,
 * gelu is z Phi(z) with the exact normal distribution, silu is z sigmoid(z).  The derivative of
 * relu and leaky_relu at 0 is that of the left side (0 and 0.01). */
typedef enum bg_activation {
    BG_IDENTITY,
    BG_SIGMOID,
    BG_TANH,
    BG_RELU,
    BG_LEAKY_RELU,
    BG_ELU,
    BG_SOFTPLUS,
    BG_GELU,
    BG_SILU,
    BG_SOFTMAX,
    BG_ACTIVATION_COUNT
} bg_activation;

/* Loss of one row, a = output, t = target, sums over the outputs j:
 *     half_sse    sum (a-t)^2 / 2                    sse   sum (a-t)^2
 *     mse         sse / number of outputs            mae   sum |a-t| / number of outputs
 *     huber       sum h(a-t) / number of outputs, h(d) = d^2/2 for |d| <= 1, else |d| - 1/2
 *     bce         -sum (t ln a + (1-t) ln(1-a))      softmax_ce  -sum t ln a
 * bce under sigmoid and softmax_ce under softmax are computed from z and never overflow. */
typedef enum bg_loss {
    BG_MSE,
    BG_HALF_SSE,
    BG_SSE,
    BG_MAE,
    BG_HUBER,
    BG_BCE,
    BG_SOFTMAX_CE,
    BG_LOSS_COUNT
} bg_loss;

/* Over the rows of a batch. */
typedef enum bg_reduction { BG_MEAN, BG_SUM, BG_REDUCTION_COUNT } bg_reduction;

/* gd         W -= lr g
 * momentum   v = mu v + g;  W -= lr v
 * nesterov   v = mu v + g;  W -= lr (g + mu v)                          (PyTorch's form)
 * adam       Kingma and Ba 2015, algorithm 1, epsilon outside the root, both means bias-corrected
 * adamw      Loshchilov and Hutter 2019: W -= lr weight_decay W, then adam; PyTorch's form, biases
 *            included
 * rmsprop    v = alpha v + (1-alpha) g^2;  W -= lr g / (sqrt(v) + epsilon)   (Hinton 2012)
 * adagrad    v = v + g^2;  W -= lr g / (sqrt(v) + epsilon)       (Duchi, Hazan and Singer 2011)
 * rprop      each parameter has a step, lr at first: times 1.2 while the sign of g stays, times 0.5
 *            when it changes, within 1e-6..50; W -= step sign(g), but stays where the sign has
 *            changed (Riedmiller and Braun 1993, PyTorch's form).  For full batches
 * lstsq      the least-squares solution in closed form, for one identity layer
 * lm         Levenberg and Marquardt: P -= (J'J + mu I)^-1 g, all rows at once
 * lbfgs      Liu and Nocedal 1989: P -= step H g, H from the last 10 steps, the step by a line
 *            search for the strong Wolfe conditions, all rows at once
 */
typedef enum bg_optimizer {
    BG_GD,
    BG_MOMENTUM,
    BG_NESTEROV,
    BG_ADAM,
    BG_ADAMW,
    BG_RMSPROP,
    BG_ADAGRAD,
    BG_RPROP,
    BG_LSTSQ, /* from here on no learning rate: see least squares */
    BG_LM,
    BG_LBFGS,
    BG_OPTIMIZER_COUNT
} bg_optimizer;

/* Learning rate of update t = 0, 1, 2, ..., as torch.optim.lr_scheduler has them:
 * constant     lr
 * step         lr gamma^floor(t / step_size)              StepLR
 * exponential  lr gamma^(t / step_size)                   ExponentialLR where step_size is 1
 * cosine       eta_min + (lr - eta_min) (1 + cos(pi t / t_max)) / 2, from t_max on eta_min
 *              CosineAnnealingLR; Loshchilov and Hutter 2017, without restarts
 * Warm-up comes before: the first `warmup` updates have lr (t + 1) / warmup (LinearLR from 1/warmup
 * to 1; Goyal et al. 2017), then t counts from 0 again (SequentialLR). */
typedef enum bg_schedule {
    BG_SCHEDULE_CONSTANT,
    BG_SCHEDULE_STEP,
    BG_SCHEDULE_EXPONENTIAL,
    BG_SCHEDULE_COSINE,
    BG_SCHEDULE_COUNT
} bg_schedule;

/* Start weights; biases start at 0, except for ones, constant (all parameters) and a file's own.
 * uniform: U(-r, r); normal: N(0, s^2).  Glorot: s^2 = 2/(in+out); He: s^2 = 2/in; LeCun: s^2 =
 * 1/in; r = s sqrt(3).  orthogonal: Q of a QR factorisation of a normal matrix, signs from diag(R)
 * (Saxe, McClelland and Ganguli 2014). */
typedef enum bg_init {
    BG_ZEROS,
    BG_ONES,
    BG_CONSTANT,
    BG_GLOROT_UNIFORM,
    BG_GLOROT_NORMAL,
    BG_HE_UNIFORM,
    BG_HE_NORMAL,
    BG_LECUN_UNIFORM,
    BG_LECUN_NORMAL,
    BG_ORTHOGONAL,
    BG_INIT_COUNT
} bg_init;

/* What a target is. */
typedef enum bg_task {
    BG_REGRESSION, /* numbers */
    BG_CLASSES,    /* one of K names, one output each */
    BG_BITS,       /* 0/1 columns, each its own output, threshold 1/2 */
    BG_TASK_COUNT
} bg_task;

/* x' = (x - offset) / scale, each input column by itself: mean and standard deviation of the
 * population, or minimum and range.  Columns that never change keep scale 1.  Pixels (IDX) share
 * one unit and so one offset and one scale. */
typedef enum bg_scaling {
    BG_SCALE_NONE,
    BG_SCALE_STANDARD,
    BG_SCALE_MINMAX,
    BG_SCALING_COUNT
} bg_scaling;

/* What carries out the three products of a layer: forward, weight gradient, deltas of the layer
 * below.
 * narrow     rows in SIMD lanes, the whole network at a time: for networks too thin for a GEMM
 * thin       dot products with the transposed weights, for a few outputs
 * direct     GEMM by kernels of our own, which take matrices as they lie
 * packed     the same, weights and left operands of gradients copied side by side first
 * amx        GEMM of floats on the processor's matrix unit: each float as the sum of three bfloat16
 * blas       GEMM by the BLAS library, which packs its operands first */
typedef enum bg_engine {
    BG_ENGINE_NARROW,
    BG_ENGINE_THIN,
    BG_ENGINE_DIRECT,
    BG_ENGINE_PACKED,
    BG_ENGINE_AMX,
    BG_ENGINE_BLAS,
    BG_ENGINE_COUNT
} bg_engine;

/* The names above as words: one table for parsers, help and tests. */
typedef enum bg_kind {
    BG_KIND_DTYPE,
    BG_KIND_ACTIVATION,
    BG_KIND_LOSS,
    BG_KIND_REDUCTION,
    BG_KIND_OPTIMIZER,
    BG_KIND_SCHEDULE,
    BG_KIND_INIT,
    BG_KIND_TASK,
    BG_KIND_SCALING,
    BG_KIND_ENGINE,
    BG_KIND_COUNT
} bg_kind;

/* The word for a value, e.g. (BG_KIND_LOSS, BG_MSE) -> "mse"; NULL when there is no such value. */
BG_API const char *bg_name(bg_kind kind, int value);

/* The value of a word, or -1. */
BG_API int bg_value(bg_kind kind, const char *name);

/* ----------------------------------------------------------------------------- network --- */

typedef struct bg_net bg_net;

typedef struct bg_net_spec {
    bg_dtype dtype;                   /* of parameters and all arithmetic */
    size_t layers;                    /* L >= 1 */
    const size_t *widths;             /* n[0..L], each 1..BG_MAX_WIDTH, borrowed for the call */
    const bg_activation *activations; /* f[1..L] at [0..L-1], borrowed for the call */
} bg_net_spec;

#define BG_MAX_WIDTH ((size_t)1 << 24)
#define BG_MAX_LAYERS ((size_t)1000)

/* A network with all parameters 0.  BG_E_ARGUMENT: width 0 or too big, softmax before the last
 * layer, parameters that no memory could hold; BG_E_MEMORY. */
BG_API bg_status bg_net_create(const bg_net_spec *spec, bg_net **net, bg_error *error);
BG_API void bg_net_free(bg_net *net);

/* Draws start parameters from (scheme, seed), the same for both precisions up to rounding.
 * `constant` is used by BG_CONSTANT alone. */
BG_API bg_status bg_net_init(bg_net *net, bg_init scheme, double constant, uint64_t seed,
                             bg_error *error);

BG_API bg_dtype bg_net_dtype(const bg_net *net);
BG_API size_t bg_net_layers(const bg_net *net);
BG_API size_t bg_net_width(const bg_net *net, size_t layer);             /* layer 0..L */
BG_API bg_activation bg_net_activation(const bg_net *net, size_t layer); /* layer 1..L */
BG_API size_t bg_net_parameters(const bg_net *net);                      /* weights and biases */

/* Parameters of layer 1..L: weight is n[l] x n[l-1], row-major, W[out][in]; bias is n[l].  Either
 * pointer may be NULL.  set rounds to the network's precision. */
BG_API void bg_net_get(const bg_net *net, size_t layer, double *weight, double *bias);
BG_API void bg_net_set(bg_net *net, size_t layer, const double *weight, const double *bias);

/* SHA-256, 64 hex digits and a NUL, of the parameters as the model file holds them: for each layer
 * the weight [out][in], then the bias, little-endian. */
BG_API void bg_net_sha256(const bg_net *net, char hex[65]);

/* -------------------------------------------------------------------------------- data --- */

/* Encoded samples in one precision: inputs rows x n0 and targets rows x nL, row-major, packed. */
typedef struct bg_data bg_data;

/* Copies and rounds to dtype.  targets may be NULL: data to predict on.  BG_E_ARGUMENT: no rows, a
 * width of 0; BG_E_DATA: a value that is not finite in dtype, with its row. */
BG_API bg_status bg_data_create(bg_dtype dtype, size_t rows, size_t n_inputs, size_t n_targets,
                                const double *inputs, const double *targets, bg_data **data,
                                bg_error *error);
BG_API void bg_data_free(bg_data *data);
BG_API size_t bg_data_rows(const bg_data *data);
BG_API size_t bg_data_inputs(const bg_data *data);  /* n0 */
BG_API size_t bg_data_targets(const bg_data *data); /* nL, 0 without targets */
BG_API void bg_data_row(const bg_data *data, size_t row, double *inputs,
                        double *targets); /* or NULL */

/* Weights of the rows, one for each, 0 or more and not all 0; NULL: none, as at first.  The loss of
 * row i then counts w[i] times.  Under the reduction sum a batch's loss is sum w[i] E[i]; under
 * mean the weights are first divided by their mean over all rows of the data, and a batch's loss is
 * the mean of w[i] E[i] over its rows, so that of all rows it is sum w[i] E[i] / sum w[i].  Losses,
 * gradients, curvature and training follow them; predictions, the other metrics, traces and scaling
 * do not.  BG_E_DATA: with the row. */
BG_API bg_status bg_data_set_weights(bg_data *data, const double *weights, bg_error *error);
/* As set, rounded; 1 without weights. */
BG_API double bg_data_weight(const bg_data *data, size_t row);

/* Weights that count every class alike: rows / (classes * rows of its class), of the classes that
 * the data hold (scikit-learn's "balanced").  A class is a 1 among target columns of 0, or the
 * value of one column of 0 and 1; BG_E_ARGUMENT: other targets. */
BG_API bg_status bg_data_balance(bg_data *data, bg_error *error);

/* Rows row[0], row[1], ... (from 0) of another data set, `count` of them; one may come more often.
 * BG_E_ARGUMENT: there is no such row; BG_E_MEMORY. */
BG_API bg_status bg_data_select(const bg_data *from, size_t count, const size_t *row,
                                bg_data **data, bg_error *error);

/* A table as a file holds it, before scaling and encoding. */
typedef struct bg_table bg_table;

/* How raw rows become inputs and targets: column names, scaling, classes. */
typedef struct bg_schema bg_schema;

/* Does a table in text begin with a row of names? */
typedef enum bg_header {
    BG_HEADER_AUTO, /* where it looks so: words over numbers, or all the names that the schema has;
                       without a schema also numbers that count 0, 1, 2, ... over what is unlike
                       them */
    BG_HEADER_YES,  /* BG_E_ARGUMENT where the format has none */
    BG_HEADER_NO
} bg_header;

typedef struct bg_read_options {
    uint64_t first_row,
        last_row; /* keep these data rows, from 1, both ends in; 0: from the first, to the last */
    const char *target; /* column names or numbers (from 1, negative from the end), comma-separated,
                           or a second file; NULL: the format's own targets, else the last column */
    const char *weights; /* a column, by name or number as a target, that holds weights of the rows
                            and is no input; NULL: there is none */
    bool classify;      /* read target columns as names even where they look like numbers */
    bg_header header;
    const bg_schema *schema; /* what the table is to be encoded with, borrowed; NULL: a schema is to
                                be learned from it */
} bg_read_options;

/* Reads `path` ("-": standard input, "table:NAME": a built-in truth table).  The format is found by
 * content and name: CSV, TSV, NPY, IDX, svmlight, FANN; gzip of each.  options may be NULL.
 * BG_E_IO: cannot be read; BG_E_DATA: with file, line and column; BG_E_ARGUMENT: unknown target
 * or column of weights. */
BG_API bg_status bg_table_read(const char *path, const bg_read_options *options, bg_table **table,
                               bg_error *error);
BG_API void bg_table_free(bg_table *table);
BG_API size_t bg_table_rows(const bg_table *table);
BG_API size_t bg_table_columns(const bg_table *table);
BG_API bool bg_table_is_truth_table(const bg_table *table);
/* Are its names numbers that count, which BG_HEADER_AUTO took for names? */
BG_API bool bg_table_names_guessed(const bg_table *table);

typedef struct bg_schema_options {
    int task; /* a bg_task, or -1: text is classes, truth tables are bits, the format's word, else
                 regression */
    int scaling;              /* a bg_scaling, or -1: standard for files, none for truth tables */
    const bool *scaling_rows; /* a flag for each row of the table: scaling is learned from these,
                                 names and classes from all; NULL: all */
} bg_schema_options;

/* Learns a schema from a table with targets.  options may be NULL (all defaults).
 * BG_E_DATA: no target column, one class only, a text cell in a number column, with its place. */
BG_API bg_status bg_schema_learn(const bg_table *table, const bg_schema_options *options,
                                 bg_schema **schema, bg_error *error);
BG_API void bg_schema_free(bg_schema *schema);
BG_API size_t bg_schema_inputs(const bg_schema *schema);
BG_API size_t bg_schema_outputs(const bg_schema *schema);
BG_API bg_task bg_schema_task(const bg_schema *schema);
BG_API bg_scaling bg_schema_scaling(const bg_schema *schema);
BG_API const char *bg_schema_input_name(const bg_schema *schema,
                                        size_t input); /* NULL: has no names */
/* Of the column of weights that the table had; NULL: none, or without a name. */
BG_API const char *bg_schema_weights_name(const bg_schema *schema);
/* Name of an output: the class, or the target column; NULL: has none. */
BG_API const char *bg_schema_output_name(const bg_schema *schema, size_t output);
BG_API void bg_schema_scale(const bg_schema *schema, size_t input, double *offset, double *scale);

/* Applies a schema: columns matched by name where both have names, by position otherwise; a column
 * of weights that the schema remembers is passed over.  By position, a table of inputs and targets
 * has its targets where the one that was learned from had them, unless they were asked for.
 * need_targets false: rows with or without target columns, and targets are left out.
 * BG_E_DATA: a missing column, a class the schema does not know, text for a number, with place. */
BG_API bg_status bg_schema_encode(const bg_schema *schema, const bg_table *table, bg_dtype dtype,
                                  bool need_targets, bg_data **data, bg_error *error);

/* Gives the encoded rows of a table the weights of the column that the schema remembers, where the
 * table has it; *found may be NULL.  BG_E_DATA: no number, below 0, all 0, with place. */
BG_API bg_status bg_schema_weigh(const bg_schema *schema, const bg_table *table, bg_data *data,
                                 bool *found, bg_error *error);

/* ---------------------------------------------------------------------- prediction, E --- */

typedef struct bg_objective {
    bg_loss loss;
    bg_reduction reduction; /* over rows */
    /* Penalties on weights, not on biases, added after the reduction: l1 sum |W| + l2/2 sum W^2,
     * both 0 or more.  The derivative of |W| at 0 counts as 0. */
    double l2, l1;
} bg_objective;

/* Outputs a[L], rows x n[L], into `outputs` (caller's, double).  threads 0: the default.
 * BG_E_ARGUMENT: widths differ or precisions differ; BG_E_MEMORY. */
BG_API bg_status bg_predict(const bg_net *net, const bg_data *data, int threads, double *outputs,
                            bg_error *error);

/* Value of the objective on all rows; may be infinite or NaN, which is no error. */
BG_API bg_status bg_loss_value(const bg_net *net, const bg_objective *objective,
                               const bg_data *data, int threads, double *value, bg_error *error);

/* Objective and its gradient on all rows.  gradient: bg_net_parameters doubles (caller's): for each
 * layer dE/dW as [out][in], then dE/db.  value may be NULL. */
BG_API bg_status bg_gradient(const bg_net *net, const bg_objective *objective, const bg_data *data,
                             int threads, double *value, double *gradient, bg_error *error);

/* One sample through the network and back, everything kept.  Arrays are those of layer 1..L (a also
 * layer 0), n[l] doubles, borrowed until bg_trace_free; the numbers are the engine's own bits. */
typedef struct bg_trace bg_trace;
BG_API bg_status bg_trace_create(const bg_net *net, const bg_objective *objective,
                                 const bg_data *data, size_t row, bg_trace **trace,
                                 bg_error *error);
BG_API void bg_trace_free(bg_trace *trace);
BG_API const double *bg_trace_z(const bg_trace *trace, size_t layer);
BG_API const double *bg_trace_a(const bg_trace *trace, size_t layer);
BG_API const double *bg_trace_delta(const bg_trace *trace,
                                    size_t layer);  /* dE/dz of the row's loss */
BG_API double bg_trace_loss(const bg_trace *trace); /* of the row alone */
/* f'(z[l]); NaN for softmax, which couples the units of a row. */
BG_API const double *bg_trace_slope(const bg_trace *trace, size_t layer);
/* dE/da[l] of the row's loss, layer 0..L: dE/da[l-1] = W[l]' delta[l] */
BG_API const double *bg_trace_pull(const bg_trace *trace, size_t layer);

/* ---------------------------------------------------------------------------- training --- */

typedef struct bg_train_options {
    bg_objective objective;
    bg_optimizer optimizer;
    double lr;           /* > 0 */
    bool ascent;         /* P := P + lr g, as the article writes it; descent otherwise */
    double momentum;     /* momentum, nesterov; 0..1 */
    double beta1, beta2; /* adam, adamw */
    double epsilon;      /* adam, adamw, rmsprop, adagrad */
    double alpha;        /* rmsprop */
    double weight_decay; /* adamw */
    bg_schedule schedule; /* of lr; rprop, lstsq, lm and lbfgs have none */
    uint64_t warmup;      /* updates; 0: none */
    uint64_t step_size;   /* updates, >= 1; step, exponential */
    double gamma;         /* > 0 to 1; step, exponential */
    uint64_t t_max;       /* updates, >= 1; cosine */
    double eta_min;       /* >= 0; cosine */
    /* A gradient (penalties included) of Euclidean length |g| > clip over all parameters is scaled
     * before the update: g clip / (|g| + 1e-6), PyTorch's clip_grad_norm_; Pascanu, Mikolov and
     * Bengio 2013.  0: never.  Not for rprop, which looks at signs, nor for lstsq, lm and lbfgs. */
    double clip;
    /* Inverted dropout (Srivastava et al. 2014): in a training step every hidden unit of every row
     * is 0 with probability P, 0 <= P < 1, and else 1/(1-P) times as large; never in predictions
     * and losses outside of training.  Drawn from (seed, update, layer, row number, unit) alone.
     * Not for lstsq and lm. */
    double dropout;         /* P of all hidden layers; 0: none */
    const double *dropouts; /* instead, one for each of the L-1; borrowed for the call, or NULL */
    size_t batch;        /* rows a step; 0: all rows */
    uint64_t seed;       /* of the shuffle, drawn afresh from (seed, epoch) for every epoch */
    int threads;         /* 0: the default; short steps that one takes less time for are its own */
    double stop_loss;    /* stop after an epoch whose loss is at most this; NAN: never */
    const volatile sig_atomic_t *stop; /* not NULL: finish the step and return once it is nonzero */
    /* How a step is cut, 0: as the plan chooses.  Other cuts add in another order and so give other
     * last bits, the same ones for any thread count. */
    size_t tile_rows; /* a multiple of 16 up to 65536, or what the plan chooses */
    size_t slots;     /* partial gradients, up to 1024; no more than there are tiles.  1: there is
                         one, whose blocks threads sum over groups of tiles */
} bg_train_options;

/* Fills in the defaults: mse, mean, gd, lr 0.1, momentum 0.9, betas 0.9 and 0.999, epsilon 1e-8,
 * alpha 0.99, weight decay 0.01, constant schedule, gamma 0.1, step_size and t_max 1, all rows. */
BG_API void bg_train_defaults(bg_train_options *options);

/* Does the learning rate ever change? */
BG_API bool bg_schedule_moves(const bg_train_options *options);

/* The learning rate that the schedule gives an update, which count from 0; it depends on nothing
 * else, so a run that goes on has the rates of one that never stopped. */
BG_API double bg_schedule_lr(const bg_train_options *options, uint64_t update);

typedef struct bg_trainer bg_trainer;

/* net is changed by training, data read; both are borrowed and must outlive the trainer. */
BG_API bg_status bg_trainer_create(bg_net *net, const bg_data *data,
                                   const bg_train_options *options, bg_trainer **trainer,
                                   bg_error *error);
BG_API void bg_trainer_free(bg_trainer *trainer);

/* Why a run of lstsq, lm or lbfgs ended by itself. */
#define BG_FIT_END_TABLE(X)                                                                        \
    X(BG_FIT_UNFINISHED, "it is not finished")                                                     \
    X(BG_FIT_SOLVED, "the closed form is found")                                                   \
    X(BG_FIT_CONVERGED, "converged: the gradient is 0 to rounding")                                \
    X(BG_FIT_STALLED, "no step, however short, lowers the loss")                                   \
    X(BG_FIT_FLAT, "converged: the loss falls by no more than its rounding")

#define BG_FIT_END_ENUM(name, text) name,
typedef enum bg_fit_end { BG_FIT_END_TABLE(BG_FIT_END_ENUM) BG_FIT_END_COUNT } bg_fit_end;
#undef BG_FIT_END_ENUM

/* Never NULL for a valid end. */
BG_API const char *bg_fit_end_text(bg_fit_end end);

typedef struct bg_progress {
    uint64_t epochs; /* completed since the beginning */
    uint64_t steps;  /* updates made since the beginning */
    double loss; /* objective of the last whole epoch, each batch before its own update, with the
                    units that it dropped (lstsq, lm, lbfgs: after it); NAN before the first.  A
                    mean is over the epoch's rows. */
    double
        partial_loss; /* sums of the epoch under way, so that a run can go on in the middle of it */
    double partial_penalty;
    double norm;    /* Euclidean length of the last update's gradient, before it was clipped (lbfgs:
                       of the gradient after it); NAN: there is none yet, or clip is 0 */
    bool reached;   /* stop_loss was reached */
    bool stopped;   /* *stop was seen */
    bool converged; /* lstsq, lm, lbfgs: there is nothing left to do */
    bg_fit_end end; /* of these: why */
} bg_progress;

/* Trains for up to `epochs` more epochs.  BG_E_DIVERGED: the loss or a parameter is no longer
 * finite; error says step, layer and row, and the network is put back to its last good state: the
 * start of the last epoch from which the loss was finite.  Parameters that bg_net_set, bg_net_init
 * or another trainer changed since are where the run goes on from. */
BG_API bg_status bg_trainer_run(bg_trainer *trainer, uint64_t epochs, bg_progress *progress,
                                bg_error *error);
BG_API void bg_trainer_progress(const bg_trainer *trainer, bg_progress *progress);

/* Objective on all rows with the parameters as they are now.  BG_E_DIVERGED as in bg_trainer_run
 * when it is not finite. */
BG_API bg_status bg_trainer_loss(bg_trainer *trainer, double *loss, bg_error *error);

/* One update on the rows of `data` alone, with the arithmetic of bg_trainer_run, for a trainer of
 * full batches; data: at most as many rows as the trainer was made with, borrowed for the call.
 * loss: the objective before the update, may be NULL.  It counts as an epoch.  BG_E_ARGUMENT: data
 * that do not fit, a trainer of mini-batches; BG_E_DIVERGED as in bg_trainer_run, but parameters
 * that this very update makes infinite are found by the next call. */
BG_API bg_status bg_trainer_step(bg_trainer *trainer, const bg_data *data, double *loss,
                                 bg_error *error);

/* One update from a given gradient of the loss, ordered as by bg_gradient; penalties are added
 * as in any step.  It counts as a step; the loss of its epoch is NAN.  BG_E_ARGUMENT: a value that
 * is not finite; BG_E_DIVERGED: the update makes a parameter infinite, and the network is put back
 * as in bg_trainer_run. */
BG_API bg_status bg_trainer_apply(bg_trainer *trainer, const double *gradient, bg_error *error);

/* The learning rate from the next step on.  BG_E_ARGUMENT: as in bg_trainer_create. */
BG_API bg_status bg_trainer_set_lr(bg_trainer *trainer, double lr, bg_error *error);

/* Threads that a run uses. */
BG_API int bg_trainer_threads(const bg_trainer *trainer);

/* The default thread count: processors this process may use (affinity and cgroup quota), at
 * least 1. */
BG_API int bg_threads_available(void);

/* State beyond the parameters, so that a run can go on: the count of vectors (0 for gd; 1 momentum,
 * nesterov, rmsprop, adagrad; 2 adam, adamw: m, v; 2 rprop: gradient, step; 20 lbfgs: step and
 * change of the gradient of each pair), each like the parameters of bg_gradient. */
BG_API size_t bg_trainer_state_vectors(const bg_trainer *trainer);
BG_API void bg_trainer_get_state(const bg_trainer *trainer, size_t vector, double *values);
/* Puts back what get gave, with the progress of that time (epochs, steps, loss); lm's has the
 * parameters in it, in double, and the network's wait for the next run. */
BG_API void bg_trainer_set_state(bg_trainer *trainer, size_t vector, const double *values);
/* BG_E_ARGUMENT: so many epochs, with the part of one that follows, do not have so many steps. */
BG_API bg_status bg_trainer_set_progress(bg_trainer *trainer, const bg_progress *progress,
                                         bg_error *error);

/* -------------------------------------------------------------------------- evaluation --- */

typedef struct bg_metrics {
    size_t rows;
    double loss;     /* the objective without its penalty; data's weights count in it alone */
    double accuracy; /* share of rows with every output right (classes, bits); NAN for regression */
    double rmse,
        r2; /* over all outputs (regression); NAN otherwise.  r2 is the mean over the outputs */
} bg_metrics;

/* confusion: NULL or K x K counts (caller's), [true class][predicted class], for BG_CLASSES.  A row
 * with an output that is not a number is wrong and in no cell of it. */
BG_API bg_status bg_evaluate(const bg_net *net, const bg_objective *objective, bg_task task,
                             const bg_data *data, int threads, bg_metrics *metrics,
                             uint64_t *confusion, bg_error *error);

/* ----------------------------------------------------------------------- least squares --- */

/* What a least-squares fit found.  J is the Jacobian of the residuals (output - target of every row
 * and output) by the fitted parameters. */
typedef struct bg_fit {
    size_t residuals, parameters; /* of J; for one identity layer each output has its own block */
    size_t columns, rank;         /* of J, or of that block, [inputs 1]; rank 0: not looked at */
    double condition;    /* its largest singular value by its smallest; INFINITY, NAN: as rank */
    double rss;          /* sum of the squared residuals, no penalty; in double */
    uint64_t iterations; /* updates made */
    double damping;      /* mu, lm only: the next one */
    double gain;         /* real by predicted decrease of the last step; NAN: none */
    bg_fit_end end;
} bg_fit;

/* Best linear fit: weights n x (k+1) [out][in, bias last] that minimise sum |X w + b - T|^2, by
 * LAPACK's gelsd (singular values; minimum norm).  rank may be NULL.  BG_E_ARGUMENT: no targets,
 * weighted rows. */
BG_API bg_status bg_least_squares(const bg_data *data, double *weights, size_t *rank,
                                  bg_error *error);

/* The parameters of one identity layer that minimise the objective (mse, half_sse or sse; l2 too),
 * in double, then rounded to the network's precision.  By Householder QR, tile by tile, and gelsd
 * on the triangle, its columns scaled by powers of two; no normal equations.  fit may be NULL.
 * BG_E_ARGUMENT: another network or loss, a penalty l1, weighted rows. */
BG_API bg_status bg_lstsq_fit(bg_net *net, const bg_objective *objective, const bg_data *data,
                              bg_fit *fit, bg_error *error);

typedef struct bg_lm_options {
    const bool *fixed; /* a flag for each parameter as bg_gradient orders them: it keeps its value;
                          NULL: all are fitted.  Borrowed for the call */
    uint64_t iterations; /* at most; 0: 1000 */
    double stop_loss;    /* stop once the objective is at most this; 0: never */
    int threads;         /* 0: the default */
} bg_lm_options;

/* Levenberg's and Marquardt's method from the parameters that the network has, to a minimum of the
 * objective (mse, half_sse or sse; l2 too), in double, then rounded to the network's precision.
 * Damping by the gain ratio (Nielsen 1999); near the minimum, where the objective is flat to
 * rounding, steps are judged by what the next one promises: to BG_FIT_CONVERGED, all digits of the
 * parameters, or BG_FIT_FLAT, where steps shorten too slowly to reach them.  Normal equations by
 * GEMM and Cholesky; QR and singular values where those fail.  options and fit may be NULL.
 * BG_E_ARGUMENT: another loss, a penalty l1, weighted rows, more than 5000 parameters;
 * BG_E_DIVERGED: not finite at the start. */
BG_API bg_status bg_lm_fit(bg_net *net, const bg_objective *objective, const bg_data *data,
                           const bg_lm_options *options, bg_fit *fit, bg_error *error);

/* Covariance of the fitted parameters, rss / (residuals - parameters) (J'J)^-1, by QR and singular
 * values of J at the network's parameters; those are taken for a minimum of the sum of squares, a
 * penalty is not looked at.  covariance: p x p (caller's), p the parameters that are not fixed, in
 * their order; standard errors are the roots of its diagonal; may be NULL.  fit tells rss, rank and
 * condition.  NAN in all of covariance: the rank is below p, or there are no more residuals than
 * parameters. */
BG_API bg_status bg_lm_covariance(const bg_net *net, const bg_data *data, const bool *fixed,
                                  double *covariance, bg_fit *fit, bg_error *error);

/* What a trainer with BG_LSTSQ or BG_LM has found so far; false: another optimizer, or no epoch
 * yet. */
BG_API bool bg_trainer_fit(const bg_trainer *trainer, bg_fit *fit);

/* --------------------------------------------------------------------------- curvature --- */

/* The Hessian H of the objective at a network's parameters (l1 adds nothing to it): in a quadratic
 * model of the objective, gradient descent converges for learning rates below 2/lambda_max and
 * diverges above.  At a minimum the model holds near it; elsewhere it is what the next few steps
 * see. */
typedef struct bg_curvature {
    size_t parameters;
    bool exact;       /* all eigenvalues of H (dsyevr); else Lanczos, and bottom is from above */
    size_t products;  /* with H */
    double top;       /* lambda_max */
    double bottom;    /* lambda_min */
    double residual;  /* |H v - top v| for its eigenvector of norm 1: top is right to this */
    double condition; /* top / bottom; INFINITY where bottom is not above 0 */
    double along;     /* g'Hg / g'g; NAN where g is 0 */
    double gradient;  /* |g| */
    double loss;      /* the objective */
    double stable_lr; /* 2/top; INFINITY where top is not above 0 */
} bg_curvature;

/* Products of H with vectors by directional derivatives (Pearlmutter 1994), in double whatever the
 * network's precision; up to 1000 parameters all eigenvalues (as long as rows allow), beyond
 * Lanczos with full reorthogonalisation from a start vector drawn by `seed`.  Same bits for any
 * threads. */
BG_API bg_status bg_hessian_top(const bg_net *net, const bg_objective *objective,
                                const bg_data *data, uint64_t seed, int threads,
                                bg_curvature *curvature, bg_error *error);

/* product = H v, both bg_net_parameters values as bg_gradient orders them. */
BG_API bg_status bg_hessian_product(const bg_net *net, const bg_objective *objective,
                                    const bg_data *data, int threads, const double *v,
                                    double *product, bg_error *error);

/* ------------------------------------------------------------------------------- model --- */

/* A network, its schema, its objective and notes: all that a model file holds. */
typedef struct bg_model bg_model;

/* Takes over net and schema (schema may be NULL: raw numbers in and out). */
BG_API bg_status bg_model_create(bg_net *net, bg_schema *schema, const bg_objective *objective,
                                 bg_model **model, bg_error *error);
BG_API void bg_model_free(bg_model *model);
BG_API bg_net *bg_model_net(bg_model *model);
BG_API const bg_net *bg_model_const_net(const bg_model *model);
BG_API const bg_schema *bg_model_schema(const bg_model *model);
BG_API const bg_objective *bg_model_objective(const bg_model *model);

/* Notes are free text under a key: "command", "seed", "epochs", ...; kept in the file in order of
 * their keys.  get returns NULL for an unknown key; name gives the key of note i or NULL past the
 * end. */
BG_API bg_status bg_model_set_note(bg_model *model, const char *key, const char *text,
                                   bg_error *error);
BG_API const char *bg_model_get_note(const bg_model *model, const char *key);
BG_API const char *bg_model_note_name(const bg_model *model, size_t i);

/* safetensors, see docs/model-file.md.  Saving is whole or not at all: a temporary file beside
 * `path`, fsync, rename, fsync of the folder; "-" is standard output.  BG_E_IO; loading also
 * BG_E_MODEL.  Extra tensors (optimizer state of a checkpoint) are double vectors by name. */
BG_API bg_status bg_model_save(const bg_model *model, const char *path, bg_error *error);
BG_API bg_status bg_model_load(const char *path, bg_model **model, bg_error *error);
/* Vectors kept beside the parameters, bg_net_parameters values each: the optimizer's state in a
 * checkpoint.  values NULL drops this vector and all after it. */
BG_API bg_status bg_model_set_state(bg_model *model, size_t vector, const double *values,
                                    bg_error *error);
BG_API size_t bg_model_state_vectors(const bg_model *model);
BG_API void bg_model_get_state(const bg_model *model, size_t vector, double *values);

/* ------------------------------------------------- recorded runs of other frameworks --- */

/* A run that another program recorded step by step: start weights, batches, gradients, new weights
 * and losses in one NPZ file, see docs/trace-format.md. */
typedef struct bg_recording bg_recording;

/* BG_E_IO: cannot be read; BG_E_DATA: not such a file, with the array that is wrong. */
BG_API bg_status bg_recording_read(const char *path, bg_recording **recording, bg_error *error);
BG_API void bg_recording_free(bg_recording *recording);
BG_API size_t bg_recording_steps(const bg_recording *recording);

/* A recorded run beside the engine's.  Every step is asked three things, from the recorded numbers:
 * the loss, the gradient, and the new parameters that follow from the recorded gradients so far.
 * The first difference of each is looked for among known conventions.  Beside that the engine makes
 * the whole run by itself. */
typedef struct bg_comparison bg_comparison;

/* tolerance: relative to the size of the terms that a number is the sum of; 0: derived from the
 * precision and the number of terms.  The recording is borrowed and must outlive the comparison.
 * BG_E_DATA: settings that no training takes. */
BG_API bg_status bg_compare(const bg_recording *recording, double tolerance,
                            bg_comparison **comparison, bg_error *error);
BG_API void bg_comparison_free(bg_comparison *comparison);
BG_API bool bg_comparison_agrees(const bg_comparison *comparison); /* at every step */

/* After the last step of the engine's own run: the largest difference of a parameter over the
 * largest parameter of its weights or biases; infinite: the engine's run diverged. */
BG_API double bg_comparison_drift(const bg_comparison *comparison);

/* What was found, for a person or as one JSON object; `verbose`: with a line for every step.  *text
 * goes with bg_free. */
BG_API bg_status bg_comparison_text(const bg_comparison *comparison, bool json, bool verbose,
                                    char **text, bg_error *error);

/* -------------------------------------------------------------------------------- plan --- */

/* What training would do and take: how a step is cut and its work are pure functions of shape,
 * precision, instruction set and the rows of a step, never of the threads. */
typedef struct bg_plan {
    size_t rows;              /* of a step */
    size_t tile_rows;         /* of a tile, the unit that a thread works on */
    size_t tiles;             /* of a step */
    size_t slots;             /* partial gradients, summed in a fixed binary tree */
    size_t group;             /* tiles whose gradient threads sum in blocks, of one slot; 0: none */
    bool deferred;            /* the update takes the gradient itself, block by block */
    size_t useful_threads;    /* more would be slower */
    int threads;              /* that a run uses: those asked for, the useful ones at most */
    const char *instructions; /* of the kernels: "amx", "avx512", "avx2", "baseline" */
    double flops; /* of a step, GEMM work only: forward, dW, and deltas from layer 2 on; lbfgs: for
                     every length of a step that its search tries, mostly one */
    double bytes; /* that a step moves at least: its rows once, parameters and optimizer state read
                     and written */
    /* What a run allocates. */
    double data_bytes;      /* inputs and targets of all rows */
    double parameter_bytes; /* padding to cache lines included */
    double state_bytes;     /* optimizer, last good parameters, order of the rows */
    double gradient_bytes;  /* all slots */
    double tile_bytes;      /* one thread's */
    double shared_bytes;    /* transposed and packed weights, lists, tiles that threads share */
} bg_plan;

typedef struct bg_plan_layer {
    bg_engine engine;
    double flops; /* its part of a step */
} bg_plan_layer;

/* The plan that bg_trainer_create follows for data of `rows` rows under these options.  layers:
 * NULL, or room for spec->layers.  BG_E_ARGUMENT: as bg_net_create and bg_trainer_create. */
BG_API bg_status bg_plan_choose(const bg_net_spec *spec, const bg_train_options *options,
                                size_t rows, bg_plan *plan, bg_plan_layer *layers, bg_error *error);

/* A cut to put into bg_train_options. */
typedef struct bg_tuning {
    size_t tile_rows, slots;
    double seconds;  /* of a step, measured */
    double estimate; /* of a step cut as the plan chooses, measured beside it */
    size_t tried;    /* other cuts that were timed */
} bg_tuning;

/* Times steps on random rows under cuts near the plan's, for some `seconds`, and gives the best,
 * but the plan's own unless the other is clearly faster: in a second race too.  Memory is that of
 * two runs.  BG_E_ARGUMENT as bg_plan_choose. */
BG_API bg_status bg_plan_measure(const bg_net_spec *spec, const bg_train_options *options,
                                 size_t rows, double seconds, bg_tuning *tuning, bg_error *error);

/* Wisdom: a text file of tunings, each under the version, processor, BLAS, kernels, precision,
 * shape, loss, optimizer and rows of a step that it was measured with, never the threads.
 * find: *found false: the file is not there or does not know.  *bad_line: the first line that is no
 * wisdom, from 1, 0: none; such lines are passed over.  BG_E_IO.
 * keep: adds the tuning or puts it in the place of an older one; processes that do so at once lose
 * nothing.  Bad lines are dropped, but BG_E_DATA: the file is something else.  BG_E_IO. */
BG_API bg_status bg_wisdom_find(const char *path, const bg_net_spec *spec,
                                const bg_train_options *options, size_t rows, bg_tuning *tuning,
                                bool *found, uint64_t *bad_line, bg_error *error);
BG_API bg_status bg_wisdom_keep(const char *path, const bg_net_spec *spec,
                                const bg_train_options *options, size_t rows,
                                const bg_tuning *tuning, bg_error *error);

/* The plan of a trainer. */
BG_API bg_status bg_trainer_plan(const bg_trainer *trainer, bg_plan *plan, bg_error *error);

/* --------------------------------------------------------- the machine, measurements --- */

/* What this process has to work with.  Texts are "" and numbers 0 where the system does not tell.
 */
typedef struct bg_machine {
    char cpu[96];        /* the processor's name */
    const char *widest;  /* its widest vector instructions: "avx512", "avx2", "avx", "sse2", ... */
    const char *kernels; /* that backgemm's own kernels use: "amx", "avx512", "avx2", "baseline" */
    int processors;      /* that are switched on */
    int affinity;        /* of those, in this process's mask */
    double quota;        /* processors that the control group pays for; 0: no limit */
    int threads;         /* the default: bg_threads_available() */
    size_t l1d, l2, l3;  /* bytes of the caches of one processor, L3 with those that share it */
    size_t memory;       /* bytes that this process may hope for */

    char blas[48];              /* "OpenBLAS 0.3.21" */
    char blas_config[256];      /* as the library describes itself */
    char blas_core[32];         /* whose kernels it runs: "SkylakeX" */
    const char *blas_kernels;   /* their instructions, as `widest`; NULL: an unknown core */
    bool blas_is_narrow;        /* they are narrower than `widest` */
    const char *blas_threading; /* its build: "serial", "pthread", "openmp" */
    bool blas_spins; /* its threads stay awake while nothing is asked of them: measured */
    bool blas_obeys; /* told to use one thread, it uses one: measured in processor time, true where
                        blas_spins hides it */

    int team;            /* threads that a parallel region of `threads` gets: measured */
    int team_processors; /* different processors that these may run on */

    const char *coretype, *l2_size; /* OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE, borrowed from the
                                       environment; NULL: not set */
    char locale[64];         /* what LC_ALL, LC_NUMERIC or LANG ask for, "C" without */
    bool locale_exists;      /* the system has it */
    char locale_charset[32]; /* its character set, "UTF-8" */
    char decimal_point[8];   /* its decimal point; backgemm itself writes and reads "." always */
} bg_machine;

/* Looks and measures, for some 50 milliseconds.  Processor time is that of the whole process: other
 * threads of the caller should rest meanwhile.  BG_E_MEMORY. */
BG_API bg_status bg_machine_describe(bg_machine *machine, bg_error *error);

/* Multiplications and additions a second, in units of 10^9, of `threads` threads (0: the default)
 * that do nothing but multiply-adds in registers, in the widest instructions, for some `seconds`
 * (up to 60). */
BG_API bg_status bg_measure_peak(bg_dtype dtype, int threads, double seconds, double *gflops,
                                 bg_error *error);

/* The bare GEMM calls of an epoch of a trainer: the same shapes and tiles, cut by the same plan and
 * shared out in the same way, without bias, activation, loss or update.  What the trainer takes
 * longer is its own. */
typedef struct bg_gemms bg_gemms;

/* trainer is borrowed and not changed. */
BG_API bg_status bg_gemms_create(const bg_trainer *trainer, bg_gemms **gemms, bg_error *error);
BG_API void bg_gemms_free(bg_gemms *gemms);
/* False: the plan's engine has no GEMM calls, and a run does nothing. */
BG_API bool bg_gemms_any(const bg_gemms *gemms);
BG_API void bg_gemms_run(bg_gemms *gemms, uint64_t epochs);

/* The median of repeated measurements, and an interval that holds the true one with a probability
 * of 95 % at least, from the order of the values alone; below six values it is all of them. */
typedef struct bg_interval {
    double median, low, high;
} bg_interval;

/* Sorts the values; NAN of none. */
BG_API bg_interval bg_median(size_t n, double *values);

/* ------------------------------------------------------------------------- certificate --- */

/* What a derivative is held against.  BG_DUAL: dual numbers in quad precision, carried forward
 * through a plain forward pass that shares no code with the engine.  BG_DIFFERENCES: central
 * differences of that pass's loss, with Richardson's correction, in quad precision too.
 * BG_UPDATE is the other way round: (W - W') / lr of one step of gradient descent, which training
 * computes by its own path, against BG_DUAL. */
typedef enum bg_evidence { BG_DUAL, BG_DIFFERENCES, BG_UPDATE, BG_EVIDENCE_COUNT } bg_evidence;

typedef struct bg_certify_options {
    size_t sample;      /* derivatives to look at, drawn by seed; 0: all */
    size_t differences; /* as many of these at most; 0: as many as a few seconds allow */
    uint64_t seed;
    int threads; /* 0: the default; the result does not depend on it */
} bg_certify_options;

/* A derivative of layer 1..L: of W[out][in], or of b[out] where in is n[l-1]. */
typedef struct bg_finding {
    size_t layer, out, in;
    double engine, reference;
    double error;     /* engine - reference, computed in quad precision */
    double limit;     /* what rounding in the engine may explain, worst case */
    double ulp_value; /* error in ulp of the reference itself, which a sum that cancels blows up; */
    double ulp_terms; /* and of the sum of the sizes of all that is added up in it */
} bg_finding;

/* A derivative fails when |error| > limit.  Those at a kink (relu, leaky_relu or mae so near 0 that
 * rounding decides the side, on some row) have a limit that leaves both sides open; those without a
 * finite limit are not judged. */
typedef struct bg_certificate_layer {
    size_t derivatives;                 /* looked at */
    size_t at_kinks, unjudged;          /* of them */
    size_t compared[BG_EVIDENCE_COUNT]; /* differences: without those whose step meets a kink */
    size_t failed[BG_EVIDENCE_COUNT];
    bg_finding worst[BG_EVIDENCE_COUNT]; /* the largest |error| / limit */
    bg_engine engine;                    /* that computed it */
    double sharpness; /* sum of the limits / sum of the sizes of the derivatives: what share of the
                         layer's gradient would have been noticed; NAN when all are 0 */
} bg_certificate_layer;

typedef struct bg_certificate {
    bool certified; /* something was judged by each, and nothing failed */
    size_t layers;
    bg_certificate_layer *layer; /* layer l at [l-1] */
    bg_finding worst;            /* of all; BG_DUAL's among equals */
    bg_evidence worst_evidence;
    size_t rows, parameters, derivatives, at_kinks, unjudged, failed;
    uint64_t kinks, exact_kinks;   /* places (row and unit) where rounding decides the side; where z
                                      is exactly 0, and the derivative that of the left side */
    double value, reference_value; /* of the objective */
    double disagreement;           /* largest distance of the two references, in limits */
    double step;                   /* of the differences in a weight, before Richardson's halving */
    const char *instructions;      /* of the kernels: "amx", "avx512", "avx2", "baseline" */
    char sha256[65];               /* of the parameters */
} bg_certificate;

/* Holds the gradient of bg_gradient against two independent references, derivative by derivative.
 * options may be NULL.  A failed certificate is no failure of the function.  BG_E_ARGUMENT as in
 * bg_gradient, and weighted rows; BG_E_DIVERGED: the objective itself is not finite; BG_E_MEMORY.
 */
BG_API bg_status bg_certify(const bg_net *net, const bg_objective *objective, const bg_data *data,
                            const bg_certify_options *options, bg_certificate **certificate,
                            bg_error *error);
BG_API void bg_certificate_free(bg_certificate *certificate);

/* ---------------------------------------------------------------------- worked examples --- */

/* A network, its data, its training rule, and the numbers that somebody printed for it: one file
 * in the format of docs/worked-example.md. */
typedef struct bg_example bg_example;

/* Reads the text of one file; `file` names it in sentences.  BG_E_DATA: with the line, the key and
 * what was expected there. */
BG_API bg_status bg_example_parse(const char *file, const char *text, size_t size,
                                  bg_example **example, bg_error *error);
BG_API void bg_example_free(bg_example *example);
BG_API const char *bg_example_name(const bg_example *example);
BG_API size_t bg_example_rows(const bg_example *example); /* printed numbers */

/* A printed number against the engine's: within half a unit of its last place; cut off instead of
 * rounded; up to one and a half units off, hand rounding; the source is wrong; not what the file
 * says of it. */
typedef enum bg_verdict {
    BG_AGREES,
    BG_TRUNCATED,
    BG_LAST_DIGIT,
    BG_ERRATUM,
    BG_FAILS,
    BG_VERDICT_COUNT
} bg_verdict;

/* "agrees", "truncated", "last digit", "erratum", "fails" */
BG_API const char *bg_verdict_text(bg_verdict verdict);

/* One printed number judged; texts are borrowed from the example. */
typedef struct bg_judgement {
    const char *quantity, *label, *printed;
    const char *corrected, *note; /* NULL: none */
    int64_t row, step;            /* from 0; -1: has none */
    bg_verdict verdict;
    double value; /* the engine's */
} bg_judgement;

/* Recomputes every printed number with the engine in dtype and judges it; findings:
 * bg_example_rows of them, the caller's.  In BG_F32 the first 6 significant digits count,
 * and every update before may add its rounding.
 * BG_E_DIVERGED: the training that the file describes does. */
BG_API bg_status bg_example_verify(const bg_example *example, bg_dtype dtype,
                                   bg_judgement *findings, bg_error *error);

/* The first three are those of bg_format. */
typedef enum bg_sheet_format {
    BG_SHEET_TEXT,
    BG_SHEET_JSON,
    BG_SHEET_MD,
    BG_SHEET_LATEX,
    BG_SHEET_CSV, /* what bg_example_grade reads */
    BG_SHEET_DOT, /* for Graphviz: the network with its values after the last update shown */
    BG_SHEET_FORMAT_COUNT
} bg_sheet_format;

typedef struct bg_sheet_options {
    bg_dtype dtype;
    bg_sheet_format format;
    uint64_t steps; /* updates; 0: one where there is a training rule */
    uint64_t row;   /* show this data row alone, from 1; 0: all.  Sums still go over all */
    int digits;     /* significant, 1 to 17; 0: all that the number has */
    bool exact;     /* in fractions: networks of identity and relu units, losses of squares */
    uint64_t first_row; /* what titles and sums call the first row; CSV and JSON count from 0 */
} bg_sheet_options;

/* An example made from a network, data and one rule of gradient descent, for a sheet; nothing is
 * printed in it.  options: objective, lr and ascent are looked at.  BG_E_ARGUMENT: a penalty l1,
 * weighted rows. */
BG_API bg_status bg_example_create(const bg_net *net, const bg_data *data,
                                   const bg_train_options *options, bg_example **example,
                                   bg_error *error);

/* The calculation as a person writes it: formula, numbers put in, result, for every z, a, f',
 * delta, gradient and new parameter, in the source's names where the example has them.  *text goes
 * with bg_free.  BG_E_ARGUMENT: kinds other than trace, a sheet too long, no fractions. */
BG_API bg_status bg_example_sheet(const bg_example *example, const bg_sheet_options *options,
                                  char **text, bg_error *error);

/* What is wrong in a sheet that somebody filled in. */
typedef struct bg_grade {
    size_t numbers, wrong; /* read; that do not follow from the numbers written before them */
    size_t same_kind;      /* of the wrong ones after the first */
    /* The first wrong number in the order of computation; nothing where wrong is 0. */
    uint64_t line;
    char quantity[80];
    int64_t row, step; /* from 0; -1: of all rows */
    double written, right;
    double digits;      /* half a unit of the last digit written */
    char kind[32];      /* of the likely mistake; "": none that is known */
    char sentence[160]; /* that names it */
} bg_grade;

/* Compares a filled-in sheet, CSV as BG_SHEET_CSV writes it (numbers may be rounded or left out),
 * number by number with what follows from those written before.  `file` names it in sentences.
 * BG_E_DATA: with file, line and column. */
BG_API bg_status bg_example_grade(const bg_example *example, const char *file, const char *csv,
                                  size_t size, bg_grade *grade, bg_error *error);

/* ------------------------------------------------------------ sheets, numbers, files --- */

typedef enum bg_format { BG_FORMAT_TEXT, BG_FORMAT_JSON, BG_FORMAT_MD, BG_FORMAT_COUNT } bg_format;

/* The article's single-sample sheet, computed by the engine in dtype; *text goes with bg_free. */
BG_API bg_status bg_article_sheet(bg_dtype dtype, bg_format format, char **text, bg_error *error);

/* The shortest decimal that reads back to the same bits of dtype, C locale, at most 31 characters
 * and a NUL; "nan", "inf", "-inf" where it is none. */
BG_API void bg_number_text(double value, bg_dtype dtype, char text[32]);

/* Reads a whole decimal number, C locale, no white space around; false: it is not one. */
BG_API bool bg_number_parse(const char *text, double *value);

/* A whole file, gzip unpacked, or standard input ("-"): size bytes and a NUL, which go with
 * bg_free.  BG_E_IO, BG_E_DATA: empty or broken gzip. */
BG_API bg_status bg_file_read(const char *path, char **bytes, size_t *size, bg_error *error);

/* Writes a whole file or nothing, as bg_model_save does; "-" is standard output.  BG_E_IO. */
BG_API bg_status bg_file_write(const char *path, const void *bytes, size_t size, bg_error *error);

#ifdef __cplusplus
}
#endif
#endif
