#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "io/model_file.h"
#include "net/net.h"

/* The header grows in a JSON object; the offsets of the tensors add up in `bytes`. */
typedef struct writer {
    const bg_model *model; /* borrowed */
    json_t *root;          /* owned */
    uint64_t bytes;        /* of all tensors so far */
} writer;

const char *tensor_dtype_name(bg_dtype dtype)
{
    return dtype == BG_F32 ? "F32" : "F64";
}

/* -------------------------------------------------------------------------- metadata --- */

/* Takes over value.  False: memory was short here or where value was made. */
static bool put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

static bool put_text(json_t *object, const char *key, const char *text)
{
    return put(object, key, json_string(text));
}

/* A list as a JSON text, since safetensors allows nothing but texts.  Takes over list. */
static bool put_list(json_t *object, const char *key, json_t *list)
{
    char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;
    bool done = text && put_text(object, key, text);
    memory_release(text);
    json_decref(list);
    return done;
}

/* False, and the list gone, when memory is short. */
static json_t *list_names(char *const *names, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < count; i++)
        if (json_array_append_new(list, json_string(names[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

/* "[0.5,1]": our own shortest texts, which Jansson's %.17g would not give. */
static bool put_numbers(json_t *object, const char *key, const double *values, size_t count)
{
    size_t room;
    char *text = size_product(count, 32, &room) ? memory_zeroed(room + 2, 1) : NULL;
    if (!text)
        return false;
    size_t used = 0;
    text[used++] = '[';
    for (size_t i = 0; i < count; i++) {
        if (i)
            text[used++] = ',';
        bg_number_text(values[i], BG_F64, text + used);
        used += strlen(text + used);
    }
    text[used++] = ']';
    text[used] = 0; /* a number's tries may have left digits behind it */
    bool done = put_text(object, key, text);
    memory_release(text);
    return done;
}

static json_t *list_activations(const bg_net *net)
{
    json_t *list = json_array();
    for (size_t l = 1; l <= bg_net_layers(net); l++) {
        int f = (int)bg_net_activation(net, l);
        if (json_array_append_new(list, json_string(bg_name(BG_KIND_ACTIVATION, f))) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static bool put_network(json_t *meta, const bg_model *model)
{
    char l1[32], l2[32];
    bg_number_text(model->objective.l1, BG_F64, l1);
    bg_number_text(model->objective.l2, BG_F64, l2);
    return put_text(meta, KEY_FORMAT, MODEL_FORMAT) &&
           put_text(meta, KEY_FORMAT_VERSION, MODEL_FORMAT_VERSION) &&
           put_text(meta, KEY_VERSION, bg_version()) &&
           put_list(meta, KEY_ACTIVATIONS, list_activations(model->net)) &&
           put_text(meta, KEY_LOSS, bg_name(BG_KIND_LOSS, (int)model->objective.loss)) &&
           put_text(meta, KEY_REDUCTION,
                    bg_name(BG_KIND_REDUCTION, (int)model->objective.reduction)) &&
           put_text(meta, KEY_L2, l2) && (model->objective.l1 == 0 || put_text(meta, KEY_L1, l1));
}

/* From 1; absent where the schema has none. */
static bool put_places(json_t *meta, const bg_schema *s)
{
    if (!s->target_place)
        return true;
    json_t *list = json_array();
    for (size_t i = 0; list && i < s->target_columns; i++)
        if (json_array_append_new(list, json_integer((json_int_t)s->target_place[i] + 1)) != 0) {
            json_decref(list);
            return false;
        }
    return put_list(meta, KEY_TARGET_PLACES, list);
}

static bool put_schema(json_t *meta, const bg_schema *s)
{
    if (!s)
        return true;
    char columns[32], weights[32];
    snprintf(columns, sizeof columns, "%zu", s->target_columns);
    snprintf(weights, sizeof weights, "%zu", s->weights + 1);
    return put_text(meta, KEY_TASK, bg_name(BG_KIND_TASK, (int)s->task)) &&
           put_text(meta, KEY_SCALING, bg_name(BG_KIND_SCALING, (int)s->scaling)) &&
           put_numbers(meta, KEY_OFFSETS, s->offset, s->inputs) &&
           put_numbers(meta, KEY_SCALES, s->scale, s->inputs) &&
           (!s->input_name || put_list(meta, KEY_INPUTS, list_names(s->input_name, s->inputs))) &&
           put_text(meta, KEY_TARGET_COLUMNS, columns) &&
           (!s->target_name ||
            put_list(meta, KEY_TARGETS, list_names(s->target_name, s->target_columns))) &&
           put_places(meta, s) &&
           (!s->class_name || put_list(meta, KEY_CLASSES, list_names(s->class_name, s->outputs))) &&
           (!s->sparse || put_text(meta, KEY_SPARSE, "true")) &&
           (!s->weighted || put_text(meta, KEY_WEIGHTS_COLUMN, weights)) &&
           (!s->weights_name || put_text(meta, KEY_WEIGHTS, s->weights_name));
}

static bool put_notes(json_t *meta, const bg_model *model)
{
    for (size_t i = 0; i < model->notes; i++) {
        size_t room = strlen(MODEL_NOTE) + strlen(model->note[i].key) + 1;
        char *key = memory_zeroed(room, 1);
        if (!key)
            return false;
        snprintf(key, room, MODEL_NOTE "%s", model->note[i].key);
        bool done = put_text(meta, key, model->note[i].text);
        memory_release(key);
        if (!done)
            return false;
    }
    return true;
}

static bool put_metadata(writer *w)
{
    json_t *meta = json_object();
    bool done = meta && put_network(meta, w->model) && put_schema(meta, w->model->schema) &&
                put_notes(meta, w->model) && json_object_set(w->root, MODEL_METADATA, meta) == 0;
    json_decref(meta);
    return done;
}

/* --------------------------------------------------------------------------- tensors --- */

static bool put_tensor(writer *w, const char *prefix, size_t layer, const char *part,
                       bg_dtype dtype, json_t *shape, size_t count)
{
    char name[80];
    snprintf(name, sizeof name, "%slayers.%zu.%s", prefix, layer, part);
    uint64_t begin = w->bytes;
    w->bytes += count * dtype_size(dtype);
    return put(w->root, name,
               json_pack("{s:s, s:o, s:[I, I]}", "dtype", tensor_dtype_name(dtype), "shape", shape,
                         "data_offsets", (json_int_t)begin, (json_int_t)w->bytes));
}

/* Weight [out, in] and bias [out] of every layer, named from 0 as Python counts. */
static bool put_layers(writer *w, const char *prefix, bg_dtype dtype)
{
    const bg_net *net = w->model->net;
    for (size_t l = 1; l <= bg_net_layers(net); l++) {
        size_t out = bg_net_width(net, l), in = bg_net_width(net, l - 1);
        json_t *matrix = json_pack("[I, I]", (json_int_t)out, (json_int_t)in);
        json_t *vector = json_pack("[I]", (json_int_t)out);
        bool weight = put_tensor(w, prefix, l - 1, "weight", dtype, matrix, out * in);
        if (!put_tensor(w, prefix, l - 1, "bias", dtype, vector, out) || !weight)
            return false;
    }
    return true;
}

/* State before the layers: doubles first keeps every tensor aligned, as safetensors sorts too. */
static bool put_tensors(writer *w)
{
    for (size_t v = 0; v < w->model->state_vectors; v++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "state.%zu.", v);
        if (!put_layers(w, prefix, MODEL_STATE_DTYPE))
            return false;
    }
    return put_layers(w, "", bg_net_dtype(w->model->net));
}

static unsigned char *fill_reals(unsigned char *to, bg_dtype dtype, const double *values,
                                 size_t count)
{
    for (size_t i = 0; i < count; i++)
        to += bytes_put_real(to, dtype, values[i]);
    return to;
}

/* False when memory is short. */
static bool fill_tensors(const bg_model *model, unsigned char *to)
{
    const bg_net *net = model->net;
    for (size_t v = 0; v < model->state_vectors; v++)
        to = fill_reals(to, MODEL_STATE_DTYPE, model->state[v], bg_net_parameters(net));
    for (size_t l = 1; l <= bg_net_layers(net); l++) {
        size_t out = bg_net_width(net, l), weights = out * bg_net_width(net, l - 1);
        double *layer = memory_zeroed(weights + out, sizeof *layer);
        if (!layer)
            return false;
        bg_net_get(net, l, layer, layer + weights);
        to = fill_reals(to, bg_net_dtype(net), layer, weights + out);
        memory_release(layer);
    }
    return true;
}

/* ------------------------------------------------------------------------------ file --- */

/* The length, the header padded with spaces, the tensors; *image is the caller's. */
static bool build_image(const writer *w, unsigned char **image, size_t *size)
{
    size_t header = json_dumpb(w->root, NULL, 0, JSON_COMPACT);
    if (!header)
        return false;
    size_t padded = (header + MODEL_ALIGNMENT - 1) / MODEL_ALIGNMENT * MODEL_ALIGNMENT;
    unsigned char *made = memory_zeroed(8 + padded + (size_t)w->bytes, 1);
    if (!made)
        return false;
    bytes_put(made, 8, padded);
    memset(made + 8, ' ', padded);
    /* Fewer bytes than it counted: it ran out of memory. */
    if (json_dumpb(w->root, (char *)made + 8, header, JSON_COMPACT) != header ||
        !fill_tensors(w->model, made + 8 + padded)) {
        memory_release(made);
        return false;
    }
    *image = made;
    *size = 8 + padded + (size_t)w->bytes;
    return true;
}

bg_status bg_model_save(const bg_model *model, const char *path, bg_error *error)
{
    size_t layer = net_first_nonfinite(model->net, model->net->values);
    if (layer)
        return fail(error, BG_E_ARGUMENT, "layer %zu holds a value that is not finite", layer);
    writer w = {.model = model, .root = json_object()};
    unsigned char *image = NULL;
    size_t size = 0;
    bool built = w.root && put_metadata(&w) && put_tensors(&w) && build_image(&w, &image, &size);
    json_decref(w.root);
    if (!built)
        return fail_memory(error, "the model file");
    if (bytes_get(image, 8) > MODEL_HEADER_MOST) {
        memory_release(image);
        return fail(error, BG_E_ARGUMENT, "names and notes of more than %llu MiB fit no model file",
                    (unsigned long long)(MODEL_HEADER_MOST >> 20));
    }
    bg_status status = bg_file_write(path, image, size, error);
    memory_release(image);
    return status;
}
