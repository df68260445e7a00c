#include "io_files.h"

#include "io/npy.h"

/* Files that NumPy made: arange(24) / 8 as 4 x 3 x 2, in two orders and byte orders. */
static bg_table *read_file(const char *path)
{
    input in;
    bg_table *t;
    bg_error error;
    static const bg_read_options none;
    ck_assert_int_eq(input_read(path, &in, NULL), BG_OK);
    ck_assert(npy_recognise(&in));
    ck_assert_msg(npy_read(&in, &none, &t, &error) == BG_OK, "%s", error.text);
    input_release(&in);
    return t;
}

START_TEST(reads_what_numpy_writes)
{
    static const char *const paths[] = {"tests/data/c_f4.npy", "tests/data/fortran_f8_big.npy"};
    for (size_t i = 0; i < 2; i++) {
        bg_table *t = read_file(paths[i]);
        ck_assert(t->rows == 4 && t->columns == 6 && t->target_count == 1 && t->target[0] == 5);
        ck_assert_int_eq(t->dtype, i ? BG_F64 : BG_F32);
        for (size_t r = 0; r < 4; r++)
            for (size_t c = 0; c < 6; c++)
                ck_assert_double_eq(table_value(t, r, c), (double)(6 * r + c) / 8);
        bg_table_free(t);
    }
}
END_TEST

START_TEST(reads_lists_and_halves)
{
    bg_table *t = read_file("tests/data/list_i8.npy");
    ck_assert(t->rows == 4 && t->columns == 1);
    ck_assert_double_eq(table_value(t, 0, 0), -3);
    ck_assert_double_eq(table_value(t, 3, 0), 9007199254740992.0);
    bg_table_free(t);
    t = read_file("tests/data/half.npy");
    expect_row(t, 0, (double[]){1.5, -0.25, 65504});
    expect_row(t, 1, (double[]){ldexp(1, -24), ldexp(1, -14), 0});
    bg_table_free(t);
}
END_TEST

START_TEST(values_come_in_c_order)
{
    static const char *const paths[] = {"tests/data/c_f4.npy", "tests/data/fortran_f8_big.npy"};
    for (size_t i = 0; i < 2; i++) {
        input in;
        npy_array a;
        double values[11];
        ck_assert_int_eq(input_read(paths[i], &in, NULL), BG_OK);
        ck_assert_int_eq(npy_open(&in, &a, NULL), BG_OK);
        ck_assert(a.axes == 3 && a.axis[0] == 4 && a.axis[1] == 3 && a.axis[2] == 2);
        ck_assert_uint_eq(a.elements, 24);
        ck_assert_int_eq(a.fortran, i == 1);
        npy_values(&a, 13, 11, values);
        for (size_t j = 0; j < 11; j++)
            ck_assert_double_eq(values[j], (double)(13 + j) / 8);
        input_release(&in);
    }
}
END_TEST

/* A file with this header and `size` bytes of elements, all 1, in bytes; its size. */
static size_t make(char *bytes, int version, const char *header, size_t size)
{
    size_t length = strlen(header), at = 8;
    memcpy(bytes, "\x93NUMPY", 6);
    bytes[6] = (char)version;
    bytes[7] = 0;
    for (size_t i = 0; i < (version == 1 ? 2u : 4u); i++)
        bytes[at++] = (char)(length >> (8 * i));
    memcpy(bytes + at, header, length);
    memset(bytes + at + length, 1, size);
    return at + length + size;
}

START_TEST(reads_all_versions_and_spellings)
{
    static const char *const headers[] = {
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }   \n",
        "{\"shape\":(2,3,),\"descr\":\"|u1\",\"fortran_order\":True}",
    };
    char bytes[256];
    for (int version = 1; version <= 3; version++)
        for (size_t i = 0; i < 2; i++) {
            bg_table *t = read_good(npy_read, bytes, make(bytes, version, headers[i], 6), NULL);
            ck_assert(t->rows == 2 && t->columns == 3);
            expect_row(t, 1, (double[]){1, 1, 1});
            bg_table_free(t);
        }
}
END_TEST

START_TEST(refuses_headers_that_are_wrong)
{
    static const char *const headers[] = {
        "",
        "{}",
        "{'descr': '|u1', 'fortran_order': False}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (6)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (6,,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (-6,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (6,), 'shape': (6,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (6,), 'more': 1}",
        "{'descr': '|u1', 'fortran_order': 0, 'shape': (6,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (6,)} x",
        "{'descr': '|u1' 'fortran_order': False, 'shape': (6,)}",
        "{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (6,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999999,)}",
        "{'descr': '|u1",
    };
    char bytes[256];
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        bg_table *t;
        bg_error error;
        size_t size = make(bytes, 1, headers[i], 6);
        ck_assert_int_eq(read_bytes(npy_read, bytes, size, NULL, &t, &error), BG_E_DATA);
        ck_assert_ptr_nonnull(strstr(error.text, "its header is not one of an array of numbers"));
    }
}
END_TEST

START_TEST(refuses_shapes_and_types_that_do_not_fit)
{
    static const struct {
        const char *header, *sentence;
    } files[] = {
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (6,)}",
         "x: elements of type \"<c8\" are not numbers that can be read"},
        {"{'descr': '|f4', 'fortran_order': False, 'shape': (6,)}",
         "x: elements of type \"|f4\" are not numbers that can be read"},
        {"{'descr': '', 'fortran_order': False, 'shape': (6,)}",
         "x: elements of type \"\" are not numbers that can be read"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
         "x: its shape multiplies to an absurd number"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (0, 4294967296, 4294967296, 9)}",
         "x: its shape multiplies to an absurd number"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693952,)}",
         "x: its shape multiplies to an absurd number"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (7,)}",
         "x: its shape promises 7 rows of 1 numbers, 7 bytes; it has 6"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (5,)}",
         "x: its shape promises 5 rows of 1 numbers, 5 bytes; it has 6"},
    };
    char bytes[256];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t size = make(bytes, 1, files[i].header, 6);
        expect_failure(npy_read, bytes, size, NULL, BG_E_DATA, files[i].sentence);
    }
    size_t size = make(bytes, 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 3)}", 0);
    expect_failure(npy_read, bytes, size, NULL, BG_E_DATA,
                   "x: its shape promises no numbers at all");
    size = make(bytes, 1, "{'descr': '|u1', 'fortran_order': False, 'shape': ()}", 1);
    expect_failure(npy_read, bytes, size, NULL, BG_E_DATA, "x: it holds one number, not a table");
    size = make(bytes, 4, "{}", 0);
    expect_failure(npy_read, bytes, size, NULL, BG_E_DATA, "x: NPY version 4 is not known");
}
END_TEST

START_TEST(survives_hostile_files)
{
    static const char *const paths[] = {"tests/data/c_f4.npy", "tests/data/fortran_f8_big.npy",
                                        "tests/data/half.npy"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        input in;
        ck_assert_int_eq(input_read(paths[i], &in, NULL), BG_OK);
        read_all_hostile(npy_read, in.bytes, in.size);
        input_release(&in);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        reads_what_numpy_writes,        reads_lists_and_halves,
        values_come_in_c_order,         reads_all_versions_and_spellings,
        refuses_headers_that_are_wrong, refuses_shapes_and_types_that_do_not_fit,
        survives_hostile_files,         NULL};
    return run_suite("npy", tests);
}
