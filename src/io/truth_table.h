/* Built-in truth tables: table:xor, table:parity:3, … */
#ifndef IO_TRUTH_TABLE_H
#define IO_TRUTH_TABLE_H

#include "backgemm.h"

/* Is it "table:" and something? */
bool truth_table_recognise(const char *path);

/* All rows in counting order, the first input being the most significant bit; inputs x1, x2, …;
 * outputs y, or y1, y2, …, the most significant first; all 0 or 1.
 *     and or nand nor xor xnor   two inputs
 *     parity:N    is the number of ones odd?
 *     majority:N  are more than half of the inputs ones?
 *     adder:N     two numbers of N bits in, their sum of N+1 bits out
 *     mux:N       N select bits s and 2^N data bits in, data bit s (the first is 0) out
 * BG_E_ARGUMENT: no such table. */
bg_status truth_table_read(const char *path, const bg_read_options *options, bg_table **table,
                           bg_error *error);

#endif
