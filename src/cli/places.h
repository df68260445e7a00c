/* Where a command reads and writes: no output destroys an input, or another output. */
#ifndef CLI_PLACES_H
#define CLI_PLACES_H

#include "options.h"

/* Standard input cannot be read twice: says so when it would be. */
int inputs_check(const command *c);

/* Outputs must not be what is read nor each other, and must be writable later: says what is wrong,
 * so that no work is done for nothing.  own_checkpoint: written without being asked for; may be
 * NULL. */
int outputs_check(const command *c, const char *own_checkpoint);

/* Does an output that is asked for go to standard output? */
bool standard_output_taken(const command *c);

/* "-", or another name of what standard output leads to. */
bool is_standard_output(const char *path);

/* Does the path lead to what a rename may replace: a regular file, or nothing yet? */
bool is_replaceable(const char *path);

/* Can `path` be written later?  Says why not. */
int output_check(const char *path);

#endif
