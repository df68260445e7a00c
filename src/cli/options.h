/* Verbs and options: one table each, from which parser, defaults, help and man page come. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backgemm.h"

typedef enum verb_id {
    VERB_TRAIN, VERB_PREDICT, VERB_EVAL, VERB_INFO, VERB_PLAN, VERB_TRACE, VERB_VERIFY, VERB_GRADE,
    VERB_COMPARE, VERB_BENCH, VERB_DOCTOR, VERB_CHECK, VERB_STABILITY, VERB_COUNT
} verb_id;

/* In the order of the help, and of the defaults: a default may look at earlier options. */
typedef enum option_id {
    OPT_MODEL, OPT_OUT, OPT_TARGET, OPT_ROWS, OPT_HEADER, OPT_DATA_HEADER, OPT_WEIGHTS, OPT_TASK,
    OPT_SCALE,
    OPT_LAYERS, OPT_ACTIVATION, OPT_OUTPUT_ACTIVATION, OPT_LOSS, OPT_REDUCTION, OPT_L2, OPT_L1,
    OPT_INIT,
    OPT_OPTIMIZER, OPT_LR, OPT_MOMENTUM, OPT_BETA1, OPT_BETA2, OPT_EPSILON, OPT_ALPHA,
    OPT_WEIGHT_DECAY, OPT_SCHEDULE, OPT_WARMUP, OPT_STEP_SIZE, OPT_GAMMA, OPT_T_MAX, OPT_ETA_MIN,
    OPT_CLIP, OPT_DROPOUT, OPT_UPDATE_SIGN,
    OPT_EPOCHS, OPT_BATCH, OPT_SEED, OPT_PRECISION, OPT_THREADS,
    OPT_VALID, OPT_PATIENCE, OPT_STOP_LOSS, OPT_MAX_TIME, OPT_LOG, OPT_PLOT, OPT_ERRORS,
    OPT_CHECKPOINT, OPT_RESUME, OPT_CONFIG,
    OPT_DRY_RUN, OPT_MEASURE, OPT_WISDOM, OPT_SAMPLE, OPT_DIFFERENCES,
    OPT_TOLERANCE,
    OPT_BATCH_LIST, OPT_THREADS_LIST, OPT_PRECISION_LIST, OPT_SECONDS, OPT_VS, OPT_BENCH_FORMAT,
    OPT_CSV, OPT_BENCH_PLOT,
    OPT_PROBA, OPT_OUT_HEADER, OPT_FORMAT, OPT_SHOWN, OPT_JSON, OPT_QUIET, OPT_VERBOSE,
    OPT_EACH_STEP, OPT_LOOK, OPT_FINDINGS, OPT_STEPS, OPT_ROW, OPT_DIGITS, OPT_EXACT, OPT_AGAINST,
    OPT_HELP, OPT_COUNT
} option_id;

typedef union option_value {
    bool flag;
    double number;
    uint64_t count;
    int choice;
    const char *text; /* borrowed from argv or the table */
} option_value;

struct verb;

#define MOST_OPERANDS 1024

/* A command line as read. */
typedef struct command {
    const struct verb *verb;
    option_value value[OPT_COUNT];
    bool given[OPT_COUNT];   /* by the user */
    const char *operand[MOST_OPERANDS]; /* borrowed */
    size_t operands;
    int argc;                /* the whole line, borrowed; with --config, that which says the same */
    char **argv;
    size_t line[OPT_COUNT], column[OPT_COUNT]; /* in the file of --config, from 1; else 0 */
    char **words;  /* argv where --config made it, owned; NULL: it did not */
    int from_file; /* words that it made, from argv[2] on; owned */
} command;

typedef struct verb {
    const char *name, *operands, *summary;
    const char *detail; /* a paragraph for help and man page */
    size_t least_operands, most_operands;
    int (*run)(command *c);
} verb;

extern const verb verb_table[VERB_COUNT];

/* What a default may depend on; zeroed where a verb reads no data before it runs. */
typedef struct facts {
    bool truth_table;
    bg_task task;
    size_t rows;
} facts;

typedef struct condition {
    const char *words; /* "for truth tables", for the help */
    bool (*holds)(const command *c, const facts *f);
} condition;

/* The first rule that holds gives the default, read by the same parser as the command line. */
typedef struct default_rule {
    const char *value;
    const condition *when; /* NULL: always */
} default_rule;

#define DEFAULT_RULES 6

typedef enum option_kind {
    KIND_FLAG, KIND_TEXT, KIND_NUMBER, KIND_COUNT, KIND_CHOICE
} option_kind;

typedef struct option {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* NULL for flags */
    option_kind kind;
    unsigned verbs;       /* bits 1 << verb_id */
    /* KIND_NUMBER: low..high, its ends in or out. */
    double low, high;
    bool low_out, high_out;
    /* KIND_COUNT: least..most. */
    uint64_t least, most;
    const char *word; /* of a number or a count: means 0; NULL: none */
    /* KIND_CHOICE: a bg_kind, or BG_KIND_COUNT and NULL-terminated words of our own. */
    bg_kind names;
    const char *const *words;
    /* KIND_TEXT: checks the form early, says for the verb `who` what is wrong, and returns an exit
     * code.  NULL: anything but an empty text goes. */
    int (*check)(const char *who, const char *text);
    const char *unit; /* or form; NULL: none */
    default_rule defaults[DEFAULT_RULES]; /* up to the first without a value */
    const char *absent; /* what happens without the option, where there is no default value */
    const condition *only; /* refused unless this holds; NULL: always of use */
    option_id only_of;     /* the choice that `only` looks at; 0: the optimizer */
    const char *help;
} option;

extern const option option_table[OPT_COUNT];

/* Has the verb this option? */
bool option_offered(const option *o, const verb *v);

/* Word i of a choice, NULL past the end. */
const char *option_word(const option *o, size_t i);

/* How a number stands in its interval, low < X: its argument without the word. */
const char *option_letter(const option *o);

/* The option of this verb whose name is the first `length` bytes, or NULL. */
const option *option_find(const verb *v, const char *name, size_t length);

/* The option of this verb that somebody probably meant, or NULL. */
const char *option_nearest(const verb *v, const char *name);

/* A value from its text, which it may borrow.  Says for `who` what is wrong; an exit code. */
int option_read(const char *who, const option *o, const char *text, option_value *value);

/* The same into the command, as given by the user. */
int option_assign(command *c, const option *o, const char *text);

/* Has the user given it, or what it excludes? */
bool option_decided(const command *c, option_id id);

/* Words of a command line that a long option takes up from `word` on: 0, it is another, 1 or 2. */
int option_span(option_id id, const char *word);

#define OPTION_WHO 512

/* Who complains of an option: the verb, or "VERB: FILE:LINE:COLUMN" of --config. */
const char *option_who(const command *c, option_id id, char who[OPTION_WHO]);

/* Refuses what of these the user gave: "--NAME why". */
int options_refuse(const command *c, const option_id *ids, size_t count, const char *why);
#define OPTIONS_REFUSE(c, ids, why) options_refuse(c, ids, sizeof(ids) / sizeof *(ids), why)

/* Options and operands after the verb.  Says what is wrong; returns an exit code. */
int options_parse(const verb *v, int argc, char **argv, command *c);

/* Fills in what was not given. */
void options_default(command *c, const facts *f);

/* Options that would have no effect beside the others, after options_default.  Says which; returns
 * an exit code. */
int options_agree(const command *c, const facts *f);

/* "A:B", "A:", ":B" or "N" (1:N) into first and last, 0 where open; false: it is none. */
bool rows_parse(const char *text, uint64_t *first, uint64_t *last);

/* A whole number without sign; false: it is none. */
bool count_parse(const char *text, size_t length, uint64_t *count);

#endif
