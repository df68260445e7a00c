/* Sheets: every expression comes to the engine's number, which is the one that was printed. */
#include "sheet/ledger.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "sheet/evaluate.h"
#include "suite.h"
#include "worked.h"

static void check_expressions(const char *path, const bg_example *e, ledger_wants wants)
{
    ledger g;
    bg_error error;
    size_t updates = e->rule == EXAMPLE_GD ? 3 : 0;
    ck_assert_msg(ledger_open(&g, e, updates, wants, &error) == BG_OK, "%s", error.text);
    ck_assert_msg(ledger_fill(&g, BG_F64, &error) == BG_OK, "%s", error.text);
    for (size_t i = 0; i < g.cells; i++) {
        const cell *c = &g.cell[i];
        double found = cell_value(&g, c, g.term + c->first, g.value);
        char name[80];
        quantity_write(&c->quantity, name);
        ck_assert_msg(fabs(found - g.value[i]) <= 1e-12 * fmax(1, fabs(g.value[i])),
                      "%s: %s, step %zu: the engine has %.17g, the expression %.17g", path, name,
                      c->step, g.value[i], found);
        /* Expressions look back only. */
        for (size_t k = 0; k < c->terms; k++)
            ck_assert(g.term[c->first + k].u < i &&
                      (g.term[c->first + k].v < i || g.term[c->first + k].v == NO_CELL));
        ck_assert_uint_eq(ledger_find(&g, &c->quantity, c->row, c->step) != i,
                          c->form == FORM_GIVEN && c->quantity.id == QUANTITY_TARGET);
    }
    ledger_close(&g);
}

static void look_at_expressions(const char *path, bg_example *e, void *context)
{
    (void)context;
    if (e->kind != EXAMPLE_TRACE)
        return;
    check_expressions(path, e, (ledger_wants){0});
    if (e->targets && e->loss != EXAMPLE_NO_LOSS)
        check_expressions(path, e, (ledger_wants){.error = true, .pull = true});
}

START_TEST(expressions_meet_the_engine)
{
    ck_assert_uint_eq(worked_each("tests/data/gallery/*.json", look_at_expressions, NULL), 26);
    ck_assert_uint_eq(worked_each("tests/data/examples/*.json", look_at_expressions, NULL), 7);
}
END_TEST

/* Other shapes, losses and conventions: a small network for every pair of output and loss. */
START_TEST(every_pair_of_output_and_loss)
{
    static const size_t widths[] = {2, 3, 2};
    static const double x[] = {0.3, -0.7, 0.9, 0.4, -0.2, 0.6}, t[] = {1, 0, 0, 1, 1, 0};
    bg_train_options options;
    bg_train_defaults(&options);
    for (int f = 0; f < BG_ACTIVATION_COUNT; f++)
        for (int loss = 0; loss < BG_LOSS_COUNT; loss++) {
            bool shares = loss == BG_BCE || loss == BG_SOFTMAX_CE;
            if (shares && f != BG_SIGMOID && f != BG_SOFTMAX)
                continue; /* their outputs need not lie between 0 and 1 */
            bg_activation hidden = f == BG_SOFTMAX ? BG_TANH : (bg_activation)f;
            const bg_activation both[] = {hidden, (bg_activation)f};
            const bg_net_spec spec = {BG_F64, 2, widths, both};
            bg_net *net;
            bg_data *data;
            bg_example *e;
            ck_assert(bg_net_create(&spec, &net, NULL) == BG_OK);
            ck_assert(bg_net_init(net, BG_GLOROT_UNIFORM, 0, 7, NULL) == BG_OK);
            ck_assert(bg_data_create(BG_F64, 3, 2, 2, x, t, &data, NULL) == BG_OK);
            options.objective = (bg_objective){
                .loss = (bg_loss)loss, .reduction = (bg_reduction)(f % 2), .l2 = 0.1};
            ck_assert(bg_example_create(net, data, &options, &e, NULL) == BG_OK);
            for (int convention = 0; convention < 8; convention++) {
                e->minus_delta = convention & 1;
                e->sequential = convention & 2;
                e->online = convention & 4;
                e->ascent = convention == 5;
                check_expressions(bg_name(BG_KIND_LOSS, loss), e, (ledger_wants){0});
                check_expressions(bg_name(BG_KIND_LOSS, loss), e,
                                  (ledger_wants){.error = true, .pull = true});
            }
            bg_example_free(e);
            bg_data_free(data);
            bg_net_free(net);
        }
}
END_TEST

START_TEST(too_many_cells_are_refused)
{
    bg_example *e = worked_read("tests/data/gallery/mazur-2015-2-2-2.json");
    ledger g;
    bg_error error;
    ck_assert_int_eq(ledger_open(&g, e, 100000, (ledger_wants){0}, &error), BG_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "take fewer rows or steps"));
    ck_assert_int_eq(ledger_open(&g, e, SIZE_MAX - 3, (ledger_wants){0}, &error), BG_E_ARGUMENT);
    bg_example_free(e);
}
END_TEST

RUN_CASE("ledger", 60, expressions_meet_the_engine, every_pair_of_output_and_loss,
         too_many_cells_are_refused)
