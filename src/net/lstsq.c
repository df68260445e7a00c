/* The closed form: min |[X 1] W - T|^2 + lambda |W|^2 (biases left out), from the triangle of
 * [X 1 T] and, below it, [sqrt(lambda) I 0 0]. */
#include "net/lstsq.h"

#include <math.h>
#include <string.h>

#include "base/status.h"
#include "kernel/lapack.h"
#include "net/residuals.h"
#include "net/triangle.h"

typedef struct system {
    size_t n, k;      /* unknowns of an output (the bias is the last), outputs */
    triangle qr;      /* of [X 1 T] */
    double *a;        /* (n+k) x n, scratch of the solver */
    double *b;        /* (n+k) x k: the right-hand sides, then in its first n rows W' */
    double *singular; /* n */
    int *power;       /* n: column j is scaled by 2^-power */
    double *x;        /* n x k: the solution */
    arena memory;     /* owns all but qr */
} system;

static void carve(system *s)
{
    size_t rows = s->n + s->k;
    s->a = arena_carve(&s->memory, rows, s->n * sizeof *s->a);
    s->b = arena_carve(&s->memory, rows, s->k * sizeof *s->b);
    s->singular = arena_carve(&s->memory, s->n, sizeof *s->singular);
    s->power = arena_carve(&s->memory, s->n, sizeof *s->power);
    s->x = arena_carve(&s->memory, s->n, s->k * sizeof *s->x);
}

static void system_close(system *s)
{
    triangle_close(&s->qr);
    arena_close(&s->memory);
}

static bg_status system_open(system *s, const bg_data *data, bg_error *error)
{
    *s = (system){.n = data->inputs + 1, .k = data->targets, .memory = arena_measure()};
    TRY(triangle_open(&s->qr, s->n + s->k, error));
    carve(s);
    if (!arena_open(&s->memory)) {
        triangle_close(&s->qr);
        return fail_memory(error, "a least-squares fit");
    }
    carve(s);
    return BG_OK;
}

static bool factorise(system *s, const bg_data *data, double lambda)
{
    size_t n = s->n;
    for (size_t i = 0; i < data->rows; i++) {
        double *row = triangle_row(&s->qr);
        if (!row)
            return false;
        bg_data_row(data, i, row, row + n);
        row[n - 1] = 1; /* the bias unit */
    }
    for (size_t i = 0; lambda > 0 && i < n - 1; i++) {
        double *row = triangle_row(&s->qr);
        if (!row)
            return false;
        row[i] = sqrt(lambda);
    }
    return triangle_fold(&s->qr);
}

/* R x = Q'T by singular values, columns scaled by 2^-power. */
static bool solve(system *s, size_t *rank)
{
    size_t n = s->n, k = s->k;
    for (size_t i = 0; i < n + k; i++) {
        const double *r = s->qr.r + i * (n + k);
        for (size_t j = 0; j < n; j++)
            s->a[i * n + j] = ldexp(r[j], -s->power[j]);
        memcpy(s->b + i * k, r + n, k * sizeof *r);
    }
    if (!lapack_least_squares(n + k, n, k, s->a, s->b, s->singular, rank))
        return false;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++)
            s->x[i * k + j] = ldexp(s->b[i * k + j], -s->power[i]);
    return true;
}

/* As the matrix stands: its condition, and of many solutions the shortest.  A single one is had to
 * more digits from scaled columns. */
static bg_status solve_twice(system *s, bg_fit *fit, bg_error *error)
{
    size_t n = s->n, scaled = 0;
    bool solved = solve(s, &fit->rank);
    fit->condition =
        s->singular[n - 1] > 0 ? s->singular[0] / s->singular[n - 1] : (double)INFINITY;
    if (solved) {
        triangle_scale(&s->qr, s->n, s->power);
        solved = solve(s, &scaled);
    }
    if (solved && scaled < n) {
        memset(s->power, 0, n * sizeof *s->power);
        solved = solve(s, &fit->rank);
        fit->condition = (double)INFINITY;
    } else {
        fit->rank = n;
    }
    return solved ? BG_OK
                  : fail(error, BG_E_NUMERIC, "the singular values of the inputs do not converge");
}

/* Of the solution as it is, before it is rounded to a network's precision. */
static bg_status sum_squares(const system *s, const bg_data *data, double *rss, bg_error *error)
{
    size_t n = s->n, k = s->k;
    double *row = memory_zeroed(n + k, sizeof *row);
    if (!row)
        return fail_memory(error, "a row");
    *rss = 0;
    for (size_t i = 0; i < data->rows; i++) {
        bg_data_row(data, i, row, row + n);
        row[n - 1] = 1;
        for (size_t j = 0; j < k; j++) {
            double residual = -row[n + j];
            for (size_t c = 0; c < n; c++)
                residual += row[c] * s->x[c * k + j];
            *rss += residual * residual;
        }
    }
    memory_release(row);
    return BG_OK;
}

/* weights: [out][in, bias last] */
static bg_status fit_plane(const bg_data *data, double lambda, double *weights, bg_fit *fit,
                           bg_error *error)
{
    system s;
    TRY(system_open(&s, data, error));
    *fit = (bg_fit){.residuals = data->rows * s.k,
                    .parameters = s.n * s.k,
                    .columns = s.n,
                    .iterations = 1,
                    .gain = (double)NAN,
                    .end = BG_FIT_SOLVED};
    bg_status status = factorise(&s, data, lambda)
                           ? solve_twice(&s, fit, error)
                           : fail(error, BG_E_NUMERIC, "the inputs have no QR factorisation");
    if (status == BG_OK)
        status = sum_squares(&s, data, &fit->rss, error);
    for (size_t j = 0; status == BG_OK && j < s.k; j++)
        for (size_t i = 0; i < s.n; i++)
            weights[j * s.n + i] = s.x[i * s.k + j];
    system_close(&s);
    return status;
}

bg_status bg_least_squares(const bg_data *data, double *weights, size_t *rank, bg_error *error)
{
    bg_fit fit;
    if (data->targets == 0)
        return fail(error, BG_E_ARGUMENT, "a least-squares fit needs targets");
    TRY(dataset_refuse_weights(data, "a least-squares fit", error));
    TRY(fit_plane(data, 0, weights, &fit, error));
    if (rank)
        *rank = fit.rank;
    return BG_OK;
}

static bg_status check(const bg_net *net, const bg_objective *objective, const bg_data *data,
                       double *c, bg_error *error)
{
    if (net->layers != 1 || net->layer[0].activation != BG_IDENTITY)
        return fail(error, BG_E_ARGUMENT,
                    "lstsq is for one identity layer; this network has %s (lm fits any)",
                    net->layers == 1 ? bg_name(BG_KIND_ACTIVATION, (int)net->layer[0].activation)
                                     : "hidden layers");
    return residuals_factor(objective, data, "lstsq", c, error);
}

bg_status bg_lstsq_fit(bg_net *net, const bg_objective *objective, const bg_data *data, bg_fit *fit,
                       bg_error *error)
{
    double c;
    TRY(engine_check(net, objective, data, error));
    TRY(check(net, objective, data, &c, error));
    const net_layer *layer = &net->layer[0];
    size_t n = layer->in + 1, k = layer->out;
    double *solution = memory_zeroed(k, n * sizeof *solution);
    double *weight = memory_zeroed(k, n * sizeof *weight); /* W[out][in], then b */
    bg_fit found;
    bg_status status = solution && weight
                           ? fit_plane(data, objective->l2 / (2 * c), solution, &found, error)
                           : fail_memory(error, "a least-squares fit");
    for (size_t j = 0; status == BG_OK && j < k; j++) {
        memcpy(weight + j * layer->in, solution + j * n, layer->in * sizeof *weight);
        weight[k * layer->in + j] = solution[j * n + layer->in];
    }
    if (status == BG_OK) {
        bg_net_set(net, 1, weight, weight + k * layer->in);
        if (fit)
            *fit = found;
    }
    memory_release(solution);
    memory_release(weight);
    return status;
}

/* ------------------------------------------------------------------------- as a trainer --- */

static bg_status trainer_open(bg_trainer *b, bg_error *error)
{
    double c;
    TRY(residuals_check_run(b, "lstsq", error));
    TRY(check(b->net, &b->options.objective, b->data, &c, error));
    b->threads = 1;
    return BG_OK;
}

static void trainer_close(bg_trainer *b)
{
    (void)b;
}

static bg_status trainer_run(bg_trainer *b, uint64_t epochs, bg_error *error)
{
    if (epochs == 0 || b->progress.converged)
        return BG_OK;
    const bg_objective *objective = &b->options.objective;
    TRY(bg_lstsq_fit(b->net, objective, b->data, &b->fit, error));
    TRY(bg_trainer_loss(b, &b->progress.loss, error));
    b->progress.epochs = b->progress.steps = 1;
    b->progress.converged = true;
    b->progress.end = b->fit.end;
    b->progress.reached = islessequal(b->progress.loss, b->options.stop_loss);
    return BG_OK;
}

/* Only rounding to float can do that. */
static bg_status trainer_explain(bg_trainer *b, bg_error *error)
{
    return fail(error, BG_E_DIVERGED, "the solution is not finite in %s",
                bg_name(BG_KIND_DTYPE, (int)b->net->dtype));
}

static size_t trainer_vectors(const bg_trainer *b)
{
    (void)b;
    return 0;
}

static void *trainer_state(const bg_trainer *b, size_t vector)
{
    (void)b, (void)vector;
    return NULL;
}

const engine engine_lstsq = {
    .loss = engine_loss,
    .trainer_open = trainer_open,
    .trainer_close = trainer_close,
    .trainer_run = trainer_run,
    .trainer_explain = trainer_explain,
    .trainer_vectors = trainer_vectors,
    .trainer_state = trainer_state,
};
