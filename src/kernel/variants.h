/* The instruction sets that lane sources are compiled for, and which one runs. */
#ifndef KERNEL_VARIANTS_H
#define KERNEL_VARIANTS_H

#include <stddef.h>

#include "backgemm.h"

/* X(suffix): from the widest to the one that every machine of the family runs. */
#if defined(__x86_64__)
#define VARIANTS(X) X(avx512) X(avx2) X(baseline)
#else
#define VARIANTS(X) X(baseline)
#endif

#define VARIANT_ENUM(suffix) VARIANT_##suffix,
typedef enum variant { VARIANTS(VARIANT_ENUM) VARIANT_COUNT } variant;
#undef VARIANT_ENUM

/* Vectors of rows in a block of the narrow engine (kernel/narrow.h): enough to keep the pipelines
 * full; a handful of rows goes in blocks of one. */
enum { NARROW_VECTORS = 6 };

/* The widest that this processor runs, or the one that BACKGEMM_KERNELS names in the environment:
 * to test the narrower ones, and to get the bits of a lesser machine.  The same for the life of the
 * process. */
variant variant_choose(void);

/* Whether the matrix unit (kernel/amx.h) multiplies floats: the processor has one, the system lets
 * this process use it, and BACKGEMM_KERNELS names nothing, or "amx". */
int variant_has_amx(void);

/* What a network's kernels are made for: "amx", that is avx512 and the matrix unit for products of
 * floats, or the variant's name. */
const char *kernels_name(bg_dtype dtype);

/* Bytes of its vectors. */
int variant_bytes(variant v);

/* "avx512" and so on. */
const char *variant_name(variant v);

/* Whether this processor runs it: tests go through all that do. */
int variant_runs(variant v);

#endif
