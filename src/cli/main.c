/* backgemm VERB ...: finds the verb, reads its options, runs it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "help.h"
#include "talk.h"
#include "verbs.h"
#include "words.h"

const verb verb_table[VERB_COUNT] = {
    [VERB_TRAIN] =
        {"train", "DATA -o MODEL", "trains a network and writes the model",
         "Trains a multi-layer perceptron on the rows of DATA, writes MODEL, and ends with a "
         "summary line.  The first SIGINT or SIGTERM finishes the step and keeps the state of the "
         "run; "
         "--resume goes on from it.",
         1, 1, train_run},
    [VERB_PREDICT] =
        {"predict", "MODEL DATA", "raw rows in, one CSV row of predictions for each",
         "Applies MODEL to raw rows, with or without their target columns.  Classes come out as "
         "their names, everything else as the outputs of the network.",
         2, 2, predict_run},
    [VERB_EVAL] =
        {"eval", "MODEL DATA", "loss and the metrics that fit the task",
         "Compares the predictions of MODEL with the targets in DATA: loss; for classes accuracy, "
         "confusion matrix, precision, recall and F1; for bits accuracy (a row counts when every "
         "output is on the right side of 1/2); for regression rmse and r2, by target if there are "
         "several.  Every row counts once, whatever its weight was in training.",
         2, 2, eval_run},
    [VERB_INFO] =
        {"info", "MODEL", "all that a model file knows",
         "Prints what MODEL holds: network, scaling, names, and the command that made it; or its "
         "weights.",
         1, 1, info_run},
    [VERB_PLAN] =
        {"plan", "[DATA]", "what training would do: engines, tiles, work, memory, and why",
         "Prints how a step would be carried out, without training: for DATA under the options of "
         "train (train --dry-run prints the same), or, without DATA, for --layers with all widths, "
         "inputs first, and --rows N.",
         0, 1, plan_run},
    [VERB_TRACE] =
        {"trace", "[FILE.json | DATA]", "the worked sheet of one or more updates",
         "Writes out every z, a, f', delta, gradient and new weight as a person would: formula, "
         "numbers put in, result.  FILE.json is a worked example (docs/worked-example.md), with "
         "the names that its source gives.  DATA is any data, with the network that train would "
         "start from.  Without both: the article's sheet, as printed there, by its formulas, and "
         "by gradient descent.",
         0, 1, trace_run},
    [VERB_COMPARE] =
        {"compare", "TRACE.npz", "a run recorded in another framework, step by step beside ours",
         "Takes every step of a recorded training run again: loss and gradient at the recorded "
         "weights, new weights from the recorded gradients.  Names the first step and number that "
         "differ, and the convention that would explain it, such as mean or sum, a factor 1/2, "
         "Nesterov's form, the place of Adam's epsilon; ends with exit code 5 then.  "
         "scripts/record_pytorch_trace.py records PyTorch runs; docs/trace-format.md is the "
         "format.",
         1, 1, compare_run},
    [VERB_BENCH] =
        {"bench", "[NAME...]", "how fast training is on this machine",
         "Times training steps of the workloads xor4, xor4M, parity16, mnist, wide, mini (default: "
         "all), or of a network of one's own: --layers has all widths, inputs first, and "
         "activations, loss and optimizer go with it.  Lists of batches, threads and precisions "
         "make a grid.  Loss and gradient are checked first; lines are then timed in turns, beside "
         "the FMA peak and the bare GEMM calls.  Every line comes with the command that repeats "
         "it.",
         0, MOST_OPERANDS, bench_run},
    [VERB_DOCTOR] =
        {"doctor", "", "what slows this machine down, and the fix for each finding",
         "Looks at the BLAS and its threads, at the kernels it runs against what the processor can "
         "do, at quota, affinity and locale.  Says what should be changed, with one fix for each "
         "finding, and ends with exit code 5; silent, and 0, when all is well.",
         0, 0, doctor_run},
    [VERB_STABILITY] =
        {"stability", "MODEL DATA", "the largest stable learning rate of gradient descent",
         "Finds the largest eigenvalue lambda_max of the Hessian of MODEL's objective on DATA: all "
         "eigenvalues up to 1000 parameters, Lanczos beyond.  Gradient descent on all rows is "
         "stable for learning rates below 2/lambda_max.  Says what that means where MODEL is no "
         "minimum.",
         2, 2, stability_run},
    [VERB_VERIFY] =
        {"verify", "FILE...", "worked examples: printed numbers against the engine",
         "Recomputes every printed number of the worked examples in FILE (docs/worked-example.md "
         "has the format) and judges it by its printed digits: agrees, truncated, off in the last "
         "digit, erratum (the source is wrong, the right value is shown), fails.  Ends with 5 "
         "when a number does not behave as the file says.",
         1, MOST_OPERANDS, verify_run},
    [VERB_GRADE] =
        {"grade", "SHEET.csv --against FILE.json", "the first wrong number of a sheet, and why",
         "Looks through a sheet that somebody filled in (CSV: quantity, row, step, value, as trace "
         "--format csv writes it; numbers may be rounded or left out) for the worked example in "
         "FILE.json.  Names the first number that does not follow from those before it, and the "
         "likely mistake.  What comes after is checked with the numbers as written, so one slip "
         "counts once.  Ends with 5 when something is wrong.",
         1, 1, grade_run},
    [VERB_CHECK] =
        {"check", "[[MODEL] DATA]", "gradient certificate: every partial derivative, verified",
         "Holds every partial derivative of the loss against two references that share no code "
         "with the engine, dual numbers and central differences in quad precision, and the update "
         "of a training step against the first.  A derivative passes within what rounding in the "
         "engine can explain.  With DATA alone, the network is that of train's options before "
         "training; with none, small networks of every activation, loss, reduction and precision "
         "are checked.  Exit code 5 when a derivative fails.",
         0, 2, check_run},
};

/* What else may stand in the place of a verb. */
static const char *const other_words[] = {"help", "--help", "--version", "--man"};

static const char *word_at(const void *context, size_t i)
{
    (void)context;
    if (i < VERB_COUNT)
        return verb_table[i].name;
    i -= VERB_COUNT;
    return i < sizeof other_words / sizeof *other_words ? other_words[i] : NULL;
}

static const verb *find_verb(const char *name)
{
    for (const verb *v = verb_table; v < verb_table + VERB_COUNT; v++)
        if (strcmp(v->name, name) == 0)
            return v;
    return NULL;
}

static int complain_verb(const char *name)
{
    const char *nearest = nearest_word(name, word_at, NULL);
    return complain(EXIT_USAGE, "unknown verb \"%s\"; %s%s", name,
                    nearest ? "the nearest is " : "see backgemm --help", nearest ? nearest : "");
}

static int print_version(int argc, char **argv)
{
    (void)argc, (void)argv;
    text out = text_open(NULL);
    text_format(&out, "backgemm %s\n", bg_version());
    return text_close(&out);
}

static int print_man(int argc, char **argv)
{
    (void)argc, (void)argv;
    text out = text_open(NULL);
    help_man(&out);
    return text_close(&out);
}

static int print_help(int argc, char **argv)
{
    const verb *v = argc > 2 ? find_verb(argv[2]) : NULL;
    if (argc > 2 && !v)
        return complain_verb(argv[2]);
    text out = text_open(NULL);
    if (v)
        help_verb(&out, v);
    else
        help_overview(&out);
    return text_close(&out);
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} others[] = {
    {"help", print_help},         {"--help", print_help}, {"-h", print_help},
    {"--version", print_version}, {"-V", print_version},  {"--man", print_man},
};

/* A closed standard stream would be given to the next file that is opened.  /dev/null holds its
 * place, open the wrong way round for input and output, so that using them still fails. */
static void reserve_streams(void)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
            continue;
        int got = open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY);
        if (got >= 0 && got != fd) {
            dup2(got, fd);
            close(got);
        }
    }
}

static int run_verb(const verb *v, int argc, char **argv)
{
    command c;
    int code = options_parse(v, argc, argv, &c);
    if (code != EXIT_DONE || !c.value[OPT_HELP].flag) {
        code = code == EXIT_DONE ? v->run(&c) : code;
        config_close(&c);
        return code;
    }
    text out = text_open(NULL);
    help_verb(&out, v);
    return text_close(&out);
}

int main(int argc, char **argv)
{
    reserve_streams();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an exit code, not a way to die; */
    signal(SIGXFSZ, SIG_IGN); /* so is a file that outgrows what the shell allows */
    if (argc < 2)
        return complain(EXIT_USAGE, "usage: backgemm VERB ...; see backgemm --help");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(argv[1], others[i].name) == 0)
            return others[i].run(argc, argv);
    const verb *v = find_verb(argv[1]);
    return v ? run_verb(v, argc, argv) : complain_verb(argv[1]);
}
