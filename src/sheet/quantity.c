#include "sheet/quantity.h"

#include <stdio.h>
#include <string.h>

#define INDEX_DIGITS 9

static const struct rule {
    const char *word;
    quantity_id id;
    size_t indexes;
    bool of_row, needs_loss;
} rules[] = {
    {"z", QUANTITY_Z, 2, true, false},
    {"a", QUANTITY_A, 2, true, false},
    {"error", QUANTITY_ERROR, 1, true, false},
    {"loss", QUANTITY_LOSS, 0, false, true},
    {"loss", QUANTITY_LOSS_TERM, 1, true, true},
    {"delta", QUANTITY_DELTA, 2, true, true},
    {"delta_bias", QUANTITY_DELTA_BIAS, 1, true, true},
    {"dEda", QUANTITY_DEDA, 2, true, true},
    {"dEdx", QUANTITY_DEDX, 1, true, true},
    {"fprime", QUANTITY_FPRIME, 2, true, false},
    {"dW", QUANTITY_DW, 3, false, true},
    {"db", QUANTITY_DB, 2, false, true},
    {"W", QUANTITY_W, 3, false, false},
    {"b", QUANTITY_B, 2, false, false},
    {"mean_abs_error", QUANTITY_MEAN_ABS_ERROR, 0, false, false},
    {"rss", QUANTITY_RSS, 0, false, false},
    {"residual_sd", QUANTITY_RESIDUAL_SD, 0, false, false},
    {"t", QUANTITY_TARGET, 1, true, false},
    {"w", QUANTITY_STATE, 1, false, false},
    {"v", QUANTITY_STATE, 1, false, false},
    {"m", QUANTITY_STATE, 1, false, false},
    {"cache", QUANTITY_STATE, 1, false, false},
};
enum { RULES = sizeof rules / sizeof *rules };

static const struct rule *find_rule(const quantity *q)
{
    for (size_t i = 0; i < RULES; i++)
        if (rules[i].id == q->id && strcmp(rules[i].word, q->word) == 0)
            return &rules[i];
    return NULL;
}

/* "[3][0]" at *text; counts the indexes, 4 where there are more than 3 or one is no number. */
static size_t read_indexes(const char **text, size_t index[3])
{
    size_t count = 0;
    for (; **text == '['; count++) {
        size_t digits = strspn(*text + 1, "0123456789"), value = 0;
        if (count == 3 || digits == 0 || digits > INDEX_DIGITS || (*text)[1 + digits] != ']' ||
            ((*text)[1] == '0' && digits > 1))
            return 4;
        for (size_t i = 0; i < digits; i++)
            value = value * 10 + (size_t)((*text)[1 + i] - '0');
        index[count] = value;
        *text += digits + 2;
    }
    return count;
}

/* sd(W[l][j][i]), sd(b[l][j]) */
static bool parse_sd(const char *text, quantity *q)
{
    if (strncmp(text, "sd(", 3) != 0 || (text[3] != 'W' && text[3] != 'b'))
        return false;
    quantity made = {.id = QUANTITY_SD, .word = "sd", .of_bias = text[3] == 'b'};
    text += 4;
    if (read_indexes(&text, made.index) != (made.of_bias ? 2u : 3u) || strcmp(text, ")") != 0)
        return false;
    *q = made;
    return true;
}

bool quantity_parse(const char *text, quantity *q)
{
    if (parse_sd(text, q))
        return true;
    size_t length = strcspn(text, "[");
    const char *rest = text + length;
    size_t index[3] = {0}, indexes = read_indexes(&rest, index);
    for (size_t i = 0; i < RULES; i++) {
        const struct rule *r = &rules[i];
        if (strlen(r->word) != length || memcmp(r->word, text, length) != 0 ||
            r->indexes != indexes || *rest)
            continue;
        *q = (quantity){.id = r->id, .word = r->word, .index = {index[0], index[1], index[2]}};
        return true;
    }
    return false;
}

void quantity_write(const quantity *q, char text[80])
{
    bool sd = q->id == QUANTITY_SD;
    size_t indexes = quantity_indexes(q);
    int used = snprintf(text, 80, "%s%s", q->word, !sd ? "" : q->of_bias ? "(b" : "(W");
    for (size_t i = 0; i < indexes; i++)
        used += snprintf(text + used, 80 - (size_t)used, "[%zu]", q->index[i]);
    if (sd)
        snprintf(text + used, 80 - (size_t)used, ")");
}

size_t quantity_indexes(const quantity *q)
{
    if (q->id == QUANTITY_SD)
        return q->of_bias ? 2 : 3;
    const struct rule *r = find_rule(q);
    return r ? r->indexes : 0;
}

quantity quantity_of(quantity_id id, size_t i0, size_t i1, size_t i2)
{
    quantity made = {.id = id, .index = {i0, i1, i2}};
    for (size_t i = 0; i < RULES && !made.word; i++)
        made.word = rules[i].id == id ? rules[i].word : NULL;
    return made;
}

bool quantity_of_row(quantity_id id)
{
    for (size_t i = 0; i < RULES; i++)
        if (rules[i].id == id)
            return rules[i].of_row;
    return false;
}

bool quantity_needs_loss(quantity_id id)
{
    for (size_t i = 0; i < RULES; i++)
        if (rules[i].id == id)
            return rules[i].needs_loss;
    return false;
}
