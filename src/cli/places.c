#include "places.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "talk.h"

typedef struct place {
    const char *path;
    option_id option; /* OPT_COUNT: an operand, or not asked for */
} place;

static const option_id input_options[] = {OPT_TARGET, OPT_VALID,  OPT_CONFIG, OPT_INIT,
                                          OPT_RESUME, OPT_WISDOM, OPT_AGAINST};
static const option_id output_options[] = {OPT_MODEL, OPT_OUT,    OPT_CHECKPOINT,
                                           OPT_LOG,   OPT_ERRORS, OPT_PLOT};
enum {
    INPUT_OPTIONS = sizeof input_options / sizeof *input_options,
    OUTPUT_OPTIONS = sizeof output_options / sizeof *output_options,
    MOST_INPUTS = MOST_OPERANDS + INPUT_OPTIONS,
    MOST_OUTPUTS = OUTPUT_OPTIONS + 1
};

static size_t gather(const command *c, const option_id *ids, size_t count, place *places)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (c->given[ids[i]])
            places[n++] = (place){c->value[ids[i]].text, ids[i]};
    return n;
}

static size_t gather_inputs(const command *c, place inputs[MOST_INPUTS])
{
    double share;
    place named[INPUT_OPTIONS];
    size_t n = 0, given = gather(c, input_options, INPUT_OPTIONS, named);
    for (size_t i = 0; i < given; i++) {
        bool scheme = named[i].option == OPT_INIT && bg_value(BG_KIND_INIT, named[i].path) >= 0;
        bool fraction = named[i].option == OPT_VALID && bg_number_parse(named[i].path, &share);
        if (!scheme && !fraction)
            inputs[n++] = named[i];
    }
    for (size_t i = 0; i < c->operands; i++)
        inputs[n++] = (place){c->operand[i], OPT_COUNT};
    return n;
}

static size_t gather_outputs(const command *c, const char *own_checkpoint,
                             place outputs[MOST_OUTPUTS])
{
    size_t n = gather(c, output_options, OUTPUT_OPTIONS, outputs);
    if (own_checkpoint)
        outputs[n++] = (place){own_checkpoint, OPT_COUNT};
    return n;
}

/* ------------------------------------------------------------------------------- input --- */

int inputs_check(const command *c)
{
    place inputs[MOST_INPUTS];
    size_t n = gather_inputs(c, inputs), standard = 0;
    for (size_t i = 0; i < n; i++)
        standard += strcmp(inputs[i].path, "-") == 0 && inputs[i].option != OPT_TARGET;
    return standard > 1 ? misuse(c->verb->name, "standard input can be read only once") : EXIT_DONE;
}

/* To go on in place is no accident. */
static bool may_replace(const place *output, const place *input)
{
    bool model = output->option == OPT_MODEL;
    bool checkpoint = output->option == OPT_CHECKPOINT || output->option == OPT_COUNT;
    return (input->option == OPT_INIT && model) ||
           (input->option == OPT_RESUME && (model || checkpoint));
}

static int output_differs(const command *c, const place *output, const place *input)
{
    struct stat a, b;
    bool standard = strcmp(input->path, "-") == 0;
    if (strcmp(output->path, "-") == 0 || may_replace(output, input))
        return EXIT_DONE;
    if (stat(output->path, &a) != 0 || !S_ISREG(a.st_mode) ||
        (standard ? fstat(STDIN_FILENO, &b) : stat(input->path, &b)) != 0)
        return EXIT_DONE;
    if (a.st_dev != b.st_dev || a.st_ino != b.st_ino)
        return EXIT_DONE;
    return misuse(c->verb->name, "%s would be overwritten: %s", output->path,
                  input->option == OPT_TARGET ? "--target names it too" : "it is also read");
}

/* ------------------------------------------------------------------------------ output --- */

/* /dev/null and its like: they may take any number of outputs. */
static bool is_sink(const struct stat *found)
{
    return S_ISCHR(found->st_mode) && major(found->st_rdev) == 1;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && !is_sink(a);
}

bool is_standard_output(const char *path)
{
    struct stat a, b;
    if (strcmp(path, "-") == 0)
        return true;
    return stat(path, &a) == 0 && fstat(STDOUT_FILENO, &b) == 0 && is_same(&a, &b);
}

bool standard_output_taken(const command *c)
{
    place outputs[MOST_OUTPUTS];
    size_t n = gather_outputs(c, NULL, outputs);
    for (size_t i = 0; i < n; i++)
        if (is_standard_output(outputs[i].path))
            return true;
    return false;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The caller's; NULL: no memory. */
static char *folder_of(const char *path)
{
    size_t length = (size_t)(name_of(path) - path);
    if (length == 0)
        return strdup(".");
    return strndup(path, length > 1 ? length - 1 : 1);
}

/* Files that are not there yet. */
static bool will_be_same(const char *one, const char *other)
{
    struct stat a, b;
    char *above_one = folder_of(one), *above_other = folder_of(other);
    bool same = strcmp(name_of(one), name_of(other)) == 0 && above_one && above_other &&
                stat(above_one, &a) == 0 && stat(above_other, &b) == 0 && is_same(&a, &b);
    free(above_one);
    free(above_other);
    return same;
}

static bool is_one_place(const char *one, const char *other)
{
    struct stat a, b;
    if (is_standard_output(one) || is_standard_output(other))
        return is_standard_output(one) && is_standard_output(other);
    bool first = stat(one, &a) == 0, second = stat(other, &b) == 0;
    return first && second ? is_same(&a, &b) : !first && !second && will_be_same(one, other);
}

static int outputs_differ(const command *c, const place *one, const place *other)
{
    if (!is_one_place(one->path, other->path))
        return EXIT_DONE;
    if (is_standard_output(one->path))
        return misuse(c->verb->name, "--%s and --%s cannot both go to standard output",
                      option_table[one->option].name, option_table[other->option].name);
    return misuse(c->verb->name, "two outputs cannot both go to %s", one->path);
}

static int cannot_write(const char *path, int reason)
{
    return complain(EXIT_IO, "cannot write %s: %s", path, strerror(reason));
}

/* The folder must take a new file beside `path`. */
static int folder_check(const char *path)
{
    char *folder = folder_of(path);
    if (!folder)
        return complain_memory("a file name");
    int code = EXIT_DONE;
    struct stat found;
    if (stat(folder, &found) != 0)
        code = cannot_write(path, errno);
    else if (!S_ISDIR(found.st_mode))
        code = cannot_write(path, ENOTDIR);
    else if (access(folder, W_OK | X_OK) != 0)
        code = cannot_write(path, errno);
    free(folder);
    return code;
}

int output_check(const char *path)
{
    struct stat found;
    if (strcmp(path, "-") == 0)
        return EXIT_DONE;
    if (stat(path, &found) != 0)
        return errno == ENOENT ? folder_check(path) : cannot_write(path, errno);
    if (S_ISDIR(found.st_mode))
        return cannot_write(path, EISDIR);
    if (access(path, W_OK) != 0)
        return cannot_write(path, errno);
    return S_ISREG(found.st_mode) ? folder_check(path) : EXIT_DONE;
}

bool is_replaceable(const char *path)
{
    struct stat found;
    return !is_standard_output(path) && (stat(path, &found) != 0 || S_ISREG(found.st_mode));
}

int outputs_check(const command *c, const char *own_checkpoint)
{
    place inputs[MOST_INPUTS], outputs[MOST_OUTPUTS];
    size_t n = gather_inputs(c, inputs), m = gather_outputs(c, own_checkpoint, outputs);
    int code = EXIT_DONE;
    for (size_t i = 0; i < m && code == EXIT_DONE; i++) {
        if (c->value[OPT_JSON].flag)
            code = outputs_differ(c, &(place){"-", OPT_JSON}, &outputs[i]);
        for (size_t j = 0; j < i && code == EXIT_DONE; j++)
            code = outputs_differ(c, &outputs[j], &outputs[i]);
        for (size_t j = 0; j < n && code == EXIT_DONE; j++)
            code = output_differs(c, &outputs[i], &inputs[j]);
        if (code == EXIT_DONE && outputs[i].path != own_checkpoint)
            code = output_check(outputs[i].path);
    }
    return code;
}
