#include <math.h>

#include "samples.h"

static const size_t widths[] = {2, 3, 2};
static const bg_activation activations[] = {BG_TANH, BG_SOFTMAX};
static const bg_objective objective = {.loss = BG_SOFTMAX_CE, .reduction = BG_MEAN, .l2 = 0.001};

START_TEST(a_model_has_its_parts)
{
    bg_model *model = sample_model(BG_F64, 0);
    ck_assert_ptr_eq(bg_model_net(model), bg_model_const_net(model));
    ck_assert_uint_eq(bg_net_parameters(bg_model_net(model)), 17);
    ck_assert_int_eq(bg_model_objective(model)->loss, BG_SOFTMAX_CE);
    ck_assert_str_eq(bg_schema_output_name(bg_model_schema(model), 1), "a, b");
    bg_model_free(model);
    bg_model_free(NULL);
}
END_TEST

START_TEST(parts_must_fit)
{
    static const size_t wide[] = {3, 3, 2}, single[] = {2, 3, 1};
    bg_model *sample = sample_model(BG_F64, 0), *model = NULL;
    const size_t *const shapes[] = {wide, single};
    for (size_t i = 0; i < 2; i++) {
        bg_net *net = sample_net(BG_F64, shapes[i], 2, activations);
        REFUSED(bg_model_create(net, sample->schema, &objective, &model, &problem), BG_E_ARGUMENT,
                "the data have 2 inputs and 2 outputs");
        bg_net_free(net);
    }
    static const bg_objective bad[] = {
        {.loss = (bg_loss)99, .reduction = BG_MEAN},
        {.loss = BG_MSE, .reduction = (bg_reduction)9},
        {.loss = BG_MSE, .reduction = BG_MEAN, .l2 = -1},
        {.loss = BG_MSE, .reduction = BG_MEAN, .l2 = NAN},
        {.loss = BG_MSE, .reduction = BG_MEAN, .l2 = INFINITY},
        {.loss = BG_MSE, .reduction = BG_MEAN, .l1 = -1},
        {.loss = BG_MSE, .reduction = BG_MEAN, .l1 = NAN},
        {.loss = BG_MSE, .reduction = BG_MEAN, .l1 = INFINITY},
    };
    bg_net *net = sample_net(BG_F64, widths, 2, activations);
    for (size_t i = 0; i < COUNT(bad); i++)
        ck_assert_int_eq(bg_model_create(net, NULL, &bad[i], &model, &problem), BG_E_ARGUMENT);
    ck_assert_int_eq(bg_model_create(NULL, NULL, &objective, &model, &problem), BG_E_ARGUMENT);
    ck_assert_int_eq(bg_model_create(net, NULL, NULL, &model, &problem), BG_E_ARGUMENT);
    ck_assert_ptr_null(model);
    OK(bg_model_create(net, NULL, &objective, &model, &problem));
    ck_assert_ptr_null(bg_model_schema(model));
    bg_model_free(model);
    bg_model_free(sample);
}
END_TEST

START_TEST(notes_are_sorted_and_replaced)
{
    bg_model *model = sample_model(BG_F64, 0);
    char key[16], text[16];
    for (int i = 0; i < 200; i++) {
        snprintf(key, sizeof key, "k%d", i * 77 % 200);
        OK(bg_model_set_note(model, key, "old", &problem));
        snprintf(text, sizeof text, "%d", i * 77 % 200);
        OK(bg_model_set_note(model, key, text, &problem));
    }
    for (int i = 0; i < 200; i++) {
        snprintf(key, sizeof key, "k%d", i);
        ck_assert_str_eq(bg_model_get_note(model, key), key + 1);
    }
    size_t count = 0;
    for (; bg_model_note_name(model, count); count++)
        if (count)
            ck_assert_int_lt(
                strcmp(bg_model_note_name(model, count - 1), bg_model_note_name(model, count)), 0);
    ck_assert_uint_eq(count, 202); /* two were there before */
    ck_assert_ptr_null(bg_model_get_note(model, "k200"));
    ck_assert_ptr_null(bg_model_get_note(model, ""));
    bg_model_free(model);
}
END_TEST

START_TEST(notes_are_utf8)
{
    bg_model *model = sample_model(BG_F64, 0);
    REFUSED(bg_model_set_note(model, "k", "\xff", &problem), BG_E_ARGUMENT, "UTF-8");
    REFUSED(bg_model_set_note(model, "\xe2\x82", "t", &problem), BG_E_ARGUMENT, "UTF-8");
    REFUSED(bg_model_set_note(model, "", "t", &problem), BG_E_ARGUMENT, "key");
    REFUSED(bg_model_set_note(model, NULL, "t", &problem), BG_E_ARGUMENT, "key");
    REFUSED(bg_model_set_note(model, "k", NULL, &problem), BG_E_ARGUMENT, "text");
    ck_assert_ptr_null(bg_model_get_note(model, "k"));
    OK(bg_model_set_note(model, "k", "", &problem));
    ck_assert_str_eq(bg_model_get_note(model, "k"), "");
    bg_model_free(model);
}
END_TEST

START_TEST(state_is_kept)
{
    bg_model *model = sample_model(BG_F32, 2);
    ck_assert_uint_eq(bg_model_state_vectors(model), 2);
    double values[17], back[17];
    for (size_t i = 0; i < 17; i++)
        values[i] = 1.0 / (double)(i + 3);
    OK(bg_model_set_state(model, 1, values, &problem));
    ck_assert_uint_eq(bg_model_state_vectors(model), 2);
    bg_model_get_state(model, 1, back);
    ck_assert_mem_eq(values, back, sizeof back);
    bg_model_get_state(model, 0, back);
    ck_assert(back[16] == 1.0 / 17);
    REFUSED(bg_model_set_state(model, 3, values, &problem), BG_E_ARGUMENT, "gap");
    values[5] = INFINITY;
    REFUSED(bg_model_set_state(model, 0, values, &problem), BG_E_ARGUMENT, "not finite");
    values[5] = 0;
    for (size_t v = 2; v < MODEL_MOST_STATE; v++)
        OK(bg_model_set_state(model, v, values, &problem));
    REFUSED(bg_model_set_state(model, MODEL_MOST_STATE, values, &problem), BG_E_ARGUMENT, "many");
    bg_model_free(model);
}
END_TEST

START_TEST(every_failed_allocation_leaves_the_model_as_it_was)
{
    static const double values[17] = {1};
    for (size_t n = 1; n <= 3; n++) {
        bg_model *model = sample_model(BG_F64, 0);
        size_t notes = model->notes;
        memory_fail_after(n);
        bg_status status = bg_model_set_note(model, "new", "text", &problem);
        memory_fail_after(0);
        if (status != BG_OK) {
            ck_assert_int_eq(status, BG_E_MEMORY);
            ck_assert_uint_eq(model->notes, notes);
            ck_assert_ptr_null(bg_model_get_note(model, "new"));
        }
        memory_fail_after(n);
        status = bg_model_set_state(model, 0, values, &problem);
        memory_fail_after(0);
        ck_assert_int_eq(status, n < 3 ? BG_E_MEMORY : BG_OK);
        ck_assert_uint_eq(bg_model_state_vectors(model), n == 3);
        bg_model_free(model);
    }
}
END_TEST

RUN_TESTS("model", a_model_has_its_parts, parts_must_fit, notes_are_sorted_and_replaced,
          notes_are_utf8, state_is_kept, every_failed_allocation_leaves_the_model_as_it_was)
