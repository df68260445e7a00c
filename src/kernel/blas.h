/* The OpenBLAS that is loaded; kernel/gemm.c is its only door. */
#ifndef KERNEL_BLAS_H
#define KERNEL_BLAS_H

typedef struct blas_library {
    const char *config;    /* "OpenBLAS 0.3.21 DYNAMIC_ARCH ...", as it describes itself */
    const char *core;      /* whose kernels run, "SkylakeX" */
    const char *threading; /* "serial", "pthread" or "openmp" */
} blas_library;

void blas_describe(blas_library *library);

#endif
