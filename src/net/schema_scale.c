/* Offsets and scales of the inputs, in double, whatever the run's precision will be. */
#include <math.h>

#include "base/arena.h"
#include "base/status.h"
#include "net/schema.h"

/* What two passes over the rows find out about one column. */
typedef struct moments {
    double min, max;
    double sum;                 /* first pass */
    double centre;              /* sum / rows */
    double residue, square_sum; /* second pass: sums of x - centre and of its square */
    double mean, variance;      /* of the population */
} moments;

static void add_sums(moments *m, double x)
{
    m->min = x < m->min ? x : m->min;
    m->max = x > m->max ? x : m->max;
    m->sum += x;
}

static void add_squares(moments *m, double x)
{
    double d = x - m->centre;
    m->residue += d;
    m->square_sum += d * d;
}

/* What is looked at: `inputs` columns, and the rows with a flag, or all; borrowed. */
typedef struct view {
    const bg_table *table;
    const size_t *column;
    size_t inputs;
    const bool *rows;
} view;

/* Returns the count of rows. */
static size_t pass_over(const view *v, moments *m, void (*add)(moments *, double))
{
    size_t count = 0;
    for (size_t row = 0; row < v->table->rows; row++) {
        if (v->rows && !v->rows[row])
            continue;
        for (size_t i = 0; i < v->inputs; i++)
            add(&m[i], table_value(v->table, row, v->column[i]));
        count++;
    }
    return count;
}

/* The corrected two-pass algorithm: the residue takes back the rounding of the mean (Chan, Golub
 * and LeVeque 1983, "Algorithms for computing the sample variance", eq. 1.7).  False: no rows. */
static bool find_moments(const view *v, moments *m)
{
    for (size_t i = 0; i < v->inputs; i++)
        m[i] = (moments){.min = INFINITY, .max = -INFINITY};
    double rows = (double)pass_over(v, m, add_sums);
    if (rows < 1)
        return false;
    for (size_t i = 0; i < v->inputs; i++)
        m[i].centre = m[i].sum / rows;
    pass_over(v, m, add_squares);
    for (size_t i = 0; i < v->inputs; i++) {
        m[i].mean = m[i].centre + m[i].residue / rows;
        double variance = (m[i].square_sum - m[i].residue * m[i].residue / rows) / rows;
        m[i].variance = variance < 0 ? 0 : variance; /* by rounding alone; NaN stays */
    }
    return true;
}

/* All columns as one: every column has the same number of rows, so means and variances average. */
static moments pool(const moments *m, size_t inputs)
{
    moments all = {.min = INFINITY, .max = -INFINITY};
    for (size_t i = 0; i < inputs; i++) {
        all.min = m[i].min < all.min ? m[i].min : all.min;
        all.max = m[i].max > all.max ? m[i].max : all.max;
        all.mean += m[i].mean / (double)inputs;
    }
    for (size_t i = 0; i < inputs; i++) {
        double d = m[i].mean - all.mean;
        all.variance += (m[i].variance + d * d) / (double)inputs;
    }
    return all;
}

static void scale_by(bg_scaling scaling, const moments *m, double *offset, double *scale)
{
    bool constant = m->min == m->max;
    bool standard = scaling == BG_SCALE_STANDARD;
    *offset = standard && !constant ? m->mean : m->min;
    *scale = standard ? sqrt(m->variance) : m->max - m->min;
    /* Not only a constant: squares of values below 1e-160 are 0 as well. */
    if (constant || *scale == 0)
        *scale = 1;
}

bg_status schema_learn_scaling(bg_schema *schema, const bg_table *table, const size_t *column,
                               const bool *rows, bg_error *error)
{
    if (schema->scaling == BG_SCALE_NONE)
        return BG_OK;
    moments *m = memory_zeroed(schema->inputs, sizeof *m);
    if (!m)
        return fail_memory(error, "the scaling");
    view looked_at = {table, column, schema->inputs, rows};
    bg_status status = BG_OK;
    if (!find_moments(&looked_at, m))
        status = fail(error, BG_E_ARGUMENT, "no row to learn the scaling from");
    moments all = pool(m, schema->inputs);
    for (size_t i = 0; i < schema->inputs && status == BG_OK; i++) {
        scale_by(schema->scaling, table->one_unit ? &all : &m[i], &schema->offset[i],
                 &schema->scale[i]);
        char label[COLUMN_LABEL];
        if (!isfinite(schema->offset[i]) || !isfinite(schema->scale[i]))
            status = fail_at(error, BG_E_DATA, table->source, 0, 0,
                             "the numbers in %s are too large to be scaled",
                             column_label(table, column[i], label));
    }
    memory_release(m);
    return status;
}
