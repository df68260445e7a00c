#include "sheet/judge.h"

#include <math.h>

#include "sheet/rational.h"

/* What the engine may be off by its own rounding: 2^-51 of the value in double, as the format has
 * it for numbers of 16 digits and more. */
#define ROUNDING_BITS 51
#define LONG_DIGITS 16

/* A printed number and the value it stands for, all exact. */
typedef struct comparison {
    mpq_t printed, value, unit; /* unit: of the last printed place */
    mpq_t distance, limit, scratch;
    size_t digits; /* printed */
} comparison;

static void comparison_open(comparison *c, const char *printed)
{
    long place;
    mpq_inits(c->printed, c->value, c->unit, c->distance, c->limit, c->scratch, NULL);
    rational_parse(c->printed, printed, &place, &c->digits);
    rational_power(c->unit, place);
}

static void comparison_close(comparison *c)
{
    mpq_clears(c->printed, c->value, c->unit, c->distance, c->limit, c->scratch, NULL);
}

/* |a - b| <= limit + 2^-bits |b|; bits 0: without that. */
static bool is_near(comparison *c, const mpq_t a, const mpq_t b, const mpq_t limit, unsigned bits)
{
    mpq_sub(c->distance, a, b);
    mpq_abs(c->distance, c->distance);
    if (bits) {
        mpq_abs(c->scratch, b);
        mpq_div_2exp(c->scratch, c->scratch, bits);
        mpq_sub(c->distance, c->distance, c->scratch);
    }
    return mpq_cmp(c->distance, limit) <= 0;
}

static void set_half_unit(comparison *c)
{
    mpq_div_2exp(c->limit, c->unit, 1);
}

/* The same digits, the rest cut off. */
static bool is_cut(comparison *c)
{
    mpz_t whole;
    mpz_init(whole);
    mpq_div(c->scratch, c->value, c->unit);
    mpz_tdiv_q(whole, mpq_numref(c->scratch), mpq_denref(c->scratch));
    mpq_set_z(c->scratch, whole);
    mpq_mul(c->scratch, c->scratch, c->unit);
    mpz_clear(whole);
    return mpq_equal(c->scratch, c->printed) && mpq_sgn(c->value) == mpq_sgn(c->printed);
}

/* How c->printed relates to c->value; bits: the rounding that the value itself may have. */
static bg_verdict classify(comparison *c, unsigned bits)
{
    set_half_unit(c);
    if (is_near(c, c->printed, c->value, c->limit, bits))
        return BG_AGREES;
    if (is_cut(c))
        return BG_TRUNCATED;
    mpq_add(c->limit, c->limit, c->unit);
    if (is_near(c, c->printed, c->value, c->limit, 0))
        return BG_LAST_DIGIT;
    mpq_set_ui(c->limit, 0, 1);
    if (c->digits >= LONG_DIGITS && is_near(c, c->printed, c->value, c->limit, ROUNDING_BITS))
        return BG_LAST_DIGIT;
    return BG_ERRATUM;
}

/* limit += what `steps` updates in float may add to `of`. */
static void widen_by_steps(comparison *c, double of, size_t steps)
{
    mpq_set_d(c->scratch, (double)steps * JUDGE_F32_ROUNDING * of);
    mpq_add(c->limit, c->limit, c->scratch);
}

/* limit = half a unit of significant digit number `digits` of a number of that size, where it is
 * more. */
static void widen_to_digits(comparison *c, double size, long digits)
{
    if (size == 0)
        return;
    rational_power(c->scratch, (long)floor(log10(size)) + 1 - digits);
    mpq_div_2exp(c->scratch, c->scratch, 1);
    if (mpq_cmp(c->scratch, c->limit) > 0)
        mpq_set(c->limit, c->scratch);
}

/* |value - printed| <= 10^-digits |printed|: what a certified value promises. */
static bool has_digits(comparison *c, const mpq_t value, size_t digits)
{
    mpq_abs(c->limit, c->printed);
    rational_power(c->scratch, -(long)digits);
    if (mpq_sgn(c->limit))
        mpq_mul(c->limit, c->limit, c->scratch);
    else
        mpq_set(c->limit, c->scratch);
    return is_near(c, value, c->printed, c->limit, 0);
}

static bg_verdict judge_ok(comparison *c, const example_row *row, bg_dtype dtype, double value,
                           double scale)
{
    mpq_set_d(c->value, value);
    if (row->digits)
        return has_digits(c, c->value, row->digits) ? BG_AGREES : BG_FAILS;
    if (dtype == BG_F64)
        return classify(c, ROUNDING_BITS) == BG_AGREES ? BG_AGREES : BG_FAILS;
    set_half_unit(c);
    widen_to_digits(c, scale, JUDGE_F32_DIGITS);
    widen_by_steps(c, scale, row->step);
    return is_near(c, c->value, c->printed, c->limit, 0) ? BG_AGREES : BG_FAILS;
}

/* The engine must meet `corrected` (12 digits, in float 6), and the printed number must be off from
 * it in the way that the file says. */
static bg_verdict judge_wrong(comparison *c, const example_row *row, bg_dtype dtype, double value,
                              double scale)
{
    enum { CORRECTED_DIGITS = 12 };
    static const bg_verdict declared[] = {BG_AGREES, BG_TRUNCATED, BG_LAST_DIGIT, BG_ERRATUM};
    long place;
    mpq_t engine;
    mpq_init(engine);
    mpq_set_d(engine, value);
    rational_parse(c->value, row->corrected, &place, NULL);
    rational_power(c->limit, place);
    mpq_div_2exp(c->limit, c->limit, 1);
    if (dtype == BG_F64)
        widen_to_digits(c, fabs(mpq_get_d(c->value)), CORRECTED_DIGITS);
    else
        widen_to_digits(c, scale, JUDGE_F32_DIGITS);
    if (dtype == BG_F32)
        widen_by_steps(c, scale, row->step);
    bool met = is_near(c, engine, c->value, c->limit, dtype == BG_F64 ? ROUNDING_BITS : 0);
    mpq_clear(engine);
    bg_verdict found = classify(c, 0);
    return met && found == declared[row->status] ? found : BG_FAILS;
}

bg_verdict judge_row(const example_row *row, bg_dtype dtype, double value, double scale)
{
    if (!isfinite(value))
        return BG_FAILS;
    comparison c;
    comparison_open(&c, row->printed);
    bg_verdict verdict = row->status == EXAMPLE_OK ? judge_ok(&c, row, dtype, value, scale)
                                                   : judge_wrong(&c, row, dtype, value, scale);
    comparison_close(&c);
    return verdict;
}

const char *bg_verdict_text(bg_verdict verdict)
{
    static const char *const words[BG_VERDICT_COUNT] = {"agrees", "truncated", "last digit",
                                                        "erratum", "fails"};
    return (int)verdict >= 0 && verdict < BG_VERDICT_COUNT ? words[verdict] : NULL;
}
