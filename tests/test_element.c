#include "io_files.h"

#include "io/element.h"

static double decode(char kind, size_t size, uint64_t bits)
{
    const element_type *type = element_find(kind, size);
    ck_assert_ptr_nonnull(type);
    return type->decode(bits);
}

START_TEST(decodes_integers)
{
    ck_assert_double_eq(decode('b', 1, 7), 1);
    ck_assert_double_eq(decode('u', 1, 255), 255);
    ck_assert_double_eq(decode('i', 1, 255), -1);
    ck_assert_double_eq(decode('i', 2, 0x8000), -32768);
    ck_assert_double_eq(decode('u', 4, UINT32_MAX), 4294967295.0);
    ck_assert_double_eq(decode('i', 4, UINT32_MAX), -1);
    ck_assert_double_eq(decode('i', 8, UINT64_MAX), -1);
    ck_assert_double_eq(decode('u', 8, ((uint64_t)1 << 53) + 1), 9007199254740992.0);
    ck_assert_ptr_null(element_find('c', 8));
    ck_assert_ptr_null(element_find('u', 3));
}
END_TEST

#if defined(__FLT16_MAX__)
/* The compiler's own binary16 is the oracle, over all its values. */
START_TEST(decodes_every_half)
{
    for (uint32_t bits = 0; bits < 65536; bits++) {
        uint16_t half = (uint16_t)bits;
        _Float16 value;
        memcpy(&value, &half, sizeof value);
        double decoded = decode('f', 2, bits);
        if (isnan((double)value))
            ck_assert(isnan(decoded));
        else
            ck_assert(decoded == (double)value && signbit(decoded) == signbit((double)value));
    }
}
END_TEST
#else
START_TEST(decodes_every_half)
{
    ck_assert_double_eq(decode('f', 2, 0x3e00), 1.5);
    ck_assert_double_eq(decode('f', 2, 0x8001), -ldexp(1, -24));
    ck_assert(isinf(decode('f', 2, 0x7c00)));
}
END_TEST
#endif

START_TEST(follows_strides_and_finds_faults)
{
    /* columns 0 and 2 of a 3 x 3 block, rows 1 and 2 kept, big-endian */
    static const unsigned char bytes[18] = {0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 1, 8};
    static const size_t offset[] = {0, 2};
    element_block block = {bytes, element_find('u', 2), true, 3, offset};
    bg_table *t;
    ck_assert_int_eq(table_create("x", 2, 2, BG_F32, &t, NULL), BG_OK);
    ck_assert_int_eq(element_fill(&block, (row_range){1, 2}, t, NULL), BG_OK);
    expect_row(t, 0, (double[]){3, 5});
    expect_row(t, 1, (double[]){6, 264});
    bg_table_free(t);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {decodes_integers, decodes_every_half,
                                  follows_strides_and_finds_faults, NULL};
    return run_suite("element", tests);
}
