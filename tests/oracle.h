/* Reads tests/data/torch_values.txt, and small helpers that several suites share. */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include <check.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backgemm.h"
#include "suite.h"

typedef struct record {
    size_t rows, columns;
    double *values; /* rows x columns, row-major; the caller's, free() */
} record;

/* The record of this printf name; the test fails when there is none. */
__attribute__((format(printf, 1, 2))) static inline record oracle_read(const char *format, ...)
{
    char wanted[128], name[128], line[256];
    va_list args;
    va_start(args, format);
    vsnprintf(wanted, sizeof wanted, format, args);
    va_end(args);
    FILE *f = fopen("tests/data/torch_values.txt", "r");
    ck_assert_ptr_nonnull(f);
    record r = {0};
    while (!r.values && fgets(line, sizeof line, f)) {
        if (sscanf(line, "%127s %zu %zu", name, &r.rows, &r.columns) != 3 || strcmp(name, wanted))
            continue;
        r.values = calloc(r.rows * r.columns, sizeof *r.values);
        for (size_t i = 0; i < r.rows * r.columns; i++)
            ck_assert_int_eq(fscanf(f, "%lf", &r.values[i]), 1);
    }
    fclose(f);
    ck_assert_msg(r.values != NULL, "no record %s", wanted);
    return r;
}

static inline bg_net *make_net(bg_dtype dtype, size_t layers, const size_t *widths,
                               const bg_activation *activations)
{
    bg_net *net = NULL;
    bg_net_spec spec = {dtype, layers, widths, activations};
    bg_error error;
    ck_assert_msg(bg_net_create(&spec, &net, &error) == BG_OK, "%s", error.text);
    return net;
}

/* Parameters in the order of bg_gradient: for each layer W[out][in], then b. */
static inline void set_parameters(bg_net *net, const double *values)
{
    for (size_t l = 1; l <= bg_net_layers(net); l++) {
        size_t weights = bg_net_width(net, l) * bg_net_width(net, l - 1);
        bg_net_set(net, l, values, values + weights);
        values += weights + bg_net_width(net, l);
    }
}

static inline void get_parameters(const bg_net *net, double *values)
{
    for (size_t l = 1; l <= bg_net_layers(net); l++) {
        size_t weights = bg_net_width(net, l) * bg_net_width(net, l - 1);
        bg_net_get(net, l, values, values + weights);
        values += weights + bg_net_width(net, l);
    }
}

static inline bg_data *make_data(bg_dtype dtype, size_t rows, size_t inputs, size_t targets,
                                 const double *x, const double *t)
{
    bg_data *data = NULL;
    bg_error error;
    ck_assert_msg(bg_data_create(dtype, rows, inputs, targets, x, t, &data, &error) == BG_OK, "%s",
                  error.text);
    return data;
}

/* The largest |got - want| / max(|want|, floor) over n values; floor keeps near-zeros from
 * counting. */
static inline double worst_relative(size_t n, const double *got, const double *want, double floor)
{
    double worst = 0;
    for (size_t i = 0; i < n; i++) {
        double error = fabs(got[i] - want[i]) / fmax(fabs(want[i]), floor);
        if (!(error <= worst))
            worst = error;
    }
    return worst;
}

/* n values in -1..1 from a small generator: the same in every run, and not the library's own. */
static inline void fill_values(size_t n, unsigned seed, double *values)
{
    unsigned long long state = seed * 2654435761ull + 1;
    for (size_t i = 0; i < n; i++) {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        values[i] = (double)(state >> 11) * 0x1p-52 - 1;
    }
}

/* One activation under one loss, 3-4-2 in double, with PyTorch's numbers for it. */
typedef struct torch_pair {
    const char *activation, *loss, *reduction;
    bg_objective objective;
    record x, t, parameters, outputs, value, gradient;
    bg_net *net;
} torch_pair;

static inline void with_torch_pair(bg_activation activation, bg_loss loss, bg_reduction reduction,
                                   void (*look)(const torch_pair *pair))
{
    const char *f = bg_name(BG_KIND_ACTIVATION, (int)activation),
               *e = bg_name(BG_KIND_LOSS, (int)loss),
               *r = bg_name(BG_KIND_REDUCTION, (int)reduction);
    bg_activation both[] = {activation == BG_SOFTMAX ? BG_TANH : activation, activation};
    torch_pair pair = {.activation = f,
                       .loss = e,
                       .reduction = r,
                       .objective = {.loss = loss, .reduction = reduction},
                       .x = oracle_read("pair/inputs"),
                       .t = oracle_read("pair/%s/%s/targets", f, e),
                       .parameters = oracle_read("pair/%s/%s/parameters", f, e),
                       .outputs = oracle_read("pair/%s/%s/outputs", f, e),
                       .value = oracle_read("pair/%s/%s/%s/value", f, e, r),
                       .gradient = oracle_read("pair/%s/%s/%s/gradient", f, e, r),
                       .net = make_net(BG_F64, 2, (size_t[]){3, 4, 2}, both)};
    set_parameters(pair.net, pair.parameters.values);
    look(&pair);
    bg_net_free(pair.net);
    const record *all[] = {&pair.x,       &pair.t,     &pair.parameters,
                           &pair.outputs, &pair.value, &pair.gradient};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]->values);
}

static inline void each_torch_pair(void (*look)(const torch_pair *pair))
{
    for (int f = 0; f < BG_ACTIVATION_COUNT; f++)
        for (int e = 0; e < BG_LOSS_COUNT; e++)
            for (int r = 0; r < BG_REDUCTION_COUNT; r++)
                with_torch_pair((bg_activation)f, (bg_loss)e, (bg_reduction)r, look);
}

#endif
