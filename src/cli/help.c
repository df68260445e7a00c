#include "help.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH ((size_t)80)
#define INDENT ((size_t)6)

void help_add_wrapped(text *out, const char *words, size_t indent)
{
    size_t column = indent;
    text_format(out, "%*s", (int)indent, "");
    for (;;) {
        size_t blanks = strspn(words, " "), length = strcspn(words + blanks, " ");
        if (!length)
            break;
        if (column > indent && column + blanks + length > WIDTH) {
            text_format(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            text_format(out, "%*s", (int)blanks, "");
            column += blanks;
        }
        words += blanks;
        text_add_bytes(out, words, length);
        words += length;
        column += length;
    }
    text_add(out, "\n");
}

/* What values there are: an interval or words. */
static void add_values(text *out, const option *o)
{
    const char *word;
    if (o->kind == KIND_NUMBER) {
        text_format(out, "; %.15g %s %s %s %.15g%s%s", o->low, o->low_out ? "<" : "<=",
                    option_letter(o), o->high_out ? "<" : "<=", o->high, o->word ? ", or " : "",
                    o->word ? o->word : "");
    }
    if (o->kind == KIND_COUNT)
        text_format(out, "; %" PRIu64 " <= N <= %" PRIu64 "%s%s", o->least, o->most,
                    o->word ? ", or " : "", o->word ? o->word : "");
    for (size_t i = 0; o->kind == KIND_CHOICE && (word = option_word(o, i)); i++)
        text_format(out, "%s%s", i ? ", " : ": ", word);
    if (o->unit)
        text_format(out, "; %s", o->unit);
}

static void add_default(text *out, const option *o)
{
    if (!o->absent && !o->defaults[0].value)
        return;
    text_add(out, "; default: ");
    if (o->absent) {
        text_add(out, o->absent);
        return;
    }
    for (const default_rule *r = o->defaults; r < o->defaults + DEFAULT_RULES && r->value; r++) {
        text_format(out, "%s%s%s", r == o->defaults ? "" : r->when ? ", " : ", else ", r->value,
                    r->when ? " " : "");
        text_add(out, r->when ? r->when->words : "");
    }
}

static void add_option_name(text *out, const option *o)
{
    if (o->letter)
        text_format(out, "-%c, ", o->letter);
    text_format(out, "--%s", o->name);
    if (o->argument)
        text_format(out, " %s", o->argument);
}

static text option_words(const option *o)
{
    text words = text_open("paragraph"); /* any name: gathered, never written */
    text_add(&words, o->help);
    add_values(&words, o);
    add_default(&words, o);
    text_add_bytes(&words, "", 1);
    return words;
}

/* What a run looks at in the environment. */
static const struct {
    const char *name, *words;
} variables[] = {
    {"BACKGEMM_KERNELS", "amx, avx512, avx2 or baseline: narrower kernels than the widest that the "
                         "processor runs, for the bits of a lesser machine"},
    {"NO_COLOR", "no colours and no escapes in the progress"},
};

void help_overview(text *out)
{
    text_format(out,
                "backgemm %s: trains multi-layer perceptrons by back-propagation, every layer a "
                "GEMM\n\nusage: backgemm VERB ...\n\n",
                bg_version());
    for (const verb *v = verb_table; v < verb_table + VERB_COUNT; v++)
        text_format(out, "  %-9s %s\n", v->name, v->summary);
    text_add(out, "\nbackgemm VERB --help   what a verb takes, with intervals and defaults\n"
                  "backgemm --version     the version\n"
                  "backgemm --man         the manual page, for man -l -\n\n"
                  "DATA is a file (CSV, TSV, NPY, IDX, svmlight, FANN; gzip of each), - for\n"
                  "standard input, or a truth table: table:xor, table:and, table:or,\n"
                  "table:parity:N, table:majority:N, table:adder:N, table:mux:N.\n\n"
                  "Environment:\n");
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        text_format(out, "  %s\n", variables[i].name);
        help_add_wrapped(out, variables[i].words, INDENT);
    }
}

void help_verb(text *out, const verb *v)
{
    text_format(out, "usage: backgemm %s%s%s [OPTIONS]\n\n", v->name, *v->operands ? " " : "",
                v->operands);
    help_add_wrapped(out, v->detail, 0);
    text_add(out, "\n");
    for (const option *o = option_table; o < option_table + OPT_COUNT; o++) {
        if (!option_offered(o, v))
            continue;
        text words = option_words(o);
        text_add(out, "  ");
        add_option_name(out, o);
        text_add(out, "\n");
        if (!text_failed(&words))
            help_add_wrapped(out, words.bytes, INDENT);
        free(words.bytes);
    }
}

/* ----------------------------------------------------------------------------- man page --- */

static const struct {
    int code;
    const char *words;
} exits[] = {
    {0, "done"},
    {1, "failure"},
    {2, "wrong use"},
    {3, "bad data or model file"},
    {4, "the run diverged"},
    {5, "a check failed"},
    {7, "cannot read or write, a full disk included"},
    {130, "stopped by SIGINT, checkpoint written (143: by SIGTERM)"},
};

/* roff takes a line that starts with a dot or quote as a request, and - as a hyphen. */
static void add_roff(text *out, const char *words)
{
    if (*words == '.' || *words == '\'')
        text_add(out, "\\&");
    for (; *words; words++) {
        if (*words == '-')
            text_add(out, "\\-");
        else if (*words == '\\')
            text_add(out, "\\e");
        else
            text_add_bytes(out, words, 1);
    }
    text_add(out, "\n");
}

static void add_verb_roff(text *out, const verb *v)
{
    text_format(out, ".SS %s %s\n", v->name, v->operands);
    add_roff(out, v->detail);
    for (const option *o = option_table; o < option_table + OPT_COUNT; o++) {
        if (!option_offered(o, v))
            continue;
        text name = text_open("name"), words = option_words(o); /* gathered, never written */
        add_option_name(&name, o);
        text_add_bytes(&name, "", 1);
        text_add(out, ".TP\n.B ");
        if (!text_failed(&name) && !text_failed(&words)) {
            add_roff(out, name.bytes);
            add_roff(out, words.bytes);
        }
        free(name.bytes);
        free(words.bytes);
    }
}

void help_man(text *out)
{
    text_format(out, ".TH BACKGEMM 1 \"\" \"backgemm %s\" \"User Commands\"\n", bg_version());
    text_add(out, ".SH NAME\nbackgemm \\- train multi\\-layer perceptrons by back\\-propagation\n"
                  ".SH SYNOPSIS\n.B backgemm\n.I VERB\n.RI [ OPTIONS ]\n.SH DESCRIPTION\n"
                  "Results go to standard output, talk to standard error.\n"
                  "DATA is a file, \\- for standard input, or table:NAME for a truth table.\n"
                  ".SH VERBS\n");
    for (const verb *v = verb_table; v < verb_table + VERB_COUNT; v++)
        add_verb_roff(out, v);
    text_add(out, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        text_format(out, ".TP\n.B %d\n%s\n", exits[i].code, exits[i].words);
    text_add(out, ".SH ENVIRONMENT\n");
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        text_format(out, ".TP\n.B %s\n%s\n", variables[i].name, variables[i].words);
}
