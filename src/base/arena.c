#include "base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "backgemm.h"
#include "base/limit.h"

/* Blocks from this size on are held against the machine's memory first: zeroing what is not there
 * ends in a kill, not in NULL. */
#define LARGE_BLOCK ((size_t)64 << 20)

/* Blocks from this size on ask for huge pages: a pass over many rows spends less time on finding
 * out where pages are. */
#define HUGE_BLOCK ((size_t)4 << 20)
#define HUGE_PAGE ((size_t)2 << 20)

/* Processors fetch lines ahead of where they write, and at most to the end of a page. */
#define PAGE ((size_t)4096)

static size_t allocations;
static size_t fail_countdown;

size_t memory_allocations(void)
{
    return __atomic_load_n(&allocations, __ATOMIC_RELAXED);
}

void memory_fail_after(size_t n)
{
    fail_countdown = n;
}

bool size_product(size_t a, size_t b, size_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

static size_t round_up(size_t bytes, size_t alignment)
{
    return (bytes + alignment - 1) & ~(alignment - 1);
}

/* Uninitialised; NULL when memory is short. */
static void *take_block(size_t bytes)
{
    size_t alignment = bytes < HUGE_BLOCK ? MEMORY_ALIGNMENT : HUGE_PAGE;
    size_t size = round_up(bytes ? bytes : 1, alignment);
    void *block = aligned_alloc(alignment, size);
    if (block && alignment == HUGE_PAGE)
        madvise(block, size, MADV_HUGEPAGE); /* without it, only slower */
    return block;
}

void *memory_zeroed(size_t count, size_t size)
{
    size_t bytes;
    if (!size_product(count, size, &bytes) || bytes > PTRDIFF_MAX - HUGE_PAGE)
        return NULL;
    if (bytes >= LARGE_BLOCK && bytes > memory_limit())
        return NULL;
    if (fail_countdown && --fail_countdown == 0) {
        fail_countdown = 1;
        return NULL;
    }
    void *block = take_block(bytes);
    if (!block)
        return NULL;
    __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
    return memset(block, 0, bytes);
}

char *memory_copy_text(const char *text)
{
    if (!text)
        return NULL;
    size_t bytes = strlen(text) + 1;
    char *copy = memory_zeroed(bytes, 1);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

void memory_release(void *block)
{
    free(block);
}

void bg_free(void *memory)
{
    free(memory);
}

bool memory_grow(void **items, size_t *room, size_t need, size_t size)
{
    if (need <= *room)
        return true;
    size_t wanted = *room < 8 ? 16 : *room + *room / 2;
    if (wanted < need)
        wanted = need;
    void *grown = memory_zeroed(wanted, size);
    if (!grown)
        return false;
    if (*items)
        memcpy(grown, *items, *room * size);
    free(*items);
    *items = grown;
    *room = wanted;
    return true;
}

arena arena_measure(void)
{
    return (arena){NULL, 0, 0};
}

bool arena_open(arena *a)
{
    assert(!a->base);
    a->size = a->used;
    a->used = 0;
    a->base = a->size == SIZE_MAX ? NULL : memory_zeroed(a->size, 1);
    return a->base != NULL;
}

/* Too much to address sticks at SIZE_MAX while measuring, so that arena_open says no. */
void *arena_carve(arena *a, size_t count, size_t size)
{
    const size_t most = PTRDIFF_MAX - HUGE_PAGE;
    size_t bytes;
    if (!size_product(count, size, &bytes) || a->used > most || bytes > most - a->used) {
        assert(!a->base);
        a->used = SIZE_MAX;
        return NULL;
    }
    void *piece = a->base ? a->base + a->used : NULL;
    a->used += round_up(bytes, MEMORY_ALIGNMENT);
    assert(!a->base || a->used <= a->size);
    return piece;
}

void arena_part(arena *a)
{
    arena_carve(a, 1, PAGE);
}

void arena_close(arena *a)
{
    free(a->base);
    *a = arena_measure();
}
