#include "io/npy.h"

#include <string.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/number.h"
#include "base/status.h"

enum { MAGIC_SIZE = 6 };
static const char magic[] = "\x93NUMPY";

bool npy_recognise(const input *in)
{
    return in->size >= MAGIC_SIZE && memcmp(in->bytes, magic, MAGIC_SIZE) == 0;
}

typedef struct npy_header {
    char type[8]; /* such as "<f4" */
    bool fortran;
    size_t axes, axis[NPY_MOST_AXES];
} npy_header;

/* A place in the dictionary. */
typedef struct cursor {
    const char *at, *end;
} cursor;

static void skip_space(cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n'))
        c->at++;
}

static bool take(cursor *c, const char *token)
{
    size_t length = strlen(token);
    skip_space(c);
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, token, length) != 0)
        return false;
    c->at += length;
    return true;
}

static bool take_string(cursor *c, char *text, size_t room)
{
    skip_space(c);
    if (c->at == c->end || (*c->at != '\'' && *c->at != '"'))
        return false;
    char quote = *c->at++;
    const char *close = memchr(c->at, quote, (size_t)(c->end - c->at));
    if (!close || (size_t)(close - c->at) >= room)
        return false;
    memcpy(text, c->at, (size_t)(close - c->at));
    text[close - c->at] = 0;
    c->at = close + 1;
    return true;
}

static bool take_size(cursor *c, size_t *size)
{
    skip_space(c);
    const char *digits = c->at;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
        c->at++;
    uint64_t count;
    if (!number_parse_count(digits, (size_t)(c->at - digits), &count) || count > SIZE_MAX)
        return false;
    *size = (size_t)count;
    return true;
}

static bool take_type(cursor *c, npy_header *h)
{
    return take_string(c, h->type, sizeof h->type);
}

static bool take_order(cursor *c, npy_header *h)
{
    h->fortran = take(c, "True");
    return h->fortran || take(c, "False");
}

/* A tuple: (), (3,) or (3, 4); a comma may follow the last number. */
static bool take_shape(cursor *c, npy_header *h)
{
    if (!take(c, "("))
        return false;
    while (!take(c, ")")) {
        if (h->axes == NPY_MOST_AXES || !take_size(c, &h->axis[h->axes]))
            return false;
        h->axes++;
        if (take(c, ",") || h->axes > 1)
            continue;
        return false;
    }
    return true;
}

static const struct {
    const char *key;
    bool (*take)(cursor *c, npy_header *h);
} keys[] = {{"descr", take_type}, {"fortran_order", take_order}, {"shape", take_shape}};
enum { KEYS = sizeof keys / sizeof *keys };

static bool take_entry(cursor *c, npy_header *h, bool seen[KEYS])
{
    char key[32];
    if (!take_string(c, key, sizeof key) || !take(c, ":"))
        return false;
    for (size_t i = 0; i < KEYS; i++) {
        if (strcmp(key, keys[i].key) != 0)
            continue;
        if (seen[i])
            return false;
        seen[i] = true;
        return keys[i].take(c, h);
    }
    return false;
}

/* The dictionary as NumPy writes it: the three keys, each once, in any order. */
static bool take_dictionary(cursor *c, npy_header *h)
{
    bool seen[KEYS] = {false};
    if (!take(c, "{"))
        return false;
    while (!take(c, "}")) {
        if (!take_entry(c, h, seen))
            return false;
        if (take(c, ","))
            continue;
        if (!take(c, "}"))
            return false;
        break;
    }
    skip_space(c);
    return seen[0] && seen[1] && seen[2] && c->at == c->end;
}

/* Version 1 has two bytes of header length, versions 2 and 3 four. */
static bg_status read_header(const input *in, npy_header *h, size_t *start, bg_error *error)
{
    const unsigned char *bytes = (const unsigned char *)in->bytes;
    if (!npy_recognise(in))
        return fail_at(error, BG_E_DATA, in->name, 0, 0, "not an NPY file: its first bytes differ");
    unsigned version = in->size > MAGIC_SIZE ? bytes[MAGIC_SIZE] : 0;
    if (in->size > MAGIC_SIZE && (version < 1 || version > 3))
        return fail_at(error, BG_E_DATA, in->name, 0, 0, "NPY version %u is not known", version);
    size_t length_size = version == 1 ? 2 : 4;
    size_t header = MAGIC_SIZE + 2 + length_size;
    if (in->size < header || in->size - header < bytes_get(bytes + MAGIC_SIZE + 2, length_size))
        return fail_at(error, BG_E_DATA, in->name, 0, 0, "the file ends inside its header");
    size_t length = (size_t)bytes_get(bytes + MAGIC_SIZE + 2, length_size);
    cursor c = {in->bytes + header, in->bytes + header + length};
    *h = (npy_header){.axes = 0};
    if (!take_dictionary(&c, h))
        return fail_at(error, BG_E_DATA, in->name, 0, 0,
                       "its header is not one of an array of numbers, at byte %zu",
                       (size_t)(c.at - in->bytes) + 1);
    *start = header + length;
    return BG_OK;
}

static bg_status check_type(const npy_header *h, npy_array *a, bg_error *error)
{
    char order = h->type[0];
    uint64_t size;
    bool known = order && strchr("<>|", order) && h->type[1] &&
                 number_parse_count(h->type + 2, strlen(h->type + 2), &size);
    a->type = known && size <= 8 ? element_find(h->type[1], (size_t)size) : NULL;
    if (!a->type || (order == '|' && size > 1))
        return fail_at(error, BG_E_DATA, a->name, 0, 0,
                       "elements of type \"%s\" are not numbers that can be read", h->type);
    a->big_endian = order == '>';
    return BG_OK;
}

static bg_status check_shape(const input *in, size_t start, npy_array *a, bg_error *error)
{
    size_t rows = a->axes ? a->axis[0] : 1, columns = 1, need;
    bool fits = true;
    for (size_t i = 1; i < a->axes; i++)
        fits &= size_product(columns, a->axis[i], &columns);
    if (!fits || !size_product(rows, columns, &a->elements) ||
        !size_product(a->elements, a->type->size, &need))
        return fail_at(error, BG_E_DATA, a->name, 0, 0, "its shape multiplies to an absurd number");
    if (in->size - start != need)
        return fail_at(error, BG_E_DATA, a->name, 0, 0,
                       "its shape promises %zu rows of %zu numbers, %zu bytes; it has %zu", rows,
                       columns, need, in->size - start);
    if (a->elements == 0)
        return fail_at(error, BG_E_DATA, a->name, 0, 0, "its shape promises no numbers at all");
    return BG_OK;
}

bg_status npy_open(const input *in, npy_array *array, bg_error *error)
{
    npy_header h;
    size_t start;
    TRY(read_header(in, &h, &start, error));
    npy_array a = {.name = in->name,
                   .bytes = (const unsigned char *)in->bytes + start,
                   .fortran = h.fortran,
                   .axes = h.axes};
    memcpy(a.axis, h.axis, sizeof a.axis);
    TRY(check_type(&h, &a, error));
    TRY(check_shape(in, start, &a, error));
    *array = a;
    return BG_OK;
}

static size_t columns_of(const npy_array *a)
{
    return a->axes ? a->elements / a->axis[0] : 1;
}

/* In Fortran order the first axis runs fastest: offset of a column = sum of index[i] times the
 * product of the axes before i, where the indexes of a column are counted in C order. */
static size_t fortran_offset(const npy_array *a, size_t column)
{
    size_t offset = 0, columns = columns_of(a), stride = a->axes ? a->axis[0] : 1;
    for (size_t i = 1; i < a->axes; i++) {
        columns /= a->axis[i];
        offset += column / columns % a->axis[i] * stride;
        stride *= a->axis[i];
    }
    return offset;
}

void npy_values(const npy_array *a, size_t first, size_t count, double *values)
{
    size_t columns = columns_of(a);
    for (size_t i = 0; i < count; i++) {
        size_t at = first + i;
        if (a->fortran)
            at = at / columns + fortran_offset(a, at % columns);
        values[i] = element_value(a->type, a->bytes + at * a->type->size, a->big_endian);
    }
}

static bg_status fill(const npy_array *a, row_range keep, bg_table *t, bg_error *error)
{
    element_block block = {
        .bytes = a->bytes, .type = a->type, .big_endian = a->big_endian, .row_stride = t->columns};
    if (!a->fortran)
        return element_fill(&block, keep, t, error);
    size_t *offset = memory_zeroed(t->columns, sizeof *offset);
    if (!offset)
        return fail_memory(error, t->source);
    for (size_t c = 0; c < t->columns; c++)
        offset[c] = fortran_offset(a, c);
    block.row_stride = 1;
    block.offset = offset;
    bg_status status = element_fill(&block, keep, t, error);
    memory_release(offset);
    return status;
}

bg_status npy_read(const input *in, const bg_read_options *options, bg_table **table,
                   bg_error *error)
{
    npy_array a;
    row_range keep;
    bg_table *t;
    TRY(npy_open(in, &a, error));
    if (a.axes == 0)
        return fail_at(error, BG_E_DATA, in->name, 0, 0, "it holds one number, not a table");
    TRY(range_keep(in->name, options, a.axis[0], &keep, error));
    TRY(table_create(in->name, keep.count, columns_of(&a), a.type->dtype, &t, error));
    bg_status status = fill(&a, keep, t, error);
    if (status != BG_OK) {
        bg_table_free(t);
        return status;
    }
    t->file_rows = a.axis[0];
    table_target_last(t);
    *table = t;
    return BG_OK;
}
