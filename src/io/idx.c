#include "io/idx.h"

#include "base/arena.h"
#include "base/status.h"
#include "io/element.h"

enum { MAGIC_SIZE = 4, DIMENSION_SIZE = 4 };

static const struct {
    unsigned char code;
    char kind;
    size_t size;
} codes[] = {
    {0x08, 'u', 1}, {0x09, 'i', 1}, {0x0b, 'i', 2}, {0x0c, 'i', 4}, {0x0d, 'f', 4}, {0x0e, 'f', 8},
};

static const element_type *find_type(unsigned char code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code)
            return element_find(codes[i].kind, codes[i].size);
    return NULL;
}

bool idx_recognise(const input *in)
{
    const unsigned char *bytes = (const unsigned char *)in->bytes;
    return in->size >= MAGIC_SIZE && !bytes[0] && !bytes[1] && find_type(bytes[2]) && bytes[3];
}

static size_t load_size(const unsigned char *bytes)
{
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

typedef struct idx_header {
    const element_type *type;
    size_t rank, rows, columns;
    const unsigned char *elements; /* borrowed from the input */
} idx_header;

static bg_status read_header(const input *in, idx_header *h, bg_error *error)
{
    const unsigned char *bytes = (const unsigned char *)in->bytes;
    if (!idx_recognise(in))
        return fail_at(error, BG_E_DATA, in->name, 0, 0,
                       "not an IDX file: it does not begin with 0 0, a type and a rank");
    h->type = find_type(bytes[2]);
    h->rank = bytes[3];
    size_t start = MAGIC_SIZE + h->rank * DIMENSION_SIZE, elements, need;
    if (in->size < start)
        return fail_at(error, BG_E_DATA, in->name, 0, 0,
                       "the file ends inside its header: %zu dimensions need %zu bytes, it has %zu",
                       h->rank, start, in->size);
    h->rows = load_size(bytes + MAGIC_SIZE);
    h->columns = 1;
    bool fits = true;
    for (size_t d = 1; d < h->rank; d++)
        fits &= size_product(h->columns, load_size(bytes + MAGIC_SIZE + d * DIMENSION_SIZE),
                             &h->columns);
    if (!fits || !size_product(h->rows, h->columns, &elements) ||
        !size_product(elements, h->type->size, &need))
        return fail_at(error, BG_E_DATA, in->name, 0, 0, "its sizes multiply to an absurd number");
    if (in->size - start != need)
        return fail_at(error, BG_E_DATA, in->name, 0, 0,
                       "its header promises %zu rows of %zu numbers, %zu bytes; it has %zu",
                       h->rows, h->columns, need, in->size - start);
    if (elements == 0)
        return fail_at(error, BG_E_DATA, in->name, 0, 0, "its header promises no numbers at all");
    h->elements = bytes + start;
    return BG_OK;
}

bg_status idx_read(const input *in, const bg_read_options *options, bg_table **table,
                   bg_error *error)
{
    idx_header h;
    row_range keep;
    bg_table *t;
    TRY(read_header(in, &h, error));
    TRY(range_keep(in->name, options, h.rows, &keep, error));
    TRY(table_create(in->name, keep.count, h.columns, h.type->dtype, &t, error));
    element_block block = {
        .bytes = h.elements, .type = h.type, .big_endian = true, .row_stride = h.columns};
    bg_status status = element_fill(&block, keep, t, error);
    if (status != BG_OK) {
        bg_table_free(t);
        return status;
    }
    bool bytes = h.type->size == 1 && h.type->kind == 'u';
    t->file_rows = h.rows;
    t->one_unit = bytes && h.rank > 1;
    t->target_asked = true;
    if (h.rank == 1) {
        table_target_last(t);
        t->task = bytes ? BG_CLASSES : -1;
    }
    *table = t;
    return BG_OK;
}
