/* --weights: how often each row counts. */
#ifndef CLI_WEIGHTS_H
#define CLI_WEIGHTS_H

#include "options.h"

/* The column that the user named; NULL: none. */
const char *weights_column(const command *c);

/* What kind it is: "balanced", "column" or "none". */
const char *weights_kind(const command *c);

/* Weights of rows whose table has the column; others stay without. */
int weights_read(const bg_schema *schema, const bg_table *table, bg_data *data);

/* "weighted " where a row counts more or less than once, else "". */
const char *weights_word(const bg_data *data);

/* --weights balanced, over the rows that are trained on. */
int weights_balance(const command *c, const bg_schema *schema, bg_data *data);

#endif
