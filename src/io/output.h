/* Files written whole or not at all. */
#ifndef IO_OUTPUT_H
#define IO_OUTPUT_H

/* A half-written file is called NAME.tmp-PID-N, beside NAME: what a killed process leaves behind
 * can be told from a result. */
#define OUTPUT_TEMPORARY ".tmp-"

#endif
