#include "label.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "json.h"
#include "talk.h"

#define LINE ((size_t)100)
#define LEAST_LINE ((size_t)40) /* less is no terminal that shows a table */
#define CUT "..."

size_t label_line(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col)
        return LINE;
    return size.ws_col > LEAST_LINE ? size.ws_col : LEAST_LINE;
}

/* Bytes of `name` that take up `most` columns at most, and the columns. */
static size_t shown_bytes(const char *name, size_t most, size_t *columns)
{
    size_t bytes = 0;
    for (*columns = 0; name[bytes] && *columns < most; ++*columns) {
        size_t length = utf8_length(name + bytes);
        bytes += length ? length : 1;
    }
    return bytes;
}

static char *make_label(const char *name, size_t i)
{
    char *label = NULL;
    int length = name ? asprintf(&label, "%s", name) : asprintf(&label, "output%zu", i + 1);
    if (length < 0)
        return NULL;
    text_make_printable(label, (size_t)length, false);
    return label;
}

int labels_open(const bg_schema *schema, labels *l)
{
    *l = (labels){.name = calloc(bg_schema_outputs(schema), sizeof *l->name)};
    for (size_t i = 0; l->name && i < bg_schema_outputs(schema); i++) {
        size_t columns;
        l->name[i] = make_label(bg_schema_output_name(schema, i), i);
        if (!l->name[i])
            break;
        shown_bytes(l->name[i], SIZE_MAX, &columns);
        l->longest = columns > l->longest ? columns : l->longest;
        l->count++;
    }
    return l->count == bg_schema_outputs(schema) ? EXIT_DONE : complain_memory("the names");
}

void labels_close(labels *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->name[i]);
    free(l->name);
    *l = (labels){0};
}

void labels_number(labels *l)
{
    l->number = (size_t)snprintf(NULL, 0, "%zu", l->count);
}

static size_t number_columns(const labels *l)
{
    return l->number ? l->number + 1 : 0;
}

size_t label_columns(const labels *l, size_t i)
{
    size_t columns;
    shown_bytes(l->name[i], SIZE_MAX, &columns);
    return number_columns(l) + columns;
}

size_t labels_longest(const labels *l)
{
    return number_columns(l) + l->longest;
}

void label_add(text *out, const labels *l, size_t i, size_t width, bool right)
{
    const char *name = l->name[i];
    size_t room = width - number_columns(l), columns, all;
    shown_bytes(name, SIZE_MAX, &all);
    int pad = all < room ? (int)(room - all) : 0;
    if (l->number)
        text_format(out, "%*zu ", (int)l->number, i + 1);
    if (all <= room) {
        text_format(out, "%*s%s%*s", right ? pad : 0, "", name, right ? 0 : pad, "");
        return;
    }
    size_t tail = (room - strlen(CUT)) / 2;
    size_t head = shown_bytes(name, room - strlen(CUT) - tail, &columns);
    text_format(out, "%.*s%s%s", (int)head, name, CUT,
                name + shown_bytes(name, all - tail, &columns));
}
