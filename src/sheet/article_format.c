#include <math.h>
#include <string.h>

#include "sheet/article.h"

#define TITLE "\"How Does Back-Propagation in Artificial Neural Networks Work?\""
#define PUBLISHER "Towards Data Science, https://towardsdatascience.com/"

/* Words of a number: the shortest that reads back, and rounded to four decimals for sentences. */
typedef struct words {
    char text[32];
} words;

static words number(const article *sheet, double value)
{
    words w;
    bg_number_text(value, sheet->dtype, w.text);
    return w;
}

static words rounded(double value)
{
    words w;
    bg_number_text(round(value * 1e4) / 1e4 + 0.0, BG_F64, w.text);
    return w;
}

/* ------------------------------------------------------------------------------ notes --- */

static void explain_zero_inputs(const article *sheet, text *t)
{
    text_add(t,
             "W11 to W32 are printed 1.4. Their inputs are X1 = %s and X2 = %s, so Z delta is %s "
             "for each of them and the article's own formula leaves them at %s; so does descent.",
             number(sheet, sheet->formula.x[1]).text, number(sheet, sheet->formula.x[2]).text,
             number(sheet, sheet->formula.gradient[0]).text,
             number(sheet, sheet->formula.fresh[0]).text);
}

static void explain_climb(const article *sheet, text *t)
{
    words before = rounded(sheet->loss_before);
    text_add(t,
             "delta = y - yhat = %s is minus dE/dD0, so W - alpha Z delta goes up the slope: E of "
             "this sample grows from %s to %s. With delta = yhat - y = %s the same rule goes down: "
             "from %s to %s.",
             number(sheet, sheet->formula.delta[4]).text, before.text,
             rounded(sheet->loss_after_formula).text, number(sheet, sheet->descent.delta[4]).text,
             before.text, rounded(sheet->loss_after_descent).text);
}

static void explain_target(const article *sheet, text *t)
{
    words y = number(sheet, sheet->formula.y), output = number(sheet, sheet->formula.unit[4]);
    text_add(t,
             "The text speaks of \"an output of 1\" and of \"4 instead of 1\". The target of "
             "{0, 0} is %s and the output is %s; the printed loss, -4, is right: %s - %s = %s.",
             y.text, output.text, y.text, output.text, number(sheet, sheet->formula.loss).text);
}

static void explain_cost(const article *sheet, text *t)
{
    words output = number(sheet, sheet->formula.unit[4]);
    text_add(t,
             "The text names the logistic cost and uses the plain difference y - yhat = %s. The "
             "logistic cost has no value here: at an output of %s it asks for ln(1 - %s) = ln(%s). "
             "Descent takes E = 1/2 (y - yhat)^2 = %s.",
             number(sheet, sheet->formula.loss).text, output.text, output.text,
             number(sheet, 1 - sheet->formula.unit[4]).text,
             number(sheet, sheet->descent.loss).text);
}

static void explain_linear(const article *sheet, text *t)
{
    const double *w = sheet->fit, *answer = sheet->fit_outputs;
    text_add(t,
             "Layers of identity units are one linear function, whatever their weights. The best "
             "one on the whole XOR table, by least squares (LAPACK), has weights %s and %s and "
             "bias %s: it answers %s, %s, %s, %s to the four rows.",
             rounded(w[0]).text, rounded(w[1]).text, rounded(w[2]).text, rounded(answer[0]).text,
             rounded(answer[1]).text, rounded(answer[2]).text, rounded(answer[3]).text);
}

static void explain_bias_delta(const article *sheet, text *t)
{
    text_add(t,
             "Z0 is a bias unit: always %s, and no weight leads into it. Its delta, V00 delta_D0 = "
             "%s (in descent %s), feeds nothing.",
             number(sheet, sheet->formula.unit[0]).text,
             number(sheet, sheet->formula.delta[0]).text,
             number(sheet, sheet->descent.delta[0]).text);
}

static const struct note {
    const char *title;
    void (*explain)(const article *sheet, text *t);
} notes[] = {
    {"Weights whose input is 0", explain_zero_inputs},
    {"The article's step climbs", explain_climb},
    {"Target and output", explain_target},
    {"Logistic cost, plain difference", explain_cost},
    {"XOR is out of reach", explain_linear},
    {"The delta of a bias unit", explain_bias_delta},
};
enum {
    NOTES = sizeof notes / sizeof *notes,
    NOTE_ZERO = 1,
    NOTE_CLIMB,
    NOTE_TARGET,
    NOTE_COST,
    NOTE_BIAS = 6
};

/* ------------------------------------------------------------------------------- rows --- */

#define AT(member) (offsetof(article_column, member) / sizeof(double))

static const struct row {
    const char *name, *how;
    const char *printed; /* in the article; NULL where it prints nothing */
    size_t place;        /* of the number in an article_column */
    int note;            /* from 1; 0: none */
} rows[] = {
    {"X0", "bias unit", NULL, AT(x[0]), 0},
    {"X1", "input", "0", AT(x[1]), 0},
    {"X2", "input", "0", AT(x[2]), 0},
    {"y", "target", "0", AT(y), NOTE_TARGET},

    {"Z0", "bias unit", NULL, AT(unit[0]), 0},
    {"z_Z1", "W10 X0 + W11 X1 + W12 X2", NULL, AT(z[0]), 0},
    {"z_Z2", "W20 X0 + W21 X1 + W22 X2", NULL, AT(z[1]), 0},
    {"z_Z3", "W30 X0 + W31 X1 + W32 X2", NULL, AT(z[2]), 0},
    {"Z1", "f(z) = z", "1", AT(unit[1]), 0},
    {"Z2", "f(z) = z", "1", AT(unit[2]), 0},
    {"Z3", "f(z) = z", "1", AT(unit[3]), 0},
    {"z_D0", "V00 Z0 + V01 Z1 + V02 Z2 + V03 Z3", NULL, AT(z[3]), 0},
    {"D0", "f(z) = z; the output yhat", "4", AT(unit[4]), NOTE_TARGET},
    {"loss", "y - yhat; descent: E", "-4", AT(loss), NOTE_COST},

    {"delta_D0", "y - yhat; descent: yhat - y", "-4", AT(delta[4]), NOTE_CLIMB},
    {"delta_Z0", "V00 delta_D0", "-4", AT(delta[0]), NOTE_BIAS},
    {"delta_Z1", "V01 delta_D0", "-4", AT(delta[1]), NOTE_CLIMB},
    {"delta_Z2", "V02 delta_D0", "-4", AT(delta[2]), NOTE_CLIMB},
    {"delta_Z3", "V03 delta_D0", "-4", AT(delta[3]), NOTE_CLIMB},

    {"dW10", "X0 delta_Z1", NULL, AT(gradient[6]), NOTE_CLIMB},
    {"dW11", "X1 delta_Z1", NULL, AT(gradient[0]), 0},
    {"dW12", "X2 delta_Z1", NULL, AT(gradient[1]), 0},
    {"dW20", "X0 delta_Z2", NULL, AT(gradient[7]), NOTE_CLIMB},
    {"dW21", "X1 delta_Z2", NULL, AT(gradient[2]), 0},
    {"dW22", "X2 delta_Z2", NULL, AT(gradient[3]), 0},
    {"dW30", "X0 delta_Z3", NULL, AT(gradient[8]), NOTE_CLIMB},
    {"dW31", "X1 delta_Z3", NULL, AT(gradient[4]), 0},
    {"dW32", "X2 delta_Z3", NULL, AT(gradient[5]), 0},
    {"dV00", "Z0 delta_D0", NULL, AT(gradient[12]), NOTE_CLIMB},
    {"dV01", "Z1 delta_D0", NULL, AT(gradient[9]), NOTE_CLIMB},
    {"dV02", "Z2 delta_D0", NULL, AT(gradient[10]), NOTE_CLIMB},
    {"dV03", "Z3 delta_D0", NULL, AT(gradient[11]), NOTE_CLIMB},

    {"W10", "W10 - alpha dW10", "1.4", AT(fresh[6]), NOTE_CLIMB},
    {"W11", "W11 - alpha dW11", "1.4", AT(fresh[0]), NOTE_ZERO},
    {"W12", "W12 - alpha dW12", "1.4", AT(fresh[1]), NOTE_ZERO},
    {"W20", "W20 - alpha dW20", "1.4", AT(fresh[7]), NOTE_CLIMB},
    {"W21", "W21 - alpha dW21", "1.4", AT(fresh[2]), NOTE_ZERO},
    {"W22", "W22 - alpha dW22", "1.4", AT(fresh[3]), NOTE_ZERO},
    {"W30", "W30 - alpha dW30", "1.4", AT(fresh[8]), NOTE_CLIMB},
    {"W31", "W31 - alpha dW31", "1.4", AT(fresh[4]), NOTE_ZERO},
    {"W32", "W32 - alpha dW32", "1.4", AT(fresh[5]), NOTE_ZERO},
    {"V00", "V00 - alpha dV00", "1.4", AT(fresh[12]), NOTE_CLIMB},
    {"V01", "V01 - alpha dV01", "1.4", AT(fresh[9]), NOTE_CLIMB},
    {"V02", "V02 - alpha dV02", "1.4", AT(fresh[10]), NOTE_CLIMB},
    {"V03", "V03 - alpha dV03", "1.4", AT(fresh[11]), NOTE_CLIMB},
};
enum { ROWS = sizeof rows / sizeof *rows };

static const struct section {
    const char *first; /* name of its first row */
    const char *title;
} sections[] = {
    {"X0", "Sample"},
    {"Z0", "Forward"},
    {"delta_D0", "Back: delta of every unit"},
    {"dW10", "Gradient: Z delta for every weight"},
    {"W10", "New weights: W - alpha Z delta"},
};

/* The title of the section that this row begins, or NULL. */
static const char *section_begins(const struct row *row)
{
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (strcmp(row->name, sections[i].first) == 0)
            return sections[i].title;
    return NULL;
}

/* A row as words. */
typedef struct cells {
    const char *printed; /* NULL: nothing */
    words formula, descent;
    bool differs; /* not all of them are the same number */
} cells;

static cells row_cells(const article *sheet, const struct row *row)
{
    double formula = ((const double *)&sheet->formula)[row->place];
    double descent = ((const double *)&sheet->descent)[row->place];
    cells c = {.printed = row->printed,
               .formula = number(sheet, formula),
               .descent = number(sheet, descent)};
    c.differs = strcmp(c.formula.text, c.descent.text) != 0 ||
                (c.printed && strcmp(c.printed, c.formula.text) != 0);
    return c;
}

/* ---------------------------------------------------------------------------- formats --- */

static void add_notes(const article *sheet, text *t, size_t indent, size_t width, const char *mark)
{
    for (size_t i = 0; i < NOTES; i++) {
        text sentence = {0};
        text_add(&sentence, "%s%s.%s ", mark, notes[i].title, mark);
        notes[i].explain(sheet, &sentence);
        text_add(t, indent ? "[%zu] " : "%zu. ", i + 1);
        if (!sentence.failed)
            text_wrap(t, indent, width, sentence.bytes);
        text_add(t, "\n");
        t->failed |= sentence.failed;
        text_release(&sentence);
    }
}

void article_write_text(const article *sheet, text *t)
{
    text_add(t, "The article's sheet: a 2-3-1 network, one step worked by hand (%s)\n",
             bg_name(BG_KIND_DTYPE, (int)sheet->dtype));
    text_add(t, TITLE ",\n" PUBLISHER "\n\n");
    text_add(t,
             "Sample {0, 0} of XOR, target 0; all weights 1; f(z) = z; alpha = 0.1.  W12 leads\n"
             "from X2 to Z1, V01 from Z1 to D0; the bias units X0 and Z0 are a column of ones.\n\n"
             "  printed   in the article; - where it prints nothing\n"
             "  formulas  by the article's formulas: delta = y - yhat, W - alpha Z delta\n"
             "  descent   by gradient descent on E = 1/2 (y - yhat)^2\n"
             "  [n]       why they differ, below\n\n");
    text_add(t, "%-46s%9s %9s %9s\n", "", "printed", "formulas", "descent");
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = rows + i;
        const char *title = section_begins(row);
        if (title)
            text_add(t, "%s%s\n", i ? "\n" : "", title);
        cells c = row_cells(sheet, row);
        text_add(t, "  %-10s%-34s%9s %9s %9s", row->name, row->how, c.printed ? c.printed : "-",
                 c.formula.text, c.descent.text);
        if (row->note)
            text_add(t, " [%d]", row->note);
        text_add(t, "\n");
    }
    text_add(t, "\nNotes: where they differ, and why\n");
    add_notes(sheet, t, 4, 80, "");
}

void article_write_md(const article *sheet, text *t)
{
    text_add(t,
             "# The article's sheet\n\n" TITLE ", " PUBLISHER "\n\n"
             "A 2-3-1 network (%s): sample {0, 0} of XOR, target 0, all weights 1, f(z) = z, "
             "alpha = 0.1. The bias units X0 and Z0 are a column of ones.\n",
             bg_name(BG_KIND_DTYPE, (int)sheet->dtype));
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = rows + i;
        const char *title = section_begins(row);
        if (title)
            text_add(t,
                     "\n## %s\n\n| name | how | printed | by the article's formulas "
                     "| by gradient descent | note |\n| --- | --- | ---: | ---: | ---: | --- |\n",
                     title);
        cells c = row_cells(sheet, row);
        text_add(t, "| `%s` | `%s` | %s | %s | %s |", row->name, row->how,
                 c.printed ? c.printed : "", c.formula.text, c.descent.text);
        if (row->note)
            text_add(t, " %d", row->note);
        text_add(t, " |\n");
    }
    text_add(t, "\n## Notes: where they differ, and why\n\n");
    add_notes(sheet, t, 0, (size_t)-1, "**");
}

static void json_quantity(const article *sheet, const struct row *row, const char *section, text *t)
{
    cells c = row_cells(sheet, row);
    text_add(t, "    {\"name\": \"%s\", \"section\": \"", row->name);
    text_json(t, section);
    text_add(t, "\", \"how\": \"%s\", ", row->how);
    if (c.printed)
        text_add(t, "\"printed\": \"%s\", ", c.printed);
    else
        text_add(t, "\"printed\": null, ");
    text_add(t, "\"formula\": %s, \"descent\": %s, \"differs\": %s, ", c.formula.text,
             c.descent.text, c.differs ? "true" : "false");
    if (row->note)
        text_add(t, "\"note\": %d}", row->note);
    else
        text_add(t, "\"note\": null}");
}

static void json_notes(const article *sheet, text *t)
{
    for (size_t i = 0; i < NOTES; i++) {
        text sentence = {0};
        notes[i].explain(sheet, &sentence);
        text_add(t, "%s    {\"number\": %zu, \"title\": \"%s\", \"text\": \"", i ? ",\n" : "",
                 i + 1, notes[i].title);
        if (!sentence.failed)
            text_json(t, sentence.bytes);
        text_add(t, "\"}");
        t->failed |= sentence.failed;
        text_release(&sentence);
    }
}

void article_write_json(const article *sheet, text *t)
{
    text_add(t, "{\n  \"title\": \"The article's sheet\",\n  \"source\": \"");
    text_json(t, TITLE ", " PUBLISHER);
    text_add(t,
             "\",\n  \"precision\": \"%s\",\n  \"layers\": [2, 3, 1],\n"
             "  \"activation\": \"identity\",\n  \"learning_rate\": %s,\n  \"quantities\": [\n",
             bg_name(BG_KIND_DTYPE, (int)sheet->dtype), number(sheet, ARTICLE_ALPHA).text);
    const char *section = "";
    for (size_t i = 0; i < ROWS; i++) {
        const char *title = section_begins(rows + i);
        section = title ? title : section;
        json_quantity(sheet, rows + i, section, t);
        text_add(t, i + 1 < ROWS ? ",\n" : "\n");
    }
    text_add(t,
             "  ],\n  \"half_squared_error\": "
             "{\"before\": %s, \"after_formulas\": %s, \"after_descent\": %s},\n",
             number(sheet, sheet->loss_before).text, number(sheet, sheet->loss_after_formula).text,
             number(sheet, sheet->loss_after_descent).text);
    const double *w = sheet->fit, *answer = sheet->fit_outputs;
    text_add(t,
             "  \"xor_least_squares\": {\"weights\": [%s, %s], \"bias\": %s, \"outputs\": "
             "[%s, %s, %s, %s]},\n  \"notes\": [\n",
             rounded(w[0]).text, rounded(w[1]).text, rounded(w[2]).text, rounded(answer[0]).text,
             rounded(answer[1]).text, rounded(answer[2]).text, rounded(answer[3]).text);
    json_notes(sheet, t);
    text_add(t, "\n  ]\n}\n");
}
