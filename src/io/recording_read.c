/* The file of a recorded run, see docs/trace-format.md. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "io/npy.h"
#include "io/recording_file.h"
#include "io/zip.h"
#include "net/recording.h"

enum { NAME_ROOM = 64, SUFFIX = sizeof ".npy" - 1 };

typedef struct reader {
    zip archive;
    bool *seen;   /* of its members, owned */
    size_t rates; /* learning rates given */
    bg_recording *r;
    bg_error *error;
} reader;

/* An array out of the archive. */
typedef struct member {
    char *name; /* "FILE: KEY", owned */
    input in;
    npy_array array;
} member;

static void member_close(member *m)
{
    input_release(&m->in);
    memory_release(m->name);
}

static bg_status member_unpack(reader *read, const zip_member *packed, const char *key, member *m)
{
    const char *source = read->r->source;
    size_t room = strlen(source) + strlen(key) + 3;
    m->name = memory_zeroed(room, 1);
    if (!m->name)
        return fail_memory(read->error, source);
    snprintf(m->name, room, "%s: %s", source, key);
    TRY(zip_unpack(packed, m->name, &m->in, read->error));
    return npy_open(&m->in, &m->array, read->error);
}

/* *m goes with member_close.  `needed` false: no error when it is not there, *found says so. */
static bg_status member_open(reader *read, const char *key, bool *found, member *m)
{
    char name[NAME_ROOM];
    snprintf(name, sizeof name, "%s.npy", key);
    const zip_member *packed = zip_find(&read->archive, name);
    *m = (member){0};
    *found = packed != NULL;
    if (!packed)
        return BG_OK;
    read->seen[packed - read->archive.member] = true;
    bg_status status = member_unpack(read, packed, key, m);
    if (status != BG_OK)
        member_close(m);
    return status;
}

static bg_status member_need(reader *read, const char *key, member *m)
{
    bool found;
    TRY(member_open(read, key, &found, m));
    return found ? BG_OK
                 : fail_at(read->error, BG_E_DATA, read->r->source, 0, 0,
                           "the recording has no array \"%s\"", key);
}

/* Copies all values of m into to[0], to[1], ... in pieces of `piece`, `stride` apart. */
static bg_status copy_values(reader *read, const member *m, size_t piece, size_t stride, double *to)
{
    const npy_array *a = &m->array;
    for (size_t i = 0; i < a->elements / piece; i++) {
        double *values = to + i * stride;
        npy_values(a, i * piece, piece, values);
        for (size_t j = 0; j < piece; j++)
            if (!isfinite(values[j]))
                return fail_at(read->error, BG_E_DATA, m->name, 0, 0,
                               "number %zu is not finite: the run had diverged by then, or never "
                               "began",
                               i * piece + j + 1);
    }
    return BG_OK;
}

/* "(3, 4)" */
static void describe_shape(size_t axes, const size_t *axis, char text[128])
{
    size_t used = (size_t)snprintf(text, 128, "(");
    for (size_t i = 0; i < axes && used < 100; i++)
        used += (size_t)snprintf(text + used, 128 - used, "%s%zu", i ? ", " : "", axis[i]);
    snprintf(text + used, 128 - used, ")");
}

/* The array has these axes; one more axis of 1 at the end is no difference. */
static bg_status expect_shape(reader *read, const member *m, size_t axes, const size_t *axis)
{
    const npy_array *a = &m->array;
    size_t shared = a->axes < axes ? a->axes : axes;
    bool fits = a->axes <= axes && memcmp(a->axis, axis, shared * sizeof *axis) == 0;
    for (size_t i = shared; i < axes; i++)
        fits &= axis[i] == 1;
    if (fits)
        return BG_OK;
    char wanted[128], found[128];
    describe_shape(axes, axis, wanted);
    describe_shape(a->axes, a->axis, found);
    return fail_at(read->error, BG_E_DATA, m->name, 0, 0, "expected the shape %s, found %s", wanted,
                   found);
}

/* ---------------------------------------------------------------------------- parts --- */

static bg_status read_settings(reader *read)
{
    member m;
    TRY(member_need(read, "settings", &m));
    const npy_array *a = &m.array;
    bg_status status = BG_OK;
    if (a->axes != 1 || a->type->kind != 'u' || a->type->size != 1)
        status = fail_at(read->error, BG_E_DATA, m.name, 0, 0,
                         "expected the bytes of a JSON text, as uint8");
    else
        status = settings_read(m.name, (const char *)a->bytes, a->elements, read->r, &read->rates,
                               read->error);
    member_close(&m);
    return status;
}

/* Every weight and gradient is of one floating-point type, that of the first. */
static bg_status check_type(reader *read, const member *m, bool first)
{
    const element_type *type = m->array.type;
    if (type->kind != 'f' || type->size < sizeof(float))
        return fail_at(read->error, BG_E_DATA, m->name, 0, 0, "expected float32 or float64");
    if (first)
        read->r->dtype = type->dtype;
    return type->dtype == read->r->dtype ? BG_OK
                                         : fail_at(read->error, BG_E_DATA, m->name, 0, 0,
                                                   "is %s, the first layer's weights %s",
                                                   bg_name(BG_KIND_DTYPE, (int)type->dtype),
                                                   bg_name(BG_KIND_DTYPE, (int)read->r->dtype));
}

static bg_status read_shape_of(reader *read, size_t l, const member *m)
{
    bg_recording *r = read->r;
    const npy_array *a = &m->array;
    TRY(check_type(read, m, l == 0));
    if (a->axes != 3)
        return fail_at(read->error, BG_E_DATA, m->name, 0, 0,
                       "expected three axes: steps + 1, outputs, inputs");
    if (l == 0) {
        r->steps = a->axis[0] - 1;
        r->widths[0] = a->axis[2];
    }
    r->widths[l + 1] = a->axis[1];
    size_t weights;
    if (r->steps == 0 || a->axis[1] > BG_MAX_WIDTH || a->axis[2] > BG_MAX_WIDTH ||
        !size_product(a->axis[1], a->axis[2] + 1, &weights) ||
        weights > SIZE_MAX / 4 - r->parameters)
        return fail_at(read->error, BG_E_DATA, m->name, 0, 0,
                       "expected at least one step of a "
                       "network that memory can hold");
    r->parameters += weights;
    return expect_shape(read, m, 3, (size_t[]){r->steps + 1, r->widths[l + 1], r->widths[l]});
}

static void name_layer(char key[NAME_ROOM], size_t l, const char *what)
{
    snprintf(key, NAME_ROOM, "layers.%zu.%s", l, what);
}

static bg_status read_shapes(reader *read)
{
    bg_recording *r = read->r;
    r->widths = memory_zeroed(r->layers + 1, sizeof *r->widths);
    if (!r->widths)
        return fail_memory(read->error, r->source);
    for (size_t l = 0; l < r->layers; l++) {
        char key[NAME_ROOM];
        member m;
        name_layer(key, l, "weight");
        TRY(member_need(read, key, &m));
        bg_status status = read_shape_of(read, l, &m);
        member_close(&m);
        TRY(status);
    }
    return BG_OK;
}

/* One array of a layer for all steps: pieces of `width` (x inputs) numbers into flat vectors. */
static bg_status read_part(reader *read, size_t l, const char *what, bool weights, size_t vectors,
                           double *to)
{
    const bg_recording *r = read->r;
    char key[NAME_ROOM];
    member m;
    name_layer(key, l, what);
    TRY(member_need(read, key, &m));
    size_t in = r->widths[l], out = r->widths[l + 1];
    bg_status status = check_type(read, &m, false);
    if (status == BG_OK)
        status = expect_shape(read, &m, weights ? 3 : 2, (size_t[]){vectors, out, in});
    if (status == BG_OK)
        status = copy_values(read, &m, weights ? in * out : out, r->parameters, to);
    member_close(&m);
    return status;
}

static bg_status read_parameters(reader *read)
{
    bg_recording *r = read->r;
    r->values = memory_zeroed(r->steps + 1, r->parameters * sizeof *r->values);
    r->gradients = memory_zeroed(r->steps, r->parameters * sizeof *r->gradients);
    if (!r->values || !r->gradients)
        return fail_memory(read->error, r->source);
    size_t at = 0;
    for (size_t l = 0; l < r->layers; l++) {
        size_t bias = at + r->widths[l] * r->widths[l + 1];
        TRY(read_part(read, l, "weight", true, r->steps + 1, r->values + at));
        TRY(read_part(read, l, "bias", false, r->steps + 1, r->values + bias));
        TRY(read_part(read, l, "weight.grad", true, r->steps, r->gradients + at));
        TRY(read_part(read, l, "bias.grad", false, r->steps, r->gradients + bias));
        at = bias + r->widths[l + 1];
    }
    return BG_OK;
}

/* An array of `axes` axes into a new block. */
static bg_status read_array(reader *read, const char *key, size_t axes, const size_t *axis,
                            double **values)
{
    member m;
    TRY(member_need(read, key, &m));
    bg_status status = expect_shape(read, &m, axes, axis);
    if (status == BG_OK && !(*values = memory_zeroed(m.array.elements, sizeof **values)))
        status = fail_memory(read->error, m.name);
    if (status == BG_OK)
        status = copy_values(read, &m, m.array.elements, 0, *values);
    member_close(&m);
    return status;
}

/* ----------------------------------------------------------------------------- rows --- */

/* The whole numbers of an array of one axis, each in least..most; its own block. */
static bg_status read_counts(reader *read, member *m, size_t least, size_t most, size_t **counts)
{
    const npy_array *a = &m->array;
    size_t *made = memory_zeroed(a->elements, sizeof *made);
    if (!made)
        return fail_memory(read->error, m->name);
    *counts = made;
    if (a->axes != 1)
        return fail_at(read->error, BG_E_DATA, m->name, 0, 0, "expected an array of one axis");
    for (size_t i = 0; i < a->elements; i++) {
        double value;
        npy_values(a, i, 1, &value);
        if (!(value >= (double)least && value <= (double)most) || value != floor(value))
            return fail_at(read->error, BG_E_DATA, m->name, 0, 0,
                           "number %zu: expected a whole number from %zu to %zu", i + 1, least,
                           most);
        made[i] = (size_t)value;
    }
    return BG_OK;
}

/* Row counts of the steps into first places. */
static bg_status read_batches(reader *read)
{
    bg_recording *r = read->r;
    member m;
    size_t *counts = NULL, total = 0;
    TRY(member_need(read, "batch", &m));
    bg_status status = expect_shape(read, &m, 1, &r->steps);
    if (status == BG_OK)
        status = read_counts(read, &m, 1, UINT32_MAX, &counts);
    if (status == BG_OK && !(r->first = memory_zeroed(r->steps + 1, sizeof *r->first)))
        status = fail_memory(read->error, m.name);
    for (size_t s = 0; status == BG_OK && s < r->steps; s++) {
        total += counts[s];
        r->first[s + 1] = total;
        if (counts[s] > r->most_rows)
            r->most_rows = counts[s];
    }
    memory_release(counts);
    member_close(&m);
    return status;
}

static bg_status read_index(reader *read, bool *found)
{
    bg_recording *r = read->r;
    member m;
    TRY(member_open(read, "rows", found, &m));
    if (!*found)
        return BG_OK;
    bg_status status = expect_shape(read, &m, 1, &r->first[r->steps]);
    if (status == BG_OK)
        status = read_counts(read, &m, 0, r->data_rows - 1, &r->index);
    member_close(&m);
    return status;
}

static bg_status read_rows(reader *read)
{
    bg_recording *r = read->r;
    member m;
    bool found;
    TRY(read_batches(read));
    TRY(member_need(read, "inputs", &m));
    r->data_rows = m.array.axes ? m.array.axis[0] : 1;
    member_close(&m);
    TRY(read_index(read, &found));
    if (!found && r->first[r->steps] != r->data_rows)
        return fail_at(read->error, BG_E_DATA, r->source, 0, 0,
                       "the steps take %zu rows, \"inputs\" has %zu and there is no \"rows\"",
                       r->first[r->steps], r->data_rows);
    TRY(read_array(read, "inputs", 2, (size_t[]){r->data_rows, r->widths[0]}, &r->inputs));
    return read_array(read, "targets", 2, (size_t[]){r->data_rows, r->widths[r->layers]},
                      &r->targets);
}

/* One rate for all steps, or one for each. */
static bg_status spread_rates(reader *read)
{
    size_t given = read->rates;
    bg_recording *r = read->r;
    if (given != 1 && given != r->steps)
        return fail_at(read->error, BG_E_DATA, r->source, 0, 0,
                       "settings have %zu learning rates for %zu steps", given, r->steps);
    double *lr = memory_zeroed(r->steps, sizeof *lr);
    if (!lr)
        return fail_memory(read->error, r->source);
    for (size_t s = 0; s < r->steps; s++)
        lr[s] = r->lr[given == 1 ? 0 : s];
    memory_release(r->lr);
    r->lr = lr;
    r->options.lr = lr[0];
    return BG_OK;
}

static bg_status read_all(reader *read)
{
    bg_recording *r = read->r;
    TRY(read_settings(read));
    TRY(read_shapes(read));
    TRY(spread_rates(read));
    TRY(read_parameters(read));
    TRY(read_array(read, "loss", 1, &r->steps, &r->loss));
    TRY(read_rows(read));
    for (size_t i = 0; i < read->archive.members; i++)
        if (!read->seen[i])
            return fail_at(read->error, BG_E_DATA, r->source, 0, 0,
                           "\"%.80s\" is no part of a recording", read->archive.member[i].name);
    return BG_OK;
}

static bg_status read_archive(const input *in, const char *path, reader *read)
{
    if (!zip_recognise(in))
        return fail_at(read->error, BG_E_DATA, in->name, 0, 0,
                       "not a recording: it is no NPZ file, which is a zip archive");
    TRY(zip_open(in, &read->archive, read->error));
    read->seen = memory_zeroed(read->archive.members, sizeof *read->seen);
    read->r = memory_zeroed(1, sizeof *read->r);
    if (!read->seen || !read->r || !(read->r->source = memory_copy_text(path)))
        return fail_memory(read->error, path);
    return read_all(read);
}

bg_status bg_recording_read(const char *path, bg_recording **recording, bg_error *error)
{
    input in;
    reader read = {.error = error};
    TRY(input_read(path, &in, error));
    bg_status status = read_archive(&in, in.name, &read);
    zip_close(&read.archive);
    memory_release(read.seen);
    input_release(&in);
    if (status != BG_OK) {
        bg_recording_free(read.r);
        return status;
    }
    *recording = read.r;
    return BG_OK;
}
