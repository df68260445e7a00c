#include "net/dataset.h"

#include <stdint.h>

#include "samples.h"

static const double inputs[] = {0.1, -2, 3, 1e-300, 5, 6};
static const double targets[] = {1, 0, 0.3};

START_TEST(rows_come_back_rounded)
{
    for (int d = 0; d < 2; d++) {
        bg_data *data;
        double x[2], t[1];
        OK(bg_data_create((bg_dtype)d, 3, 2, 1, inputs, targets, &data, &problem));
        ck_assert_uint_eq(bg_data_rows(data), 3);
        ck_assert_uint_eq(bg_data_inputs(data), 2);
        ck_assert_uint_eq(bg_data_targets(data), 1);
        for (size_t row = 0; row < 3; row++) {
            bg_data_row(data, row, x, t);
            for (size_t i = 0; i < 2; i++) {
                double wanted = inputs[2 * row + i];
                ck_assert(x[i] == (d == BG_F32 ? (double)(float)wanted : wanted));
            }
            ck_assert(t[0] == (d == BG_F32 ? (double)(float)targets[row] : targets[row]));
        }
        bg_data_row(data, 0, NULL, NULL);
        bg_data_free(data);
    }
    bg_data_free(NULL);
}
END_TEST

START_TEST(data_without_targets)
{
    bg_data *data;
    OK(bg_data_create(BG_F64, 3, 2, 5, inputs, NULL, &data, &problem));
    ck_assert_uint_eq(bg_data_targets(data), 0);
    bg_data_free(data);
}
END_TEST

START_TEST(bad_shapes_are_refused)
{
    bg_data *data = NULL;
    REFUSED(bg_data_create(BG_F64, 0, 2, 1, inputs, targets, &data, &problem), BG_E_ARGUMENT,
            "rows");
    REFUSED(bg_data_create(BG_F64, 3, 0, 1, inputs, targets, &data, &problem), BG_E_ARGUMENT,
            "inputs");
    REFUSED(bg_data_create(BG_F64, 3, 2, 0, inputs, targets, &data, &problem), BG_E_ARGUMENT,
            "targets");
    REFUSED(bg_data_create(BG_F64, 3, 2, 1, NULL, targets, &data, &problem), BG_E_ARGUMENT,
            "inputs");
    REFUSED(bg_data_create((bg_dtype)9, 3, 2, 1, inputs, targets, &data, &problem), BG_E_ARGUMENT,
            "precision");
    REFUSED(bg_data_create(BG_F64, SIZE_MAX / 2, 3, 1, inputs, targets, &data, &problem),
            BG_E_MEMORY, "memory");
    ck_assert_ptr_null(data);
}
END_TEST

START_TEST(values_that_are_not_finite_name_their_row)
{
    double x[] = {1, 2, 3, 1e39}, t[] = {0, (double)NAN};
    bg_data *data = NULL;
    REFUSED(bg_data_create(BG_F32, 2, 2, 0, x, NULL, &data, &problem), BG_E_DATA,
            "row 2: input 2 is not finite in f32");
    ck_assert_uint_eq(problem.row, 2);
    REFUSED(bg_data_create(BG_F64, 2, 2, 1, x, t, &data, &problem), BG_E_DATA, "row 2: target 1");
    ck_assert_ptr_null(data);
}
END_TEST

START_TEST(every_failed_allocation_is_clean)
{
    bg_data *data = NULL;
    for (size_t n = 1; n <= 3; n++) {
        memory_fail_after(n);
        REFUSED(bg_data_create(BG_F64, 3, 2, 1, inputs, targets, &data, &problem), BG_E_MEMORY,
                "memory");
        ck_assert_ptr_null(data);
    }
    memory_fail_after(4);
    OK(bg_data_create(BG_F64, 3, 2, 1, inputs, targets, &data, &problem));
    bg_data_free(data);
}
END_TEST

START_TEST(selected_rows_are_copies_in_their_order)
{
    const size_t rows[] = {2, 0, 2, 1};
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        bg_data *data, *chosen = NULL;
        OK(bg_data_create((bg_dtype)dtype, 3, 2, 1, inputs, targets, &data, &problem));
        OK(bg_data_select(data, 4, rows, &chosen, &problem));
        ck_assert_uint_eq(bg_data_rows(chosen), 4);
        for (size_t i = 0; i < 4; i++) {
            double x[2], t[1], want_x[2], want_t[1];
            bg_data_row(chosen, i, x, t);
            bg_data_row(data, rows[i], want_x, want_t);
            ck_assert(x[0] == want_x[0] && x[1] == want_x[1] && t[0] == want_t[0]);
        }
        bg_data_free(chosen);
        chosen = NULL;
        const size_t beyond = 3;
        REFUSED(bg_data_select(data, 1, &beyond, &chosen, &problem), BG_E_ARGUMENT,
                "there is no row 3");
        ck_assert_ptr_null(chosen);
        bg_data_free(data);
    }
}
END_TEST

RUN_TESTS("dataset", selected_rows_are_copies_in_their_order, rows_come_back_rounded,
          data_without_targets, bad_shapes_are_refused, values_that_are_not_finite_name_their_row,
          every_failed_allocation_is_clean)
