/* The plan as numbers: work counted by hand, memory as it is taken, engines by their rules. */
#include <math.h>

#include "base/real.h"
#include "net/engine.h"
#include "net/pass.h"
#include "oracle.h"

static const size_t mnist[] = {784, 512, 256, 10}, parity[] = {16, 64, 64, 1}, tiny[] = {2, 3, 1},
                    large[] = {2000, 1800, 2000, 10};
static const bg_activation relu[] = {BG_RELU, BG_RELU, BG_SOFTMAX},
                           tangent[] = {BG_TANH, BG_TANH, BG_IDENTITY};
#define DTYPE (BG_DOUBLE ? BG_F64 : BG_F32)

static bg_net_spec spec_of(size_t layers, const size_t *widths, const bg_activation *activations)
{
    return (bg_net_spec){DTYPE, layers, widths, activations};
}

static bg_plan choose(bg_net_spec spec, size_t rows, size_t batch, bg_optimizer optimizer,
                      bg_plan_layer *layers)
{
    bg_train_options options;
    bg_error error;
    bg_plan chosen;
    bg_train_defaults(&options);
    options.batch = batch;
    options.optimizer = optimizer;
    options.threads = 2;
    ck_assert_int_eq(bg_plan_choose(&spec, &options, rows, &chosen, layers, &error), BG_OK);
    return chosen;
}

/* 2 n n' a row forward, as much for dW, and for the deltas of every layer but the input. */
START_TEST(work_is_counted_as_by_hand)
{
    bg_plan_layer layers[3];
    bg_plan p = choose(spec_of(3, mnist, relu), 8192, 0, BG_GD, layers);
    double forward = 2.0 * 8192 * (784 * 512 + 512 * 256 + 256 * 10);
    double deltas = 2.0 * 8192 * (512 * 256 + 256 * 10);
    ck_assert_double_eq(p.flops, 2 * forward + deltas);
    ck_assert_double_eq(layers[0].flops + layers[1].flops + layers[2].flops, p.flops);
    ck_assert_uint_eq(p.rows, 8192);
    ck_assert_double_eq(choose(spec_of(3, mnist, relu), 8192, 64, BG_GD, NULL).flops,
                        p.flops / 128);
}
END_TEST

START_TEST(threads_are_those_asked_for_or_fewer)
{
    bg_plan p = choose(spec_of(3, mnist, relu), 8192, 0, BG_GD, NULL);
    ck_assert_int_eq(p.threads, 2);
    p = choose(spec_of(2, tiny, relu + 1), 4, 0, BG_GD, NULL);
    ck_assert_int_eq(p.threads, 1);
    ck_assert_uint_eq(p.useful_threads, 1);
}
END_TEST

START_TEST(engines_follow_the_shape)
{
    bg_plan_layer layers[3];
    choose(spec_of(2, tiny, tangent), 4, 0, BG_GD, layers);
    ck_assert_int_eq((int)layers[0].engine, (int)BG_ENGINE_NARROW);
    ck_assert_int_eq((int)layers[1].engine, (int)BG_ENGINE_NARROW);
    choose(spec_of(3, parity, tangent), 65536, 0, BG_GD, layers);
    ck_assert_int_eq((int)layers[2].engine, (int)BG_ENGINE_THIN);
    ck_assert_int_ne((int)layers[1].engine, (int)BG_ENGINE_THIN);
    ck_assert_int_ne((int)layers[0].engine, (int)BG_ENGINE_NARROW);
}
END_TEST

/* What the plan says is what an open trainer's arenas hold. */
static void check_memory(const bg_net_spec *spec, size_t rows, size_t batch, bg_optimizer optimizer)
{
    bg_plan chosen = choose(*spec, rows, batch, optimizer, NULL);
    bg_net *net;
    bg_error error;
    pass p;
    ck_assert_int_eq(bg_net_create(spec, &net, &error), BG_OK);
    bg_objective objective = {.loss = BG_MSE, .reduction = BG_MEAN};
    size_t step = batch ? batch : rows;
    ck_assert_int_eq(pass_open(&p, net, &objective,
                               plan_defer(net, plan_choose(net, &objective, optimizer, step)),
                               chosen.threads, false, &error),
                     BG_OK);
    double tiles = chosen.gradient_bytes + chosen.shared_bytes + chosen.threads * chosen.tile_bytes;
    ck_assert_double_eq(tiles, (double)p.memory.size);
    ck_assert_uint_eq(chosen.slots, p.plan.slots);
    ck_assert_uint_eq(chosen.tile_rows, p.plan.tile_rows);
    ck_assert_double_ge(chosen.shared_bytes, 0);
    ck_assert_double_gt(chosen.tile_bytes, 0);
    ck_assert_double_ge(chosen.parameter_bytes, (double)(bg_net_parameters(net) * sizeof(real)));
    ck_assert_double_eq(chosen.data_bytes,
                        (double)(rows * (spec->widths[0] + spec->widths[spec->layers])) *
                            sizeof(real));
    /* Optimizer's vectors, the last good parameters, and an index when rows are drawn. */
    double vectors = optimizer == BG_LBFGS  ? 25 /* 11 pairs, x, g, d */
                     : optimizer == BG_ADAM ? 3
                     : optimizer == BG_GD   ? 1
                                            : 2;
    double least = vectors * chosen.parameter_bytes + (batch ? 4.0 * (double)rows : 0);
    ck_assert_double_ge(chosen.state_bytes, least);
    ck_assert_double_le(chosen.state_bytes, least + 0.2 * chosen.parameter_bytes + 4096);
    pass_close(&p);
    bg_net_free(net);
}

START_TEST(memory_is_what_a_run_takes)
{
    bg_net_spec specs[] = {spec_of(3, mnist, relu), spec_of(3, parity, tangent),
                           spec_of(2, tiny, tangent)};
    for (size_t i = 0; i < 3; i++)
        for (bg_optimizer o = BG_GD; o <= BG_ADAM; o++) {
            check_memory(&specs[i], 1000, 0, o);
            check_memory(&specs[i], 1000, 64, o);
        }
    for (size_t i = 0; i < 3; i++)
        check_memory(&specs[i], 1000, 0, BG_LBFGS);
    bg_net_spec grouped = spec_of(3, large, relu);
    ck_assert_uint_gt(choose(grouped, 1000, 0, BG_GD, NULL).group, 1);
    check_memory(&grouped, 1000, 0, BG_GD);
    check_memory(&grouped, 1000, 300, BG_ADAM);
}
END_TEST

/* Nothing of the size of the network is allocated to plan it. */
START_TEST(a_network_beyond_this_memory_has_a_plan)
{
    size_t widths[] = {1 << 20, 1 << 20, 1 << 20};
    bg_plan p = choose(spec_of(2, widths, tangent), 64, 0, BG_GD, NULL);
    double row = (1 << 20) * sizeof(real) + 64; /* a cache line apart */
    ck_assert_double_eq(p.parameter_bytes, 2.0 * ((1 << 20) + 1.0) * row);
}
END_TEST

START_TEST(what_training_refuses_has_no_plan)
{
    bg_net_spec spec = spec_of(3, mnist, relu);
    bg_train_options options;
    bg_error error;
    bg_plan chosen = {.rows = 77};
    bg_train_defaults(&options);
    ck_assert_int_eq(bg_plan_choose(&spec, &options, 0, &chosen, NULL, &error), BG_E_ARGUMENT);
    options.lr = NAN;
    ck_assert_int_eq(bg_plan_choose(&spec, &options, 10, &chosen, NULL, &error), BG_E_ARGUMENT);
    bg_train_defaults(&options);
    options.threads = -1;
    ck_assert_int_eq(bg_plan_choose(&spec, &options, 10, &chosen, NULL, &error), BG_E_ARGUMENT);
    options.threads = 0;
    options.optimizer = BG_LM;
    ck_assert_int_eq(bg_plan_choose(&spec, &options, 10, &chosen, NULL, &error), BG_E_ARGUMENT);
    options.optimizer = BG_LBFGS;
    options.batch = 5;
    ck_assert_int_eq(bg_plan_choose(&spec, &options, 10, &chosen, NULL, &error), BG_E_ARGUMENT);
    bg_train_defaults(&options);
    spec.layers = 0;
    ck_assert_int_eq(bg_plan_choose(&spec, &options, 10, &chosen, NULL, &error), BG_E_ARGUMENT);
    ck_assert_uint_eq(chosen.rows, 77);
}
END_TEST

RUN_CASE("plan public", 60, work_is_counted_as_by_hand, threads_are_those_asked_for_or_fewer,
         engines_follow_the_shape, memory_is_what_a_run_takes,
         a_network_beyond_this_memory_has_a_plan, what_training_refuses_has_no_plan)
