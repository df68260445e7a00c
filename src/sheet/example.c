/* Worked examples: net, data and objective; training rules and expectations have files of their
 * own. */
#include "sheet/example.h"

#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "sheet/example_read.h"

#define FORMAT "backgemm-worked-example-1"

static const path top = {""};

size_t example_weight(const bg_example *e, size_t l, size_t j, size_t i)
{
    size_t place = 0;
    for (size_t k = 1; k < l; k++)
        place += e->widths[k] * (e->widths[k - 1] + 1);
    return place + j * e->widths[l - 1] + i;
}

size_t example_bias(const bg_example *e, size_t l, size_t j)
{
    return example_weight(e, l, e->widths[l], 0) + j;
}

/* ----------------------------------------------------------------------------- network --- */

static bg_status read_shape(const reader *r, bg_example *e, const json_t *net, const path *where)
{
    path at = path_key(where, "layers");
    const json_t *list = json_object_get(net, "layers");
    TRY(read_list(r, list, &at, NULL));
    size_t count = json_array_size(list);
    if (count < 2 || count > BG_MAX_LAYERS)
        return REFUSE(r, &at, "expected 2 to %zu widths, found %zu", BG_MAX_LAYERS, count);
    e->layers = count - 1;
    e->widths = memory_zeroed(count, sizeof *e->widths);
    e->activations = memory_zeroed(count, sizeof *e->activations);
    if (!e->widths || !e->activations)
        return fail_memory(r->error, r->file);
    for (size_t l = 0; l < count; l++) {
        path item = path_item(&at, l);
        TRY(read_count(r, json_array_get(list, l), &item, BG_MAX_WIDTH, &e->widths[l]));
        if (!e->widths[l])
            return REFUSE(r, &item, "expected at least 1 unit");
    }
    at = path_key(where, "activations");
    list = json_object_get(net, "activations");
    TRY(read_list(r, list, &at, &e->layers));
    for (size_t l = 0; l < e->layers; l++) {
        path item = path_item(&at, l);
        const char *word = json_string_value(json_array_get(list, l));
        int found = word ? bg_value(BG_KIND_ACTIVATION, word) : -1;
        if (found < 0)
            return REFUSE(r, &item, "expected an activation (identity, sigmoid, tanh, relu, ...)");
        if (found == BG_SOFTMAX && l + 1 < e->layers)
            return REFUSE(r, &item, "softmax is for the last layer only");
        e->activations[l] = (bg_activation)found;
    }
    return BG_OK;
}

bg_status read_parameters(const reader *r, const bg_example *e, const json_t *object,
                          const path *where, double *values)
{
    path weights_at = path_key(where, "weights"), biases_at = path_key(where, "biases");
    const json_t *weights = json_object_get(object, "weights");
    const json_t *biases = json_object_get(object, "biases");
    TRY(read_list(r, weights, &weights_at, &e->layers));
    if (e->has_biases)
        TRY(read_list(r, biases, &biases_at, &e->layers));
    else if (!json_is_null(biases))
        return REFUSE(r, &biases_at, "expected null, since the network has no biases");
    for (size_t l = 1; l <= e->layers; l++) {
        path at = path_item(&weights_at, l - 1);
        TRY(read_matrix(r, json_array_get(weights, l - 1), &at, e->widths[l], e->widths[l - 1],
                        values + example_weight(e, l, 0, 0)));
        at = path_item(&biases_at, l - 1);
        if (e->has_biases)
            TRY(read_vector(r, json_array_get(biases, l - 1), &at, e->widths[l],
                            values + example_bias(e, l, 0)));
    }
    return BG_OK;
}

static bg_status read_net(const reader *r, bg_example *e, const json_t *root)
{
    static const char *const keys[] = {"layers", "activations", "weights", "biases", NULL};
    const json_t *net = json_object_get(root, "net");
    path where = path_key(&top, "net"), weights_at = path_key(&where, "weights");
    TRY(read_object(r, net, &where, keys, NULL));
    TRY(read_shape(r, e, net, &where));
    /* Lists as long as the widths say come first: memory then follows the size of the file. */
    const json_t *weights = json_object_get(net, "weights");
    TRY(read_list(r, weights, &weights_at, &e->layers));
    for (size_t l = 1; l <= e->layers; l++) {
        path at = path_item(&weights_at, l - 1);
        TRY(read_matrix_shape(r, json_array_get(weights, l - 1), &at, e->widths[l],
                              e->widths[l - 1]));
        e->parameters += e->widths[l] * (e->widths[l - 1] + 1);
    }
    e->has_biases = !json_is_null(json_object_get(net, "biases"));
    e->start = memory_zeroed(e->parameters, sizeof *e->start);
    if (!e->start)
        return fail_memory(r->error, r->file);
    return read_parameters(r, e, net, &where, e->start);
}

/* ------------------------------------------------------------------------------- data --- */

static bg_status read_rows(const reader *r, const json_t *list, const path *where, size_t rows,
                           size_t width, double **values)
{
    TRY(read_matrix_shape(r, list, where, rows, width));
    double *made = memory_zeroed(rows * width, sizeof *made);
    if (!made)
        return fail_memory(r->error, r->file);
    *values = made;
    return read_matrix(r, list, where, rows, width, made);
}

static bg_status read_data(const reader *r, bg_example *e, const json_t *root)
{
    static const char *const keys[] = {"inputs", "targets", NULL};
    const json_t *data = json_object_get(root, "data");
    path where = path_key(&top, "data"), at = path_key(&where, "inputs");
    TRY(read_object(r, data, &where, keys, NULL));
    const json_t *inputs = json_object_get(data, "inputs");
    const json_t *targets = json_object_get(data, "targets");
    TRY(read_list(r, inputs, &at, NULL));
    e->rows = json_array_size(inputs);
    TRY(read_rows(r, inputs, &at, e->rows, e->widths[0], &e->inputs));
    at = path_key(&where, "targets");
    if (!json_is_null(targets))
        TRY(read_rows(r, targets, &at, e->rows, e->widths[e->layers], &e->targets));
    return BG_OK;
}

/* -------------------------------------------------------------------------- objective --- */

static bg_status read_loss(const reader *r, bg_example *e, const json_t *root)
{
    const json_t *value = json_object_get(root, "loss");
    path at = path_key(&top, "loss");
    const char *word = json_string_value(value);
    if (json_is_null(value))
        e->loss = EXAMPLE_NO_LOSS;
    else if (word && strcmp(word, "difference") == 0)
        e->loss = EXAMPLE_DIFFERENCE;
    else if (word && strcmp(word, "output") == 0)
        e->loss = EXAMPLE_OUTPUT;
    else if (word && bg_value(BG_KIND_LOSS, word) >= 0)
        e->loss = bg_value(BG_KIND_LOSS, word);
    else
        return REFUSE(r, &at,
                      "expected null or a loss (half_sse, sse, mse, bce, softmax_ce, "
                      "difference, output, mae, huber)");
    bool needs_targets = e->loss != EXAMPLE_OUTPUT && e->loss != EXAMPLE_NO_LOSS;
    path targets_at = {"data.targets"};
    if (needs_targets && !e->targets && e->kind != EXAMPLE_OPTIMIZER)
        return REFUSE(r, &targets_at, "the loss \"%s\" needs targets", word);
    return BG_OK;
}

static bg_status read_objective(const reader *r, bg_example *e, const json_t *root)
{
    static const char *const reductions[] = {"mean", "sum", NULL}; /* as bg_reduction */
    TRY(read_loss(r, e, root));
    path at = path_key(&top, "reduction");
    if (e->loss == EXAMPLE_NO_LOSS) {
        e->reduction = BG_SUM;
        if (!json_is_null(json_object_get(root, "reduction")))
            return REFUSE(r, &at, "expected null, since there is no loss");
    } else {
        size_t choice;
        TRY(read_choice(r, root, &top, "reduction", reductions, &choice));
        e->reduction = (bg_reduction)choice;
    }
    return read_number_within(r, root, &top, "l2", 0, false, 1e30, &e->l2);
}

static bg_status read_conventions(const reader *r, bg_example *e, const json_t *root)
{
    static const char *const keys[] = {"delta_sign", "update_sign", NULL};
    static const char *const deltas[] = {"dE/dz", "-dE/dz", NULL};
    static const char *const updates[] = {"descent", "ascent", NULL};
    const json_t *conventions = json_object_get(root, "conventions");
    path where = path_key(&top, "conventions");
    TRY(read_object(r, conventions, &where, keys, NULL));
    size_t delta, update;
    TRY(read_choice(r, conventions, &where, keys[0], deltas, &delta));
    TRY(read_choice(r, conventions, &where, keys[1], updates, &update));
    e->minus_delta = delta == 1;
    e->ascent = update == 1;
    path at = path_key(&where, keys[1]);
    if (e->ascent && e->kind != EXAMPLE_TRACE)
        return REFUSE(r, &at, "expected \"descent\" for this kind");
    return BG_OK;
}

/* -------------------------------------------------------------------------------- all --- */

static bg_status read_head(const reader *r, bg_example *e, const json_t *root)
{
    static const char *const required[] = {
        "format", "name",      "kind", "title",       "source",   "net",    "data",
        "loss",   "reduction", "l2",   "conventions", "training", "expect", NULL};
    static const char *const optional[] = {"notes", NULL};
    static const char *const formats[] = {FORMAT, NULL};
    static const char *const kinds[] = {"trace", "optimizer", "certified", NULL};
    size_t choice;
    TRY(read_object(r, root, &top, required, optional));
    TRY(read_choice(r, root, &top, "format", formats, &choice));
    TRY(read_choice(r, root, &top, "kind", kinds, &choice));
    e->kind = (example_kind)choice;
    TRY(read_text(r, root, &top, "name", &e->name));
    TRY(read_text(r, root, &top, "title", &e->title));
    TRY(read_text(r, root, &top, "source", &e->source));
    const json_t *notes = json_object_get(root, "notes");
    path where = path_key(&top, "notes");
    if (notes && !json_is_array(notes))
        return REFUSE(r, &where, "expected a list of texts");
    for (size_t i = 0; i < json_array_size(notes); i++) {
        path at = path_item(&where, i);
        if (!json_is_string(json_array_get(notes, i)))
            return REFUSE(r, &at, "expected a text");
    }
    return BG_OK;
}

static bg_status read_all(const reader *r, bg_example *e, const json_t *root)
{
    path net_at = path_key(&top, "net");
    TRY(read_head(r, e, root));
    if (e->kind == EXAMPLE_OPTIMIZER && !json_is_null(json_object_get(root, "net")))
        return REFUSE(r, &net_at, "expected null for kind \"optimizer\"");
    if (e->kind != EXAMPLE_OPTIMIZER) {
        TRY(read_net(r, e, root));
        TRY(read_data(r, e, root));
    }
    TRY(read_objective(r, e, root));
    TRY(read_conventions(r, e, root));
    TRY(read_training(r, e, root));
    return read_expectations(r, e, root);
}

bg_status bg_example_parse(const char *file, const char *text, size_t size, bg_example **example,
                           bg_error *error)
{
    bg_example *e = memory_zeroed(1, sizeof *e);
    json_error_t problem;
    if (!e)
        return fail_memory(error, file);
    e->file = memory_copy_text(file);
    e->text = memory_zeroed(size + 1, 1);
    bg_status status = BG_OK;
    if (!e->file || !e->text) {
        status = fail_memory(error, file);
    } else {
        memcpy(e->text, text, size);
        e->root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &problem);
        if (!e->root)
            status = fail_at(error, BG_E_DATA, file, (uint64_t)problem.line,
                             (uint64_t)problem.column, "not well-formed JSON: %s", problem.text);
    }
    const reader r = {e->file, e->text, error};
    if (status == BG_OK)
        status = read_all(&r, e, e->root);
    if (status != BG_OK) {
        bg_example_free(e);
        return status;
    }
    *example = e;
    return BG_OK;
}

void bg_example_free(bg_example *e)
{
    if (!e)
        return;
    void *const blocks[] = {
        e->file,    e->text,     e->widths,    e->activations,     e->start,           e->inputs,
        e->targets, e->update.w, e->update.dw, e->update.state[0], e->update.state[1], e->starts,
        e->fixed,   e->expect};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        memory_release(blocks[i]);
    json_decref(e->root);
    memory_release(e);
}

const char *bg_example_name(const bg_example *e)
{
    return e->name;
}

size_t bg_example_rows(const bg_example *e)
{
    return e->expectations;
}
