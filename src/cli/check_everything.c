#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "certificate.h"
#include "json.h"
#include "talk.h"

/* One network for each engine: thin layers and few rows; and ones that need GEMM tiles, with more
 * rows than a tile and a slot have. */
static const struct {
    size_t widths[4], rows, differences;
} subjects[] = {
    {{3, 5, 4, 2}, 5, 10},
    {{18, 5, 3, 2}, 66, 3},
};
enum { LAYERS = 3, SUBJECTS = sizeof subjects / sizeof *subjects };

/* Where f is about 1/2: losses that take logarithms want outputs between 0 and 1. */
static const double middle[BG_ACTIVATION_COUNT] = {
    [BG_IDENTITY] = 0.5, [BG_TANH] = 0.55, [BG_RELU] = 0.5,  [BG_LEAKY_RELU] = 0.5,
    [BG_ELU] = 0.5,      [BG_SOFTPLUS] = -0.43, [BG_GELU] = 0.67, [BG_SILU] = 0.77,
};

typedef struct overview {
    const command *c;
    size_t networks, derivatives, failed, at_kinks, uncertified;
    /* The worst error in limits; infinite: not certified. */
    double share[BG_ACTIVATION_COUNT][BG_LOSS_COUNT];
} overview;

/* -1..1, from an index and a seed alone: a hash (splitmix64 of S. Vigna). */
static double draw(uint64_t seed, uint64_t i)
{
    uint64_t x = seed * UINT64_C(0x9e3779b97f4a7c15) + i * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((x ^ (x >> 31)) >> 11) * 0x1p-52 - 1;
}

static bool takes_logarithms(bg_loss loss)
{
    return loss == BG_BCE || loss == BG_SOFTMAX_CE;
}

static void fill_net(bg_net *net, bg_loss loss, uint64_t seed)
{
    double weight[32 * 8], bias[8];
    uint64_t at = 0;
    for (size_t l = 1; l <= bg_net_layers(net); l++) {
        size_t in = bg_net_width(net, l - 1), out = bg_net_width(net, l);
        bool logs = takes_logarithms(loss) && l == bg_net_layers(net);
        double reach = (logs ? 0.12 : 1.6) / sqrt((double)in);
        double centre = logs ? middle[bg_net_activation(net, l)] : 0;
        for (size_t i = 0; i < in * out; i++)
            weight[i] = reach * draw(seed, at++);
        for (size_t j = 0; j < out; j++)
            bias[j] = centre + 0.3 * reach * draw(seed, at++);
        bg_net_set(net, l, weight, bias);
    }
}

static bg_status fill_data(bg_dtype dtype, const size_t *widths, size_t rows, uint64_t seed,
                           bg_data **data, bg_error *error)
{
    double x[66 * 18], t[66 * 2];
    for (size_t i = 0; i < rows * widths[0]; i++)
        x[i] = 2 * draw(seed, 100000 + i);
    for (size_t i = 0; i < rows * widths[LAYERS]; i++)
        t[i] = (1 + draw(seed, 200000 + i)) / 2;
    return bg_data_create(dtype, rows, widths[0], widths[LAYERS], x, t, data, error);
}

typedef struct subject {
    bg_activation activation;
    bg_objective objective;
    bg_dtype dtype;
    size_t shape; /* of subjects */
} subject;

static bg_status certify(const subject *s, const command *c, bg_certificate **certificate,
                         bg_error *error)
{
    bg_activation activations[LAYERS] = {BG_TANH, s->activation, s->activation};
    if (s->activation == BG_SOFTMAX)
        activations[1] = BG_SIGMOID;
    const size_t *widths = subjects[s->shape].widths;
    uint64_t seed = c->value[OPT_SEED].count;
    bg_net_spec spec = {s->dtype, LAYERS, widths, activations};
    bg_certify_options options = {.differences = subjects[s->shape].differences,
                                  .seed = seed,
                                  .threads = (int)c->value[OPT_THREADS].count};
    bg_net *net = NULL;
    bg_data *data = NULL;
    bg_status status = bg_net_create(&spec, &net, error);
    if (status == BG_OK)
        status = fill_data(s->dtype, widths, subjects[s->shape].rows, seed, &data, error);
    if (status == BG_OK) {
        fill_net(net, s->objective.loss, seed);
        status = bg_certify(net, &s->objective, data, &options, certificate, error);
    }
    bg_data_free(data);
    bg_net_free(net);
    return status;
}

static int check_one(overview *all, const subject *s)
{
    bg_certificate *certificate;
    bg_error error;
    if (certify(s, all->c, &certificate, &error) != BG_OK)
        return complain_error(&error);
    double *share = &all->share[s->activation][s->objective.loss];
    const bg_finding *worst = &certificate->worst;
    *share = fmax(*share, certificate->certified ? fabs(worst->error) / worst->limit
                                                 : (double)INFINITY);
    all->networks++;
    all->derivatives += certificate->derivatives;
    all->failed += certificate->failed;
    all->at_kinks += certificate->at_kinks;
    all->uncertified += !certificate->certified;
    bg_certificate_free(certificate);
    return EXIT_DONE;
}

static int check_pair(overview *all, bg_activation f, bg_loss loss)
{
    int code = EXIT_DONE;
    for (int n = 0; n < BG_REDUCTION_COUNT * 2 * SUBJECTS && code == EXIT_DONE; n++) {
        bg_reduction reduction = (bg_reduction)(n / 2 % BG_REDUCTION_COUNT);
        subject s = {.activation = f,
                     .objective = {.loss = loss,
                                   .reduction = reduction,
                                   .l2 = reduction == BG_SUM ? 0.125 : 0},
                     .dtype = n % 2 ? BG_F64 : BG_F32,
                     .shape = (size_t)(n / 2 / BG_REDUCTION_COUNT)};
        code = check_one(all, &s);
    }
    return code;
}

/* ------------------------------------------------------------------------------- print --- */

static void add_text(text *out, const overview *all)
{
    text_format(out, "GRADIENT CERTIFICATE, backgemm %s\n\n", bg_version());
    text_format(out, "%zu small networks: every activation, loss and reduction, f32 and f64,\n"
                     "narrow engine and GEMM tiles, with and without penalty.\n"
                     "%zu partial derivatives against dual numbers in quad precision, a sample\n"
                     "against central differences, and the update of a training step.\n"
                     "The worst error as a share of what rounding may do:\n\n           ",
                all->networks, all->derivatives);
    for (int e = 0; e < BG_LOSS_COUNT; e++)
        text_format(out, " %8s", e == BG_SOFTMAX_CE ? "sm_ce" : bg_name(BG_KIND_LOSS, e));
    for (int f = 0; f < BG_ACTIVATION_COUNT; f++) {
        text_format(out, "\n%-11s", bg_name(BG_KIND_ACTIVATION, f));
        for (int e = 0; e < BG_LOSS_COUNT; e++)
            if (isinf(all->share[f][e]))
                text_add(out, "   FAILED");
            else
                text_format(out, " %8.2g", all->share[f][e]);
    }
    text_add(out, "\n\n");
    if (all->uncertified)
        text_format(out, "NOT CERTIFIED: %zu of %zu networks fail.\n", all->uncertified,
                    all->networks);
    else
        text_format(out, "CERTIFIED: %zu partial derivatives are right to rounding.\n",
                    all->derivatives);
}

static void add_json(text *out, const overview *all)
{
    json j = {.out = out};
    json_begin(&j, NULL, '{');
    json_flag(&j, "certified", all->uncertified == 0);
    json_text(&j, "version", bg_version());
    json_count(&j, "networks", all->networks);
    json_count(&j, "uncertified", all->uncertified);
    json_count(&j, "derivatives", all->derivatives);
    json_count(&j, "failed", all->failed);
    json_count(&j, "at_kinks", all->at_kinks);
    json_begin(&j, "share_of_limit", '{');
    for (int f = 0; f < BG_ACTIVATION_COUNT; f++) {
        json_begin(&j, bg_name(BG_KIND_ACTIVATION, f), '{');
        for (int e = 0; e < BG_LOSS_COUNT; e++)
            json_number(&j, bg_name(BG_KIND_LOSS, e), all->share[f][e], BG_F64);
        json_end(&j, '}');
    }
    json_end(&j, '}');
    json_end(&j, '}');
    text_add(out, "\n");
}

int check_everything(const command *c)
{
    overview all = {.c = c};
    int code = EXIT_DONE;
    for (int f = 0; f < BG_ACTIVATION_COUNT; f++)
        for (int e = 0; e < BG_LOSS_COUNT && code == EXIT_DONE; e++)
            code = check_pair(&all, (bg_activation)f, (bg_loss)e);
    if (code != EXIT_DONE)
        return code;
    text out = text_open(NULL);
    if (c->value[OPT_JSON].flag)
        add_json(&out, &all);
    else
        add_text(&out, &all);
    code = text_close(&out);
    return code == EXIT_DONE && all.uncertified ? EXIT_CHECK : code;
}
