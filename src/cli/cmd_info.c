#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "json.h"
#include "objective.h"
#include "parameters.h"
#include "talk.h"
#include "verbs.h"

#define SHOWN_INPUTS ((size_t)20) /* of the text; --json has all */

static void add_layers_json(json *j, const bg_net *net)
{
    json_begin(j, "widths", '[');
    for (size_t l = 0; l <= bg_net_layers(net); l++)
        json_count(j, NULL, bg_net_width(net, l));
    json_end(j, ']');
    json_begin(j, "activations", '[');
    for (size_t l = 1; l <= bg_net_layers(net); l++)
        json_text(j, NULL, bg_name(BG_KIND_ACTIVATION, (int)bg_net_activation(net, l)));
    json_end(j, ']');
}

static void add_schema_json(json *j, const bg_schema *schema)
{
    json_text(j, "task", bg_name(BG_KIND_TASK, (int)bg_schema_task(schema)));
    json_text(j, "scaling", bg_name(BG_KIND_SCALING, (int)bg_schema_scaling(schema)));
    json_begin(j, "inputs", '[');
    for (size_t i = 0; i < bg_schema_inputs(schema); i++) {
        double offset, scale;
        bg_schema_scale(schema, i, &offset, &scale);
        json_begin(j, NULL, '{');
        json_text(j, "name", bg_schema_input_name(schema, i));
        json_number(j, "offset", offset, BG_F64);
        json_number(j, "scale", scale, BG_F64);
        json_end(j, '}');
    }
    json_end(j, ']');
    json_begin(j, "outputs", '[');
    for (size_t k = 0; k < bg_schema_outputs(schema); k++)
        json_text(j, NULL, bg_schema_output_name(schema, k));
    json_end(j, ']');
    if (bg_schema_weights_name(schema))
        json_text(j, "weights", bg_schema_weights_name(schema));
}

static void add_vector_json(json *j, const char *name, const bg_net *net, const double *values,
                            size_t count)
{
    json_begin(j, name, '[');
    for (size_t i = 0; i < count; i++)
        json_number(j, NULL, values[i], bg_net_dtype(net));
    json_end(j, ']');
}

static void add_parameters_json(json *j, const bg_net *net, const double *values)
{
    json_begin(j, "layers", '[');
    for (size_t l = 1; l <= bg_net_layers(net); l++) {
        size_t in = bg_net_width(net, l - 1), units = bg_net_width(net, l);
        json_begin(j, NULL, '{');
        json_begin(j, "weight", '[');
        for (size_t k = 0; k < units; k++, values += in)
            add_vector_json(j, NULL, net, values, in);
        json_end(j, ']');
        add_vector_json(j, "bias", net, values, units);
        values += units;
        json_end(j, '}');
    }
    json_end(j, ']');
}

/* values: the parameters, or NULL. */
static void add_json(text *out, const char *path, const bg_model *model, const double *values)
{
    const bg_net *net = bg_model_const_net(model);
    const bg_objective *o = bg_model_objective(model);
    char sha256[65];
    bg_net_sha256(net, sha256);
    json j = {.out = out};
    json_begin(&j, NULL, '{');
    json_text(&j, "model", path);
    json_text(&j, "precision", bg_name(BG_KIND_DTYPE, (int)bg_net_dtype(net)));
    add_layers_json(&j, net);
    json_count(&j, "parameters", bg_net_parameters(net));
    json_text(&j, "loss", bg_name(BG_KIND_LOSS, (int)o->loss));
    json_text(&j, "reduction", bg_name(BG_KIND_REDUCTION, (int)o->reduction));
    json_number(&j, "l2", o->l2, BG_F64);
    json_number(&j, "l1", o->l1, BG_F64);
    if (bg_model_schema(model))
        add_schema_json(&j, bg_model_schema(model));
    json_count(&j, "state_vectors", bg_model_state_vectors(model));
    json_text(&j, "sha256", sha256);
    json_begin(&j, "notes", '{');
    const char *key;
    for (size_t i = 0; (key = bg_model_note_name(model, i)); i++)
        json_text(&j, key, bg_model_get_note(model, key));
    json_end(&j, '}');
    if (values)
        add_parameters_json(&j, net, values);
    json_end(&j, '}');
    text_add(out, "\n");
}

static void add_outputs(text *out, const bg_schema *schema)
{
    size_t n = bg_schema_outputs(schema), named = 0;
    for (size_t k = 0; k < n; k++)
        named += bg_schema_output_name(schema, k) != NULL;
    text_format(out, "outputs     %zu", n);
    for (size_t k = 0; named && k < n; k++) {
        const char *name = bg_schema_output_name(schema, k);
        text_add(out, k ? ", " : ": ");
        text_add_name(out, name ? name : "no name");
    }
    text_add(out, named ? "\n" : ", unnamed\n");
}

static void add_input(text *out, const bg_schema *schema, size_t i)
{
    double offset, scale;
    const char *name = bg_schema_input_name(schema, i);
    size_t length = name ? strlen(name) : 0;
    bg_schema_scale(schema, i, &offset, &scale);
    text_format(out, "  %4zu  ", i + 1);
    text_add_name(out, name ? name : "");
    text_format(out, "%*s (x - %g) / %g\n", length < 20 ? (int)(20 - length) : 0, "", offset,
                scale);
}

static void add_schema_text(text *out, const bg_schema *schema)
{
    size_t inputs = bg_schema_inputs(schema);
    text_format(out, "task        %s\n", bg_name(BG_KIND_TASK, (int)bg_schema_task(schema)));
    add_outputs(out, schema);
    text_format(out, "inputs      %zu, scaling %s\n", inputs,
                bg_name(BG_KIND_SCALING, (int)bg_schema_scaling(schema)));
    for (size_t i = 0; i < inputs && i < SHOWN_INPUTS; i++)
        add_input(out, schema, i);
    if (inputs > SHOWN_INPUTS)
        text_format(out, "        and %zu more (--json has all)\n", inputs - SHOWN_INPUTS);
    if (bg_schema_weights_name(schema))
        text_format(out, "weights     %s, no input\n", bg_schema_weights_name(schema));
}

/* Of the notes, those that mean nothing to a person: with this text, or (NULL) with any but in a
 * checkpoint, which a run goes on from. */
static const struct {
    const char *key, *words;
} hidden[] = {
    {"best-epoch", "0"}, {"best-loss", "nan"},   {"epoch-loss", "nan"},     {"clip", "0"},
    {"dropout", "0"},    {"partial-loss", "0"},  {"partial-penalty", "0"},  {"tile-rows", NULL},
    {"slots", NULL},     {"partial-loss", NULL}, {"partial-penalty", NULL},
};

static bool is_shown(const bg_model *model, const char *key)
{
    bool checkpoint = bg_model_state_vectors(model) > 0;
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (strcmp(key, hidden[i].key) == 0 &&
            (hidden[i].words ? strcmp(bg_model_get_note(model, key), hidden[i].words) == 0
                             : !checkpoint))
            return false;
    return true;
}

static void add_text(text *out, const char *path, const bg_model *model)
{
    const bg_net *net = bg_model_const_net(model);
    const bg_objective *o = bg_model_objective(model);
    char sha256[65];
    bg_net_sha256(net, sha256);
    text_format(out, "model       %s\nprecision   %s\nparameters  %zu\n", input_name(path),
                bg_name(BG_KIND_DTYPE, (int)bg_net_dtype(net)), bg_net_parameters(net));
    for (size_t l = 1; l <= bg_net_layers(net); l++)
        text_format(out, "layer %-5zu %zu -> %zu, %s\n", l, bg_net_width(net, l - 1),
                    bg_net_width(net, l),
                    bg_name(BG_KIND_ACTIVATION, (int)bg_net_activation(net, l)));
    text_add(out, "loss        ");
    objective_add(out, o);
    text_add(out, "\n");
    if (bg_model_schema(model))
        add_schema_text(out, bg_model_schema(model));
    if (bg_model_state_vectors(model))
        text_format(out, "state       %zu vectors of a run that can go on\n",
                    bg_model_state_vectors(model));
    text_format(out, "sha256      %s\n", sha256);
    const char *key;
    for (size_t i = 0; (key = bg_model_note_name(model, i)); i++)
        if (is_shown(model, key))
            text_format(out, "%-16s%s\n", key, bg_model_get_note(model, key));
}

static void add_parameters(text *out, const bg_net *net, const double *values)
{
    text_add(out, "parameter,value\n");
    for (size_t l = 1; l <= bg_net_layers(net) && !text_failed(out); l++) {
        size_t count = (bg_net_width(net, l - 1) + 1) * bg_net_width(net, l);
        for (size_t i = 0; i < count && !text_failed(out); i++) {
            parameters_add_name(out, net, l, i);
            text_add(out, ",");
            text_number(out, *values++, bg_net_dtype(net));
            text_add(out, "\n");
        }
    }
}

static int show(const command *c, const bg_model *model)
{
    const bg_net *net = bg_model_const_net(model);
    bool weights = c->value[OPT_SHOWN].flag;
    double *values = weights ? calloc(bg_net_parameters(net), sizeof *values) : NULL;
    if (weights && !values)
        return complain_memory("the parameters");
    if (values)
        parameters_get(net, values);
    text out = text_open(NULL);
    out.for_people = !c->value[OPT_JSON].flag;
    if (c->value[OPT_JSON].flag)
        add_json(&out, c->operand[0], model, values);
    else if (values)
        add_parameters(&out, net, values);
    else
        add_text(&out, c->operand[0], model);
    free(values);
    return text_close(&out);
}

int info_run(command *c)
{
    bg_error error;
    bg_model *model;
    if (bg_model_load(c->operand[0], &model, &error) != BG_OK)
        return complain_error(&error);
    int code = show(c, model);
    bg_model_free(model);
    return code;
}
