/* Which columns are targets, or which second file holds them. */
#ifndef IO_TARGET_H
#define IO_TARGET_H

#include "net/table.h"

/* Applies options->target to a table; without one the table keeps what its reader said.  *file is
 * true when the word is no column but names a file: the table then has no targets yet. */
bg_status target_choose(bg_table *table, const bg_read_options *options, bool *file,
                        bg_error *error);

/* Applies options->weights, once the targets are known. */
bg_status target_weigh(bg_table *table, const bg_read_options *options, bg_error *error);

/* A new table: the columns of `inputs`, then those of `targets`, which are its targets.  Text moves
 * from the two tables to the new one.  BG_E_DATA: they differ in their rows. */
bg_status target_append(bg_table *inputs, bg_table *targets, bg_table **table, bg_error *error);

/* Makes the target columns text: the names are the numbers as written by bg_number_text. */
bg_status target_classify(bg_table *table, bg_error *error);

#endif
