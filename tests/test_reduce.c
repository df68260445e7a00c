/* Sums in one fixed order, to the bit, and copies. */
#include "base/real.h"
#include "kernel/copy.h"
#include "kernel/reduce.h"
#include "reals.h"

/* The sum of slots first..first+count-1 of column j as the tree adds them: a power of two of slots
 * on the left, what is left on the right. */
static real tree_sum(const real *x, size_t stride, size_t first, size_t count, size_t j)
{
    if (count == 1)
        return x[first * stride + j];
    size_t left = 1;
    while (left * 2 < count)
        left *= 2;
    return tree_sum(x, stride, first, left, j) + tree_sum(x, stride, first + left, count - left, j);
}

static void compare_tree(size_t slots, size_t n, size_t pad)
{
    size_t stride = n + pad;
    real *x = make_reals(slots * stride, (unsigned)(slots * 100 + n)),
         *sums = make_canaries(slots * stride);
    for (size_t s = 0; s < slots; s++)
        memcpy(sums + s * stride, x + s * stride, n * sizeof *x);
    reduce_tree(slots, stride, n, sums);
    for (size_t j = 0; j < n; j++)
        ck_assert_msg(sums[j] == tree_sum(x, stride, 0, slots, j), "%zu slots, %zu of %zu", slots,
                      j, n);
    for (size_t s = 0; s < slots; s++)
        check_canaries(0, 0, pad, 1, sums + s * stride + n);
    free(x);
    free(sums);
}

START_TEST(slots_are_added_in_a_tree)
{
    for (size_t slots = 1; slots <= 33; slots++)
        for (size_t n = 1; n <= 40; n += 3)
            compare_tree(slots, n, n % 4);
    compare_tree(2, 1000, 8);
}
END_TEST

START_TEST(the_tree_is_no_plain_sum)
{
    /* (1 + -1) + (tiny + 0) keeps tiny; from left to right with 1 + tiny first it would be lost. */
    real x[] = {1, -1, REAL_EPSILON / 4, 0};
    reduce_tree(4, 1, 1, x);
    ck_assert(x[0] == REAL_EPSILON / 4);
}
END_TEST

/* From the top; a single column that lies together in 16 sums, which are added by halves. */
static real column_sum(size_t m, size_t n, const real *x, size_t ld, real start)
{
    size_t parts = n == 1 && ld == 1 ? 16 : 1;
    real part[16] = {parts == 1 ? start : 0};
    for (size_t i = 0; i < m; i++)
        part[i % parts] += x[i * ld];
    for (size_t half = parts / 2; half; half /= 2)
        for (size_t k = 0; k < half; k++)
            part[k] += part[k + half];
    return parts == 1 ? part[0] : part[0] + start;
}

static void compare_columns(size_t m, size_t n, size_t pad, real beta)
{
    size_t ld = n + pad;
    real *x = make_reals((m + 1) * ld, (unsigned)(m * 71 + n)), *start = make_reals(n, 9),
         *sums = make_canaries(n + 3);
    for (size_t j = 0; j < n; j++)
        sums[j] = beta != 0 ? start[j] : (real)NAN;
    reduce_columns(m, n, x, ld, beta, sums);
    for (size_t j = 0; j < n; j++)
        ck_assert_msg(sums[j] == column_sum(m, n, x + j, ld, beta != 0 ? start[j] : 0),
                      "column %zu of %zu x %zu", j, m, n);
    check_canaries(0, 0, 3, 1, sums + n);
    free(x);
    free(start);
    free(sums);
}

START_TEST(columns_are_added_from_the_top)
{
    for (size_t m = 1; m <= 50; m += 7)
        for (size_t n = 1; n <= 70; n += 3)
            for (int beta = 0; beta <= 1; beta++)
                compare_columns(m, n, m % 3, (real)beta);
}
END_TEST

/* The order that the header tells, to the bit. */
static double sum_by_halves(size_t n, const real *x, const real *y, double (*term)(double, double))
{
    double part[16] = {0};
    for (size_t i = 0; i < n; i++)
        part[i % 16] += term((double)x[i], (double)y[i]);
    double eight[8], four[4];
    for (size_t k = 0; k < 8; k++)
        eight[k] = part[k] + part[k + 8];
    for (size_t k = 0; k < 4; k++)
        four[k] = eight[k] + eight[k + 4];
    return (four[0] + four[2]) + (four[1] + four[3]);
}

static double product(double x, double y)
{
    return x * y;
}

static double size_of_first(double x, double y)
{
    (void)y;
    return fabs(x);
}

START_TEST(squares_and_sizes_are_summed_in_double)
{
    for (size_t n = 0; n <= 100; n++) {
        real *x = make_reals(n + 1, (unsigned)n);
        x[n] = (real)NAN; /* not to be read */
        long double squares = 0, sizes = 0;
        for (size_t i = 0; i < n; i++) {
            squares += (long double)x[i] * (long double)x[i];
            sizes += fabsl((long double)x[i]);
        }
        double got = reduce_squares(n, x);
        ck_assert(fabsl((long double)got - squares) <= (long double)(n + 1) * 0x1p-53L * squares);
        ck_assert(got == sum_by_halves(n, x, x, product));
        got = reduce_sizes(n, x);
        ck_assert(fabsl((long double)got - sizes) <= (long double)(n + 1) * 0x1p-53L * sizes);
        ck_assert(got == sum_by_halves(n, x, x, size_of_first));
        free(x);
    }
    real large[] = {(real)1e30, (real)-1e30}; /* squares beyond the range of float */
    double size = (double)large[0];
    ck_assert_double_eq(reduce_squares(2, large), 2 * size * size);
}
END_TEST

START_TEST(products_are_summed_in_double)
{
    for (size_t n = 0; n <= 100; n++) {
        real *x = make_reals(n + 1, (unsigned)n), *y = make_reals(n + 1, (unsigned)n + 1000);
        x[n] = y[n] = (real)NAN; /* not to be read */
        long double products = 0, sizes = 0;
        for (size_t i = 0; i < n; i++) {
            products += (long double)x[i] * (long double)y[i];
            sizes += fabsl((long double)x[i] * (long double)y[i]);
        }
        double got = reduce_dot(n, x, y);
        ck_assert(fabsl((long double)got - products) <= (long double)(n + 1) * 0x1p-53L * sizes);
        ck_assert(got == sum_by_halves(n, x, y, product));
        free(x);
        free(y);
    }
}
END_TEST

static void compare_transpose(size_t m, size_t n, size_t pad_from, size_t pad_to)
{
    size_t from_ld = n + pad_from, to_ld = m + pad_to;
    real *from = make_reals(m * from_ld, 4), *to = make_canaries((n + 1) * to_ld);
    copy_transposed(m, n, from, from_ld, to, to_ld);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            ck_assert_msg(to[j * to_ld + i] == from[i * from_ld + j], "(%zu, %zu) of %zu x %zu", i,
                          j, m, n);
    check_canaries(n, m, to_ld, n + 1, to);
    free(from);
    free(to);
}

START_TEST(transposes_of_any_size)
{
    for (size_t m = 1; m <= 35; m++)
        for (size_t n = 1; n <= 35; n++)
            compare_transpose(m, n, n % 3, m % 5);
    compare_transpose(129, 257, 1, 0);
}
END_TEST

START_TEST(rows_are_copied_in_order_or_by_index)
{
    static const uint32_t index[] = {4, 0, 4, 2, 1};
    for (size_t n = 1; n <= 20; n++) {
        size_t ld = n + n % 3;
        real *from = make_reals(5 * n, 8), *to = make_canaries(6 * ld);
        copy_rows(5, n, from, NULL, to, ld);
        for (size_t i = 0; i < 5; i++)
            ck_assert_mem_eq(to + i * ld, from + i * n, n * sizeof *to);
        check_canaries(5, n, ld, 6, to);
        copy_rows(5, n, from, index, to, ld);
        for (size_t i = 0; i < 5; i++)
            ck_assert_mem_eq(to + i * ld, from + index[i] * n, n * sizeof *to);
        check_canaries(5, n, ld, 6, to);
        free(from);
        free(to);
    }
}
END_TEST

RUN_CASE("reduce", 60, slots_are_added_in_a_tree, the_tree_is_no_plain_sum,
         columns_are_added_from_the_top, squares_and_sizes_are_summed_in_double,
         products_are_summed_in_double, transposes_of_any_size,
         rows_are_copied_in_order_or_by_index)
