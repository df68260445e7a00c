/* Training rules of worked examples. */
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "sheet/example_read.h"

#define MOST_RATE 1e30
#define MOST_DECAY 0.9999999 /* as the trainer has it */

static const path where = {"training"};

/* A rule: what kind of file it is for, its keys beside `rule`, and the state that a file brings. */
typedef struct rule_form {
    const char *word;
    example_kind kind;
    example_rule rule;
    const char *required[8], *optional[2];
    const char *state[3]; /* vectors, in order */
    bool counts;          /* state.t */
    bg_status (*read)(const reader *r, bg_example *e, const json_t *training);
} rule_form;

static bg_status read_rate(const reader *r, bg_example *e, const json_t *training)
{
    return read_number_within(r, training, &where, "learning_rate", 0, true, MOST_RATE,
                              &e->learning_rate);
}

static bg_status read_gd(const reader *r, bg_example *e, const json_t *training)
{
    static const char *const orders[] = {"parallel", "sequential", NULL};
    static const char *const batches[] = {"full", "online", NULL};
    size_t order, batch;
    TRY(read_rate(r, e, training));
    TRY(read_choice(r, training, &where, "update_order", orders, &order));
    TRY(read_choice(r, training, &where, "batch", batches, &batch));
    TRY(read_bool(r, training, &where, "update_biases", &e->update_biases));
    e->sequential = order == 1;
    e->online = batch == 1;
    if (e->loss == EXAMPLE_NO_LOSS)
        return REFUSE(r, &where, "training needs a loss");
    return BG_OK;
}

static bg_status read_momentum(const reader *r, bg_example *e, const json_t *training)
{
    TRY(read_rate(r, e, training));
    return read_number_within(r, training, &where, "momentum", 0, false, 1,
                              &e->update.momentum);
}

static bg_status read_rmsprop(const reader *r, bg_example *e, const json_t *training)
{
    TRY(read_rate(r, e, training));
    TRY(read_number_within(r, training, &where, "decay", 0, false, MOST_DECAY, &e->update.decay));
    return read_number_within(r, training, &where, "epsilon", 0, true, 1, &e->update.epsilon);
}

static bg_status read_adam(const reader *r, bg_example *e, const json_t *training)
{
    TRY(read_rate(r, e, training));
    TRY(read_number_within(r, training, &where, "beta1", 0, false, MOST_DECAY, &e->update.beta1));
    TRY(read_number_within(r, training, &where, "beta2", 0, false, MOST_DECAY, &e->update.beta2));
    return read_number_within(r, training, &where, "epsilon", 0, true, 1, &e->update.epsilon);
}

static bg_status read_least_squares(const reader *r, bg_example *e, const json_t *training)
{
    (void)training;
    if (e->layers != 1 || e->activations[0] != BG_IDENTITY || !e->has_biases)
        return REFUSE(r, &where, "least_squares needs one identity layer with biases");
    if (!e->targets)
        return REFUSE(r, &where, "least_squares needs targets");
    return BG_OK;
}

/* The place of a parameter W[l][j][i] or b[l][j] that the network has. */
static bg_status find_parameter(const reader *r, const bg_example *e, const path *at,
                                const char *text, size_t *place)
{
    quantity q;
    const size_t *n = q.index;
    bool known = text && quantity_parse(text, &q) && n[0] >= 1 && n[0] <= e->layers &&
                 n[1] < e->widths[n[0]];
    if (known && q.id == QUANTITY_W && n[2] < e->widths[n[0] - 1]) {
        *place = example_weight(e, n[0], n[1], n[2]);
        return BG_OK;
    }
    if (known && q.id == QUANTITY_B && e->has_biases) {
        *place = example_bias(e, n[0], n[1]);
        return BG_OK;
    }
    return REFUSE(r, at,
                  "expected a parameter of the network, W[layer][unit][input] or "
                  "b[layer][unit]");
}

static bg_status read_fixed(const reader *r, bg_example *e, const json_t *training)
{
    const json_t *fixed = json_object_get(training, "fixed");
    path at = path_key(&where, "fixed");
    e->fixed = memory_zeroed(e->parameters, sizeof *e->fixed);
    if (!e->fixed)
        return fail_memory(r->error, r->file);
    for (size_t l = 1; !e->has_biases && l <= e->layers; l++)
        memset(e->fixed + example_bias(e, l, 0), true, e->widths[l] * sizeof *e->fixed);
    if (fixed && !json_is_array(fixed))
        return REFUSE(r, &at, "expected a list of parameters");
    for (size_t i = 0; i < json_array_size(fixed); i++) {
        path item = path_item(&at, i);
        size_t place;
        TRY(find_parameter(r, e, &item, json_string_value(json_array_get(fixed, i)), &place));
        e->fixed[place] = true;
    }
    return BG_OK;
}

static bg_status read_marquardt(const reader *r, bg_example *e, const json_t *training)
{
    static const char *const keys[] = {"weights", "biases", NULL};
    if (!e->targets)
        return REFUSE(r, &where, "levenberg_marquardt needs targets");
    TRY(read_fixed(r, e, training));
    const json_t *starts = json_object_get(training, "starts");
    path at = path_key(&where, "starts");
    TRY(read_list(r, starts, &at, NULL));
    e->start_count = json_array_size(starts);
    e->starts = memory_zeroed(e->start_count, e->parameters * sizeof *e->starts);
    if (!e->starts)
        return fail_memory(r->error, r->file);
    for (size_t i = 0; i < e->start_count; i++) {
        path item = path_item(&at, i);
        const json_t *start = json_array_get(starts, i);
        TRY(read_object(r, start, &item, keys, NULL));
        TRY(read_parameters(r, e, start, &item, e->starts + i * e->parameters));
    }
    return BG_OK;
}

static const rule_form forms[] = {
    {"gd",
     EXAMPLE_TRACE,
     EXAMPLE_GD,
     {"rule", "learning_rate", "update_order", "update_biases", "batch"},
     {NULL},
     {NULL},
     false,
     read_gd},
    {"gd",
     EXAMPLE_OPTIMIZER,
     EXAMPLE_GD,
     {"rule", "learning_rate"},
     {NULL},
     {NULL},
     false,
     read_rate},
    {"sgd_momentum",
     EXAMPLE_OPTIMIZER,
     EXAMPLE_MOMENTUM,
     {"rule", "learning_rate", "momentum", "state"},
     {NULL},
     {"v"},
     false,
     read_momentum},
    {"rmsprop",
     EXAMPLE_OPTIMIZER,
     EXAMPLE_RMSPROP,
     {"rule", "learning_rate", "decay", "epsilon", "state"},
     {NULL},
     {"cache"},
     false,
     read_rmsprop},
    {"adam",
     EXAMPLE_OPTIMIZER,
     EXAMPLE_ADAM,
     {"rule", "learning_rate", "beta1", "beta2", "epsilon", "state"},
     {NULL},
     {"m", "v"},
     true,
     read_adam},
    {"least_squares",
     EXAMPLE_CERTIFIED,
     EXAMPLE_LEAST_SQUARES,
     {"rule"},
     {NULL},
     {NULL},
     false,
     read_least_squares},
    {"levenberg_marquardt",
     EXAMPLE_CERTIFIED,
     EXAMPLE_LEVENBERG_MARQUARDT,
     {"rule", "starts"},
     {"fixed"},
     {NULL},
     false,
     read_marquardt},
};
enum { FORMS = sizeof forms / sizeof *forms };

static bg_status find_form(const reader *r, const bg_example *e, const json_t *training,
                           const rule_form **form)
{
    const char *words[FORMS + 1] = {NULL};
    size_t count = 0, index[FORMS] = {0}, choice;
    if (!json_is_object(training))
        return REFUSE(r, &where, "expected an object");
    for (size_t i = 0; i < FORMS; i++)
        if (forms[i].kind == e->kind) {
            index[count] = i;
            words[count++] = forms[i].word;
        }
    TRY(read_choice(r, training, &where, "rule", words, &choice));
    *form = &forms[index[choice]];
    return BG_OK;
}

static bg_status read_numbers(const reader *r, const json_t *list, const path *at, size_t count,
                              double **values)
{
    *values = memory_zeroed(count, sizeof **values);
    if (!*values)
        return fail_memory(r->error, r->file);
    return read_vector(r, list, at, count, *values);
}

static bg_status read_vectors(const reader *r, bg_example *e, const json_t *root)
{
    static const char *const keys[] = {"w", "dw", NULL};
    const json_t *data = json_object_get(root, "data");
    path at = {"data"}, w_at = path_key(&at, "w"), dw_at = path_key(&at, "dw");
    TRY(read_object(r, data, &at, keys, NULL));
    TRY(read_list(r, json_object_get(data, "w"), &w_at, NULL));
    e->update.count = json_array_size(json_object_get(data, "w"));
    TRY(read_numbers(r, json_object_get(data, "w"), &w_at, e->update.count, &e->update.w));
    return read_numbers(r, json_object_get(data, "dw"), &dw_at, e->update.count, &e->update.dw);
}

static bg_status read_state(const reader *r, bg_example *e, const json_t *training,
                            const rule_form *form)
{
    enum { MOST_STEPS = 1000000000 };
    const char *keys[4] = {form->state[0], form->state[1], NULL, NULL};
    keys[form->state[1] ? 2 : 1] = form->counts ? "t" : NULL;
    path at = path_key(&where, "state");
    const json_t *state = json_object_get(training, "state");
    TRY(read_object(r, state, &at, keys, NULL));
    for (size_t v = 0; form->state[v]; v++) {
        path item = path_key(&at, form->state[v]);
        TRY(read_numbers(r, json_object_get(state, form->state[v]), &item, e->update.count,
                         &e->update.state[v]));
    }
    path item = path_key(&at, "t");
    if (form->counts)
        TRY(read_count(r, json_object_get(state, "t"), &item, MOST_STEPS, &e->update.steps_made));
    return BG_OK;
}

bg_status read_training(const reader *r, bg_example *e, const json_t *root)
{
    const json_t *training = json_object_get(root, "training");
    const rule_form *form;
    if (e->kind == EXAMPLE_TRACE && json_is_null(training))
        return BG_OK;
    TRY(find_form(r, e, training, &form));
    TRY(read_object(r, training, &where, form->required, form->optional));
    e->rule = form->rule;
    if (e->kind == EXAMPLE_OPTIMIZER)
        TRY(read_vectors(r, e, root));
    TRY(form->read(r, e, training));
    return form->state[0] ? read_state(r, e, training, form) : BG_OK;
}
