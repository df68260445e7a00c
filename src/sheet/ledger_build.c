/* The cells of a sheet, in the order in which a person computes them. */
#include "sheet/ledger_build.h"

#include "base/arena.h"

static size_t add_cell(builder *b, quantity_id id, size_t i0, size_t i1, size_t i2, size_t row,
                       cell_form form)
{
    ledger *g = b->g;
    void *cells = g->cell;
    b->too_long |= g->cells >= MOST_CELLS || g->term_count >= MOST_CELLS;
    if (builder_failed(b))
        return 0;
    if (!memory_grow(&cells, &g->cell_room, g->cells + 1, sizeof *g->cell))
        b->short_of_memory = true;
    g->cell = cells;
    if (builder_failed(b))
        return 0;
    g->cell[g->cells] = (cell){.quantity = quantity_of(id, i0, i1, i2),
                               .row = row,
                               .step = b->step,
                               .form = form,
                               .factor = 1,
                               .over = 1,
                               .times = NO_CELL,
                               .extra = NO_CELL,
                               .first = g->term_count};
    return g->cells++;
}

/* To the cell that was added last. */
static void add_term(builder *b, double factor, size_t u, size_t v)
{
    ledger *g = b->g;
    void *terms = g->term;
    if (builder_failed(b))
        return;
    if (!memory_grow(&terms, &g->term_room, g->term_count + 1, sizeof *g->term))
        b->short_of_memory = true;
    g->term = terms;
    if (builder_failed(b))
        return;
    g->term[g->term_count++] = (term){factor, u, v};
    g->cell[g->cells - 1].terms++;
}

/* The cell that was added last. */
static cell *last_cell(builder *b)
{
    return builder_failed(b) ? &b->nowhere : &b->g->cell[b->g->cells - 1];
}

static size_t at(const builder *b, quantity_id id, size_t l, size_t j, size_t i, size_t row)
{
    return ledger_at(b->g, id, l, j, i, row, b->step);
}

static void begin(builder *b, size_t row, place_kind kind, size_t layer)
{
    *ledger_place(b->g, b->step, row, kind, layer) = b->g->cells;
}

static void add_given(builder *b)
{
    const bg_example *e = b->g->example;
    size_t last = e->layers;
    for (size_t r = 0; r < e->rows; r++) {
        begin(b, r, AT_A, 0);
        for (size_t i = 0; i < e->widths[0]; i++)
            add_cell(b, QUANTITY_A, 0, i, 0, r, FORM_GIVEN);
        begin(b, r, AT_ERROR, 1); /* targets have no name in the grammar */
        for (size_t j = 0; e->targets && j < e->widths[last]; j++)
            add_cell(b, QUANTITY_TARGET, j, 0, 0, r, FORM_GIVEN);
    }
    for (size_t l = 1; l <= last; l++) {
        begin(b, 0, AT_W, l);
        for (size_t j = 0; j < e->widths[l]; j++)
            for (size_t i = 0; i < e->widths[l - 1]; i++)
                add_cell(b, QUANTITY_W, l, j, i, NO_CELL, FORM_GIVEN);
        begin(b, 0, AT_B, l);
        for (size_t j = 0; j < e->widths[l]; j++)
            add_cell(b, QUANTITY_B, l, j, 0, NO_CELL, FORM_GIVEN);
    }
}

static size_t target_of(const builder *b, size_t row, size_t j)
{
    return *ledger_place(b->g, 0, row, AT_ERROR, 1) + j;
}

/* Inputs are the same cells at every step. */
static void repeat_inputs(builder *b)
{
    for (size_t r = 0; r < b->g->example->rows; r++)
        *ledger_place(b->g, b->step, r, AT_A, 0) = *ledger_place(b->g, 0, r, AT_A, 0);
}

static void add_forward(builder *b, size_t r)
{
    const bg_example *e = b->g->example;
    for (size_t l = 1; l <= e->layers; l++) {
        size_t n = e->widths[l];
        bool softmax = e->activations[l - 1] == BG_SOFTMAX;
        begin(b, r, AT_Z, l);
        for (size_t j = 0; j < n; j++) {
            /* z = sum W a + b */
            add_cell(b, QUANTITY_Z, l, j, 0, r, FORM_SUM);
            for (size_t i = 0; i < e->widths[l - 1]; i++)
                add_term(b, 1, at(b, QUANTITY_W, l, j, i, r), at(b, QUANTITY_A, l - 1, i, 0, r));
            if (e->has_biases)
                add_term(b, 1, at(b, QUANTITY_B, l, j, 0, r), NO_CELL);
        }
        begin(b, r, AT_A, l);
        for (size_t j = 0; j < n; j++) {
            add_cell(b, QUANTITY_A, l, j, 0, r, FORM_ACTIVATION);
            for (size_t k = softmax ? 0 : j; k < (softmax ? n : j + 1); k++)
                add_term(b, 1, at(b, QUANTITY_Z, l, k, 0, r), NO_CELL);
        }
    }
}

static void add_loss(builder *b, size_t r)
{
    const bg_example *e = b->g->example;
    size_t n = e->widths[e->layers];
    if (b->g->wants.error) {
        begin(b, r, AT_ERROR, 0);
        for (size_t j = 0; j < n; j++) {
            add_cell(b, QUANTITY_ERROR, j, 0, 0, r, FORM_SUM);
            add_term(b, 1, target_of(b, r, j), NO_CELL);
            add_term(b, -1, at(b, QUANTITY_A, e->layers, j, 0, r), NO_CELL);
        }
    }
    begin(b, r, AT_LOSS, 0);
    add_cell(b, QUANTITY_LOSS, 0, 0, 0, r, FORM_LOSS);
    for (size_t j = 0; j < (e->loss == EXAMPLE_OUTPUT ? 1 : n); j++)
        add_term(b, 1, at(b, QUANTITY_A, e->layers, j, 0, r),
                 e->targets ? target_of(b, r, j) : NO_CELL);
}

/* How delta of the outputs is written: a - t alone where the pair has that derivative, (a - t) f'
 * for squares, dE/da f' for what is left. */
typedef enum output_form {
    OUTPUT_FUSED,
    OUTPUT_SQUARES,
    OUTPUT_SINGLE,
    OUTPUT_GENERAL
} output_form;

static output_form output_form_of(const bg_example *e)
{
    bg_activation f = e->activations[e->layers - 1];
    bool squares = e->loss == BG_HALF_SSE || e->loss == BG_SSE || e->loss == BG_MSE ||
                   e->loss == EXAMPLE_DIFFERENCE;
    if ((e->loss == BG_BCE && f == BG_SIGMOID) || (e->loss == BG_SOFTMAX_CE && f == BG_SOFTMAX))
        return OUTPUT_FUSED;
    if (f == BG_SOFTMAX)
        return OUTPUT_GENERAL;
    return squares ? OUTPUT_SQUARES : e->loss == EXAMPLE_OUTPUT ? OUTPUT_SINGLE : OUTPUT_GENERAL;
}

static void add_slopes(builder *b, size_t l, size_t r)
{
    const bg_example *e = b->g->example;
    bool fused = l == e->layers && output_form_of(e) == OUTPUT_FUSED;
    if (fused || e->activations[l - 1] == BG_SOFTMAX)
        return;
    begin(b, r, AT_SLOPE, l);
    for (size_t j = 0; j < e->widths[l]; j++) {
        add_cell(b, QUANTITY_FPRIME, l, j, 0, r, FORM_SLOPE);
        add_term(b, 1, at(b, QUANTITY_Z, l, j, 0, r), NO_CELL);
        add_term(b, 1, at(b, QUANTITY_A, l, j, 0, r), NO_CELL);
    }
}

/* (a - t), the other way round where delta is -dE/dz; or the error, where the sheet has it. */
static void add_difference(builder *b, size_t j, size_t r, double a_factor)
{
    const bg_example *e = b->g->example;
    size_t a = at(b, QUANTITY_A, e->layers, j, 0, r), error = at(b, QUANTITY_ERROR, 0, j, 0, r);
    if (error != NO_CELL && a_factor == 1) {
        add_term(b, e->minus_delta ? 1 : -1, error, NO_CELL);
    } else if (e->minus_delta) {
        add_term(b, 1, target_of(b, r, j), NO_CELL);
        add_term(b, -a_factor, a, NO_CELL);
    } else {
        add_term(b, a_factor, a, NO_CELL);
        add_term(b, -1, target_of(b, r, j), NO_CELL);
    }
}

static double target_sum(const bg_example *e, size_t r)
{
    size_t n = e->widths[e->layers];
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += e->targets[r * n + j];
    return sum;
}

static void add_output_delta(builder *b, size_t j, size_t r)
{
    const bg_example *e = b->g->example;
    size_t last = e->layers, n = e->widths[last];
    double sign = e->minus_delta ? -1 : 1;
    output_form form = output_form_of(e);
    bool softmax = e->activations[last - 1] == BG_SOFTMAX;
    add_cell(b, QUANTITY_DELTA, last, j, 0, r,
             softmax && form == OUTPUT_GENERAL ? FORM_SOFTMAX_PULL : FORM_SUM);
    last_cell(b)->times = at(b, QUANTITY_FPRIME, last, j, 0, r);
    if (form == OUTPUT_FUSED) {
        add_difference(b, j, r, softmax ? target_sum(e, r) : 1);
    } else if (form == OUTPUT_SQUARES) {
        last_cell(b)->factor = e->loss == BG_SSE || e->loss == BG_MSE ? 2 : 1;
        last_cell(b)->over = e->loss == BG_MSE ? (double)n : 1;
        add_difference(b, j, r, 1);
    } else if (form == OUTPUT_SINGLE && j == 0) {
        last_cell(b)->times = NO_CELL;
        add_term(b, sign, at(b, QUANTITY_FPRIME, last, 0, 0, r), NO_CELL);
    } else if (softmax) {
        last_cell(b)->factor = sign;
        for (size_t k = 0; k < n; k++)
            add_term(b, 1, at(b, QUANTITY_DEDA, last, k, 0, r), at(b, QUANTITY_A, last, k, 0, r));
    } else if (form == OUTPUT_GENERAL) {
        add_term(b, sign, at(b, QUANTITY_DEDA, last, j, 0, r), NO_CELL);
    }
}

/* The step whose weights deltas pass through. */
static size_t back_step(const builder *b)
{
    return b->g->example->sequential ? b->step + 1 : b->step;
}

static void add_deltas(builder *b, size_t l, size_t r)
{
    const bg_example *e = b->g->example;
    bool output = l == e->layers;
    double sign = e->minus_delta ? -1 : 1;
    add_slopes(b, l, r);
    if (output ? output_form_of(e) == OUTPUT_GENERAL : b->g->wants.pull) {
        begin(b, r, AT_PULL, l);
        for (size_t j = 0; j < e->widths[l]; j++) {
            add_cell(b, QUANTITY_DEDA, l, j, 0, r, output ? FORM_LOSS_SLOPE : FORM_SUM);
            if (output)
                add_term(b, 1, at(b, QUANTITY_A, l, j, 0, r), target_of(b, r, j));
            for (size_t k = 0; !output && k < e->widths[l + 1]; k++)
                add_term(b, sign, ledger_at(b->g, QUANTITY_W, l + 1, k, j, r, back_step(b)),
                         at(b, QUANTITY_DELTA, l + 1, k, 0, r));
        }
    }
    begin(b, r, AT_DELTA, l);
    for (size_t j = 0; j < e->widths[l]; j++) {
        if (output) {
            add_output_delta(b, j, r);
            continue;
        }
        /* delta = (sum W delta) f' */
        add_cell(b, QUANTITY_DELTA, l, j, 0, r, FORM_SUM);
        last_cell(b)->times = at(b, QUANTITY_FPRIME, l, j, 0, r);
        if (b->g->wants.pull)
            add_term(b, sign, at(b, QUANTITY_DEDA, l, j, 0, r), NO_CELL);
        for (size_t k = 0; !b->g->wants.pull && k < e->widths[l + 1]; k++)
            add_term(b, 1, ledger_at(b->g, QUANTITY_W, l + 1, k, j, r, back_step(b)),
                     at(b, QUANTITY_DELTA, l + 1, k, 0, r));
    }
}

/* Rows of the update at b->step. */
static size_t first_row(const builder *b)
{
    const bg_example *e = b->g->example;
    return e->online ? b->step % e->rows : 0;
}

static size_t row_count(const builder *b)
{
    return b->g->example->online ? 1 : b->g->example->rows;
}

static void add_gradient_of(builder *b, quantity_id id, size_t l, size_t j, size_t i)
{
    const bg_example *e = b->g->example;
    bool weight = id == QUANTITY_DW;
    add_cell(b, id, l, j, i, NO_CELL, FORM_SUM);
    last_cell(b)->factor = e->minus_delta ? -1 : 1;
    last_cell(b)->over = e->reduction == BG_MEAN && !e->online ? (double)e->rows : 1;
    for (size_t r = first_row(b); r < first_row(b) + row_count(b); r++)
        add_term(b, 1, at(b, QUANTITY_DELTA, l, j, 0, r),
                 weight ? at(b, QUANTITY_A, l - 1, i, 0, r) : NO_CELL);
    if (weight && e->l2 != 0) {
        last_cell(b)->extra_factor = e->l2;
        last_cell(b)->extra = at(b, QUANTITY_W, l, j, i, 0);
    }
}

static void add_gradients(builder *b, size_t l)
{
    const bg_example *e = b->g->example;
    begin(b, 0, AT_DW, l);
    for (size_t j = 0; j < e->widths[l]; j++)
        for (size_t i = 0; i < e->widths[l - 1]; i++)
            add_gradient_of(b, QUANTITY_DW, l, j, i);
    begin(b, 0, AT_DB, l);
    for (size_t j = 0; e->has_biases && j < e->widths[l]; j++)
        add_gradient_of(b, QUANTITY_DB, l, j, 0);
}

/* P - eta G, as cells of the next step. */
static void add_new(builder *b, quantity_id id, quantity_id derivative, size_t l, size_t j,
                    size_t i)
{
    const bg_example *e = b->g->example;
    size_t old = at(b, id, l, j, i, 0), gradient = at(b, derivative, l, j, i, 0);
    bool stays = id == QUANTITY_B && !(e->has_biases && e->update_biases);
    b->step++;
    add_cell(b, id, l, j, i, NO_CELL, FORM_SUM);
    b->step--;
    add_term(b, 1, old, NO_CELL);
    if (!stays)
        add_term(b, e->ascent ? e->learning_rate : -e->learning_rate, gradient, NO_CELL);
}

static void add_updates(builder *b, size_t l)
{
    const bg_example *e = b->g->example;
    *ledger_place(b->g, b->step + 1, 0, AT_W, l) = b->g->cells;
    for (size_t j = 0; j < e->widths[l]; j++)
        for (size_t i = 0; i < e->widths[l - 1]; i++)
            add_new(b, QUANTITY_W, QUANTITY_DW, l, j, i);
    *ledger_place(b->g, b->step + 1, 0, AT_B, l) = b->g->cells;
    for (size_t j = 0; j < e->widths[l]; j++)
        add_new(b, QUANTITY_B, QUANTITY_DB, l, j, 0);
}

static void add_step(builder *b)
{
    const bg_example *e = b->g->example;
    bool updates = b->step < b->g->updates;
    size_t first = first_row(b), end = first + row_count(b);
    for (size_t r = first; r < end; r++)
        add_forward(b, r);
    if (e->loss == EXAMPLE_NO_LOSS)
        return;
    for (size_t r = first; r < end; r++)
        add_loss(b, r);
    for (size_t l = e->layers; l >= 1; l--) {
        for (size_t r = first; r < end; r++)
            add_deltas(b, l, r);
        if (e->sequential && updates) {
            add_gradients(b, l);
            add_updates(b, l);
        }
    }
    for (size_t l = e->layers; !(e->sequential && updates) && l >= 1; l--)
        add_gradients(b, l);
    for (size_t l = e->layers; !e->sequential && updates && l >= 1; l--)
        add_updates(b, l);
}

void ledger_build(builder *b)
{
    add_given(b);
    for (b->step = 0; !builder_failed(b) && b->step < (b->g->updates ? b->g->updates : 1);
         b->step++) {
        repeat_inputs(b);
        add_step(b);
    }
    b->step = b->g->updates;
    repeat_inputs(b);
}
