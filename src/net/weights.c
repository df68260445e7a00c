/* Weights of the rows of a data set. */
#include <math.h>

#include "base/arena.h"
#include "base/status.h"
#include "net/dataset.h"
#include "net/net.h"

/* The mean; BG_E_DATA: not what weights are. */
static bg_status find_mean(const bg_data *data, const double *weights, double *mean,
                           bg_error *error)
{
    double sum = 0;
    for (size_t row = 0; row < data->rows; row++) {
        if (!(weights[row] >= 0) || !isfinite(weights[row]))
            return fail_row(error, BG_E_DATA, NULL, row + 1,
                            "a weight is a number of 0 or more, not %g", weights[row]);
        sum += weights[row];
    }
    *mean = sum / (double)data->rows;
    if (*mean == 0)
        return fail(error, BG_E_DATA, "all weights are 0");
    if (!isfinite(*mean) || (data->dtype == BG_F32 && !isfinite((float)*mean)))
        return fail(error, BG_E_DATA, "the weights are too large: their sum is not finite in %s",
                    bg_name(BG_KIND_DTYPE, (int)data->dtype));
    return BG_OK;
}

/* Kept with a mean of 1, so that no precision loses them; those that are all alike become 1 to the
 * bit. */
bg_status bg_data_set_weights(bg_data *data, const double *weights, bg_error *error)
{
    double mean = 0;
    if (!weights) {
        memory_release(data->w);
        data->w = NULL;
        return BG_OK;
    }
    TRY(find_mean(data, weights, &mean, error));
    if (!data->w)
        data->w = memory_zeroed(data->rows, dtype_size(data->dtype));
    if (!data->w)
        return fail_memory(error, "the weights of the rows");
    for (size_t row = 0; row < data->rows; row++)
        dtype_store(data->dtype, data->w, row, weights[row] / mean);
    data->mean_weight = mean;
    return BG_OK;
}

double bg_data_weight(const bg_data *data, size_t row)
{
    return data->w ? dtype_load(data->dtype, data->w, row) * data->mean_weight : 1;
}

bg_status dataset_copy_weights(const bg_data *from, const size_t *row, bg_data *to,
                               bg_error *error)
{
    if (!from->w)
        return BG_OK;
    double *weights = memory_zeroed(to->rows, sizeof *weights);
    if (!weights)
        return fail_memory(error, "the weights of the rows");
    for (size_t i = 0; i < to->rows; i++)
        weights[i] = bg_data_weight(from, row ? row[i] : i);
    bg_status status = bg_data_set_weights(to, weights, error);
    memory_release(weights);
    return status;
}

bg_status dataset_refuse_weights(const bg_data *data, const char *who, bg_error *error)
{
    return data->w ? fail(error, BG_E_ARGUMENT, "%s counts every row once: no weights", who)
                   : BG_OK;
}

/* ---------------------------------------------------------------------------- balanced --- */

/* Class of a row: the place of its 1, or the value of its only column; BG_E_ARGUMENT: neither. */
static bg_status find_class(const bg_data *data, size_t row, size_t *class, bg_error *error)
{
    size_t ones = 0, n = data->targets;
    *class = 0;
    for (size_t j = 0; j < n; j++) {
        double t = dtype_load(data->dtype, data->t, row * n + j);
        if (t != 0 && t != 1)
            return fail_row(error, BG_E_ARGUMENT, NULL, row + 1,
                            "balanced weights are for classes, and a target is %g", t);
        if (t == 1)
            *class = n > 1 ? j : 1;
        ones += t == 1;
    }
    if (n > 1 && ones != 1)
        return fail_row(error, BG_E_ARGUMENT, NULL, row + 1,
                        "balanced weights are for classes, and %zu of the targets are 1", ones);
    return BG_OK;
}

static bg_status balance(const bg_data *data, size_t *count, double *weights, bg_error *error)
{
    size_t most = data->targets > 1 ? data->targets : 2, classes = 0, class;
    for (size_t row = 0; row < data->rows; row++) {
        TRY(find_class(data, row, &class, error));
        count[class]++;
    }
    for (size_t c = 0; c < most; c++)
        classes += count[c] > 0;
    for (size_t row = 0; row < data->rows; row++) {
        TRY(find_class(data, row, &class, error));
        weights[row] = (double)data->rows / ((double)classes * (double)count[class]);
    }
    return BG_OK;
}

bg_status bg_data_balance(bg_data *data, bg_error *error)
{
    if (!data->t)
        return fail(error, BG_E_ARGUMENT, "balanced weights need targets");
    size_t *count = memory_zeroed(data->targets + 1, sizeof *count);
    double *weights = memory_zeroed(data->rows, sizeof *weights);
    bg_status status = count && weights ? balance(data, count, weights, error)
                                        : fail_memory(error, "the weights of the rows");
    if (status == BG_OK)
        status = bg_data_set_weights(data, weights, error);
    memory_release(count);
    memory_release(weights);
    return status;
}
