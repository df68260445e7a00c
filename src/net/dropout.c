#include "net/dropout.h"

#include "base/rng.h"
#include "base/status.h"

/* The start weights and the shuffle have streams of their own. */
#define DROPOUT_STREAM 0x64726f706f7574u

double dropout_of(const bg_train_options *options, size_t l)
{
    return options->dropouts ? options->dropouts[l] : options->dropout;
}

bool dropout_any(const bg_train_options *options, size_t layers)
{
    for (size_t l = 0; l + 1 < layers; l++)
        if (dropout_of(options, l) > 0)
            return true;
    return false;
}

bg_status dropout_check(const bg_train_options *options, size_t layers, bg_error *error)
{
    if (layers == 1 && !options->dropouts && options->dropout != 0)
        return fail(error, BG_E_ARGUMENT, "dropout is for hidden layers, and there are none");
    for (size_t l = 0; l + 1 < layers; l++)
        if (!(dropout_of(options, l) >= 0 && dropout_of(options, l) < 1))
            return fail(error, BG_E_ARGUMENT, "dropout is at least 0 and less than 1, not %g",
                        dropout_of(options, l));
    if (options->optimizer > BG_RPROP && dropout_any(options, layers))
        return fail(error, BG_E_ARGUMENT, "%s compares losses of one network: no dropout",
                    bg_name(BG_KIND_OPTIMIZER, (int)options->optimizer));
    return BG_OK;
}

plan dropout_plan(const bg_net *net, const bg_train_options *options, size_t rows)
{
    if (!dropout_any(options, net->layers))
        return plan_choose(net, &options->objective, options->optimizer, rows);
    plan p = plan_tiles(net, options->optimizer, rows);
    p.drops = true;
    return p;
}

uint64_t dropout_key(const bg_train_options *options, uint64_t step)
{
    return rng_hash(rng_hash(options->seed, DROPOUT_STREAM), step);
}
