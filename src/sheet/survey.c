#include "sheet/survey.h"

#include <math.h>
#include <omp.h>

#include "base/cpu.h"
#include "base/status.h"

/* Rows whose numbers are kept at a time: enough to share out, few enough to stay small. */
#define MOST_ROWS ((size_t)64)
#define BLOCK_BYTES ((size_t)64 << 20)

/* The correction leaves an error of h^4, 2^-144, and the differences lose 36 of 113 bits: both are
 * far below the 53 bits of double, whatever a network makes of h on its way to the loss. */
#define STEP 0x1p-36

/* A block of rows, and scratch for each thread. */
typedef struct block {
    quad *numbers;        /* row i at i * r->row_size */
    rounding_unit *units; /* row i at i * r->units */
    rounding_kinks kinks[MOST_ROWS];
    size_t first, rows, room;
    quad *scratch;       /* thread k at k * REFERENCE_SCRATCH * widest */
    rounding_pull *pull; /* at k * widest */
    double *sample;      /* at k * (inputs + outputs) */
    arena memory;        /* owns all of the above */
} block;

static void carve(block *b, const reference *r, size_t threads)
{
    arena *m = &b->memory;
    b->numbers = arena_carve(m, b->room, r->row_size * sizeof *b->numbers);
    b->units = arena_carve(m, b->room, r->units * sizeof *b->units);
    b->scratch = arena_carve(m, threads, REFERENCE_SCRATCH * r->widest * sizeof *b->scratch);
    b->pull = arena_carve(m, threads, r->widest * sizeof *b->pull);
    b->sample = arena_carve(m, threads, (r->inputs + r->outputs) * sizeof *b->sample);
}

static bool open_block(block *b, const reference *r, size_t rows, size_t threads)
{
    size_t row = r->row_size * sizeof(quad) + r->units * sizeof(rounding_unit);
    size_t fit = BLOCK_BYTES / row;
    b->room = fit < 1 ? 1 : fit < MOST_ROWS ? fit : MOST_ROWS;
    b->room = b->room < rows ? b->room : rows;
    b->memory = arena_measure();
    carve(b, r, threads);
    if (!arena_open(&b->memory))
        return false;
    carve(b, r, threads);
    return true;
}

double survey_step(const survey *s, size_t l)
{
    return l ? s->step : s->input_step;
}

static void fill_row(const survey *s, block *b, size_t i, size_t thread)
{
    const reference *r = s->r;
    double *x = b->sample + thread * (r->inputs + r->outputs);
    quad *row = b->numbers + i * r->row_size;
    bg_data_row(s->data, b->first + i, x, x + r->inputs);
    reference_forward(r, x, x + r->inputs, row);
    b->kinks[i] = (rounding_kinks){0};
    rounding_row(&s->bound, row, b->units + i * r->units, b->pull + thread * r->widest,
                 &b->kinks[i]);
}

/* E(+h) - E(-h) of one row, for the step and half of it. */
static void move(const survey *s, const quad *row, quad below, quad *scratch, derivative *d)
{
    quad h = (quad)survey_step(s, d->layer);
    for (int i = 0; i < 2 && below != 0 && !d->crossed; i++) {
        quad shift = (i ? h / 2 : h) * below, up, down;
        if (reference_moved(s->r, row, d->layer, d->out, shift, scratch, &up) &&
            reference_moved(s->r, row, d->layer, d->out, -shift, scratch, &down))
            d->change[i] += up - down;
        else
            d->crossed = true;
    }
}

/* dE/dW[j][i] = a[i] dE/dz[j], dE/db[j] = dE/dz[j] */
static void add_row(const survey *s, const block *b, size_t i, quad *scratch, derivative *d,
                    size_t count)
{
    const reference *r = s->r;
    const reference_layer *layer = &r->layer[d->layer];
    const quad *row = b->numbers + i * r->row_size;
    const quad *below = d->layer ? row + r->layer[d->layer - 1].a : row;
    const rounding_unit *units = b->units + i * r->units, *unit = &units[layer->unit + d->out];
    const rounding_unit *under = d->layer ? units + r->layer[d->layer - 1].unit : units;
    const rounding_unit one = {.a = 1};
    quad tangent = reference_tangent(r, row, d->layer, d->out, scratch);
    double size = fabs(unit->delta) + unit->delta_error;
    for (derivative *end = d + count; d < end; d++) {
        bool bias = d->in == layer->in;
        const rounding_unit *from = bias ? &one : &under[d->in];
        double a = fabs(from->a) + from->a_error;
        d->exact += bias ? tangent : tangent * below[d->in];
        d->terms += unit->terms * fabs(from->a);
        d->size += size * a;
        d->error += unit->delta_error * a + fabs(unit->delta) * from->a_error;
        d->error += size != 0 && a != 0 ? s->bound.least * (1 + size + a) : 0;
        d->kink += unit->kink * a;
        if (d->moved)
            move(s, row, bias ? 1 : below[d->in], scratch, d);
    }
}

static void add_group(const survey *s, const block *b, size_t g, size_t thread)
{
    const derivative_group *group = &s->list->group[g];
    quad *scratch = b->scratch + thread * REFERENCE_SCRATCH * s->r->widest;
    for (size_t i = 0; i < b->rows; i++)
        add_row(s, b, i, scratch, s->list->item + group->first, group->count);
}

/* What the loss of a row may be off: an ulp of quad precision for each number in it, and then
 * some. */
static double row_noise(const reference *r, const quad *row, const rounding_unit *units)
{
    double noise = fabs((double)row[r->loss]);
    for (size_t i = 0; i < r->units; i++)
        noise += units[i].terms * (1 + fabs(units[i].a));
    return 16 * (double)QUAD_EPSILON * noise;
}

static void sum_up(survey *s, const block *b)
{
    for (size_t i = 0; i < b->rows; i++) {
        const quad *row = b->numbers + i * s->r->row_size;
        quad loss = row[s->r->loss];
        if (!s->bad_row && !(loss - loss == 0))
            s->bad_row = b->first + i + 1;
        s->loss += loss;
        s->noise += row_noise(s->r, row, b->units + i * s->r->units);
        s->kinks.near += b->kinks[i].near;
        s->kinks.exact += b->kinks[i].exact;
    }
}

static void run_block(survey *s, block *b, int threads)
{
#pragma omp parallel num_threads(threads)
    {
        unsigned mode = cpu_kernel_mode(); /* the same arithmetic in every thread */
        size_t thread = (size_t)omp_get_thread_num();
#pragma omp for schedule(dynamic, 1)
        for (size_t i = 0; i < b->rows; i++)
            fill_row(s, b, i, thread);
#pragma omp single
        sum_up(s, b);
#pragma omp for schedule(dynamic, 1)
        for (size_t g = 0; g < s->list->groups; g++)
            add_group(s, b, g, thread);
        cpu_restore_mode(mode);
    }
}

/* Steps are for inputs of size 1: larger ones take smaller steps. */
static void choose_steps(survey *s, double *x)
{
    double most = 1;
    for (size_t row = 0; row < bg_data_rows(s->data); row++) {
        bg_data_row(s->data, row, x, NULL);
        for (size_t i = 0; i < s->r->inputs; i++)
            most = fmax(most, fabs(x[i]));
    }
    s->step = STEP;
    s->input_step = STEP / most;
}

bg_status survey_run(survey *s, int threads, bg_error *error)
{
    block b = {0};
    size_t rows = bg_data_rows(s->data);
    if (!open_block(&b, s->r, rows, (size_t)threads))
        return fail_memory(error, "rows in quad precision");
    choose_steps(s, b.sample);
    for (b.first = 0; b.first < rows && !s->bad_row; b.first += b.rows) {
        b.rows = rows - b.first < b.room ? rows - b.first : b.room;
        run_block(s, &b, threads);
    }
    arena_close(&b.memory);
    return BG_OK;
}
