/* How far a run is, on the standard error of a terminal. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "training.h"

typedef struct progress_line {
    bool shown;      /* -q was not given and standard error is a terminal */
    bool escapes;    /* the terminal takes them and NO_COLOR is not set */
    bool open;       /* the line under the cursor is ours to overwrite */
    uint64_t milestone; /* epochs at which to leave a line behind: 1, 2, 4, 8 … */
    double next;     /* seconds of the run at which to show it again */
} progress_line;

progress_line progress_start(const training *t);
void progress_show(progress_line *line, const training *t, double seconds);
void progress_end(progress_line *line); /* leaves the cursor on a fresh line */

#endif
