/* The limited-memory method of Broyden, Fletcher, Goldfarb and Shanno, one iteration at a time; by
 * the team of its pass where pass_lead has called. */
#ifndef NET_LBFGS_H
#define NET_LBFGS_H

#include "net/chunks.h"
#include "net/pass.h"
#include "net/wolfe.h"

#define lbfgs REAL_NAME(lbfgs)
#define lbfgs_measure REAL_NAME(lbfgs_measure)
#define lbfgs_open REAL_NAME(lbfgs_open)
#define lbfgs_close REAL_NAME(lbfgs_close)
#define lbfgs_gather REAL_NAME(lbfgs_gather)
#define lbfgs_look REAL_NAME(lbfgs_look)
#define lbfgs_direction REAL_NAME(lbfgs_direction)
#define lbfgs_iterate REAL_NAME(lbfgs_iterate)

#define LBFGS_PAIRS 10

/* Vectors are laid out like net->values, and 0 in what pads those. */
typedef struct lbfgs {
    bg_net *net; /* borrowed; has the parameters of the last look */
    pass pass;   /* its gradient is that of the last look */
    pass_rows rows;
    chunk *chunk; /* how vectors are shared out; sums over them are added in this order */
    size_t chunks;
    real *x, *g, *d; /* parameters, their gradient, the direction of the search */
    /* Steps and changes of the gradient, the newest last; 0: no pair.  One more is room for the
     * next. */
    real *s[LBFGS_PAIRS + 1], *y[LBFGS_PAIRS + 1];
    double curvature[LBFGS_PAIRS];    /* s'y; 0: no pair */
    double gamma;                     /* s'y / y'y of the newest pair: H0 = gamma I */
    double *part, *penalty, *squares; /* by chunk: a sum under way, E's penalty, |g|^2 */
    double value;                     /* E(x) */
    double length2;                   /* |g|^2 */
    double next2;                     /* |g|^2 of the last look */
    bool known;                       /* value, g and length2 are those of x */
    bg_fit_end end;                   /* BG_FIT_UNFINISHED: go on */
    arena memory;                     /* owns all but net, pass and rows */
} lbfgs;

/* For all rows of the data, which are borrowed.  BG_E_MEMORY. */
bg_status lbfgs_open(lbfgs *m, bg_net *net, const bg_objective *objective, const bg_data *data,
                     plan cut, int threads, bg_error *error);
void lbfgs_close(lbfgs *m);

/* Bytes that lbfgs_open would take beside those of the pass; SIZE_MAX: more than can be addressed.
 */
size_t lbfgs_measure(bg_net *net, const bg_objective *objective, plan cut);

/* x becomes what the network now has, and s'y those of the pairs as they are. */
void lbfgs_gather(lbfgs *m);

/* E and d'g at x + step d, where the network then is; `context` is an lbfgs. */
wolfe_point lbfgs_look(void *context, double step);

/* d = -H g from the pairs.  Returns d'g. */
double lbfgs_direction(lbfgs *m);

/* One accepted step, or m->end says why there is none.  False: E(x) is not finite. */
bool lbfgs_iterate(lbfgs *m);

#endif
