#include <jansson.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "io/recording_file.h"

typedef struct settings {
    const char *name;
    bg_recording *r;
    size_t rates;
    bg_error *error;
} settings;

struct setting;
typedef bg_status taker(settings *s, const struct setting *about, const json_t *value);

typedef struct setting {
    const char *key;
    bool needed;
    taker *take;
    bg_kind kind;  /* of a word */
    size_t offset; /* in bg_train_options, of a word's value (as int) or a number */
} setting;

static bg_status fail_setting(settings *s, const char *key, const char *expected)
{
    return fail_at(s->error, BG_E_DATA, s->name, 0, 0, "\"%s\": expected %s", key, expected);
}

static bg_status take_maker(settings *s, const setting *about, const json_t *value)
{
    if (!json_is_string(value))
        return fail_setting(s, about->key, "a text");
    s->r->maker = memory_copy_text(json_string_value(value));
    return s->r->maker ? BG_OK : fail_memory(s->error, s->name);
}

static bg_status take_word(settings *s, const setting *about, const json_t *value)
{
    const char *word = json_string_value(value);
    int choice = word ? bg_value(about->kind, word) : -1;
    if (choice < 0)
        return fail_at(
            s->error, BG_E_DATA, s->name, 0, 0,
            "\"%s\": expected one of the words of backgemm train --help, found %s%.40s%s",
            about->key, word ? "\"" : "", word ? word : "no text", word ? "\"" : "");
    /* An enumeration of the options has the size of an unsigned int. */
    unsigned bits = (unsigned)choice;
    memcpy((char *)&s->r->options + about->offset, &bits, sizeof bits);
    return BG_OK;
}

static bg_status take_number(settings *s, const setting *about, const json_t *value)
{
    if (!json_is_number(value) || !isfinite(json_number_value(value)))
        return fail_setting(s, about->key, "a number");
    double number = json_number_value(value);
    memcpy((char *)&s->r->options + about->offset, &number, sizeof number);
    return BG_OK;
}

static bg_status take_rates(settings *s, const setting *about, const json_t *value)
{
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    double *lr = memory_zeroed(count, sizeof *lr);
    if (!lr)
        return fail_memory(s->error, s->name);
    s->r->lr = lr;
    s->rates = count;
    for (size_t i = 0; i < count; i++) {
        const json_t *rate = json_is_array(value) ? json_array_get(value, i) : value;
        lr[i] = json_number_value(rate);
        if (!json_is_number(rate) || !(lr[i] >= 0 && lr[i] <= 1e30))
            return fail_setting(s, about->key, "a number from 0 to 1e30, or a list of one a step");
    }
    return count ? BG_OK : fail_setting(s, about->key, "at least one number");
}

static bg_status take_activations(settings *s, const setting *about, const json_t *value)
{
    size_t count = json_array_size(value);
    if (count == 0 || count > BG_MAX_LAYERS)
        return fail_setting(s, about->key, "a list of 1 to 1000 words, one a layer");
    s->r->activations = memory_zeroed(count, sizeof *s->r->activations);
    if (!s->r->activations)
        return fail_memory(s->error, s->name);
    s->r->layers = count;
    for (size_t l = 0; l < count; l++) {
        const char *word = json_string_value(json_array_get(value, l));
        int choice = word ? bg_value(BG_KIND_ACTIVATION, word) : -1;
        if (choice < 0)
            return fail_at(s->error, BG_E_DATA, s->name, 0, 0,
                           "\"%s\": layer %zu: expected a word such as \"tanh\" or \"identity\"",
                           about->key, l + 1);
        s->r->activations[l] = (bg_activation)choice;
    }
    return BG_OK;
}

#define WORD(key, kind, field)                                                                     \
    {                                                                                              \
        key, true, take_word, kind, offsetof(bg_train_options, field)                              \
    }
#define NUMBER(key, field)                                                                         \
    {                                                                                              \
        key, false, take_number, BG_KIND_COUNT, offsetof(bg_train_options, field)                  \
    }
static const setting table[] = {
    {"recorder", false, take_maker, BG_KIND_COUNT, 0},
    {"activations", true, take_activations, BG_KIND_COUNT, 0},
    WORD("loss", BG_KIND_LOSS, objective.loss),
    WORD("reduction", BG_KIND_REDUCTION, objective.reduction),
    WORD("optimizer", BG_KIND_OPTIMIZER, optimizer),
    {"lr", true, take_rates, BG_KIND_COUNT, 0},
    NUMBER("l2", objective.l2),
    NUMBER("momentum", momentum),
    NUMBER("beta1", beta1),
    NUMBER("beta2", beta2),
    NUMBER("epsilon", epsilon),
    NUMBER("alpha", alpha),
    NUMBER("weight_decay", weight_decay),
};
enum { SETTINGS = sizeof table / sizeof *table };

static const setting *find(const char *key)
{
    for (const setting *s = table; s < table + SETTINGS; s++)
        if (strcmp(s->key, key) == 0)
            return s;
    return NULL;
}

static bg_status take_all(settings *s, const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        const setting *about = find(key);
        if (!about)
            return fail_at(s->error, BG_E_DATA, s->name, 0, 0, "unknown key \"%.40s\"", key);
        TRY(about->take(s, about, value));
    }
    for (const setting *about = table; about < table + SETTINGS; about++)
        if (about->needed && !json_object_get(object, about->key))
            return fail_at(s->error, BG_E_DATA, s->name, 0, 0, "\"%s\" is missing", about->key);
    return BG_OK;
}

bg_status settings_read(const char *name, const char *json, size_t size, bg_recording *r,
                        size_t *rates, bg_error *error)
{
    json_error_t problem;
    settings s = {.name = name, .r = r, .error = error};
    bg_train_defaults(&r->options);
    json_t *object = json_loadb(json, size, JSON_REJECT_DUPLICATES, &problem);
    if (!json_is_object(object)) {
        json_decref(object);
        return fail_at(error, BG_E_DATA, name, 0, 0, "expected a JSON object: %s",
                       object ? "something else stands there" : problem.text);
    }
    bg_status status = take_all(&s, object);
    json_decref(object);
    *rates = s.rates;
    return status;
}
