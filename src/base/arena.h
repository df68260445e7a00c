/* All memory of the library: plain blocks, growing arrays, and arenas that are measured first and
 * carved once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#define MEMORY_ALIGNMENT ((size_t)64) /* a cache line and an AVX-512 register */

/* count x size bytes, zeroed, aligned to MEMORY_ALIGNMENT; NULL when the product overflows or
 * memory is short.  A count of 0 gives a valid block. */
void *memory_zeroed(size_t count, size_t size);
char *memory_copy_text(const char *text); /* NULL in, NULL out; NULL when short */
void memory_release(void *block);         /* takes NULL */

/* Makes room for `need` elements in a growing array: *items (from memory_*, or NULL) may move,
 * *room is its size in elements.  False when memory is short; the old block then stays valid. */
bool memory_grow(void **items, size_t *room, size_t need, size_t size);

/* False when a*b overflows size_t. */
bool size_product(size_t a, size_t b, size_t *product);

/* One block cut into aligned pieces.  The same function measures and carves: run it once with an
 * arena from arena_measure (pieces come back NULL, `used` adds up), then again after arena_open. */
typedef struct arena {
    char *base; /* NULL while measuring; owned */
    size_t used, size;
} arena;

arena arena_measure(void);
bool arena_open(arena *measured); /* allocates what was measured, zeroed; used goes back to 0 */
void *arena_carve(arena *a, size_t count, size_t size);
/* Before the pieces of each thread: what one thread writes shares no page with what another does,
 * where processors would take lines from each other that they fetch ahead. */
void arena_part(arena *a);
void arena_close(arena *a);

/* Blocks allocated since the start of the process: tests count none over a training step. */
size_t memory_allocations(void);
/* Tests make the n-th allocation from now (1 = the next) and all after it fail; 0 ends that. */
void memory_fail_after(size_t n);

#endif
