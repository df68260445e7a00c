#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/number.h"
#include "base/status.h"
#include "io/input.h"
#include "io/model_file.h"
#include "net/net.h"

enum { WEIGHT, BIAS, PARTS };
static const char *const part_names[PARTS] = {"weight", "bias"};

typedef struct tensor {
    const char *name; /* in the header, borrowed */
    size_t vector;    /* 0: the parameters; v: state vector v - 1 */
    size_t layer;     /* from 0, as in the name */
    int part;
    bg_dtype dtype;
    size_t out, in;      /* in is 1 for a bias */
    uint64_t begin, end; /* bytes in the data */
} tensor;

typedef struct reader {
    model_source source;
    const unsigned char *data; /* what follows the header, size bytes, borrowed */
    uint64_t size;
    json_t *root;           /* the header; owned */
    const json_t *metadata; /* in root */
    tensor *tensor;         /* `tensors` of them, by place in the file; owned */
    size_t tensors;
    size_t layers, vectors;     /* vectors: 1 for the parameters and each of the state */
    tensor **slot;              /* [vector][layer][part] -> tensor; owned */
    size_t *widths;             /* layers + 1; owned */
    bg_activation *activations; /* layers; owned */
} reader;

/* "FILE: tensor NAME what". */
static bg_status fail_tensor(const reader *r, const char *name, const char *what)
{
    return fail_at(r->source.error, BG_E_MODEL, r->source.file, 0, 0, "tensor \"%.80s\" %s", name,
                   what);
}

static bg_status fail_model(const reader *r, const char *what)
{
    return fail_at(r->source.error, BG_E_MODEL, r->source.file, 0, 0, "%s", what);
}

/* ------------------------------------------------------------------------------ header --- */

static bg_status read_header(reader *r, const unsigned char *bytes, size_t size)
{
    if (size < 8)
        return fail_model(r, "cut short before the length of its header");
    uint64_t length = bytes_get(bytes, 8);
    if (length > MODEL_HEADER_MOST || length > size - 8)
        return fail_at(r->source.error, BG_E_MODEL, r->source.file, 0, 0,
                       "no model file, or cut short: a header of %llu bytes in a file of %zu",
                       (unsigned long long)length, size);
    json_error_t problem;
    if (length && bytes[8] == '{')
        r->root =
            json_loadb((const char *)bytes + 8, (size_t)length, JSON_REJECT_DUPLICATES, &problem);
    else
        snprintf(problem.text, sizeof problem.text, "expected {");
    if (!json_is_object(r->root))
        return fail_at(r->source.error, BG_E_MODEL, r->source.file, 0, 0,
                       "its header is no JSON object: %.100s", problem.text);
    r->data = bytes + 8 + length;
    r->size = size - 8 - length;
    r->metadata = json_object_get(r->root, MODEL_METADATA);
    return metadata_check(&r->source, r->metadata);
}

/* "12." -> 12, and the text moves past it.  Numbers have one form only: no sign, no zero before. */
static bool take_index(const char **text, size_t *index)
{
    size_t digits = strspn(*text, "0123456789");
    uint64_t value;
    if (digits > 4 || (digits > 1 && **text == '0') || (*text)[digits] != '.' ||
        !number_parse_count(*text, digits, &value))
        return false;
    *text += digits + 1;
    *index = (size_t)value;
    return true;
}

static bool take_word(const char **text, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(*text, word, length) != 0)
        return false;
    *text += length;
    return true;
}

/* "layers.N.weight", "state.V.layers.N.bias". */
static bool parse_name(tensor *t)
{
    const char *text = t->name;
    if (take_word(&text, "state.")) {
        if (!take_index(&text, &t->vector) || t->vector >= MODEL_MOST_STATE)
            return false;
        t->vector++;
    }
    if (!take_word(&text, "layers.") || !take_index(&text, &t->layer) || t->layer >= BG_MAX_LAYERS)
        return false;
    for (t->part = 0; t->part < PARTS; t->part++)
        if (strcmp(text, part_names[t->part]) == 0)
            return true;
    return false;
}

static bg_status parse_dtype(const reader *r, const json_t *item, tensor *t)
{
    const char *word = json_string_value(json_object_get(item, "dtype"));
    for (int d = 0; word && bg_name(BG_KIND_DTYPE, d); d++)
        if (strcmp(word, tensor_dtype_name((bg_dtype)d)) == 0) {
            t->dtype = (bg_dtype)d;
            return BG_OK;
        }
    return fail_tensor(r, t->name, "has a dtype that is neither F32 nor F64");
}

static bool whole_number(const json_t *item, uint64_t most, uint64_t *value)
{
    json_int_t number = json_integer_value(item);
    *value = (uint64_t)number;
    return json_is_integer(item) && number >= 0 && (uint64_t)number <= most;
}

static bg_status parse_shape(const reader *r, const json_t *item, tensor *t)
{
    const json_t *shape = json_object_get(item, "shape");
    uint64_t out, in = 1;
    if (!json_is_array(shape) || json_array_size(shape) != (t->part == WEIGHT ? 2 : 1))
        return fail_tensor(
            r, t->name, t->part == WEIGHT ? "needs a shape of [out, in]" : "needs a shape [out]");
    if (!whole_number(json_array_get(shape, 0), BG_MAX_WIDTH, &out) || !out ||
        (t->part == WEIGHT && (!whole_number(json_array_get(shape, 1), BG_MAX_WIDTH, &in) || !in)))
        return fail_tensor(r, t->name, "has a width that is not 1 to 16777216");
    t->out = (size_t)out;
    t->in = (size_t)in;
    return BG_OK;
}

static bg_status parse_place(const reader *r, const json_t *item, tensor *t)
{
    const json_t *place = json_object_get(item, "data_offsets");
    if (!json_is_array(place) || json_array_size(place) != 2 ||
        !whole_number(json_array_get(place, 0), r->size, &t->begin) ||
        !whole_number(json_array_get(place, 1), r->size, &t->end) || t->begin > t->end)
        return fail_tensor(r, t->name, "lies outside the file, or the file is cut short");
    /* Widths are at most 2^24, so this product stays below 2^51. */
    if ((uint64_t)t->out * t->in * dtype_size(t->dtype) != t->end - t->begin)
        return fail_tensor(r, t->name, "has more or fewer bytes than its shape says");
    return BG_OK;
}

static bg_status parse_tensor(const reader *r, const char *name, const json_t *item, tensor *t)
{
    *t = (tensor){.name = name};
    if (!parse_name(t))
        return fail_tensor(r, name, "is not one that a model has");
    if (!json_is_object(item) || json_object_size(item) != 3)
        return fail_tensor(r, name, "needs dtype, shape and data_offsets, nothing else");
    TRY(parse_dtype(r, item, t));
    TRY(parse_shape(r, item, t));
    return parse_place(r, item, t);
}

static bg_status parse_tensors(reader *r)
{
    size_t room = json_object_size(r->root);
    r->tensor = memory_zeroed(room, sizeof *r->tensor);
    if (!r->tensor)
        return fail_memory(r->source.error, r->source.file);
    const char *name;
    json_t *item;
    json_object_foreach(r->root, name, item)
    {
        if (strcmp(name, MODEL_METADATA) == 0)
            continue;
        tensor *t = &r->tensor[r->tensors];
        TRY(parse_tensor(r, name, item, t));
        r->tensors++;
        r->layers = t->layer >= r->layers ? t->layer + 1 : r->layers;
        r->vectors = t->vector >= r->vectors ? t->vector + 1 : r->vectors;
    }
    return r->layers ? BG_OK : fail_model(r, "holds no tensors");
}

/* ----------------------------------------------------------------------------- network --- */

static int compare_places(const void *a, const void *b)
{
    uint64_t left = ((const tensor *)a)->begin, right = ((const tensor *)b)->begin;
    return (left > right) - (left < right);
}

/* Side by side from the first byte to the last: no overlap, no hole, nothing after. */
static bg_status check_places(const reader *r)
{
    uint64_t end = 0;
    qsort(r->tensor, r->tensors, sizeof *r->tensor, compare_places);
    for (size_t i = 0; i < r->tensors; i++) {
        const tensor *t = &r->tensor[i];
        if (t->begin < end)
            return fail_tensor(r, t->name, "overlaps the one before");
        if (t->begin > end)
            return fail_tensor(r, t->name, "leaves a hole before it");
        end = t->end;
    }
    return end == r->size ? BG_OK : fail_model(r, "bytes follow the last tensor");
}

static tensor *slot_at(const reader *r, size_t vector, size_t layer, int part)
{
    return r->slot[(vector * r->layers + layer) * PARTS + (size_t)part];
}

static bg_status fill_slots(reader *r)
{
    r->slot = memory_zeroed(r->vectors * r->layers * PARTS, sizeof(tensor *));
    if (!r->slot)
        return fail_memory(r->source.error, r->source.file);
    for (size_t i = 0; i < r->tensors; i++) {
        tensor *t = &r->tensor[i];
        r->slot[(t->vector * r->layers + t->layer) * PARTS + (size_t)t->part] = t;
    }
    for (size_t i = 0; i < r->vectors * r->layers * PARTS; i++) {
        size_t vector = i / PARTS / r->layers;
        char state[32] = "", name[80];
        if (vector)
            snprintf(state, sizeof state, "state.%zu.", vector - 1);
        snprintf(name, sizeof name, "%slayers.%zu.%s", state, i / PARTS % r->layers,
                 part_names[i % PARTS]);
        if (!r->slot[i])
            return fail_tensor(r, name, "is missing");
    }
    return BG_OK;
}

/* One shape for all vectors, every layer as wide as the next one takes, one dtype. */
static bg_status check_shapes(reader *r)
{
    r->widths = memory_zeroed(r->layers + 1, sizeof *r->widths);
    if (!r->widths)
        return fail_memory(r->source.error, r->source.file);
    bg_dtype dtype = slot_at(r, 0, 0, WEIGHT)->dtype;
    r->widths[0] = slot_at(r, 0, 0, WEIGHT)->in;
    for (size_t l = 0; l < r->layers; l++)
        r->widths[l + 1] = slot_at(r, 0, l, WEIGHT)->out;
    for (size_t i = 0; i < r->tensors; i++) {
        const tensor *t = &r->tensor[i];
        if (t->dtype != (t->vector ? MODEL_STATE_DTYPE : dtype))
            return fail_tensor(r, t->name, "has another dtype than it should");
        if (t->out != r->widths[t->layer + 1] ||
            (t->part == WEIGHT && t->in != r->widths[t->layer]))
            return fail_tensor(r, t->name, "has a shape that does not fit the other tensors");
    }
    return BG_OK;
}

static bg_status make_net(reader *r, bg_net **net)
{
    r->activations = memory_zeroed(r->layers, sizeof *r->activations);
    if (!r->activations)
        return fail_memory(r->source.error, r->source.file);
    TRY(metadata_read_activations(&r->source, r->metadata, r->layers, r->activations));
    for (size_t l = 0; l + 1 < r->layers; l++)
        if (r->activations[l] == BG_SOFTMAX)
            return fail_model(r, "metadata key \"activations\": softmax before the last layer");
    bg_net_spec spec = {slot_at(r, 0, 0, WEIGHT)->dtype, r->layers, r->widths, r->activations};
    return bg_net_create(&spec, net, r->source.error);
}

static bg_status read_reals(const reader *r, const tensor *t, double *values)
{
    const unsigned char *from = r->data + t->begin;
    for (size_t i = 0; i < t->out * t->in; i++, from += dtype_size(t->dtype)) {
        values[i] = bytes_get_real(from, t->dtype);
        if (!isfinite(values[i]))
            return fail_tensor(r, t->name, "holds a value that is not finite");
    }
    return BG_OK;
}

/* One vector as bg_gradient orders it: weight and bias of layer after layer. */
static bg_status read_vector(const reader *r, size_t vector, double *values)
{
    for (size_t l = 0; l < r->layers; l++)
        for (int part = 0; part < PARTS; part++) {
            const tensor *t = slot_at(r, vector, l, part);
            TRY(read_reals(r, t, values));
            values += t->out * t->in;
        }
    return BG_OK;
}

static bg_status fill_model(const reader *r, bg_model *model)
{
    bg_net *net = model->net;
    double *values = memory_zeroed(bg_net_parameters(net), sizeof *values);
    if (!values)
        return fail_memory(r->source.error, r->source.file);
    bg_status status = read_vector(r, 0, values);
    if (status == BG_OK)
        net_import(net, net->values, values);
    for (size_t v = 1; v < r->vectors && status == BG_OK; v++) {
        status = read_vector(r, v, values);
        if (status == BG_OK)
            status = bg_model_set_state(model, v - 1, values, r->source.error);
    }
    memory_release(values);
    return status == BG_OK ? metadata_read_notes(&r->source, r->metadata, model) : status;
}

/* Net, schema and model; each is freed here when the next cannot be made. */
static bg_status make_model(reader *r, bg_model **model)
{
    bg_objective objective;
    TRY(metadata_read_objective(&r->source, r->metadata, &objective));
    bg_net *net = NULL;
    bg_schema *schema = NULL;
    bg_model *made = NULL;
    bg_status status = make_net(r, &net);
    if (status == BG_OK)
        status = metadata_read_schema(&r->source, r->metadata, r->widths[0], r->widths[r->layers],
                                      &schema);
    if (status == BG_OK)
        status = bg_model_create(net, schema, &objective, &made, r->source.error);
    if (status != BG_OK) {
        bg_schema_free(schema);
        bg_net_free(net);
        return status;
    }
    status = fill_model(r, made);
    if (status != BG_OK) {
        bg_model_free(made);
        return status;
    }
    *model = made;
    return BG_OK;
}

/* -------------------------------------------------------------------------------- load --- */

static bg_status read_model(reader *r, const input *in, bg_model **model)
{
    TRY(read_header(r, (const unsigned char *)in->bytes, in->size));
    TRY(parse_tensors(r));
    TRY(check_places(r));
    TRY(fill_slots(r));
    TRY(check_shapes(r));
    return make_model(r, model);
}

bg_status bg_model_load(const char *path, bg_model **model, bg_error *error)
{
    input in;
    bg_status status = input_read(path, &in, error);
    if (status == BG_E_DATA) { /* empty, or broken gzip: here that is a bad model */
        if (error)
            error->status = BG_E_MODEL;
        return BG_E_MODEL;
    }
    TRY(status);
    reader r = {.source = {in.name, error}};
    status = read_model(&r, &in, model);
    json_decref(r.root);
    memory_release(r.tensor);
    memory_release(r.slot);
    memory_release(r.widths);
    memory_release(r.activations);
    input_release(&in);
    return status;
}
