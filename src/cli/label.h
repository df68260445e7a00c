/* Names from a file in tables for people: one line each, and cut where room is short. */
#ifndef CLI_LABEL_H
#define CLI_LABEL_H

#include "text.h"

/* Columns that a line of a table may take: the terminal's, or 100. */
size_t label_line(void);

/* Names as they can stand in a line, without control characters. */
typedef struct labels {
    size_t count, longest; /* in columns */
    size_t number;         /* columns of a number before each name; 0: there is none */
    char **name;           /* owned */
} labels;

/* Of the outputs; those without a name are "output1", ...  Says when memory is short. */
int labels_open(const bg_schema *schema, labels *l);
void labels_close(labels *l);

/* With numbers, from 1: names that are cut could look alike. */
void labels_number(labels *l);

/* Columns of the whole label, number included, of name i, or of the longest. */
size_t label_columns(const labels *l, size_t i);
size_t labels_longest(const labels *l);

/* The label in `width` columns, without its middle where that is too few. */
void label_add(text *out, const labels *l, size_t i, size_t width, bool right);

#endif
