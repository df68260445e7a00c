/* Threads that share pieces of work: each piece once, and nobody waits for who is not there. */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/team.h"
#include "suite.h"

enum { MOST_THREADS = 7, PIECES = 50 };

typedef struct job {
    team team;
    _Atomic int count[PIECES]; /* how often each piece was done */
    int sum[PIECES];           /* plain: the team orders who writes and who reads */
    _Atomic int by[MOST_THREADS];
} job;

static void piece(void *context, size_t i, int thread)
{
    job *j = context;
    atomic_fetch_add(&j->count[i], 1);
    j->sum[i] += (int)i + 1;
    atomic_fetch_add(&j->by[thread], 1);
}

typedef struct helper {
    job *job;
    int thread;
} helper;

static void *help(void *context)
{
    const helper *h = context;
    team_help(&h->job->team, h->thread);
    return NULL;
}

static void start(job *j, int threads, helper *helpers, pthread_t *ids)
{
    *j = (job){.count = {0}};
    team_open(&j->team, threads);
    for (int i = 1; i < threads; i++) {
        helpers[i] = (helper){j, i};
        ck_assert_int_eq(pthread_create(&ids[i], NULL, help, &helpers[i]), 0);
    }
}

static void finish(job *j, int threads, const pthread_t *ids)
{
    team_dismiss(&j->team);
    for (int i = 1; i < threads; i++)
        ck_assert_int_eq(pthread_join(ids[i], NULL), 0);
}

/* Lots of every size; the leader reads and changes plain memory between them. */
START_TEST(every_piece_of_every_lot_is_done_once)
{
    job j;
    helper helpers[MOST_THREADS];
    pthread_t ids[MOST_THREADS];
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        start(&j, threads, helpers, ids);
        int expected[PIECES] = {0};
        for (int lot = 0; lot < 3000; lot++) {
            size_t pieces = (size_t)(lot * 7 % (PIECES + 1));
            team_share(&j.team, pieces, piece, &j);
            for (size_t i = 0; i < pieces; i++)
                expected[i]++;
            for (size_t i = 0; i < PIECES; i++) {
                ck_assert_int_eq(j.count[i], expected[i]);
                ck_assert_int_eq(j.sum[i], expected[i] * ((int)i + 1));
            }
        }
        finish(&j, threads, ids);
    }
}
END_TEST

START_TEST(the_leader_goes_on_without_helpers)
{
    job j = {.count = {0}};
    team_open(&j.team, 3);
    for (int lot = 0; lot < 100; lot++)
        team_share(&j.team, PIECES, piece, &j);
    team_dismiss(&j.team);
    ck_assert_int_eq(j.by[0], 100 * PIECES);
    team_help(&j.team, 1); /* too late: there is nothing to do, and it says so by returning */
    ck_assert_int_eq(j.by[1], 0);
}
END_TEST

static void sleep_for(double seconds)
{
    struct timespec t = {.tv_nsec = (long)(seconds * 1e9)};
    nanosleep(&t, NULL);
}

/* Pieces that take a while, so that whoever sleeps has time to wake up and take one. */
static void slow_piece(void *context, size_t i, int thread)
{
    piece(context, i, thread);
    sleep_for(0.002);
}

/* Helpers that went to sleep come back, and a leader that sleeps is woken by the last piece. */
START_TEST(sleepers_wake_up)
{
    job j;
    helper helpers[MOST_THREADS];
    pthread_t ids[MOST_THREADS];
    start(&j, 3, helpers, ids);
    for (int lot = 0; lot < 10; lot++) {
        sleep_for(0.02);
        team_share(&j.team, PIECES, slow_piece, &j);
    }
    finish(&j, 3, ids);
    ck_assert_int_gt(j.by[1] + j.by[2], 0);
    ck_assert_int_eq(j.by[0] + j.by[1] + j.by[2], 10 * PIECES);
}
END_TEST

/* What each of two threads begins a lot with: the other half only once its own is begun. */
static void note_first(void *context, size_t i, int thread)
{
    int *first = context;
    if (first[thread] < 0)
        first[thread] = (int)i;
    sleep_for(0.0001);
}

START_TEST(threads_begin_with_pieces_of_their_own)
{
    job j;
    helper helpers[MOST_THREADS];
    pthread_t ids[MOST_THREADS];
    int helped = 0;
    start(&j, 2, helpers, ids);
    for (int lot = 0; lot < 100; lot++) {
        int first[2] = {-1, -1};
        team_share(&j.team, PIECES, note_first, first);
        ck_assert_int_eq(first[0], 0);
        if (first[1] >= 0)
            ck_assert_int_ge(first[1], PIECES / 2);
        helped += first[1] >= 0;
    }
    finish(&j, 2, ids);
    ck_assert_int_gt(helped, 0);
}
END_TEST

RUN_CASE("team", 120, every_piece_of_every_lot_is_done_once, the_leader_goes_on_without_helpers,
         sleepers_wake_up, threads_begin_with_pieces_of_their_own)
