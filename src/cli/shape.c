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

/* Widths from layer `first` on.  The words have been checked when the command line was read. */
static void fill_widths(const char *list, size_t count, size_t first, shape *s)
{
    for (size_t l = first; l < first + count; l++) {
        size_t length = strcspn(list, ",");
        uint64_t width = 0;
        if (!count_parse(list, length, &width))
            width = s->widths[0] + 1;
        s->widths[l] = (size_t)width;
        list += length + 1;
    }
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

static int allocate(const command *c, size_t layers, shape *s)
{
    size_t names = count_words(c->value[OPT_ACTIVATION].text), hidden = layers - 1;
    if (names > 1 && names != hidden)
        return misuse(c->verb->name, "--activation names %zu layers, but %zu are hidden", names,
                      hidden);
    *s = (shape){.layers = layers};
    s->widths = calloc(layers + 1, sizeof *s->widths);
    s->activations = calloc(layers, sizeof *s->activations);
    if (!s->widths || !s->activations)
        return complain_memory("the layers");
    fill_activations(c, s);
    return EXIT_DONE;
}

int shape_open(const command *c, size_t inputs, size_t outputs, shape *s)
{
    const char *list = c->value[OPT_LAYERS].text;
    size_t hidden = count_words(list);
    int code = allocate(c, hidden + 1, s);
    if (code != EXIT_DONE)
        return code;
    s->widths[0] = inputs;
    fill_widths(list, hidden, 1, s);
    s->widths[s->layers] = outputs;
    return EXIT_DONE;
}

int shape_open_whole(const command *c, shape *s)
{
    const char *list = c->value[OPT_LAYERS].text;
    size_t widths = c->given[OPT_LAYERS] ? count_words(list) : 0;
    if (widths < 2 || strstr(list, "inputs"))
        return misuse(c->verb->name, "without DATA, --layers has all widths, inputs first, as in "
                      "784,512,10");
    int code = allocate(c, widths - 1, s);
    if (code == EXIT_DONE)
        fill_widths(list, widths, 0, s);
    return code;
}

int shape_of_net(const bg_net *net, shape *s)
{
    *s = (shape){.layers = bg_net_layers(net)};
    s->widths = calloc(s->layers + 1, sizeof *s->widths);
    s->activations = calloc(s->layers, sizeof *s->activations);
    if (!s->widths || !s->activations)
        return complain_memory("the layers");
    for (size_t l = 0; l <= s->layers; l++)
        s->widths[l] = bg_net_width(net, l);
    for (size_t l = 1; l <= s->layers; l++)
        s->activations[l - 1] = bg_net_activation(net, l);
    return EXIT_DONE;
}

void shape_close(shape *s)
{
    free(s->widths);
    free(s->activations);
    *s = (shape){0};
}
