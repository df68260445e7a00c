/* A worked example in memory: what docs/worked-example.md describes. */
#ifndef SHEET_EXAMPLE_H
#define SHEET_EXAMPLE_H

#include <jansson.h>

#include "backgemm.h"
#include "sheet/quantity.h"

typedef enum example_kind { EXAMPLE_TRACE, EXAMPLE_OPTIMIZER, EXAMPLE_CERTIFIED } example_kind;

/* A bg_loss, or one of these. */
enum {
    EXAMPLE_DIFFERENCE = BG_LOSS_COUNT, /* value sum (t - a), derivatives of half_sse */
    EXAMPLE_OUTPUT,                     /* a[L][0], no targets */
    EXAMPLE_NO_LOSS
};

typedef enum example_rule {
    EXAMPLE_NO_RULE,
    EXAMPLE_GD,
    EXAMPLE_MOMENTUM,
    EXAMPLE_RMSPROP,
    EXAMPLE_ADAM,
    EXAMPLE_LEAST_SQUARES,
    EXAMPLE_LEVENBERG_MARQUARDT
} example_rule;

typedef enum example_status {
    EXAMPLE_OK,
    EXAMPLE_TRUNCATED,
    EXAMPLE_LAST_DIGIT,
    EXAMPLE_ERRATUM
} example_status;

/* One row of `expect`; texts are borrowed from the JSON tree, NULL where there is none. */
typedef struct example_row {
    quantity quantity;
    const char *text; /* of the quantity */
    const char *printed, *label, *corrected, *note;
    example_status status;
    size_t row, step, digits;
    bool has_row, has_step;
} example_row;

/* One update of a parameter vector. */
typedef struct example_update {
    size_t count;
    double *w, *dw;   /* count; owned */
    double *state[2]; /* before the step: v of momentum, cache of rmsprop, m and v of adam; owned */
    size_t steps_made; /* adam's t */
    double momentum, decay, beta1, beta2, epsilon;
} example_update;

struct bg_example {
    char *file, *text; /* what it was read from, for places in sentences; owned */
    json_t *root;      /* owned; NULL: made from a network and data */
    const char *name, *title, *source;
    example_kind kind;

    /* kinds trace and certified */
    size_t layers;              /* L */
    size_t *widths;             /* n[0..L]; owned */
    bg_activation *activations; /* f[1..L] at [0..L-1]; owned */
    size_t parameters;          /* of a network with biases */
    double *start;              /* parameters, ordered as bg_gradient has them; owned */
    bool has_biases;            /* false: they are 0 and stay so */
    size_t rows;
    double *inputs, *targets; /* rows x n0, rows x nL; owned; targets NULL: none */
    int loss;                 /* a bg_loss or one of the above */
    bg_reduction reduction;
    double l2;
    bool minus_delta; /* delta is -dE/dz */
    bool ascent;

    example_rule rule;
    double learning_rate;
    bool sequential, update_biases, online; /* rule gd of a network */
    example_update update;                  /* kind optimizer */
    double *starts;                         /* levenberg_marquardt: start_count x parameters */
    size_t start_count;
    bool *fixed; /* a flag for each parameter, NULL: none is; owned */

    example_row *expect; /* owned */
    size_t expectations;
};

/* Place of parameter W[l][j][i] or b[l][j] (layer from 1) among the parameters. */
size_t example_weight(const bg_example *e, size_t l, size_t j, size_t i);
size_t example_bias(const bg_example *e, size_t l, size_t j);

#endif
