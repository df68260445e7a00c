#include "net/triangle.h"

#include <math.h>
#include <string.h>

#include "base/status.h"
#include "kernel/lapack.h"

#define LEAST_ROWS ((size_t)64)

static void carve(triangle *t)
{
    t->r = arena_carve(&t->memory, t->columns + t->room, t->columns * sizeof *t->r);
    t->tau = arena_carve(&t->memory, t->columns, sizeof *t->tau);
}

/* A tile of twice as many rows as columns: folding costs 2 (rows + n) n^2, so half as much again as
 * the factorisation of the whole would. */
bg_status triangle_open(triangle *t, size_t columns, bg_error *error)
{
    *t = (triangle){.columns = columns, .room = 2 * columns, .memory = arena_measure()};
    if (t->room < LEAST_ROWS)
        t->room = LEAST_ROWS;
    if (columns > INT32_MAX / 4)
        return fail(error, BG_E_ARGUMENT, "a least-squares fit takes up to %d unknowns",
                    INT32_MAX / 4);
    carve(t);
    if (!arena_open(&t->memory))
        return fail_memory(error, "a QR factorisation");
    carve(t);
    return BG_OK;
}

void triangle_close(triangle *t)
{
    arena_close(&t->memory);
}

bool triangle_fold(triangle *t)
{
    size_t rows = t->rows;
    t->rows = 0;
    return rows == 0 || lapack_triangularise(t->columns + rows, t->columns, t->r, t->tau);
}

double *triangle_row(triangle *t)
{
    if (t->rows == t->room && !triangle_fold(t))
        return NULL;
    double *row = t->r + (t->columns + t->rows++) * t->columns;
    memset(row, 0, t->columns * sizeof *row);
    return row;
}

void triangle_scale(const triangle *t, size_t columns, int *power)
{
    for (size_t j = 0; j < columns; j++) {
        double norm = 0;
        for (size_t i = 0; i <= j; i++)
            norm = hypot(norm, t->r[i * t->columns + j]);
        frexp(norm, &power[j]);
    }
}
