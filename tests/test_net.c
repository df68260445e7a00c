/* Shapes and parameters: what is refused, the order of weights, padding. */
#include "net/net.h"

#include <stdint.h>

#include "oracle.h"
#include "padding.h"

static void expect_refusal(bg_net_spec spec, const char *word)
{
    bg_net *net = NULL;
    bg_error error;
    ck_assert_int_eq(bg_net_create(&spec, &net, &error), BG_E_ARGUMENT);
    ck_assert_ptr_null(net);
    ck_assert_int_eq(error.status, BG_E_ARGUMENT);
    ck_assert_msg(strstr(error.text, word) != NULL, "\"%s\" without \"%s\"", error.text, word);
    ck_assert_int_eq(bg_net_create(&spec, &net, NULL), BG_E_ARGUMENT);
}

START_TEST(bad_shapes_are_refused)
{
    static const bg_activation plain[] = {BG_TANH, BG_TANH};
    static const size_t good[] = {2, 3, 1};
    static const size_t bad[] = {0, BG_MAX_WIDTH + 1, SIZE_MAX, SIZE_MAX / 2 + 1};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (size_t place = 0; place < 3; place++) {
            size_t widths[] = {2, 3, 1};
            char layer[16];
            widths[place] = bad[i];
            snprintf(layer, sizeof layer, "layer %zu", place);
            expect_refusal((bg_net_spec){BG_F64, 2, widths, plain}, layer);
        }
    expect_refusal((bg_net_spec){BG_F32, 0, good, plain}, "layers");
    expect_refusal((bg_net_spec){BG_F32, BG_MAX_LAYERS + 1, good, plain}, "layers");
    expect_refusal((bg_net_spec){BG_F32, SIZE_MAX, good, plain}, "layers");
    expect_refusal((bg_net_spec){(bg_dtype)2, 2, good, plain}, "precision");
    expect_refusal((bg_net_spec){(bg_dtype)-1, 2, good, plain}, "precision");
}
END_TEST

START_TEST(bad_activations_are_refused)
{
    static const size_t widths[] = {2, 3, 1};
    expect_refusal((bg_net_spec){BG_F32, 2, widths, (bg_activation[]){BG_SOFTMAX, BG_SOFTMAX}},
                   "softmax");
    expect_refusal(
        (bg_net_spec){BG_F32, 2, widths, (bg_activation[]){BG_ACTIVATION_COUNT, BG_TANH}},
        "layer 1");
    expect_refusal((bg_net_spec){BG_F32, 2, widths, (bg_activation[]){BG_TANH, (bg_activation)-1}},
                   "layer 2");
}
END_TEST

/* Allowed widths whose product no memory holds, and one that might fit only a very large machine's:
 * a sentence, no crash and no kill. */
START_TEST(absurd_sizes_are_a_matter_of_memory)
{
    static const size_t widths[][2] = {{BG_MAX_WIDTH, BG_MAX_WIDTH},
                                       {BG_MAX_WIDTH, BG_MAX_WIDTH / 64},
                                       {(size_t)1 << 21, (size_t)1 << 21}};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
        for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
            bg_net_spec spec = {(bg_dtype)dtype, 1, widths[i], (bg_activation[]){BG_TANH}};
            bg_net *net = NULL;
            bg_error error;
            bg_status status = bg_net_create(&spec, &net, &error);
            ck_assert(status == BG_E_MEMORY || status == BG_E_ARGUMENT);
            ck_assert_ptr_null(net);
        }
}
END_TEST

START_TEST(many_huge_layers_do_not_overflow)
{
    static size_t widths[BG_MAX_LAYERS + 1];
    static bg_activation activations[BG_MAX_LAYERS];
    for (size_t l = 0; l <= BG_MAX_LAYERS; l++)
        widths[l] = BG_MAX_WIDTH;
    bg_net_spec spec = {BG_F64, BG_MAX_LAYERS, widths, activations};
    bg_net *net = NULL;
    ck_assert_int_eq(bg_net_create(&spec, &net, NULL), BG_E_MEMORY);
    ck_assert_ptr_null(net);
}
END_TEST

START_TEST(a_deep_network_is_fine)
{
    static size_t widths[BG_MAX_LAYERS + 1];
    static bg_activation activations[BG_MAX_LAYERS];
    for (size_t l = 0; l <= BG_MAX_LAYERS; l++)
        widths[l] = 1;
    bg_net *net = make_net(BG_F32, BG_MAX_LAYERS, widths, activations);
    ck_assert_uint_eq(bg_net_parameters(net), 2 * BG_MAX_LAYERS);
    ck_assert_int_eq(bg_net_init(net, BG_ONES, 0, 1, NULL), BG_OK);
    bg_data *data = make_data(BG_F32, 1, 1, 0, (double[]){0.5}, NULL);
    double a;
    ck_assert_int_eq(bg_predict(net, data, 1, &a, NULL), BG_OK);
    ck_assert_double_eq(a, 1000.5); /* every bias adds 1 */
    bg_data_free(data);
    bg_net_free(net);
}
END_TEST

START_TEST(accessors_give_the_shape_back)
{
    static const size_t widths[] = {4, 17, 2};
    bg_net *net = make_net(BG_F32, 2, widths, (bg_activation[]){BG_ELU, BG_SOFTMAX});
    ck_assert_int_eq(bg_net_dtype(net), BG_F32);
    ck_assert_uint_eq(bg_net_layers(net), 2);
    for (size_t l = 0; l < 3; l++)
        ck_assert_uint_eq(bg_net_width(net, l), widths[l]);
    ck_assert_int_eq(bg_net_activation(net, 1), BG_ELU);
    ck_assert_int_eq(bg_net_activation(net, 2), BG_SOFTMAX);
    ck_assert_uint_eq(bg_net_parameters(net), 5 * 17 + 18 * 2);
    double p[5 * 17 + 18 * 2];
    get_parameters(net, p);
    for (size_t i = 0; i < sizeof p / sizeof *p; i++)
        ck_assert(p[i] == 0);
    bg_net_free(net);
    bg_net_free(NULL);
}
END_TEST

/* W[out][in]: what is set comes back, rounded to the precision, and acts in its place. */
START_TEST(weights_are_out_by_in)
{
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++) {
        bg_net *net =
            make_net((bg_dtype)dtype, 1, (size_t[]){3, 2}, (bg_activation[]){BG_IDENTITY});
        double w[] = {1, 10, 100, 1000, 1e4, 0.1}, b[] = {0.5, 0.25}, got[6], bias[2], a[2];
        bg_net_set(net, 1, w, b);
        bg_net_get(net, 1, got, bias);
        for (size_t i = 0; i < 6; i++)
            ck_assert_double_eq(got[i], dtype == BG_F32 ? (double)(float)w[i] : w[i]);
        ck_assert_mem_eq(bias, b, sizeof b);
        bg_data *data = make_data((bg_dtype)dtype, 1, 3, 0, (double[]){1, 2, 0}, NULL);
        ck_assert_int_eq(bg_predict(net, data, 1, a, NULL), BG_OK);
        ck_assert_double_eq(a[0], 1 + 20 + 0.5);
        ck_assert_double_eq(a[1], 1000 + 2e4 + 0.25);
        double other[] = {7, 8};
        bg_net_set(net, 1, NULL, other); /* weights stay */
        bg_net_get(net, 1, got, bias);
        ck_assert_double_eq(got[1], 10);
        ck_assert_mem_eq(bias, other, sizeof bias);
        bg_net_set(net, 1, w, NULL); /* biases stay */
        bg_net_get(net, 1, NULL, bias);
        ck_assert_mem_eq(bias, other, sizeof bias);
        bg_data_free(data);
        bg_net_free(net);
    }
}
END_TEST

START_TEST(padding_stays_zero_in_training)
{
    double x[200], t[120];
    fill_values(200, 1, x);
    fill_values(120, 2, t);
    for (int dtype = BG_F32; dtype <= BG_F64; dtype++)
        for (int optimizer = 0; optimizer < BG_LSTSQ; optimizer++) {
            bg_net *net = make_net((bg_dtype)dtype, 3, (size_t[]){5, 18, 7, 3},
                                   (bg_activation[]){BG_SIGMOID, BG_SOFTPLUS, BG_IDENTITY});
            bg_data *data = make_data((bg_dtype)dtype, 40, 5, 3, x, t);
            ck_assert_int_eq(bg_net_init(net, BG_HE_NORMAL, 0, 1, NULL), BG_OK);
            bg_train_options options;
            bg_train_defaults(&options);
            options.optimizer = (bg_optimizer)optimizer;
            options.lr = 0.01;
            options.batch = 7;
            options.objective.l2 = 0.01;
            bg_trainer *trainer;
            ck_assert_int_eq(bg_trainer_create(net, data, &options, &trainer, NULL), BG_OK);
            ck_assert_int_eq(bg_trainer_run(trainer, 20, NULL, NULL), BG_OK);
            padding_is_0(net);
            bg_trainer_free(trainer);
            bg_data_free(data);
            bg_net_free(net);
        }
}
END_TEST

START_TEST(first_nonfinite_layer_is_found)
{
    bg_net *net = make_net(BG_F32, 3, (size_t[]){2, 3, 2, 1}, (bg_activation[]){0, 0, 0});
    ck_assert_uint_eq(net_first_nonfinite(net, net->values), 0);
    for (size_t l = 3; l >= 1; l--) {
        double bias[3] = {1, 1, 1};
        bias[bg_net_width(net, l) - 1] = l == 2 ? (double)NAN : -(double)INFINITY;
        bg_net_set(net, l, NULL, bias);
        ck_assert_uint_eq(net_first_nonfinite(net, net->values), l);
    }
    bg_net_free(net);
}
END_TEST

RUN_CASE("net", 60, bad_shapes_are_refused, bad_activations_are_refused,
         absurd_sizes_are_a_matter_of_memory, many_huge_layers_do_not_overflow,
         a_deep_network_is_fine, accessors_give_the_shape_back, weights_are_out_by_in,
         padding_stays_zero_in_training, first_nonfinite_layer_is_found)
