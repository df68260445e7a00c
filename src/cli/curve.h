/* train --plot: losses and accuracy by epoch, as a picture. */
#ifndef CLI_CURVE_H
#define CLI_CURVE_H

#include "training.h"

typedef struct curve curve;

/* path is borrowed until curve_close; says what went wrong. */
int curve_open(const char *path, curve **made);

/* The epoch that has just ended. */
void curve_add(curve *k, const training *t);

/* Draws what there is, or says that there is nothing; says what went wrong; takes NULL. */
int curve_close(curve *k, const training *t);

#endif
