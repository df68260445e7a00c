#include <stdint.h>

#include "samples.h"

START_TEST(blocks_are_zeroed_and_aligned)
{
    for (size_t count = 0; count < 300; count += 7) {
        unsigned char *block = memory_zeroed(count, 3);
        ck_assert_ptr_nonnull(block);
        ck_assert_uint_eq((uintptr_t)block % MEMORY_ALIGNMENT, 0);
        for (size_t i = 0; i < 3 * count; i++)
            ck_assert_uint_eq(block[i], 0);
        memset(block, 0xff, 3 * count);
        memory_release(block);
    }
    memory_release(NULL);
    bg_free(NULL);
}
END_TEST

START_TEST(products_that_overflow_are_refused)
{
    size_t product = 5;
    ck_assert(!size_product(SIZE_MAX, 2, &product));
    ck_assert(!size_product((size_t)1 << 33, (size_t)1 << 33, &product));
    ck_assert(size_product(SIZE_MAX, 1, &product) && product == SIZE_MAX);
    ck_assert(size_product(0, SIZE_MAX, &product) && product == 0);
    ck_assert_ptr_null(memory_zeroed(SIZE_MAX, 2));
    ck_assert_ptr_null(memory_zeroed(SIZE_MAX, 1));
    ck_assert_ptr_null(memory_zeroed((size_t)PTRDIFF_MAX, 1));
}
END_TEST

START_TEST(texts_are_copied)
{
    char text[] = "abc", *copy = memory_copy_text(text);
    text[0] = 'x';
    ck_assert_str_eq(copy, "abc");
    ck_assert_ptr_null(memory_copy_text(NULL));
    memory_release(copy);
}
END_TEST

START_TEST(arrays_grow_and_keep_their_items)
{
    void *items = NULL;
    size_t room = 0, moves = 0;
    for (size_t i = 0; i < 10000; i++) {
        void *before = items;
        ck_assert(memory_grow(&items, &room, i + 1, sizeof(int)));
        ck_assert(room > i);
        moves += items != before;
        ((int *)items)[i] = (int)i;
    }
    for (size_t i = 0; i < 10000; i++)
        ck_assert_int_eq(((int *)items)[i], (int)i);
    ck_assert_msg(moves < 40, "%zu moves: growth is not geometric", moves);
    size_t before = room;
    ck_assert(!memory_grow(&items, &room, SIZE_MAX / 2, sizeof(int)));
    ck_assert_uint_eq(room, before);
    ck_assert_int_eq(((int *)items)[9999], 9999);
    memory_release(items);
}
END_TEST

START_TEST(arenas_carve_what_they_measured)
{
    static const size_t sizes[] = {1, 64, 65, 0, 1000};
    unsigned char *pieces[COUNT(sizes)];
    arena a = arena_measure();
    for (size_t i = 0; i < COUNT(sizes); i++)
        ck_assert_ptr_null(arena_carve(&a, sizes[i], 1));
    size_t measured = a.used;
    ck_assert(arena_open(&a));
    for (size_t i = 0; i < COUNT(sizes); i++) {
        pieces[i] = arena_carve(&a, sizes[i], 1);
        ck_assert_ptr_nonnull(pieces[i]);
        ck_assert_uint_eq((uintptr_t)pieces[i] % MEMORY_ALIGNMENT, 0);
        memset(pieces[i], (int)i + 1, sizes[i]);
    }
    ck_assert_uint_eq(a.used, measured);
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t b = 0; b < sizes[i]; b++)
            ck_assert_uint_eq(pieces[i][b], i + 1);
    arena_close(&a);
    ck_assert_ptr_null(a.base);
}
END_TEST

START_TEST(parts_of_an_arena_share_no_page)
{
    uintptr_t end[2], start[2], page = 4096;
    arena a = arena_measure();
    for (int carving = 0; carving < 2; carving++) {
        for (size_t i = 0; i < 2; i++) {
            arena_part(&a);
            start[i] = (uintptr_t)arena_carve(&a, 100, 1);
            end[i] = start[i] + 99;
        }
        if (!carving)
            ck_assert(arena_open(&a));
    }
    ck_assert_uint_lt(end[0] / page, start[1] / page);
    arena_close(&a);
}
END_TEST

START_TEST(large_blocks_are_aligned_to_huge_pages)
{
    const size_t huge = (size_t)2 << 20;
    unsigned char *block = memory_zeroed(3 * huge + 1, 1);
    ck_assert_ptr_nonnull(block);
    ck_assert_uint_eq((uintptr_t)block % huge, 0);
    ck_assert_uint_eq(block[0] | block[huge] | block[3 * huge], 0);
    memory_release(block);
}
END_TEST

START_TEST(arenas_too_big_for_any_memory_do_not_open)
{
    static const size_t counts[][2] = {
        {SIZE_MAX, 2}, {SIZE_MAX, 1}, {PTRDIFF_MAX, 1}, {PTRDIFF_MAX - 64, 1}};
    for (size_t i = 0; i < COUNT(counts); i++) {
        arena a = arena_measure();
        arena_carve(&a, 100, 1);
        arena_carve(&a, counts[i][0], counts[i][1]);
        arena_carve(&a, 100, 1); /* what comes after does not wrap around */
        arena_carve(&a, PTRDIFF_MAX, 2);
        ck_assert(!arena_open(&a));
    }
}
END_TEST

START_TEST(failures_come_when_asked_for)
{
    size_t before = memory_allocations();
    memory_fail_after(2);
    void *first = memory_zeroed(1, 1);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(memory_zeroed(1, 1));
    ck_assert_ptr_null(memory_copy_text("x"));
    memory_fail_after(0);
    void *last = memory_zeroed(1, 1);
    ck_assert_ptr_nonnull(last);
    ck_assert_uint_eq(memory_allocations(), before + 2);
    memory_release(first);
    memory_release(last);
}
END_TEST

RUN_TESTS("arena", blocks_are_zeroed_and_aligned, products_that_overflow_are_refused,
          texts_are_copied, arrays_grow_and_keep_their_items, arenas_carve_what_they_measured,
          parts_of_an_arena_share_no_page, large_blocks_are_aligned_to_huge_pages,
          arenas_too_big_for_any_memory_do_not_open, failures_come_when_asked_for)
