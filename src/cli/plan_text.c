#include "plan_text.h"

#include <stdio.h>

#include "files.h"
#include "json.h"

/* 1.23e9 as "1.23 G": three digits, in powers of 1000. */
static void add_amount(text *out, double amount, const char *unit)
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T", "P", "E"};
    size_t power = 0;
    while (amount >= 999.5 && power + 1 < sizeof prefixes / sizeof *prefixes) {
        amount /= 1000;
        power++;
    }
    int decimals = !power || amount >= 99.95 ? 0 : amount >= 9.995 ? 1 : 2;
    text_format(out, "%4.*f %s%s", decimals, amount, prefixes[power], unit);
}

static double all_bytes(const bg_plan *p)
{
    return p->data_bytes + p->parameter_bytes + p->state_bytes + p->gradient_bytes +
           p->shared_bytes + p->threads * p->tile_bytes;
}

/* ------------------------------------------------------------------------------ layers --- */

/* By bg_engine. */
static const char *const reasons[BG_ENGINE_COUNT] = {
    "rows in SIMD lanes; the network is too thin for a GEMM to fill its registers",
    "dot products; a GEMM for so few outputs would be mostly padding",
    "GEMM by kernels of our own, which take matrices as they lie",
    "GEMM by kernels of our own; rows far apart in memory are packed first",
    "GEMM of floats on the matrix unit: three bfloat16 each, six products",
    "GEMM by the BLAS library, which packs its operands into blocks first",
};

static void add_layers(text *out, const planned *p)
{
    unsigned seen = 0;
    text_add(out, "layer  in x out               engine         work a step   share\n");
    for (size_t l = 0; l < p->spec.layers; l++) {
        const bg_plan_layer *layer = &p->layers[l];
        char widths[48];
        snprintf(widths, sizeof widths, "%zu x %zu", p->spec.widths[l], p->spec.widths[l + 1]);
        text_format(out, "%5zu  %-20s   %-9s   ", l + 1, widths,
                    bg_name(BG_KIND_ENGINE, (int)layer->engine));
        add_amount(out, layer->flops, "FLOP");
        text_format(out, "%*s%6.1f %%\n", layer->flops < 999.5 ? 3 : 2, "",
                    100 * layer->flops / p->plan.flops);
        seen |= 1u << layer->engine;
    }
    for (int e = 0; e < BG_ENGINE_COUNT; e++)
        if (seen >> e & 1)
            text_format(out, "%s: %s\n", bg_name(BG_KIND_ENGINE, e), reasons[e]);
}

/* --------------------------------------------------------------------------------- cut --- */

static const char *why_tile(const planned *p)
{
    const bg_plan *plan = &p->plan;
    if (p->tuning.seconds > 0 && p->tuning.seconds < p->tuning.estimate)
        return "measured: faster than the plan's estimate";
    if (p->layers[0].engine == BG_ENGINE_NARROW)
        return "whole vectors of rows, close to the registers";
    if (plan->tiles == 1)
        return "the whole step";
    return "few enough for the caches, enough for each gradient";
}

/* With one slot and no groups more threads share a tile, and have nothing of their own but scratch.
 */
static bool shares_a_tile(const bg_plan *plan)
{
    return plan->slots == 1 && !plan->group && plan->useful_threads > 1;
}

static const char *why_threads(const planned *p)
{
    const bg_plan *plan = &p->plan;
    if (plan->useful_threads < (plan->group ? plan->group : plan->slots))
        return "no work for more: to wake one costs microseconds";
    if (plan->group)
        return "one for each tile of a group at most";
    if (plan->slots > 1)
        return "one for each partial gradient at most";
    return shares_a_tile(plan) ? "they share products, by blocks of rows and columns"
                               : "one partial gradient, one thread";
}

static const char *why_slots(const planned *p)
{
    return p->plan.deferred ? "gradient, which the update takes block by block"
                            : "partial gradients, added in a fixed tree: same bits";
}

static void add_cut(text *out, const planned *p)
{
    const bg_plan *plan = &p->plan;
    text_format(out, "tile rows    %-8zu %s\n", plan->tile_rows, why_tile(p));
    text_format(out, "tiles        %-8zu of a step%s\n", plan->tiles,
                plan->rows % plan->tile_rows ? ", the last one padded" : "");
    text_format(out, "slots        %-8zu %s\n", plan->slots, why_slots(p));
    if (plan->group)
        text_format(out,
                    "group        %-8zu tiles, over which threads sum blocks of the gradient\n",
                    plan->group);
    text_format(out, "threads      %-8zu useful: %s\n", plan->useful_threads, why_threads(p));
    text_format(out, "             %-8d run: processors or --threads, but useful ones only\n",
                plan->threads);
    text_format(out, "kernels      %-8s the widest that this processor and this build have\n",
                plan->instructions);
}

/* ------------------------------------------------------------------------ work, memory --- */

static void add_tuning(text *out, const planned *p)
{
    const bg_tuning *t = &p->tuning;
    if (t->seconds <= 0)
        return;
    text_format(out, "measured     %.4g ms a step; ", t->seconds * 1e3);
    if (t->seconds < t->estimate)
        text_format(out, "%.4g ms as the plan would cut it\n", t->estimate * 1e3);
    else
        text_add(out, "no other cut is clearly faster\n");
}

static void add_work(text *out, const planned *p)
{
    const bg_plan *plan = &p->plan;
    text_add(out, "work         ");
    add_amount(out, plan->flops, "FLOP");
    text_add(out, " a step: forward, dW, and deltas from layer 2 on\n");
    text_add(out, "traffic      ");
    add_amount(out, plan->bytes, "B");
    text_add(out, " at least: rows once, parameters and state read and written\n");
    text_add(out, "bound        time >= work / peak; ");
    if (p->peak > 0)
        text_format(out, "at the %.4g GFLOP/s of %d thread%s %.4g ms\n", p->peak, plan->threads,
                    plan->threads == 1 ? "" : "s", plan->flops / p->peak * 1e-6);
    else
        text_format(out, "at 100 GFLOP/s %.4g ms\n", plan->flops / 100e9 * 1e3);
    add_tuning(out, p);
}

static void add_bytes(text *out, double bytes, const char *what)
{
    text_add(out, "  ");
    add_amount(out, bytes, "B");
    text_format(out, "  %s\n", what);
}

static void add_memory(text *out, const planned *p)
{
    const bg_plan *plan = &p->plan;
    text_add(out, "memory\n");
    add_bytes(out, plan->data_bytes, "data: inputs and targets of all rows");
    add_bytes(out, plan->parameter_bytes, "parameters, padded to cache lines");
    add_bytes(out, plan->state_bytes, "optimizer, last good parameters, order of the rows");
    add_bytes(out, plan->gradient_bytes, "partial gradients: slots x parameters");
    add_bytes(out, plan->shared_bytes,
              plan->group           ? "transposed and packed weights, lists, a group's tiles"
              : shares_a_tile(plan) ? "transposed and packed weights, lists, the shared tile"
                                    : "transposed and packed weights, lists");
    char words[48];
    snprintf(words, sizeof words, "%s of %d thread%s", shares_a_tile(plan) ? "scratch" : "tiles",
             plan->threads, plan->threads == 1 ? "" : "s");
    add_bytes(out, plan->threads * plan->tile_bytes, words);
    add_bytes(out, all_bytes(plan), "in all; does not grow with the batch but for the data");
}

void plan_add_text(text *out, const planned *p)
{
    out->for_people = true;
    text_format(out, "%s: %llu row%s; %zu a step, %s; ", p->name ? input_name(p->name) : "any rows",
                (unsigned long long)p->rows, p->rows == 1 ? "" : "s", p->plan.rows,
                bg_name(BG_KIND_OPTIMIZER, (int)p->options.optimizer));
    for (size_t l = 0; l <= p->spec.layers; l++)
        text_format(out, l ? "-%zu" : "%zu", p->spec.widths[l]);
    text_format(out, " %s\n\n", bg_name(BG_KIND_DTYPE, (int)p->spec.dtype));
    add_layers(out, p);
    text_add(out, "\n");
    add_cut(out, p);
    text_add(out, "\n");
    add_work(out, p);
    text_add(out, "\n");
    add_memory(out, p);
}

/* -------------------------------------------------------------------------------- JSON --- */

static void add_json_layers(json *j, const planned *p)
{
    json_begin(j, "layers", '[');
    for (size_t l = 0; l < p->spec.layers; l++) {
        json_begin(j, NULL, '{');
        json_count(j, "in", p->spec.widths[l]);
        json_count(j, "out", p->spec.widths[l + 1]);
        json_text(j, "activation", bg_name(BG_KIND_ACTIVATION, (int)p->spec.activations[l]));
        json_text(j, "engine", bg_name(BG_KIND_ENGINE, (int)p->layers[l].engine));
        json_text(j, "why", reasons[p->layers[l].engine]);
        json_number(j, "flops", p->layers[l].flops, BG_F64);
        json_end(j, '}');
    }
    json_end(j, ']');
}

static void add_json_memory(json *j, const bg_plan *plan)
{
    json_begin(j, "memory", '{');
    json_number(j, "data", plan->data_bytes, BG_F64);
    json_number(j, "parameters", plan->parameter_bytes, BG_F64);
    json_number(j, "state", plan->state_bytes, BG_F64);
    json_number(j, "gradients", plan->gradient_bytes, BG_F64);
    json_number(j, "shared", plan->shared_bytes, BG_F64);
    json_number(j, "tile", plan->tile_bytes, BG_F64);
    json_number(j, "total", all_bytes(plan), BG_F64);
    json_end(j, '}');
}

void plan_add_json(text *out, const planned *p)
{
    const bg_plan *plan = &p->plan;
    json j = {.out = out};
    json_begin(&j, NULL, '{');
    json_text(&j, "data", p->name);
    json_count(&j, "rows", p->rows);
    json_count(&j, "batch", plan->rows);
    json_text(&j, "precision", bg_name(BG_KIND_DTYPE, (int)p->spec.dtype));
    json_text(&j, "loss", bg_name(BG_KIND_LOSS, (int)p->options.objective.loss));
    json_text(&j, "optimizer", bg_name(BG_KIND_OPTIMIZER, (int)p->options.optimizer));
    add_json_layers(&j, p);
    json_count(&j, "tile_rows", plan->tile_rows);
    json_text(&j, "why_tile_rows", why_tile(p));
    json_count(&j, "tiles", plan->tiles);
    json_count(&j, "slots", plan->slots);
    json_count(&j, "group", plan->group);
    json_count(&j, "useful_threads", plan->useful_threads);
    json_text(&j, "why_useful_threads", why_threads(p));
    json_count(&j, "threads", (uint64_t)plan->threads);
    json_text(&j, "instructions", plan->instructions);
    json_number(&j, "flops", plan->flops, BG_F64);
    json_number(&j, "bytes", plan->bytes, BG_F64);
    add_json_memory(&j, plan);
    if (p->peak > 0)
        json_number(&j, "peak_gflops", p->peak, BG_F64);
    if (p->tuning.seconds > 0) {
        json_number(&j, "measured_seconds", p->tuning.seconds, BG_F64);
        json_number(&j, "estimate_seconds", p->tuning.estimate, BG_F64);
    }
    json_end(&j, '}');
    text_add(out, "\n");
}
