#include "confusion.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "label.h"
#include "talk.h"

#define MOST_CLASSES ((size_t)4096) /* beyond, the matrix would be larger than the data */
#define MATRIX_CLASSES ((size_t)15) /* of a matrix that a person reads */
#define MOST_LINES ((size_t)100)
#define MOST_PAIRS ((size_t)10)
#define LEAST_LABEL ((size_t)12) /* columns that names keep in the longest lines */

typedef struct score {
    uint64_t rows, predicted, right;
    double precision, recall, f1; /* NAN: there is nothing that it would be a share of */
} score;

typedef struct pair {
    uint64_t rows;
    size_t truth, guess;
} pair;

typedef unsigned long long count;

int confusion_open(const bg_schema *schema, confusion *c)
{
    size_t n = bg_schema_outputs(schema);
    *c = (confusion){.names = schema};
    if (bg_schema_task(schema) != BG_CLASSES || n > MOST_CLASSES)
        return EXIT_DONE;
    c->classes = n;
    c->count = calloc(n * n, sizeof *c->count);
    return c->count ? EXIT_DONE : complain_memory("the confusion matrix");
}

void confusion_close(confusion *c)
{
    free(c->count);
    *c = (confusion){0};
}

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : (double)NAN;
}

static score score_of(const confusion *c, size_t k)
{
    score s = {.right = c->count[k * c->classes + k]};
    for (size_t i = 0; i < c->classes; i++) {
        s.rows += c->count[k * c->classes + i];
        s.predicted += c->count[i * c->classes + k];
    }
    s.precision = share(s.right, s.predicted);
    s.recall = share(s.right, s.rows);
    s.f1 = share(2 * s.right, s.rows + s.predicted);
    return s;
}

/* -------------------------------------------------------------------------------- text --- */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Columns of column k's counts and head. */
static size_t cell_width(const confusion *c, const labels *l, size_t k)
{
    uint64_t most = 0;
    for (size_t i = 0; i < c->classes; i++)
        most = c->count[i * c->classes + k] > most ? c->count[i * c->classes + k] : most;
    size_t digits = (size_t)snprintf(NULL, 0, "%llu", (count)most);
    return larger(digits, l->number ? l->number : label_columns(l, k));
}

static size_t cells_width(const confusion *c, const labels *l)
{
    size_t width = 0;
    for (size_t k = 0; k < c->classes; k++)
        width += 1 + cell_width(c, l, k);
    return width;
}

/* Columns for the labels of a table whose other columns take `others`. */
static size_t label_width(const labels *l, size_t others, const char *head)
{
    size_t line = label_line();
    size_t room = others + LEAST_LABEL < line ? line - others : LEAST_LABEL;
    return larger(strlen(head), smaller(labels_longest(l), room));
}

static void add_matrix(text *out, const confusion *c, const labels *l)
{
    size_t label = label_width(l, cells_width(c, l), "true");
    text_format(out, "\n%*s  predicted\n%-*s", (int)label, "", (int)label, "true");
    for (size_t k = 0; k < c->classes; k++) {
        text_add(out, " ");
        if (l->number)
            text_format(out, "%*zu", (int)cell_width(c, l, k), k + 1);
        else
            label_add(out, l, k, cell_width(c, l, k), true);
    }
    text_add(out, "\n");
    for (size_t k = 0; k < c->classes; k++) {
        label_add(out, l, k, label, false);
        for (size_t p = 0; p < c->classes; p++)
            text_format(out, " %*llu", (int)cell_width(c, l, p),
                        (count)c->count[k * c->classes + p]);
        text_add(out, "\n");
    }
}

static void add_share(text *out, double value)
{
    if (isnan(value))
        text_format(out, " %9s", "-");
    else
        text_format(out, " %9.4f", value);
}

static void add_scores(text *out, const confusion *c, const labels *l, size_t rows)
{
    int digits = (int)larger(strlen("right"), (size_t)snprintf(NULL, 0, "%zu", rows));
    size_t label = label_width(l, 2 * (1 + (size_t)digits) + 3 * 10, "class");
    text_format(out, "\n%-*s %*s %*s %9s %9s %9s\n", (int)label, "class", digits, "rows", digits,
                "right", "precision", "recall", "F1");
    for (size_t k = 0; k < c->classes && k < MOST_LINES; k++) {
        score s = score_of(c, k);
        label_add(out, l, k, label, false);
        text_format(out, " %*llu %*llu", digits, (count)s.rows, digits, (count)s.right);
        add_share(out, s.precision);
        add_share(out, s.recall);
        add_share(out, s.f1);
        text_add(out, "\n");
    }
    if (c->classes > MOST_LINES)
        text_format(out, "and %zu more classes (--json has all)\n", c->classes - MOST_LINES);
}

/* The pairs with the most rows, in falling order, the first of equals first. */
static size_t find_pairs(const confusion *c, pair pairs[MOST_PAIRS])
{
    size_t found = 0;
    for (size_t i = 0; i < c->classes * c->classes; i++) {
        pair p = {c->count[i], i / c->classes, i % c->classes};
        if (p.truth == p.guess || !p.rows)
            continue;
        size_t place = found;
        while (place && pairs[place - 1].rows < p.rows)
            place--;
        if (place == MOST_PAIRS)
            continue;
        found += found < MOST_PAIRS;
        for (size_t j = found - 1; j > place; j--)
            pairs[j] = pairs[j - 1];
        pairs[place] = p;
    }
    return found;
}

static void add_pairs(text *out, const confusion *c, const labels *l)
{
    pair pairs[MOST_PAIRS];
    size_t found = find_pairs(c, pairs);
    if (!found)
        return;
    int digits =
        (int)larger(strlen("rows"), (size_t)snprintf(NULL, 0, "%llu", (count)pairs[0].rows));
    size_t half = (label_line() - (size_t)digits - 4) / 2;
    size_t label = larger(strlen("true"), smaller(labels_longest(l), half));
    text_format(out, "\nmost confused\n%*s  %-*s  predicted\n", digits, "rows", (int)label, "true");
    for (size_t i = 0; i < found; i++) {
        text_format(out, "%*llu  ", digits, (count)pairs[i].rows);
        label_add(out, l, pairs[i].truth, label, false);
        text_add(out, "  ");
        label_add(out, l, pairs[i].guess, smaller(label_columns(l, pairs[i].guess), label), false);
        text_add(out, "\n");
    }
}

static void add_lost(text *out, const confusion *c, size_t rows)
{
    size_t counted = 0;
    for (size_t i = 0; i < c->classes * c->classes; i++)
        counted += c->count[i];
    if (counted < rows)
        text_format(out, "\nnot counted here: %zu rows with outputs that are not numbers\n",
                    rows - counted);
}

int confusion_add_text(text *out, const confusion *c, size_t rows)
{
    labels l;
    if (!c->classes)
        return EXIT_DONE;
    int code = labels_open(c->names, &l);
    if (code == EXIT_DONE) {
        bool many = c->classes > MATRIX_CLASSES;
        if (many || label_width(&l, 0, "true") + cells_width(c, &l) > label_line())
            labels_number(&l);
        if (!many)
            add_matrix(out, c, &l);
        add_scores(out, c, &l, rows);
        if (many)
            add_pairs(out, c, &l);
        add_lost(out, c, rows);
    }
    labels_close(&l);
    return code;
}

/* -------------------------------------------------------------------------------- JSON --- */

static void add_matrix_json(json *j, const confusion *c)
{
    json_begin(j, "confusion", '{');
    json_begin(j, "labels", '[');
    for (size_t k = 0; k < c->classes; k++)
        json_text(j, NULL, bg_schema_output_name(c->names, k));
    json_end(j, ']');
    json_begin(j, "counts", '[');
    for (size_t k = 0; k < c->classes; k++) {
        json_begin(j, NULL, '[');
        for (size_t p = 0; p < c->classes; p++)
            json_count(j, NULL, c->count[k * c->classes + p]);
        json_end(j, ']');
    }
    json_end(j, ']');
    json_end(j, '}');
}

void confusion_add_json(json *j, const confusion *c)
{
    if (!c->classes)
        return;
    add_matrix_json(j, c);
    json_begin(j, "classes", '[');
    for (size_t k = 0; k < c->classes; k++) {
        score s = score_of(c, k);
        json_begin(j, NULL, '{');
        json_text(j, "name", bg_schema_output_name(c->names, k));
        json_count(j, "support", s.rows);
        json_count(j, "predicted", s.predicted);
        json_count(j, "right", s.right);
        json_number(j, "precision", s.precision, BG_F64);
        json_number(j, "recall", s.recall, BG_F64);
        json_number(j, "f1", s.f1, BG_F64);
        json_end(j, '}');
    }
    json_end(j, ']');
}
