/* One run of `train`: what it holds, and its stages. */
#ifndef CLI_TRAINING_H
#define CLI_TRAINING_H

#include "options.h"

struct journal;
struct curve;

typedef struct training {
    command *c;               /* borrowed */
    bg_model *model;          /* owned; has the network and the schema */
    bg_data *data, *valid;    /* owned; valid may be NULL */
    bool *trained;            /* --valid FRACTION: a flag for each row read, owned; else NULL */
    bg_trainer *trainer;      /* owned */
    struct journal *journal;  /* --log, owned; NULL: none */
    struct curve *curve;      /* --plot, owned; NULL: none */
    bg_train_options options;
    double *dropouts;         /* of options, owned; NULL: none */
    bg_progress progress;
    bg_plan plan;             /* zeroed for an optimizer without steps */
    uint64_t rows;            /* trained on */
    uint64_t first_epoch;     /* epochs before this process */
    double started, seconds;  /* of the loop */
    bg_fit fit;               /* of lm and lstsq; residuals 0: none */
    const char *ending;       /* why the loop ended, NULL while it goes on */
    bool used_up;             /* it ended since all epochs are done */
    bool stopped;             /* by a signal, before any end of its own */
    bg_error divergence;      /* where, after EXIT_DIVERGED */
    const char *checkpoint;   /* borrowed or own_checkpoint; NULL: nowhere to keep one */
    char *own_checkpoint;     /* owned */
    double checkpoint_time;   /* of the last one */
    /* --valid */
    bg_metrics validation;
    /* --patience */
    double best_loss;
    uint64_t best_epoch;
    double *best;             /* parameters as bg_gradient orders them, owned; NULL: none yet */
    bool talks, details;      /* not -q; -v */
    bool summary_aside;       /* on standard error, since something else goes to the output */
} training;

/* Reads, learns, encodes, draws or resumes; on failure says so.  training_close frees anyway. */
int training_open(command *c, training *t);
void training_close(training *t);

/* Reads and encodes the rows, fills in the defaults that depend on them, and checks that the loss
 * fits: the first part of training_open.  *schema is the caller's, made or not. */
int training_read(training *t, bg_schema **schema);

/* The network of the options, with its start weights: the second part.  *net is the caller's. */
int training_net(const command *c, const bg_schema *schema, bg_net **net);

/* Up to the end, a stop or a divergence; says what went wrong, but leaves a divergence to the
 * caller. */
int training_loop(training *t);

/* Draws `share` of the rows for validation by the seed: *trained, the caller's, has a flag for each
 * row, false for those. */
int data_draw(double share, uint64_t seed, size_t rows, bool **trained);

/* Takes the rows without a flag out: *data shrinks, *valid is new. */
int data_split(const bool *trained, bg_data **data, bg_data **valid);

/* The settings in two lines. */
void training_describe(const training *t);

#endif
