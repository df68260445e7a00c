/* Sheets for programs: CSV, JSON, and the drawing of the network for Graphviz. */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "sheet/sheet.h"

/* A CSV cell; quoted where it needs it. */
static void add_csv(const char *words, text *t)
{
    if (!strpbrk(words, ",\"\n")) {
        text_add(t, "%s", words);
        return;
    }
    text_add(t, "\"");
    for (const char *c = words; *c; c++)
        text_add(t, *c == '"' ? "\"\"" : "%c", *c);
    text_add(t, "\"");
}

static void csv_row(const sheet *s, size_t i, text *t)
{
    const cell *c = &s->ledger.cell[i];
    char name[80], digits[32];
    quantity_write(&c->quantity, name);
    text_add(t, "%s,", name);
    if (c->row != NO_CELL)
        text_add(t, "%zu", c->row);
    number_round_text(s->ledger.value[i] + 0.0, s->options.dtype, s->options.digits, true, digits);
    text_add(t, ",%zu,%s,", c->step, s->fraction ? s->fraction[i] : digits);
    add_csv(s->label[i] ? s->label[i] : "", t);
    text_add(t, "\n");
}

void sheet_write_csv(const sheet *s, text *t)
{
    text_add(t, "quantity,row,step,value,label\n");
    for (size_t i = 0; i < s->ledger.cells; i++)
        if (sheet_shows(s, i) && sheet_has_formula(s, i))
            csv_row(s, i, t);
}

/* -------------------------------------------------------------------------------- JSON --- */

static void add_json_text(const char *key, const char *words, text *t)
{
    text_add(t, "\"%s\": ", key);
    if (!words) {
        text_add(t, "null");
        return;
    }
    text_add(t, "\"");
    text_json(t, words);
    text_add(t, "\"");
}

static void json_cell(const sheet *s, size_t i, text *t)
{
    const cell *c = &s->ledger.cell[i];
    char name[80];
    text value = {0};
    quantity_write(&c->quantity, name);
    sheet_number(s, i, &value);
    text_add(t, "    {\"quantity\": \"%s\", ", name);
    add_json_text("label", s->label[i], t);
    if (c->row != NO_CELL)
        text_add(t, ", \"row\": %zu", c->row);
    text_add(t, ", \"step\": %zu, ", c->step);
    for (int numbers = 0; numbers < 2 && sheet_has_formula(s, i); numbers++) {
        text formula = {0};
        sheet_formula(s, &plain_style, i, numbers, &formula);
        add_json_text(numbers ? "numbers" : "formula", formula.bytes, t);
        text_add(t, ", ");
        t->failed |= formula.failed;
        text_release(&formula);
    }
    /* A fraction, or what is no finite number, is a text. */
    bool quoted = s->fraction || !(s->ledger.value[i] - s->ledger.value[i] == 0);
    text_add(t, "\"value\": %s%s%s}", quoted ? "\"" : "", value.bytes ? value.bytes : "",
             quoted ? "\"" : "");
    t->failed |= value.failed;
    text_release(&value);
}

void sheet_write_json(const sheet *s, text *t)
{
    const bg_example *e = s->ledger.example;
    text_add(t, "{\n  ");
    add_json_text("name", e->name, t);
    text_add(t, ",\n  ");
    add_json_text("title", e->title, t);
    text_add(t, ",\n  ");
    add_json_text("source", e->source, t);
    text_add(t, ",\n  \"precision\": \"%s\",\n  \"layers\": [",
             bg_name(BG_KIND_DTYPE, (int)s->options.dtype));
    for (size_t l = 0; l <= e->layers; l++)
        text_add(t, "%s%zu", l ? ", " : "", e->widths[l]);
    text_add(t, "],\n  \"updates\": %zu,\n  \"cells\": [\n", s->ledger.updates);
    bool first = true;
    for (size_t i = 0; i < s->ledger.cells; i++) {
        if (!sheet_shows(s, i))
            continue;
        text_add(t, "%s", first ? "" : ",\n");
        json_cell(s, i, t);
        first = false;
    }
    text_add(t, "\n  ]\n}\n");
}

/* ----------------------------------------------------------------------------- drawing --- */

static void add_node(const sheet *s, size_t l, size_t j, size_t place, text *t)
{
    text label = {0};
    sheet_name(s, place, s->ledger.cell[place].step, &label);
    text_add(t, "    n%zu_%zu [label=\"", l, j);
    text_json(t, label.bytes ? label.bytes : "");
    text_add(t, "\\n");
    sheet_number(s, place, t);
    text_add(t, "\"];\n");
    t->failed |= label.failed;
    text_release(&label);
}

/* unit: which of its layer the link comes from; a label has its line's colour. */
static void add_link(const sheet *s, const char *from, size_t unit, size_t l, size_t j,
                     size_t place, text *t)
{
    static const char *const colours[] = {"#1f4e9c", "#a83232", "#2b7a2b", "#7a3f9c", "#8a5a00"};
    const char *colour = colours[unit % (sizeof colours / sizeof *colours)];
    text_add(t, "    %s -> n%zu_%zu [color=\"%s\", fontcolor=\"%s\", taillabel=\"", from, l, j,
             colour, colour);
    sheet_number(s, place, t);
    text_add(t, "\"];\n");
}

/* Units of a layer from top to bottom, the bias unit of the next layer below them; the links that
 * keep them in order are not drawn. */
static void add_units(const sheet *s, size_t l, size_t row, size_t step, text *t)
{
    const bg_example *e = s->ledger.example;
    text_add(t, "    { rank=same;\n");
    for (size_t j = 0; j < e->widths[l]; j++)
        add_node(s, l, j, ledger_at(&s->ledger, QUANTITY_A, l, j, 0, row, step), t);
    bool bias = l < e->layers && e->has_biases;
    if (bias)
        text_add(t, "    b%zu [label=\"1\", shape=square, width=0.4];\n", l + 1);
    for (size_t j = 1; j < e->widths[l]; j++)
        text_add(t, "    n%zu_%zu -> n%zu_%zu [style=invis];\n", l, j - 1, l, j);
    if (bias)
        text_add(t, "    n%zu_%zu -> b%zu [style=invis];\n", l, e->widths[l] - 1, l + 1);
    text_add(t, "    }\n");
}

/* Links carry the weights that the last forward pass used. */
static void add_links(const sheet *s, size_t l, size_t step, text *t)
{
    const bg_example *e = s->ledger.example;
    const ledger *g = &s->ledger;
    char from[64];
    for (size_t j = 0; j < e->widths[l]; j++) {
        for (size_t i = 0; i < e->widths[l - 1]; i++) {
            snprintf(from, sizeof from, "n%zu_%zu", l - 1, i);
            add_link(s, from, i, l, j, ledger_at(g, QUANTITY_W, l, j, i, 0, step), t);
        }
        snprintf(from, sizeof from, "b%zu", l);
        if (e->has_biases)
            add_link(s, from, e->widths[l - 1], l, j, ledger_at(g, QUANTITY_B, l, j, 0, 0, step),
                     t);
    }
}

void sheet_write_dot(const sheet *s, text *t)
{
    const bg_example *e = s->ledger.example;
    size_t step = s->ledger.updates ? s->ledger.updates - 1 : 0;
    size_t row = s->options.row ? s->options.row - 1 : e->online ? step % e->rows : 0;
    text_add(t, "digraph network {\n    rankdir=LR;\n    ranksep=2;\n    nodesep=0.4;\n"
                "    splines=line;\n    node [shape=circle, fontsize=11, width=0.9];\n"
                "    edge [fontsize=10, labeldistance=4, labelangle=14, arrowsize=0.7];\n");
    for (size_t l = 0; l <= e->layers; l++)
        add_units(s, l, row, step, t);
    for (size_t l = 1; l <= e->layers; l++)
        add_links(s, l, step, t);
    text_add(t, "}\n");
}
