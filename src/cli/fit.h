/* What a least-squares method reports beside the loss. */
#ifndef CLI_FIT_H
#define CLI_FIT_H

#include "json.h"
#include "training.h"

/* All of these do nothing for other optimizers.  First comes: fills t->fit, and writes the file of
 * --standard-errors. */
int fit_finish(training *t);

void fit_add_summary(text *out, const training *t); /* "; rank 7 of 7, ..." */
void fit_add_json(json *j, const training *t);      /* "fit": {...} */
int fit_add_notes(training *t);                     /* rank, condition, rss; an exit code */

#endif
