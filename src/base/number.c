#include "base/number.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

locale_t number_locale(void)
{
    static locale_t made;
    locale_t seen = __atomic_load_n(&made, __ATOMIC_ACQUIRE);
    if (seen)
        return seen;
    locale_t fresh = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (__atomic_compare_exchange_n(&made, &seen, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return fresh;
    freelocale(fresh);
    return seen;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void trim(const char **text, size_t *length)
{
    while (*length && is_space(**text))
        ++*text, --*length;
    while (*length && is_space((*text)[*length - 1]))
        --*length;
}

/* Up to 15 digits and a power of ten up to 22 are exact in double, so one operation rounds once
 * (W. Clinger 1990, "How to read floating point numbers accurately"). */
static bool parse_plain(const char *text, size_t length, double *value)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    size_t i = 0, digits = 0, decimals = 0;
    bool negative = length && text[0] == '-', point = false;
    if (length && (text[0] == '-' || text[0] == '+'))
        i++;
    uint64_t mantissa = 0;
    for (; i < length; i++) {
        if (text[i] == '.' && !point) {
            point = true;
        } else if (text[i] >= '0' && text[i] <= '9') {
            mantissa = mantissa * 10 + (uint64_t)(text[i] - '0');
            digits++;
            decimals += point;
        } else {
            return false;
        }
        if (digits > 15)
            return false;
    }
    if (!digits)
        return false;
    double magnitude = (double)mantissa / powers[decimals];
    *value = negative ? -magnitude : magnitude;
    return true;
}

/* A decimal number as strtod may have it (which also reads hexadecimal), of any length in a bounded
 * copy: zeros in front go, and what follows the digits that decide how a double is rounded, 767 of
 * them, is one more digit that says whether all of it is 0. */
enum { DECISIVE = 800 };
typedef char number_copy[DECISIVE + 40];

typedef struct decimal {
    char *copy;
    size_t used, kept; /* bytes of copy; digits among them */
    bool any, rest;    /* a digit was seen; one that is not 0 was left out */
    int64_t power;     /* of ten, that the digits kept are multiplied by */
} decimal;

static void take_digit(decimal *d, char digit, bool after_point)
{
    d->any = true;
    if (d->kept == DECISIVE) {
        d->rest |= digit != '0';
        d->power += !after_point;
        return;
    }
    d->power -= after_point;
    if (!d->kept && digit == '0')
        return;
    d->copy[d->used++] = digit;
    d->kept++;
}

/* Longer powers than any text can make up for stay where they are. */
static bool parse_power(const char *text, size_t length, int64_t *power)
{
    const int64_t most = INT64_C(1) << 60;
    bool negative = length && text[0] == '-';
    size_t i = length && (text[0] == '-' || text[0] == '+');
    int64_t size = 0;
    if (i == length)
        return false;
    for (; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        size = size > most / 10 ? most : size * 10 + (text[i] - '0');
    }
    *power += negative ? -size : size;
    return true;
}

static bool copy_number(const char *text, size_t length, number_copy copy)
{
    enum { BEYOND = 100000 }; /* 0 or infinite */
    decimal d = {.copy = copy};
    size_t i = length && (text[0] == '-' || text[0] == '+');
    bool point = false;
    if (i && text[0] == '-')
        copy[d.used++] = '-';
    for (; i < length && ((text[i] >= '0' && text[i] <= '9') || (text[i] == '.' && !point)); i++) {
        if (text[i] == '.')
            point = true;
        else
            take_digit(&d, text[i], point);
    }
    bool exponent = i < length && (text[i] == 'e' || text[i] == 'E');
    if (!d.any || (i < length && !exponent) ||
        (exponent && !parse_power(text + i + 1, length - i - 1, &d.power)))
        return false;
    if (!d.kept)
        copy[d.used++] = '0';
    if (d.rest) {
        copy[d.used++] = '1';
        d.power--;
    }
    d.power = d.power > BEYOND ? BEYOND : d.power < -BEYOND ? -BEYOND : d.power;
    snprintf(copy + d.used, sizeof(number_copy) - d.used, "e%d", (int)d.power);
    return true;
}

static bool is_word(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

static bool parse_nonfinite(const char *text, size_t length, double *value)
{
    double sign = 1;
    if (length && (*text == '-' || *text == '+')) {
        sign = *text == '-' ? -1 : 1;
        text++, length--;
    }
    if (is_word(text, length, "nan")) {
        *value = (double)NAN;
        return true;
    }
    if (is_word(text, length, "inf") || is_word(text, length, "infinity")) {
        *value = sign * (double)INFINITY;
        return true;
    }
    return false;
}

bool number_parse(const char *text, size_t length, double *value)
{
    trim(&text, &length);
    if (parse_plain(text, length, value))
        return true;
    number_copy copy;
    if (!copy_number(text, length, copy))
        return parse_nonfinite(text, length, value);
    *value = strtod_l(copy, NULL, number_locale());
    return true;
}

bool number_parse_count(const char *text, size_t length, uint64_t *value)
{
    trim(&text, &length);
    uint64_t count = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(count, 10u, &count) ||
            __builtin_add_overflow(count, (uint64_t)(text[i] - '0'), &count))
            return false;
    }
    *value = count;
    return length > 0;
}

bool bg_number_parse(const char *text, double *value)
{
    return text[0] && !is_space(text[0]) && !is_space(text[strlen(text) - 1]) &&
           number_parse(text, strlen(text), value);
}

static bool reads_back(const char *text, double value, bg_dtype dtype)
{
    if (dtype == BG_F32)
        return strtof_l(text, NULL, number_locale()) == (float)value;
    return strtod_l(text, NULL, number_locale()) == value;
}

void bg_number_text(double value, bg_dtype dtype, char text[32])
{
    if (!isfinite(value)) {
        snprintf(text, 32, "%s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    locale_t before = uselocale(number_locale());
    int most = dtype == BG_F32 ? 9 : 17;
    for (int digits = 1; digits <= most; digits++) {
        snprintf(text, 32, "%.*g", digits, value);
        if (reads_back(text, value, dtype))
            break;
    }
    char whole[32]; /* "10", where %g writes 1e+01 */
    bool fits = strstr(text, "e+") && snprintf(whole, sizeof whole, "%.0f", value) < 32;
    if (fits && strlen(whole) <= strlen(text) && reads_back(whole, value, dtype))
        memcpy(text, whole, sizeof whole);
    uselocale(before);
}

void number_round_text(double value, bg_dtype dtype, int digits, bool keep_zeros, char text[32])
{
    if (!isfinite(value) || digits <= 0) {
        bg_number_text(value, dtype, text);
        return;
    }
    locale_t before = uselocale(number_locale());
    snprintf(text, 32, keep_zeros ? "%#.*g" : "%.*g", digits < 17 ? digits : 17, value);
    uselocale(before);
}
