#include "io/truth_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/number.h"
#include "base/status.h"
#include "io/range.h"
#include "net/table.h"

static const char prefix[] = "table:";

static uint32_t out_and(uint32_t x, unsigned n)
{
    (void)n;
    return x == 3;
}

static uint32_t out_or(uint32_t x, unsigned n)
{
    (void)n;
    return x != 0;
}

static uint32_t out_nand(uint32_t x, unsigned n)
{
    (void)n;
    return x != 3;
}

static uint32_t out_nor(uint32_t x, unsigned n)
{
    (void)n;
    return x == 0;
}

static uint32_t out_parity(uint32_t x, unsigned n)
{
    (void)n;
    return (uint32_t)__builtin_popcount(x) & 1;
}

static uint32_t out_xnor(uint32_t x, unsigned n)
{
    return !out_parity(x, n);
}

static uint32_t out_majority(uint32_t x, unsigned n)
{
    return 2 * (unsigned)__builtin_popcount(x) > n;
}

static uint32_t out_adder(uint32_t x, unsigned n)
{
    return (x >> n) + (x & ((1u << n) - 1));
}

static uint32_t out_mux(uint32_t x, unsigned n)
{
    unsigned data = 1u << n;
    return x >> (data - 1 - (x >> data)) & 1;
}

static unsigned width_two(unsigned n)
{
    (void)n;
    return 2;
}

static unsigned width_n(unsigned n)
{
    return n;
}

static unsigned width_adder_in(unsigned n)
{
    return 2 * n;
}

static unsigned width_adder_out(unsigned n)
{
    return n + 1;
}

static unsigned width_mux(unsigned n)
{
    return n + (1u << n);
}

static unsigned width_one(unsigned n)
{
    (void)n;
    return 1;
}

/* most: the largest N, for about a million rows; 0: the table takes no number.  inputs and outputs
 * give the widths, out the output bits of input bits x, first bit most significant in both. */
static const struct truth {
    const char *name;
    unsigned most;
    unsigned (*inputs)(unsigned n), (*outputs)(unsigned n);
    uint32_t (*out)(uint32_t x, unsigned n);
} truths[] = {
    {"xor", 0, width_two, width_one, out_parity},
    {"and", 0, width_two, width_one, out_and},
    {"or", 0, width_two, width_one, out_or},
    {"nand", 0, width_two, width_one, out_nand},
    {"nor", 0, width_two, width_one, out_nor},
    {"xnor", 0, width_two, width_one, out_xnor},
    {"parity", 20, width_n, width_one, out_parity},
    {"majority", 20, width_n, width_one, out_majority},
    {"adder", 10, width_adder_in, width_adder_out, out_adder},
    {"mux", 4, width_mux, width_one, out_mux},
};
enum { TRUTHS = sizeof truths / sizeof *truths };

bool truth_table_recognise(const char *path)
{
    return strncmp(path, prefix, sizeof prefix - 1) == 0;
}

/* How many letters the two words share at their beginning and, beyond that, at their end. */
static size_t shared_letters(const char *word, size_t length, const char *name)
{
    size_t head = 0, tail = 0, other = strlen(name);
    while (head < length && head < other && word[head] == name[head])
        head++;
    while (head + tail < length && head + tail < other &&
           word[length - 1 - tail] == name[other - 1 - tail])
        tail++;
    return head + tail;
}

static bg_status fail_unknown(const char *path, const char *word, size_t length, bg_error *error)
{
    char names[256] = "";
    size_t used = 0, best = 0, nearest = TRUTHS;
    for (size_t i = 0; i < TRUTHS; i++) {
        size_t shared = shared_letters(word, length, truths[i].name);
        if (2 * shared > strlen(truths[i].name) && shared > best) {
            best = shared;
            nearest = i;
        }
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s%s", i ? ", " : "",
                                 truths[i].name, truths[i].most ? ":N" : "");
    }
    bool meant = nearest < TRUTHS;
    return fail(error, BG_E_ARGUMENT, "no truth table \"%.60s\"%s%s%s; there are %s", path,
                meant ? ", did you mean table:" : "", meant ? truths[nearest].name : "",
                meant ? "?" : "", names);
}

/* NAME or NAME:N after the prefix. */
static bg_status parse_name(const char *path, const struct truth **found, unsigned *n,
                            bg_error *error)
{
    const char *word = path + sizeof prefix - 1;
    size_t length = strcspn(word, ":");
    const struct truth *t = truths;
    while (t < truths + TRUTHS && (strlen(t->name) != length || memcmp(t->name, word, length) != 0))
        t++;
    if (t == truths + TRUTHS)
        return fail_unknown(path, word, length, error);
    const char *number = word + length;
    uint64_t value = 0;
    if (!t->most && *number)
        return fail(error, BG_E_ARGUMENT, "table:%s takes no number, found \"%.60s\"", t->name,
                    path);
    if (t->most && (!*number || !number_parse_count(number + 1, strlen(number + 1), &value) ||
                    value < 1 || value > t->most))
        return fail(error, BG_E_ARGUMENT, "table:%s:N takes N from 1 to %u, found \"%.60s\"",
                    t->name, t->most, path);
    *found = t;
    *n = (unsigned)value;
    return BG_OK;
}

static bg_status name_columns(bg_table *t, unsigned inputs, bg_error *error)
{
    char name[24];
    for (size_t c = 0; c < t->columns; c++) {
        bool in = c < inputs;
        size_t number = in ? c + 1 : c + 1 - inputs;
        if (!in && t->columns == inputs + 1)
            snprintf(name, sizeof name, "y");
        else
            snprintf(name, sizeof name, "%c%zu", in ? 'x' : 'y', number);
        t->column[c].name = memory_copy_text(name);
        if (!t->column[c].name)
            return fail_memory(error, t->source);
    }
    t->named = true;
    return BG_OK;
}

/* Bits of x into a row from `column` on, most significant of `width` first. */
static void set_bits(bg_table *t, size_t row, size_t column, uint32_t x, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        table_set(t, row, column + i, x >> (width - 1 - i) & 1);
}

bg_status truth_table_read(const char *path, const bg_read_options *options, bg_table **table,
                           bg_error *error)
{
    const struct truth *truth = NULL;
    unsigned n = 0;
    row_range keep;
    bg_table *t;
    TRY(parse_name(path, &truth, &n, error));
    unsigned inputs = truth->inputs(n), outputs = truth->outputs(n);
    TRY(range_keep(path, options, (size_t)1 << inputs, &keep, error));
    TRY(table_create(path, keep.count, inputs + outputs, BG_F32, &t, error));
    bg_status status = name_columns(t, inputs, error);
    if (status != BG_OK) {
        bg_table_free(t);
        return status;
    }
    for (size_t r = 0; r < keep.count; r++) {
        uint32_t x = (uint32_t)(keep.first + r);
        set_bits(t, r, 0, x, inputs);
        set_bits(t, r, inputs, truth->out(x, n), outputs);
    }
    for (size_t c = inputs; c < t->columns; c++)
        t->target[t->target_count++] = c;
    t->file_rows = (size_t)1 << inputs;
    t->target_asked = true;
    t->truth_table = true;
    t->task = BG_BITS;
    *table = t;
    return BG_OK;
}
