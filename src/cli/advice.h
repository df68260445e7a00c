/* Lines of talk about runs that do what was asked and yet not what was meant. */
#ifndef CLI_ADVICE_H
#define CLI_ADVICE_H

#include "training.h"

/* Before training: number targets that may be meant as classes, or are far from where a network
 * starts. */
void advice_before(const training *t);

/* After it: least squares and L-BFGS that have not converged, or to no more than a constant. */
void advice_after(const training *t);

#endif
