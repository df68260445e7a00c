#include "sheet/rational.h"

#include <string.h>

void rational_power(mpq_t value, long power)
{
    mpq_set_ui(value, 1, 1);
    mpz_ui_pow_ui(power < 0 ? mpq_denref(value) : mpq_numref(value), 10,
                  (unsigned long)(power < 0 ? -power : power));
}

/* The exponent after a mantissa, or out of range where it is none. */
static long read_exponent(const char *text)
{
    if (!*text)
        return 0;
    bool negative = text[1] == '-';
    const char *digit = text + 1 + (text[1] == '-' || text[1] == '+');
    long value = 0;
    if ((*text != 'e' && *text != 'E') || !*digit)
        return RATIONAL_MOST_EXPONENT + 1;
    for (; *digit && value <= RATIONAL_MOST_EXPONENT; digit++) {
        if (*digit < '0' || *digit > '9')
            return RATIONAL_MOST_EXPONENT + 1;
        value = value * 10 + (*digit - '0');
    }
    return negative ? -value : value;
}

bool rational_parse(mpq_t value, const char *text, long *last_place, size_t *digits)
{
    bool negative = *text == '-', point = false;
    text += *text == '-' || *text == '+';
    size_t seen = 0, decimals = 0, significant = 0;
    mpz_t mantissa;
    mpz_init(mantissa);
    for (; (*text >= '0' && *text <= '9') || (*text == '.' && !point); text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        seen++;
        decimals += point;
        significant += significant || *text != '0';
        mpz_mul_ui(mantissa, mantissa, 10);
        mpz_add_ui(mantissa, mantissa, (unsigned long)(*text - '0'));
        if (seen > RATIONAL_MOST_EXPONENT)
            break;
    }
    long exponent = read_exponent(text), place = exponent - (long)decimals;
    bool good = seen && seen <= RATIONAL_MOST_EXPONENT && exponent <= RATIONAL_MOST_EXPONENT &&
                exponent >= -RATIONAL_MOST_EXPONENT;
    if (good) {
        mpq_t power;
        mpq_init(power);
        rational_power(power, place);
        mpq_set_z(value, mantissa);
        mpq_mul(value, value, power);
        if (negative)
            mpq_neg(value, value);
        mpq_clear(power);
        if (last_place)
            *last_place = place;
        if (digits)
            *digits = significant;
    }
    mpz_clear(mantissa);
    return good;
}
