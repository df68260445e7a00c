/* Products of thin layers against sums in long double, with nothing written beside them. */
#include "base/real.h"
#include "kernel/thin.h"
#include "net/net.h"
#include "oracle.h"

enum { MOST_ROWS = 9, LINE = 64 / sizeof(real), MOST_IN = 5 * LINE, MOST_FEW = 9 };

static real x[MOST_ROWS * MOST_IN], w[MOST_FEW * MOST_IN], delta[MOST_ROWS * LINE];
static real got[(MOST_ROWS + 1) * MOST_IN];

static void fill(size_t n, unsigned seed, real *values)
{
    double wide[MOST_ROWS * MOST_IN];
    fill_values(n, seed, wide);
    for (size_t i = 0; i < n; i++)
        values[i] = (real)wide[i];
}

/* n products of numbers up to 1, each sum rounded: n^2 halves of a unit are more than enough. */
static const real bias[THIN_OUT] = {(real)0.25, -1, 2, (real)-0.5};

static void is_near(real value, long double want, size_t n)
{
    long double bound = (long double)(n * n + 1) * REAL_EPSILON / 2;
    ck_assert_msg(fabsl((long double)value - want) <= bound, "%Lg, not %Lg", (long double)value,
                  want);
}

/* Rows of x without padding: what follows the last one is not read, or would be NaN. */
static const real *rows_alone(size_t m, size_t in)
{
    static real rows[MOST_ROWS * MOST_IN + 1];
    memcpy(rows, x, m * in * sizeof *rows);
    rows[m * in] = (real)NAN;
    return rows;
}

static void check_forward(size_t m, size_t in, size_t out)
{
    size_t ldw = (in + LINE - 1) / LINE * LINE;
    real padded[THIN_OUT * MOST_IN] = {0};
    for (size_t j = 0; j < out; j++)
        memcpy(padded + j * ldw, w + j * in, in * sizeof *w);
    for (size_t i = 0; i < sizeof got / sizeof *got; i++)
        got[i] = 77;
    thin_find()->forward(m, in, out, rows_alone(m, in), in, padded, ldw, bias, got, LINE);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < LINE; j++) {
            long double want = j < out ? (long double)bias[j] : 0;
            for (size_t k = 0; k < in && j < out; k++)
                want += (long double)x[i * in + k] * w[j * in + k];
            is_near(got[i * LINE + j], want, j < out ? in + 2 : 0);
        }
    ck_assert(got[m * LINE] == 77);
}

static void check_backward(size_t m, size_t in, size_t out)
{
    got[m * in] = 77;
    thin_find()->backward(m, in, out, delta, LINE, w, in, got, in);
    for (size_t i = 0; i < m; i++)
        for (size_t k = 0; k < in; k++) {
            long double want = 0;
            for (size_t j = 0; j < out; j++)
                want += (long double)delta[i * LINE + j] * w[j * in + k];
            is_near(got[i * in + k], want, out);
        }
    ck_assert(got[m * in] == 77);
}

/* W of in x out as it lies, out in whole lines. */
static void check_few_back(size_t m, size_t in, size_t out)
{
    enum { LD = MOST_FEW + 3 };
    for (size_t i = 0; i < sizeof got / sizeof *got; i++)
        got[i] = 77;
    thin_find()->few_back(m, in, out, x, MOST_IN, w, MOST_IN, got, LD);
    for (size_t i = 0; i < m; i++)
        for (size_t k = 0; k < LD; k++) {
            long double want = k < in ? 0 : 77;
            for (size_t j = 0; j < out && k < in; j++)
                want += (long double)x[i * MOST_IN + j] * w[k * MOST_IN + j];
            is_near(got[i * LD + k], want, k < in ? out : 0);
        }
}

static void check_gradient(size_t m, size_t in, size_t out, real beta)
{
    for (size_t i = 0; i < sizeof got / sizeof *got; i++)
        got[i] = beta != 0 ? (real)0.5 : (real)NAN;
    thin_find()->gradient(m, in, out, rows_alone(m, in), in, delta, LINE, beta, got, THIN_OUT + 1);
    for (size_t k = 0; k <= in; k++)
        for (size_t j = 0; j <= THIN_OUT; j++) {
            real value = got[k * (THIN_OUT + 1) + j];
            long double want = beta != 0 ? 0.5L : 0;
            for (size_t i = 0; i < m && k < in; i++)
                want += (long double)x[i * in + k] * delta[i * LINE + j];
            if (k < in && j < out)
                is_near(value, want, m + 1);
            else
                ck_assert(beta != 0 ? value == (real)0.5 : isnan(value));
        }
}

START_TEST(products_agree_with_long_double)
{
    fill(MOST_ROWS * MOST_IN, 1, x);
    fill(THIN_OUT * MOST_IN, 2, w);
    fill(MOST_ROWS * LINE, 3, delta);
    for (size_t m = 1; m <= MOST_ROWS; m++)
        for (size_t in = 1; in <= MOST_IN; in++)
            for (size_t out = 1; out <= THIN_OUT; out++) {
                check_forward(m, in, out);
                if (in % LINE == 0)
                    check_backward(m, in, out);
                check_gradient(m, in, out, 0);
                check_gradient(m, in, out, 1);
            }
}
END_TEST

START_TEST(few_rows_go_back_through_any_width)
{
    fill(MOST_ROWS * MOST_IN, 1, x);
    fill(MOST_FEW * MOST_IN, 2, w);
    for (size_t m = 1; m <= MOST_ROWS; m++)
        for (size_t in = 1; in <= MOST_FEW; in++)
            for (size_t out = LINE; out <= MOST_IN; out += LINE)
                check_few_back(m, in, out);
}
END_TEST

START_TEST(a_row_has_the_same_bits_wherever_it_stands)
{
    fill(THIN_OUT * MOST_IN, 2, w);
    for (size_t i = 0; i < MOST_ROWS; i++)
        fill(MOST_IN, 1, x + i * MOST_IN);
    thin_find()->forward(MOST_ROWS, MOST_IN, 2, x, MOST_IN, w, MOST_IN, bias, got, LINE);
    for (size_t i = 1; i < MOST_ROWS; i++)
        ck_assert(memcmp(got, got + i * LINE, 2 * sizeof *got) == 0);
    thin_find()->few_back(MOST_ROWS, 2, MOST_IN, x, MOST_IN, w, MOST_IN, got, LINE);
    for (size_t i = 1; i < MOST_ROWS; i++)
        ck_assert(memcmp(got, got + i * LINE, 2 * sizeof *got) == 0);
}
END_TEST

RUN_CASE("thin", 60, products_agree_with_long_double, few_rows_go_back_through_any_width,
         a_row_has_the_same_bits_wherever_it_stands)
