/* Words and formulas for LaTeX. */
#ifndef SHEET_LATEX_H
#define SHEET_LATEX_H

#include "sheet/text.h"

/* Running text, UTF-8: special characters escaped, quotes paired, addresses in \url.  What the
 * default fonts of pdfLaTeX have not is "?", since the document must compile. */
void latex_text(const char *words, text *t);

/* A name of ASCII characters as mathematics: net_o1 is net with index o1, w5 is w with index 5,
 * delta the Greek letter; `plus` comes behind it, raised. */
void latex_name(const char *name, const char *plus, text *t);

/* A formula of an align environment; what is wider than the page goes on in further lines. */
void latex_wrap(const char *formula, text *t);

#endif
