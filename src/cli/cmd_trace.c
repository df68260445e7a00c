#include <string.h>

#include "objective.h"
#include "places.h"
#include "talk.h"
#include "text.h"
#include "training.h"
#include "verbs.h"

/* What the sheet of a file has from the file itself. */
static const option_id settings[] = {
    OPT_TARGET, OPT_ROWS,        OPT_HEADER,     OPT_TASK,
    OPT_SCALE,  OPT_LAYERS,      OPT_ACTIVATION, OPT_OUTPUT_ACTIVATION,
    OPT_LOSS,   OPT_REDUCTION,   OPT_L2,         OPT_INIT,
    OPT_LR,     OPT_UPDATE_SIGN, OPT_SEED};
/* What the article's sheet has not. */
static const option_id choices[] = {OPT_STEPS, OPT_ROW, OPT_DIGITS, OPT_EXACT};

static bg_sheet_format format_of(const command *c)
{
    return c->value[OPT_JSON].flag ? BG_SHEET_JSON : (bg_sheet_format)c->value[OPT_FORMAT].choice;
}

static int print(char *sheet)
{
    text out = text_open(NULL);
    text_add(&out, sheet);
    bg_free(sheet);
    return text_close(&out);
}

/* Rows of DATA have the numbers that --rows gives them, those of a file its own. */
static uint64_t first_row(const command *c, bool data)
{
    uint64_t first = 0, last;
    if (c->value[OPT_ROWS].text)
        rows_parse(c->value[OPT_ROWS].text, &first, &last);
    return data && first == 0 ? 1 : first;
}

static int print_example(const command *c, const bg_example *example, bool data)
{
    const bg_sheet_options options = {.dtype = (bg_dtype)c->value[OPT_PRECISION].choice,
                                      .format = format_of(c),
                                      .steps = c->value[OPT_STEPS].count,
                                      .row = data ? 0 : c->value[OPT_ROW].count,
                                      .digits = (int)c->value[OPT_DIGITS].count,
                                      .exact = c->value[OPT_EXACT].flag,
                                      .first_row = first_row(c, data)};
    bg_error error;
    char *sheet;
    if (bg_example_sheet(example, &options, &sheet, &error) != BG_OK)
        return complain_error(&error);
    return print(sheet);
}

static int trace_article(const command *c)
{
    bg_error error;
    char *sheet;
    bg_sheet_format format = format_of(c);
    int code = OPTIONS_REFUSE(c, settings, "needs DATA");
    if (code == EXIT_DONE)
        code = OPTIONS_REFUSE(c, choices, "needs FILE.json or DATA");
    if (code == EXIT_DONE && format > BG_SHEET_MD)
        code = misuse("trace", "the article's sheet is text, json or md; name a FILE.json or DATA");
    if (code != EXIT_DONE)
        return code;
    if (bg_article_sheet((bg_dtype)c->value[OPT_PRECISION].choice, (bg_format)format, &sheet,
                         &error) != BG_OK)
        return complain_error(&error);
    return print(sheet);
}

static int trace_file(const command *c)
{
    bg_example *example = NULL;
    int code = OPTIONS_REFUSE(c, settings, "is the file's own");
    if (code == EXIT_DONE)
        code = example_read(c->operand[0], &example);
    if (code == EXIT_DONE)
        code = print_example(c, example, false);
    bg_example_free(example);
    return code;
}

/* Row --row alone, which is the first where no --rows are asked for. */
static int pick_row(const command *c, training *t)
{
    size_t row = (size_t)c->value[OPT_ROW].count, rows = bg_data_rows(t->data);
    bg_data *one;
    bg_error error;
    if (rows == 1 && c->value[OPT_SCALE].choice != BG_SCALE_NONE)
        say("one row has no spread, so its inputs are scaled to 0: --scale none takes them as they "
            "are, --row N instead of --rows scales by all rows");
    if (!row && c->given[OPT_ROWS])
        return EXIT_DONE;
    if (row > rows)
        return misuse("trace", "there is no row %zu: the data have %zu", row, rows);
    row -= row != 0;
    if (bg_data_select(t->data, 1, &row, &one, &error) != BG_OK)
        return complain_error(&error);
    bg_data_free(t->data);
    t->data = one;
    return EXIT_DONE;
}

static int trace_data(command *c)
{
    training t = {.c = c};
    bg_schema *schema = NULL;
    bg_net *net = NULL;
    bg_example *example = NULL;
    bg_error error;
    int code = inputs_check(c);
    if (code == EXIT_DONE)
        code = training_read(&t, &schema);
    if (code == EXIT_DONE)
        code = pick_row(c, &t);
    if (code == EXIT_DONE)
        code = training_net(c, schema, &net);
    bg_train_options options;
    bg_train_defaults(&options);
    options.objective = objective_chosen(c);
    options.lr = c->value[OPT_LR].number;
    if (code == EXIT_DONE && options.lr == 0)
        code = misuse("trace", "--lr auto is for train; a sheet takes a number");
    options.ascent = c->value[OPT_UPDATE_SIGN].choice == 1;
    if (code == EXIT_DONE && bg_example_create(net, t.data, &options, &example, &error) != BG_OK)
        code = complain_error(&error);
    if (code == EXIT_DONE)
        code = print_example(c, example, true);
    bg_example_free(example);
    bg_net_free(net);
    bg_schema_free(schema);
    training_close(&t);
    return code;
}

/* A worked example is called so, or comes through a pipe without a shape beside it. */
static bool is_example(const command *c)
{
    const char *path = c->operand[0];
    size_t length = strlen(path);
    if (strcmp(path, "-") == 0)
        return !c->given[OPT_LAYERS];
    return length > 5 && strcmp(path + length - 5, ".json") == 0;
}

int trace_run(command *c)
{
    if (c->operands && !is_example(c))
        return trace_data(c);
    options_default(c, &(facts){0});
    return c->operands ? trace_file(c) : trace_article(c);
}
