#include <stdlib.h>

#include "talk.h"
#include "training.h"

/* splitmix64 (Steele, Lea and Flood 2014): the choice must repeat, not be hard to guess. */
static uint64_t next_random(uint64_t *x)
{
    uint64_t z = (*x += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Marks `wanted` of `rows` rows, each set of rows as likely as any other (Knuth, algorithm S). */
static void draw(size_t rows, size_t wanted, uint64_t seed, bool *kept)
{
    uint64_t x = seed;
    for (size_t i = 0; i < rows; i++) {
        double u = (double)(next_random(&x) >> 11) * 0x1p-53;
        kept[i] = u * (double)(rows - i) < (double)wanted;
        wanted -= kept[i];
    }
}

/* The rows with kept[row] == which, in their order. */
static int select_rows(const bg_data *data, bg_dtype dtype, const bool *kept, bool which,
                       size_t count, bg_data **selected)
{
    size_t inputs = bg_data_inputs(data), targets = bg_data_targets(data), n = 0;
    double *x = calloc(count, inputs * sizeof *x), *t = calloc(count, targets * sizeof *t);
    bg_error error;
    int code = EXIT_DONE;
    if (!x || !t) {
        code = complain_memory("the validation rows");
        goto done;
    }
    for (size_t row = 0; row < bg_data_rows(data); row++) {
        if (kept[row] != which)
            continue;
        bg_data_row(data, row, x + n * inputs, t + n * targets);
        n++;
    }
    if (bg_data_create(dtype, count, inputs, targets, x, t, selected, &error) != BG_OK)
        code = complain_error(&error);
done:
    free(x);
    free(t);
    return code;
}

int data_split(double share, uint64_t seed, bg_dtype dtype, bg_data **data, bg_data **valid)
{
    size_t rows = bg_data_rows(*data), wanted = (size_t)(share * (double)rows + 0.5);
    if (wanted < 1 || wanted >= rows)
        return misuse("train", "--valid %g of %zu rows leaves no rows for one side", share, rows);
    bool *kept = calloc(rows, sizeof *kept);
    if (!kept)
        return complain_memory("the validation rows");
    draw(rows, wanted, seed, kept);
    bg_data *rest = NULL;
    int code = select_rows(*data, dtype, kept, false, rows - wanted, &rest);
    if (code == EXIT_DONE)
        code = select_rows(*data, dtype, kept, true, wanted, valid);
    free(kept);
    if (code != EXIT_DONE) {
        bg_data_free(rest);
        return code;
    }
    bg_data_free(*data);
    *data = rest;
    return EXIT_DONE;
}
