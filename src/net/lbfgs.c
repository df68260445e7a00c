/* Nocedal and Wright 2006, Numerical Optimization, algorithms 7.4 (two-loop recursion) and 7.5.
 * Every sum over parameters is taken chunk by chunk, in double, and the chunks' sums are added in
 * their order: the same bits whoever computes them. */
#include "net/lbfgs.h"

#include <math.h>
#include <string.h>

#include "base/real.h"
#include "base/status.h"
#include "kernel/penalty.h"
#include "kernel/reduce.h"
#include "net/dataset.h"
#include "net/pass_load.h"

/* Relative rounding of E, a sum over rows of losses in the network's precision. */
#define ROUNDING (8 * (double)REAL_EPSILON)
/* Where E is flat to rounding, a step has to shrink |g|^2 at least so much. */
#define SHRINKS 0.9
#define LEAST_LOSS 0x1p-52 /* beside targets of 1 */
/* Cosine between s and y below which a pair says nothing of the curvature. */
#define LEAST_COSINE ((double)REAL_EPSILON)

/* ------------------------------------------------------------------------------ memory --- */

static void carve(lbfgs *m)
{
    arena *a = &m->memory;
    real **const vectors[] = {&m->x, &m->g, &m->d};
    double **const sums[] = {&m->part, &m->penalty, &m->squares};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = arena_carve(a, m->net->size, sizeof(real));
    for (size_t k = 0; k <= LBFGS_PAIRS; k++) {
        m->s[k] = arena_carve(a, m->net->size, sizeof(real));
        m->y[k] = arena_carve(a, m->net->size, sizeof(real));
    }
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        *sums[i] = arena_carve(a, m->chunks, sizeof(double));
    m->chunk = arena_carve(a, m->chunks, sizeof *m->chunk);
}

/* A small network without penalty is one chunk. */
static size_t list_chunks(const bg_net *net, const bg_objective *objective, plan cut, chunk *list)
{
    return chunks_list(net, cut.vectors && !penalty_any(objective), list);
}

size_t lbfgs_measure(bg_net *net, const bg_objective *objective, plan cut)
{
    lbfgs m = {.net = net, .memory = arena_measure()};
    m.chunks = list_chunks(net, objective, cut, NULL);
    carve(&m);
    return m.memory.used;
}

bg_status lbfgs_open(lbfgs *m, bg_net *net, const bg_objective *objective, const bg_data *data,
                     plan cut, int threads, bg_error *error)
{
    *m = (lbfgs){.net = net,
                 .rows = pass_all(data),
                 .chunks = list_chunks(net, objective, cut, NULL),
                 .memory = arena_measure()};
    carve(m);
    if (!arena_open(&m->memory))
        return fail_memory(error, "the pairs of lbfgs");
    carve(m);
    list_chunks(net, objective, cut, m->chunk);
    bg_status status = pass_open(&m->pass, net, objective, cut, threads, false, error);
    if (status != BG_OK)
        arena_close(&m->memory);
    return status;
}

void lbfgs_close(lbfgs *m)
{
    pass_close(&m->pass);
    arena_close(&m->memory);
}

/* ---------------------------------------------------------------------- sums of chunks --- */

static double add_up(const lbfgs *m, const double *of_chunk)
{
    double sum = 0;
    for (size_t c = 0; c < m->chunks; c++)
        sum += of_chunk[c];
    return sum;
}

/* What is still to be done to d: d = scale (from + factor v). */
typedef struct change {
    const real *from, *v;
    double factor, scale;
} change;

/* What is under way, chunk by chunk. */
typedef struct walk {
    lbfgs *m;
    const real *a, *b; /* of a product */
    change change;
    double step;
    size_t slots;
} walk;

static void share(walk *w, size_t pieces, team_work *work)
{
    team_split(w->m->pass.team, pieces, work, w);
}

static void dot_piece(void *context, size_t c, int thread)
{
    const walk *w = context;
    const chunk *k = &w->m->chunk[c];
    (void)thread;
    w->m->part[c] = reduce_dot(k->size, w->a + k->start, w->b + k->start);
}

/* a'b */
static double dot(lbfgs *m, const real *a, const real *b)
{
    walk w = {.m = m, .a = a, .b = b};
    share(&w, m->chunks, dot_piece);
    return add_up(m, m->part);
}

static void apply_piece(void *context, size_t c, int thread)
{
    const walk *w = context;
    const change *now = &w->change;
    lbfgs *m = w->m;
    size_t start = m->chunk[c].start, end = start + m->chunk[c].size;
    (void)thread;
    for (size_t i = start; i < end; i++)
        m->d[i] = (real)(now->scale * ((double)now->from[i] + now->factor * (double)now->v[i]));
    m->part[c] = reduce_dot(end - start, m->d + start, w->b + start);
}

/* Makes the change.  Returns d'b: both in one walk through memory. */
static double apply(lbfgs *m, change now, const real *b)
{
    walk w = {.m = m, .b = b, .change = now};
    share(&w, m->chunks, apply_piece);
    return add_up(m, m->part);
}

/* -------------------------------------------------------------------------- E and its g --- */

/* One chunk of x + step d, and the copies that go with it. */
static void move_piece(void *context, size_t c, int thread)
{
    const walk *w = context;
    const lbfgs *m = w->m;
    const chunk *k = &m->chunk[c];
    real *p = (real *)m->net->values + k->start;
    const real *x = m->x + k->start, *d = m->d + k->start;
    double step = w->step;
    (void)thread;
    for (size_t i = 0; i < k->size; i++)
        p[i] = step != 0 ? (real)((double)x[i] + step * (double)d[i]) : x[i]; /* -0 stays */
    if (m->pass.product && k->rows)
        product_refresh(&m->pass.product[k->layer], k->first, k->rows);
}

static void slot_piece(void *context, size_t s, int thread)
{
    const walk *w = context;
    pass_slot(&w->m->pass, &w->m->rows, s, thread);
}

/* One chunk of the gradient from the slots, with what is summed over it. */
static void gather_piece(void *context, size_t c, int thread)
{
    const walk *w = context;
    lbfgs *m = w->m;
    const chunk *k = &m->chunk[c];
    const bg_objective *objective = &m->pass.objective;
    const real *p = (const real *)m->net->values + k->start;
    real *g = m->pass.gradient + k->start;
    (void)thread;
    reduce_tree(w->slots, m->net->size, k->size, g);
    m->penalty[c] = 0;
    if (penalty_any(objective) && k->rows) {
        m->penalty[c] = penalty_value(objective, k->size, p);
        penalty_add_slope(objective, k->size, p, g);
    }
    m->part[c] = reduce_dot(k->size, m->d + k->start, g);
    m->squares[c] = reduce_squares(k->size, g);
}

wolfe_point lbfgs_look(void *context, double step)
{
    lbfgs *m = context;
    walk w = {.m = m, .step = step, .slots = pass_slots(&m->pass, m->rows.rows)};
    share(&w, m->chunks, move_piece);
    share(&w, w.slots, slot_piece);
    share(&w, m->chunks, gather_piece);
    double value = 0;
    for (size_t s = 0; s < w.slots; s++)
        value += m->pass.slot_loss[s];
    if (m->pass.objective.reduction == BG_MEAN)
        value /= (double)m->rows.rows;
    m->next2 = add_up(m, m->squares);
    return (wolfe_point){step, value + add_up(m, m->penalty), add_up(m, m->part)};
}

/* ---------------------------------------------------------------------------- direction --- */

static bool has_pairs(const lbfgs *m)
{
    return m->curvature[LBFGS_PAIRS - 1] > 0;
}

/* Alg. 7.4 on d, which is q on the way back through the pairs and r on the way on: d' s / s'y is
 * alpha, d' y / s'y is beta.  Each change of d waits for the product that comes after it. */
double lbfgs_direction(lbfgs *m)
{
    double alpha[LBFGS_PAIRS];
    change next = {.from = m->g, .v = m->g, .factor = 0, .scale = 1};
    for (size_t k = LBFGS_PAIRS; k-- > 0 && m->curvature[k] > 0;) {
        alpha[k] = apply(m, next, m->s[k]) / m->curvature[k];
        next = (change){m->d, m->y[k], -alpha[k], 1};
    }
    next.scale = has_pairs(m) ? m->gamma : 1;
    for (size_t k = 0; k < LBFGS_PAIRS; k++) {
        if (!(m->curvature[k] > 0))
            continue;
        double beta = apply(m, next, m->y[k]) / m->curvature[k];
        next = (change){m->d, m->s[k], alpha[k] - beta, 1};
    }
    next.scale = -1;
    return apply(m, next, m->g);
}

/* ------------------------------------------------------------------------------- pairs --- */

void lbfgs_gather(lbfgs *m)
{
    size_t bytes = m->net->size * sizeof *m->x;
    m->known = m->known && memcmp(m->x, m->net->values, bytes) == 0;
    memcpy(m->x, m->net->values, bytes);
    for (size_t k = 0; k < LBFGS_PAIRS; k++)
        m->curvature[k] = dot(m, m->s[k], m->y[k]);
    const real *y = m->y[LBFGS_PAIRS - 1];
    if (has_pairs(m))
        m->gamma = m->curvature[LBFGS_PAIRS - 1] / dot(m, y, y);
    m->end = BG_FIT_UNFINISHED;
}

static void forget_pairs(lbfgs *m)
{
    for (size_t k = 0; k < LBFGS_PAIRS; k++) {
        memset(m->s[k], 0, m->net->size * sizeof(real));
        memset(m->y[k], 0, m->net->size * sizeof(real));
        m->curvature[k] = 0;
    }
}

/* The last room becomes the newest pair, and the oldest one's is free. */
static void shift_pairs(lbfgs *m)
{
    real *s = m->s[0], *y = m->y[0];
    memmove(m->s, m->s + 1, LBFGS_PAIRS * sizeof *m->s);
    memmove(m->y, m->y + 1, LBFGS_PAIRS * sizeof *m->y);
    memmove(m->curvature, m->curvature + 1, (LBFGS_PAIRS - 1) * sizeof *m->curvature);
    m->s[LBFGS_PAIRS] = s;
    m->y[LBFGS_PAIRS] = y;
}

/* s and y of the step from x to where the network is; x and g become those there. */
static void take_piece(void *context, size_t c, int thread)
{
    const lbfgs *m = ((const walk *)context)->m;
    const chunk *k = &m->chunk[c];
    const real *p = (const real *)m->net->values + k->start, *next = m->pass.gradient + k->start;
    real *x = m->x + k->start, *g = m->g + k->start;
    real *s = m->s[LBFGS_PAIRS] + k->start, *y = m->y[LBFGS_PAIRS] + k->start;
    (void)thread;
    for (size_t i = 0; i < k->size; i++) {
        s[i] = p[i] - x[i];
        y[i] = next[i] - g[i];
        x[i] = p[i];
        g[i] = next[i];
    }
}

static void take_step(lbfgs *m)
{
    walk w = {.m = m};
    share(&w, m->chunks, take_piece);
    m->length2 = m->next2;
}

/* Skipped where s'y says nothing: it has to be above 0 for H to stay positive definite. */
static void keep_pair(lbfgs *m)
{
    const real *s = m->s[LBFGS_PAIRS], *y = m->y[LBFGS_PAIRS];
    double curvature = dot(m, s, y), ss = dot(m, s, s), yy = dot(m, y, y);
    if (!(curvature > LEAST_COSINE * sqrt(ss) * sqrt(yy)) || !isfinite(curvature / yy))
        return;
    shift_pairs(m);
    m->curvature[LBFGS_PAIRS - 1] = curvature;
    m->gamma = curvature / yy;
}

/* --------------------------------------------------------------------------- iteration --- */

/* The largest |g| max(|x|, 1) of a chunk. */
static double largest_slope(const lbfgs *m, const chunk *k)
{
    double most = 0;
    for (size_t i = k->start; i < k->start + k->size; i++) {
        double size = fabs((double)m->x[i]), slope = fabs((double)m->g[i]);
        slope *= size > 1 ? size : 1;
        most = slope > most ? slope : most;
    }
    return most;
}

/* No element of g could change E by more than rounding, if its parameter changed by as much as
 * itself or by 1 (Dennis and Schnabel 1983, section 7.2); a loss below LEAST_LOSS is as good as it,
 * and none is below 0. */
static bool is_stationary(const lbfgs *m)
{
    double most = 0;
    for (size_t c = 0; c < m->chunks; c++)
        most = fmax(most, largest_slope(m, &m->chunk[c]));
    return m->value == 0 || most <= (double)REAL_EPSILON * fmax(fabs(m->value), LEAST_LOSS);
}

/* Without pairs nothing is known of how long a step should be. */
static double first_step(const lbfgs *m)
{
    double sizes = 0;
    for (size_t c = 0; !has_pairs(m) && c < m->chunks; c++)
        sizes += reduce_sizes(m->chunk[c].size, m->g + m->chunk[c].start);
    return sizes > 1 ? 1 / sizes : 1;
}

/* The copies of the weights wait for the next look. */
static void go_back(lbfgs *m)
{
    memcpy(m->net->values, m->x, m->net->size * sizeof *m->x);
}

/* True: the step was taken.  False: the network is where it was, and m->end may say why. */
static bool try_step(lbfgs *m)
{
    double slope = lbfgs_direction(m);
    wolfe_line line = {lbfgs_look, m, {0, m->value, slope}, ROUNDING * fabs(m->value)};
    wolfe_point found;
    if (!(slope < 0) || wolfe_search(&line, first_step(m), &found) == WOLFE_FAILED) {
        go_back(m);
        return false;
    }
    /* Near a minimum E is flat to rounding over half the digits of x: there g judges. */
    if (found.value >= m->value - line.blur && m->next2 > SHRINKS * m->length2) {
        m->end = BG_FIT_FLAT;
        go_back(m);
        return false;
    }
    take_step(m);
    keep_pair(m);
    m->value = found.value;
    return true;
}

bool lbfgs_iterate(lbfgs *m)
{
    if (!m->known) {
        m->value = lbfgs_look(m, 0).value;
        m->length2 = m->next2;
        memcpy(m->g, m->pass.gradient, m->net->size * sizeof *m->g);
        m->known = true;
    }
    if (!isfinite(m->value) || !isfinite(m->length2)) {
        m->known = false;
        return false;
    }
    if (is_stationary(m)) {
        m->end = BG_FIT_CONVERGED;
        return true;
    }
    bool taken = try_step(m);
    if (!taken && m->end == BG_FIT_UNFINISHED && has_pairs(m)) {
        forget_pairs(m); /* what they say may be wrong here: downhill as at the start */
        taken = try_step(m);
    }
    if (!taken && m->end == BG_FIT_UNFINISHED)
        m->end = BG_FIT_STALLED;
    return true;
}
