/* What rounding in the engine may do to a derivative: a bound that follows every operation of the
 * forward and backward pass with its worst case, in the spirit of N. J. Higham, "Accuracy and
 * Stability of Numerical Algorithms" (2002), chapter 3, where n operations in any order cost
 * n u / (1 - n u).  Computed in double, by a pass of its own over magnitudes. */
#ifndef SHEET_ROUNDING_H
#define SHEET_ROUNDING_H

#include "sheet/reference.h"

/* A unit of one row.  Errors are absolute bounds. */
typedef struct rounding_unit {
    double z_error;
    double a, a_error;
    double slope, slope_error;
    double jump;               /* of f', where z may be on either side of a kink; else 0 */
    double delta, delta_error; /* dE/dz, times 1/m for a mean */
    double kink;               /* what kinks above and here may add to delta, beside the error */
    double terms;              /* delta as the sum of the sizes of all that is added up in it */
} rounding_unit;

/* dE/da on its way back, by the same names. */
typedef struct rounding_pull {
    double value, error, kink, terms;
} rounding_pull;

/* Units and residuals at kinks. */
typedef struct rounding_kinks {
    uint64_t near,
        exact; /* side unknown because of rounding; 0 for certain: the convention holds */
} rounding_kinks;

typedef struct rounding {
    const reference *r; /* borrowed */
    double u;           /* unit roundoff of the engine's precision */
    double least;       /* its smallest normal number: below, all is 0 */
    double share;       /* 1/m or 1 */
} rounding;

rounding rounding_start(const reference *r, bg_dtype dtype, size_t rows);

/* n operations: n u / (1 - n u), infinite where that is no bound. */
double rounding_growth(const rounding *c, double operations);

/* Fills r->units units, those of layer 0 first, from a row's numbers.  room: r->widest. */
void rounding_row(const rounding *c, const quad *row, rounding_unit *units, rounding_pull *room,
                  rounding_kinks *kinks);

#endif
