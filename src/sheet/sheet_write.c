/* Sheets for people: text, Markdown, LaTeX. */
#include <string.h>

#include "sheet/latex.h"
#include "sheet/sheet.h"

#define WIDTH 80

/* A piece of text, to be released. */
static text formula_of(const sheet *s, const style *look, size_t i, bool numbers)
{
    text t = {0};
    sheet_formula(s, look, i, numbers, &t);
    return t;
}

static bool is_same(const text *a, const text *b)
{
    return a->bytes && b->bytes && strcmp(a->bytes, b->bytes) == 0;
}

/* "2-3-1 (sigmoid, sigmoid), half_sse, sum over 4 rows, l2 0.1" and the rule. */
static void add_setting(const sheet *s, text *t)
{
    const bg_example *e = s->ledger.example;
    char number[32];
    for (size_t l = 0; l <= e->layers; l++)
        text_add(t, "%s%zu", l ? "-" : "", e->widths[l]);
    for (size_t l = 0; l < e->layers; l++)
        text_add(t, "%s%s", l ? ", " : " (", bg_name(BG_KIND_ACTIVATION, (int)e->activations[l]));
    text_add(t, ")%s", e->has_biases ? "" : ", no biases");
    if (e->loss == EXAMPLE_NO_LOSS)
        return;
    text_add(t, "; loss %s, %s over %zu row%s",
             e->loss == EXAMPLE_DIFFERENCE ? "difference"
             : e->loss == EXAMPLE_OUTPUT   ? "output"
                                           : bg_name(BG_KIND_LOSS, e->loss),
             bg_name(BG_KIND_REDUCTION, (int)e->reduction), e->rows, e->rows == 1 ? "" : "s");
    bg_number_text(e->l2, BG_F64, number);
    if (e->l2 != 0)
        text_add(t, ", l2 %s", number);
    text_add(t, "; delta is %sdE/dz", e->minus_delta ? "-" : "");
    if (e->rule != EXAMPLE_GD)
        return;
    bg_number_text(e->learning_rate, BG_F64, number);
    text_add(t, "; rate %s, %s%s%s%s", number, e->ascent ? "ascent" : "descent",
             e->sequential ? ", layer by layer from the output" : "",
             e->online ? ", one row an update" : "",
             e->has_biases && !e->update_biases ? ", biases stay" : "");
}

/* Calls `add` for every cell that is shown, with the title of a part where one begins. */
static void walk(const sheet *s, text *t, void (*begin)(const char *title, bool first, text *t),
                 void (*add)(const sheet *s, size_t i, text *t))
{
    char title[120];
    size_t before = NO_CELL;
    for (size_t i = 0; i < s->ledger.cells; i++) {
        if (!sheet_shows(s, i))
            continue;
        if (sheet_title(s, i, before, title))
            begin(title, before == NO_CELL, t);
        add(s, i, t);
        before = i;
    }
}

/* The step at which a cell is computed: new parameters belong to the one before theirs. */
static size_t step_of(const sheet *s, size_t i)
{
    const cell *c = &s->ledger.cell[i];
    bool parameter = c->quantity.id == QUANTITY_W || c->quantity.id == QUANTITY_B;
    return parameter && c->step ? c->step - 1 : c->step;
}

/* -------------------------------------------------------------------------------- text --- */

static void text_begin(const char *title, bool first, text *t)
{
    (void)first;
    text_add(t, "\n%s\n", title);
}

static void add_line(const text *formula, size_t indent, text *t)
{
    text_add(t, " = ");
    if (formula->bytes)
        text_wrap(t, indent + 3, WIDTH, formula->bytes);
    text_add(t, "\n");
}

static void text_cell(const sheet *s, size_t i, text *t)
{
    text name = {0}, value = {0};
    sheet_name(s, i, step_of(s, i), &name);
    sheet_number(s, i, &value);
    size_t indent = 2 + name.length;
    text_add(t, "  %s", name.bytes ? name.bytes : "");
    if (sheet_has_formula(s, i)) {
        text symbols = formula_of(s, &plain_style, i, false);
        text numbers = formula_of(s, &plain_style, i, true);
        if (!is_same(&symbols, &value)) {
            add_line(&symbols, indent, t);
            text_add(t, "%*s", (int)indent, "");
        }
        if (!is_same(&numbers, &value) && !is_same(&numbers, &symbols)) {
            add_line(&numbers, indent, t);
            text_add(t, "%*s", (int)indent, "");
        }
        t->failed |= symbols.failed || numbers.failed;
        text_release(&symbols);
        text_release(&numbers);
    }
    add_line(&value, indent, t);
    t->failed |= name.failed || value.failed;
    text_release(&name);
    text_release(&value);
}

/* A paragraph of the head. */
static void add_paragraph(const char *words, text *t)
{
    text_wrap(t, 0, WIDTH, words);
    text_add(t, "\n");
}

void sheet_write_text(const sheet *s, text *t)
{
    const bg_example *e = s->ledger.example;
    text setting = {0};
    add_setting(s, &setting);
    if (e->title)
        add_paragraph(e->title, t);
    if (e->source)
        add_paragraph(e->source, t);
    if (setting.bytes)
        add_paragraph(setting.bytes, t);
    text_release(&setting);
    walk(s, t, text_begin, text_cell);
}

/* ---------------------------------------------------------------------------- Markdown --- */

/* In a table a bar ends a cell, even inside code. */
static void add_code(const text *words, text *t)
{
    text_add(t, "`");
    for (const char *c = words->bytes; c && *c; c++)
        text_add(t, *c == '|' ? "\\|" : "%c", *c);
    text_add(t, "`");
}

static void md_begin(const char *title, bool first, text *t)
{
    (void)first;
    text_add(t,
             "\n## %s\n\n| number | formula | numbers put in | value |\n"
             "| --- | --- | --- | ---: |\n",
             title);
}

static void md_cell(const sheet *s, size_t i, text *t)
{
    text name = {0}, value = {0};
    sheet_name(s, i, step_of(s, i), &name);
    sheet_number(s, i, &value);
    text_add(t, "| ");
    add_code(&name, t);
    for (int numbers = 0; numbers < 2; numbers++) {
        text formula = {0};
        text_add(t, " | ");
        if (sheet_has_formula(s, i)) {
            formula = formula_of(s, &plain_style, i, numbers);
            add_code(&formula, t);
        } else {
            text_add(t, "%s", numbers ? "" : "given");
        }
        t->failed |= formula.failed;
        text_release(&formula);
    }
    text_add(t, " | %s |\n", value.bytes ? value.bytes : "");
    t->failed |= name.failed || value.failed;
    text_release(&name);
    text_release(&value);
}

void sheet_write_md(const sheet *s, text *t)
{
    const bg_example *e = s->ledger.example;
    text_add(t, "# %s\n\n", e->title ? e->title : "Sheet");
    if (e->source)
        text_add(t, "%s\n\n", e->source);
    add_setting(s, t);
    text_add(t, ".\n");
    walk(s, t, md_begin, md_cell);
}

/* ------------------------------------------------------------------------------- LaTeX --- */

#define ROW_END " \\\\\n"

/* A row end before the end of an environment would leave an empty line. */
static void latex_end(text *t)
{
    size_t row_end = sizeof ROW_END - 1;
    if (!t->failed && t->length > row_end)
        t->bytes[t->length -= row_end] = 0;
    text_add(t, "\n\\end{align*}\n");
}

static void latex_begin(const char *title, bool first, text *t)
{
    if (!first)
        latex_end(t);
    text_add(t, "\\subsection*{");
    latex_text(title, t);
    text_add(t, "}\n\\begin{align*}\n");
}

static void latex_line(const text *formula, text *t)
{
    text_add(t, " &= ");
    if (formula->bytes)
        latex_wrap(formula->bytes, t);
    text_add(t, ROW_END);
}

static void latex_cell(const sheet *s, size_t i, text *t)
{
    text value = {0};
    sheet_number(s, i, &value);
    latex_style.name(s, i, step_of(s, i), t);
    if (sheet_has_formula(s, i)) {
        for (int numbers = 0; numbers < 2; numbers++) {
            text formula = formula_of(s, &latex_style, i, numbers);
            if (!is_same(&formula, &value))
                latex_line(&formula, t);
            t->failed |= formula.failed;
            text_release(&formula);
        }
    }
    latex_line(&value, t);
    t->failed |= value.failed;
    text_release(&value);
}

void sheet_write_latex(const sheet *s, text *t)
{
    const bg_example *e = s->ledger.example;
    text setting = {0};
    add_setting(s, &setting);
    text_add(t, "\\documentclass{article}\n\\usepackage[margin=2cm]{geometry}\n"
                "\\usepackage{amsmath,url}\n\\allowdisplaybreaks\n\\sloppy\n\\begin{document}"
                "\n\\section*{");
    latex_text(e->title ? e->title : "Sheet", t);
    text_add(t, "}\n");
    if (e->source) {
        latex_text(e->source, t);
        text_add(t, "\n\n");
    }
    latex_text(setting.bytes ? setting.bytes : "", t);
    text_add(t, ".\n");
    text_release(&setting);
    walk(s, t, latex_begin, latex_cell);
    latex_end(t);
    text_add(t, "\\end{document}\n");
}
