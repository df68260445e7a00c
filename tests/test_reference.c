/* The certificate's own network: against PyTorch's gradients, and dual numbers against differences
 * to far more digits than double has. */
#include "oracle.h"

#include "sheet/reference.h"

/* dE/dp of every parameter and E, as bg_gradient orders them. */
static double differentiate(const reference *r, const bg_objective *objective, const record *x,
                            const record *t, double *gradient)
{
    quad row[128], scratch[32], sums[26] = {0}, loss = 0;
    quad share = objective->reduction == BG_MEAN ? 1 / (quad)x->rows : 1;
    ck_assert_uint_le(r->row_size, 128);
    ck_assert_uint_le(REFERENCE_SCRATCH * r->widest, 32);
    for (size_t i = 0; i < x->rows; i++) {
        quad *sum = sums;
        reference_forward(r, x->values + i * x->columns, t->values + i * t->columns, row);
        loss += row[r->loss];
        for (size_t l = 0; l < r->layers; l++) {
            const reference_layer *layer = &r->layer[l];
            const quad *below = l ? row + r->layer[l - 1].a : row;
            for (size_t j = 0; j < layer->out; j++) {
                quad tangent = reference_tangent(r, row, l, j, scratch);
                for (size_t k = 0; k < layer->in; k++)
                    sum[j * layer->in + k] += tangent * below[k];
                sum[layer->out * layer->in + j] += tangent;
            }
            sum += (layer->in + 1) * layer->out;
        }
    }
    for (size_t k = 0; k < 26; k++)
        gradient[k] = (double)(sums[k] * share);
    return (double)(loss * share);
}

static void agree_with_torch(const torch_pair *p)
{
    reference r;
    double g[26], got;
    ck_assert_int_eq(reference_open(&r, p->net, &p->objective, NULL), BG_OK);
    got = differentiate(&r, &p->objective, &p->x, &p->t, g);
    /* Here PyTorch is the one that rounds. */
    ck_assert_msg(worst_relative(1, &got, p->value.values, 0) <= 1e-14, "loss of %s %s %s: %g",
                  p->activation, p->loss, p->reduction,
                  worst_relative(1, &got, p->value.values, 0));
    double worst = worst_relative(26, g, p->gradient.values, 1e-3);
    ck_assert_msg(worst <= 1e-12, "gradient of %s %s %s: %g", p->activation, p->loss, p->reduction,
                  worst);
    reference_close(&r);
}

START_TEST(every_pair_agrees_with_pytorch)
{
    each_torch_pair(agree_with_torch);
}
END_TEST

/* (4 D(h/2) - D(h)) / 3 of one row's loss, by z of a unit; h^4 is 1e-26 */
static quad difference(const reference *r, const quad *row, size_t l, size_t unit)
{
    quad scratch[32], up, down, d[2];
    for (int i = 0; i < 2; i++) {
        quad h = (quad)(i ? 0x1p-23 : 0x1p-22);
        ck_assert(reference_moved(r, row, l, unit, h, scratch, &up));
        ck_assert(reference_moved(r, row, l, unit, -h, scratch, &down));
        d[i] = (up - down) / (2 * h);
    }
    return (4 * d[1] - d[0]) / 3;
}

START_TEST(differences_agree_to_24_digits)
{
    const double parameters[] = {0.5, -0.75, 0.25, 1,    -0.5, 0.125, 0.3,  -0.2, 0.7,
                                 0.1, -0.9,  0.6,  -0.3, 0.8,  0.45,  0.15, -0.6};
    const double x[] = {0.625, -1.5}, t[] = {0.25, 0.75};
    for (int f = 0; f < BG_ACTIVATION_COUNT; f++)
        for (int e = 0; e < BG_LOSS_COUNT; e++) {
            bool logs = e == BG_BCE || e == BG_SOFTMAX_CE;
            bg_activation both[] = {f == BG_SOFTMAX ? BG_GELU : (bg_activation)f, BG_SIGMOID};
            if (f == BG_SOFTMAX || !logs)
                both[1] = (bg_activation)f;
            bg_net *net = make_net(BG_F64, 2, (size_t[]){2, 3, 2}, both);
            set_parameters(net, parameters);
            bg_objective objective = {.loss = (bg_loss)e, .reduction = BG_SUM};
            quad row[128], scratch[32];
            reference r;
            ck_assert_int_eq(reference_open(&r, net, &objective, NULL), BG_OK);
            reference_forward(&r, x, t, row);
            for (size_t l = 0; l < 2; l++)
                for (size_t j = 0; j < r.layer[l].out; j++) {
                    quad exact = reference_tangent(&r, row, l, j, scratch);
                    quad off = quad_abs(difference(&r, row, l, j) - exact);
                    ck_assert_msg(off <= QUAD(1e-24), "%s, %s, layer %zu, unit %zu: off by %g",
                                  bg_name(BG_KIND_ACTIVATION, f), bg_name(BG_KIND_LOSS, e), l, j,
                                  (double)off);
                }
            reference_close(&r);
            bg_net_free(net);
        }
}
END_TEST

/* relu at z = 0: a step to the right is across the kink, and the derivative is the left one. */
START_TEST(kinks_are_noticed)
{
    const bg_activation relu[] = {BG_RELU};
    const double weight = 1, bias = -0.5, x = 0.5, t = 1;
    bg_objective objective = {.loss = BG_SSE, .reduction = BG_SUM};
    bg_net *net = make_net(BG_F64, 1, (size_t[]){1, 1}, relu);
    bg_net_set(net, 1, &weight, &bias);
    reference r;
    quad row[16], scratch[8], loss;
    ck_assert_int_eq(reference_open(&r, net, &objective, NULL), BG_OK);
    reference_forward(&r, &x, &t, row);
    ck_assert(row[r.loss] == 1);
    ck_assert(reference_tangent(&r, row, 0, 0, scratch) == 0);
    ck_assert(!reference_moved(&r, row, 0, 0, QUAD(1e-20), scratch, &loss));
    double far = 0.75;
    reference_forward(&r, &far, &t, row);
    ck_assert(reference_tangent(&r, row, 0, 0, scratch) == QUAD(-1.5));
    ck_assert(reference_moved(&r, row, 0, 0, QUAD(0.25), scratch, &loss));
    ck_assert(loss == QUAD(0.25));
    ck_assert(!reference_moved(&r, row, 0, 0, QUAD(-0.5), scratch, &loss));
    reference_close(&r);
    bg_net_free(net);
}
END_TEST

START_TEST(saturated_units_keep_their_digits)
{
    const bg_activation sigmoid[] = {BG_SIGMOID};
    const double weight = 1, bias = 0, t = 1;
    bg_objective objective = {.loss = BG_BCE, .reduction = BG_SUM};
    bg_net *net = make_net(BG_F64, 1, (size_t[]){1, 1}, sigmoid);
    bg_net_set(net, 1, &weight, &bias);
    reference r;
    quad row[16], scratch[8];
    ck_assert_int_eq(reference_open(&r, net, &objective, NULL), BG_OK);
    for (double x = 100; x <= 700; x += 100) {
        /* -ln s(x) = e^-x - e^-2x / 2 .., and its derivative is -e^-x + e^-2x .. */
        double want = exp(-x);
        reference_forward(&r, &x, &t, row);
        ck_assert_double_eq_tol((double)row[r.loss] / want, 1, 1e-14);
        ck_assert_double_eq_tol((double)reference_tangent(&r, row, 0, 0, scratch) / want, -1,
                                1e-14);
    }
    reference_close(&r);
    bg_net_free(net);
}
END_TEST

RUN_CASE("reference", 60, every_pair_agrees_with_pytorch, differences_agree_to_24_digits,
         kinks_are_noticed, saturated_units_keep_their_digits)
