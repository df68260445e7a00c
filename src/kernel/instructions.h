/* Vector instruction sets of processors, and which of them OpenBLAS's kernels use. */
#ifndef KERNEL_INSTRUCTIONS_H
#define KERNEL_INSTRUCTIONS_H

typedef struct instructions {
    const char *name;
    int rank; /* of two sets of one family of processors, the wider has more */
} instructions;

/* The widest set that this processor has, of those that matter to a GEMM. */
const instructions *instructions_widest(void);

/* The set of the kernels that OpenBLAS calls by this core name; NULL: an unknown name. */
const instructions *instructions_of_core(const char *core);

#endif
