/* The OpenBLAS that is loaded; kernel/gemm.c is its only door. */
#ifndef KERNEL_BLAS_H
#define KERNEL_BLAS_H

typedef struct blas_library {
    const char *config;    /* "OpenBLAS 0.3.21 DYNAMIC_ARCH ...", as it describes itself */
    const char *core;      /* whose kernels run, "SkylakeX" */
    const char *threading; /* "serial", "pthread" or "openmp" */
} blas_library;

void blas_describe(blas_library *library);

/* Before calls of BLAS and LAPACK: a pthread build is told, for the whole process, to use one
 * thread a call, since the parallelism is ours and its own would make results depend on the thread
 * count. */
void blas_prepare(void);

/* First thing in every thread of a parallel region that calls them: an OpenMP build then finds a
 * limit of one thread, in teams of one as well, where omp_in_parallel() says no.  The limit ends
 * with the region. */
void blas_thread_begin(void);

#endif
