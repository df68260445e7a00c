/* Pictures by gnuplot, which is looked for when one is asked for. */
#ifndef CLI_PLOT_H
#define CLI_PLOT_H

#include "text.h"

/* Does the name end in .svg or .png?  For the option table. */
int plot_check(const char *who, const char *name);

/* Draws what the gnuplot commands `script` say into `path`, whole or not at all; says what went
 * wrong. */
int plot_draw(const char *path, const text *script);

#endif
