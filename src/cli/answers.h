/* A truth table as learned: inputs, target and output of every row, for people. */
#ifndef CLI_ANSWERS_H
#define CLI_ANSWERS_H

#include "text.h"

#define ANSWER_ROWS ((size_t)64) /* more are no table that one reads */

/* Adds the table; says when memory is short. */
int answers_add(text *out, const bg_model *model, const bg_data *data, int threads);

#endif
