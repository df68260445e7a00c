/* Pictures by gnuplot, which is looked for when one is asked for. */
#ifndef CLI_PLOT_H
#define CLI_PLOT_H

#include "text.h"

/* Does the name end in .svg or .png?  For the option table. */
int plot_check(const char *who, const char *name);

/* Can such a picture be drawn here?  Says what is missing, before any work is done for nothing. */
int plot_ready(const char *path);

/* Commands for a picture, 900 by `height`, of that name; path is borrowed. */
text plot_open(const char *path, int height);

/* Words as a gnuplot string that the picture shows as they are, `most` characters of them. */
void plot_add_quoted(text *script, const char *words, size_t most);

/* Draws what the commands say and writes the picture; says what went wrong. */
int plot_draw(const text *script);

#endif
