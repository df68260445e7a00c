/* A sheet in fractions: every expression again, in exact arithmetic. */
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "sheet/rational.h"
#include "sheet/sheet.h"

#define MOST_BITS ((size_t)100000) /* of a fraction: some 30,000 digits */

/* All cells as fractions, and scratch. */
typedef struct exact {
    const sheet *s;
    mpq_t *value;
    mpq_t sum, product, factor;
} exact;

/* Numbers of a file are decimals of up to 17 digits: the shortest text of the double is them. */
static void set_decimal(mpq_t to, double value)
{
    char digits[32];
    bg_number_text(value, BG_F64, digits);
    rational_parse(to, digits, NULL, NULL);
}

static void set_term(exact *x, const term *m, mpq_t to)
{
    set_decimal(to, m->factor);
    mpq_mul(to, to, x->value[m->u]);
    if (m->v != NO_CELL)
        mpq_mul(to, to, x->value[m->v]);
}

static void set_sum(exact *x, const cell *c, const term *terms, mpq_t to)
{
    mpq_set_ui(x->sum, 0, 1);
    for (size_t k = 0; k < c->terms; k++) {
        set_term(x, &terms[k], x->product);
        mpq_add(x->sum, x->sum, x->product);
    }
    set_decimal(x->factor, c->factor);
    mpq_mul(x->sum, x->sum, x->factor);
    set_decimal(x->factor, c->over);
    mpq_div(x->sum, x->sum, x->factor);
    if (c->times != NO_CELL)
        mpq_mul(x->sum, x->sum, x->value[c->times]);
    if (c->extra != NO_CELL) {
        set_decimal(x->factor, c->extra_factor);
        mpq_mul(x->factor, x->factor, x->value[c->extra]);
        mpq_add(x->sum, x->sum, x->factor);
    }
    mpq_set(to, x->sum);
}

static void set_loss(exact *x, const cell *c, const term *terms, mpq_t to)
{
    const bg_example *e = x->s->ledger.example;
    unsigned long over = e->loss == BG_HALF_SSE ? 2
                         : e->loss == BG_MSE    ? (unsigned long)e->widths[e->layers]
                                                : 1;
    mpq_set_ui(x->sum, 0, 1);
    for (size_t k = 0; k < c->terms; k++) {
        if (e->loss == EXAMPLE_OUTPUT)
            mpq_set(x->product, x->value[terms[k].u]);
        else
            mpq_sub(x->product, x->value[terms[k].v], x->value[terms[k].u]);
        if (e->loss < BG_LOSS_COUNT)
            mpq_mul(x->product, x->product, x->product);
        mpq_add(x->sum, x->sum, x->product);
    }
    mpq_set_ui(x->factor, over, 1);
    mpq_div(to, x->sum, x->factor);
}

static void set_value(exact *x, size_t i)
{
    const ledger *g = &x->s->ledger;
    const cell *c = &g->cell[i];
    const term *terms = g->term + c->first;
    bool relu = false;
    switch (c->form) {
    case FORM_GIVEN:
        set_decimal(x->value[i], cell_given(g, c));
        return;
    case FORM_ACTIVATION:
        relu = cell_activation(g, c) == BG_RELU && mpq_sgn(x->value[terms[0].u]) <= 0;
        if (!relu)
            mpq_set(x->value[i], x->value[terms[0].u]);
        return;
    case FORM_SLOPE:
        relu = cell_activation(g, c) == BG_RELU && mpq_sgn(x->value[terms[0].u]) <= 0;
        mpq_set_ui(x->value[i], !relu, 1);
        return;
    case FORM_LOSS:
        set_loss(x, c, terms, x->value[i]);
        return;
    default:
        set_sum(x, c, terms, x->value[i]);
        return;
    }
}

static bg_status check(const sheet *s, bg_error *error)
{
    const bg_example *e = s->ledger.example;
    for (size_t l = 0; l < e->layers; l++)
        if (e->activations[l] != BG_IDENTITY && e->activations[l] != BG_RELU)
            return fail(error, BG_E_ARGUMENT,
                        "fractions end at %s: an exact sheet is for identity and relu units",
                        bg_name(BG_KIND_ACTIVATION, (int)e->activations[l]));
    bool squares = e->loss == BG_HALF_SSE || e->loss == BG_SSE || e->loss == BG_MSE;
    if (!squares && e->loss < BG_LOSS_COUNT)
        return fail(error, BG_E_ARGUMENT, "an exact sheet is for losses of squares, not %s",
                    bg_name(BG_KIND_LOSS, e->loss));
    return BG_OK;
}

static bg_status find_all(exact *x, char **fraction, bg_error *error)
{
    const ledger *g = &x->s->ledger;
    for (size_t i = 0; i < g->cells; i++) {
        set_value(x, i);
        size_t bits =
            mpz_sizeinbase(mpq_numref(x->value[i]), 2) + mpz_sizeinbase(mpq_denref(x->value[i]), 2);
        if (bits > MOST_BITS)
            return fail(error, BG_E_ARGUMENT,
                        "step %zu: the fractions have more than %zu digits; take fewer steps",
                        g->cell[i].step, MOST_BITS * 3 / 10);
        /* Sign, stroke and NUL beside the digits. */
        size_t size = mpz_sizeinbase(mpq_numref(x->value[i]), 10) +
                      mpz_sizeinbase(mpq_denref(x->value[i]), 10) + 3;
        fraction[i] = memory_zeroed(size, 1);
        if (!fraction[i])
            return fail_memory(error, "the fractions");
        mpq_get_str(fraction[i], 10, x->value[i]);
    }
    return BG_OK;
}

bg_status sheet_find_fractions(sheet *s, bg_error *error)
{
    size_t cells = s->ledger.cells;
    TRY(check(s, error));
    char **fraction = memory_zeroed(cells, sizeof *fraction);
    exact x = {.s = s, .value = memory_zeroed(cells, sizeof *x.value)};
    bg_status status = fraction && x.value ? BG_OK : fail_memory(error, "the fractions");
    mpq_inits(x.sum, x.product, x.factor, NULL);
    for (size_t i = 0; x.value && i < cells; i++)
        mpq_init(x.value[i]);
    s->fraction = fraction;
    if (status == BG_OK)
        status = find_all(&x, fraction, error);
    for (size_t i = 0; x.value && i < cells; i++)
        mpq_clear(x.value[i]);
    mpq_clears(x.sum, x.product, x.factor, NULL);
    memory_release(x.value);
    return status;
}
