/* What a model file says of the run that made it. */
#ifndef CLI_NOTES_H
#define CLI_NOTES_H

#include "training.h"

/* Command, settings and progress into the model's notes; says what went wrong. */
int notes_write(training *t);

/* Refuses a file whose run had other settings or data. */
int notes_compare(const char *path, const bg_model *from, const training *t);

/* "FILE is of another run: its WHAT is THERE, here it is HERE"; an exit code. */
int complain_other(const char *path, const char *what, const char *there, const char *here);

/* False: no such note, or no number. */
bool note_count(const bg_model *from, const char *key, uint64_t *count);
bool note_number(const bg_model *from, const char *key, double *value);

#endif
