/* The three products of a layer by every engine against sums in long double; in pieces, by one
 * thread or a team; and copies that are refreshed in pieces, as an update does it. */
#include "net/product.h"

#include <omp.h>

#include "base/real.h"
#include "base/rng.h"
#include "kernel/blas.h"
#include "kernel/gemm.h"
#include "kernel/variants.h"
#include "net/chunks.h"
#include "reals.h"

/* Widths of the layer under test and the one below it: each engine has its turn. */
static const size_t widths[][2] = {{20, 1},    {70, 33}, {64, 64},   {150, 130},
                                   {121, 300}, {8, 4},   {600, 530}, {900, 700}};
/* TILES: rows enough to pay for packing. */
enum { WIDTHS = sizeof widths / sizeof *widths, ROWS = 96, TILES = 8, THREADS = 3 };

/* First layers that are thin take the inputs as they lie. */
static const size_t thin_firsts[][2] = {{37, 2}, {16, 1}, {67, 4}};
enum { THIN_FIRSTS = sizeof thin_firsts / sizeof *thin_firsts };

/* A network of two layers, of which one is looked at. */
typedef struct bench {
    bg_net *net;
    const net_layer *layer;
    size_t l, ld; /* which it is, from 0; between rows of what lies below */
    size_t rows;  /* of a tile, ROWS at most */
    arena memory;
    product_layer *product;
    void *scratch[THREADS];
    product_workers by;
    real *a, *delta; /* ROWS x ld, ROWS x the layer's stride */
    real *z, *under, *gradient;
} bench;

static void carve(bench *b, const plan *cut)
{
    b->product = product_carve(&b->memory, b->net, cut);
    for (int i = 0; i < THREADS; i++)
        b->scratch[i] = arena_carve(&b->memory, product_scratch(b->net, cut), 1);
    b->a = arena_carve(&b->memory, ROWS * b->ld, sizeof(real));
    b->under = arena_carve(&b->memory, ROWS * b->ld, sizeof(real));
    b->delta = arena_carve(&b->memory, ROWS * b->layer->stride, sizeof(real));
    b->z = arena_carve(&b->memory, ROWS * b->layer->stride, sizeof(real));
    b->gradient = arena_carve(&b->memory, b->layer->in * b->layer->ldw, sizeof(real));
}

/* m x n values from -1 to 1, zeros up to the stride. */
static void fill(rng *r, size_t m, size_t n, size_t stride, real *to)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            to[i * stride + j] = (real)(2 * rng_uniform(r) - 1);
}

/* Layer l, from 0, of these widths. */
static bench open_cut(size_t l, const size_t width[2], plan cut)
{
    const size_t all[] = {3, width[0], width[1], 2};
    bench b = {.net = make_net(BG_DOUBLE ? BG_F64 : BG_F32, 2, l ? all : all + 1,
                               (bg_activation[]){BG_IDENTITY, BG_IDENTITY}),
               .l = l,
               .rows = cut.tile_rows,
               .memory = arena_measure()};
    b.layer = &b.net->layer[l];
    b.ld = l ? b.net->layer[0].stride : width[0];
    carve(&b, &cut);
    ck_assert(arena_open(&b.memory));
    carve(&b, &cut);
    rng r = rng_seeded(width[0], width[1]);
    real *values = b.net->values;
    fill(&r, b.layer->in, b.layer->out, b.layer->ldw, values + b.layer->weight);
    fill(&r, 1, b.layer->out, b.layer->stride, values + b.layer->bias);
    fill(&r, ROWS, width[0], b.ld, b.a);
    fill(&r, ROWS, b.layer->out, b.layer->stride, b.delta);
    return b;
}

static bench open_layer(size_t l, const size_t width[2], size_t slots, bool shared, size_t tiles)
{
    return open_cut(
        l, width,
        (plan){.tile_rows = ROWS, .tiles = tiles, .slots = slots, .shared = shared, .threads = 1});
}

/* What a product leaves alone is not what it should have written. */
static void spoil(size_t n, real *values)
{
    for (size_t i = 0; i < n; i++)
        values[i] = (real)NAN;
}

static bench open_bench(const size_t width[2], size_t slots, bool shared)
{
    return open_layer(1, width, slots, shared, TILES);
}

static void close_bench(bench *b)
{
    arena_close(&b->memory);
    bg_net_free(b->net);
}

/* The sum of n terms, each a product of numbers up to 1, is within this of `want`. */
static void is_near(const char *what, size_t i, size_t j, real got, long double want, size_t n)
{
    long double off = fabsl((long double)got - want);
    ck_assert_msg(off <= (long double)(n + 24) * REAL_UNIT * (long double)(n + 1),
                  "%s[%zu][%zu] is off by %Lg", what, i, j, off);
}

static void part_piece(void *context, size_t piece, int thread)
{
    const bench *b = context;
    (void)thread;
    product_part(&b->product[b->l], piece, b->rows, b->a, b->ld);
}

/* z, or its parts and then their sums, a few rows at a time. */
static void forward(bench *b)
{
    const product_layer *p = &b->product[b->l];
    if (!p->terms) {
        product_forward(p, &b->by, b->rows, b->a, b->ld, b->z);
        return;
    }
    team_split(b->by.team, product_parts(p), part_piece, b);
    for (size_t i = 0; i < b->rows; i += 5)
        product_sum(p, b->rows, i, b->rows - i < 5 ? b->rows - i : 5, b->z);
}

static void check_forward(bench *b)
{
    const net_layer *layer = b->layer;
    const real *w = (const real *)b->net->values + layer->weight;
    const real *bias = (const real *)b->net->values + layer->bias;
    b->by.scratch = b->scratch;
    forward(b);
    for (size_t i = 0; i < b->rows; i++)
        for (size_t j = 0; j < layer->stride; j++) {
            long double sum = j < layer->out ? (long double)bias[j] : 0;
            for (size_t k = 0; j < layer->out && k < layer->in; k++)
                sum += (long double)b->a[i * b->ld + k] * w[k * layer->ldw + j];
            is_near("z", i, j, b->z[i * layer->stride + j], sum, layer->in);
        }
}

static void check_backward(bench *b)
{
    const net_layer *layer = b->layer;
    const real *w = (const real *)b->net->values + layer->weight;
    b->by.scratch = b->scratch;
    size_t columns = b->net->layer[b->l - 1].columns; /* what lies between them and ld is free */
    spoil(ROWS * b->ld, b->under);
    product_backward(&b->product[b->l], &b->by, b->rows, b->delta, b->under);
    for (size_t i = 0; i < b->rows; i++)
        for (size_t k = 0; k < columns; k++) {
            long double sum = 0;
            for (size_t j = 0; k < layer->in && j < layer->out; j++)
                sum += (long double)b->delta[i * layer->stride + j] * w[k * layer->ldw + j];
            is_near("delta", i, k, b->under[i * b->ld + k], sum, layer->out);
        }
}

/* Twice: the second time added to the first. */
static void check_gradient(bench *b)
{
    const net_layer *layer = b->layer;
    for (int beta = 0; beta < 2; beta++)
        product_gradient(&b->product[b->l], &b->by, b->rows, b->a, b->ld, b->delta, (real)beta,
                         b->gradient);
    for (size_t k = 0; k < layer->in; k++)
        for (size_t j = 0; j < layer->out; j++) {
            long double sum = 0;
            for (size_t i = 0; i < b->rows; i++)
                sum += 2 * (long double)b->a[i * b->ld + k] * b->delta[i * layer->stride + j];
            is_near("gW", k, j, b->gradient[k * layer->ldw + j], sum, 2 * b->rows);
        }
}

START_TEST(products_agree_with_long_double)
{
    blas_prepare();
    for (size_t i = 0; i < 2 * WIDTHS; i++) {
        bench b = open_bench(widths[i / 2], 1, i % 2);
        product_refresh(&b.product[b.l], 0, b.layer->in);
        check_forward(&b);
        check_backward(&b);
        check_gradient(&b);
        close_bench(&b);
    }
}
END_TEST

START_TEST(a_thin_first_layer_takes_inputs_as_they_lie)
{
    for (size_t i = 0; i < 2 * THIN_FIRSTS; i++) {
        bench b = open_layer(0, thin_firsts[i / 2], i % 2, false, TILES);
        ck_assert(b.product[0].engine == BG_ENGINE_THIN);
        product_refresh(&b.product[0], 0, b.layer->in);
        check_forward(&b);
        check_gradient(&b);
        close_bench(&b);
    }
}
END_TEST

/* Prediction goes forward only, and by no library. */
START_TEST(prediction_needs_no_way_back)
{
    for (size_t i = 0; i < WIDTHS; i++) {
        bench b = open_bench(widths[i], 0, false);
        const product_layer *p = &b.product[1];
        ck_assert(p->engine == BG_ENGINE_THIN || !p->transposed);
        ck_assert_ptr_null(p->backward);
        ck_assert(p->engine != BG_ENGINE_BLAS);
        product_refresh(&b.product[b.l], 0, b.layer->in);
        check_forward(&b);
        close_bench(&b);
    }
}
END_TEST

static void run_products(bench *b)
{
    const product_layer *p = &b->product[b->l];
    forward(b);
    product_backward(p, &b->by, b->rows, b->delta, b->under);
    for (int beta = 0; beta < 2; beta++)
        product_gradient(p, &b->by, b->rows, b->a, b->ld, b->delta, (real)beta, b->gradient);
}

static void run_by_team(bench *b)
{
    team t;
    team_open(&t, THREADS);
    b->by = (product_workers){&t, b->scratch};
#pragma omp parallel num_threads(THREADS)
    {
        blas_thread_begin();
        int thread = omp_get_thread_num();
        if (thread == 0) {
            run_products(b);
            team_dismiss(&t);
        } else {
            team_help(&t, thread);
        }
    }
}

START_TEST(a_team_has_the_bits_of_one_thread)
{
    blas_prepare();
    for (size_t i = 0; i < WIDTHS; i++) {
        bench alone = open_bench(widths[i], 1, true), shared = open_bench(widths[i], 1, true);
        product_refresh(&alone.product[alone.l], 0, alone.layer->in);
        product_refresh(&shared.product[shared.l], 0, shared.layer->in);
        alone.by.scratch = alone.scratch;
        run_products(&alone);
        run_by_team(&shared);
        const net_layer *layer = alone.layer;
        ck_assert_mem_eq(alone.z, shared.z, ROWS * layer->stride * sizeof(real));
        ck_assert_mem_eq(alone.under, shared.under, ROWS * alone.ld * sizeof(real));
        ck_assert_mem_eq(alone.gradient, shared.gradient, layer->in * layer->ldw * sizeof(real));
        close_bench(&alone);
        close_bench(&shared);
    }
}
END_TEST

/* Of one tile alone W itself is the left operand where it is large: of our kernels to the same
 * bits.
 */
START_TEST(turned_products_are_those_of_others)
{
    blas_prepare();
    for (size_t i = 0; i < WIDTHS; i++) {
        bench plain = open_bench(widths[i], 1, true), alone = open_layer(1, widths[i], 1, true, 1);
        product_refresh(&plain.product[1], 0, plain.layer->in);
        product_refresh(&alone.product[1], 0, alone.layer->in);
        check_forward(&alone);
        check_backward(&alone);
        check_backward(&plain);
        ck_assert_ptr_null(plain.product[1].turned);
        ck_assert(alone.product[1].turned || i + 1 < WIDTHS ||
                  alone.product[1].engine == BG_ENGINE_BLAS);
        if (plain.product[1].engine == BG_ENGINE_DIRECT &&
            alone.product[1].engine == BG_ENGINE_DIRECT)
            ck_assert_mem_eq(plain.under, alone.under, ROWS * plain.ld * sizeof(real));
        close_bench(&plain);
        close_bench(&alone);
    }
}
END_TEST

/* Threads that share the products of few rows go forward by rows of W, and add up parts of z. */
START_TEST(few_rows_go_forward_in_parts)
{
    blas_prepare();
    for (size_t i = 0; i < 4 * WIDTHS; i++) {
        const size_t *width = widths[i / 4], rows = (const size_t[]){1, 7, 64, 80}[i % 4];
        plan cut = {.tile_rows = rows, .tiles = 1, .slots = 1, .shared = true, .threads = 1};
        bench alone = open_cut(1, width, cut), shared = open_cut(1, width, cut);
        const product_layer *p = &alone.product[1];
        product_refresh(p, 0, alone.layer->in);
        product_refresh(&shared.product[1], 0, shared.layer->in);
        check_forward(&alone);
        run_by_team(&shared);
        ck_assert_mem_eq(alone.z, shared.z, rows * alone.layer->stride * sizeof(real));
        bool parts = p->engine == BG_ENGINE_DIRECT && width[0] >= 256 && rows <= 64;
        ck_assert_int_eq(p->terms > 0, parts);
        close_bench(&alone);
        close_bench(&shared);
    }
}
END_TEST

/* One tile that would not fill a vector: no copy of wide layers' weights is made for the way back.
 */
START_TEST(few_rows_go_back_by_dot_products)
{
    blas_prepare();
    for (size_t i = 0; i < 4 * WIDTHS; i++) {
        const size_t *width = widths[i / 4], rows = i % 2 ? 4 : 1;
        plan cut = {.tile_rows = rows, .tiles = 1, .slots = 1, .shared = i / 2 % 2, .threads = 1};
        bench alone = open_cut(1, width, cut), shared = open_cut(1, width, cut);
        product_refresh(&alone.product[1], 0, alone.layer->in);
        product_refresh(&shared.product[1], 0, shared.layer->in);
        check_forward(&alone);
        check_backward(&alone);
        check_gradient(&alone);
        run_by_team(&shared);
        size_t columns = alone.net->layer[0].columns;
        for (size_t r = 0; r < rows * alone.ld; r += alone.ld)
            ck_assert_mem_eq(alone.under + r, shared.under + r, columns * sizeof(real));
        if (width[1] > 100 && rows < (size_t)variant_bytes(variant_choose()) / sizeof(real))
            ck_assert(alone.product[1].few && !alone.product[1].transposed);
        close_bench(&alone);
        close_bench(&shared);
    }
}
END_TEST

START_TEST(pieces_refresh_the_whole)
{
    blas_prepare();
    for (size_t i = 0; i < WIDTHS; i++) {
        bench whole = open_bench(widths[i], 1, false), pieces = open_bench(widths[i], 1, false);
        size_t in = whole.layer->in;
        product_refresh(&whole.product[whole.l], 0, in);
        for (size_t first = 0; first < in; first += CHUNK_ROWS)
            product_refresh(&pieces.product[pieces.l], first,
                            in - first < CHUNK_ROWS ? in - first : CHUNK_ROWS);
        check_forward(&whole);
        check_forward(&pieces);
        check_backward(&whole);
        check_backward(&pieces);
        ck_assert_mem_eq(whole.z, pieces.z, ROWS * whole.layer->stride * sizeof(real));
        ck_assert_mem_eq(whole.under, pieces.under, ROWS * whole.ld * sizeof(real));
        close_bench(&whole);
        close_bench(&pieces);
    }
}
END_TEST

RUN_CASE("product", 60, products_agree_with_long_double,
         a_thin_first_layer_takes_inputs_as_they_lie, prediction_needs_no_way_back,
         a_team_has_the_bits_of_one_thread, turned_products_are_those_of_others,
         few_rows_go_forward_in_parts, few_rows_go_back_by_dot_products, pieces_refresh_the_whole)
