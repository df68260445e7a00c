#include "io/model_file.h"

#include "samples.h"

/* Metadata as a saved model of 2-3-2 classes has them. */
static json_t *good_metadata(void)
{
    json_t *metadata = json_object();
    static const char *const texts[][2] = {{"format", "backgemm"},
                                           {"format_version", "1"},
                                           {"backgemm_version", "0.0.9"},
                                           {"activations", "[\"relu\",\"softmax\"]"},
                                           {"loss", "softmax_ce"},
                                           {"reduction", "sum"},
                                           {"l2", "0.25"},
                                           {"task", "classes"},
                                           {"scaling", "minmax"},
                                           {"offsets", "[1,-2.5e-3]"},
                                           {"scales", "[0.1,3]"},
                                           {"inputs", "[\"a\",\"b\"]"},
                                           {"target_columns", "1"},
                                           {"targets", "[\"y\"]"},
                                           {"classes", "[\"no\",\"yes\"]"},
                                           {"note.x", "1"},
                                           {"note.note.", "2"}};
    for (size_t i = 0; i < COUNT(texts); i++)
        json_object_set_new(metadata, texts[i][0], json_string(texts[i][1]));
    return metadata;
}

/* All that the metadata say, read as the loader does. */
static bg_status read_all(const json_t *metadata, bg_schema **schema)
{
    model_source source = {"m.st", &problem};
    bg_activation activations[2];
    bg_objective objective;
    bg_status status = metadata_check(&source, metadata);
    if (status == BG_OK)
        status = metadata_read_activations(&source, metadata, 2, activations);
    if (status == BG_OK)
        status = metadata_read_objective(&source, metadata, &objective);
    return status == BG_OK ? metadata_read_schema(&source, metadata, 2, 2, schema) : status;
}

START_TEST(good_metadata_are_read)
{
    json_t *metadata = good_metadata();
    model_source source = {"m.st", &problem};
    bg_activation f[2];
    bg_objective objective;
    bg_schema *s = NULL;
    OK(metadata_check(&source, metadata));
    OK(metadata_read_activations(&source, metadata, 2, f));
    ck_assert(f[0] == BG_RELU && f[1] == BG_SOFTMAX);
    OK(metadata_read_objective(&source, metadata, &objective));
    ck_assert(objective.loss == BG_SOFTMAX_CE && objective.reduction == BG_SUM);
    ck_assert(objective.l2 == 0.25 && objective.l1 == 0);
    OK(metadata_read_schema(&source, metadata, 2, 2, &s));
    ck_assert(s->task == BG_CLASSES && s->scaling == BG_SCALE_MINMAX && !s->sparse);
    ck_assert(s->offset[0] == 1 && s->offset[1] == -2.5e-3);
    ck_assert(s->scale[0] == 0.1 && s->scale[1] == 3);
    ck_assert_str_eq(s->input_name[1], "b");
    ck_assert_str_eq(s->target_name[0], "y");
    ck_assert_str_eq(s->class_name[1], "yes");
    bg_schema_free(s);
    bg_model *model = sample_model(BG_F64, 0);
    OK(metadata_read_notes(&source, metadata, model));
    ck_assert_str_eq(bg_model_get_note(model, "x"), "1");
    ck_assert_str_eq(bg_model_get_note(model, "note."), "2");
    bg_model_free(model);
    json_decref(metadata);
}
END_TEST

START_TEST(what_may_be_missing)
{
    static const char *const keys[] = {"inputs", "targets", "backgemm_version", "note.x"};
    for (size_t i = 0; i < COUNT(keys); i++) {
        json_t *metadata = good_metadata();
        bg_schema *schema = NULL;
        json_object_del(metadata, keys[i]);
        OK(read_all(metadata, &schema));
        ck_assert_ptr_nonnull(schema);
        bg_schema_free(schema);
        json_decref(metadata);
    }
}
END_TEST

START_TEST(what_may_not_be_missing)
{
    static const char *const keys[] = {
        "format",  "format_version", "activations", "loss",           "reduction", "l2",
        "scaling", "offsets",        "scales",      "target_columns", "classes"};
    for (size_t i = 0; i < COUNT(keys); i++) {
        char words[64];
        snprintf(words, sizeof words, "m.st: metadata key \"%s\" is missing", keys[i]);
        json_t *metadata = good_metadata();
        bg_schema *schema = NULL;
        json_object_del(metadata, keys[i]);
        REFUSED(read_all(metadata, &schema), BG_E_MODEL, words);
        ck_assert_ptr_null(schema);
        json_decref(metadata);
    }
}
END_TEST

START_TEST(bad_texts_name_their_key)
{
    static const struct {
        const char *key, *text, *words;
    } bad[] = {
        {"format_version", "1.0", "expected \"1\", found \"1.0\""},
        {"activations", "[\"relu\"]", "expected a JSON list of 2"},
        {"activations", "[\"relu\",\"softmax\",\"relu\"]", "expected a JSON list of 2"},
        {"activations", "relu,softmax", "expected a JSON list of 2"},
        {"activations", "{}", "expected a JSON list of 2"},
        {"activations", "", "expected a JSON list of 2"},
        {"activations", "[\"relu\",1]", "expected a text at place 2"},
        {"activations", "[\"relu\",\"softmaxx\"]", "unknown word \"softmaxx\""},
        {"loss", "MSE", "unknown word \"MSE\""},
        {"reduction", "", "unknown word \"\""},
        {"l2", "-1", "expected a number of 0 to 1e+30"},
        {"l2", "nan", "expected a number"},
        {"l2", "inf", "expected a number"},
        {"l2", "1 ", "expected a number"},
        {"l1", "0", "expected a number above 0 to 1e+30"},
        {"l1", "-1", "expected a number above 0 to 1e+30"},
        {"l1", "nan", "expected a number"},
        {"l1", "inf", "expected a number"},
        {"l1", "x", "expected a number"},
        {"task", "class", "unknown word \"class\""},
        {"task", "bits", "does not fit 2 outputs"},
        {"scaling", "robust", "unknown word"},
        {"offsets", "[1]", "expected a JSON list of 2"},
        {"offsets", "[1,\"2\"]", "expected a number at place 2"},
        {"offsets", "[1,1e999]", "expected a JSON list of 2"},
        {"offsets", "[1,NaN]", "expected a JSON list of 2"},
        {"offsets", "[1,null]", "expected a number at place 2"},
        {"scales", "[1,0]", "expected a positive number at place 2"},
        {"scales", "[-1,1]", "expected a positive number at place 1"},
        {"inputs", "[\"a\"]", "expected a JSON list of 2"},
        {"inputs", "[\"a\",\"\\u0000\"]", "expected a JSON list of 2"},
        {"target_columns", "3", "\"3\" does not fit 2 outputs"},
        {"target_columns", "0", "does not fit"},
        {"target_columns", "-1", "does not fit"},
        {"targets", "[]", "expected a JSON list of 1"},
        {"classes", "[\"no\",\"no\"]", "\"no\" is there twice"},
        {"classes", "[\"no\",null]", "expected a text at place 2"},
        {"sparse", "yes", "expected \"true\", found \"yes\""},
        {"weights", "w", "of no use without \"weights_column\""},
        {"weights_column", "0", "\"0\" is not one of 4 columns"},
        {"weights_column", "5", "\"5\" is not one of 4 columns"},
        {"weights_column", "-1", "is not one of 4 columns"},
        {"target_places", "[1,2]", "expected a JSON list of 1"},
        {"target_places", "1", "expected a JSON list of 1"},
        {"target_places", "[0]", "expected a positive number at place 1"},
        {"target_places", "[4]", "expected 1 different ones of 3 columns"},
        {"target_places", "[1.5]", "expected 1 different ones of 3 columns"},
        {"target_places", "[1e300]", "expected 1 different ones of 3 columns"},
        {"colour", "red", "unknown key"},
        {"note.", "empty", "unknown key"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        json_t *metadata = good_metadata();
        bg_schema *schema = NULL;
        json_object_set_new(metadata, bad[i].key, json_string(bad[i].text));
        REFUSED(read_all(metadata, &schema), BG_E_MODEL, bad[i].words);
        ck_assert_ptr_eq(strstr(problem.text, "m.st: metadata key \""), problem.text);
        ck_assert_ptr_null(schema);
        json_decref(metadata);
    }
}
END_TEST

START_TEST(targets_keep_their_places)
{
    static const char *const bad[] = {"[2,2]", "[2,4]", "[5,6]"};
    json_t *metadata = good_metadata();
    bg_schema *schema = NULL;
    json_object_set_new(metadata, "target_columns", json_string("2"));
    json_object_set_new(metadata, "targets", json_string("[\"no\",\"yes\"]"));
    json_object_set_new(metadata, "weights_column", json_string("2"));
    json_object_set_new(metadata, "target_places", json_string("[5,1]"));
    OK(read_all(metadata, &schema));
    ck_assert(schema->target_place[0] == 4 && schema->target_place[1] == 0);
    ck_assert_uint_eq(schema_target_place(schema, 0), 3); /* the weights set aside */
    ck_assert_uint_eq(schema_target_place(schema, 1), 0);
    bg_schema_free(schema);
    schema = NULL;
    for (size_t i = 0; i < COUNT(bad); i++) {
        json_object_set_new(metadata, "target_places", json_string(bad[i]));
        REFUSED(read_all(metadata, &schema), BG_E_MODEL,
                "expected 2 different ones of 5 columns, not of the weights");
        ck_assert_ptr_null(schema);
    }
    json_decref(metadata);
}
END_TEST

START_TEST(values_must_be_texts)
{
    json_t *metadata = good_metadata();
    bg_schema *schema = NULL;
    json_object_set_new(metadata, "note.x", json_integer(1));
    REFUSED(read_all(metadata, &schema), BG_E_MODEL, "\"note.x\": expected a text");
    json_decref(metadata);
}
END_TEST

START_TEST(a_schema_is_whole_or_absent)
{
    static const char *const keys[] = {"task",    "scaling",       "offsets",
                                       "scales",  "inputs",        "target_columns",
                                       "targets", "target_places", "classes"};
    json_t *metadata = good_metadata();
    bg_schema *schema = NULL;
    for (size_t i = 0; i < COUNT(keys) - 1; i++) {
        json_object_del(metadata, keys[i]);
        if (i == 0)
            REFUSED(read_all(metadata, &schema), BG_E_MODEL, "of no use without \"task\"");
    }
    REFUSED(read_all(metadata, &schema), BG_E_MODEL, "\"classes\": of no use");
    json_object_del(metadata, "classes");
    schema = (bg_schema *)metadata;
    OK(read_all(metadata, &schema));
    ck_assert_ptr_null(schema);
    json_decref(metadata);
}
END_TEST

START_TEST(other_tasks)
{
    json_t *metadata = good_metadata();
    bg_schema *schema = NULL;
    json_object_set_new(metadata, "task", json_string("bits"));
    json_object_set_new(metadata, "target_columns", json_string("2"));
    json_object_set_new(metadata, "targets", json_string("[\"y\",\"z\"]"));
    REFUSED(read_all(metadata, &schema), BG_E_MODEL, "\"classes\": the task is bits");
    json_object_del(metadata, "classes");
    json_object_set_new(metadata, "sparse", json_string("true"));
    OK(read_all(metadata, &schema));
    ck_assert(schema->task == BG_BITS && schema->sparse && schema->target_columns == 2);
    bg_schema_free(schema);
    json_decref(metadata);
    metadata = good_metadata(); /* one 0/1 column for each class */
    json_object_set_new(metadata, "target_columns", json_string("2"));
    json_object_set_new(metadata, "targets", json_string("[\"no\",\"yes\"]"));
    OK(read_all(metadata, &schema));
    ck_assert(schema->task == BG_CLASSES && schema->target_columns == 2);
    bg_schema_free(schema);
    json_decref(metadata);
}
END_TEST

RUN_TESTS("model_metadata", good_metadata_are_read, what_may_be_missing, what_may_not_be_missing,
          bad_texts_name_their_key, targets_keep_their_places, values_must_be_texts,
          a_schema_is_whole_or_absent, other_tasks)
