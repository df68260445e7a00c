#include <math.h>

#include "certificate.h"
#include "files.h"
#include "objective.h"
#include "places.h"
#include "talk.h"
#include "training.h"
#include "verbs.h"

/* What is the model's own. */
static const option_id settings[] = {
    OPT_TASK,      OPT_SCALE, OPT_LAYERS, OPT_ACTIVATION, OPT_OUTPUT_ACTIVATION, OPT_LOSS,
    OPT_REDUCTION, OPT_L2,    OPT_L1,     OPT_INIT,       OPT_PRECISION};
/* What means nothing without data. */
static const option_id readings[] = {OPT_TARGET, OPT_ROWS, OPT_HEADER, OPT_SAMPLE, OPT_DIFFERENCES};

static int print(const certified *what)
{
    text out = text_open(NULL);
    bool json = what->c->value[OPT_JSON].flag;
    out.for_people = !json;
    if (json)
        certificate_add_json(&out, what);
    else
        certificate_add_text(&out, what);
    int code = text_close(&out);
    return code == EXIT_DONE && !what->certificate->certified ? EXIT_CHECK : code;
}

/* Nothing shows before the end, so a long wait is said to be one.  The costs, of a derivative and
 * of a parameter in the forward pass, are those of one row on a processor of 2023. */
static void warn_of_time(const bg_net *net, const bg_data *data, uint64_t sample)
{
    double parameters = (double)bg_net_parameters(net), rows = (double)bg_data_rows(data);
    double looked = sample && (double)sample < parameters ? (double)sample : parameters;
    double seconds = rows * (looked * 2.5e-7 + parameters * 6e-8);
    if (seconds > 30)
        say("%.0f derivatives over %.0f rows: about %.0f minute%s of a processor; --sample and "
            "--rows make it shorter",
            looked, rows, ceil(seconds / 60), seconds > 60 ? "s" : "");
}

static int certify(const command *c, const char *model, const bg_net *net,
                   const bg_objective *objective, const bg_data *data)
{
    bg_certificate *certificate;
    bg_error error;
    bg_certify_options options = {.sample = (size_t)c->value[OPT_SAMPLE].count,
                                  .differences = (size_t)c->value[OPT_DIFFERENCES].count,
                                  .seed = c->value[OPT_SEED].count,
                                  .threads = (int)c->value[OPT_THREADS].count};
    warn_of_time(net, data, c->value[OPT_SAMPLE].count);
    if (bg_certify(net, objective, data, &options, &certificate, &error) != BG_OK)
        return complain_error(&error);
    const certified what = {.c = c,
                            .model = model,
                            .data = c->operand[c->operands - 1],
                            .net = net,
                            .objective = objective,
                            .certificate = certificate,
                            .seed = options.seed};
    int code = print(&what);
    bg_certificate_free(certificate);
    return code;
}

static int check_model(command *c)
{
    bg_model *model = NULL;
    bg_data *data = NULL;
    options_default(c, &(facts){0});
    int code = OPTIONS_REFUSE(c, settings, "is the model's own");
    if (code == EXIT_DONE)
        code = inputs_check(c);
    if (code == EXIT_DONE)
        code = model_read(c->operand[0], &model);
    if (code == EXIT_DONE)
        code = training_rows_read(c, c->operand[1], model, &data);
    if (code == EXIT_DONE)
        code =
            certify(c, c->operand[0], bg_model_const_net(model), bg_model_objective(model), data);
    bg_data_free(data);
    bg_model_free(model);
    return code;
}

/* The network that train would start from. */
static int check_start(command *c)
{
    training t = {.c = c};
    bg_schema *schema = NULL;
    bg_net *net = NULL;
    int code = inputs_check(c);
    if (code == EXIT_DONE)
        code = training_read(&t, &schema);
    if (code == EXIT_DONE)
        code = training_net(c, schema, &net);
    if (code == EXIT_DONE) {
        bg_objective objective = objective_chosen(c);
        code = certify(c, NULL, net, &objective, t.data);
    }
    bg_net_free(net);
    bg_schema_free(schema);
    training_close(&t);
    return code;
}

int check_run(command *c)
{
    if (c->operands == 2)
        return check_model(c);
    if (c->operands == 1)
        return check_start(c);
    int code = OPTIONS_REFUSE(c, settings, "needs DATA");
    if (code == EXIT_DONE)
        code = OPTIONS_REFUSE(c, readings, "needs DATA");
    options_default(c, &(facts){0});
    return code == EXIT_DONE ? check_everything(c) : code;
}
