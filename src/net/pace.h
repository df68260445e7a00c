/*
 * Whether short steps go faster with all threads or with one alone, found by trying both.  One
 * alone has no parallel region: others that sleep in it would have to be woken at its end.  What
 * handing out work costs depends on how far processors are from each other and on who else wants
 * them, and changes while a run goes on: with two threads 784-128-10 on 16 rows takes 0.6 of the
 * time of one where a cache line travels in 60 ns, 1.2 where it takes 280 (measured on an AMD
 * EPYC), and tens of times as long where each has to wait for other programs.  Bits depend on
 * neither way.
 */
#ifndef NET_PACE_H
#define NET_PACE_H

#include <stdbool.h>

/* Steps of a trial, of which the median counts. */
enum { PACE_STEPS = 16 };

typedef struct pace {
    bool together;           /* how the step under way is done */
    bool other;              /* as a trial of the way that is not in use */
    unsigned steps;          /* of a trial, done */
    double took[PACE_STEPS]; /* seconds */
    double sum;              /* of these */
    double since;            /* when the step under way began */
    double next;             /* when the next trial does */
    double usual;            /* median of the way in use, as last tried */
} pace;

/* All zeros: a pace that begins alone, with a trial. */

/* The first step of a run begins; now: seconds, by a clock that only goes forward. */
void pace_begin(pace *p, double now);

/* A step is done, the next one begins. */
void pace_step(pace *p, double now);

#endif
