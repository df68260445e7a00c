/* Certified least-squares optima: kind `certified`. */
#ifndef SHEET_FIT_H
#define SHEET_FIT_H

#include "sheet/example.h"

typedef struct fit {
    const bg_example *example; /* borrowed */
    double *parameters;        /* of the optimum, ordered as bg_gradient has them; owned */
    double *deviation;         /* standard deviation of each, 0 where fixed; owned */
    double rss;                /* residual sum of squares */
    double residual_sd;        /* sqrt(rss / (n - p)), NaN where n <= p */
} fit;

/* BG_E_NUMERIC: no optimum found. */
bg_status fit_open(fit *f, const bg_example *example, bg_error *error);
void fit_close(fit *f);

/* W, b, rss, residual_sd or sd(P). */
double fit_value(const fit *f, const quantity *q);

#endif
