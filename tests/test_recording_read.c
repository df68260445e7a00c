/* Files of recorded runs: what is read, and what is refused with which sentence. */
#include "io_files.h"

#include <zlib.h>

#include "net/recording.h"

/* A small NPZ under construction: members stored, fields as PKWARE has them. */
typedef struct npz {
    unsigned char bytes[16384], directory[8192];
    size_t size, directory_size, members;
} npz;

static void put(unsigned char *bytes, size_t *at, size_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[(*at)++] = (unsigned char)(i < 8 ? value >> (8 * i) : 0);
}

static void add_member(npz *z, const char *name, const unsigned char *bytes, size_t size)
{
    size_t offset = z->size, length = strlen(name), crc = crc32(0, bytes, (uInt)size);
    ck_assert_uint_le(z->size + size + 2 * length + 200, sizeof z->bytes);
    put(z->bytes, &z->size, 0x04034b50, 4);
    put(z->bytes, &z->size, 0, 22);
    put(z->bytes, &z->size, length, 4);
    memcpy(z->bytes + z->size, name, length);
    memcpy(z->bytes + z->size + length, bytes, size);
    z->size += length + size;
    unsigned char *d = z->directory;
    put(d, &z->directory_size, 0x02014b50, 4);
    put(d, &z->directory_size, 0, 12);
    put(d, &z->directory_size, crc, 4);
    put(d, &z->directory_size, size, 4);
    put(d, &z->directory_size, size, 4);
    put(d, &z->directory_size, length, 2);
    put(d, &z->directory_size, 0, 12);
    put(d, &z->directory_size, offset, 4);
    memcpy(d + z->directory_size, name, length);
    z->directory_size += length;
    z->members++;
}

static void finish(npz *z)
{
    size_t directory = z->size;
    memcpy(z->bytes + z->size, z->directory, z->directory_size);
    z->size += z->directory_size;
    put(z->bytes, &z->size, 0x06054b50, 4);
    put(z->bytes, &z->size, 0, 4);
    put(z->bytes, &z->size, z->members, 2);
    put(z->bytes, &z->size, z->members, 2);
    put(z->bytes, &z->size, z->directory_size, 4);
    put(z->bytes, &z->size, directory, 4);
    put(z->bytes, &z->size, 0, 2);
}

/* One array: what stands behind its key.  shape as Python writes it; numbers count up from `start`
 * in steps of 1/4, `type` f8 or f4; text instead of numbers: its bytes as u1. */
typedef struct part {
    const char *key, *type, *shape;
    size_t count;
    double start;
    const char *text;
} part;

static void add_part(npz *z, const part *p)
{
    unsigned char bytes[4096];
    char header[160], name[64];
    snprintf(header, sizeof header, "{'descr': '<%s', 'fortran_order': False, 'shape': %s}",
             p->type, p->shape);
    size_t at = 0, length = strlen(header);
    memcpy(bytes, "\x93NUMPY\1\0", 8);
    at = 8;
    put(bytes, &at, length, 2);
    memcpy(bytes + at, header, length);
    at += length;
    for (size_t i = 0; i < p->count; i++) {
        double value = p->start + (double)i / 4;
        float narrow = (float)value;
        bool wide = strcmp(p->type, "f8") == 0;
        memcpy(bytes + at, wide ? (void *)&value : (void *)&narrow, wide ? 8 : 4);
        if (p->text)
            bytes[at] = (unsigned char)p->text[i];
        at += p->text ? 1 : wide ? 8 : 4;
    }
    snprintf(name, sizeof name, "%s.npy", p->key);
    add_member(z, name, bytes, at);
}

#define SETTINGS                                                                                   \
    "{\"activations\": [\"tanh\"], \"loss\": \"sse\", \"reduction\": \"sum\", "                    \
    "\"optimizer\": \"adam\", \"lr\": [0.5, 0.25], \"beta1\": 0.8, \"l2\": 1, \"recorder\": "      \
    "\"us\"}"

enum { PARTS = 10 };
/* Two steps of 1 and 2 rows of a 3-2 network. */
static const part good[PARTS] = {
    {"settings", "u1", "(%zu,)", 0, 0, SETTINGS},
    {"layers.0.weight", "f8", "(3, 2, 3)", 18, 1, NULL},
    {"layers.0.bias", "f8", "(3, 2)", 6, 10, NULL},
    {"layers.0.weight.grad", "f8", "(2, 2, 3)", 12, 20, NULL},
    {"layers.0.bias.grad", "f8", "(2, 2)", 4, 30, NULL},
    {"loss", "f8", "(2,)", 2, 40, NULL},
    {"batch", "f4", "(2,)", 2, 1, NULL},
    {"inputs", "f8", "(3, 3)", 9, 50, NULL},
    {"targets", "f4", "(3, 2)", 6, 60, NULL},
    {"", NULL, NULL, 0, 0, NULL},
};

/* A file of these parts, those without a type left out.  batch counts 1, 2 when its start is 1. */
static const char *write_parts(const part *parts)
{
    static npz z;
    z = (npz){.size = 0};
    for (size_t i = 0; i < PARTS; i++) {
        part p = parts[i];
        char shape[32];
        if (!p.type)
            continue;
        if (p.text) {
            p.count = strlen(p.text);
            snprintf(shape, sizeof shape, "(%zu,)", p.count);
            p.shape = shape;
        }
        add_part(&z, &p);
    }
    finish(&z);
    return files_write("trace.npz", z.bytes, z.size);
}

static const part ones = {"batch", "u1", NULL, 0, 0, "\1\2"};

static void set_good(part parts[PARTS])
{
    memcpy(parts, good, sizeof good);
    parts[6] = ones;
}

START_TEST(every_number_finds_its_place)
{
    part parts[PARTS];
    bg_recording *r;
    bg_error error;
    set_good(parts);
    ck_assert_msg(bg_recording_read(write_parts(parts), &r, &error) == BG_OK, "%s", error.text);
    ck_assert(bg_recording_steps(r) == 2 && r->layers == 1 && r->dtype == BG_F64);
    ck_assert(r->widths[0] == 3 && r->widths[1] == 2 && r->parameters == 8);
    ck_assert(r->activations[0] == BG_TANH && r->options.optimizer == BG_ADAM);
    ck_assert(r->options.objective.loss == BG_SSE && r->options.objective.reduction == BG_SUM);
    ck_assert(r->options.objective.l2 == 1 && r->options.beta1 == 0.8 && r->options.beta2 == 0.999);
    ck_assert(r->lr[0] == 0.5 && r->lr[1] == 0.25 && r->loss[1] == 40.25);
    ck_assert_str_eq(r->maker, "us");
    /* Step 2: weights 6..11 of the array, biases 2 and 3. */
    ck_assert(r->values[8] == 1 + 6 / 4.0 && r->values[8 + 5] == 1 + 11 / 4.0);
    ck_assert(r->values[8 + 6] == 10.5 && r->values[8 + 7] == 10.75);
    ck_assert(r->gradients[8] == 20 + 6 / 4.0 && r->gradients[15] == 30.75);
    bg_data *data;
    double x[3], t[2];
    ck_assert_int_eq(recording_batch(r, 1, &data, NULL), BG_OK);
    ck_assert_uint_eq(bg_data_rows(data), 2);
    bg_data_row(data, 1, x, t);
    ck_assert(x[0] == 51.5 && x[2] == 52 && t[0] == 61 && t[1] == 61.25);
    bg_data_free(data);
    bg_recording_free(r);
}
END_TEST

START_TEST(rows_can_be_named)
{
    part parts[PARTS];
    bg_recording *r;
    set_good(parts);
    parts[9] = (part){"rows", "u1", NULL, 0, 0, "\2\1\2"};
    ck_assert_int_eq(bg_recording_read(write_parts(parts), &r, NULL), BG_OK);
    bg_data *data;
    double x[3], t[2];
    ck_assert_int_eq(recording_batch(r, 0, &data, NULL), BG_OK);
    bg_data_row(data, 0, x, t);
    ck_assert(bg_data_rows(data) == 1 && x[0] == 51.5 && t[0] == 61);
    bg_data_free(data);
    bg_recording_free(r);
}
END_TEST

START_TEST(what_does_not_fit_is_named)
{
    static const struct {
        size_t at;
        part instead;
        const char *sentence; /* behind the file's name */
    } wrong[] = {
        {0, {.type = NULL}, "the recording has no array \"settings\""},
        {0,
         {"settings", "f8", "(2,)", 2, 1, NULL},
         "settings: expected the bytes of a JSON text, as uint8"},
        {1,
         {"layers.0.weight", "f8", "(3, 6)", 18, 1, NULL},
         "layers.0.weight: expected three axes: steps + 1, outputs, inputs"},
        {1,
         {"layers.0.weight", "f8", "(1, 6, 3)", 18, 1, NULL},
         "layers.0.weight: expected at least one step of a network that memory can hold"},
        {2,
         {"layers.0.bias", "f8", "(2, 2)", 4, 1, NULL},
         "layers.0.bias: expected the shape (3, 2), found (2, 2)"},
        {2,
         {"layers.0.bias", "f4", "(3, 2)", 6, 1, NULL},
         "layers.0.bias: is f32, the first layer's weights f64"},
        {3, {.type = NULL}, "the recording has no array \"layers.0.weight.grad\""},
        {5,
         {"loss", "f8", "(2,)", 2, (double)NAN, NULL},
         "loss: number 1 is not finite: the run had diverged by then, or never began"},
        {6,
         {"batch", "u1", NULL, 0, 0, "\1\1"},
         "the steps take 2 rows, \"inputs\" has 3 and there is no \"rows\""},
        {6,
         {"batch", "f8", "(2,)", 2, 1, NULL},
         "batch: number 2: expected a whole number from 1 to 4294967295"},
        {7,
         {"inputs", "f8", "(3, 2)", 6, 1, NULL},
         "inputs: expected the shape (3, 3), found (3, 2)"},
        {9,
         {"rows", "u1", NULL, 0, 0, "\1\2\3"},
         "rows: number 3: expected a whole number from 0 to 2"},
        {9, {"more", "f8", "(1,)", 1, 1, NULL}, "\"more.npy\" is no part of a recording"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        part parts[PARTS];
        bg_recording *r = NULL;
        bg_error error;
        char want[256];
        set_good(parts);
        parts[wrong[i].at] = wrong[i].instead;
        const char *path = write_parts(parts);
        ck_assert_int_eq(bg_recording_read(path, &r, &error), BG_E_DATA);
        snprintf(want, sizeof want, "%s: %s", path, wrong[i].sentence);
        ck_assert_str_eq(error.text, want);
        ck_assert_ptr_null(r);
    }
}
END_TEST

START_TEST(wrong_settings_are_named)
{
#define REST "\"loss\": \"sse\", \"reduction\": \"sum\", \"optimizer\": \"adam\""
    static const struct {
        const char *json, *words;
    } wrong[] = {
        {"[1]", "expected a JSON object"},
        {"{", "expected a JSON object"},
        {"{" REST ", \"lr\": 1}", "\"activations\" is missing"},
        {"{\"activations\": [\"tanh\"], " REST "}", "\"lr\" is missing"},
        {"{\"activations\": [], " REST ", \"lr\": 1}", "a list of 1 to 1000 words"},
        {"{\"activations\": [\"tan\"], " REST ", \"lr\": 1}", "layer 1: expected a word"},
        {"{\"activations\": [\"tanh\"], " REST ", \"lr\": \"1\"}", "a number from 0 to 1e30"},
        {"{\"activations\": [\"tanh\"], " REST ", \"lr\": []}", "at least one number"},
        {"{\"activations\": [\"tanh\"], " REST ", \"lr\": [1, 2, 3]}",
         "3 learning rates for 2 steps"},
        {"{\"activations\": [\"tanh\"], " REST ", \"lr\": 1, \"l2\": true}",
         "\"l2\": expected a number"},
        {"{\"activations\": [\"tanh\"], " REST ", \"lr\": 1, \"rate\": 1}", "unknown key \"rate\""},
        {"{\"activations\": [\"tanh\"], " REST ", \"lr\": 1, \"lr\": 1}", "duplicate"},
        {"{\"activations\": [\"tanh\"], \"loss\": 3, " REST ", \"lr\": 1}", "duplicate"},
        {"{\"activations\": [\"tanh\"], \"loss\": 3, \"lr\": 1}", "\"loss\": expected one of"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        part parts[PARTS];
        bg_recording *r = NULL;
        bg_error error;
        set_good(parts);
        parts[0].text = wrong[i].json;
        ck_assert_int_eq(bg_recording_read(write_parts(parts), &r, &error), BG_E_DATA);
        ck_assert_msg(strstr(error.text, wrong[i].words) != NULL, "%s", error.text);
    }
}
END_TEST

/* Cut anywhere, or with bytes changed: a sentence, or a recording that is sound. */
START_TEST(hostile_files_do_no_harm)
{
    input in;
    rng r = rng_seeded(1, 1);
    ck_assert_int_eq(input_read("tests/data/compare/rate.npz", &in, NULL), BG_OK);
    for (size_t i = 0; i < 1200; i++) {
        input copy = input_copy("x", in.bytes, in.size);
        size_t size = i % 3 ? in.size : (size_t)rng_below(&r, in.size);
        for (uint64_t changes = i % 3 ? 1 + rng_below(&r, 3) : 0; changes; changes--)
            copy.block[rng_below(&r, in.size)] = (char)rng_below(&r, 256);
        bg_recording *recording = NULL;
        bg_error error;
        bg_status status =
            bg_recording_read(files_write("x.npz", copy.block, size), &recording, &error);
        ck_assert(status == BG_OK || (status == BG_E_DATA && strlen(error.text) > 8));
        bg_recording_free(recording);
        free(copy.block);
    }
    input_release(&in);
}
END_TEST

START_TEST(short_memory_is_reported_at_every_allocation)
{
    bg_status status = BG_E_MEMORY;
    size_t n = 0;
    while (status != BG_OK) {
        bg_recording *r = NULL;
        memory_fail_after(++n);
        status = bg_recording_read("tests/data/compare/rate.npz", &r, NULL);
        memory_fail_after(0);
        ck_assert(status == BG_OK || status == BG_E_MEMORY);
        bg_recording_free(r);
    }
    ck_assert_uint_gt(n, 20);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {every_number_finds_its_place,
                                  rows_can_be_named,
                                  what_does_not_fit_is_named,
                                  wrong_settings_are_named,
                                  hostile_files_do_no_harm,
                                  short_memory_is_reported_at_every_allocation,
                                  NULL};
    return run_suite("recording_read", tests);
}
