/* Worked examples for tests. */
#ifndef TESTS_WORKED_H
#define TESTS_WORKED_H

#include <check.h>
#include <glob.h>
#include <string.h>

#include "backgemm.h"

static inline bg_example *worked_read(const char *path)
{
    bg_error error;
    bg_example *e;
    char *bytes;
    size_t size;
    ck_assert_msg(bg_file_read(path, &bytes, &size, &error) == BG_OK, "%s", error.text);
    ck_assert_msg(bg_example_parse(path, bytes, size, &e, &error) == BG_OK, "%s", error.text);
    bg_free(bytes);
    return e;
}

/* Calls `look` for every file of the pattern; how many. */
static inline size_t worked_each(const char *pattern,
                                 void (*look)(const char *path, bg_example *e, void *context),
                                 void *context)
{
    glob_t found;
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    size_t count = found.gl_pathc;
    for (size_t i = 0; i < count; i++) {
        bg_example *e = worked_read(found.gl_pathv[i]);
        look(found.gl_pathv[i], e, context);
        bg_example_free(e);
    }
    globfree(&found);
    return count;
}

#endif
