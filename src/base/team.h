/*
 * Threads that work together without waiting for each other's turn: one leads, the others take
 * pieces of what it shares out when they get to it.  The leader waits for pieces that somebody has
 * begun, never for a thread that has not: on a busy machine, where a barrier would cost every step
 * the time slice of another program, the work goes on with fewer.
 *
 * The threads are the caller's (an OpenMP region).  Each begins with pieces of its own, the same
 * ones of every lot of so many, so that what they read and write stays in its caches, and goes on
 * with those that others have not begun; so which thread does a piece is chance, and pieces must
 * not depend on it.
 */
#ifndef BASE_TEAM_H
#define BASE_TEAM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* One piece, from 0, by thread `thread` of the region. */
typedef void team_work(void *context, size_t piece, int thread);

enum { TEAM_RANGES = 8 }; /* in one cache line: that it travels is most of what a lot costs */

typedef struct team {
    /* What is shared out, in ranges of pieces; thread r begins with the one at [r].  A number that
     * grows with each lot, and how many pieces nobody has taken; one word, so that nobody takes a
     * piece of a lot that is over. */
    _Alignas(64) _Atomic uint64_t lot[TEAM_RANGES];
    _Alignas(64) _Atomic uint32_t done; /* pieces of this lot; who waits, waits here */
    _Atomic uint32_t leader_sleeps;
    _Alignas(64) _Atomic uint32_t bell; /* rings with each lot: helpers wait here */
    _Atomic uint32_t sleepers, dismissed;
    size_t ranges;
    /* Of the lot under way; written by the leader while nobody works. */
    size_t pieces;
    team_work *work;
    void *context;
} team;

/* threads: of the region */
void team_open(team *t, int threads);

/* By the leader, thread 0: work(context, i, thread) for i = 0 .. pieces-1, each once, at most
 * 2^32-1 of them; returns when all are done. */
void team_share(team *t, size_t pieces, team_work *work, void *context);

/* The same without a team (NULL), or where there is one piece, by the calling thread alone.
 * Inlined, since a step of a small network takes no longer than a few calls. */
static inline __attribute__((always_inline)) void team_split(team *t, size_t pieces,
                                                             team_work *work, void *context)
{
    if (t && pieces > 1)
        team_share(t, pieces, work, context);
    else
        for (size_t i = 0; i < pieces; i++)
            work(context, i, 0);
}

/* By every other thread: takes part until the leader dismisses the team. */
void team_help(team *t, int thread);
void team_dismiss(team *t);

#endif
