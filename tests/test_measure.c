/* The bare GEMM calls of an epoch: they run for every way of cutting a batch, and change nothing.
 */
#include <string.h>

#include "backgemm.h"
#include "base/arena.h"
#include "suite.h"

typedef struct bare_case {
    size_t layers, widths[4], rows, batch;
    bool any; /* GEMM calls */
} bare_case;

static const bare_case cases[] = {
    {2, {2, 3, 1}, 4, 0, false},        /* narrow */
    {3, {20, 40, 33, 1}, 700, 0, true}, /* a thin last layer */
    {2, {30, 50, 10}, 1000, 64, true},  /* mini-batches, the last one smaller */
    {3, {9, 600, 500, 20}, 1, 0, true},
};

static void run_case_in(const bare_case *c, bg_dtype dtype, int threads)
{
    static const bg_activation activations[] = {BG_TANH, BG_TANH, BG_TANH};
    bg_activation used[3];
    memcpy(used, activations, sizeof used);
    used[c->layers - 1] = BG_IDENTITY;
    bg_net_spec spec = {dtype, c->layers, c->widths, used};
    bg_train_options options;
    bg_net *net;
    bg_data *data;
    bg_trainer *trainer;
    bg_gemms *gemms;
    char before[65], after[65];
    size_t outputs = c->widths[c->layers];
    double *x = memory_zeroed(c->rows * c->widths[0], sizeof *x);
    double *t = memory_zeroed(c->rows * outputs, sizeof *t);
    for (size_t i = 0; i < c->rows * c->widths[0]; i++)
        x[i] = (double)(i * 7 % 11) / 11;
    ck_assert_int_eq(bg_net_create(&spec, &net, NULL), BG_OK);
    ck_assert_int_eq(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 1, NULL), BG_OK);
    ck_assert_int_eq(bg_data_create(dtype, c->rows, c->widths[0], outputs, x, t, &data, NULL),
                     BG_OK);
    bg_train_defaults(&options);
    options.batch = c->batch;
    options.threads = threads;
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    ck_assert_int_eq(bg_gemms_create(trainer, &gemms, NULL), BG_OK);
    ck_assert_int_eq(bg_gemms_any(gemms), c->any);
    bg_net_sha256(net, before);
    size_t blocks = memory_allocations();
    bg_gemms_run(gemms, 3);
    ck_assert_uint_eq(memory_allocations(), blocks);
    bg_net_sha256(net, after);
    ck_assert_str_eq(before, after);
    bg_gemms_free(gemms);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
    memory_release(x);
    memory_release(t);
}

START_TEST(runs_for_every_cut_and_changes_nothing)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int dtype = BG_F32; dtype <= BG_F64; dtype++)
            for (int threads = 1; threads <= 3; threads++)
                run_case_in(&cases[i], (bg_dtype)dtype, threads);
}
END_TEST

START_TEST(every_failed_allocation_is_clean)
{
    const size_t widths[] = {20, 30, 10};
    const bg_activation activations[] = {BG_TANH, BG_IDENTITY};
    bg_net_spec spec = {BG_F32, 2, widths, activations};
    bg_train_options options;
    bg_net *net;
    bg_data *data;
    bg_trainer *trainer;
    bg_gemms *gemms = NULL;
    bg_error error;
    double x[20 * 5] = {0}, t[10 * 5] = {0};
    ck_assert_int_eq(bg_net_create(&spec, &net, NULL), BG_OK);
    ck_assert_int_eq(bg_data_create(BG_F32, 5, 20, 10, x, t, &data, NULL), BG_OK);
    bg_train_defaults(&options);
    ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
    for (size_t n = 1; n <= 3; n++) {
        memory_fail_after(n);
        ck_assert_int_eq(bg_gemms_create(trainer, &gemms, &error), BG_E_MEMORY);
        ck_assert_ptr_null(gemms);
    }
    memory_fail_after(0);
    bg_gemms_free(NULL);
    bg_trainer_free(trainer);
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

RUN_CASE("measure", 60, runs_for_every_cut_and_changes_nothing, every_failed_allocation_is_clean)
