#include "io_files.h"

#include "io/idx.h"

/* 3 rows of 2 x 2 bytes */
static const unsigned char images[] = {0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0,   0,
                                       0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 128, 255};
static const unsigned char labels[] = {0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 9};

START_TEST(reads_images)
{
    bg_table *t = read_good(idx_read, images, sizeof images, NULL);
    ck_assert_uint_eq(t->rows, 3);
    ck_assert_uint_eq(t->columns, 4);
    expect_row(t, 0, (double[]){1, 2, 3, 4});
    expect_row(t, 2, (double[]){9, 0, 128, 255});
    ck_assert(t->one_unit && t->dtype == BG_F32 && t->target_count == 0 && t->task == -1);
    bg_table_free(t);
}
END_TEST

START_TEST(reads_labels_as_classes)
{
    bg_read_options options = {.first_row = 2, .last_row = 3};
    bg_table *t = read_good(idx_read, labels, sizeof labels, &options);
    ck_assert(t->rows == 2 && t->file_rows == 3 && t->columns == 1 && t->target_count == 1);
    ck_assert(t->task == BG_CLASSES && !t->one_unit);
    ck_assert_double_eq(table_value(t, 1, 0), 9);
    bg_table_free(t);
}
END_TEST

START_TEST(reads_every_type)
{
    static const struct {
        unsigned char bytes[16];
        size_t size;
        double value;
    } files[] = {
        {{0, 0, 9, 1, 0, 0, 0, 1, 0xfe}, 9, -2},
        {{0, 0, 11, 1, 0, 0, 0, 1, 0xff, 0}, 10, -256},
        {{0, 0, 12, 1, 0, 0, 0, 1, 0, 1, 0, 1}, 12, 65537},
        {{0, 0, 13, 1, 0, 0, 0, 1, 0xbf, 0xc0, 0, 0}, 12, -1.5},
        {{0, 0, 14, 1, 0, 0, 0, 1, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0}, 16, 1.5},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        bg_table *t = read_good(idx_read, files[i].bytes, files[i].size, NULL);
        ck_assert_double_eq(table_value(t, 0, 0), files[i].value);
        ck_assert_int_eq(t->task, -1);
        bg_table_free(t);
    }
}
END_TEST

START_TEST(finds_numbers_that_are_none)
{
    static const unsigned char bytes[] = {0, 0, 13, 2, 0, 0, 0,    1,    0, 0,
                                          0, 2, 0,  0, 0, 0, 0x7f, 0xc0, 0, 0};
    bg_table *t = read_good(idx_read, bytes, sizeof bytes, NULL);
    ck_assert_ptr_null(t->column[0].fault);
    ck_assert_str_eq(t->column[1].fault, "x: row 1, column 2: expected a finite number, found nan");
    bg_table_free(t);
}
END_TEST

START_TEST(refuses_wrong_counts)
{
    unsigned char bytes[sizeof images + 1] = {0};
    memcpy(bytes, images, sizeof images);
    expect_failure(idx_read, bytes, sizeof bytes, NULL, BG_E_DATA,
                   "x: its header promises 3 rows of 4 numbers, 12 bytes; it has 13");
    expect_failure(idx_read, bytes, sizeof images - 1, NULL, BG_E_DATA,
                   "x: its header promises 3 rows of 4 numbers, 12 bytes; it has 11");
    expect_failure(idx_read, bytes, 10, NULL, BG_E_DATA,
                   "x: the file ends inside its header: 3 dimensions need 16 bytes, it has 10");
    bytes[7] = 0;
    expect_failure(idx_read, bytes, 16, NULL, BG_E_DATA,
                   "x: its header promises no numbers at all");
    static const unsigned char absurd[] = {0,    0,    8,    3,    0xff, 0xff, 0xff, 0xff,
                                           0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    expect_failure(idx_read, absurd, sizeof absurd, NULL, BG_E_DATA,
                   "x: its sizes multiply to an absurd number");
}
END_TEST

START_TEST(survives_hostile_files)
{
    read_all_hostile(idx_read, images, sizeof images);
    read_all_hostile(idx_read, labels, sizeof labels);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {reads_images,
                                  reads_labels_as_classes,
                                  reads_every_type,
                                  finds_numbers_that_are_none,
                                  refuses_wrong_counts,
                                  survives_hostile_files,
                                  NULL};
    return run_suite("idx", tests);
}
