/* The line search of a quasi-Newton method: a step along a direction that satisfies the strong
 * Wolfe conditions. */
#ifndef NET_WOLFE_H
#define NET_WOLFE_H


/* c1 and c2 of Nocedal and Wright 2006, chapter 3, as they advise for quasi-Newton methods. */
#define WOLFE_DECREASE 1e-4
#define WOLFE_CURVATURE 0.9

/* phi(step) = E(x + step d) and its derivative d'g. */
typedef struct wolfe_point {
    double step, value, slope;
} wolfe_point;

typedef struct wolfe_line {
    wolfe_point (*look)(void *context, double step);
    void *context;
    wolfe_point start; /* step 0; its slope is below 0 */
    double blur;       /* what rounding may do to a value: differences up to it say nothing */
} wolfe_line;

typedef enum wolfe_end {
    WOLFE_HOLDS,  /* both conditions do */
    WOLFE_LOWER,  /* the first does: at a kink the slope may not get small */
    WOLFE_FAILED, /* no step that was tried is lower */
} wolfe_end;

/* From a first step on.  *found is where `look` has looked last, unless the search failed. */
wolfe_end wolfe_search(const wolfe_line *line, double first, wolfe_point *found);

#endif
