#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "json.h"
#include "places.h"
#include "talk.h"
#include "verbs.h"

/* A number with the digits that the sheet has, and two more. */
static void number_near(double value, double half_unit, char digits[32])
{
    double unit = 2 * half_unit, rounded = value;
    if (unit > 0) {
        double fine = unit / 100, quotient = value / fine;
        if (quotient < 1e15 && quotient > -1e15)
            rounded = (double)(long long)(quotient + (quotient < 0 ? -0.5 : 0.5)) * fine;
    }
    bg_number_text(rounded, BG_F32, digits);
    if (half_unit < 1e-6 * (value < 0 ? -value : value))
        bg_number_text(value, BG_F64, digits);
}

static void add_json(text *out, const bg_grade *g)
{
    json j = {.out = out};
    json_begin(&j, NULL, '{');
    json_count(&j, "numbers", g->numbers);
    json_count(&j, "wrong", g->wrong);
    if (g->wrong) {
        json_begin(&j, "first", '{');
        json_count(&j, "line", g->line);
        json_text(&j, "quantity", g->quantity);
        if (g->row >= 0)
            json_count(&j, "row", (uint64_t)g->row);
        json_count(&j, "step", (uint64_t)g->step);
        json_number(&j, "written", g->written, BG_F64);
        json_number(&j, "right", g->right, BG_F64);
        json_text(&j, "kind", *g->kind ? g->kind : NULL);
        json_text(&j, "sentence", *g->sentence ? g->sentence : NULL);
        json_end(&j, '}');
        json_count(&j, "same_kind", g->same_kind);
    }
    json_end(&j, '}');
    text_add(out, "\n");
}

static void add_text(text *out, const char *path, const bg_grade *g)
{
    char written[32], right[32];
    if (!g->wrong) {
        text_format(out, "All right: %zu number%s, each follows from those before it.\n",
                    g->numbers, g->numbers == 1 ? "" : "s");
        return;
    }
    bg_number_text(g->written, BG_F64, written);
    number_near(g->right, g->digits, right);
    text_format(out, "%s:%llu: %s", path, (unsigned long long)g->line, g->quantity);
    if (g->row >= 0)
        text_format(out, ", row %lld", (long long)g->row);
    text_format(out, ", step %lld: %s is written, %s follows from the numbers before it.\n",
                (long long)g->step, written, right);
    if (*g->sentence)
        text_format(out, "Perhaps %s.\n", g->sentence);
    else
        text_add(out, "It looks like none of the usual mistakes; try this one number again.\n");
    size_t others = g->wrong - 1;
    if (others && others == g->same_kind)
        text_format(out, "The same happened %zu more time%s; all else is right.\n", others,
                    others == 1 ? "" : "s");
    else if (others)
        text_format(out, "%zu more of the %zu numbers do%s not follow from those before %s.\n",
                    others, g->numbers, others == 1 ? "es" : "", others == 1 ? "it" : "them");
    else if (g->numbers == 2)
        text_add(out, "The other number is right, given this one.\n");
    else if (g->numbers > 2)
        text_format(out, "The other %zu numbers are right, given this one.\n", g->numbers - 1);
}

static int grade(const char *path, const bg_example *example, bg_grade *result)
{
    bg_error error;
    const char *name;
    char *bytes;
    size_t size;
    int code = bytes_read(path, &name, &bytes, &size);
    if (code != EXIT_DONE)
        return code;
    bg_status status = bg_example_grade(example, name, bytes, size, result, &error);
    bg_free(bytes);
    return status == BG_OK ? EXIT_DONE : complain_error(&error);
}

int grade_run(command *c)
{
    const char *sheet = c->operand[0], *against = c->value[OPT_AGAINST].text;
    bg_example *example = NULL;
    bg_grade result;
    options_default(c, &(facts){0});
    if (!against)
        return misuse("grade", "against what?  --against FILE.json is required");
    int code = inputs_check(c);
    if (code == EXIT_DONE)
        code = example_read(against, &example);
    if (code == EXIT_DONE)
        code = grade(sheet, example, &result);
    bg_example_free(example);
    if (code != EXIT_DONE)
        return code;
    text out = text_open(NULL);
    out.for_people = !c->value[OPT_JSON].flag;
    if (c->value[OPT_JSON].flag)
        add_json(&out, &result);
    else
        add_text(&out, sheet, &result);
    code = text_close(&out);
    return code == EXIT_DONE && result.wrong ? EXIT_CHECK : code;
}
