/* Our own seeded generator: xoshiro256** (Blackman and Vigna 2018, "Scrambled linear pseudorandom
 * number generators"), its state filled from (seed, stream) by splitmix64.  Equal on every machine.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct rng {
    uint64_t s[4];
} rng;

rng rng_seeded(uint64_t seed, uint64_t stream);
/* The number at place `value` of the sequence `key`, without those before: splitmix64's output
 * function (Steele, Lea and Flood 2014), once for each. */
uint64_t rng_hash(uint64_t key, uint64_t value);
uint64_t rng_next(rng *r);
double rng_uniform(rng *r);                 /* [0, 1), 53 bits */
double rng_normal(rng *r);                  /* N(0, 1), Marsaglia's polar method */
uint64_t rng_below(rng *r, uint64_t bound); /* 0..bound-1 without bias, bound >= 1 (Lemire 2019) */
void rng_shuffle(rng *r, size_t n, uint32_t *items); /* Fisher and Yates */

#endif
