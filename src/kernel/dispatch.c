/* Which instruction set's kernels run: one table of tables, a row for each variant. */
#include "base/real.h"
#include "kernel/activation.h"
#include "kernel/dropout.h"
#include "kernel/loss.h"
#include "kernel/multiply.h"
#include "kernel/narrow.h"
#include "kernel/optimizer.h"
#include "kernel/peak.h"
#include "kernel/reduce.h"
#include "kernel/thin.h"
#include "kernel/variants.h"

#define JOIN2(name, suffix) name##_##suffix
#define JOIN(name, suffix) JOIN2(name, suffix)

#define DECLARE(suffix)                                                                            \
    extern const activation_rule JOIN(REAL_NAME(activation_rules), suffix)[BG_ACTIVATION_COUNT];   \
    extern const loss_rule JOIN(REAL_NAME(loss_rules),                                             \
                                suffix)[BG_LOSS_COUNT][BG_ACTIVATION_COUNT];                       \
    extern const narrow_rule JOIN(REAL_NAME(narrow_rules), suffix);                                \
    extern const multiply_rule JOIN(REAL_NAME(multiply_rules), suffix);                            \
    extern const optimizer_rule JOIN(REAL_NAME(optimizer_rules), suffix)[BG_OPTIMIZER_COUNT];      \
    extern const thin_rule JOIN(REAL_NAME(thin_rules), suffix);                                    \
    extern const peak_rule JOIN(REAL_NAME(peak_rules), suffix);                                    \
    extern const dropout_rule JOIN(REAL_NAME(dropout_rules), suffix);                              \
    extern const reduce_rule JOIN(REAL_NAME(reduce_rules), suffix);
VARIANTS(DECLARE)

#define ROW(suffix)                                                                                \
    {JOIN(REAL_NAME(activation_rules), suffix), JOIN(REAL_NAME(optimizer_rules), suffix),          \
     &JOIN(REAL_NAME(reduce_rules), suffix),    &JOIN(REAL_NAME(narrow_rules), suffix),            \
     &JOIN(REAL_NAME(thin_rules), suffix),      &JOIN(REAL_NAME(peak_rules), suffix),              \
     &JOIN(REAL_NAME(multiply_rules), suffix),  &JOIN(REAL_NAME(dropout_rules), suffix),           \
     JOIN(REAL_NAME(loss_rules), suffix)},
static const struct {
    const activation_rule *activations;
    const optimizer_rule *optimizers;
    const reduce_rule *reduce;
    const narrow_rule *narrow;
    const thin_rule *thin;
    const peak_rule *peak;
    const multiply_rule *multiply;
    const dropout_rule *dropout;
    const loss_rule (*losses)[BG_ACTIVATION_COUNT];
} tables[VARIANT_COUNT] = {VARIANTS(ROW)};

const activation_rule *activation_find(bg_activation activation)
{
    return activation_variant(activation, variant_choose());
}

const activation_rule *activation_variant(bg_activation activation, variant v)
{
    return &tables[v].activations[activation];
}

const loss_rule *loss_find(bg_loss loss, bg_activation output)
{
    return loss_variant(loss, output, variant_choose());
}

/* Most pairs are no more than the loss by itself. */
const loss_rule *loss_variant(bg_loss loss, bg_activation output, variant v)
{
    const loss_rule *rules = tables[v].losses[loss];
    return &rules[rules[output].apply ? output : BG_IDENTITY];
}

const optimizer_rule *optimizer_find(bg_optimizer optimizer)
{
    return &tables[variant_choose()].optimizers[optimizer];
}

const narrow_rule *narrow_find(void)
{
    return tables[variant_choose()].narrow;
}

const thin_rule *thin_find(void)
{
    return tables[variant_choose()].thin;
}

const peak_rule *peak_find(void)
{
    return tables[variant_choose()].peak;
}

const dropout_rule *dropout_find(void)
{
    return tables[variant_choose()].dropout;
}

const multiply_rule *multiply_find(void)
{
    return multiply_variant(variant_choose());
}

const multiply_rule *multiply_variant(variant v)
{
    return tables[v].multiply;
}

void reduce_tree(size_t slots, size_t stride, size_t n, real *first)
{
    tables[variant_choose()].reduce->tree(slots, stride, n, first);
}

void reduce_columns(size_t m, size_t n, const real *x, size_t ld, real beta, real *sums)
{
    tables[variant_choose()].reduce->columns(m, n, x, ld, beta, sums);
}

double reduce_sizes(size_t n, const real *x)
{
    return tables[variant_choose()].reduce->sizes(n, x);
}

double reduce_squares(size_t n, const real *x)
{
    return tables[variant_choose()].reduce->squares(n, x);
}

double reduce_dot(size_t n, const real *x, const real *y)
{
    return tables[variant_choose()].reduce->dot(n, x, y);
}
