#include <jansson.h>

#include "base/bytes.h"
#include "io/model_file.h"
#include "samples.h"

static char *folder;

/* The header of a saved model as Jansson reads it; *data is what follows. */
static json_t *read_header(const unsigned char *bytes, size_t size, const unsigned char **data)
{
    size_t length = (size_t)bytes_get(bytes, 8);
    ck_assert_uint_eq(length % 8, 0);
    ck_assert_uint_lt(length, size - 8);
    json_t *header = json_loadb((const char *)bytes + 8, length, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(header);
    *data = bytes + 8 + length;
    return header;
}

static const char *metadata_text(const json_t *header, const char *key)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(header, "__metadata__"), key));
    ck_assert_msg(text != NULL, "%s", key);
    return text;
}

START_TEST(the_metadata_say_all)
{
    folder = sample_folder();
    const char *path = sample_path(folder, "m");
    bg_model *model = sample_model(BG_F32, 0);
    OK(bg_model_save(model, path, &problem));
    size_t size;
    const unsigned char *data;
    unsigned char *bytes = sample_bytes(path, &size);
    json_t *header = read_header(bytes, size, &data);
    static const char *const wanted[][2] = {
        {"format", "backgemm"},
        {"format_version", "1"},
        {"backgemm_version", BG_VERSION},
        {"activations", "[\"tanh\",\"softmax\"]"},
        {"loss", "softmax_ce"},
        {"reduction", "mean"},
        {"l2", "0.001"},
        {"l1", "0.5"},
        {"task", "classes"},
        {"scaling", "standard"},
        {"inputs", "[\"x 1\",\"\xe2\x82\xac\"]"},
        {"targets", "[\"kind\"]"},
        {"target_columns", "1"},
        {"classes", "[\"B\\\"\xc3\xa9t\\\\e\",\"a, b\"]"},
        {"note.seed", "42"},
        {"note.command", "train 'a b.csv' -o \xc3\xbc\n\t\x01"},
    };
    for (size_t i = 0; i < COUNT(wanted); i++)
        ck_assert_str_eq(metadata_text(header, wanted[i][0]), wanted[i][1]);
    double offset;
    bg_schema_scale(model->schema, 0, &offset, NULL);
    char number[32];
    bg_number_text(offset, BG_F64, number);
    ck_assert_ptr_eq(strstr(metadata_text(header, "offsets"), number),
                     metadata_text(header, "offsets") + 1);
    json_decref(header);
    free(bytes);
    bg_model_free(model);
    sample_folder_remove(folder);
}
END_TEST

/* One tensor: its place in the data, checked against its shape. */
static size_t check_tensor(const json_t *header, const char *name, const char *dtype, size_t out,
                           size_t in, size_t begin)
{
    const json_t *item = json_object_get(header, name);
    ck_assert_msg(json_object_size(item) == 3, "%s", name);
    ck_assert_str_eq(json_string_value(json_object_get(item, "dtype")), dtype);
    const json_t *shape = json_object_get(item, "shape");
    ck_assert_uint_eq(json_array_size(shape), in ? 2 : 1);
    ck_assert_uint_eq((size_t)json_integer_value(json_array_get(shape, 0)), out);
    if (in)
        ck_assert_uint_eq((size_t)json_integer_value(json_array_get(shape, 1)), in);
    const json_t *place = json_object_get(item, "data_offsets");
    ck_assert_uint_eq((size_t)json_integer_value(json_array_get(place, 0)), begin);
    size_t end = begin + out * (in ? in : 1) * (strcmp(dtype, "F32") == 0 ? 4 : 8);
    ck_assert_uint_eq((size_t)json_integer_value(json_array_get(place, 1)), end);
    return end;
}

START_TEST(tensors_lie_side_by_side_as_out_by_in)
{
    folder = sample_folder();
    const char *path = sample_path(folder, "m");
    for (size_t vectors = 0; vectors < 3; vectors++) {
        bg_model *model = sample_model(BG_F32, vectors);
        OK(bg_model_save(model, path, &problem));
        size_t size, place = 0;
        const unsigned char *data;
        unsigned char *bytes = sample_bytes(path, &size);
        json_t *header = read_header(bytes, size, &data);
        ck_assert_uint_eq(json_object_size(header), 1 + 4 * (vectors + 1));
        for (size_t v = 0; v < vectors; v++)
            for (size_t l = 0; l < 2; l++) {
                char name[64];
                snprintf(name, sizeof name, "state.%zu.layers.%zu.weight", v, l);
                place = check_tensor(header, name, "F64", l ? 2 : 3, l ? 3 : 2, place);
                snprintf(name, sizeof name, "state.%zu.layers.%zu.bias", v, l);
                place = check_tensor(header, name, "F64", l ? 2 : 3, 0, place);
            }
        size_t begin = place;
        place = check_tensor(header, "layers.0.weight", "F32", 3, 2, place);
        place = check_tensor(header, "layers.0.bias", "F32", 3, 0, place);
        place = check_tensor(header, "layers.1.weight", "F32", 2, 3, place);
        place = check_tensor(header, "layers.1.bias", "F32", 2, 0, place);
        ck_assert_uint_eq((size_t)(bytes + size - data), place);
        double weight[6], bias[3];
        bg_net_get(model->net, 1, weight, bias);
        for (size_t i = 0; i < 6; i++)
            ck_assert(bytes_get_real(data + begin + 4 * i, BG_F32) == weight[i]);
        for (size_t i = 0; i < 3; i++)
            ck_assert(bytes_get_real(data + begin + 24 + 4 * i, BG_F32) == bias[i]);
        if (vectors)
            ck_assert(bytes_get_real(data + 8 * 16, BG_F64) == 1.0 / 17);
        json_decref(header);
        free(bytes);
        bg_model_free(model);
    }
    sample_folder_remove(folder);
}
END_TEST

START_TEST(what_is_saved_is_loaded_and_saved_again)
{
    folder = sample_folder();
    const char *first = sample_path(folder, "1"), *second = sample_path(folder, "2");
    for (int d = 0; d < 2; d++)
        for (size_t vectors = 0; vectors < 3; vectors++) {
            bg_model *model = sample_model((bg_dtype)d, vectors), *loaded = NULL;
            OK(bg_model_save(model, first, &problem));
            OK(bg_model_load(first, &loaded, &problem));
            OK(bg_model_save(loaded, second, &problem));
            size_t size, again;
            unsigned char *a = sample_bytes(first, &size), *b = sample_bytes(second, &again);
            ck_assert_uint_eq(size, again);
            ck_assert_mem_eq(a, b, size);
            free(a);
            free(b);
            bg_model_free(model);
            bg_model_free(loaded);
        }
    sample_folder_remove(folder);
}
END_TEST

START_TEST(places_of_targets_are_saved)
{
    folder = sample_folder();
    const char *path = sample_path(folder, "m");
    bg_model *model = sample_model(BG_F32, 0), *loaded = NULL;
    bg_schema *schema = model->schema;
    schema->target_place = memory_zeroed(1, sizeof *schema->target_place);
    schema->target_place[0] = 1;
    OK(bg_model_save(model, path, &problem));
    size_t size;
    const unsigned char *data;
    unsigned char *bytes = sample_bytes(path, &size);
    json_t *header = read_header(bytes, size, &data);
    ck_assert_str_eq(metadata_text(header, "target_places"), "[2]");
    json_decref(header);
    free(bytes);
    OK(bg_model_load(path, &loaded, &problem));
    ck_assert_uint_eq(bg_model_schema(loaded)->target_place[0], 1);
    bg_model_free(model);
    bg_model_free(loaded);
    sample_folder_remove(folder);
}
END_TEST

START_TEST(a_net_that_is_not_finite_is_not_saved)
{
    folder = sample_folder();
    const char *path = sample_path(folder, "m");
    bg_model *model = sample_model(BG_F64, 0);
    double bias[2] = {0, 1e308 * 10};
    bg_net_set(model->net, 2, NULL, bias);
    REFUSED(bg_model_save(model, path, &problem), BG_E_ARGUMENT, "layer 2");
    ck_assert_int_ne(access(path, F_OK), 0);
    bg_model_free(model);
    sample_folder_remove(folder);
}
END_TEST

START_TEST(every_failed_allocation_is_clean)
{
    folder = sample_folder();
    const char *path = sample_path(folder, "m");
    bg_model *model = sample_model(BG_F32, 1);
    bg_status status = BG_E_MEMORY;
    for (size_t n = 1; status != BG_OK; n++) {
        memory_fail_after(n);
        status = bg_model_save(model, path, &problem);
        memory_fail_after(0);
        ck_assert_int_eq(status == BG_OK, access(path, F_OK) == 0);
        ck_assert(status == BG_OK || status == BG_E_MEMORY);
        ck_assert_uint_lt(n, 100);
    }
    bg_model_free(model);
    sample_folder_remove(folder);
}
END_TEST

RUN_TESTS("model_save", the_metadata_say_all, tensors_lie_side_by_side_as_out_by_in,
          what_is_saved_is_loaded_and_saved_again, places_of_targets_are_saved,
          a_net_that_is_not_finite_is_not_saved, every_failed_allocation_is_clean)
