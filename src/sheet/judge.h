/* Printed numbers against computed ones, in exact arithmetic. */
#ifndef SHEET_JUDGE_H
#define SHEET_JUDGE_H

#include "sheet/example.h"

/* In float so many significant digits count, and each update before may add its rounding, 2^-24 of
 * the value. */
#define JUDGE_F32_DIGITS 6
#define JUDGE_F32_ROUNDING 0x1p-24

/* The verdict on one printed number, given what the engine computes in dtype.  scale: the largest
 * size in the vector that it belongs to; in float digits count from there, since sums cancel. */
bg_verdict judge_row(const example_row *row, bg_dtype dtype, double value, double scale);

#endif
