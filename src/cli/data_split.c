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

/* Each set of rows is as likely as any other (Knuth, algorithm S). */
int data_draw(double share, uint64_t seed, size_t rows, bool **trained)
{
    size_t wanted = (size_t)(share * (double)rows + 0.5);
    if (wanted < 1 || wanted >= rows)
        return misuse("train", "--valid %g of %zu rows leaves no rows for one side", share, rows);
    bool *flags = calloc(rows, sizeof *flags);
    if (!flags)
        return complain_memory("the validation rows");
    uint64_t x = seed;
    for (size_t i = 0; i < rows; i++) {
        double u = (double)(next_random(&x) >> 11) * 0x1p-53;
        bool drawn = u * (double)(rows - i) < (double)wanted;
        flags[i] = !drawn;
        wanted -= drawn;
    }
    *trained = flags;
    return EXIT_DONE;
}

/* The rows with trained[row] == which, in their order. */
static int select_rows(const bg_data *data, const bool *trained, bool which, bg_data **selected)
{
    size_t rows = bg_data_rows(data), count = 0;
    size_t *row = calloc(rows, sizeof *row);
    bg_error error;
    if (!row)
        return complain_memory("the validation rows");
    for (size_t i = 0; i < rows; i++)
        if (trained[i] == which)
            row[count++] = i;
    bg_status status = bg_data_select(data, count, row, selected, &error);
    free(row);
    return status == BG_OK ? EXIT_DONE : complain_error(&error);
}

int data_split(const bool *trained, bg_data **data, bg_data **valid)
{
    bg_data *rest = NULL;
    int code = select_rows(*data, trained, true, &rest);
    if (code == EXIT_DONE)
        code = select_rows(*data, trained, false, valid);
    if (code != EXIT_DONE) {
        bg_data_free(rest);
        return code;
    }
    bg_data_free(*data);
    *data = rest;
    return EXIT_DONE;
}
