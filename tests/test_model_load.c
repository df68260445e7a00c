#include <jansson.h>

#include "base/bytes.h"
#include "samples.h"

static char *folder;
static unsigned char *good; /* a saved model; owned by the test */
static size_t good_size;

static void setup(bg_dtype dtype, size_t vectors)
{
    folder = sample_folder();
    bg_model *model = sample_model(dtype, vectors);
    OK(bg_model_save(model, sample_path(folder, "m"), &problem));
    bg_model_free(model);
    good = sample_bytes(sample_path(folder, "m"), &good_size);
}

static void teardown(void)
{
    free(good);
    sample_folder_remove(folder);
}

static bg_status load(const void *bytes, size_t size, bg_model **model)
{
    const char *path = sample_path(folder, "bad");
    sample_write(path, bytes, size);
    *model = NULL;
    memset(&problem, 0, sizeof problem);
    return bg_model_load(path, model, &problem);
}

static void refuse_bytes(const void *bytes, size_t size, const char *words)
{
    bg_model *model;
    bg_status status = load(bytes, size, &model);
    ck_assert_msg(status == BG_E_MODEL && problem.status == BG_E_MODEL, "%d: %s", (int)status,
                  problem.text);
    ck_assert_ptr_null(model);
    ck_assert_ptr_eq(strstr(problem.text, folder), problem.text);
    ck_assert_msg(strstr(problem.text, words), "\"%s\" lacks \"%s\"", problem.text, words);
}

/* The good model's header, and a file made of a changed one and the good data. */
static json_t *good_header(void)
{
    return json_loadb((const char *)good + 8, (size_t)bytes_get(good, 8), 0, NULL);
}

static unsigned char *with_header(const char *header, size_t *size)
{
    size_t old = (size_t)bytes_get(good, 8), fresh = strlen(header);
    unsigned char *bytes = malloc(good_size + fresh);
    bytes_put(bytes, 8, fresh);
    memcpy(bytes + 8, header, fresh);
    memcpy(bytes + 8 + fresh, good + 8 + old, good_size - 8 - old);
    *size = 8 + fresh + good_size - 8 - old;
    return bytes;
}

/* Takes the header. */
static void refuse_header(json_t *header, const char *words)
{
    size_t size;
    char *text = json_dumps(header, JSON_COMPACT);
    unsigned char *bytes = with_header(text, &size);
    refuse_bytes(bytes, size, words);
    free(bytes);
    free(text);
    json_decref(header);
}

START_TEST(a_model_comes_back)
{
    for (int d = 0; d < 2; d++) {
        setup((bg_dtype)d, 2);
        bg_model *model = sample_model((bg_dtype)d, 2), *loaded = NULL;
        OK(bg_model_load(sample_path(folder, "m"), &loaded, &problem));
        char before[65], after[65];
        bg_net_sha256(model->net, before);
        bg_net_sha256(loaded->net, after);
        ck_assert_str_eq(before, after);
        ck_assert_int_eq(bg_net_dtype(loaded->net), d);
        ck_assert_int_eq(bg_net_activation(loaded->net, 1), BG_TANH);
        ck_assert_int_eq(loaded->objective.loss, BG_SOFTMAX_CE);
        ck_assert(loaded->objective.l2 == 0.001 && loaded->objective.l1 == 0.5);
        for (size_t i = 0; i < 2; i++) {
            ck_assert_str_eq(loaded->schema->input_name[i], model->schema->input_name[i]);
            ck_assert_str_eq(loaded->schema->class_name[i], model->schema->class_name[i]);
            ck_assert(loaded->schema->offset[i] == model->schema->offset[i]);
            ck_assert(loaded->schema->scale[i] == model->schema->scale[i]);
        }
        ck_assert_str_eq(bg_model_get_note(loaded, "command"), bg_model_get_note(model, "command"));
        ck_assert_uint_eq(bg_model_state_vectors(loaded), 2);
        ck_assert_mem_eq(loaded->state[1], model->state[1], 17 * sizeof(double));
        bg_model_free(model);
        bg_model_free(loaded);
        teardown();
    }
}
END_TEST

START_TEST(a_model_without_a_schema)
{
    folder = sample_folder();
    static const size_t widths[] = {2, 1};
    static const bg_activation identity[] = {BG_IDENTITY};
    bg_objective objective = {.loss = BG_MSE, .reduction = BG_SUM};
    bg_model *model, *loaded;
    bg_net *net = sample_net(BG_F64, widths, 1, identity);
    OK(bg_model_create(net, NULL, &objective, &model, &problem));
    OK(bg_model_save(model, sample_path(folder, "m"), &problem));
    OK(bg_model_load(sample_path(folder, "m"), &loaded, &problem));
    ck_assert_ptr_null(bg_model_schema(loaded));
    ck_assert_int_eq(loaded->objective.reduction, BG_SUM);
    ck_assert_ptr_null(bg_model_note_name(loaded, 0));
    bg_model_free(model);
    bg_model_free(loaded);
    sample_folder_remove(folder);
}
END_TEST

START_TEST(a_file_cut_anywhere_is_refused)
{
    setup(BG_F32, 1);
    for (size_t size = 0; size < good_size; size++)
        refuse_bytes(good, size, "");
    unsigned char *longer = calloc(good_size + 9, 1);
    memcpy(longer, good, good_size);
    for (size_t size = good_size + 1; size < good_size + 9; size++)
        refuse_bytes(longer, size, "bytes follow the last tensor");
    free(longer);
    teardown();
}
END_TEST

/* Refused, or a model that is as good as any: it can be saved and computes. */
static void check_flip(size_t byte, int bit)
{
    bg_model *model;
    good[byte] ^= (unsigned char)(1 << bit);
    bg_status status = load(good, good_size, &model);
    if (status == BG_OK) {
        OK(bg_model_save(model, "/dev/null", &problem));
        ck_assert_uint_eq(bg_net_parameters(model->net), 17);
        for (size_t i = 0; i < 2; i++) {
            double scale;
            bg_schema_scale(model->schema, i, NULL, &scale);
            ck_assert(scale > 0);
        }
    } else {
        ck_assert_msg(status == BG_E_MODEL, "byte %zu bit %d: %s", byte, bit, problem.text);
        ck_assert_ptr_null(model);
    }
    bg_model_free(model);
    good[byte] ^= (unsigned char)(1 << bit);
}

START_TEST(any_flipped_bit_is_refused_or_harmless)
{
    setup(BG_F32, 1);
    for (size_t byte = 0; byte < good_size; byte++)
        for (int bit = 0; bit < 8; bit++)
            check_flip(byte, bit);
    teardown();
}
END_TEST

/* No flip in a shape, a dtype or an offset goes unseen: everything must agree with everything. */
START_TEST(a_flipped_bit_in_a_shape_is_refused)
{
    setup(BG_F64, 0);
    const char *text = (const char *)good + 8;
    size_t from = (size_t)(strstr(text, "\"layers.0.weight\"") - (const char *)good);
    size_t end = 8 + (size_t)bytes_get(good, 8);
    while (good[end - 1] == ' ')
        end--;
    for (size_t byte = from; byte < end; byte++)
        for (int bit = 0; bit < 8; bit++) {
            good[byte] ^= (unsigned char)(1 << bit);
            refuse_bytes(good, good_size, "");
            good[byte] ^= (unsigned char)(1 << bit);
        }
    teardown();
}
END_TEST

START_TEST(bad_headers)
{
    static const struct {
        const char *header, *words;
    } bad[] = {
        {"", "no JSON object"},
        {"{", "no JSON object"},
        {"[]", "no JSON object"},
        {" {}", "no JSON object"},
        {"{} x", "no JSON object"},
        {"{\"a\":1,\"a\":1}", "duplicate"},
        {"{}", "has no metadata"},
        {"{\"__metadata__\":[]}", "has no metadata"},
        {"{\"__metadata__\":{}}", "\"format\" is missing"},
        {"{\"__metadata__\":{\"format\":\"pt\"}}", "expected \"backgemm\", found \"pt\""},
        {"{\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]}}",
         "none that backgemm wrote"},
        {"{\"__metadata__\":{\"format\":\"backgemm\",\"format_version\":\"1\"}}", "no tensors"},
        {"{\"__metadata__\":{\"format\":\"backgemm\",\"format_version\":\"2\"}}", "\"2\""},
    };
    setup(BG_F32, 0);
    for (size_t i = 0; i < COUNT(bad); i++) {
        size_t size;
        unsigned char *bytes = with_header(bad[i].header, &size);
        refuse_bytes(bytes, size, bad[i].words);
        free(bytes);
    }
    unsigned char *deep = calloc(1 << 19, 1); /* brackets all the way down */
    memset(deep + 8, '[', (1 << 19) - 8);
    deep[8] = '{';
    bytes_put(deep, 8, (1 << 19) - 8);
    refuse_bytes(deep, 1 << 19, "no JSON object");
    bytes_put(deep, 8, UINT64_MAX);
    refuse_bytes(deep, 1 << 19, "a header of 18446744073709551615 bytes in a file of 524288");
    free(deep);
    refuse_bytes("", 0, "");
    teardown();
}
END_TEST

START_TEST(bad_tensors)
{
    static const struct {
        const char *name, *info, *words;
    } bad[] = {
        {"layers.0.bias", NULL, "hole"},
        {"layers.2.bias", "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}", "overlaps"},
        {"weight", "{}", "tensor \"weight\" is not one that a model has"},
        {"layers.00.weight", "{}", "not one that a model has"},
        {"layers.-1.weight", "{}", "not one that a model has"},
        {"layers.1000.weight", "{}", "not one that a model has"},
        {"layers.0.weights", "{}", "not one that a model has"},
        {"state.99.layers.0.weight", "{}", "not one that a model has"},
        {"state.x.layers.0.weight", "{}", "not one that a model has"},
        {"layers.0.bias", "[]", "needs dtype, shape and data_offsets"},
        {"layers.0.bias", "{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[24,36],\"x\":1}",
         "nothing else"},
        {"layers.0.bias", "{\"dtype\":\"I32\",\"shape\":[3],\"data_offsets\":[24,36]}",
         "neither F32 nor F64"},
        {"layers.0.bias", "{\"dtype\":4,\"shape\":[3],\"data_offsets\":[24,36]}", "neither"},
        {"layers.0.bias", "{\"dtype\":\"F32\",\"shape\":[3,1],\"data_offsets\":[24,36]}",
         "needs a shape [out]"},
        {"layers.0.weight", "{\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[0,24]}",
         "[out, in]"},
        {"layers.0.bias", "{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[24,24]}", "width"},
        {"layers.0.bias", "{\"dtype\":\"F32\",\"shape\":[-3],\"data_offsets\":[24,36]}", "width"},
        {"layers.0.bias", "{\"dtype\":\"F32\",\"shape\":[3.0],\"data_offsets\":[24,36]}", "width"},
        {"layers.0.bias", "{\"dtype\":\"F32\",\"shape\":[16777217],\"data_offsets\":[24,36]}",
         "width"},
        {"layers.0.weight",
         "{\"dtype\":\"F32\",\"shape\":[16777216,16777216],\"data_offsets\":[0,24]}",
         "more or fewer bytes"},
        {"layers.0.bias", "{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[24,32]}",
         "more or fewer bytes"},
        {"layers.0.bias", "{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[36,24]}", "outside"},
        {"layers.0.bias", "{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[24,9999]}",
         "outside"},
        {"layers.0.bias", "{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[-8,4]}", "outside"},
        {"layers.0.bias", "{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[24]}", "outside"},
        {"layers.0.bias", "{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[20,32]}", "overlaps"},
        {"layers.0.weight", "{\"dtype\":\"F32\",\"shape\":[5,1],\"data_offsets\":[4,24]}",
         "leaves a hole"},
        {"layers.0.weight", "{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}",
         "does not fit"},
        {"layers.1.weight", "{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[36,60]}",
         "does not fit"},
        {"layers.0.weight", "{\"dtype\":\"F64\",\"shape\":[3,1],\"data_offsets\":[0,24]}",
         "another dtype"},
        {"state.0.layers.0.bias", "{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[24,36]}",
         "overlaps"},
    };
    setup(BG_F32, 0);
    for (size_t i = 0; i < COUNT(bad); i++) {
        json_t *header = good_header();
        if (bad[i].info)
            json_object_set_new(header, bad[i].name, json_loads(bad[i].info, 0, NULL));
        else
            json_object_del(header, bad[i].name);
        refuse_header(header, bad[i].words);
    }
    json_t *header = good_header();
    json_object_set(header, "layers.2.bias", json_object_get(header, "layers.1.bias"));
    json_object_del(header, "layers.1.bias");
    refuse_header(header, "tensor \"layers.1.bias\" is missing");
    teardown();
}
END_TEST

/* Whole tensors in another order are no error: other programs sort them by name. */
START_TEST(tensors_may_lie_in_another_order)
{
    setup(BG_F64, 0);
    json_t *header = good_header();
    static const char *const names[] = {"layers.1.bias", "layers.0.weight", "layers.1.weight",
                                        "layers.0.bias"};
    size_t head = 8 + (size_t)bytes_get(good, 8), place = 0;
    unsigned char *data = malloc(good_size);
    for (size_t i = 0; i < COUNT(names); i++) {
        json_t *offsets = json_object_get(json_object_get(header, names[i]), "data_offsets");
        size_t begin = (size_t)json_integer_value(json_array_get(offsets, 0));
        size_t bytes = (size_t)json_integer_value(json_array_get(offsets, 1)) - begin;
        memcpy(data + place, good + head + begin, bytes);
        json_array_set_new(offsets, 0, json_integer((json_int_t)place));
        place += bytes;
        json_array_set_new(offsets, 1, json_integer((json_int_t)place));
    }
    char before[65], after[65];
    bg_model *model;
    OK(load(good, good_size, &model));
    bg_net_sha256(model->net, before);
    bg_model_free(model);
    memcpy(good + head, data, place);
    char *text = json_dumps(header, 0);
    size_t size;
    unsigned char *bytes = with_header(text, &size);
    OK(load(bytes, size, &model));
    bg_net_sha256(model->net, after);
    ck_assert_str_eq(before, after);
    bg_model_free(model);
    free(bytes);
    free(text);
    free(data);
    json_decref(header);
    teardown();
}
END_TEST

START_TEST(values_that_are_not_finite)
{
    setup(BG_F32, 1);
    static const unsigned char nan32[] = {0, 0, 0xc0, 0x7f},
                               inf64[] = {0, 0, 0, 0, 0, 0, 0xf0, 0x7f};
    size_t head = 8 + (size_t)bytes_get(good, 8);
    unsigned char kept[8];
    memcpy(kept, good + head + 8, 8);
    memcpy(good + head + 8, inf64, 8);
    refuse_bytes(good, good_size, "tensor \"state.0.layers.0.weight\" holds a value that is not");
    memcpy(good + head + 8, kept, 8);
    memcpy(good + good_size - 4, nan32, 4);
    refuse_bytes(good, good_size, "tensor \"layers.1.bias\" holds a value that is not finite");
    teardown();
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
    folder = sample_folder();
    bg_model *model = NULL;
    REFUSED(bg_model_load(sample_path(folder, "none"), &model, &problem), BG_E_IO, "none");
    REFUSED(bg_model_load(folder, &model, &problem), BG_E_IO, folder);
    ck_assert_int_eq(bg_model_load(sample_path(folder, "none"), &model, NULL), BG_E_IO);
    ck_assert_ptr_null(model);
    sample_folder_remove(folder);
}
END_TEST

START_TEST(every_failed_allocation_is_clean)
{
    setup(BG_F32, 2);
    bg_status status = BG_E_MEMORY;
    for (size_t n = 1; status != BG_OK; n++) {
        bg_model *model = NULL;
        memory_fail_after(n);
        status = bg_model_load(sample_path(folder, "m"), &model, &problem);
        memory_fail_after(0);
        ck_assert(status == BG_OK || (status == BG_E_MEMORY && !model));
        ck_assert_uint_lt(n, 200);
        bg_model_free(model);
    }
    teardown();
}
END_TEST

RUN_TESTS("model_load", a_model_comes_back, a_model_without_a_schema,
          a_file_cut_anywhere_is_refused, any_flipped_bit_is_refused_or_harmless,
          a_flipped_bit_in_a_shape_is_refused, bad_headers, bad_tensors,
          tensors_may_lie_in_another_order, values_that_are_not_finite, files_that_cannot_be_read,
          every_failed_allocation_is_clean)
