#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "json.h"
#include "talk.h"
#include "verbs.h"

/* One file, judged. */
typedef struct judged {
    const char *path;      /* borrowed */
    bg_example *example;   /* owned */
    bg_judgement *finding; /* total of them; owned */
    size_t total;
    size_t count[BG_VERDICT_COUNT];
} judged;

/* "4 errata", "1 erratum": how many of each kind. */
static const struct {
    bg_verdict verdict;
    const char *one, *more;
} parts[] = {
    {BG_TRUNCATED, "truncated", "truncated"},
    {BG_LAST_DIGIT, "off in the last digit", "off in the last digit"},
    {BG_ERRATUM, "erratum", "errata"},
    {BG_FAILS, "fails", "fail"},
};

static void add_place(text *out, const bg_judgement *f)
{
    text_add(out, f->quantity);
    if (f->row >= 0)
        text_format(out, ", row %lld", (long long)f->row);
    if (f->step >= 0)
        text_format(out, ", step %lld", (long long)f->step);
}

static void add_finding(text *out, const bg_judgement *f, bg_dtype dtype)
{
    text_format(out, "    %-10s  ", bg_verdict_text(f->verdict));
    add_place(out, f);
    if (strcmp(f->label, f->quantity) != 0)
        text_format(out, " (%s)", f->label);
    text_format(out, ": printed %s", f->printed);
    if (f->corrected && f->verdict != BG_FAILS) {
        text_format(out, ", right is %s", f->corrected);
    } else if (f->verdict != BG_AGREES) {
        text_add(out, ", the engine has ");
        text_number(out, f->value, dtype);
    }
    text_add(out, "\n");
    if (f->note && f->verdict != BG_AGREES)
        text_format(out, "                %s\n", f->note);
}

static void add_file(text *out, const judged *j, const command *c)
{
    bg_dtype dtype = (bg_dtype)c->value[OPT_PRECISION].choice;
    bool good = !j->count[BG_FAILS];
    text_format(out, "%-6s  %-46s %zu of %zu agree", good ? "ok" : "FAILED",
                bg_example_name(j->example), j->count[BG_AGREES], j->total);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t n = j->count[parts[i].verdict];
        if (n)
            text_format(out, ", %zu %s", n, n == 1 ? parts[i].one : parts[i].more);
    }
    text_add(out, "\n");
    bool verbose = c->value[OPT_FINDINGS].flag;
    for (size_t i = 0; i < j->total; i++)
        if (verbose || j->finding[i].verdict == BG_FAILS)
            add_finding(out, &j->finding[i], dtype);
}

static void add_json_finding(json *out, const bg_judgement *f, bg_dtype dtype)
{
    json_begin(out, NULL, '{');
    json_text(out, "quantity", f->quantity);
    json_text(out, "label", f->label);
    if (f->row >= 0)
        json_count(out, "row", (uint64_t)f->row);
    if (f->step >= 0)
        json_count(out, "step", (uint64_t)f->step);
    json_text(out, "printed", f->printed);
    json_text(out, "verdict", bg_verdict_text(f->verdict));
    json_number(out, "value", f->value, dtype);
    if (f->corrected)
        json_text(out, "corrected", f->corrected);
    if (f->note)
        json_text(out, "note", f->note);
    json_end(out, '}');
}

static void add_json_file(json *out, const judged *j, const command *c)
{
    bg_dtype dtype = (bg_dtype)c->value[OPT_PRECISION].choice;
    bool verbose = c->value[OPT_FINDINGS].flag;
    json_begin(out, NULL, '{');
    json_text(out, "file", j->path);
    json_text(out, "name", bg_example_name(j->example));
    json_count(out, "ok", j->count[BG_AGREES]);
    json_count(out, "total", j->total);
    json_count(out, "failed", j->count[BG_FAILS]);
    json_begin(out, "rows", '[');
    for (size_t i = 0; i < j->total; i++)
        if (verbose || j->finding[i].verdict != BG_AGREES)
            add_json_finding(out, &j->finding[i], dtype);
    json_end(out, ']');
    json_end(out, '}');
}

int example_read(const char *path, bg_example **example)
{
    bg_error error;
    const char *name;
    char *bytes;
    size_t size;
    int code = bytes_read(path, &name, &bytes, &size);
    if (code != EXIT_DONE)
        return code;
    bg_status status = bg_example_parse(name, bytes, size, example, &error);
    bg_free(bytes);
    return status == BG_OK ? EXIT_DONE : complain_error(&error);
}

static int judge(const command *c, const char *path, judged *j)
{
    bg_error error;
    j->path = path;
    int code = example_read(path, &j->example);
    if (code != EXIT_DONE)
        return code;
    j->total = bg_example_rows(j->example);
    j->finding = calloc(j->total, sizeof *j->finding);
    if (!j->finding)
        return complain_memory(path);
    if (bg_example_verify(j->example, (bg_dtype)c->value[OPT_PRECISION].choice, j->finding,
                          &error) != BG_OK)
        return complain(exit_code_of(error.status), "%s: %s", path, error.text);
    for (size_t i = 0; i < j->total; i++)
        j->count[j->finding[i].verdict]++;
    return EXIT_DONE;
}

/* Of several files the first that cannot be judged decides, then a failed check. */
int verify_run(command *c)
{
    options_default(c, &(facts){0});
    text out = text_open(NULL);
    bool as_json = c->value[OPT_JSON].flag;
    out.for_people = !as_json;
    json j = {.out = &out};
    int code = EXIT_DONE;
    size_t failed = 0;
    if (as_json) {
        json_begin(&j, NULL, '{');
        json_begin(&j, "files", '[');
    }
    for (size_t i = 0; i < c->operands; i++) {
        judged file = {0};
        int got = judge(c, c->operand[i], &file);
        if (got == EXIT_DONE && as_json)
            add_json_file(&j, &file, c);
        else if (got == EXIT_DONE)
            add_file(&out, &file, c);
        failed += file.count[BG_FAILS] != 0;
        code = code == EXIT_DONE ? got : code;
        free(file.finding);
        bg_example_free(file.example);
    }
    if (as_json) {
        json_end(&j, ']');
        json_end(&j, '}');
        text_add(&out, "\n");
    }
    int written = text_close(&out);
    code = code == EXIT_DONE && failed ? EXIT_CHECK : code;
    return written == EXIT_DONE ? code : written;
}
