/* Sheets on their way to paper. */
#ifndef SHEET_SHEET_H
#define SHEET_SHEET_H

#include "sheet/ledger.h"
#include "sheet/text.h"

typedef struct sheet {
    ledger ledger;
    bg_sheet_options options;
    const char **label; /* the source's name of each cell, NULL: none; texts borrowed; owned */
    char **name;        /* labels of our own making, names of them; owned */
    size_t names;
    char **fraction; /* exact value of each cell; owned, NULL: not asked for */
} sheet;

/* How formulas look. */
typedef struct style {
    const char *times, *log, *exp;
    const char *space, *underscore, *otherwise;
    const char *function_open, *function_close; /* around the name of an activation */
    void (*name)(const sheet *s, size_t cell, size_t step, text *t);
} style;

extern const style plain_style, latex_style;

/* The value of a cell as the options want it. */
void sheet_number(const sheet *s, size_t cell, text *t);

/* The expression of a cell: with names, or with numbers put in. */
void sheet_formula(const sheet *s, const style *look, size_t cell, bool numbers, text *t);

/* Would numbers put in say more than the value itself? */
bool sheet_has_formula(const sheet *s, size_t cell);

/* Is the cell printed: not a bias of a network without, of the rows that are shown. */
bool sheet_shows(const sheet *s, size_t cell);

/* The title that stands before a cell, or NULL: it goes on as before. */
bool sheet_title(const sheet *s, size_t cell, size_t before, char title[120]);

/* The name of a cell in plain text. */
void sheet_name(const sheet *s, size_t cell, size_t step, text *t);

/* Fills s->fraction.  BG_E_ARGUMENT: an activation or loss that leaves the fractions, numbers too
 * long. */
bg_status sheet_find_fractions(sheet *s, bg_error *error);

typedef void (*sheet_writer)(const sheet *s, text *t);
void sheet_write_text(const sheet *s, text *t);
void sheet_write_md(const sheet *s, text *t);
void sheet_write_latex(const sheet *s, text *t);
void sheet_write_csv(const sheet *s, text *t);
void sheet_write_json(const sheet *s, text *t);
void sheet_write_dot(const sheet *s, text *t);

#endif
