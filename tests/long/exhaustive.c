/*
 * exp, sigmoid, tanh and the tail of the normal distribution of lanes against libm in a wider type:
 * every float there is, or ten million doubles from each of four sweeps.  Compiled for each
 * precision and instruction set; prints the worst error in units of the last place, where it
 * stands, and the bound, and fails beyond it.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/real.h"
#include "kernel/lanes_normal.h"

#if BG_DOUBLE
typedef long double wide;
#define WIDE(name) name##l
#define DIGITS 53
#define LOWEST_EXPONENT -1021
#define BOUND_EXP 2.0
#define BOUND 2.0
#else
typedef double wide;
#define WIDE(name) name
#define DIGITS 24
#define LOWEST_EXPONENT -125
#define BOUND_EXP 2.0
#define BOUND 4.0
#endif
#define BOUND_TAIL 8.0

enum { CHUNK = 4096 };

static wide exact_exp(wide x)
{
    return WIDE(exp)(x);
}

static wide exact_sigmoid(wide x)
{
    return 1 / (1 + WIDE(exp)(-x));
}

static wide exact_tanh(wide x)
{
    return WIDE(tanh)(x);
}

static wide exact_tail(wide x)
{
    return WIDE(erfc)(WIDE(fabs)(x) / WIDE(sqrt)(2)) / 2;
}

INLINE lanes lanes_tail(lanes x)
{
    return lanes_normal_tail(lanes_abs(x)).tail;
}

/* Loops take the two halves of these apart. */
INLINE lanes lanes_sigmoid(lanes x)
{
    return lanes_sigmoid_from(lanes_sigmoid_parts(x));
}

INLINE lanes lanes_tanh(lanes x)
{
    return lanes_tanh_from(lanes_tanh_parts(x));
}

#define APPLY(name)                                                                                \
    static void apply_##name(const real *x, real *y)                                               \
    {                                                                                              \
        for (size_t i = 0; i < CHUNK; i += LANES)                                                  \
            lanes_store(y + i, lanes_##name(lanes_load(x + i)));                                   \
    }
APPLY(exp)
APPLY(sigmoid)
APPLY(tanh)
APPLY(tail)

static const struct {
    const char *name;
    void (*apply)(const real *x, real *y);
    wide (*exact)(wide x);
    double bound;
} functions[] = {{"exp", apply_exp, exact_exp, BOUND_EXP},
                 {"sigmoid", apply_sigmoid, exact_sigmoid, BOUND},
                 {"tanh", apply_tanh, exact_tanh, BOUND},
                 {"tail", apply_tail, exact_tail, BOUND_TAIL}};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* |got - want| in units of the last place of want; of the smallest denormal below the normal range.
 */
static double units(real got, wide want)
{
    if (isnan(want))
        return isnan(got) ? 0 : HUGE_VAL;
    if (isinf((real)want) || isinf(got))
        return got == (real)want ? 0 : HUGE_VAL;
    int exponent;
    WIDE(frexp)(want, &exponent);
    if (want == 0 || exponent < LOWEST_EXPONENT)
        exponent = LOWEST_EXPONENT;
    return (double)WIDE(fabs)(WIDE(ldexp)((wide)got - want, DIGITS - exponent));
}

typedef struct worst {
    double units;
    real at;
} worst;

static void compare(const real *x, worst *found)
{
    real y[CHUNK];
    for (int f = 0; f < FUNCTIONS; f++) {
        functions[f].apply(x, y);
        for (int i = 0; i < CHUNK; i++) {
            double off = units(y[i], functions[f].exact((wide)x[i]));
            if (!(off <= found[f].units))
                found[f] = (worst){off, x[i]};
        }
    }
}

#if BG_DOUBLE
#define CHUNKS (4 * 2442L)
static void fill(long chunk, real *x)
{
    static const double ranges[] = {1, 20, 750};
    unsigned long long state = (unsigned long long)chunk * 0x9e3779b97f4a7c15u + 1;
    for (int i = 0; i < CHUNK; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        double u = (double)(state >> 11) * 0x1p-52 - 1; /* -1..1 */
        x[i] = chunk % 4 < 3 ? u * ranges[chunk % 4] : copysign(exp(-40 * fabs(u)), u);
    }
}
#else
#define CHUNKS (0x100000000L / CHUNK)
static void fill(long chunk, real *x)
{
    for (int i = 0; i < CHUNK; i++) {
        uint32_t bits = (uint32_t)(chunk * CHUNK + i);
        memcpy(&x[i], &bits, sizeof bits);
    }
}
#endif

int main(void)
{
    worst found[FUNCTIONS] = {{0, 0}};
#pragma omp parallel
    {
        worst mine[FUNCTIONS] = {{0, 0}};
        real x[CHUNK];
#pragma omp for schedule(dynamic, 64)
        for (long chunk = 0; chunk < CHUNKS; chunk++) {
            fill(chunk, x);
            compare(x, mine);
        }
#pragma omp critical
        for (int f = 0; f < FUNCTIONS; f++)
            if (!(mine[f].units <= found[f].units))
                found[f] = mine[f];
    }
    int failed = 0;
    for (int f = 0; f < FUNCTIONS; f++) {
        bool good = found[f].units <= functions[f].bound;
        printf("%-8s worst %.3f units of the last place, at %.17g; at most %g: %s\n",
               functions[f].name, found[f].units, (double)found[f].at, functions[f].bound,
               good ? "ok" : "FAILED");
        failed += !good;
    }
    printf("%d passed, %d failed\n", FUNCTIONS - failed, failed);
    return failed != 0;
}
