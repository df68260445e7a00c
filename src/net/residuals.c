#include "net/residuals.h"

#include "base/status.h"
#include "net/dataset.h"

bg_status residuals_factor(const bg_objective *objective, const bg_data *data, const char *who,
                           double *c, bg_error *error)
{
    const double of_row[BG_LOSS_COUNT] = {
        [BG_MSE] = 1 / (double)data->targets, [BG_HALF_SSE] = 0.5, [BG_SSE] = 1};
    if (of_row[objective->loss] == 0)
        return fail(error, BG_E_ARGUMENT,
                    "%s minimises sums of squares (mse, half_sse, sse), not %s", who,
                    bg_name(BG_KIND_LOSS, (int)objective->loss));
    if (objective->l1 != 0)
        return fail(error, BG_E_ARGUMENT, "%s minimises sums of squares: a penalty l1 is none",
                    who);
    TRY(dataset_refuse_weights(data, who, error));
    *c = of_row[objective->loss];
    if (objective->reduction == BG_MEAN)
        *c /= (double)data->rows;
    return BG_OK;
}

bg_status residuals_check_run(const bg_trainer *b, const char *who, bg_error *error)
{
    if (b->options.batch < b->data->rows)
        return fail(error, BG_E_ARGUMENT, "%s takes all rows at once, not batches of %zu", who,
                    b->options.batch);
    if (b->options.ascent)
        return fail(error, BG_E_ARGUMENT, "%s goes downhill only: no ascent", who);
    return BG_OK;
}

#define FIT_END_TEXT(name, text) text,
const char *bg_fit_end_text(bg_fit_end end)
{
    static const char *const texts[BG_FIT_END_COUNT] = {BG_FIT_END_TABLE(FIT_END_TEXT)};
    return (unsigned)end < BG_FIT_END_COUNT ? texts[end] : NULL;
}
