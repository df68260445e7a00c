/* A table of raw rows, as a file or a truth table holds it: what io/ makes and the schema reads. */
#ifndef NET_TABLE_H
#define NET_TABLE_H

#include "backgemm.h"

typedef struct table_column {
    char *name;    /* owned, NULL where the source has no names */
    bool text;     /* cells are text: values are indexes into labels */
    char **labels; /* the different texts in order of first sight; owned, label_count of them */
    size_t label_count;
    size_t *slots; /* hash of labels: index + 1, 0 is free; slot_count (a power of two) of them,
                      owned */
    size_t slot_count;
    /* First cell of a number column that is no finite number (its value is then 0), or of a text
     * column that is empty or not UTF-8: the whole sentence with its place, owned, NULL when all is
     * well; reported when the column is used. */
    char *fault;
    uint64_t fault_line, fault_column; /* 0 where the source has no lines */
    uint64_t first_line, first_column; /* of the cell that made the column one of text; or 0 */
} table_column;

struct bg_table {
    char *source;         /* as the user named it, for sentences; owned */
    size_t rows, columns; /* both >= 1 after a successful read */
    size_t file_rows;     /* of the source, before a range of rows was kept */
    bg_dtype dtype;       /* of values: BG_F32 where that is exact (bytes, f4), else BG_F64 */
    void *values;         /* rows x columns, row-major, packed; owned */
    table_column *column; /* columns of them; owned */
    bool named;           /* columns have names */
    bool names_guessed;   /* they are numbers that may have been data */
    size_t *target;       /* target columns in their order; owned, target_count of them, may be 0 */
    size_t target_count;
    bool target_asked; /* the user or the format named the targets (false: the last column, by
                          default) */
    bool weighted;     /* the user named a column of weights */
    size_t weights;    /* which, where weighted */
    int task;          /* what the format says its targets are: a bg_task, or -1 */
    bool truth_table;  /* built in */
    bool one_unit;     /* all inputs share one unit (pixels): one scaling for all */
    bool sparse;       /* svmlight: a column that is not there is 0 */
};

/* Zeroed values and columns; sizes checked against overflow and the memory there is. */
bg_status table_create(const char *source, size_t rows, size_t columns, bg_dtype dtype,
                       bg_table **table, bg_error *error);
double table_value(const bg_table *table, size_t row, size_t column);
void table_set(bg_table *table, size_t row, size_t column, double value);

/* Resolves a target word (see bg_read_options) against names and column count into table->target.
 * BG_E_ARGUMENT: a word that is neither. */
bg_status table_select_targets(bg_table *table, const char *words, bg_error *error);

/* Resolves the word for the column of weights; a target by default that would be this column is the
 * last of the others.  BG_E_ARGUMENT: no such column, or the user's own target. */
bg_status table_select_weights(bg_table *table, const char *word, bg_error *error);

/* Makes the last column the target, by default. */
void table_target_last(bg_table *table);

/* Remembers the first bad cell of a column (later ones are passed over): what was expected at this
 * place (line 0: the source has no lines), e.g. "expected a number, found \"n/a\"".  False when
 * memory is short. */
bool table_fault(bg_table *table, size_t column, uint64_t line, uint64_t line_column,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Index in column->labels of this text (length bytes), added when new; SIZE_MAX when memory is
 * short. */
size_t table_label(table_column *column, const char *text, size_t length);

#endif
