#include "kernel/peak.h"

#include "base/real.h"
#include "kernel/lanes_sum.h"

/* Chains of multiply-adds side by side: more than latency times units of any processor known (4
 * cycles, 2 units), few enough for 16 registers. */
enum { CHAINS = 12, UNROLLED = 8 };

/* x := x f + g goes to 1 from anywhere: no overflow, no denormal. */
static double run(size_t rounds)
{
    lanes x[CHAINS], f = lanes_all((real)0.875), g = lanes_all((real)0.125), sum = {0};
    for (size_t i = 0; i < CHAINS; i++)
        x[i] = lanes_iota() + (real)i;
    for (size_t r = 0; r < rounds; r++)
#pragma GCC unroll 8
        for (size_t u = 0; u < UNROLLED; u++)
#pragma GCC unroll 12
            for (size_t i = 0; i < CHAINS; i++)
                x[i] = lanes_fma(x[i], f, g);
    for (size_t i = 0; i < CHAINS; i++)
        sum += x[i];
    return (double)lanes_sum(sum);
}

const peak_rule LANES_NAME(peak_rules) = {2.0 * LANES * CHAINS * UNROLLED, run};
