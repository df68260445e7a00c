#include "net/model.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/utf8.h"

bg_status objective_valid(const bg_objective *objective, bg_error *error)
{
    if (!bg_name(BG_KIND_LOSS, (int)objective->loss))
        return fail(error, BG_E_ARGUMENT, "unknown loss %d", (int)objective->loss);
    if (!bg_name(BG_KIND_REDUCTION, (int)objective->reduction))
        return fail(error, BG_E_ARGUMENT, "unknown reduction %d", (int)objective->reduction);
    if (!(objective->l2 >= 0 && objective->l2 <= MOST_PENALTY))
        return fail(error, BG_E_ARGUMENT, "l2 is 0 to %g, not %g", MOST_PENALTY, objective->l2);
    if (!(objective->l1 >= 0 && objective->l1 <= MOST_PENALTY))
        return fail(error, BG_E_ARGUMENT, "l1 is 0 to %g, not %g", MOST_PENALTY, objective->l1);
    return BG_OK;
}

static bg_status check_parts(const bg_net *net, const bg_schema *schema,
                             const bg_objective *objective, bg_error *error)
{
    if (!net || !objective)
        return fail(error, BG_E_ARGUMENT, "a model needs a network and an objective");
    TRY(objective_valid(objective, error));
    if (!schema)
        return BG_OK;
    size_t inputs = bg_net_width(net, 0), outputs = bg_net_width(net, bg_net_layers(net));
    if (bg_schema_inputs(schema) != inputs || bg_schema_outputs(schema) != outputs)
        return fail(error, BG_E_ARGUMENT,
                    "the data have %zu inputs and %zu outputs, the network %zu and %zu",
                    bg_schema_inputs(schema), bg_schema_outputs(schema), inputs, outputs);
    return BG_OK;
}

bg_status bg_model_create(bg_net *net, bg_schema *schema, const bg_objective *objective,
                          bg_model **model, bg_error *error)
{
    TRY(check_parts(net, schema, objective, error));
    bg_model *made = memory_zeroed(1, sizeof *made);
    if (!made)
        return fail_memory(error, "a model");
    *made = (bg_model){.net = net, .schema = schema, .objective = *objective};
    *model = made;
    return BG_OK;
}

void bg_model_free(bg_model *model)
{
    if (!model)
        return;
    for (size_t i = 0; i < model->notes; i++) {
        memory_release(model->note[i].key);
        memory_release(model->note[i].text);
    }
    for (size_t i = 0; i < model->state_vectors; i++)
        memory_release(model->state[i]);
    memory_release(model->note);
    memory_release(model->state);
    bg_schema_free(model->schema);
    bg_net_free(model->net);
    memory_release(model);
}

bg_net *bg_model_net(bg_model *model)
{
    return model->net;
}

const bg_net *bg_model_const_net(const bg_model *model)
{
    return model->net;
}

const bg_schema *bg_model_schema(const bg_model *model)
{
    return model->schema;
}

const bg_objective *bg_model_objective(const bg_model *model)
{
    return &model->objective;
}

/* ------------------------------------------------------------------------------- notes --- */

/* Place of the first note whose key is not below `key`. */
static size_t note_place(const bg_model *model, const char *key)
{
    size_t low = 0, high = model->notes;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(model->note[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_note(const bg_model *model, size_t place, const char *key)
{
    return place < model->notes && strcmp(model->note[place].key, key) == 0;
}

bg_status bg_model_set_note(bg_model *model, const char *key, const char *text, bg_error *error)
{
    if (!key || !text || !key[0])
        return fail(error, BG_E_ARGUMENT, "a note needs a key and a text");
    if (!utf8_valid(key) || !utf8_valid(text))
        return fail(error, BG_E_ARGUMENT, "the note \"%.60s\" is not valid UTF-8", key);
    size_t place = note_place(model, key);
    bool known = has_note(model, place, key);
    char *text_copy = memory_copy_text(text);
    char *key_copy = known ? NULL : memory_copy_text(key);
    void *notes = model->note;
    if (!text_copy || (!known && !key_copy) ||
        !memory_grow(&notes, &model->note_room, model->notes + !known, sizeof *model->note)) {
        memory_release(text_copy);
        memory_release(key_copy);
        return fail_memory(error, "a note");
    }
    model->note = notes;
    model_note *note = &model->note[place];
    if (known) {
        memory_release(note->text);
        note->text = text_copy;
        return BG_OK;
    }
    memmove(note + 1, note, (model->notes++ - place) * sizeof *note);
    *note = (model_note){key_copy, text_copy};
    return BG_OK;
}

const char *bg_model_get_note(const bg_model *model, const char *key)
{
    size_t place = note_place(model, key);
    return has_note(model, place, key) ? model->note[place].text : NULL;
}

const char *bg_model_note_name(const bg_model *model, size_t i)
{
    return i < model->notes ? model->note[i].key : NULL;
}

/* ------------------------------------------------------------------------------- state --- */

bg_status bg_model_set_state(bg_model *model, size_t vector, const double *values, bg_error *error)
{
    size_t count = bg_net_parameters(model->net);
    if (vector > model->state_vectors || vector >= MODEL_MOST_STATE)
        return fail(error, BG_E_ARGUMENT, "state vector %zu would leave a gap or be one too many",
                    vector);
    while (!values && model->state_vectors > vector)
        memory_release(model->state[--model->state_vectors]);
    if (!values)
        return BG_OK;
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return fail(error, BG_E_ARGUMENT, "value %zu of state vector %zu is not finite", i,
                        vector);
    if (!model->state)
        model->state = memory_zeroed(MODEL_MOST_STATE, sizeof *model->state);
    if (!model->state)
        return fail_memory(error, "the optimizer's state");
    if (vector == model->state_vectors) {
        model->state[vector] = memory_zeroed(count, sizeof(double));
        if (!model->state[vector])
            return fail_memory(error, "the optimizer's state");
        model->state_vectors++;
    }
    memcpy(model->state[vector], values, count * sizeof(double));
    return BG_OK;
}

size_t bg_model_state_vectors(const bg_model *model)
{
    return model->state_vectors;
}

void bg_model_get_state(const bg_model *model, size_t vector, double *values)
{
    memcpy(values, model->state[vector], bg_net_parameters(model->net) * sizeof(double));
}
