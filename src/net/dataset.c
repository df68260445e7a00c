#include "net/dataset.h"

#include <string.h>

#include "base/arena.h"
#include "base/status.h"

bg_status dataset_create(bg_dtype dtype, size_t rows, size_t inputs, size_t targets, bg_data **data,
                         bg_error *error)
{
    if (!bg_name(BG_KIND_DTYPE, (int)dtype))
        return fail(error, BG_E_ARGUMENT, "unknown precision %d", (int)dtype);
    if (!rows || !inputs)
        return fail(error, BG_E_ARGUMENT, "data need rows and inputs, not %zu rows of %zu", rows,
                    inputs);
    size_t cells, target_cells, size = dtype_size(dtype);
    if (!size_product(rows, inputs, &cells) || !size_product(rows, targets, &target_cells))
        return fail(error, BG_E_MEMORY, "not enough memory for %zu rows of %zu inputs", rows,
                    inputs);
    bg_data *made = memory_zeroed(1, sizeof *made);
    if (!made)
        return fail_memory(error, "data");
    *made = (bg_data){.dtype = dtype, .rows = rows, .inputs = inputs, .targets = targets};
    made->x = memory_zeroed(cells, size);
    made->t = targets ? memory_zeroed(target_cells, size) : NULL;
    if (!made->x || (targets && !made->t)) {
        bg_data_free(made);
        return fail(error, BG_E_MEMORY, "not enough memory for %zu rows of %zu inputs", rows,
                    inputs);
    }
    *data = made;
    return BG_OK;
}

void bg_data_free(bg_data *data)
{
    if (!data)
        return;
    memory_release(data->x);
    memory_release(data->t);
    memory_release(data->w);
    memory_release(data);
}

/* Rounds rows x width numbers into `to`. */
static bg_status fill(void *to, const bg_data *data, const double *from, size_t width,
                      const char *what, bg_error *error)
{
    for (size_t row = 0; row < data->rows; row++)
        for (size_t j = 0; j < width; j++)
            if (!dtype_store(data->dtype, to, row * width + j, from[row * width + j]))
                return fail_row(error, BG_E_DATA, NULL, row + 1, "%s %zu is not finite in %s", what,
                                j + 1, bg_name(BG_KIND_DTYPE, (int)data->dtype));
    return BG_OK;
}

bg_status bg_data_create(bg_dtype dtype, size_t rows, size_t n_inputs, size_t n_targets,
                         const double *inputs, const double *targets, bg_data **data,
                         bg_error *error)
{
    if (!inputs)
        return fail(error, BG_E_ARGUMENT, "data need inputs");
    if (targets && !n_targets)
        return fail(error, BG_E_ARGUMENT, "targets of width 0");
    bg_data *made;
    TRY(dataset_create(dtype, rows, n_inputs, targets ? n_targets : 0, &made, error));
    bg_status status = fill(made->x, made, inputs, n_inputs, "input", error);
    if (status == BG_OK && targets)
        status = fill(made->t, made, targets, n_targets, "target", error);
    if (status != BG_OK) {
        bg_data_free(made);
        return status;
    }
    *data = made;
    return BG_OK;
}

bg_status bg_data_select(const bg_data *from, size_t count, const size_t *row, bg_data **data,
                         bg_error *error)
{
    bg_data *made;
    TRY(dataset_create(from->dtype, count, from->inputs, from->targets, &made, error));
    size_t size = dtype_size(from->dtype);
    size_t x_size = from->inputs * size, t_size = from->targets * size;
    for (size_t i = 0; i < count; i++) {
        if (row[i] >= from->rows) {
            bg_data_free(made);
            return fail(error, BG_E_ARGUMENT, "there is no row %zu: the data have %zu", row[i],
                        from->rows);
        }
        memcpy((char *)made->x + i * x_size, (const char *)from->x + row[i] * x_size, x_size);
        if (t_size)
            memcpy((char *)made->t + i * t_size, (const char *)from->t + row[i] * t_size, t_size);
    }
    bg_status status = dataset_copy_weights(from, row, made, error);
    if (status != BG_OK) {
        bg_data_free(made);
        return status;
    }
    *data = made;
    return BG_OK;
}

size_t bg_data_rows(const bg_data *data)
{
    return data->rows;
}

size_t bg_data_inputs(const bg_data *data)
{
    return data->inputs;
}

size_t bg_data_targets(const bg_data *data)
{
    return data->targets;
}

void bg_data_row(const bg_data *data, size_t row, double *inputs, double *targets)
{
    for (size_t i = 0; inputs && i < data->inputs; i++)
        inputs[i] = dtype_load(data->dtype, data->x, row * data->inputs + i);
    for (size_t i = 0; targets && i < data->targets; i++)
        targets[i] = dtype_load(data->dtype, data->t, row * data->targets + i);
}
