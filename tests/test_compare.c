/* Comparisons through the public API; what they name is in tests/cli/test_compare.sh. */
#include "oracle.h"

#include "base/arena.h"
#include "sheet/compare.h"

static bg_recording *recording(const char *name)
{
    char path[128];
    bg_recording *r = NULL;
    bg_error error;
    snprintf(path, sizeof path, "tests/data/compare/%s.npz", name);
    ck_assert_msg(bg_recording_read(path, &r, &error) == BG_OK, "%s", error.text);
    return r;
}

static bg_comparison *compare(const bg_recording *r, double tolerance)
{
    bg_comparison *c = NULL;
    bg_error error;
    ck_assert_msg(bg_compare(r, tolerance, &c, &error) == BG_OK, "%s", error.text);
    return c;
}

START_TEST(a_hundred_steps_of_every_optimizer_agree_with_pytorch)
{
    for (int o = 0; o < BG_LSTSQ; o++) {
        char name[64];
        snprintf(name, sizeof name, "agree-%s", bg_name(BG_KIND_OPTIMIZER, o));
        bg_recording *r = recording(name);
        bg_comparison *c = compare(r, 1e-12);
        ck_assert_uint_eq(bg_recording_steps(r), 100);
        ck_assert_msg(bg_comparison_agrees(c), "%s", name);
        ck_assert_msg(bg_comparison_drift(c) <= 1e-12, "%s: %g", name, bg_comparison_drift(c));
        bg_comparison_free(c);
        bg_recording_free(r);
    }
}
END_TEST

/* One number of the recording is moved by so many of its last places. */
static bool notices(double *number, bg_recording *r, double places)
{
    double before = *number;
    *number += places * ldexp(fabs(before), -52);
    bg_comparison *c = compare(r, 0);
    bool noticed = !bg_comparison_agrees(c);
    bg_comparison_free(c);
    *number = before;
    return noticed;
}

/* Derived bounds are 64 and some units: a thousand are seen in any gradient, a single one never. */
START_TEST(rounding_is_no_difference_and_little_more_is)
{
    bg_recording *r = recording("agree-gd");
    for (size_t i = 0; i < r->parameters; i++) {
        ck_assert(!notices(&r->gradients[50 * r->parameters + i], r, 1));
        ck_assert(notices(&r->gradients[50 * r->parameters + i], r, 1e5));
    }
    ck_assert(!notices(&r->loss[7], r, 1));
    ck_assert(notices(&r->loss[7], r, 1e5));
    bg_recording_free(r);
}
END_TEST

START_TEST(the_place_and_the_distance_are_told)
{
    bg_recording *r = recording("agree-gd");
    double *g = &r->gradients[41 * r->parameters + 5]; /* 1-2-1: weights 2, biases 2, weights 2 */
    *g = nextafter(*g, 9) + 4096 * (nextafter(*g, 9) - *g);
    *g += 1;
    bg_comparison *c = compare(r, 0);
    const finding *f = &c->found[COMPARE_GRADIENT];
    ck_assert(f->there && f->step == 41 && f->index == 5 && f->differing == 1);
    ck_assert(f->first == 4 && f->end == 6 && f->recorded == *g);
    ck_assert_double_ge(f->ulp, 0x1p52);
    ck_assert_str_eq(f->words, "");
    char *words;
    ck_assert_int_eq(bg_comparison_text(c, false, false, &words, NULL), BG_OK);
    ck_assert_ptr_nonnull(strstr(words, "step 42 is the first that differs"));
    ck_assert_ptr_nonnull(strstr(words, "layer 2, weight[0][1]"));
    ck_assert_ptr_nonnull(strstr(words, "no known convention explains it"));
    bg_free(words);
    bg_comparison_free(c);
    bg_recording_free(r);
}
END_TEST

START_TEST(settings_that_no_training_takes_are_bad_data)
{
    bg_recording *r = recording("agree-adam");
    bg_comparison *c = NULL;
    bg_error error;
    r->options.beta2 = 1;
    ck_assert_int_eq(bg_compare(r, 0, &c, &error), BG_E_DATA);
    ck_assert_ptr_nonnull(strstr(error.text, "agree-adam.npz: settings: beta1 and beta2"));
    ck_assert_ptr_null(c);
    bg_recording_free(r);
}
END_TEST

START_TEST(numbers_are_brief)
{
    static const struct {
        double value;
        const char *words;
    } numbers[] = {{0, "0"},
                   {1.26, "1.3"},
                   {-0.0996, "-0.1"},
                   {4.44e15, "4.4e+15"},
                   {3.14159e-17, "3.1e-17"},
                   {(double)INFINITY, "inf"}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        ck_assert_str_eq(brief_number(numbers[i].value, 2).text, numbers[i].words);
}
END_TEST

START_TEST(short_memory_is_reported_at_every_allocation)
{
    static const char *const names[] = {"rate", "w-transposed", "nesterov-sutskever"};
    for (size_t i = 0; i < 3; i++) {
        bg_recording *r = recording(names[i]);
        bg_status status = BG_E_MEMORY;
        for (size_t n = 1; status != BG_OK; n += 1 + n / 50) {
            bg_comparison *c = NULL;
            memory_fail_after(n);
            status = bg_compare(r, 0, &c, NULL);
            memory_fail_after(0);
            ck_assert(status == BG_OK || status == BG_E_MEMORY);
            ck_assert((status == BG_OK) == (c != NULL));
            bg_comparison_free(c);
        }
        bg_recording_free(r);
    }
}
END_TEST

RUN_CASE("compare", 60, a_hundred_steps_of_every_optimizer_agree_with_pytorch,
         rounding_is_no_difference_and_little_more_is, the_place_and_the_distance_are_told,
         settings_that_no_training_takes_are_bad_data, numbers_are_brief,
         short_memory_is_reported_at_every_allocation)
