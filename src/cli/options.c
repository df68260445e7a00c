#include "options.h"

#include <stdio.h>
#include <string.h>

#include "config.h"
#include "talk.h"
#include "words.h"

bool count_parse(const char *text, size_t length, uint64_t *count)
{
    uint64_t n = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(n, 10u, &n) ||
            __builtin_add_overflow(n, (uint64_t)(text[i] - '0'), &n))
            return false;
    }
    *count = n;
    return length > 0;
}

bool rows_parse(const char *text, uint64_t *first, uint64_t *last)
{
    const char *colon = strchr(text, ':');
    uint64_t a = 0, b = 0;
    if (!colon && count_parse(text, strlen(text), &b) && b) {
        *first = 1;
        *last = b;
        return true;
    }
    if (!colon || !text[1])
        return false;
    size_t left = (size_t)(colon - text), right = strlen(colon + 1);
    if ((left && (!count_parse(text, left, &a) || !a)) ||
        (right && (!count_parse(colon + 1, right, &b) || !b)) || (a && b && a > b))
        return false;
    *first = a;
    *last = b;
    return true;
}

const char *option_word(const option *o, size_t i)
{
    return o->names == BG_KIND_COUNT ? o->words[i] : bg_name(o->names, (int)i);
}

const char *option_letter(const option *o)
{
    return o->word ? "X" : o->argument;
}

static const char *choice_at(const void *context, size_t i)
{
    return option_word(context, i);
}

bool option_offered(const option *o, const verb *v)
{
    return o->verbs >> (v - verb_table) & 1;
}

static const char *offered_at(const void *context, size_t i)
{
    for (const option *o = option_table; o < option_table + OPT_COUNT; o++)
        if (option_offered(o, context) && i-- == 0)
            return o->name;
    return NULL;
}

static int read_flag(const char *who, const option *o, const char *text, option_value *value)
{
    (void)who, (void)o, (void)text;
    value->flag = true;
    return EXIT_DONE;
}

static int read_text(const char *who, const option *o, const char *text, option_value *value)
{
    if (!*text)
        return misuse(who, "--%s is empty; it wants %s", o->name, o->argument);
    value->text = text;
    return o->check ? o->check(who, text) : EXIT_DONE;
}

static int read_number(const char *who, const option *o, const char *text, option_value *value)
{
    double x;
    if (o->word && strcmp(text, o->word) == 0) {
        value->number = 0;
        return EXIT_DONE;
    }
    if (!bg_number_parse(text, &x))
        return misuse(who, "--%s wants a number%s%s, not \"%s\"", o->name, o->word ? " or " : "",
                      o->word ? o->word : "", text);
    bool inside =
        (o->low_out ? x > o->low : x >= o->low) && (o->high_out ? x < o->high : x <= o->high);
    if (!inside)
        return misuse(who, "--%s %s is outside %g %s %s %s %g", o->name, text, o->low,
                      o->low_out ? "<" : "<=", option_letter(o), o->high_out ? "<" : "<=", o->high);
    value->number = x;
    return EXIT_DONE;
}

static int read_count(const char *who, const option *o, const char *text, option_value *value)
{
    uint64_t n;
    if (o->word && strcmp(text, o->word) == 0) {
        value->count = 0;
        return EXIT_DONE;
    }
    if (!count_parse(text, strlen(text), &n))
        return misuse(who, "--%s wants a whole number%s%s, not \"%s\"", o->name,
                      o->word ? " or " : "", o->word ? o->word : "", text);
    if (n < o->least || n > o->most)
        return misuse(who, "--%s %s is outside %llu <= N <= %llu", o->name, text,
                      (unsigned long long)o->least, (unsigned long long)o->most);
    value->count = n;
    return EXIT_DONE;
}

static int read_choice(const char *who, const option *o, const char *text, option_value *value)
{
    const char *word;
    for (size_t i = 0; (word = option_word(o, i)); i++) {
        if (strcmp(word, text) == 0) {
            value->choice = (int)i;
            return EXIT_DONE;
        }
    }
    const char *nearest = nearest_word(text, choice_at, o);
    char list[300] = "";
    for (size_t i = 0; !nearest && (word = option_word(o, i)); i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", word);
    return misuse(who, "--%s knows no \"%s\"; %s %s", o->name, text,
                  nearest ? "the nearest is" : "it takes", nearest ? nearest : list);
}

/* By option_kind. */
static int (*const readers[])(const char *, const option *, const char *, option_value *) = {
    read_flag, read_text, read_number, read_count, read_choice};

int option_read(const char *who, const option *o, const char *text, option_value *value)
{
    return readers[o->kind](who, o, text, value);
}

int option_assign(command *c, const option *o, const char *text)
{
    option_id id = (option_id)(o - option_table);
    c->given[id] = true;
    return option_read(c->verb->name, o, text, &c->value[id]);
}

const option *option_find(const verb *v, const char *name, size_t length)
{
    for (const option *o = option_table; o < option_table + OPT_COUNT; o++) {
        bool named = strlen(o->name) == length && strncmp(o->name, name, length) == 0;
        if (named && option_offered(o, v))
            return o;
    }
    return NULL;
}

static const option *find_letter(const verb *v, char letter)
{
    for (const option *o = option_table; o < option_table + OPT_COUNT; o++)
        if (option_offered(o, v) && o->letter == letter)
            return o;
    return NULL;
}

const char *option_nearest(const verb *v, const char *name)
{
    return nearest_word(name, offered_at, v);
}

static int complain_unknown(const verb *v, const char *name, size_t length)
{
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)(length < 64 ? length : 63), name);
    const char *nearest = option_nearest(v, word);
    return misuse(v->name, "unknown option --%s; %s%s", word,
                  nearest ? "the nearest is --" : "see backgemm help ",
                  nearest ? nearest : v->name);
}

/* --name=value, --name value, --name; *at moves past what was used. */
static int parse_long(command *c, int argc, char **argv, int *at)
{
    const char *name = argv[*at] + 2;
    size_t length = strcspn(name, "=");
    const option *o = option_find(c->verb, name, length);
    ++*at;
    if (!o)
        return complain_unknown(c->verb, name, length);
    if (o->kind == KIND_FLAG && name[length])
        return misuse(c->verb->name, "--%s takes no value", o->name);
    if (o->kind == KIND_FLAG || name[length])
        return option_assign(c, o, name + length + (name[length] != 0));
    if (*at == argc)
        return misuse(c->verb->name, "--%s wants %s", o->name, o->argument);
    return option_assign(c, o, argv[(*at)++]);
}

/* -f, -fg (two flags), -o value, -ovalue. */
static int parse_letters(command *c, int argc, char **argv, int *at)
{
    const char *letter = argv[(*at)++] + 1;
    for (; *letter; letter++) {
        const option *o = find_letter(c->verb, *letter);
        if (!o)
            return misuse(c->verb->name, "unknown option -%c; see backgemm help %s", *letter,
                          c->verb->name);
        if (o->kind == KIND_FLAG) {
            option_assign(c, o, "");
            continue;
        }
        if (letter[1])
            return option_assign(c, o, letter + 1);
        if (*at == argc)
            return misuse(c->verb->name, "-%c wants %s", *letter, o->argument);
        return option_assign(c, o, argv[(*at)++]);
    }
    return EXIT_DONE;
}

static int add_operand(command *c, const char *text)
{
    if (c->operands == c->verb->most_operands)
        return misuse(c->verb->name, "what is \"%s\"?  Usage: backgemm %s%s%s", text, c->verb->name,
                      *c->verb->operands ? " " : "", c->verb->operands);
    if (!*text)
        return misuse(c->verb->name, "an operand is empty");
    c->operand[c->operands++] = text;
    return EXIT_DONE;
}

int option_span(option_id id, const char *word)
{
    const char *name = option_table[id].name;
    size_t length = strlen(name);
    if (strncmp(word, "--", 2) != 0 || strncmp(word + 2, name, length) != 0)
        return 0;
    return word[2 + length] == 0 ? 2 : word[2 + length] == '=';
}

const char *option_who(const command *c, option_id id, char who[OPTION_WHO])
{
    if (!c->line[id])
        return c->verb->name;
    snprintf(who, OPTION_WHO, "%s: %s:%zu:%zu", c->verb->name, c->value[OPT_CONFIG].text,
             c->line[id], c->column[id]);
    return who;
}

int options_refuse(const command *c, const option_id *ids, size_t count, const char *why)
{
    char who[OPTION_WHO];
    for (size_t i = 0; i < count; i++)
        if (c->given[ids[i]])
            return misuse(option_who(c, ids[i], who), "--%s %s", option_table[ids[i]].name, why);
    return EXIT_DONE;
}

/* Two words on one matter. */
static const option_id rivals[][2] = {{OPT_FORMAT, OPT_JSON},
                                      {OPT_BENCH_FORMAT, OPT_JSON},
                                      {OPT_BENCH_FORMAT, OPT_CSV},
                                      {OPT_CSV, OPT_JSON},
                                      {OPT_QUIET, OPT_VERBOSE}};
enum { RIVALS = sizeof rivals / sizeof *rivals };

bool option_decided(const command *c, option_id id)
{
    bool decided = c->given[id] && !c->line[id];
    for (size_t i = 0; i < RIVALS; i++)
        for (size_t k = 0; k < 2; k++) {
            option_id other = rivals[i][1 - k];
            decided = decided || (rivals[i][k] == id && c->given[other] && !c->line[other]);
        }
    return decided;
}

static int check_rivals(const command *c)
{
    for (size_t i = 0; i < RIVALS; i++)
        if (c->given[rivals[i][0]] && c->given[rivals[i][1]])
            return misuse(c->verb->name, "--%s and --%s exclude each other",
                          option_table[rivals[i][0]].name, option_table[rivals[i][1]].name);
    return EXIT_DONE;
}

int options_parse(const verb *v, int argc, char **argv, command *c)
{
    *c = (command){.verb = v, .argc = argc, .argv = argv};
    int code = EXIT_DONE;
    bool options_end = false;
    for (int at = 2; at < argc && code == EXIT_DONE;) {
        const char *word = argv[at];
        if (!options_end && strcmp(word, "--") == 0) {
            options_end = true;
            at++;
        } else if (!options_end && strncmp(word, "--", 2) == 0) {
            code = parse_long(c, argc, argv, &at);
        } else if (!options_end && word[0] == '-' && word[1]) {
            code = parse_letters(c, argc, argv, &at);
        } else {
            code = add_operand(c, word);
            at++;
        }
        if (c->value[OPT_HELP].flag)
            return EXIT_DONE;
    }
    if (code == EXIT_DONE && c->operands < v->least_operands)
        code = misuse(v->name, "usage: backgemm %s %s", v->name, v->operands);
    if (code == EXIT_DONE && c->given[OPT_CONFIG])
        code = config_take(c);
    return code == EXIT_DONE ? check_rivals(c) : code;
}

void options_default(command *c, const facts *f)
{
    for (size_t i = 0; i < OPT_COUNT; i++) {
        const option *o = &option_table[i];
        if (c->given[i] || !option_offered(o, c->verb))
            continue;
        for (const default_rule *rule = o->defaults; rule < o->defaults + DEFAULT_RULES; rule++) {
            if (rule->value && (!rule->when || rule->when->holds(c, f))) {
                option_read(c->verb->name, o, rule->value, &c->value[i]);
                break;
            }
        }
    }
}

int options_agree(const command *c, const facts *f)
{
    for (size_t i = 0; i < OPT_COUNT; i++) {
        const option *o = &option_table[i];
        option_id of = o->only_of ? o->only_of : OPT_OPTIMIZER;
        char who[OPTION_WHO];
        if (c->given[i] && o->only && !o->only->holds(c, f))
            return misuse(option_who(c, (option_id)i, who), "--%s is %s, not %s", o->name,
                          o->only->words,
                          option_word(&option_table[of], (size_t)c->value[of].choice));
    }
    return EXIT_DONE;
}
