/* Walks over the rows of a data set and adds up what the references and the rounding bound have to
 * say about each chosen derivative. */
#ifndef SHEET_SURVEY_H
#define SHEET_SURVEY_H

#include "sheet/derivative.h"
#include "sheet/rounding.h"

typedef struct survey {
    const reference *r;  /* borrowed */
    const bg_data *data; /* borrowed */
    rounding bound;
    derivative_list *list; /* borrowed; filled in */
    double input_step;     /* of the differences in layer 1, whose inputs may be large; */
    double step;           /* and above */
    quad loss;             /* sum over the rows */
    double noise;          /* of all differences E(+h) - E(-h): what quad precision rounds away */
    rounding_kinks kinks;
    size_t bad_row; /* first row, from 1, whose loss is not finite; 0: none */
} survey;

/* r, data, bound and list are set.  The sums have one order for any thread count.  BG_E_MEMORY. */
bg_status survey_run(survey *s, int threads, bg_error *error);

/* Step of the differences in a derivative of layer l (from 0). */
double survey_step(const survey *s, size_t l);

#endif
