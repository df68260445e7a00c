/* What verbs read. */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include "options.h"

/* Reads a table with the verb's --target and --rows; says what is wrong. */
int table_read(const command *c, const char *path, bg_read_options how, bg_table **table);

/* Reads a model that predicts from raw rows; says what is wrong. */
int model_read(const char *path, bg_model **model);

/* Reads rows for a model and encodes them as it wants, each to count once; says what is wrong.
 * is_truth_table may be NULL. */
int rows_read(const command *c, const char *path, const bg_model *model, bool need_targets,
              bg_data **data, bool *is_truth_table);

/* The same with targets, and weighted as they would be in training: by the column that the model
 * remembers, where they have it. */
int training_rows_read(const command *c, const char *path, const bg_model *model, bg_data **data);

/* What to call a path that is read. */
const char *input_name(const char *path);

/* Reads a whole file or "-": *bytes goes with bg_free, *name is what to call it, borrowed.  Says
 * what is wrong. */
int bytes_read(const char *path, const char **name, char **bytes, size_t *size);

#endif
