#include "forms.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "talk.h"
#include "words.h"

int rows_check(const char *who, const char *text)
{
    uint64_t first, last;
    if (rows_parse(text, &first, &last))
        return EXIT_DONE;
    return misuse(who, "--rows wants A:B with 1 <= A <= B, or N, not \"%s\"", text);
}

int layers_check(const char *who, const char *text)
{
    if (strcmp(text, "none") == 0)
        return EXIT_DONE;
    for (const char *word = text;; word++) {
        size_t length = strcspn(word, ",");
        uint64_t width;
        bool relative = length == strlen("inputs+1") && strncmp(word, "inputs+1", length) == 0;
        if (!relative && !count_parse(word, length, &width))
            return misuse(who, "--layers wants widths such as 512,256, not \"%s\"", text);
        if (!relative && (width < 1 || width > BG_MAX_WIDTH))
            return misuse(who, "--layers: a width of %.*s is outside 1 <= N <= %zu", (int)length,
                          word, BG_MAX_WIDTH);
        word += length;
        if (!*word)
            return EXIT_DONE;
    }
}

static const char *hidden_at(const void *context, size_t i)
{
    (void)context;
    return i < BG_SOFTMAX ? bg_name(BG_KIND_ACTIVATION, (int)i) : NULL;
}

int activations_check(const char *who, const char *text)
{
    for (const char *word = text;; word++) {
        char name[40];
        size_t length = strcspn(word, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < 39 ? length : 39), word);
        int value = bg_value(BG_KIND_ACTIVATION, name);
        if (value == BG_SOFTMAX)
            return misuse(who, "softmax is for the last layer (--output-activation)");
        if (value < 0) {
            const char *nearest = nearest_word(name, hidden_at, NULL);
            return misuse(who, "--activation knows no \"%s\"%s%s", name,
                          nearest ? "; the nearest is " : "", nearest ? nearest : "");
        }
        word += length;
        if (!*word)
            return EXIT_DONE;
    }
}

static const char *scheme_at(const void *context, size_t i)
{
    (void)context;
    return bg_name(BG_KIND_INIT, (int)i);
}

int init_check(const char *who, const char *text)
{
    double x;
    if (strncmp(text, "constant:", 9) == 0) {
        if (bg_number_parse(text + 9, &x) && x >= -1e6 && x <= 1e6)
            return EXIT_DONE;
        return misuse(who, "--init constant:X wants -1e6 <= X <= 1e6, not \"%s\"", text + 9);
    }
    int scheme = bg_value(BG_KIND_INIT, text);
    if (scheme == BG_CONSTANT)
        return misuse(who, "--init constant wants its value, as in constant:0.5");
    if (scheme >= 0 || strcmp(text, "-") == 0 || access(text, F_OK) == 0)
        return EXIT_DONE;
    const char *nearest = nearest_word(text, scheme_at, NULL);
    return misuse(who, "--init: \"%s\" is no scheme and no file%s%s", text,
                  nearest ? "; the nearest scheme is " : "", nearest ? nearest : "");
}

int valid_check(const char *who, const char *text)
{
    double share;
    if (!bg_number_parse(text, &share) || (share > 0 && share < 1))
        return EXIT_DONE;
    return misuse(who, "--valid %s is outside 0 < FRACTION < 1", text);
}

int log_check(const char *who, const char *text)
{
    const char *dot = strrchr(text, '.');
    if (dot && (strcmp(dot, ".csv") == 0 || strcmp(dot, ".jsonl") == 0))
        return EXIT_DONE;
    return misuse(who, "--log wants a name that ends in .jsonl or .csv, not \"%s\"", text);
}

/* "N,N,...", each 1..most. */
static int counts_check(const char *who, const char *name, uint64_t most, const char *text)
{
    for (const char *word = text;; word++) {
        size_t length = strcspn(word, ",");
        uint64_t count;
        if (!count_parse(word, length, &count))
            return misuse(who, "--%s wants whole numbers such as 1,2,4, not \"%s\"", name, text);
        if (count < 1 || count > most)
            return misuse(who, "--%s %.*s is outside 1 <= N <= %llu", name, (int)length, word,
                          (unsigned long long)most);
        word += length;
        if (!*word)
            return EXIT_DONE;
    }
}

int batches_check(const char *who, const char *text)
{
    return counts_check(who, "batch", UINT32_MAX, text);
}

int threads_check(const char *who, const char *text)
{
    return counts_check(who, "threads", 1024, text);
}

static const char *precision_at(const void *context, size_t i)
{
    (void)context;
    return bg_name(BG_KIND_DTYPE, (int)i);
}

int precisions_check(const char *who, const char *text)
{
    for (const char *word = text;; word++) {
        char name[40];
        size_t length = strcspn(word, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < 39 ? length : 39), word);
        if (bg_value(BG_KIND_DTYPE, name) < 0) {
            const char *nearest = nearest_word(name, precision_at, NULL);
            return misuse(who, "--precision knows no \"%s\"; %s%s", name,
                          nearest ? "the nearest is " : "it takes f32, f64",
                          nearest ? nearest : "");
        }
        word += length;
        if (!*word)
            return EXIT_DONE;
    }
}
