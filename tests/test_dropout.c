/* Which units are dropped: against the formula, and as chance has it. */
#include "base/real.h"
#include "base/rng.h"
#include "kernel/dropout.h"
#include "reals.h"

/* As kernel/dropout.c says, one number at a time. */
static uint32_t naive_hash(uint64_t row, size_t unit)
{
    uint32_t x = (uint32_t)unit * 0x9e3779b9u + (uint32_t)row;
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= (uint32_t)(row >> 32);
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ x >> 16;
}

static dropout_layer half(double p)
{
    return (dropout_layer){(uint32_t)(p * 0x1p32), (real)(1 / (1 - p))};
}

START_TEST(units_are_dropped_by_their_number)
{
    for (size_t n = 0; n <= 90; n++)
        for (int k = 0; k < 8; k++) {
            uint64_t row = rng_hash(n, (uint64_t)k);
            dropout_layer layer = half(k / 8.0);
            real *x = make_reals(n + 1, (unsigned)n), *y = make_canaries(n + 1);
            dropout_find()->apply(n, row, &layer, x, y);
            for (size_t j = 0; j < n; j++) {
                real want = naive_hash(row, j) < layer.below ? 0 : x[j] * layer.scale;
                ck_assert_msg(y[j] == want, "unit %zu of %zu", j, n);
            }
            check_canaries(1, n, n + 1, 1, y);
            dropout_find()->apply(n, row, &layer, x, x);
            ck_assert_int_eq(memcmp(x, y, n * sizeof *x), 0);
            free(x);
            free(y);
        }
}
END_TEST

/* Units whose activation is infinite or no number are as good as any when they are dropped. */
START_TEST(what_is_dropped_is_zero)
{
    dropout_layer layer = half(0.5);
    real x[70], y[70];
    for (size_t j = 0; j < 70; j++)
        x[j] = j % 2 ? (real)INFINITY : (real)NAN;
    dropout_find()->apply(70, 5, &layer, x, y);
    for (size_t j = 0; j < 70; j++)
        ck_assert((y[j] == 0) == (naive_hash(5, j) < layer.below));
}
END_TEST

enum { UNITS = 1000, ROWS = 1000 };

static real ones[UNITS], thinned[2][UNITS];

/* `count` draws of probability p: six standard deviations of their share, which chance leaves once
 * in 5e8 tries; these draws are the same in every run. */
static double six_sigma(double p, double count)
{
    return 6 * sqrt(p * (1 - p) / count);
}

static void draw(uint64_t key, uint64_t row, double p, real *to)
{
    dropout_layer layer = half(p);
    dropout_find()->apply(UNITS, rng_hash(key, row), &layer, ones, to);
}

START_TEST(the_share_is_the_probability)
{
    static const double ps[] = {0.001, 0.1, 0.25, 0.5, 0.8, 0.99};
    for (size_t j = 0; j < UNITS; j++)
        ones[j] = 1;
    for (size_t k = 0; k < sizeof ps / sizeof *ps; k++) {
        double p = ps[k], dropped = 0, sum = 0, count = (double)UNITS * ROWS;
        for (size_t row = 0; row < ROWS; row++) {
            draw(k, row, p, thinned[0]);
            for (size_t j = 0; j < UNITS; j++) {
                dropped += thinned[0][j] == 0;
                sum += (double)thinned[0][j];
            }
        }
        ck_assert_double_le(fabs(dropped / count - p), six_sigma(p, count));
        /* What is kept is 1/(1-p) times as large: the mean stays 1. */
        ck_assert_double_le(fabs(sum / count - 1),
                            six_sigma(p, count) / (1 - p) + (double)REAL_EPSILON);
    }
}
END_TEST

/* One unit of one row, over many steps. */
START_TEST(every_unit_takes_its_turn)
{
    enum { STEPS = 4000 };
    static double dropped[UNITS];
    for (size_t j = 0; j < UNITS; j++)
        ones[j] = 1;
    for (uint64_t step = 0; step < STEPS; step++) {
        draw(rng_hash(9, step), 3, 0.3, thinned[0]);
        for (size_t j = 0; j < UNITS; j++)
            dropped[j] += thinned[0][j] == 0;
    }
    for (size_t j = 0; j < UNITS; j++)
        ck_assert_double_le(fabs(dropped[j] / STEPS - 0.3), six_sigma(0.3, STEPS));
}
END_TEST

/* Pairs of units, rows and keys side by side, and units shifted against each other, are dropped
 * together as often as independent ones. */
START_TEST(neighbours_are_independent)
{
    static const struct {
        uint64_t key, row;
        size_t unit;
    } other[] = {{0, 0, 1}, {0, 0, 2}, {0, 0, 64}, {0, 1, 0}, {0, 1, 1}, {1, 0, 0}, {1, 1, 1}};
    for (size_t j = 0; j < UNITS; j++)
        ones[j] = 1;
    for (size_t k = 0; k < sizeof other / sizeof *other; k++) {
        double both = 0, count = 0;
        for (uint64_t row = 0; row < ROWS; row++) {
            draw(11, row, 0.5, thinned[0]);
            draw(11 + other[k].key, row + other[k].row, 0.5, thinned[1]);
            for (size_t j = 0; j + other[k].unit < UNITS; j++, count++)
                both += thinned[0][j] == 0 && thinned[1][j + other[k].unit] == 0;
        }
        ck_assert_double_le(fabs(both / count - 0.25), six_sigma(0.25, count));
    }
}
END_TEST

RUN_CASE("dropout", 60, units_are_dropped_by_their_number, what_is_dropped_is_zero,
         the_share_is_the_probability, every_unit_takes_its_turn, neighbours_are_independent)
