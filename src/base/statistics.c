#include "backgemm.h"

#include <math.h>
#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/*
 * Order statistics: the median lies between the k-th smallest and the k-th largest of n independent
 * values with probability 1 - 2 P(B < k), B binomial with n trials of probability 1/2 (Conover,
 * Practical Nonparametric Statistics, section 3.2).  The largest k that leaves at least 95 %; 1
 * below six values, where not even the extremes reach it.
 */
static size_t interval_rank(size_t n)
{
    double most = 0.025, log_half = -(double)n * log(2), sum = 0;
    size_t k = 0;
    for (; k < n; k++) {
        double log_choose =
            lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1);
        sum += exp(log_choose + log_half);
        if (sum > most)
            break;
    }
    return k ? k : 1;
}

bg_interval bg_median(size_t n, double *values)
{
    if (n == 0)
        return (bg_interval){(double)NAN, (double)NAN, (double)NAN};
    qsort(values, n, sizeof *values, by_size);
    size_t k = interval_rank(n);
    return (bg_interval){.median = (values[(n - 1) / 2] + values[n / 2]) / 2,
                         .low = values[k - 1],
                         .high = values[n - k]};
}
