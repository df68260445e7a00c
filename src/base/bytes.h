/* Little-endian numbers in files, on any machine. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "backgemm.h"

static inline void bytes_put(unsigned char *bytes, size_t size, uint64_t bits)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(bits >> (8 * i));
}

static inline uint64_t bytes_get(const unsigned char *bytes, size_t size)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits |= (uint64_t)bytes[i] << (8 * i);
    return bits;
}

/* A number rounded to dtype: 4 or 8 bytes.  Returns how many. */
static inline size_t bytes_put_real(unsigned char *bytes, bg_dtype dtype, double value)
{
    uint64_t bits64;
    uint32_t bits32;
    float rounded = (float)value;
    memcpy(&bits64, &value, sizeof bits64);
    memcpy(&bits32, &rounded, sizeof bits32);
    size_t size = dtype == BG_F32 ? sizeof bits32 : sizeof bits64;
    bytes_put(bytes, size, dtype == BG_F32 ? bits32 : bits64);
    return size;
}

static inline double bytes_get_real(const unsigned char *bytes, bg_dtype dtype)
{
    if (dtype == BG_F64) {
        uint64_t bits = bytes_get(bytes, sizeof bits);
        double value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    uint32_t bits = (uint32_t)bytes_get(bytes, sizeof bits);
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

#endif
