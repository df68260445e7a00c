#include "io/element.h"

#include <math.h>
#include <string.h>

#include "base/status.h"

static double decode_bool(uint64_t bits)
{
    return bits ? 1 : 0;
}

static double decode_unsigned(uint64_t bits)
{
    return (double)bits;
}

static double decode_i1(uint64_t bits)
{
    return (double)(int8_t)bits;
}

static double decode_i2(uint64_t bits)
{
    return (double)(int16_t)bits;
}

static double decode_i4(uint64_t bits)
{
    return (double)(int32_t)bits;
}

static double decode_i8(uint64_t bits)
{
    return (double)(int64_t)bits;
}

/* IEEE 754 binary16: sign, 5 bits of exponent (bias 15), 10 of fraction. */
static double decode_f2(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double fraction = (double)(bits & 1023), magnitude;
    if (exponent == 31)
        magnitude = bits & 1023 ? (double)NAN : (double)INFINITY;
    else if (exponent == 0)
        magnitude = ldexp(fraction, -24);
    else
        magnitude = ldexp(fraction + 1024, exponent - 25);
    return bits >> 15 ? -magnitude : magnitude;
}

static double decode_f4(uint64_t bits)
{
    uint32_t low = (uint32_t)bits;
    float value;
    memcpy(&value, &low, sizeof value);
    return (double)value;
}

static double decode_f8(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static const element_type types[] = {
    {'b', 1, BG_F32, decode_bool},     {'u', 1, BG_F32, decode_unsigned},
    {'u', 2, BG_F32, decode_unsigned}, {'u', 4, BG_F64, decode_unsigned},
    {'u', 8, BG_F64, decode_unsigned}, {'i', 1, BG_F32, decode_i1},
    {'i', 2, BG_F32, decode_i2},       {'i', 4, BG_F64, decode_i4},
    {'i', 8, BG_F64, decode_i8},       {'f', 2, BG_F32, decode_f2},
    {'f', 4, BG_F32, decode_f4},       {'f', 8, BG_F64, decode_f8},
};

const element_type *element_find(char kind, size_t size)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].kind == kind && types[i].size == size)
            return &types[i];
    return NULL;
}

static uint64_t load(const unsigned char *bytes, size_t size, bool big_endian)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits = bits << 8 | bytes[big_endian ? i : size - 1 - i];
    return bits;
}

double element_value(const element_type *type, const unsigned char *bytes, bool big_endian)
{
    return type->decode(load(bytes, type->size, big_endian));
}

bg_status element_fill(const element_block *block, row_range keep, bg_table *t, bg_error *error)
{
    size_t size = block->type->size;
    for (size_t r = 0; r < keep.count; r++) {
        const unsigned char *row = block->bytes + (keep.first + r) * block->row_stride * size;
        for (size_t c = 0; c < t->columns; c++) {
            size_t offset = block->offset ? block->offset[c] : c;
            double value = element_value(block->type, row + offset * size, block->big_endian);
            if (isfinite(value))
                table_set(t, r, c, value);
            else if (!table_fault(t, c, 0, 0,
                                  "row %zu, column %zu: expected a finite number, found %s",
                                  keep.first + r + 1, c + 1, isnan(value) ? "nan" : "inf"))
                return fail_memory(error, t->source);
        }
    }
    return BG_OK;
}
