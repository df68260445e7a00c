/* Which classes a model takes for which. */
#ifndef CLI_CONFUSION_H
#define CLI_CONFUSION_H

#include "json.h"

typedef struct confusion {
    size_t classes;         /* 0: there is none */
    uint64_t *count;        /* classes x classes, [true][predicted], owned */
    const bg_schema *names; /* borrowed */
} confusion;

/* All counts 0; none for too many classes.  Says when memory is short. */
int confusion_open(const bg_schema *schema, confusion *c);
void confusion_close(confusion *c);

/* The matrix, or beyond a few classes the pairs that are confused most; precision, recall and F1 of
 * each class.  rows: all that were evaluated.  An exit code. */
int confusion_add_text(text *out, const confusion *c, size_t rows);
void confusion_add_json(json *j, const confusion *c); /* "confusion" and "classes" */

#endif
