/* Names, numbers and formulas of a sheet. */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "sheet/latex.h"
#include "sheet/sheet.h"

#define MOST_TERMS ((size_t)8) /* of a sum that a person reads to its end */
#define FIRST_TERMS ((size_t)4)

/* ------------------------------------------------------------------------------- names --- */

/* Parameters of the step after the one that is computed carry a plus. */
static bool is_new(const cell *c, size_t step)
{
    return (c->quantity.id == QUANTITY_W || c->quantity.id == QUANTITY_B) && c->step > step;
}

void sheet_name(const sheet *s, size_t i, size_t step, text *t)
{
    const cell *c = &s->ledger.cell[i];
    char plain[80];
    quantity_write(&c->quantity, plain);
    text_add(t, "%s%s", s->label[i] ? s->label[i] : plain, is_new(c, step) ? "+" : "");
}

/* LaTeX: z^{(1)}_{0} in braces, since a power may follow, or the source's own name. */
static void name_latex(const sheet *s, size_t i, size_t step, text *t)
{
    static const struct {
        quantity_id id;
        const char *symbol;
    } symbols[] = {
        {QUANTITY_DELTA, "\\delta"},
        {QUANTITY_FPRIME, "f'"},
        {QUANTITY_ERROR, "e"},
        {QUANTITY_LOSS, "E"},
        {QUANTITY_DW, "\\partial E/\\partial W"},
        {QUANTITY_DB, "\\partial E/\\partial b"},
        {QUANTITY_DEDA, "\\partial E/\\partial a"},
    };
    const cell *c = &s->ledger.cell[i];
    const quantity *q = &c->quantity;
    const char *symbol = q->word, *plus = is_new(c, step) ? "+" : "";
    if (s->label[i]) {
        latex_name(s->label[i], plus, t);
        return;
    }
    for (size_t k = 0; k < sizeof symbols / sizeof *symbols; k++)
        symbol = symbols[k].id == q->id ? symbols[k].symbol : symbol;
    size_t indexes = quantity_indexes(q);
    if (indexes == 0)
        text_add(t, "%s", symbol);
    else if (indexes == 1)
        text_add(t, "%s_{%zu}", symbol, q->index[0]);
    else if (indexes == 2)
        text_add(t, "{{%s}^{(%zu)%s}_{%zu}}", symbol, q->index[0], plus, q->index[1]);
    else
        text_add(t, "{{%s}^{(%zu)%s}_{%zu,%zu}}", symbol, q->index[0], plus, q->index[1],
                 q->index[2]);
}

const style plain_style = {" * ", "ln ", "exp", " ", "_", ", else ", "", "", sheet_name};
const style latex_style = {" \\cdot ",        "\\ln ",           "\\exp", "\\,",     "\\_",
                           "\\text{, else }", "\\operatorname{", "}",     name_latex};

void sheet_number(const sheet *s, size_t i, text *t)
{
    char digits[32];
    if (s->fraction)
        text_add(t, "%s", s->fraction[i]);
    else {
        number_round_text(s->ledger.value[i] + 0.0, s->options.dtype, s->options.digits, false,
                          digits);
        text_add(t, "%s", digits);
    }
}

/* ---------------------------------------------------------------------------- formulas --- */

/* What a formula is written with. */
typedef struct pen {
    const sheet *s;
    const style *look;
    const cell *cell;
    bool numbers;
    text *t;
} pen;

static bool is_negative(const sheet *s, size_t i)
{
    return s->fraction ? s->fraction[i][0] == '-' : s->ledger.value[i] < 0;
}

/* A cell inside a formula; a fraction or a negative number in parentheses where asked. */
static void write_cell(const pen *p, size_t i, bool guarded)
{
    const sheet *s = p->s;
    bool slash = s->fraction && strchr(s->fraction[i], '/');
    bool parentheses = p->numbers && guarded && (is_negative(s, i) || slash);
    text_add(p->t, "%s", parentheses ? "(" : "");
    if (p->numbers)
        sheet_number(s, i, p->t);
    else
        p->look->name(s, i, p->cell->step - (p->cell->step && is_new(p->cell, p->cell->step - 1)),
                      p->t);
    /* In a sum over rows each number says of which. */
    if (!p->numbers && p->cell->row == NO_CELL && s->ledger.cell[i].row != NO_CELL &&
        s->ledger.example->rows > 1)
        text_add(p->t, "@%zu", s->options.first_row + s->ledger.cell[i].row);
    text_add(p->t, "%s", parentheses ? ")" : "");
}

static void write_number(const pen *p, double value)
{
    char digits[32];
    bg_number_text(value, BG_F64, digits);
    text_add(p->t, "%s", digits);
}

static void write_term(const pen *p, const term *m, bool first, bool guarded)
{
    double size = fabs(m->factor);
    bool minus = m->factor < 0;
    text_add(p->t, "%s", first ? minus ? "-" : "" : minus ? " - " : " + ");
    if (size != 1) {
        write_number(p, size);
        text_add(p->t, "%s", p->look->times);
    }
    write_cell(p, m->u, guarded || !first || minus || size != 1);
    if (m->v == NO_CELL)
        return;
    text_add(p->t, "%s", p->look->times);
    write_cell(p, m->v, true);
}

/* guarded: something stands before the sum and no parenthesis between. */
static void write_terms(const pen *p, bool guarded)
{
    const cell *c = p->cell;
    const term *terms = p->s->ledger.term + c->first;
    if (!c->terms)
        text_add(p->t, "0");
    for (size_t k = 0; k < c->terms; k++) {
        if (c->terms > MOST_TERMS && k == FIRST_TERMS) {
            text_add(p->t, " + ...");
            k = c->terms - 1;
        }
        write_term(p, &terms[k], k == 0, guarded);
    }
}

static void write_sum(const pen *p)
{
    const cell *c = p->cell;
    const term *terms = p->s->ledger.term + c->first;
    bool scaled = c->factor != 1 || c->over != 1;
    bool grouped = (scaled || c->times != NO_CELL) &&
                   (c->terms > 1 || (c->terms == 1 && terms[0].factor != 1));
    if (c->over != 1 || (c->factor != 1 && c->factor != -1)) {
        write_number(p, c->factor);
        if (c->over != 1) {
            text_add(p->t, "/");
            write_number(p, c->over);
        }
        text_add(p->t, "%s", grouped ? p->look->space : p->look->times);
    } else if (scaled) {
        text_add(p->t, "-");
    }
    text_add(p->t, "%s", grouped ? "(" : "");
    write_terms(p, !grouped && (scaled || c->times != NO_CELL));
    text_add(p->t, "%s", grouped ? ")" : "");
    if (c->times != NO_CELL) {
        text_add(p->t, "%s", p->look->times);
        write_cell(p, c->times, true);
    }
    if (c->extra != NO_CELL) {
        text_add(p->t, " + ");
        write_number(p, c->extra_factor);
        text_add(p->t, "%s", p->look->times);
        write_cell(p, c->extra, true);
    }
}

static void write_function(const pen *p, bg_activation f, const char *after)
{
    text_add(p->t, "%s", p->look->function_open);
    for (const char *at = bg_name(BG_KIND_ACTIVATION, (int)f); *at; at++)
        if (*at == '_')
            text_add(p->t, "%s", p->look->underscore);
        else
            text_add(p->t, "%c", *at);
    text_add(p->t, "%s%s", p->look->function_close, after);
}

static void write_activation(const pen *p)
{
    const cell *c = p->cell;
    const term *terms = p->s->ledger.term + c->first;
    bg_activation f = cell_activation(&p->s->ledger, c);
    if (f == BG_IDENTITY) {
        write_cell(p, terms[0].u, false);
        return;
    }
    bool softmax = f == BG_SOFTMAX;
    if (softmax)
        text_add(p->t, "%s(", p->look->exp);
    else
        write_function(p, f, "(");
    write_cell(p, terms[softmax ? c->quantity.index[1] : 0].u, false);
    text_add(p->t, softmax ? ") / (" : ")");
    for (size_t k = 0; softmax && k < c->terms; k++) {
        if (c->terms > MOST_TERMS && k == FIRST_TERMS) {
            text_add(p->t, " + ...");
            k = c->terms - 1;
        }
        text_add(p->t, "%s%s(", k ? " + " : "", p->look->exp);
        write_cell(p, terms[k].u, false);
        text_add(p->t, ")");
    }
    text_add(p->t, softmax ? ")" : "");
}

/* Letters of a pattern stand for cells and numbers: A, T (the first term's), Z (FORM_SLOPE: its
 * first), N (outputs); * is the product, L the logarithm, E "else"; the rest is itself. */
static void write_pattern(const pen *p, const char *pattern, const term *m)
{
    const bg_example *e = p->s->ledger.example;
    bool slope = p->cell->form == FORM_SLOPE;
    for (const char *at = pattern; *at; at++) {
        if (*at == 'A')
            write_cell(p, slope ? m[1].u : m->u, true);
        else if (*at == 'T')
            write_cell(p, m->v, true);
        else if (*at == 'Z')
            write_cell(p, m->u, false);
        else if (*at == 'N')
            text_add(p->t, "%zu", e->widths[e->layers]);
        else if (*at == '*')
            text_add(p->t, "%s", p->look->times);
        else if (*at == 'L')
            text_add(p->t, "%s", p->look->log);
        else if (*at == 'E')
            text_add(p->t, "%s", p->look->otherwise);
        else if (*at == ' ' && at[1] == '(')
            text_add(p->t, "%s", p->look->space);
        else
            text_add(p->t, "%c", *at);
    }
}

static void write_slope(const pen *p)
{
    static const char *const patterns[BG_ACTIVATION_COUNT] = {
        [BG_IDENTITY] = "1",   [BG_SIGMOID] = "A*(1 - A)",        [BG_TANH] = "1 - A^2",
        [BG_RELU] = "(Z > 0)", [BG_LEAKY_RELU] = "Z > 0: 1E0.01", [BG_ELU] = "Z > 0: 1EA + 1"};
    const term *terms = p->s->ledger.term + p->cell->first;
    bg_activation f = cell_activation(&p->s->ledger, p->cell);
    if (patterns[f]) {
        write_pattern(p, patterns[f], terms);
        return;
    }
    write_function(p, f, "'(");
    write_cell(p, terms[0].u, false);
    text_add(p->t, ")");
}

/* The mean over one output is that output's own. */
static bool is_alone(const pen *p)
{
    const bg_example *e = p->s->ledger.example;
    return e->widths[e->layers] == 1;
}

static void write_loss(const pen *p)
{
    static const struct {
        const char *before, *term, *after;
    } patterns[] = {
        [BG_MSE] = {"1/N (", "(T - A)^2", ")"},  [BG_HALF_SSE] = {"1/2 (", "(T - A)^2", ")"},
        [BG_SSE] = {"", "(T - A)^2", ""},        [BG_MAE] = {"1/N (", "|T - A|", ")"},
        [BG_HUBER] = {"1/N (", "h(T - A)", ")"}, [BG_BCE] = {"-(", "T*LA + (1 - T)*L(1 - A)", ")"},
        [BG_SOFTMAX_CE] = {"-(", "T*LA", ")"},   [EXAMPLE_DIFFERENCE] = {"", "T - A", ""},
        [EXAMPLE_OUTPUT] = {"", "A", ""},
    };
    int loss = p->s->ledger.example->loss;
    const term *terms = p->s->ledger.term + p->cell->first;
    bool bare = is_alone(p) && strchr(patterns[loss].before, 'N');
    if (!bare)
        write_pattern(p, patterns[loss].before, terms);
    for (size_t k = 0; k < p->cell->terms; k++) {
        text_add(p->t, "%s", k ? " + " : "");
        write_pattern(p, patterns[loss].term, &terms[k]);
    }
    if (!bare)
        write_pattern(p, patterns[loss].after, terms);
}

static void write_loss_slope(const pen *p)
{
    static const char *const patterns[] = {
        [BG_MSE] = "2/N (A - T)",   [BG_HALF_SSE] = "A - T",
        [BG_SSE] = "2 (A - T)",     [BG_MAE] = "sign(A - T)/N",
        [BG_HUBER] = "h'(A - T)/N", [BG_BCE] = "(1 - T)/(1 - A) - T/A",
        [BG_SOFTMAX_CE] = "-T/A",   [EXAMPLE_DIFFERENCE] = "A - T",
        [EXAMPLE_OUTPUT] = "1",
    };
    static const char *const alone[BG_LOSS_COUNT] = {
        [BG_MSE] = "2 (A - T)", [BG_MAE] = "sign(A - T)", [BG_HUBER] = "h'(A - T)"};
    int loss = p->s->ledger.example->loss;
    bool bare = is_alone(p) && loss < BG_LOSS_COUNT && alone[loss];
    write_pattern(p, bare ? alone[loss] : patterns[loss], p->s->ledger.term + p->cell->first);
}

static void write_softmax_pull(const pen *p)
{
    const cell *c = p->cell;
    const term *own = p->s->ledger.term + c->first + c->quantity.index[1];
    text_add(p->t, "%s", c->factor < 0 ? "-" : "");
    write_cell(p, own->v, true);
    text_add(p->t, " (");
    write_cell(p, own->u, false);
    text_add(p->t, " - (");
    write_terms(p, false);
    text_add(p->t, "))");
}

void sheet_formula(const sheet *s, const style *look, size_t i, bool numbers, text *t)
{
    static void (*const writers[])(const pen *p) = {
        [FORM_SUM] = write_sum,
        [FORM_ACTIVATION] = write_activation,
        [FORM_SLOPE] = write_slope,
        [FORM_LOSS] = write_loss,
        [FORM_LOSS_SLOPE] = write_loss_slope,
        [FORM_SOFTMAX_PULL] = write_softmax_pull,
    };
    const pen p = {s, look, &s->ledger.cell[i], numbers, t};
    writers[p.cell->form](&p);
}

bool sheet_has_formula(const sheet *s, size_t i)
{
    return s->ledger.cell[i].form != FORM_GIVEN;
}

/* ------------------------------------------------------------------------------ layout --- */

bool sheet_shows(const sheet *s, size_t i)
{
    const cell *c = &s->ledger.cell[i];
    quantity_id id = c->quantity.id;
    bool bias = id == QUANTITY_B || id == QUANTITY_DB;
    size_t row = s->options.row;
    if (bias && !s->ledger.example->has_biases)
        return false;
    return c->row == NO_CELL || !row || c->row + 1 == row;
}

/* Parts of a sheet: the cells that follow each other under one title. */
static const char *part_of(const cell *c)
{
    switch (c->quantity.id) {
    case QUANTITY_Z:
    case QUANTITY_A:
        return c->form == FORM_GIVEN ? "Data" : "Forward";
    case QUANTITY_TARGET:
        return "Data";
    case QUANTITY_LOSS:
    case QUANTITY_ERROR:
        return "Loss";
    case QUANTITY_DW:
    case QUANTITY_DB:
        return "Gradient";
    case QUANTITY_W:
    case QUANTITY_B:
        return c->form == FORM_GIVEN ? "Start parameters" : "New parameters";
    default:
        return "Backward";
    }
}

bool sheet_title(const sheet *s, size_t i, size_t before, char title[120])
{
    const cell *c = &s->ledger.cell[i];
    const cell *b = before == NO_CELL ? NULL : &s->ledger.cell[before];
    const char *part = part_of(c);
    bool is_update = c->form != FORM_GIVEN && s->ledger.updates > 1;
    size_t step = c->step - (part[0] == 'N'), rows = s->ledger.example->rows;
    if (b && strcmp(part_of(b), part) == 0 && b->row == c->row)
        return false;
    text t = {0};
    if (is_update)
        text_add(&t, "Update %zu. ", step + 1);
    text_add(&t, "%s", part);
    if (c->row != NO_CELL && rows > 1)
        text_add(&t, ", row %zu", s->options.first_row + c->row);
    if (part[0] == 'G' && rows > 1)
        text_add(&t, " (x@r is x of row r)");
    title[0] = 0;
    if (!t.failed)
        strncat(title, t.bytes, 119);
    text_release(&t);
    return true;
}
