#include <stdio.h>

#include "files.h"
#include "json.h"
#include "objective.h"
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

static void add_json(text *out, const char *path, const bg_model *model)
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
    json_end(&j, '}');
    text_add(out, "\n");
}

static void add_schema_text(text *out, const bg_schema *schema)
{
    size_t inputs = bg_schema_inputs(schema);
    text_format(out, "task        %s\noutputs     %zu",
                bg_name(BG_KIND_TASK, (int)bg_schema_task(schema)), bg_schema_outputs(schema));
    for (size_t k = 0; k < bg_schema_outputs(schema); k++) {
        const char *name = bg_schema_output_name(schema, k);
        text_add(out, k ? ", " : ": ");
        text_add(out, name ? name : "no name");
    }
    text_format(out, "\ninputs      %zu, scaling %s\n", inputs,
                bg_name(BG_KIND_SCALING, (int)bg_schema_scaling(schema)));
    for (size_t i = 0; i < inputs && i < SHOWN_INPUTS; i++) {
        const char *name = bg_schema_input_name(schema, i);
        double offset, scale;
        bg_schema_scale(schema, i, &offset, &scale);
        text_format(out, "  %4zu  %-20s (x - %g) / %g\n", i + 1, name ? name : "", offset, scale);
    }
    if (inputs > SHOWN_INPUTS)
        text_format(out, "        and %zu more (--json has all)\n", inputs - SHOWN_INPUTS);
    if (bg_schema_weights_name(schema))
        text_format(out, "weights     %s, no input\n", bg_schema_weights_name(schema));
}

static void add_text(text *out, const char *path, const bg_model *model)
{
    const bg_net *net = bg_model_const_net(model);
    const bg_objective *o = bg_model_objective(model);
    char sha256[65];
    bg_net_sha256(net, sha256);
    text_format(out, "model       %s\nprecision   %s\nparameters  %zu\n", path,
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
        text_format(out, "%-16s%s\n", key, bg_model_get_note(model, key));
}

int info_run(command *c)
{
    bg_error error;
    bg_model *model;
    if (bg_model_load(c->operand[0], &model, &error) != BG_OK)
        return complain_error(&error);
    text out = text_open(NULL);
    out.for_people = !c->value[OPT_JSON].flag;
    if (c->value[OPT_JSON].flag)
        add_json(&out, c->operand[0], model);
    else
        add_text(&out, c->operand[0], model);
    bg_model_free(model);
    return text_close(&out);
}
