/* Levenberg 1944 and Marquardt 1963 with the gain-ratio damping of H. B. Nielsen 1999 ("Damping
 * parameter in Marquardt's method", IMM-REP-1999-05):
 *     (J'J + l2 + mu I) h = -g,    gain = (E(x) - E(x+h)) / (h'(mu h - g) / 2). */
#include "net/lm.h"

#include <math.h>
#include <string.h>

#include "base/status.h"
#include "kernel/lapack.h"

#define FIRST_DAMPING 0.1     /* times the largest diagonal element of J'J */
#define MOST_DAMPING 1e12     /* the same: a step so short changes nothing */
#define STEP_TOLERANCE 1e-15  /* of the parameters' norm */
#define ANGLE_TOLERANCE 1e-15 /* cosine between f and a column of J */
#define ROUNDING 0x1p-50      /* of a sum of squares, in units of |f| |a| */
#define SHORTER 0.98          /* what a step promises, of what the one before did */
/* Up to here the triangle of a QR factorisation is worth its time where Cholesky fails. */
#define MOST_TRIANGLE ((size_t)512)

/* -------------------------------------------------------------------- parameters, energy --- */

static void spread(const lm *m, const double *x, double *all)
{
    size_t n = 0;
    for (size_t p = 0; p < m->j.parameters; p++)
        if (!(m->j.fixed && m->j.fixed[p]))
            all[p] = x[n++];
}

/* The network's parameters become x (n). */
static void move_to(lm *m, const double *x)
{
    spread(m, x, m->all);
    net_import(m->net, m->net->values, m->all);
    jacobian_refresh(&m->j);
}

static double penalty(const lm *m, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < m->n; i++)
        sum += m->penalised[i] ? x[i] * x[i] : 0;
    return m->l2 / 2 * sum;
}

double lm_norm(size_t n, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum = hypot(sum, x[i]);
    return sum;
}

/* E at x, where the network is; the sum of f^2 comes along. */
static double energy_at(lm *m, const double *x, double *squares)
{
    *squares = gauss_sum_squares(&m->g);
    return *squares / 2 + penalty(m, x);
}

/* --------------------------------------------------------------------------- linear model --- */

static double *normal_row(const lm *m, size_t i)
{
    return m->g.normal + i * (m->n + 1);
}

/* g = J'f + l2 w */
static void linearise(lm *m, const double *x)
{
    gauss_square(&m->g);
    for (size_t i = 0; i < m->n; i++) {
        m->gradient[i] = normal_row(m, i)[m->n];
        if (m->penalised[i]) {
            m->gradient[i] += m->l2 * x[i];
            normal_row(m, i)[i] += m->l2;
        }
    }
}

static double largest_diagonal(const lm *m)
{
    double most = 0;
    for (size_t i = 0; i < m->n; i++)
        most = fmax(most, normal_row(m, i)[i]);
    return most;
}

/* The largest cosine between f and a column of J, penalties counted in: 0 at a minimum, whatever
 * the units. */
static double slope(const lm *m)
{
    double most = 0, root = sqrt(2 * m->energy);
    for (size_t i = 0; i < m->n; i++) {
        double column = sqrt(normal_row(m, i)[i]);
        if (column > 0)
            most = fmax(most, fabs(m->gradient[i]) / (column * root));
    }
    return most;
}

/* [R q] of [J f; sqrt(l2) I sqrt(l2) w] and, below it, sqrt(mu) I: min |R h + q|^2 + mu |h|^2 */
static bool solve_triangle(lm *m, triangle *t)
{
    size_t n = m->n, rows = 2 * n + 1, rank;
    arena room = arena_measure();
    double *a = NULL, *b = NULL, *singular = NULL;
    for (int pass = 0; pass < 2; pass++) {
        a = arena_carve(&room, rows, n * sizeof *a);
        b = arena_carve(&room, rows, sizeof *b);
        singular = arena_carve(&room, n, sizeof *singular);
        if (pass == 0 && !arena_open(&room))
            return false;
    }
    for (size_t i = 0; i <= n; i++) {
        memcpy(a + i * n, t->r + i * (n + 1), n * sizeof *a);
        b[i] = -t->r[i * (n + 1) + n];
    }
    for (size_t i = 0; i < n; i++)
        a[(n + 1 + i) * n + i] = sqrt(m->damping);
    bool solved = lapack_least_squares(rows, n, 1, a, b, singular, &rank);
    memcpy(m->step, b, n * sizeof *b);
    arena_close(&room);
    return solved;
}

/* The step without squaring J, for where squares are not positive definite to rounding. */
static bool step_by_qr(lm *m)
{
    triangle t;
    if (m->n > MOST_TRIANGLE || triangle_open(&t, m->n + 1, NULL) != BG_OK)
        return false;
    bool solved = gauss_factorise(&m->g, &t);
    for (size_t i = 0; solved && m->l2 > 0 && i < m->n; i++) {
        double *row = m->penalised[i] ? triangle_row(&t) : NULL;
        if (row) {
            row[i] = sqrt(m->l2);
            row[m->n] = sqrt(m->l2) * m->x[i];
        }
    }
    solved = solved && triangle_fold(&t) && solve_triangle(m, &t);
    triangle_close(&t);
    return solved;
}

/* False: mu has to grow. */
static bool find_step(lm *m)
{
    size_t n = m->n;
    for (size_t i = 0; i < n; i++) {
        memcpy(m->shifted + i * n + i, normal_row(m, i) + i, (n - i) * sizeof *m->shifted);
        m->shifted[i * n + i] += m->damping;
        m->step[i] = -m->gradient[i];
    }
    bool found = lapack_cholesky_solve(n, m->shifted, m->step) || step_by_qr(m);
    for (size_t i = 0; i < n; i++) {
        m->trial[i] = m->x[i] + m->step[i];
        found = found && isfinite(m->trial[i]);
    }
    return found;
}

/* ------------------------------------------------------------------------------ iteration --- */

/* Of the step that x and the network have taken. */
static void accept(lm *m, double energy, double squares)
{
    m->energy = energy;
    m->rss = squares / (m->j.scale * m->j.scale);
    m->iterations++;
}

/* h'(mu h - g) / 2 */
static double predict(const lm *m)
{
    double sum = 0;
    for (size_t i = 0; i < m->n; i++)
        sum += m->step[i] * (m->damping * m->step[i] - m->gradient[i]);
    return sum / 2;
}

/* The largest cosine that rounding of f and of sums over it explains. */
static double slope_of_rounding(const lm *m)
{
    double root = sqrt(2 * m->energy), terms = (double)(m->data->rows * m->data->targets);
    return ROUNDING * (sqrt(terms) + m->target_norm / root);
}

/* Where E no longer shows what a step is worth, what the next one promises does: E is flat to
 * rounding over half the digits of x.  Beside residuals that stay, steps are shorter by a constant
 * factor only, but in this measure, which is g'(J'J)^-1 g / 2, none is longer than the one before
 * until rounding makes it so. */
static void polish(lm *m, double predicted)
{
    double squares, energy;
    memcpy(m->before, m->x, m->n * sizeof *m->x);
    move_to(m, m->trial);
    energy = energy_at(m, m->trial, &squares);
    linearise(m, m->trial);
    memcpy(m->x, m->trial, m->n * sizeof *m->x);
    if (isfinite(energy) && find_step(m) && predict(m) <= SHORTER * predicted) {
        accept(m, energy, squares);
        m->damping /= 3;
        m->gain = (double)NAN;
        return;
    }
    memcpy(m->x, m->before, m->n * sizeof *m->x);
    move_to(m, m->x);
    linearise(m, m->x);
    m->end = slope(m) <= slope_of_rounding(m) ? BG_FIT_CONVERGED : BG_FIT_FLAT;
}

/* True: the step was taken. */
static bool try_step(lm *m, double predicted)
{
    double squares;
    move_to(m, m->trial);
    double energy = energy_at(m, m->trial, &squares), gain = (m->energy - energy) / predicted;
    if (!(gain > 0)) { /* not finite counts as uphill */
        move_to(m, m->x);
        return false;
    }
    m->gain = gain;
    m->damping *= fmax(1.0 / 3, 1 - pow(2 * gain - 1, 3));
    memcpy(m->x, m->trial, m->n * sizeof *m->x);
    accept(m, energy, squares);
    return true;
}

static void search(lm *m, double most)
{
    double size = lm_norm(m->n, m->x), root = sqrt(2 * m->energy);
    double blur = ROUNDING * root * (root + m->target_norm);
    for (double growth = 2; m->damping <= most; m->damping *= growth, growth *= 2) {
        if (!find_step(m))
            continue;
        double predicted = predict(m);
        if (lm_norm(m->n, m->step) <= STEP_TOLERANCE * size) {
            m->end = BG_FIT_CONVERGED;
            break;
        }
        if (predicted <= blur) {
            polish(m, predicted);
            return;
        }
        if (try_step(m, predicted))
            return;
    }
    if (m->end == BG_FIT_UNFINISHED)
        m->end = BG_FIT_STALLED;
}

bg_status lm_iterate(lm *m, bg_error *error)
{
    double squares;
    move_to(m, m->x);
    m->energy = energy_at(m, m->x, &squares);
    m->rss = squares / (m->j.scale * m->j.scale);
    if (!isfinite(m->energy))
        return fail(error, BG_E_DIVERGED, "step %llu: the loss is not finite",
                    (unsigned long long)m->iterations + 1);
    linearise(m, m->x);
    double diagonal = largest_diagonal(m);
    if (!isfinite(diagonal))
        return fail(error, BG_E_DIVERGED, "step %llu: the Jacobian is not finite",
                    (unsigned long long)m->iterations + 1);
    if (m->damping == 0)
        m->damping = FIRST_DAMPING * diagonal;
    if (diagonal == 0 || m->energy == 0 || slope(m) <= ANGLE_TOLERANCE)
        m->end = BG_FIT_CONVERGED;
    else
        search(m, MOST_DAMPING * diagonal);
    return BG_OK;
}
