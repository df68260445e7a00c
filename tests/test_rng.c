#include <math.h>

#include "base/rng.h"
#include "samples.h"

/* The first outputs from state 1, 2, 3, 4 by hand: rotl(2 * 5, 7) * 9 = 11520, then s[1] = 0. */
START_TEST(the_generator_is_xoshiro256starstar)
{
    static const uint64_t wanted[] = {11520, 0, 1509978240, 1215971899390074240};
    rng r = {{1, 2, 3, 4}};
    for (size_t i = 0; i < COUNT(wanted); i++)
        ck_assert_uint_eq(rng_next(&r), wanted[i]);
}
END_TEST

/* Words of splitmix64 from 42 ^ splitmix64(7), computed apart from this project's code. */
START_TEST(seeding_is_splitmix64)
{
    static const uint64_t wanted[] = {0x6eab8625df268fbc, 0x45847a4c3fc62d89, 0xe9871b135156aabf,
                                      0x3ef7d517faf51d54};
    rng r = rng_seeded(42, 7);
    for (size_t i = 0; i < COUNT(wanted); i++)
        ck_assert_uint_eq(r.s[i], wanted[i]);
}
END_TEST

/* The first word of splitmix64 from 42 ^ splitmix64(7): the first of the above. */
START_TEST(a_hash_is_a_word_of_its_stream)
{
    ck_assert_uint_eq(rng_hash(42, 7), 0x6eab8625df268fbc);
    for (uint64_t key = 0; key < 20; key++)
        for (uint64_t value = 0; value < 20; value++)
            ck_assert_uint_eq(rng_hash(key, value), rng_seeded(key, value).s[0]);
}
END_TEST

START_TEST(seeds_and_streams_differ)
{
    for (uint64_t seed = 0; seed < 20; seed++)
        for (uint64_t stream = 0; stream < 20; stream++) {
            rng a = rng_seeded(seed, stream), b = rng_seeded(stream, seed);
            rng c = rng_seeded(seed + 1, stream), d = rng_seeded(seed, stream + 1);
            uint64_t x = rng_next(&a);
            ck_assert(seed == stream || x != rng_next(&b));
            ck_assert_uint_ne(x, rng_next(&c));
            ck_assert_uint_ne(x, rng_next(&d));
        }
}
END_TEST

/* n draws of U(0,1): the mean strays by sigma = sqrt(1/12/n), the variance by sqrt(1/180/n). */
START_TEST(uniform_numbers_fill_their_interval)
{
    enum { N = 1000000 };
    rng r = rng_seeded(1, 0);
    double sum = 0, squares = 0;
    for (int i = 0; i < N; i++) {
        double u = rng_uniform(&r);
        ck_assert(u >= 0 && u < 1);
        sum += u - 0.5;
        squares += (u - 0.5) * (u - 0.5);
    }
    ck_assert_double_le(fabs(sum / N), 5 * sqrt(1.0 / 12 / N));
    ck_assert_double_le(fabs(squares / N - 1.0 / 12), 5 * sqrt(1.0 / 180 / N));
}
END_TEST

/* Moments of N(0,1): 0, 1, 0, 3; the mean of x^k strays by sqrt((E x^2k - (E x^k)^2) / n). */
START_TEST(normal_numbers_have_normal_moments)
{
    enum { N = 1000000 };
    static const double moment[] = {0, 1, 0, 3}, spread[] = {1, 2, 15, 96};
    rng r = rng_seeded(2, 0);
    double sums[4] = {0};
    for (int i = 0; i < N; i++) {
        double x = rng_normal(&r);
        ck_assert(isfinite(x));
        sums[0] += x;
        sums[1] += x * x;
        sums[2] += x * x * x;
        sums[3] += x * x * x * x;
    }
    for (int k = 0; k < 4; k++)
        ck_assert_double_le(fabs(sums[k] / N - moment[k]), 5 * sqrt(spread[k] / N));
}
END_TEST

START_TEST(bounded_numbers_are_even)
{
    enum { N = 700000, BOUND = 7 };
    rng r = rng_seeded(3, 0);
    double counts[BOUND] = {0}, chi = 0;
    for (int i = 0; i < N; i++) {
        uint64_t x = rng_below(&r, BOUND);
        ck_assert_uint_lt(x, BOUND);
        counts[x]++;
    }
    for (int i = 0; i < BOUND; i++)
        chi += (counts[i] - N / BOUND) * (counts[i] - N / BOUND) / (N / BOUND);
    ck_assert_double_le(chi, 30); /* 6 degrees of freedom: passed by chance 4 times in 100,000 */
    for (int i = 0; i < 1000; i++) {
        ck_assert_uint_eq(rng_below(&r, 1), 0);
        ck_assert_uint_le(rng_below(&r, UINT64_MAX), UINT64_MAX - 1);
    }
}
END_TEST

START_TEST(shuffles_are_permutations_and_even)
{
    enum { N = 60000 };
    static const uint32_t start[] = {0, 1, 2};
    rng r = rng_seeded(4, 0);
    double counts[3][3] = {{0}};
    for (int i = 0; i < N; i++) {
        uint32_t items[3];
        memcpy(items, start, sizeof items);
        rng_shuffle(&r, 3, items);
        ck_assert_uint_eq((1u << items[0]) | (1u << items[1]) | (1u << items[2]), 7);
        for (int place = 0; place < 3; place++)
            counts[place][items[place]]++;
    }
    double sigma = sqrt(N * (1.0 / 3) * (2.0 / 3));
    for (int place = 0; place < 3; place++)
        for (int item = 0; item < 3; item++)
            ck_assert_double_le(fabs(counts[place][item] - N / 3.0), 5 * sigma);
    rng_shuffle(&r, 0, NULL);
}
END_TEST

RUN_TESTS("rng", the_generator_is_xoshiro256starstar, seeding_is_splitmix64,
          a_hash_is_a_word_of_its_stream, seeds_and_streams_differ,
          uniform_numbers_fill_their_interval, normal_numbers_have_normal_moments,
          bounded_numbers_are_even, shuffles_are_permutations_and_even)
