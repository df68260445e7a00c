/* How raw rows become inputs and targets, and what a model file keeps of it. */
#ifndef NET_SCHEMA_H
#define NET_SCHEMA_H

#include "net/table.h"

struct bg_schema {
    bg_task task;
    bg_scaling scaling;
    size_t inputs, outputs,
        target_columns;     /* outputs: classes for BG_CLASSES, else target_columns */
    char **input_name;      /* inputs of them, owned; NULL: the source had no names */
    char **target_name;     /* target_columns of them, owned; NULL: no names */
    char **class_name;      /* outputs of them for BG_CLASSES, owned; else NULL */
    double *offset, *scale; /* inputs each, owned: x' = (x - offset) / scale */
    bool sparse; /* learned from svmlight: an input column that is missing by name is 0 */
};

/* Zeroed arrays for these counts (names allocated only where asked for); for the model reader. */
bg_status schema_create(bg_task task, bg_scaling scaling, size_t inputs, size_t outputs,
                        size_t target_columns, bg_schema **schema, bg_error *error);

#endif
