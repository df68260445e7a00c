/* R of a tall matrix, fed row by row through several tiles. */
#include "net/triangle.h"

#include "base/arena.h"
#include "oracle.h"

enum { ROWS = 1000, N = 9 };

START_TEST(squares_are_kept)
{
    static double a[ROWS * N];
    fill_values(ROWS * N, 7, a);
    triangle t;
    ck_assert_int_eq(triangle_open(&t, N, NULL), BG_OK);
    for (size_t i = 0; i < ROWS; i++) {
        double *row = triangle_row(&t);
        ck_assert_ptr_nonnull(row);
        for (size_t j = 0; j < N; j++) {
            ck_assert_double_eq(row[j], 0);
            row[j] = a[i * N + j];
        }
    }
    ck_assert(triangle_fold(&t));
    ck_assert(triangle_fold(&t)); /* nothing waits: nothing changes */
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            double want = 0, got = 0;
            for (size_t r = 0; r < ROWS; r++)
                want += a[r * N + i] * a[r * N + j];
            for (size_t r = 0; r < N; r++)
                got += t.r[r * N + i] * t.r[r * N + j];
            ck_assert_double_le(fabs(got - want), 1e-14 * ROWS);
            if (i > j)
                ck_assert_double_eq(t.r[i * N + j], 0);
        }
    triangle_close(&t);
}
END_TEST

START_TEST(columns_are_measured_by_powers_of_two)
{
    triangle t;
    int power[3];
    ck_assert_int_eq(triangle_open(&t, 3, NULL), BG_OK);
    static const double rows[2][3] = {{3, 1e-3, 0}, {4, 0, 0}};
    for (size_t i = 0; i < 2; i++)
        memcpy(triangle_row(&t), rows[i], sizeof rows[i]);
    ck_assert(triangle_fold(&t));
    triangle_scale(&t, 3, power);
    ck_assert_int_eq(power[0], 3);  /* 5 = 0.625 2^3 */
    ck_assert_int_eq(power[1], -9); /* 0.001 = 0.512 2^-9 */
    ck_assert_int_eq(power[2], 0);
    triangle_close(&t);
}
END_TEST

START_TEST(short_memory_is_reported)
{
    triangle t;
    memory_fail_after(1);
    ck_assert_int_eq(triangle_open(&t, N, NULL), BG_E_MEMORY);
    memory_fail_after(0);
}
END_TEST

RUN_CASE("triangle", 60, squares_are_kept, columns_are_measured_by_powers_of_two,
         short_memory_is_reported)
