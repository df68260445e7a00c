#include "sheet/article.h"

#include <string.h>

#include "base/status.h"

enum { INPUTS = 2, HIDDEN = 3, OUTPUTS = 1, XOR_ROWS = 4 };

static const bg_objective half_square = {.loss = BG_HALF_SSE, .reduction = BG_SUM};

/* 2-3-1, identity units, every weight and bias 1. */
static bg_status create_net(bg_dtype dtype, bg_net **net, bg_error *error)
{
    static const size_t widths[] = {INPUTS, HIDDEN, OUTPUTS};
    static const bg_activation identity[] = {BG_IDENTITY, BG_IDENTITY};
    static const double ones[HIDDEN * INPUTS] = {1, 1, 1, 1, 1, 1};
    const bg_net_spec spec = {
        .dtype = dtype, .layers = 2, .widths = widths, .activations = identity};
    TRY (bg_net_create(&spec, net, error))
        ;
    bg_net_set(*net, 1, ones, ones);
    bg_net_set(*net, 2, ones, ones);
    return BG_OK;
}

/* Forward and back: z, a, delta, loss and gradient of the half squared error. */
static bg_status fill_descent(const bg_net *net, const bg_data *sample, article_column *c,
                              bg_error *error)
{
    bg_trace *trace;
    TRY (bg_trace_create(net, &half_square, sample, 0, &trace, error))
        ;
    c->x[0] = c->unit[0] = 1;
    bg_data_row(sample, 0, c->x + 1, &c->y);
    memcpy(c->z, bg_trace_z(trace, 1), HIDDEN * sizeof(double));
    memcpy(c->z + HIDDEN, bg_trace_z(trace, 2), sizeof(double));
    memcpy(c->unit + 1, bg_trace_a(trace, 1), HIDDEN * sizeof(double));
    memcpy(c->unit + 1 + HIDDEN, bg_trace_a(trace, 2), sizeof(double));
    memcpy(c->delta + 1, bg_trace_delta(trace, 1), HIDDEN * sizeof(double));
    memcpy(c->delta + 1 + HIDDEN, bg_trace_delta(trace, 2), sizeof(double));
    c->loss = bg_trace_loss(trace);
    bg_trace_free(trace);

    /* The bias unit Z0 is no unit of the engine; its delta would be V00 delta_D0. */
    double bias;
    bg_net_get(net, 2, NULL, &bias);
    c->delta[0] = bias * c->delta[4];
    return bg_gradient(net, &half_square, sample, 1, NULL, c->gradient, error);
}

/* What the article does with the same numbers: delta = y - yhat is minus dE/dD0, and so is all that
 * follows from it.  Subtracting from 0 keeps -0 off the sheet. */
static void fill_formula(const article_column *descent, article_column *c)
{
    *c = *descent;
    c->loss = descent->y - descent->unit[4];
    for (size_t i = 0; i < sizeof c->delta / sizeof *c->delta; i++)
        c->delta[i] = 0 - descent->delta[i];
    for (size_t i = 0; i < sizeof c->gradient / sizeof *c->gradient; i++)
        c->gradient[i] = 0 - descent->gradient[i];
}

/* One update from the start, its new parameters and the loss that follows.  W - alpha Z delta with
 * the article's delta is W + alpha dE/dW: ascent. */
static bg_status step_once(bg_net *net, const bg_data *sample, bool ascent, double fresh[13],
                           double *loss, bg_error *error)
{
    bg_train_options options;
    bg_train_defaults(&options);
    options.objective = half_square;
    options.optimizer = BG_GD;
    options.lr = ARTICLE_ALPHA;
    options.ascent = ascent;
    options.threads = 1;
    bg_trainer *trainer;
    TRY (bg_trainer_create(net, sample, &options, &trainer, error))
        ;
    bg_progress progress;
    bg_status status = bg_trainer_run(trainer, 1, &progress, error);
    bg_trainer_free(trainer);
    TRY (status)
        ;
    bg_net_get(net, 1, fresh, fresh + HIDDEN * INPUTS);
    bg_net_get(net, 2, fresh + HIDDEN * INPUTS + HIDDEN, fresh + HIDDEN * INPUTS + HIDDEN + HIDDEN);
    return bg_loss_value(net, &half_square, sample, 1, loss, error);
}

static bg_status step_from_start(bg_dtype dtype, const bg_data *sample, bool ascent,
                                 double fresh[13], double *loss, bg_error *error)
{
    bg_net *net;
    TRY (create_net(dtype, &net, error))
        ;
    bg_status status = step_once(net, sample, ascent, fresh, loss, error);
    bg_net_free(net);
    return status;
}

/* The best that any network of identity units can do on the whole table: it is linear. */
static bg_status fit_xor(article *sheet, bg_error *error)
{
    static const double inputs[XOR_ROWS * INPUTS] = {0, 0, 0, 1, 1, 0, 1, 1};
    static const double targets[XOR_ROWS] = {0, 1, 1, 0};
    bg_data *xor_table;
    TRY (
        bg_data_create(sheet->dtype, XOR_ROWS, INPUTS, OUTPUTS, inputs, targets, &xor_table, error))
        ;
    bg_status status = bg_least_squares(xor_table, sheet->fit, NULL, error);
    bg_data_free(xor_table);
    TRY (status)
        ;
    const double *w = sheet->fit;
    for (size_t row = 0; row < XOR_ROWS; row++)
        sheet->fit_outputs[row] = w[0] * inputs[2 * row] + w[1] * inputs[2 * row + 1] + w[2];
    return BG_OK;
}

static bg_status compute(const bg_data *sample, article *sheet, bg_error *error)
{
    bg_net *net;
    TRY (create_net(sheet->dtype, &net, error))
        ;
    bg_status status = fill_descent(net, sample, &sheet->descent, error);
    bg_net_free(net);
    TRY (status)
        ;
    fill_formula(&sheet->descent, &sheet->formula);
    sheet->loss_before = sheet->descent.loss;
    TRY (step_from_start(sheet->dtype, sample, true, sheet->formula.fresh,
                         &sheet->loss_after_formula, error))
        ;
    TRY (step_from_start(sheet->dtype, sample, false, sheet->descent.fresh,
                         &sheet->loss_after_descent, error))
        ;
    return fit_xor(sheet, error);
}

bg_status bg_article_sheet(bg_dtype dtype, bg_format format, char **result, bg_error *error)
{
    static const article_writer writers[BG_FORMAT_COUNT] = {
        [BG_FORMAT_TEXT] = article_write_text,
        [BG_FORMAT_JSON] = article_write_json,
        [BG_FORMAT_MD] = article_write_md,
    };
    if (!bg_name(BG_KIND_DTYPE, (int)dtype))
        return fail(error, BG_E_ARGUMENT, "unknown precision %d", (int)dtype);
    if ((int)format < 0 || format >= BG_FORMAT_COUNT)
        return fail(error, BG_E_ARGUMENT, "unknown format %d", (int)format);

    static const double zeros[INPUTS] = {0};
    article sheet = {.dtype = dtype};
    bg_data *sample;
    TRY (bg_data_create(dtype, 1, INPUTS, OUTPUTS, zeros, zeros, &sample, error))
        ;
    bg_status status = compute(sample, &sheet, error);
    bg_data_free(sample);
    TRY (status)
        ;

    text t = {0};
    writers[format](&sheet, &t);
    if (t.failed) {
        text_release(&t);
        return fail_memory(error, "the sheet");
    }
    *result = t.bytes;
    return BG_OK;
}
