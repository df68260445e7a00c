/* The names of numbers in worked examples and sheets: "z[1][0]", "dW[2][0][1]", "loss". */
#ifndef SHEET_QUANTITY_H
#define SHEET_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>

typedef enum quantity_id {
    QUANTITY_Z,
    QUANTITY_A,
    QUANTITY_ERROR,
    QUANTITY_LOSS,
    QUANTITY_LOSS_TERM, /* loss[j] */
    QUANTITY_DELTA,
    QUANTITY_DELTA_BIAS,
    QUANTITY_DEDA,
    QUANTITY_DEDX,
    QUANTITY_FPRIME,
    QUANTITY_DW,
    QUANTITY_DB,
    QUANTITY_W,
    QUANTITY_B,
    QUANTITY_MEAN_ABS_ERROR,
    QUANTITY_RSS,
    QUANTITY_RESIDUAL_SD,
    QUANTITY_SD,     /* of the parameter W or b that the indexes name */
    QUANTITY_TARGET, /* t[j]: in sheets only */
    QUANTITY_STATE,  /* w[i], v[i], m[i], cache[i] of an optimizer: see `word` */
    QUANTITY_COUNT
} quantity_id;

typedef struct quantity {
    quantity_id id;
    const char *word; /* as the grammar writes it, static */
    size_t index[3];  /* those that it has, in order: layer, unit, input */
    bool of_bias;     /* QUANTITY_SD: of b, not of W */
} quantity;

/* Reads the whole text; false: the grammar has no such quantity. */
bool quantity_parse(const char *text, quantity *q);

/* The grammar's text, at most 79 characters and a NUL. */
void quantity_write(const quantity *q, char text[80]);

size_t quantity_indexes(const quantity *q);

/* The quantity of an id that has one word. */
quantity quantity_of(quantity_id id, size_t i0, size_t i1, size_t i2);

/* Is it one row's: z, a, error, loss[j], delta, delta_bias, dEda, dEdx, fprime.  loss, dW and db
 * are either. */
bool quantity_of_row(quantity_id id);

/* Does it need a loss? */
bool quantity_needs_loss(quantity_id id);

#endif
