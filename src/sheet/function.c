#include "sheet/function.h"

/* ------------------------------------------------------------------------- activations --- */

static dual identity(dual z)
{
    return z;
}

/* The form whose power does not overflow. */
static dual sigmoid(dual z)
{
    if (z.v > 0)
        return dual_divide(dual_constant(1),
                           dual_add(dual_constant(1), dual_exp(dual_scale(-1, z))));
    dual e = dual_exp(z);
    return dual_divide(e, dual_add(dual_constant(1), e));
}

/* tanh |z| = -m / (m + 2) with m = e^(-2|z|) - 1 */
static dual hyperbolic_tangent(dual z)
{
    quad sign = z.v < 0 ? -1 : 1;
    dual m = dual_expm1(dual_scale(-2 * sign, z));
    return dual_scale(-sign, dual_divide(m, dual_add(m, dual_constant(2))));
}

static dual relu(dual z)
{
    return z.v > 0 ? z : dual_constant(0);
}

static dual leaky_relu(dual z)
{
    return z.v > 0 ? z : dual_scale(QUAD(0.01), z);
}

static dual elu(dual z)
{
    return z.v > 0 ? z : dual_expm1(z);
}

/* ln(1 + e^z) */
static dual softplus(dual z)
{
    if (z.v > 0)
        return dual_add(z, dual_log1p(dual_exp(dual_scale(-1, z))));
    return dual_log1p(dual_exp(z));
}

/* z Phi(z), Phi(z) = erfc(-z / sqrt(2)) / 2 */
static dual gelu(dual z)
{
    const quad root_half = QUAD(0.707106781186547524400844362104849039285);
    return dual_multiply(z, dual_scale(QUAD(0.5), dual_erfc(dual_scale(-root_half, z))));
}

static dual silu(dual z)
{
    return dual_multiply(z, sigmoid(z));
}

static const struct {
    dual (*apply)(dual z);
    bool kink;
} functions[BG_ACTIVATION_COUNT] = {
    [BG_IDENTITY] = {identity, false},
    [BG_SIGMOID] = {sigmoid, false},
    [BG_TANH] = {hyperbolic_tangent, false},
    [BG_RELU] = {relu, true},
    [BG_LEAKY_RELU] = {leaky_relu, true},
    [BG_ELU] = {elu, false},
    [BG_SOFTPLUS] = {softplus, false},
    [BG_GELU] = {gelu, false},
    [BG_SILU] = {silu, false},
};

dual function_apply(bg_activation f, dual z)
{
    return functions[f].apply(z);
}

bool function_has_kink(bg_activation f)
{
    return functions[f].kink;
}

/* ------------------------------------------------------------------------------ losses --- */

static dual residual(dual a, quad t)
{
    return dual_subtract(a, dual_constant(t));
}

static dual squared(dual a, quad t)
{
    dual d = residual(a, t);
    return dual_multiply(d, d);
}

static dual absolute(dual a, quad t)
{
    return dual_abs(residual(a, t));
}

static dual huber(dual a, quad t)
{
    dual d = residual(a, t), size = dual_abs(d);
    if (size.v > 1)
        return dual_subtract(size, dual_constant(QUAD(0.5)));
    return dual_scale(QUAD(0.5), dual_multiply(d, d));
}

/* -t ln a; 0 ln 0 is 0 */
static dual cross_entropy(dual a, quad t)
{
    return t == 0 ? dual_constant(0) : dual_scale(-t, dual_log(a));
}

static dual binary_cross_entropy(dual a, quad t)
{
    dual off = dual_constant(0);
    if (t != 1)
        off = dual_scale(t - 1, dual_log1p(dual_scale(-1, a)));
    return dual_add(cross_entropy(a, t), off);
}

/* With a = s(z): -ln a = softplus(-z), -ln(1-a) = softplus(z). */
static dual sigmoid_cross_entropy(dual z, quad t)
{
    return dual_scale(t, softplus(dual_scale(-1, z)));
}

static dual sigmoid_binary_cross_entropy(dual z, quad t)
{
    return dual_add(sigmoid_cross_entropy(z, t), dual_scale(1 - t, softplus(z)));
}

static const struct {
    dual (*term)(dual a, quad t);
    quad factor;
    bool mean; /* divided by the number of outputs */
} losses[BG_LOSS_COUNT] = {
    [BG_MSE] = {squared, 1, true},
    [BG_HALF_SSE] = {squared, QUAD(0.5), false},
    [BG_SSE] = {squared, 1, false},
    [BG_MAE] = {absolute, 1, true},
    [BG_HUBER] = {huber, 1, true},
    [BG_BCE] = {binary_cross_entropy, 1, false},
    [BG_SOFTMAX_CE] = {cross_entropy, 1, false},
};

bool function_from_z(bg_loss loss, bg_activation output)
{
    return (output == BG_SIGMOID && (loss == BG_BCE || loss == BG_SOFTMAX_CE)) ||
           (output == BG_SOFTMAX && loss == BG_SOFTMAX_CE);
}

dual function_loss(bg_loss loss, bg_activation output, dual x, quad t, size_t outputs)
{
    if (function_from_z(loss, output))
        return loss == BG_BCE ? sigmoid_binary_cross_entropy(x, t) : sigmoid_cross_entropy(x, t);
    quad factor = losses[loss].mean ? losses[loss].factor / (quad)outputs : losses[loss].factor;
    return dual_scale(factor, losses[loss].term(x, t));
}
