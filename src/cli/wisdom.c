#include "wisdom.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notes.h"
#include "talk.h"

#define MEASURE_SECONDS 3.0

/* $XDG_CACHE_HOME/backgemm/wisdom, or ~/.cache/backgemm/wisdom; false: neither is known. */
static bool default_path(char *path, size_t size)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int length = 0;
    if (cache && cache[0] == '/')
        length = snprintf(path, size, "%s/backgemm/wisdom", cache);
    else if (home && home[0] == '/')
        length = snprintf(path, size, "%s/.cache/backgemm/wisdom", home);
    return length > 0 && (size_t)length < size;
}

/* The folders above a default path; what fails here fails again when the file is written. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0777);
        *slash = '/';
    }
}

/* The file to look in, NULL: none. */
static const char *file_of(const command *c, char *path, size_t size)
{
    const char *asked = c->value[OPT_WISDOM].text;
    if (!c->given[OPT_WISDOM])
        return default_path(path, size) ? path : NULL;
    return strcmp(asked, "none") == 0 ? NULL : asked;
}

static bool find(const char *path, const bg_net_spec *spec, const bg_train_options *options,
                 uint64_t rows, bg_tuning *tuning)
{
    bg_error error;
    uint64_t bad_line = 0;
    bool found = false;
    if (bg_wisdom_find(path, spec, options, (size_t)rows, tuning, &found, &bad_line, &error) !=
        BG_OK)
        say("%s; the wisdom is not used", error.text);
    else if (bad_line)
        say("%s:%llu: this line is no wisdom and is passed over", path,
            (unsigned long long)bad_line);
    return found;
}

static void keep(const char *path, const bg_net_spec *spec, const bg_train_options *options,
                 uint64_t rows, const bg_tuning *tuning)
{
    bg_error error;
    if (bg_wisdom_keep(path, spec, options, (size_t)rows, tuning, &error) != BG_OK)
        say("%s; what was measured is not kept", error.text);
}

static void use(const bg_tuning *tuning, bg_train_options *options)
{
    options->tile_rows = tuning->tile_rows;
    options->slots = tuning->slots;
}

/* A kept cut that the engine refuses is as good as none. */
static bool fits(const bg_net_spec *spec, const bg_train_options *options, uint64_t rows,
                 const bg_tuning *tuning)
{
    bg_plan plan;
    bg_train_options cut = *options;
    use(tuning, &cut);
    return bg_plan_choose(spec, &cut, (size_t)rows, &plan, NULL, NULL) == BG_OK;
}

int wisdom_ask(const command *c, const bg_net_spec *spec, uint64_t rows,
               bg_train_options *options, bg_tuning *tuning)
{
    char own[4096];
    bg_error error;
    bg_plan plan;
    bool measure = c->value[OPT_MEASURE].flag;
    *tuning = (bg_tuning){0};
    if (!measure && !c->given[OPT_WISDOM])
        return EXIT_DONE;
    if (bg_plan_choose(spec, options, (size_t)rows, &plan, NULL, &error) != BG_OK)
        return complain_error(&error);
    const char *path = file_of(c, own, sizeof own);
    if (path && find(path, spec, options, rows, tuning) && fits(spec, options, rows, tuning)) {
        use(tuning, options);
        return EXIT_DONE;
    }
    *tuning = (bg_tuning){0};
    if (!measure && path && access(path, F_OK) != 0)
        say("%s: %s; the wisdom is not used", path, strerror(errno));
    if (!measure)
        return EXIT_DONE;
    if (bg_plan_measure(spec, options, (size_t)rows, MEASURE_SECONDS, tuning, &error) != BG_OK)
        return complain_error(&error);
    if (path == own)
        make_folders(own);
    if (path)
        keep(path, spec, options, rows, tuning);
    use(tuning, options);
    return EXIT_DONE;
}

void wisdom_go_on(const bg_net_spec *spec, uint64_t rows, const bg_model *from,
                  bg_train_options *options)
{
    uint64_t tile_rows = 0, slots = 0;
    note_count(from, "tile-rows", &tile_rows);
    note_count(from, "slots", &slots);
    bg_tuning cut = {.tile_rows = (size_t)tile_rows, .slots = (size_t)slots};
    if (!tile_rows && !slots)
        return;
    if (fits(spec, options, rows, &cut))
        use(&cut, options);
    else
        say("the cut of the run before does not suit this machine: other last bits are possible");
}
