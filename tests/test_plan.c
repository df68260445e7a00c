/* Cuts of a batch: complete, even, within memory, and blind to everything but the shape. */
#include "net/plan.h"
#include "oracle.h"

static const size_t shapes[][4] = {{1, 1, 1, 1},       {2, 3, 1, 1},    {16, 64, 64, 1},
                                   {784, 128, 10, 10}, {64, 1, 256, 3}, {1024, 1024, 1024, 10}};
static const size_t row_counts[] = {1, 2, 4, 47, 48, 49, 150, 1000, 1024, 8000, 65536, 4000000};
static const bg_objective objective = {.loss = BG_SOFTMAX_CE, .reduction = BG_MEAN};
enum { SHAPES = sizeof shapes / sizeof *shapes, COUNTS = sizeof row_counts / sizeof *row_counts };

static bg_net *shape_net(size_t i, bg_dtype dtype)
{
    return make_net(dtype, 3, shapes[i], (bg_activation[]){BG_RELU, BG_TANH, BG_SOFTMAX});
}

static void check_cut(plan p, size_t rows)
{
    ck_assert_uint_ge(p.tile_rows, 1);
    ck_assert_uint_ge(p.tiles * p.tile_rows, rows);
    ck_assert_uint_lt((p.tiles - 1) * p.tile_rows, rows);
}

START_TEST(tiles_cover_all_rows)
{
    for (size_t i = 0; i < SHAPES; i++)
        for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
            bg_net *net = shape_net(i, (bg_dtype)dtype);
            for (size_t k = 0; k < COUNTS; k++) {
                plan p = plan_choose(net, &objective, BG_GD, row_counts[k]);
                check_cut(p, row_counts[k]);
                ck_assert(p.vectors || row_counts[k] > 8 || p.tile_rows < row_counts[k] + 4);
                ck_assert_uint_ge(p.slots, 1);
                ck_assert_uint_le(p.slots, p.tiles);
                check_cut(plan_prediction(net, NULL, row_counts[k]), row_counts[k]);
            }
            bg_net_free(net);
        }
}
END_TEST

/* Memory does not grow with the batch: tiles and slots have a limit. */
START_TEST(tiles_and_slots_do_not_grow_with_the_rows)
{
    for (size_t i = 0; i < SHAPES; i++) {
        bg_net *net = shape_net(i, BG_F32);
        plan large = plan_choose(net, &objective, BG_GD, 1000000),
             huge = plan_choose(net, &objective, BG_GD, 4000000000);
        ck_assert_uint_le(large.tile_rows, 8192);
        ck_assert_uint_le(huge.tile_rows, large.tile_rows + large.tile_rows / 4 + 48);
        ck_assert_uint_eq(huge.slots, large.slots);
        ck_assert_uint_le(large.slots * net->size * sizeof(float), (size_t)1 << 28);
        bg_net_free(net);
    }
}
END_TEST

/* The parameters' values and the time of asking do not count. */
START_TEST(the_same_shape_gives_the_same_plan)
{
    for (size_t i = 0; i < SHAPES; i++)
        for (size_t k = 0; k < COUNTS; k++) {
            bg_net *a = shape_net(i, BG_F32), *b = shape_net(i, BG_F32);
            ck_assert_int_eq(bg_net_init(b, BG_CONSTANT, 0.5, 1, NULL), BG_OK);
            plan p = plan_choose(a, &objective, BG_GD, row_counts[k]),
                 q = plan_choose(b, &objective, BG_GD, row_counts[k]);
            ck_assert_uint_eq(p.tile_rows, q.tile_rows);
            ck_assert_uint_eq(p.tiles, q.tiles);
            ck_assert_uint_eq(p.slots, q.slots);
            bg_net_free(a);
            bg_net_free(b);
        }
}
END_TEST

/* Of GEMM tiles; lanes do not see each other. */
START_TEST(prediction_tiles_do_not_depend_on_the_rows)
{
    for (size_t i = 0; i < SHAPES; i++) {
        bg_net *net = shape_net(i, BG_F64);
        if (plan_prediction(net, NULL, 1).vectors) {
            bg_net_free(net);
            continue;
        }
        size_t tile = plan_prediction(net, NULL, 1).tile_rows;
        for (size_t k = 0; k < COUNTS; k++) {
            ck_assert_uint_eq(plan_prediction(net, NULL, row_counts[k]).tile_rows, tile);
            ck_assert_uint_eq(plan_prediction(net, NULL, row_counts[k]).slots, 0);
        }
        bg_net_free(net);
    }
}
END_TEST

/* Nets of GEMM tiles, from 5,000 parameters to 16 million: slots, groups and shared products. */
START_TEST(batches_of_hundreds_are_work_for_many_threads)
{
    static const size_t widths[][4] = {{16, 64, 64, 1},       {784, 128, 10, 10},
                                       {784, 512, 256, 10},   {1024, 1024, 1024, 10},
                                       {784, 1200, 1200, 10}, {2048, 2048, 2048, 2048}};
    static const size_t at_least[][2] = {{512, 4}, {513, 4}, {1000, 4}, {2048, 8}};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
        for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
            bg_net *net = make_net((bg_dtype)dtype, 3, widths[i],
                                   (bg_activation[]){BG_RELU, BG_TANH, BG_IDENTITY});
            for (size_t k = 0; k < sizeof at_least / sizeof *at_least; k++)
                ck_assert_uint_ge(plan_tiles(net, BG_GD, at_least[k][0]).threads, at_least[k][1]);
            plan few = plan_tiles(net, BG_GD, 256);
            bool large = net->size * dtype_size(net->dtype) > (size_t)4 << 20;
            ck_assert(few.shared == large);
            ck_assert(!few.shared || (few.tiles == 1 && few.threads >= 4));
            bg_net_free(net);
        }
}
END_TEST

RUN_CASE("plan", 60, batches_of_hundreds_are_work_for_many_threads, tiles_cover_all_rows,
         tiles_and_slots_do_not_grow_with_the_rows, the_same_shape_gives_the_same_plan,
         prediction_tiles_do_not_depend_on_the_rows)
