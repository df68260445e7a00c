/* The lines of --log: written, and known again. */
#ifndef CLI_LOG_LINE_H
#define CLI_LOG_LINE_H

#include "text.h"
#include "training.h"

#define MOST_COLUMNS 8

typedef struct log_line {
    bool csv; /* else a JSON object */
    size_t columns;
    struct log_column {
        const char *name;
        double value; /* NAN: unknown */
        bool whole;
    } column[MOST_COLUMNS];
} log_line;

/* The epoch that has just ended; before the first one the names are right already. */
log_line log_line_now(const training *t, bool csv, double seconds);

void log_line_add(text *out, const log_line *line);
void log_line_add_names(text *out, const log_line *line); /* with commas */

/* Has a line that was read, without its newline, these columns?  *steps: how many it counts. */
bool log_line_matches(const log_line *line, const char *words, uint64_t *steps);

#endif
