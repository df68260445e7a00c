#include "dropout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "talk.h"

/* The probability at *list, and *list behind it and its comma; false: it is none. */
static bool next_probability(const char **list, double *p)
{
    char word[64];
    size_t length = strcspn(*list, ",");
    snprintf(word, sizeof word, "%.*s", (int)(length < 63 ? length : 63), *list);
    *list += length + ((*list)[length] == ',');
    return bg_number_parse(word, p) && *p >= 0 && *p < 1;
}

static size_t count_words(const char *list)
{
    size_t words = 1;
    for (; *list; list++)
        words += *list == ',';
    return words;
}

int dropout_check(const char *who, const char *text)
{
    const char *list = text;
    double p;
    for (size_t words = count_words(text); words; words--)
        if (!next_probability(&list, &p))
            return misuse(who, "--dropout wants 0 <= P < 1, or one for each hidden layer such as "
                          "0.2,0.5, not \"%s\"", text);
    return EXIT_DONE;
}

bool dropout_given(const command *c)
{
    const char *list = c->value[OPT_DROPOUT].text;
    double p = 0;
    while (list && *list && p == 0)
        next_probability(&list, &p);
    return p > 0;
}

int dropout_fill(const command *c, size_t hidden, bg_train_options *options, double **each)
{
    const char *list = c->value[OPT_DROPOUT].text;
    if (!dropout_given(c))
        return EXIT_DONE;
    size_t words = count_words(list);
    if (hidden == 0)
        return misuse(c->verb->name, "--dropout is for hidden layers, and there are none");
    if (words > 1 && words != hidden)
        return misuse(c->verb->name, "--dropout names %zu layers, but %zu are hidden", words,
                      hidden);
    double *made = calloc(hidden, sizeof *made);
    if (!made)
        return complain_memory("the layers");
    for (size_t l = 0; l < words; l++)
        next_probability(&list, &made[l]);
    for (size_t l = words; l < hidden; l++)
        made[l] = made[0];
    options->dropouts = *each = made;
    return EXIT_DONE;
}
