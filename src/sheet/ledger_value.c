/* The numbers of a sheet: the engine's, and what an expression comes to. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "sheet/evaluate.h"
#include "sheet/ledger.h"

/* ------------------------------------------------------------------------- expressions --- */

static double normal_density(double z)
{
    return exp(-z * z / 2) / sqrt(2 * acos(-1));
}

static double normal_share(double z)
{
    return erfc(-z / sqrt(2)) / 2;
}

static double sigmoid(double z)
{
    return 1 / (1 + exp(-z));
}

double activation_value(bg_activation f, double z)
{
    switch (f) {
    case BG_SIGMOID:
        return sigmoid(z);
    case BG_TANH:
        return tanh(z);
    case BG_RELU:
        return z > 0 ? z : 0;
    case BG_LEAKY_RELU:
        return z > 0 ? z : 0.01 * z;
    case BG_ELU:
        return z > 0 ? z : expm1(z);
    case BG_SOFTPLUS:
        return fmax(z, 0) + log1p(exp(-fabs(z)));
    case BG_GELU:
        return z * normal_share(z);
    case BG_SILU:
        return z * sigmoid(z);
    default:
        return z;
    }
}

double activation_slope(bg_activation f, double z, double a)
{
    switch (f) {
    case BG_SIGMOID:
        return a * (1 - a);
    case BG_TANH:
        return 1 - a * a;
    case BG_RELU:
        return z > 0;
    case BG_LEAKY_RELU:
        return z > 0 ? 1 : 0.01;
    case BG_ELU:
        return z > 0 ? 1 : a + 1;
    case BG_SOFTPLUS:
        return sigmoid(z);
    case BG_GELU:
        return normal_share(z) + z * normal_density(z);
    case BG_SILU:
        return a + sigmoid(z) * (1 - a);
    default:
        return 1;
    }
}

double loss_term(int loss, size_t j, size_t n, double a, double t)
{
    double d = t - a;
    switch (loss) {
    case EXAMPLE_OUTPUT:
        return j == 0 ? a : 0;
    case EXAMPLE_DIFFERENCE:
        return d;
    case BG_HALF_SSE:
        return d * d / 2;
    case BG_SSE:
        return d * d;
    case BG_MSE:
        return d * d / (double)n;
    case BG_MAE:
        return fabs(d) / (double)n;
    case BG_HUBER:
        return (fabs(d) > 1 ? fabs(d) - 0.5 : d * d / 2) / (double)n;
    case BG_BCE:
        return (t != 0 ? -t * log(a) : 0) - (t != 1 ? (1 - t) * log1p(-a) : 0);
    default:
        return t != 0 ? -t * log(a) : 0;
    }
}

double loss_term_slope(int loss, size_t j, size_t n, double a, double t)
{
    double d = a - t;
    switch (loss) {
    case EXAMPLE_OUTPUT:
        return j == 0;
    case BG_SSE:
        return 2 * d;
    case BG_MSE:
        return 2 * d / (double)n;
    case BG_MAE:
        return ((d > 0) - (d < 0)) / (double)n;
    case BG_HUBER:
        return (d > 1 ? 1 : d < -1 ? -1 : d) / (double)n;
    case BG_BCE:
        return (t != 0 ? -t / a : 0) + (t != 1 ? (1 - t) / (1 - a) : 0);
    case BG_SOFTMAX_CE:
        return t != 0 ? -t / a : 0;
    default:
        return d;
    }
}

bg_activation cell_activation(const ledger *g, const cell *c)
{
    return g->example->activations[c->quantity.index[0] - 1];
}

/* f(z); softmax divides by the sum of all, with the largest z taken off first. */
static double activate(const ledger *g, const cell *c, const term *terms, const double *value)
{
    if (cell_activation(g, c) != BG_SOFTMAX)
        return activation_value(cell_activation(g, c), value[terms[0].u]);
    double top = value[terms[0].u], sum = 0;
    for (size_t k = 1; k < c->terms; k++)
        top = fmax(top, value[terms[k].u]);
    for (size_t k = 0; k < c->terms; k++)
        sum += exp(value[terms[k].u] - top);
    return exp(value[terms[c->quantity.index[1]].u] - top) / sum;
}

static double sum_terms(const cell *c, const term *terms, const double *value)
{
    double sum = 0;
    for (size_t k = 0; k < c->terms; k++)
        sum +=
            terms[k].factor * value[terms[k].u] * (terms[k].v == NO_CELL ? 1 : value[terms[k].v]);
    return sum;
}

double cell_value(const ledger *g, const cell *c, const term *terms, const double *value)
{
    size_t n = g->example->widths[g->example->layers];
    int loss = g->example->loss;
    double sum = 0;
    switch (c->form) {
    case FORM_GIVEN:
        return value[c - g->cell];
    case FORM_ACTIVATION:
        return activate(g, c, terms, value);
    case FORM_SLOPE:
        return activation_slope(cell_activation(g, c), value[terms[0].u], value[terms[1].u]);
    case FORM_LOSS:
        for (size_t k = 0; k < c->terms; k++)
            sum += loss_term(loss, k, n, value[terms[k].u],
                             terms[k].v == NO_CELL ? 0 : value[terms[k].v]);
        return c->factor * sum / c->over;
    case FORM_LOSS_SLOPE:
        return loss_term_slope(loss, c->quantity.index[1], n, value[terms[0].u], value[terms[0].v]);
    case FORM_SOFTMAX_PULL:
        sum = sum_terms(c, terms, value);
        return c->factor * value[terms[c->quantity.index[1]].v] *
               (value[terms[c->quantity.index[1]].u] - sum);
    default:
        sum = c->factor * sum_terms(c, terms, value) / c->over;
        sum *= c->times == NO_CELL ? 1 : value[c->times];
        return sum + (c->extra == NO_CELL ? 0 : c->extra_factor * value[c->extra]);
    }
}

/* --------------------------------------------------------------------- the engine's own --- */

static bool is_parameter(quantity_id id)
{
    return id == QUANTITY_W || id == QUANTITY_B;
}

static bool is_gradient(quantity_id id)
{
    return id == QUANTITY_DW || id == QUANTITY_DB;
}

static size_t parameter_place(const bg_example *e, const quantity *q)
{
    const size_t *n = q->index;
    return q->id == QUANTITY_W || q->id == QUANTITY_DW ? example_weight(e, n[0], n[1], n[2])
                                                       : example_bias(e, n[0], n[1]);
}

/* In sequence, what lies below the output comes from weights of the next step. */
static bool is_of_sequence(const bg_example *e, const cell *c)
{
    quantity_id id = c->quantity.id;
    bool delta = id == QUANTITY_DELTA || id == QUANTITY_DEDA;
    return e->sequential && (is_gradient(id) || (delta && c->quantity.index[0] < e->layers));
}

double cell_given(const ledger *g, const cell *c)
{
    const bg_example *e = g->example;
    const size_t *n = c->quantity.index;
    if (c->quantity.id == QUANTITY_A)
        return e->inputs[c->row * e->widths[0] + n[1]];
    if (c->quantity.id == QUANTITY_TARGET)
        return e->targets[c->row * e->widths[e->layers] + n[0]];
    return e->start[parameter_place(e, &c->quantity)];
}

/* dE/dW of the rows of this update, penalty included. */
static bg_status find_gradient(evaluation *v, double *gradient, bg_error *error)
{
    const bg_example *e = v->example;
    const double *found;
    TRY(e->online ? evaluation_row_gradient(v, v->step % e->rows, &found, error)
                  : evaluation_gradient(v, &found, error));
    memcpy(gradient, found, e->parameters * sizeof *gradient);
    if (!e->online)
        return BG_OK;
    evaluation_parameters(v, v->parameters);
    for (size_t l = 1; l <= e->layers; l++)
        for (size_t i = example_weight(e, l, 0, 0); i < example_bias(e, l, 0); i++)
            gradient[i] += e->l2 * v->parameters[i];
    return BG_OK;
}

static bg_status fill_step(ledger *g, evaluation *v, double *parameters, double *gradient,
                           bg_error *error)
{
    const bg_example *e = g->example;
    evaluation_parameters(v, parameters);
    if (e->loss != EXAMPLE_NO_LOSS)
        TRY(find_gradient(v, gradient, error));
    for (size_t i = 0; i < g->cells; i++) {
        const cell *c = &g->cell[i];
        quantity_id id = c->quantity.id;
        if (c->step != v->step || is_of_sequence(e, c))
            continue;
        if (is_parameter(id))
            g->value[i] = parameters[parameter_place(e, &c->quantity)];
        else if (is_gradient(id))
            g->value[i] = gradient[parameter_place(e, &c->quantity)];
        else if (id == QUANTITY_TARGET)
            g->value[i] = cell_given(g, c);
        else
            TRY(evaluation_value(v, &c->quantity, c->row, true, &g->value[i], error));
    }
    return BG_OK;
}

bg_status ledger_fill(ledger *g, bg_dtype dtype, bg_error *error)
{
    const bg_example *e = g->example;
    evaluation v;
    TRY(evaluation_open(&v, e, dtype, error));
    double *numbers = memory_zeroed(e->parameters, 2 * sizeof *numbers);
    bg_status status = numbers ? BG_OK : fail_memory(error, "the sheet");
    for (size_t step = 0; status == BG_OK && step <= g->updates; step++) {
        status = evaluation_advance(&v, step, error);
        if (status == BG_OK)
            status = fill_step(g, &v, numbers, numbers + e->parameters, error);
    }
    memory_release(numbers);
    evaluation_close(&v);
    for (size_t i = 0; status == BG_OK && i < g->cells; i++)
        if (is_of_sequence(e, &g->cell[i]))
            g->value[i] = cell_value(g, &g->cell[i], g->term + g->cell[i].first, g->value);
    return status;
}
