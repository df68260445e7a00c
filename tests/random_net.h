/* Random networks with data for them, in numbers that both precisions hold exactly, away from the
 * kinks of activations and losses. */
#ifndef TESTS_RANDOM_NET_H
#define TESTS_RANDOM_NET_H

#include "oracle.h"
#include "twin.h"

/* Widths that suit the engine for thin networks, and ones that do not. */
static const size_t sample_widest[] = {9, 40, 80};

/* No z of a function with a kink, and no residual, is nearer to it than this. */
#define SAMPLE_MARGIN 0.01

typedef struct sample {
    twin twin;
    bg_objective objective;
    size_t rows;
    double *parameters, *x, *t; /* owned */
    unsigned long long state;   /* of the draws */
} sample;

/* Uniform in low..high, rounded to 2^-14 */
static inline double sample_draw(sample *s, double low, double high)
{
    s->state = s->state * 6364136223846793005ull + 1442695040888963407ull;
    double u = (double)(s->state >> 11) * 0x1p-53;
    return nearbyint((low + u * (high - low)) * 0x1p14) * 0x1p-14;
}

/* About uniform in the logarithm, low..high. */
static inline size_t sample_size(sample *s, size_t low, size_t high)
{
    double x = exp(sample_draw(s, log((double)low), log((double)high + 0.99)));
    return x < (double)low ? low : x > (double)high ? high : (size_t)x;
}

static inline bool sample_logs(const sample *s)
{
    return s->objective.loss == BG_BCE || s->objective.loss == BG_SOFTMAX_CE;
}

/* The bias that puts f near 1/2, for losses that take logarithms of the output. */
static const double sample_middle[BG_ACTIVATION_COUNT] = {0.5, 0,     0.55, 0.5,  0.5,
                                                          0.5, -0.43, 0.67, 0.77, 0};

static inline void sample_parameters(sample *s)
{
    twin *w = &s->twin;
    double *p = s->parameters;
    for (size_t l = 1; l <= w->layers; l++) {
        size_t in = w->width[l - 1], out = w->width[l];
        bool top = l == w->layers && sample_logs(s);
        double reach = (top ? 0.12 : 1.6) / sqrt((double)in),
               centre = top ? sample_middle[w->f[l]] : 0;
        for (size_t i = 0; i < in * out; i++)
            *p++ = sample_draw(s, -reach, reach);
        for (size_t j = 0; j < out; j++)
            *p++ = sample_draw(s, centre - 0.3 * reach, centre + 0.3 * reach);
    }
}

/* After twin_forward: may this row stay? */
static inline bool sample_row_fits(const sample *s)
{
    const twin *w = &s->twin;
    for (size_t l = 1; l <= w->layers; l++)
        for (size_t j = 0; w->f[l] != BG_SOFTMAX && twin_functions[w->f[l]].kink && j < w->width[l];
             j++)
            if (fabsl(w->z[l][j].value) < SAMPLE_MARGIN)
                return false;
    double least = 0.05 / (double)w->width[w->layers];
    for (size_t j = 0; sample_logs(s) && j < w->width[w->layers]; j++)
        if (w->a[w->layers][j].value < least || w->a[w->layers][j].value > 0.97L)
            return false;
    return true;
}

static inline void sample_targets(sample *s, double *t)
{
    const twin *w = &s->twin;
    size_t n = w->width[w->layers], one = sample_size(s, 1, n) - 1;
    bool hard = sample_draw(s, 0, 1) < 0.5; /* one-hot, or any shares */
    for (size_t j = 0; j < n; j++) {
        wide d;
        if (sample_logs(s)) {
            t[j] = hard ? j == one : sample_draw(s, 0, 1);
            continue;
        }
        do {
            t[j] = sample_draw(s, -1.5, 2.5);
            d = fabsl((wide)t[j] - w->a[w->layers][j].value);
        } while (d < SAMPLE_MARGIN || fabsl(d - 1) < SAMPLE_MARGIN);
    }
}

/* layers and widths of s->twin, rows and objective are set; f of the layers too. */
static inline void sample_fill(sample *s)
{
    twin *w = &s->twin;
    s->parameters = calloc(twin_parameters(w), sizeof *s->parameters);
    s->x = calloc(s->rows * w->width[0], sizeof *s->x);
    s->t = calloc(s->rows * w->width[w->layers], sizeof *s->t);
    w->parameters = s->parameters;
    sample_parameters(s);
    for (size_t r = 0, tries = 0; r < s->rows; tries++) {
        if (tries == 2000) { /* these parameters leave no room: others */
            sample_parameters(s);
            r = tries = 0;
        }
        double *x = s->x + r * w->width[0];
        for (size_t i = 0; i < w->width[0]; i++)
            x[i] = sample_draw(s, -2, 2);
        twin_forward(w, x);
        if (!sample_row_fits(s))
            continue;
        sample_targets(s, s->t + r * w->width[w->layers]);
        tries = 0;
        r++;
    }
}

/* A network of up to 4 layers and `widest` units, up to 300 rows, `activation` in every layer
 * (softmax: tanh below it). */
static inline sample sample_open(bg_activation activation, bg_loss loss, size_t widest,
                                 unsigned seed)
{
    sample s = {.state = seed * 2654435761ull + 12345};
    twin *w = &s.twin;
    sample_draw(&s, 0, 1);
    s.objective = (bg_objective){.loss = loss,
                                 .reduction = seed % 2 ? BG_SUM : BG_MEAN,
                                 .l2 = seed % 3 ? 0 : 0.0625,
                                 .l1 = seed % 5 ? 0 : 0.03125};
    w->layers = sample_size(&s, 1, 4);
    for (size_t l = 0; l <= w->layers; l++) {
        w->width[l] = sample_size(&s, 1, widest);
        w->f[l] = activation == BG_SOFTMAX && l < w->layers ? BG_TANH : activation;
    }
    if (activation == BG_SOFTMAX && w->width[w->layers] < 2)
        w->width[w->layers] = 2; /* one output alone is always 1 */
    s.rows = sample_size(&s, 1, 300);
    sample_fill(&s);
    return s;
}

static inline void sample_close(sample *s)
{
    free(s->parameters);
    free(s->x);
    free(s->t);
}

static inline bg_net *sample_net(const sample *s, bg_dtype dtype)
{
    bg_net *net = make_net(dtype, s->twin.layers, s->twin.width, s->twin.f + 1);
    set_parameters(net, s->parameters);
    return net;
}

static inline bg_data *sample_data(const sample *s, bg_dtype dtype)
{
    return make_data(dtype, s->rows, s->twin.width[0], s->twin.width[s->twin.layers], s->x, s->t);
}

/* For messages. */
static inline const char *sample_text(const sample *s, char text[160])
{
    size_t used =
        (size_t)snprintf(text, 160, "%s/%s, %zu rows, widths %zu",
                         bg_name(BG_KIND_ACTIVATION, (int)s->twin.f[s->twin.layers]),
                         bg_name(BG_KIND_LOSS, (int)s->objective.loss), s->rows, s->twin.width[0]);
    for (size_t l = 1; l <= s->twin.layers; l++)
        used += (size_t)snprintf(text + used, 160 - used, "-%zu", s->twin.width[l]);
    return text;
}

#endif
