#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/number.h"
#include "base/status.h"
#include "io/model_file.h"

/* "FILE: metadata key "KEY": sentence". */
#define FAIL_KEY(source, key, format, ...)                                                         \
    fail_at((source)->error, BG_E_MODEL, (source)->file, 0, 0, "metadata key \"%.80s\": " format,  \
            key, __VA_ARGS__)

static const char *const known_keys[] = {KEY_FORMAT,
                                         KEY_FORMAT_VERSION,
                                         KEY_VERSION,
                                         KEY_ACTIVATIONS,
                                         KEY_LOSS,
                                         KEY_REDUCTION,
                                         KEY_L2,
                                         KEY_L1,
                                         KEY_TASK,
                                         KEY_SCALING,
                                         KEY_OFFSETS,
                                         KEY_SCALES,
                                         KEY_INPUTS,
                                         KEY_TARGETS,
                                         KEY_CLASSES,
                                         KEY_TARGET_COLUMNS,
                                         KEY_SPARSE,
                                         KEY_WEIGHTS,
                                         KEY_WEIGHTS_COLUMN,
                                         KEY_TARGET_PLACES};

static bool is_note(const char *key)
{
    size_t prefix = strlen(MODEL_NOTE);
    return strncmp(key, MODEL_NOTE, prefix) == 0 && key[prefix];
}

static bool is_known(const char *key)
{
    for (size_t i = 0; i < sizeof known_keys / sizeof *known_keys; i++)
        if (strcmp(key, known_keys[i]) == 0)
            return true;
    return false;
}

static const char *text_of(const json_t *metadata, const char *key)
{
    return json_string_value(json_object_get(metadata, key));
}

static bg_status need_text(const model_source *source, const json_t *metadata, const char *key,
                           const char **text)
{
    *text = text_of(metadata, key);
    return *text ? BG_OK
                 : fail_at(source->error, BG_E_MODEL, source->file, 0, 0,
                           "metadata key \"%s\" is missing", key);
}

static bg_status need_exactly(const model_source *source, const json_t *metadata, const char *key,
                              const char *wanted)
{
    const char *text;
    TRY(need_text(source, metadata, key, &text));
    return strcmp(text, wanted) == 0
               ? BG_OK
               : FAIL_KEY(source, key, "expected \"%s\", found \"%.60s\"", wanted, text);
}

bg_status metadata_check(const model_source *source, const json_t *metadata)
{
    if (!json_is_object(metadata))
        return fail_at(source->error, BG_E_MODEL, source->file, 0, 0,
                       "a safetensors file, but none that backgemm wrote: it has no metadata");
    TRY(need_exactly(source, metadata, KEY_FORMAT, MODEL_FORMAT));
    TRY(need_exactly(source, metadata, KEY_FORMAT_VERSION, MODEL_FORMAT_VERSION));
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)metadata, key, value)
    {
        if (!json_is_string(value))
            return FAIL_KEY(source, key, "expected %s", "a text");
        if (!is_known(key) && !is_note(key))
            return FAIL_KEY(source, key, "unknown %s", "key");
    }
    return BG_OK;
}

/* ------------------------------------------------------------------------------- lists --- */

static bg_status read_list(const model_source *source, const json_t *metadata, const char *key,
                           size_t count, json_t **list)
{
    const char *text;
    TRY(need_text(source, metadata, key, &text));
    json_error_t problem;
    json_t *made = json_loads(text, JSON_DECODE_INT_AS_REAL, &problem);
    if (!json_is_array(made) || json_array_size(made) != count) {
        json_decref(made);
        return FAIL_KEY(source, key, "expected a JSON list of %zu", count);
    }
    *list = made;
    return BG_OK;
}

/* Copies a list of `count` texts; *names is the caller's. */
static bg_status copy_list(const model_source *source, const json_t *list, const char *key,
                           char ***names)
{
    size_t count = json_array_size(list);
    char **made = memory_zeroed(count, sizeof *made);
    bg_status status = made ? BG_OK : fail_memory(source->error, source->file);
    for (size_t i = 0; status == BG_OK && i < count; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        made[i] = memory_copy_text(text);
        if (!text)
            status = FAIL_KEY(source, key, "expected a text at place %zu", i + 1);
        else if (!made[i])
            status = fail_memory(source->error, source->file);
    }
    if (status == BG_OK) {
        *names = made;
        return BG_OK;
    }
    for (size_t i = 0; made && i < count; i++)
        memory_release(made[i]);
    memory_release(made);
    return status;
}

static bg_status read_names(const model_source *source, const json_t *metadata, const char *key,
                            size_t count, char ***names)
{
    json_t *list;
    TRY(read_list(source, metadata, key, count, &list));
    bg_status status = copy_list(source, list, key, names);
    json_decref(list);
    return status;
}

/* Finite numbers, above 0 where `positive`. */
static bg_status read_numbers(const model_source *source, const json_t *metadata, const char *key,
                              size_t count, bool positive, double *values)
{
    json_t *list;
    TRY(read_list(source, metadata, key, count, &list));
    bg_status status = BG_OK;
    for (size_t i = 0; status == BG_OK && i < count; i++) {
        const json_t *item = json_array_get(list, i);
        values[i] = json_real_value(item);
        if (!json_is_real(item) || !isfinite(values[i]) || (positive && !(values[i] > 0)))
            status = FAIL_KEY(source, key, "expected a %snumber at place %zu",
                              positive ? "positive " : "", i + 1);
    }
    json_decref(list);
    return status;
}

/* ----------------------------------------------------------------------------- network --- */

static bg_status read_word(const model_source *source, const char *key, const char *word,
                           bg_kind kind, int *value)
{
    int found = bg_value(kind, word);
    if (found < 0)
        return FAIL_KEY(source, key, "unknown word \"%.60s\"", word);
    *value = found;
    return BG_OK;
}

static bg_status need_word(const model_source *source, const json_t *metadata, const char *key,
                           bg_kind kind, int *value)
{
    const char *word;
    TRY(need_text(source, metadata, key, &word));
    return read_word(source, key, word, kind, value);
}

bg_status metadata_read_activations(const model_source *source, const json_t *metadata,
                                    size_t layers, bg_activation *activations)
{
    char **words;
    TRY(read_names(source, metadata, KEY_ACTIVATIONS, layers, &words));
    bg_status status = BG_OK;
    for (size_t l = 0; l < layers; l++) {
        int value = 0;
        if (status == BG_OK)
            status = read_word(source, KEY_ACTIVATIONS, words[l], BG_KIND_ACTIVATION, &value);
        activations[l] = (bg_activation)value;
        memory_release(words[l]);
    }
    memory_release(words);
    return status;
}

bg_status metadata_read_objective(const model_source *source, const json_t *metadata,
                                  bg_objective *objective)
{
    int loss, reduction;
    const char *l2;
    TRY(need_word(source, metadata, KEY_LOSS, BG_KIND_LOSS, &loss));
    TRY(need_word(source, metadata, KEY_REDUCTION, BG_KIND_REDUCTION, &reduction));
    TRY(need_text(source, metadata, KEY_L2, &l2));
    double value;
    if (!bg_number_parse(l2, &value) || !(value >= 0 && value <= MOST_PENALTY))
        return FAIL_KEY(source, KEY_L2, "expected a number of 0 to %g, found \"%.60s\"",
                        MOST_PENALTY, l2);
    *objective =
        (bg_objective){.loss = (bg_loss)loss, .reduction = (bg_reduction)reduction, .l2 = value};
    const char *l1 = text_of(metadata, KEY_L1);
    if (!l1)
        return BG_OK;
    if (!bg_number_parse(l1, &value) || !(value > 0 && value <= MOST_PENALTY))
        return FAIL_KEY(source, KEY_L1, "expected a number above 0 to %g, found \"%.60s\"",
                        MOST_PENALTY, l1);
    objective->l1 = value;
    return BG_OK;
}

bg_status metadata_read_notes(const model_source *source, const json_t *metadata, bg_model *model)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)metadata, key, value)
    {
        if (is_note(key))
            TRY(bg_model_set_note(model, key + strlen(MODEL_NOTE), json_string_value(value),
                                  source->error));
    }
    return BG_OK;
}

/* ------------------------------------------------------------------------------ schema --- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A class that is there twice could be found only once. */
static bg_status check_classes(const model_source *source, const bg_schema *schema)
{
    size_t count = schema->outputs;
    char **sorted = memory_zeroed(count, sizeof *sorted);
    if (!sorted)
        return fail_memory(source->error, source->file);
    memcpy(sorted, schema->class_name, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_texts);
    bg_status status = BG_OK;
    for (size_t i = 1; i < count && status == BG_OK; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            status = FAIL_KEY(source, KEY_CLASSES, "\"%.60s\" is there twice", sorted[i]);
    memory_release(sorted);
    return status;
}

static bg_status read_weights(const model_source *source, const json_t *metadata, bg_schema *s)
{
    const char *place = text_of(metadata, KEY_WEIGHTS_COLUMN);
    const char *name = text_of(metadata, KEY_WEIGHTS);
    uint64_t column, columns = s->inputs + s->target_columns + 1;
    if (!place)
        return name ? FAIL_KEY(source, KEY_WEIGHTS, "of no use without \"%s\"", KEY_WEIGHTS_COLUMN)
                    : BG_OK;
    if (!number_parse_count(place, strlen(place), &column) || column < 1 || column > columns)
        return FAIL_KEY(source, KEY_WEIGHTS_COLUMN, "\"%.30s\" is not one of %zu columns", place,
                        (size_t)columns);
    s->weighted = true;
    s->weights = (size_t)column - 1;
    s->weights_name = memory_copy_text(name);
    return name && !s->weights_name ? fail_memory(source->error, source->file) : BG_OK;
}

/* Numbers of columns, no two alike, and not that of the weights. */
static bg_status convert_places(const model_source *source, const double *number, bg_schema *s)
{
    size_t count = s->target_columns, columns = s->inputs + count + s->weighted;
    bool *taken = memory_zeroed(columns, sizeof *taken);
    bg_status status = taken ? BG_OK : fail_memory(source->error, source->file);
    if (taken && s->weighted)
        taken[s->weights] = true;
    for (size_t i = 0; i < count && status == BG_OK; i++) {
        bool whole =
            number[i] >= 1 && number[i] <= (double)columns && number[i] == floor(number[i]);
        size_t place = whole ? (size_t)number[i] - 1 : 0;
        if (!whole || taken[place])
            status = FAIL_KEY(source, KEY_TARGET_PLACES,
                              "expected %zu different ones of %zu columns, not of the weights",
                              count, columns);
        taken[place] = true;
        s->target_place[i] = place;
    }
    memory_release(taken);
    return status;
}

static bg_status read_places(const model_source *source, const json_t *metadata, bg_schema *s)
{
    if (!text_of(metadata, KEY_TARGET_PLACES))
        return BG_OK;
    double *number = memory_zeroed(s->target_columns, sizeof *number);
    s->target_place = memory_zeroed(s->target_columns, sizeof *s->target_place);
    bg_status status = number && s->target_place ? BG_OK : fail_memory(source->error, source->file);
    if (status == BG_OK)
        status = read_numbers(source, metadata, KEY_TARGET_PLACES, s->target_columns, true, number);
    if (status == BG_OK)
        status = convert_places(source, number, s);
    memory_release(number);
    return status;
}

static bg_status fill_schema(const model_source *source, const json_t *metadata, bg_schema *s)
{
    TRY(read_numbers(source, metadata, KEY_OFFSETS, s->inputs, false, s->offset));
    TRY(read_numbers(source, metadata, KEY_SCALES, s->inputs, true, s->scale));
    if (text_of(metadata, KEY_INPUTS))
        TRY(read_names(source, metadata, KEY_INPUTS, s->inputs, &s->input_name));
    if (text_of(metadata, KEY_TARGETS))
        TRY(read_names(source, metadata, KEY_TARGETS, s->target_columns, &s->target_name));
    if (text_of(metadata, KEY_SPARSE))
        TRY(need_exactly(source, metadata, KEY_SPARSE, "true"));
    s->sparse = text_of(metadata, KEY_SPARSE) != NULL;
    TRY(read_weights(source, metadata, s));
    TRY(read_places(source, metadata, s));
    if (s->task != BG_CLASSES)
        return text_of(metadata, KEY_CLASSES) ? FAIL_KEY(source, KEY_CLASSES, "the task is %s",
                                                         bg_name(BG_KIND_TASK, (int)s->task))
                                              : BG_OK;
    TRY(read_names(source, metadata, KEY_CLASSES, s->outputs, &s->class_name));
    return check_classes(source, s);
}

static bg_status read_target_columns(const model_source *source, const json_t *metadata,
                                     bg_task task, size_t outputs, size_t *columns)
{
    const char *text;
    uint64_t count;
    TRY(need_text(source, metadata, KEY_TARGET_COLUMNS, &text));
    bool one = task == BG_CLASSES && outputs > 1 && strcmp(text, "1") == 0;
    if (!one && (!number_parse_count(text, strlen(text), &count) || count != outputs))
        return FAIL_KEY(source, KEY_TARGET_COLUMNS, "\"%.30s\" does not fit %zu outputs", text,
                        outputs);
    *columns = one ? 1 : outputs;
    return BG_OK;
}

bg_status metadata_read_schema(const model_source *source, const json_t *metadata, size_t inputs,
                               size_t outputs, bg_schema **schema)
{
    static const char *const schema_keys[] = {
        KEY_SCALING, KEY_OFFSETS, KEY_SCALES,  KEY_INPUTS,         KEY_TARGET_COLUMNS, KEY_TARGETS,
        KEY_CLASSES, KEY_SPARSE,  KEY_WEIGHTS, KEY_WEIGHTS_COLUMN, KEY_TARGET_PLACES};
    if (!text_of(metadata, KEY_TASK)) {
        for (size_t i = 0; i < sizeof schema_keys / sizeof *schema_keys; i++)
            if (text_of(metadata, schema_keys[i]))
                return FAIL_KEY(source, schema_keys[i], "of no use without \"%s\"", KEY_TASK);
        *schema = NULL;
        return BG_OK;
    }
    int task, scaling;
    size_t columns;
    TRY(need_word(source, metadata, KEY_TASK, BG_KIND_TASK, &task));
    TRY(need_word(source, metadata, KEY_SCALING, BG_KIND_SCALING, &scaling));
    TRY(read_target_columns(source, metadata, (bg_task)task, outputs, &columns));
    bg_schema *made;
    TRY(schema_create((bg_task)task, (bg_scaling)scaling, inputs, outputs, columns, &made,
                      source->error));
    bg_status status = fill_schema(source, metadata, made);
    if (status != BG_OK) {
        bg_schema_free(made);
        return status;
    }
    *schema = made;
    return BG_OK;
}
