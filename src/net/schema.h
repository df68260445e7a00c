/* How raw rows become inputs and targets, and what a model file keeps of it. */
#ifndef NET_SCHEMA_H
#define NET_SCHEMA_H

#include "net/table.h"

struct bg_schema {
    bg_task task;
    bg_scaling scaling;
    size_t inputs;
    size_t outputs;         /* classes for BG_CLASSES, else target_columns */
    size_t target_columns;  /* 1 for BG_CLASSES, or one 0/1 column for each class */
    char **input_name;      /* inputs of them, owned; NULL: the source had no names */
    char **target_name;     /* target_columns of them, owned; NULL: no names */
    char **class_name;      /* outputs of them for BG_CLASSES, owned; else NULL */
    double *offset, *scale; /* inputs each, owned: x' = (x - offset) / scale */
    size_t *target_place;   /* of the target columns in the table that it was learned from, from 0,
                               target_columns of them, owned; NULL: the last, weights set aside */
    bool weighted;          /* the table that it was learned from had a column of weights */
    size_t weights;         /* its place there, from 0 */
    char *weights_name;     /* owned; NULL: no name */
    bool sparse; /* learned from svmlight: an input column that is missing by name is 0 */
};

/* A schema without names, offsets 0 and scales 1; for learning and for the model reader.
 * Arrays of names are then set by the caller and belong to the schema. */
bg_status schema_create(bg_task task, bg_scaling scaling, size_t inputs, size_t outputs,
                        size_t target_columns, bg_schema **schema, bg_error *error);

/* Sets schema->offset and scale from the table's columns column[0..inputs-1], of the rows
 * whose flag in `rows` is true (NULL: all).  BG_E_ARGUMENT: no row. */
bg_status schema_learn_scaling(bg_schema *schema, const bg_table *table, const size_t *column,
                               const bool *rows, bg_error *error);

/* For sentences: `column "x"` or `column 3`, in the caller's buffer. */
#define COLUMN_LABEL 96
const char *column_label(const bg_table *table, size_t column, char label[COLUMN_LABEL]);

/* BG_E_DATA when the column holds a cell that cannot be used, or is text where numbers are needed;
 * role is "input" or "target". */
bg_status column_check(const bg_table *table, size_t column, const char *role, bool may_be_text,
                       bg_error *error);

/* Whether a column is among the table's targets, for every column: `columns` flags, the caller's;
 * NULL when memory is short. */
bool *table_target_flags(const bg_table *table);

/* The column of weights that the table has, by what its reader was told or by what the schema
 * remembers: by name where both have names, else in a table of as many columns as it was learned
 * from.  SIZE_MAX: none. */
size_t schema_find_weights(const bg_schema *schema, const bg_table *table);

/* The place of a target column among those that are no weights, from 0, in a table without names
 * that holds all columns. */
size_t schema_target_place(const bg_schema *schema, size_t target);

/* The place, of inputs + 1 columns, of weights in a table without targets. */
size_t schema_weights_place(const bg_schema *schema);

/* A cell of a 0/1 target column, which may have been read as text.  BG_E_DATA: it is neither. */
bg_status cell_read_bit(const bg_table *table, size_t row, size_t column, double *bit,
                        bg_error *error);

#endif
