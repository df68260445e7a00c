/* How good a network is. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "net/dataset.h"
#include "net/net.h"

/* First of the largest; n: one of them is not a number. */
static size_t largest(size_t n, const double *x)
{
    size_t best = 0;
    for (size_t j = 0; j < n; j++) {
        if (isnan(x[j]))
            return n;
        if (x[j] > x[best])
            best = j;
    }
    return best;
}

static bool bits_agree(size_t n, const double *output, const double *target)
{
    for (size_t j = 0; j < n; j++)
        if ((output[j] >= 0.5) != (target[j] >= 0.5) || isnan(output[j]))
            return false;
    return true;
}

/* Share of rows with every output right. */
static double accuracy(const bg_data *data, bg_task task, const double *outputs, double *target,
                       uint64_t *confusion)
{
    size_t n = data->targets, right = 0;
    if (confusion && task == BG_CLASSES)
        memset(confusion, 0, n * n * sizeof *confusion);
    for (size_t i = 0; i < data->rows; i++) {
        bg_data_row(data, i, NULL, target);
        const double *output = outputs + i * n;
        if (task == BG_BITS) {
            right += bits_agree(n, output, target);
            continue;
        }
        size_t truth = largest(n, target), guess = largest(n, output);
        right += truth == guess;
        if (confusion && guess < n)
            confusion[truth * n + guess]++;
    }
    return (double)right / (double)data->rows;
}

/* rmse over all outputs; r2 = mean over the outputs of 1 - residual / total sum of squares, an
 * output without spread counting 1 when met exactly, else 0 (as scikit-learn's r2_score). */
static void regression(const bg_data *data, const double *outputs, bg_metrics *metrics)
{
    size_t n = data->targets, m = data->rows;
    double all = 0, r2 = 0;
    for (size_t j = 0; j < n; j++) {
        double mean = 0, residual = 0, total = 0;
        for (size_t i = 0; i < m; i++)
            mean += (dtype_load(data->dtype, data->t, i * n + j) - mean) / (double)(i + 1);
        for (size_t i = 0; i < m; i++) {
            double t = dtype_load(data->dtype, data->t, i * n + j);
            residual += (outputs[i * n + j] - t) * (outputs[i * n + j] - t);
            total += (t - mean) * (t - mean);
        }
        r2 += total > 0 ? 1 - residual / total : residual == 0 ? 1 : 0;
        all += residual;
    }
    metrics->rmse = sqrt(all / (double)(m * n));
    metrics->r2 = r2 / (double)n;
}

bg_status bg_evaluate(const bg_net *net, const bg_objective *objective, bg_task task,
                      const bg_data *data, int threads, bg_metrics *metrics, uint64_t *confusion,
                      bg_error *error)
{
    if (!bg_name(BG_KIND_TASK, (int)task))
        return fail(error, BG_E_ARGUMENT, "unknown task %d", (int)task);
    bg_objective plain = *objective;
    plain.l2 = plain.l1 = 0;
    bg_metrics found = {.rows = data->rows};
    found.accuracy = found.rmse = found.r2 = (double)NAN;
    TRY(bg_loss_value(net, &plain, data, threads, &found.loss, error));
    double *outputs = memory_zeroed(data->rows, data->targets * sizeof *outputs);
    double *target = memory_zeroed(data->targets, sizeof *target);
    bg_status status = outputs && target ? bg_predict(net, data, threads, outputs, error)
                                         : fail_memory(error, "the predictions");
    if (status == BG_OK && task == BG_REGRESSION)
        regression(data, outputs, &found);
    else if (status == BG_OK)
        found.accuracy = accuracy(data, task, outputs, target, confusion);
    if (isnan(found.loss))
        found.loss = (double)NAN; /* without a sign, which would be printed */
    if (status == BG_OK)
        *metrics = found;
    memory_release(outputs);
    memory_release(target);
    return status;
}
