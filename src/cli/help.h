/* Help and man page, printed from the tables of verbs and options. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "options.h"
#include "text.h"

/* Words of a paragraph, filled into lines of 80 columns that start with `indent` spaces. */
void help_add_wrapped(text *out, const char *words, size_t indent);

void help_overview(text *out);
void help_verb(text *out, const verb *v);
void help_man(text *out);

#endif
