/* Command lines as a shell reads them back. */
#ifndef CLI_SHELL_H
#define CLI_SHELL_H

#include "text.h"

/* One word, quoted where the shell needs it; the result is always printable UTF-8. */
void shell_add_word(text *out, const char *word);

/* All words, "backgemm" for the first. */
void shell_add_line(text *out, int argc, char **argv);

#endif
