/* Class names: which a target column has, their order, and finding one by text or by number. */
#ifndef NET_CLASSES_H
#define NET_CLASSES_H

#include "net/table.h"

/* The names in a table's target column, sorted: by value when all are numbers (equal numbers are
 * one class), else bytewise.  Refused: a single class, an empty name, so many that the column is
 * no class at all.  *names and its texts are the caller's. */
bg_status classes_learn(const bg_table *table, size_t column, char ***names, size_t *count,
                        bg_error *error);
void classes_free(char **names, size_t count);

typedef struct class_entry {
    const char *name; /* borrowed */
    double number;    /* of the name, when it is one */
    bool is_number;
    size_t index; /* in the list that was given */
} class_entry;

/* Two sorted views of one list of names. */
typedef struct class_finder {
    class_entry *by_name;   /* count of them; owned */
    class_entry *by_number; /* numbers of them; owned */
    size_t count, numbers;
} class_finder;

/* names are borrowed until class_finder_close.  False when memory is short. */
bool class_finder_open(class_finder *finder, char *const *names, size_t count);
void class_finder_close(class_finder *finder);

/* Index of a class, or SIZE_MAX.  A text is looked for by name, then as a number; numbers are
 * compared as a table of that dtype holds them. */
size_t class_find_text(const class_finder *finder, const char *text);
size_t class_find_number(const class_finder *finder, double value, bg_dtype dtype);

#endif
