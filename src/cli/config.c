#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "places.h"
#include "talk.h"

#define BLANKS " \t\r"

typedef struct reader {
    command *c;
    const char *file;       /* what to call it */
    char *line;             /* the one under way */
    size_t number;          /* of it, from 1 */
    size_t said[OPT_COUNT]; /* lines in which options were, 0: not yet */
} reader;

/* What complains: "train: FILE:LINE:COLUMN". */
static const char *place_at(const reader *r, const char *at, char who[OPTION_WHO])
{
    size_t column = (size_t)(at - r->line) + 1;
    snprintf(who, OPTION_WHO, "%s: %s:%zu:%zu", r->c->verb->name, r->file, r->number, column);
    return who;
}

static int find(const reader *r, char *name, size_t length, const option **found)
{
    char who[OPTION_WHO];
    const option *o = option_find(r->c->verb, name, length);
    place_at(r, name, who);
    if (!o) {
        name[length] = 0;
        const char *nearest = option_nearest(r->c->verb, name);
        return misuse(who, "there is no option \"%.60s\"; %s%s", name,
                      nearest ? "the nearest is " : "see backgemm help ",
                      nearest ? nearest : r->c->verb->name);
    }
    option_id id = (option_id)(o - option_table);
    if (id == OPT_CONFIG || id == OPT_HELP)
        return misuse(who, "--%s is for the command line", o->name);
    if (r->said[id])
        return misuse(who, "--%s is in line %zu already", o->name, r->said[id]);
    *found = o;
    return EXIT_DONE;
}

/* NAME=VALUE as a word of a command line, after the words of the file that are there. */
static int add_word(command *c, const option *o, const char *value)
{
    size_t size = strlen(o->name) + strlen(value) + sizeof "--=";
    char *word = malloc(size);
    if (!word)
        return complain_memory("the options of a file");
    snprintf(word, size, o->kind == KIND_FLAG ? "--%s" : "--%s=%s", o->name, value);
    c->argv[2 + c->from_file++] = word;
    c->argc++;
    return EXIT_DONE;
}

/* The value of an option that the command line leaves open. */
static int take(reader *r, const option *o, const char *name, const char *value)
{
    char who[OPTION_WHO];
    option_id id = (option_id)(o - option_table);
    option_value read;
    bool is_flag = o->kind == KIND_FLAG, off = is_flag && strcmp(value, "no") == 0;
    place_at(r, value, who);
    r->said[id] = r->number;
    if (is_flag && !off && strcmp(value, "yes") != 0)
        return misuse(who, "--%s is yes or no, not \"%.60s\"", o->name, value);
    if (!*value)
        return misuse(who, "--%s wants %s", o->name, o->argument);
    int code = option_read(who, o, value, &read);
    if (code != EXIT_DONE || off || option_decided(r->c, id))
        return code;
    code = add_word(r->c, o, value);
    if (code != EXIT_DONE)
        return code;
    const char *word = r->c->argv[1 + r->c->from_file];
    r->c->line[id] = r->number;
    r->c->column[id] = (size_t)(name - r->line) + 1;
    return option_assign(r->c, o, is_flag ? word : strchr(word, '=') + 1);
}

/* A comment begins a line, or comes after a blank. */
static void cut_comment(char *value)
{
    char *c = value;
    while (*c && !(*c == '#' && (c == value || strchr(BLANKS, c[-1]))))
        c++;
    *c = 0;
}

static void cut_blanks(char *value)
{
    size_t length = strlen(value);
    while (length && strchr(BLANKS, value[length - 1]))
        value[--length] = 0;
}

static int take_line(reader *r)
{
    char who[OPTION_WHO];
    char *name = r->line + strspn(r->line, BLANKS);
    if (!*name || *name == '#')
        return EXIT_DONE;
    size_t length = strcspn(name, "=#" BLANKS);
    char *equals = name + length + strspn(name + length, BLANKS);
    if (!length || *equals != '=')
        return misuse(place_at(r, equals, who), "expected NAME = VALUE");
    char *value = equals + 1 + strspn(equals + 1, BLANKS);
    cut_comment(value);
    cut_blanks(value);
    const option *o = NULL;
    int code = find(r, name, length, &o);
    return code == EXIT_DONE ? take(r, o, name, value) : code;
}

/* bytes end in a NUL that does not count. */
static int take_lines(reader *r, char *bytes, size_t size)
{
    char who[OPTION_WHO], *end = bytes + size, *stop;
    int code = EXIT_DONE;
    for (r->line = bytes; r->line < end && code == EXIT_DONE; r->line = stop + 1) {
        stop = memchr(r->line, '\n', (size_t)(end - r->line));
        stop = stop ? stop : end;
        *stop = 0;
        r->number++;
        char *nul = r->line + strlen(r->line);
        code = nul < stop ? misuse(place_at(r, nul, who), "this is no text") : take_line(r);
    }
    return code;
}

/* Room for the words of the file between the verb and the rest of the line. */
static int open_words(command *c)
{
    char **words = calloc((size_t)c->argc + OPT_COUNT + 1, sizeof *words);
    if (!words)
        return complain_memory("the options of a file");
    words[0] = c->argv[0];
    words[1] = c->argv[1];
    c->argv = c->words = words;
    c->argc = 2;
    return EXIT_DONE;
}

static void add_rest(command *c, int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        int skipped = option_span(OPT_CONFIG, argv[i]);
        if (skipped)
            i += skipped - 1;
        else
            c->argv[c->argc++] = argv[i];
    }
}

int config_take(command *c)
{
    const char *path = c->value[OPT_CONFIG].text;
    int argc = c->argc;
    char **argv = c->argv, *bytes = NULL;
    size_t size = 0;
    reader r = {.c = c};
    int code = inputs_check(c);
    if (code == EXIT_DONE)
        code = bytes_read(path, &r.file, &bytes, &size);
    if (code == EXIT_DONE)
        code = open_words(c);
    if (code == EXIT_DONE)
        code = take_lines(&r, bytes, size);
    if (code == EXIT_DONE)
        add_rest(c, argc, argv);
    bg_free(bytes);
    return code;
}

void config_close(command *c)
{
    for (int i = 0; i < c->from_file; i++)
        free(c->argv[2 + i]);
    free(c->words);
}
