#include "shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "talk.h"

static size_t count_words(const char *list)
{
    size_t words = 1;
    if (!*list || strcmp(list, "none") == 0)
        return 0;
    for (; *list; list++)
        words += *list == ',';
    return words;
}

/* The words have been checked when the command line was read. */
static void fill_widths(const char *list, size_t inputs, size_t outputs, shape *s)
{
    s->widths[0] = inputs;
    for (size_t l = 1; l < s->layers; l++) {
        size_t length = strcspn(list, ",");
        uint64_t width = 0;
        if (!count_parse(list, length, &width))
            width = inputs + 1;
        s->widths[l] = (size_t)width;
        list += length + 1;
    }
    s->widths[s->layers] = outputs;
}

static void fill_activations(const command *c, shape *s)
{
    const char *list = c->value[OPT_ACTIVATION].text;
    bool one = !strchr(list, ',');
    for (size_t l = 1; l < s->layers; l++) {
        char name[40];
        size_t length = strcspn(list, ",");
        snprintf(name, sizeof name, "%.*s", (int)length, list);
        s->activations[l - 1] = (bg_activation)bg_value(BG_KIND_ACTIVATION, name);
        list += one ? 0 : length + 1;
    }
    s->activations[s->layers - 1] = (bg_activation)c->value[OPT_OUTPUT_ACTIVATION].choice;
}

int shape_open(const command *c, size_t inputs, size_t outputs, shape *s)
{
    size_t hidden = count_words(c->value[OPT_LAYERS].text);
    size_t names = count_words(c->value[OPT_ACTIVATION].text);
    if (names > 1 && names != hidden)
        return misuse("train", "--activation names %zu layers, but %zu are hidden", names, hidden);
    *s = (shape){.layers = hidden + 1};
    s->widths = calloc(s->layers + 1, sizeof *s->widths);
    s->activations = calloc(s->layers, sizeof *s->activations);
    if (!s->widths || !s->activations)
        return complain_memory("the layers");
    fill_widths(c->value[OPT_LAYERS].text, inputs, outputs, s);
    fill_activations(c, s);
    return EXIT_DONE;
}

void shape_close(shape *s)
{
    free(s->widths);
    free(s->activations);
    *s = (shape){0};
}
