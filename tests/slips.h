/* Sheets of random networks with one mistake each, worked out number by number by the formulas of a
 * textbook: nothing of the library has a hand in it but the random numbers. */
#ifndef TESTS_SLIPS_H
#define TESTS_SLIPS_H

#include <check.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"

enum { N = 3, ROWS = 3, TEXT = 1 << 14 };

/* How each kind is planted, and the names under which it may be found. */
typedef enum kind {
    NOTHING,
    BIAS_LEFT_OUT,
    WEIGHTS_TRANSPOSED,
    OTHER_SAMPLE,
    Z_FOR_A,
    SIGN_OF_TERM,
    WEIGHTS_EXCHANGED,
    ACTIVATION_LEFT_OUT,
    OTHER_ACTIVATION,
    VALUE_FOR_SLOPE,
    SLOPE_AT_A,
    SIGN_OF_DELTA,
    SLOPE_LEFT_OUT,
    VALUE_FOR_SLOPE_IN_DELTA,
    HALF_IN_LOSS,
    HALF_IN_DELTA,
    TRANSPOSE_MISSING,
    UPDATED_TOO_EARLY,
    UNIT_LEFT_OUT,
    MEAN_FOR_SUM,
    PENALTY_LEFT_OUT,
    INPUT_LEFT_OUT,
    OTHER_SAMPLE_IN_GRADIENT,
    NEIGHBOURING_INPUT,
    WRONG_WAY,
    RATE_TWICE,
    RATE_LEFT_OUT,
    NOT_UPDATED,
    NEIGHBOURING_GRADIENT,
    DECIMAL_POINT,
    ROUNDED_TOO_EARLY,
    KINDS
} kind;

static const char *const names[KINDS][4] = {
    [BIAS_LEFT_OUT] = {"bias-left-out"},
    [WEIGHTS_TRANSPOSED] = {"weights-transposed"},
    [OTHER_SAMPLE] = {"other-sample"},
    [Z_FOR_A] = {"z-for-a"},
    [SIGN_OF_TERM] = {"sign-of-term", "bias-subtracted"},
    [WEIGHTS_EXCHANGED] = {"weights-exchanged"},
    [ACTIVATION_LEFT_OUT] = {"activation-left-out"},
    [OTHER_ACTIVATION] = {"other-activation"},
    [VALUE_FOR_SLOPE] = {"value-for-slope"},
    [SLOPE_AT_A] = {"slope-at-a"},
    [SIGN_OF_DELTA] = {"sign"},
    [SLOPE_LEFT_OUT] = {"slope-left-out"},
    [VALUE_FOR_SLOPE_IN_DELTA] = {"value-for-slope"},
    [HALF_IN_LOSS] = {"half-in-loss"},
    [HALF_IN_DELTA] = {"half-in-loss"},
    [TRANSPOSE_MISSING] = {"transpose-missing"},
    [UPDATED_TOO_EARLY] = {"weights-of-other-step"},
    [UNIT_LEFT_OUT] = {"unit-left-out"},
    [MEAN_FOR_SUM] = {"mean-for-sum"},
    [PENALTY_LEFT_OUT] = {"penalty-left-out"},
    [INPUT_LEFT_OUT] = {"input-left-out"},
    [OTHER_SAMPLE_IN_GRADIENT] = {"other-sample"},
    [NEIGHBOURING_INPUT] = {"neighbouring-input"},
    [WRONG_WAY] = {"wrong-way"},
    [RATE_TWICE] = {"rate-twice"},
    [RATE_LEFT_OUT] = {"rate-left-out"},
    [NOT_UPDATED] = {"not-updated"},
    [NEIGHBOURING_GRADIENT] = {"neighbouring-gradient", "transposed-gradient", "input-left-out"},
    [DECIMAL_POINT] = {"decimal-point"},
    [ROUNDED_TOO_EARLY] = {"rounded-too-early"},
};

/* A 3-3-3 network, three rows, and its sheet. */
typedef struct work {
    rng random;
    kind kind;
    size_t unit, input, row, layer; /* where the mistake goes */
    int decimals;
    bool hyperbolic; /* tanh, else sigmoid */
    double rate, penalty;
    double x[ROWS][N], t[ROWS][N], w[3][N][N], b[3][N]; /* layers 1 and 2 */
    double z[3][ROWS][N], a[3][ROWS][N], slope[3][ROWS][N], delta[3][ROWS][N];
    double dw[3][N][N], db[3][N];
    char wrong[80];  /* the number that the mistake is in */
    double distance; /* how far it is off, in units of the last digit */
    char csv[TEXT], json[TEXT];
    size_t csv_length;
} work;

/* A decimal number of two digits, away from 0. */
static double draw(work *k, double size)
{
    double value = round(rng_uniform(&k->random) * size * 90 + 10 * size) / 100;
    return rng_below(&k->random, 2) ? value : -value;
}

static double f(const work *k, double z)
{
    return k->hyperbolic ? tanh(z) : 1 / (1 + exp(-z));
}

static double f_slope(const work *k, double z)
{
    return k->hyperbolic ? 1 - f(k, z) * f(k, z) : f(k, z) * (1 - f(k, z));
}

/* Writes a number of the sheet, the wrong one where the mistake goes; returns what it goes on
 * with. */
static double put(work *k, const char *name, long row, int step, double right, bool is_here,
                  double wrong)
{
    double value = is_here ? wrong : right;
    char where[40] = "";
    if (row >= 0)
        snprintf(where, sizeof where, "%ld", row);
    k->csv_length += (size_t)snprintf(k->csv + k->csv_length, TEXT - k->csv_length,
                                      "%s,%s,%d,%.*f\n", name, where, step, k->decimals, value);
    if (is_here) {
        snprintf(k->wrong, sizeof k->wrong, "%s", name);
        k->distance = fabs(wrong - right) * pow(10, k->decimals);
    }
    return value;
}

static const char *name_of(const char *word, size_t i0, size_t i1, int i2)
{
    static char text[80];
    if (i2 < 0)
        snprintf(text, sizeof text, "%s[%zu][%zu]", word, i0, i1);
    else
        snprintf(text, sizeof text, "%s[%zu][%zu][%d]", word, i0, i1, i2);
    return text;
}

static bool here(const work *k, kind what, size_t l, size_t j, size_t r)
{
    return k->kind == what && k->layer == l && k->unit == j && k->row == r;
}

static void work_z(work *k, size_t l, size_t r, size_t j)
{
    double sum = k->b[l][j], other = 0, transposed = k->b[l][j], unactivated = k->b[l][j];
    size_t far = (r + 1) % ROWS, i = k->input, next = i + 1 < N ? i + 1 : 0;
    for (size_t n = 0; n < N; n++) {
        sum += k->w[l][j][n] * k->a[l - 1][r][n];
        other += k->w[l][j][n] * k->a[l - 1][far][n];
        transposed += k->w[l][n][j] * k->a[l - 1][r][n];
        unactivated += k->w[l][j][n] * k->z[l - 1][r][n];
    }
    double wrong = sum;
    bool is_here = true;
    if (here(k, BIAS_LEFT_OUT, l, j, r))
        wrong = sum - k->b[l][j];
    else if (here(k, WEIGHTS_TRANSPOSED, l, j, r))
        wrong = transposed;
    else if (here(k, OTHER_SAMPLE, l, j, r) && l == 1)
        wrong = other + k->b[l][j];
    else if (here(k, Z_FOR_A, l, j, r) && l == 2)
        wrong = unactivated;
    else if (here(k, SIGN_OF_TERM, l, j, r))
        wrong = sum - 2 * k->w[l][j][i] * k->a[l - 1][r][i];
    else if (here(k, WEIGHTS_EXCHANGED, l, j, r) && i + 1 < N)
        wrong =
            sum + (k->w[l][j][next] - k->w[l][j][i]) * (k->a[l - 1][r][i] - k->a[l - 1][r][next]);
    else if (here(k, DECIMAL_POINT, l, j, r))
        wrong = 10 * sum;
    else
        is_here = false;
    k->z[l][r][j] = put(k, name_of("z", l, j, -1), (long)r, 0, sum, is_here, wrong);
}

static void work_forward(work *k, size_t r)
{
    for (size_t l = 1; l <= 2; l++) {
        for (size_t j = 0; j < N; j++)
            work_z(k, l, r, j);
        for (size_t j = 0; j < N; j++) {
            double z = k->z[l][r][j], right = f(k, z);
            bool plain = here(k, ACTIVATION_LEFT_OUT, l, j, r);
            bool other = here(k, OTHER_ACTIVATION, l, j, r);
            double wrong = plain ? z : k->hyperbolic ? 1 / (1 + exp(-z)) : tanh(z);
            k->a[l][r][j] =
                put(k, name_of("a", l, j, -1), (long)r, 0, right, plain || other, wrong);
        }
    }
}

static void work_loss(work *k, size_t r)
{
    double sum = 0;
    for (size_t j = 0; j < N; j++)
        sum += (k->t[r][j] - k->a[2][r][j]) * (k->t[r][j] - k->a[2][r][j]);
    put(k, "loss", (long)r, 0, sum / 2, k->kind == HALF_IN_LOSS && k->row == r, sum);
}

static void work_slope(work *k, size_t l, size_t r, size_t j)
{
    double a = k->a[l][r][j], right = k->hyperbolic ? 1 - a * a : a * (1 - a);
    bool value = here(k, VALUE_FOR_SLOPE, l, j, r), late = here(k, SLOPE_AT_A, l, j, r);
    k->slope[l][r][j] = put(k, name_of("fprime", l, j, -1), (long)r, 0, right, value || late,
                            value ? a : f_slope(k, a));
}

static double rounded(double value, double unit)
{
    return round(value / unit) * unit;
}

static void work_delta(work *k, size_t l, size_t r, size_t j)
{
    double back = 0, transposed = 0, early = 0, left_out = 0, coarse = 0;
    for (size_t n = 0; l == 1 && n < N; n++) {
        double d = k->delta[2][r][n], gradient = k->penalty * k->w[2][n][j];
        for (size_t q = 0; q < ROWS; q++)
            gradient += k->delta[2][q][n] * k->a[1][q][j] / ROWS;
        back += k->w[2][n][j] * d;
        transposed += k->w[2][j][n] * d;
        early += (k->w[2][n][j] - k->rate * gradient) * d;
        left_out += n == k->input ? 0 : k->w[2][n][j] * d;
        coarse += rounded(k->w[2][n][j], 0.01) * rounded(d, 0.01);
    }
    if (l == 2)
        back = k->a[2][r][j] - k->t[r][j];
    double slope = k->slope[l][r][j], wrong = back * slope, right = back * slope;
    bool is_here = true;
    if (here(k, SIGN_OF_DELTA, l, j, r))
        wrong = -right;
    else if (here(k, SLOPE_LEFT_OUT, l, j, r))
        wrong = back;
    else if (here(k, VALUE_FOR_SLOPE_IN_DELTA, l, j, r))
        wrong = back * k->a[l][r][j];
    else if (here(k, HALF_IN_DELTA, l, j, r) && l == 2)
        wrong = 2 * right;
    else if (here(k, TRANSPOSE_MISSING, l, j, r) && l == 1)
        wrong = transposed * slope;
    else if (here(k, UPDATED_TOO_EARLY, l, j, r) && l == 1)
        wrong = early * slope;
    else if (here(k, UNIT_LEFT_OUT, l, j, r) && l == 1)
        wrong = left_out * slope;
    else if (here(k, ROUNDED_TOO_EARLY, l, j, r) && l == 1)
        wrong = coarse * rounded(slope, 0.01);
    else
        is_here = false;
    k->delta[l][r][j] = put(k, name_of("delta", l, j, -1), (long)r, 0, right, is_here, wrong);
}

static bool here_weight(const work *k, kind what, size_t l, size_t j, size_t i)
{
    return k->kind == what && k->layer == l && k->unit == j && k->input == i;
}

static void work_gradient(work *k, size_t l, size_t j, size_t i)
{
    double sum = 0, alone = 0, other = 0, beside = 0, penalty = k->penalty * k->w[l][j][i];
    for (size_t r = 0; r < ROWS; r++) {
        double d = k->delta[l][r][j];
        sum += d * k->a[l - 1][r][i];
        alone += d;
        other += d * k->a[l - 1][(r + 1) % ROWS][i];
        beside += d * k->a[l - 1][r][i + 1 < N ? i + 1 : i - 1];
    }
    double right = sum / ROWS + penalty, wrong = right;
    bool is_here = true;
    if (here_weight(k, MEAN_FOR_SUM, l, j, i))
        wrong = sum + penalty;
    else if (here_weight(k, PENALTY_LEFT_OUT, l, j, i))
        wrong = sum / ROWS;
    else if (here_weight(k, INPUT_LEFT_OUT, l, j, i))
        wrong = alone / ROWS + penalty;
    else if (here_weight(k, OTHER_SAMPLE_IN_GRADIENT, l, j, i))
        wrong = other / ROWS + penalty;
    else if (here_weight(k, NEIGHBOURING_INPUT, l, j, i))
        wrong = beside / ROWS + penalty;
    else
        is_here = false;
    k->dw[l][j][i] = put(k, name_of("dW", l, j, (int)i), -1, 0, right, is_here, wrong);
}

static void work_update(work *k, size_t l, size_t j, size_t i)
{
    double w = k->w[l][j][i], g = k->dw[l][j][i], right = w - k->rate * g, wrong = right;
    bool is_here = true;
    if (here_weight(k, WRONG_WAY, l, j, i))
        wrong = w + k->rate * g;
    else if (here_weight(k, RATE_TWICE, l, j, i))
        wrong = w - k->rate * k->rate * g;
    else if (here_weight(k, RATE_LEFT_OUT, l, j, i))
        wrong = w - g;
    else if (here_weight(k, NOT_UPDATED, l, j, i))
        wrong = w;
    else if (here_weight(k, NEIGHBOURING_GRADIENT, l, j, i))
        wrong = w - k->rate * k->dw[l][j][i + 1 < N ? i + 1 : i - 1];
    else
        is_here = false;
    put(k, name_of("W", l, j, (int)i), -1, 1, right, is_here, wrong);
}

static void work_backward(work *k)
{
    for (size_t l = 2; l >= 1; l--)
        for (size_t r = 0; r < ROWS; r++) {
            for (size_t j = 0; j < N; j++)
                work_slope(k, l, r, j);
            for (size_t j = 0; j < N; j++)
                work_delta(k, l, r, j);
        }
    for (size_t l = 2; l >= 1; l--) {
        for (size_t j = 0; j < N; j++)
            for (size_t i = 0; i < N; i++)
                work_gradient(k, l, j, i);
        for (size_t j = 0; j < N; j++) {
            double sum = 0;
            for (size_t r = 0; r < ROWS; r++)
                sum += k->delta[l][r][j] / ROWS;
            k->db[l][j] = put(k, name_of("db", l, j, -1), -1, 0, sum, false, 0);
        }
    }
    for (size_t l = 2; l >= 1; l--) {
        for (size_t j = 0; j < N; j++)
            for (size_t i = 0; i < N; i++)
                work_update(k, l, j, i);
        for (size_t j = 0; j < N; j++)
            put(k, name_of("b", l, j, -1), -1, 1, k->b[l][j] - k->rate * k->db[l][j], false, 0);
    }
}

/* ------------------------------------------------------------------------- the example --- */

static void add(work *k, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(work *k, const char *format, ...)
{
    size_t length = strlen(k->json);
    va_list args;
    va_start(args, format);
    vsnprintf(k->json + length, TEXT - length, format, args);
    va_end(args);
}

static void add_matrix(work *k, double m[N][N])
{
    for (size_t j = 0; j < N; j++)
        add(k, "%s[\"%.2f\", \"%.2f\", \"%.2f\"]%s", j ? ", " : "[", m[j][0], m[j][1], m[j][2],
            j + 1 < N ? "" : "]");
}

static void write_example(work *k)
{
    const char *word = k->hyperbolic ? "tanh" : "sigmoid";
    add(k,
        "{\"format\": \"backgemm-worked-example-1\", \"name\": \"n\", \"kind\": \"trace\", "
        "\"title\": \"t\", \"source\": \"s\", \"net\": {\"layers\": [3, 3, 3], "
        "\"activations\": [\"%s\", \"%s\"], \"weights\": [",
        word, word);
    add_matrix(k, k->w[1]);
    add(k, ", ");
    add_matrix(k, k->w[2]);
    add(k, "], \"biases\": [");
    for (size_t l = 1; l <= 2; l++)
        add(k, "%s[\"%.2f\", \"%.2f\", \"%.2f\"]", l > 1 ? ", " : "", k->b[l][0], k->b[l][1],
            k->b[l][2]);
    add(k, "]}, \"data\": {\"inputs\": ");
    add_matrix(k, k->x);
    add(k, ", \"targets\": ");
    add_matrix(k, k->t);
    add(k,
        "}, \"loss\": \"half_sse\", \"reduction\": \"mean\", \"l2\": \"%.2f\", \"conventions\": "
        "{\"delta_sign\": \"dE/dz\", \"update_sign\": \"descent\"}, \"training\": {\"rule\": "
        "\"gd\", \"learning_rate\": \"%.2f\", \"update_order\": \"parallel\", \"update_biases\": "
        "true, \"batch\": \"full\"}, \"expect\": [{\"quantity\": \"a[0][0]\", \"row\": 0, "
        "\"step\": 0, \"printed\": \"0\", \"label\": \"x\", \"tolerance\": \"0.5\", \"status\": "
        "\"ok\", \"source_checked\": false}]}",
        k->penalty, k->rate);
}

/* A sheet of a random network; false: the mistake does not show, or does not exist here. */
static bool work_sheet(work *k, kind what, uint64_t seed, int decimals)
{
    *k = (work){.random = rng_seeded(seed, (uint64_t)what), .kind = what, .decimals = decimals};
    k->hyperbolic = rng_below(&k->random, 2);
    static const double rates[] = {0.2, 0.3, 0.4, 0.7}; /* at 0.5 half and square are one */
    k->rate = rates[rng_below(&k->random, 4)];
    k->penalty = 0.1 + 0.1 * (double)rng_below(&k->random, 3);
    k->unit = (size_t)rng_below(&k->random, N);
    k->input = (size_t)rng_below(&k->random, N);
    k->row = (size_t)rng_below(&k->random, ROWS);
    k->layer = 1 + (size_t)rng_below(&k->random, 2);
    for (size_t j = 0; j < N; j++)
        for (size_t i = 0; i < N; i++) {
            k->x[j][i] = draw(k, 1.5);
            k->t[j][i] = rng_below(&k->random, 2) ? 1 : 0;
            k->w[1][j][i] = draw(k, 1);
            k->w[2][j][i] = draw(k, 1);
            k->b[1][j] = draw(k, 0.5);
            k->b[2][j] = draw(k, 0.5);
        }
    k->csv_length = (size_t)snprintf(k->csv, TEXT, "quantity,row,step,value\n");
    memcpy(k->a[0], k->x, sizeof k->x);
    for (size_t r = 0; r < ROWS; r++)
        work_forward(k, r);
    for (size_t r = 0; r < ROWS; r++)
        work_loss(k, r);
    work_backward(k);
    ck_assert_uint_lt(k->csv_length, TEXT - 1);
    write_example(k);
    return what == NOTHING || k->distance > 30;
}

#endif
