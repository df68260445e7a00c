#include "base/team.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/least.h"

/* Looks at a word before a thread goes to sleep: some 50 microseconds, longer than the pauses
 * between the lots of a step and shorter than what a wake-up costs on a busy machine. */
#define LOOKS 2000

#define LEFT_MASK ((uint64_t)UINT32_MAX)

static void sleep_on(_Atomic uint32_t *word, uint32_t seen)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static void pause_a_little(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

void team_open(team *t, int threads)
{
    *t = (team){.ranges = least((size_t)threads, TEAM_RANGES)};
}

/* Pieces of the ranges up to r, as even as they come.  Computed rather than stored: what the leader
 * writes has to travel. */
static size_t range_end(const team *t, size_t r)
{
    return (r + 1) * (t->pieces / t->ranges) + least(r + 1, t->pieces % t->ranges);
}

/* Works on the pieces of a range of that lot until nobody has to begin any. */
static void take_range(team *t, size_t r, uint64_t number, int thread)
{
    uint64_t seen = atomic_load(&t->lot[r]);
    while ((seen & LEFT_MASK) && seen / (LEFT_MASK + 1) == number) {
        if (!atomic_compare_exchange_weak(&t->lot[r], &seen, seen - 1))
            continue;
        /* A piece is ours, so the lot is not over and the leader changes nothing. */
        size_t pieces = t->pieces; /* once it is done, the leader may go on */
        t->work(t->context, range_end(t, r) - (size_t)(seen & LEFT_MASK), thread);
        if (atomic_fetch_add(&t->done, 1) + 1 == pieces && atomic_load(&t->leader_sleeps))
            wake(&t->done);
        seen = atomic_load(&t->lot[r]);
    }
}

/* Its own range first, then the others' of the same lot: of the next one it is its own again. */
static void take_pieces(team *t, int thread)
{
    size_t own = (size_t)thread % t->ranges, r = own;
    uint64_t number = atomic_load(&t->lot[own]) / (LEFT_MASK + 1);
    do {
        take_range(t, r, number, thread);
        r = r + 1 < t->ranges ? r + 1 : 0;
    } while (r != own);
}

static void wait_for_all(team *t)
{
    uint32_t done;
    for (int looks = 0; (done = atomic_load(&t->done)) < t->pieces; looks++) {
        if (looks < LOOKS) {
            pause_a_little();
            continue;
        }
        atomic_store(&t->leader_sleeps, 1);
        done = atomic_load(&t->done);
        if (done < t->pieces)
            sleep_on(&t->done, done);
        atomic_store(&t->leader_sleeps, 0);
    }
}

static void ring(team *t)
{
    atomic_fetch_add(&t->bell, 1);
    if (atomic_load(&t->sleepers))
        wake(&t->bell);
}

void team_share(team *t, size_t pieces, team_work *work, void *context)
{
    size_t each = pieces / t->ranges, more = pieces % t->ranges;
    t->pieces = pieces;
    t->work = work;
    t->context = context;
    atomic_store(&t->done, 0);
    for (size_t r = 0; r < t->ranges; r++)
        atomic_store(&t->lot[r], (atomic_load(&t->lot[r]) | LEFT_MASK) + 1 + each + (r < more));
    ring(t);
    take_pieces(t, 0);
    wait_for_all(t);
}

void team_dismiss(team *t)
{
    atomic_store(&t->dismissed, 1);
    ring(t);
}

/* Until the bell has rung since `heard`. */
static void wait_for_bell(team *t, uint32_t heard)
{
    for (int looks = 0; looks < LOOKS; looks++) {
        if (atomic_load(&t->bell) != heard)
            return;
        pause_a_little();
    }
    atomic_fetch_add(&t->sleepers, 1);
    while (atomic_load(&t->bell) == heard)
        sleep_on(&t->bell, heard);
    atomic_fetch_sub(&t->sleepers, 1);
}

void team_help(team *t, int thread)
{
    for (;;) {
        uint32_t heard = atomic_load(&t->bell);
        take_pieces(t, thread);
        if (atomic_load(&t->dismissed))
            return;
        wait_for_bell(t, heard);
    }
}
