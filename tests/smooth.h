/* A network and data of smooth targets, and runs of them that stop and go on. */
#ifndef TESTS_SMOOTH_H
#define TESTS_SMOOTH_H

#include "oracle.h"

/* A data set that is not a multiple of any tile: `rows` of 7 inputs, 3 smooth targets. */
static inline bg_data *smooth_data(bg_dtype dtype, size_t rows)
{
    double *x = calloc(rows * 7, sizeof *x), *t = calloc(rows * 3, sizeof *t);
    fill_values(rows * 7, 5, x);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < 3; j++)
            t[i * 3 + j] = 0.5 + 0.4 * sin(x[i * 7 + j] + x[i * 7 + j + 3]);
    bg_data *data = make_data(dtype, rows, 7, 3, x, t);
    free(x);
    free(t);
    return data;
}

static inline bg_net *smooth_net(bg_dtype dtype)
{
    bg_net *net = make_net(dtype, 3, (size_t[]){7, 20, 33, 3},
                           (bg_activation[]){BG_TANH, BG_SILU, BG_SIGMOID});
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 42, NULL), BG_OK);
    return net;
}

static inline bg_train_options smooth_options(bg_optimizer optimizer, size_t batch)
{
    bg_train_options options;
    bg_train_defaults(&options);
    options.objective.l2 = 1e-4;
    options.optimizer = optimizer;
    options.lr = 0.01;
    options.batch = batch;
    options.threads = 1;
    return options;
}

/* Runs `first` epochs, moves everything into a new trainer by the public functions, runs the rest.
 */
static inline void hash_of_two_halves(const bg_train_options *how, uint64_t first, char hex[65])
{
    bg_data *data = smooth_data(BG_F32, 200);
    bg_net *net = smooth_net(BG_F32), *again = smooth_net(BG_F32);
    bg_train_options options = *how;
    bg_trainer *a, *b;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &a, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_run(a, first, NULL, NULL), BG_OK);
    size_t n = bg_net_parameters(net);
    double *values = calloc(n, sizeof *values);
    get_parameters(net, values);
    set_parameters(again, values);
    ck_assert_int_eq(bg_trainer_create(again, data, &options, &b, NULL), BG_OK);
    for (size_t v = 0; v < bg_trainer_state_vectors(a); v++) {
        bg_trainer_get_state(a, v, values);
        bg_trainer_set_state(b, v, values);
    }
    bg_progress progress;
    bg_trainer_progress(a, &progress);
    ck_assert_int_eq(bg_trainer_set_progress(b, &progress, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_run(b, 10 - first, &progress, NULL), BG_OK);
    ck_assert_uint_eq(progress.epochs, 10);
    bg_net_sha256(again, hex);
    free(values);
    bg_trainer_free(a);
    bg_trainer_free(b);
    bg_data_free(data);
    bg_net_free(net);
    bg_net_free(again);
}

#endif
