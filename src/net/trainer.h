/* What a trainer of steps along the gradient owns, in one precision. */
#ifndef NET_TRAINER_H
#define NET_TRAINER_H

#include "net/chunks.h"
#include "net/engine.h"
#include "net/pace.h"
#include "net/pass.h"
#include "net/rates.h"

#define trainer REAL_NAME(trainer)
#define trainer_follow REAL_NAME(trainer_follow)
#define trainer_fault REAL_NAME(trainer_fault)

#define MOST_VECTORS 2

typedef struct trainer {
    pass pass;
    const optimizer_rule *rule;
    optimizer_rates rates;
    real *state[MOST_VECTORS];
    real *good;      /* parameters at the start of the last epoch whose first loss was finite */
    uint32_t *index; /* shuffled row numbers; NULL when all rows are one batch */
    chunk *chunk;
    size_t chunks;
    double *penalty;     /* by chunk, before the update; 0 of biases */
    double *lengths;     /* squared length of the gradient by chunk; NULL: nothing clips it */
    dropout_layer *drop; /* by hidden layer; NULL: nothing is dropped */
    arena memory;        /* owns all of the above but pass */

    pace pace;       /* of steps that there is a team for */
    uint64_t copied; /* net->version that the copies in pass are of */

    /* Of the step under way, written by the leader while nobody else works. */
    pass_rows rows;
    uint64_t last_epoch;
    bool done, diverged;
} trainer;

/* Copies in the pass, of parameters that may have been set since the last run. */
void trainer_follow(trainer *t, const bg_trainer *b);

/* Where it went wrong, while the parameters that did it are still there; then the last good ones
 * are back.  BG_E_DIVERGED. */
bg_status trainer_fault(bg_trainer *b, bg_error *error);

#endif
