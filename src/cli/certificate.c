#include "certificate.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "files.h"
#include "json.h"
#include "objective.h"

/* As bg_evidence. */
static const char letters[BG_EVIDENCE_COUNT] = {'D', 'C', 'U'};
static const char *const evidence_words[BG_EVIDENCE_COUNT] = {"dual", "differences", "update"};

/* |error| in limits, 0 where nothing was compared. */
static double share(const bg_certificate_layer *layer, bg_evidence e)
{
    const bg_finding *f = &layer->worst[e];
    return layer->compared[e] && f->error != 0 ? fabs(f->error) / f->limit : 0;
}

/* W[layer][out][in] or b[layer][out] */
static void name_parameter(const bg_net *net, const bg_finding *f, char name[64])
{
    if (f->in == bg_net_width(net, f->layer - 1))
        snprintf(name, 64, "b[%zu][%zu]", f->layer, f->out);
    else
        snprintf(name, 64, "W[%zu][%zu][%zu]", f->layer, f->out, f->in);
}

/* The largest sharpness of a layer; NAN: none has any. */
static double dullest(const bg_certificate *c, size_t *layer)
{
    double most = (double)NAN;
    for (size_t l = 0; l < c->layers; l++)
        if (!(c->layer[l].sharpness <= most) && !isnan(c->layer[l].sharpness)) {
            most = c->layer[l].sharpness;
            *layer = l + 1;
        }
    return most;
}

static size_t compared(const bg_certificate *c, bg_evidence e)
{
    size_t count = 0;
    for (size_t l = 0; l < c->layers; l++)
        count += c->layer[l].compared[e];
    return count;
}

/* -------------------------------------------------------------------------------- text --- */

static void add_network(text *out, const bg_net *net)
{
    size_t layers = bg_net_layers(net);
    text_add(out, "network     ");
    for (size_t l = 0; l <= layers; l++)
        text_format(out, l ? "-%zu" : "%zu", bg_net_width(net, l));
    for (size_t l = 1; l <= layers; l++) {
        bg_activation f = bg_net_activation(net, l);
        if (l == 1 || l == layers || f != bg_net_activation(net, l - 1))
            text_format(out, " %s", bg_name(BG_KIND_ACTIVATION, (int)f));
    }
    text_format(out, ", %zu parameters %s\n", bg_net_parameters(net),
                bg_name(BG_KIND_DTYPE, (int)bg_net_dtype(net)));
}

static void add_subject(text *out, const certified *c)
{
    const bg_certificate *t = c->certificate;
    const option_value *v = c->c->value;
    add_network(out, c->net);
    if (c->model)
        text_format(out, "model       %s\n", input_name(c->model));
    else
        text_format(out, "start       %s, seed %" PRIu64 "\n", v[OPT_INIT].text,
                    v[OPT_SEED].count);
    text_format(out, "sha256      %s\n", t->sha256);
    text_format(out, "data        %s, %zu row%s%s%s\n", input_name(c->data), t->rows,
                t->rows == 1 ? "" : "s", v[OPT_ROWS].text ? ": " : "",
                v[OPT_ROWS].text ? v[OPT_ROWS].text : "");
    text_add(out, "objective   ");
    objective_add(out, c->objective);
    text_add(out, "\nvalue       ");
    text_number(out, t->value, BG_F64);
    text_add(out, ", the reference says ");
    text_number(out, t->reference_value, BG_F64);
    text_add(out, "\nengine      ");
    for (size_t l = 0; l < t->layers; l++)
        if (!l || t->layer[l].engine != t->layer[l - 1].engine)
            text_format(out, "%s%s", l ? ", then " : "",
                        bg_name(BG_KIND_ENGINE, (int)t->layer[l].engine));
    text_format(out, "; %s kernels\n", t->instructions);
}

static void add_references(text *out, const certified *c)
{
    const bg_certificate *t = c->certificate;
    text_format(out, "held against\n"
                     "  D  dual numbers, carried forward in quad precision: %zu derivatives\n"
                     "  C  central differences with Richardson's correction in quad precision,\n"
                     "     step %.2g: %zu derivatives, at most %.1g limits from D\n",
                compared(t, BG_DUAL), t->step, compared(t, BG_DIFFERENCES), t->disagreement);
    text_format(out, "  U  D against (W - W')/lr of a step of training, over all rows: %zu\n"
                     "  D and C share a plain forward pass, and no code with the engine.\n"
                     "limit: what rounding in the engine may do at worst, by a running bound\n",
                compared(t, BG_UPDATE));
}

/* Seven columns. */
static void add_share(text *out, double x)
{
    text_format(out, x < 10 ? " %6.4f" : " %6.0e", x);
}

static void add_layers(text *out, const certified *c)
{
    const bg_certificate *t = c->certificate;
    text_format(out, "%61s%19s\n%5s %10s %8s %6s %6s %10s %6s %6s %6s %6s\n", "worst by D, ulp of",
                "share of limit", "layer", "W", "checked", "kinks", "failed", "value", "terms", "D",
                "C", "U");
    for (size_t l = 0; l < t->layers; l++) {
        const bg_certificate_layer *layer = &t->layer[l];
        char shape[32];
        size_t failed = 0;
        for (int e = 0; e < BG_EVIDENCE_COUNT; e++)
            failed += layer->failed[e];
        snprintf(shape, sizeof shape, "%zux%zu", bg_net_width(c->net, l + 1),
                 bg_net_width(c->net, l));
        text_format(out, "%5zu %10s %8zu %6zu %6zu %+10.3g %+7.2g", l + 1, shape,
                    layer->derivatives, layer->at_kinks, failed, layer->worst[BG_DUAL].ulp_value,
                    layer->worst[BG_DUAL].ulp_terms);
        for (int e = 0; e < BG_EVIDENCE_COUNT; e++)
            if (layer->compared[e])
                add_share(out, share(layer, (bg_evidence)e));
            else
                text_add(out, "      -");
        text_add(out, "\n");
    }
}

static void add_finding(text *out, const certified *c, const char *title, const bg_finding *f,
                        bg_evidence e)
{
    char name[64];
    name_parameter(c->net, f, name);
    text_format(out, "%-11s dE/d%s by %c: engine %.9g, reference %.9g,\n", title, name, letters[e],
                f->engine, f->reference);
    text_format(out, "            error %+.3g: %+.3g ulp of the value, %+.3g ulp of its terms;\n"
                     "            limit %.3g\n",
                f->error, f->ulp_value, f->ulp_terms, f->limit);
}

static void add_kinks(text *out, const bg_certificate *t)
{
    if (!t->kinks && !t->exact_kinks)
        text_add(out, "kinks       none\n");
    if (t->kinks)
        text_format(out,
                    "kinks       %" PRIu64 " places (row, unit) where rounding decides the side:\n"
                    "            the limits of %zu derivatives leave both open\n",
                    t->kinks, t->at_kinks);
    if (t->exact_kinks)
        text_format(out,
                    "%-11s %" PRIu64 " places with z = 0 exactly: the left derivative is right\n",
                    t->kinks ? "" : "kinks", t->exact_kinks);
    if (t->unjudged)
        text_format(out, "not judged  %zu derivatives, whose limit is infinite\n", t->unjudged);
}

static void add_verdict(text *out, const certified *c)
{
    const bg_certificate *t = c->certificate;
    size_t layer = 0;
    double sharpness = dullest(t, &layer);
    if (!isnan(sharpness))
        text_format(out, "sharpness   the limits are %.2g of the gradient of layer %zu, less of "
                         "others\n", sharpness, layer);
    text_add(out, "\n");
    if (t->certified)
        text_format(out, "CERTIFIED: %zu of %zu partial derivatives are right to rounding%s.\n",
                    t->derivatives - t->unjudged, t->parameters,
                    t->derivatives < t->parameters ? " (a sample)" : "");
    else if (t->failed)
        text_format(out, "NOT CERTIFIED: %zu comparisons fail.\n", t->failed);
    else
        text_add(out, "NOT CERTIFIED: nothing could be judged.\n");
}

void certificate_add_text(text *out, const certified *c)
{
    const bg_certificate *t = c->certificate;
    text_format(out, "GRADIENT CERTIFICATE, backgemm %s\n\n", bg_version());
    add_subject(out, c);
    text_add(out, "\n");
    add_references(out, c);
    text_add(out, "\n");
    add_layers(out, c);
    text_add(out, "\n");
    for (size_t l = 0; l < t->layers; l++)
        for (int e = 0; e < BG_EVIDENCE_COUNT; e++)
            if (t->layer[l].failed[e])
                add_finding(out, c, "FAILED", &t->layer[l].worst[e], (bg_evidence)e);
    if (!t->failed && t->derivatives > t->unjudged)
        add_finding(out, c, "worst", &t->worst, t->worst_evidence);
    add_kinks(out, t);
    add_verdict(out, c);
}

/* -------------------------------------------------------------------------------- JSON --- */

static void add_json_finding(json *j, const char *name, const certified *c, const bg_finding *f)
{
    char parameter[64];
    name_parameter(c->net, f, parameter);
    json_begin(j, name, '{');
    json_text(j, "parameter", parameter);
    json_number(j, "engine", f->engine, BG_F64);
    json_number(j, "reference", f->reference, BG_F64);
    json_number(j, "error", f->error, BG_F64);
    json_number(j, "limit", f->limit, BG_F64);
    json_number(j, "ulp_value", f->ulp_value, BG_F64);
    json_number(j, "ulp_terms", f->ulp_terms, BG_F64);
    json_end(j, '}');
}

static void add_json_layers(json *j, const certified *c)
{
    json_begin(j, "layers", '[');
    for (size_t l = 0; l < c->certificate->layers; l++) {
        const bg_certificate_layer *layer = &c->certificate->layer[l];
        json_begin(j, NULL, '{');
        json_count(j, "in", bg_net_width(c->net, l));
        json_count(j, "out", bg_net_width(c->net, l + 1));
        json_text(j, "activation",
                  bg_name(BG_KIND_ACTIVATION, (int)bg_net_activation(c->net, l + 1)));
        json_text(j, "engine", bg_name(BG_KIND_ENGINE, (int)layer->engine));
        json_count(j, "derivatives", layer->derivatives);
        json_count(j, "at_kinks", layer->at_kinks);
        json_count(j, "unjudged", layer->unjudged);
        json_number(j, "sharpness", layer->sharpness, BG_F64);
        for (int e = 0; e < BG_EVIDENCE_COUNT; e++) {
            json_begin(j, evidence_words[e], '{');
            json_count(j, "compared", layer->compared[e]);
            json_count(j, "failed", layer->failed[e]);
            if (layer->compared[e]) {
                json_number(j, "share_of_limit", share(layer, (bg_evidence)e), BG_F64);
                add_json_finding(j, "worst", c, &layer->worst[e]);
            }
            json_end(j, '}');
        }
        json_end(j, '}');
    }
    json_end(j, ']');
}

void certificate_add_json(text *out, const certified *c)
{
    const bg_certificate *t = c->certificate;
    json j = {.out = out};
    json_begin(&j, NULL, '{');
    json_flag(&j, "certified", t->certified);
    json_text(&j, "version", bg_version());
    json_text(&j, "model", c->model);
    json_text(&j, "data", c->data);
    json_count(&j, "rows", t->rows);
    json_text(&j, "sha256", t->sha256);
    json_text(&j, "precision", bg_name(BG_KIND_DTYPE, (int)bg_net_dtype(c->net)));
    json_text(&j, "instructions", t->instructions);
    json_text(&j, "loss", bg_name(BG_KIND_LOSS, (int)c->objective->loss));
    json_text(&j, "reduction", bg_name(BG_KIND_REDUCTION, (int)c->objective->reduction));
    json_number(&j, "l2", c->objective->l2, BG_F64);
    json_number(&j, "l1", c->objective->l1, BG_F64);
    json_number(&j, "value", t->value, BG_F64);
    json_number(&j, "reference_value", t->reference_value, BG_F64);
    json_count(&j, "parameters", t->parameters);
    json_count(&j, "derivatives", t->derivatives);
    json_count(&j, "failed", t->failed);
    json_count(&j, "at_kinks", t->at_kinks);
    json_count(&j, "unjudged", t->unjudged);
    json_count(&j, "kinks", t->kinks);
    json_count(&j, "exact_kinks", t->exact_kinks);
    json_count(&j, "seed", c->seed);
    json_number(&j, "step", t->step, BG_F64);
    json_number(&j, "disagreement", t->disagreement, BG_F64);
    add_json_layers(&j, c);
    json_end(&j, '}');
    text_add(out, "\n");
}
