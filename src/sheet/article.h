/* The numbers of "How Does Back-Propagation in Artificial Neural Networks Work?": a 2-3-1 network
 * of identity units, all weights 1, one step at rate 0.1 on the sample {0,0} with target 0. */
#ifndef SHEET_ARTICLE_H
#define SHEET_ARTICLE_H

#include "sheet/text.h"

#include "backgemm.h"

/* Nothing but doubles, so that a row of the sheet names its number by an index. */
typedef struct article_column {
    double x[3];         /* X0 = 1 (bias unit), X1, X2 */
    double y;            /* target */
    double z[4];         /* of Z1, Z2, Z3, D0 */
    double unit[5];      /* Z0 = 1 (bias unit), Z1, Z2, Z3, D0 */
    double loss;
    double delta[5];     /* of Z0, Z1, Z2, Z3, D0 */
    /* As bg_gradient orders them: W11 W12 W21 W22 W31 W32, W10 W20 W30, V01 V02 V03, V00. */
    double gradient[13];
    double fresh[13]; /* new values */
} article_column;

typedef struct article {
    bg_dtype dtype;
    article_column formula; /* delta = y - yhat, W - alpha Z delta */
    article_column descent; /* gradient descent on (y - yhat)^2 / 2 */
    double loss_before, loss_after_formula, loss_after_descent; /* (y - yhat)^2 / 2 of the sample */
    double fit[3];         /* least squares over the four rows of XOR: w1, w2, bias */
    double fit_outputs[4]; /* its answers to {0,0}, {0,1}, {1,0}, {1,1} */
} article;

#define ARTICLE_ALPHA 0.1

/* The sheet in one format; t is the caller's, empty. */
typedef void (*article_writer)(const article *sheet, text *t);
void article_write_text(const article *sheet, text *t);
void article_write_json(const article *sheet, text *t);
void article_write_md(const article *sheet, text *t);

#endif
