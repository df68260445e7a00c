/* Levenberg's and Marquardt's method, one iteration at a time. */
#ifndef NET_LM_H
#define NET_LM_H

#include "net/engine.h"
#include "net/gauss.h"

/* E = |f|^2 / 2 + l2/2 sum W^2 */
typedef struct lm {
    bg_net *net;         /* in double; owned */
    const bg_data *data; /* in double; borrowed or own_data */
    bg_data *own_data;   /* owned; NULL: data is double already */
    double l2;
    jacobian j;
    gauss g;
    size_t n;               /* parameters that are not fixed */
    double *all;            /* every parameter, as bg_gradient orders them */
    double *x;              /* n: the others without the fixed ones, */
    double *step, *trial;   /* n: a step, and where it leads */
    double *before;         /* n: where a step came from that may be taken back */
    double *gradient;       /* n */
    double *shifted;        /* n x n: J'J + l2 + mu I, then its Cholesky factor */
    bool *penalised;        /* n: l2 counts, as it does for weights */
    double target_norm;     /* of scale t: how large a rounding of f may be */
    double energy, damping; /* E and mu; mu 0: not chosen yet */
    double rss;             /* sum of (a-t)^2 */
    double gain;            /* of the last step */
    uint64_t iterations;
    bg_fit_end end; /* BG_FIT_UNFINISHED: go on */
    arena memory;   /* owns all but net, data, j and g */
} lm;

/* Copies the network; options as in bg_lm_fit, checked here. */
bg_status lm_open(lm *m, const bg_net *net, const bg_objective *objective, const bg_data *data,
                  const bool *fixed, int threads, bg_error *error);
void lm_close(lm *m);

/* One accepted step, or m->end says why there is none.  BG_E_DIVERGED: E is not finite;
 * BG_E_NUMERIC. */
bg_status lm_iterate(lm *m, bg_error *error);

/* Parameters of `net` that are not those of lm_export are taken over. */
void lm_follow(lm *m, const bg_net *net);

/* x becomes what the network now has. */
void lm_gather(lm *m);

/* |x| without overflow. */
double lm_norm(size_t n, const double *x);

/* Parameters to `net`, rounded to its precision. */
void lm_export(const lm *m, bg_net *net);

/* What is known so far. */
bg_fit lm_report(const lm *m);

/* bg_trainer's way to it: an epoch is an iteration. */
extern const engine engine_lm;

#endif
