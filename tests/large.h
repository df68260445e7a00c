/* A network of large layers, and runs of it. */
#ifndef TESTS_LARGE_H
#define TESTS_LARGE_H

#include <math.h>
#include <stdlib.h>

#include "smooth.h"

/* 2.3 million parameters, too many for a gradient for each thread. */
static inline bg_net *large_net(bg_dtype dtype)
{
    bg_net *net = make_net(dtype, 3, (size_t[]){7, 1500, 1500, 3},
                           (bg_activation[]){BG_TANH, BG_SILU, BG_SIGMOID});
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 42, NULL), BG_OK);
    return net;
}

enum { LARGE_PARAMETERS = (7 + 1) * 1500 + (1500 + 1) * 1500 + (1500 + 1) * 3 };

/* Its parameters after two epochs of `rows` rows.  slots 0: as the plan cuts, else with tiles of 64
 * rows. */
static inline double *train_large(bg_dtype dtype, size_t rows, size_t batch, int threads,
                                  size_t slots)
{
    bg_net *net = large_net(dtype);
    bg_data *data = smooth_data(dtype, rows);
    bg_train_options options = smooth_options(BG_MOMENTUM, batch);
    options.threads = threads;
    options.slots = slots;
    options.tile_rows = slots ? 64 : 0;
    options.dropout = 0.25;
    bg_trainer *trainer;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    ck_assert_int_eq(bg_trainer_threads(trainer), threads);
    ck_assert_int_eq(bg_trainer_run(trainer, 2, NULL, NULL), BG_OK);
    double *values = calloc(bg_net_parameters(net), sizeof *values);
    get_parameters(net, values);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
    return values;
}

/* Up to `most` threads compute what one does. */
static inline void large_bits_are_the_same(bg_dtype dtype, size_t rows, size_t batch, size_t slots,
                                           int most)
{
    double *one = train_large(dtype, rows, batch, 1, slots);
    for (int threads = 2; threads <= most; threads++) {
        double *many = train_large(dtype, rows, batch, threads, slots);
        ck_assert_mem_eq(one, many, LARGE_PARAMETERS * sizeof *one);
        free(many);
    }
    free(one);
}

/* As the plan cuts `rows` rows, and with two slots, where each thread takes rows of its own. */
static inline void large_cuts_differ_in_rounding_only(size_t rows)
{
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        double *planned = train_large((bg_dtype)dtype, rows, 0, 2, 0);
        double *apart = train_large((bg_dtype)dtype, rows, 0, 2, 2), most = 0;
        for (size_t i = 0; i < LARGE_PARAMETERS; i++)
            most = fmax(most, fabs(planned[i] - apart[i]));
        ck_assert_double_gt(most, 0);
        ck_assert_double_lt(most, dtype == BG_F32 ? 1e-7 : 1e-16);
        free(planned);
        free(apart);
    }
}

#endif
