/* Temporary files and hostile copies for the tests of the readers. */
#ifndef TESTS_IO_FILES_H
#define TESTS_IO_FILES_H

#include <check.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/rng.h"
#include "io/input.h"
#include "net/table.h"
#include "suite.h"

typedef bg_status reader(const input *in, const bg_read_options *options, bg_table **table,
                         bg_error *error);

static char folder[32];

/* Fixture: an empty folder for each test. */
static inline void files_open(void)
{
    strcpy(folder, "/tmp/test_io_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static inline void files_close(void)
{
    char path[400];
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    closedir(dir);
    rmdir(folder);
}

/* The path of a new file, good until the fourth call after this. */
static inline const char *files_write(const char *name, const void *bytes, size_t size)
{
    static char paths[4][128];
    static size_t turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

/* An input of its own block, no byte larger than it must be, so that a sanitizer sees a read past
 * it. */
static inline input input_copy(const char *name, const void *bytes, size_t size)
{
    char *block = malloc(size + 1);
    ck_assert_ptr_nonnull(block);
    memcpy(block, bytes, size);
    block[size] = 0;
    return (input){name, block, block, size};
}

/* Reads bytes under the name "x"; the caller frees the table. */
static inline bg_status read_bytes(reader *read, const void *bytes, size_t size,
                                   const bg_read_options *options, bg_table **table,
                                   bg_error *error)
{
    static const bg_read_options none;
    input in = input_copy("x", bytes, size);
    memset(error, 0, sizeof *error);
    bg_status status = read(&in, options ? options : &none, table, error);
    free(in.block);
    return status;
}

static inline bg_table *read_good(reader *read, const void *bytes, size_t size,
                                  const bg_read_options *options)
{
    bg_error error;
    bg_table *table = NULL;
    bg_status status = read_bytes(read, bytes, size, options, &table, &error);
    ck_assert_msg(status == BG_OK, "%s", error.text);
    return table;
}

static inline void expect_failure(reader *read, const void *bytes, size_t size,
                                  const bg_read_options *options, bg_status expected,
                                  const char *sentence)
{
    bg_error error;
    bg_table *table = NULL;
    bg_status status = read_bytes(read, bytes, size, options, &table, &error);
    ck_assert_str_eq(error.text, sentence);
    ck_assert_int_eq(status, expected);
    ck_assert_ptr_null(table);
}

static inline void expect_row(const bg_table *table, size_t row, const double *values)
{
    for (size_t c = 0; c < table->columns; c++)
        ck_assert_double_eq(table_value(table, row, c), values[c]);
}

/* What every table must be, whatever it was made of. */
static inline void expect_sound(const bg_table *table)
{
    ck_assert_uint_ge(table->rows, 1);
    ck_assert_uint_ge(table->columns, 1);
    ck_assert_uint_le(table->rows, table->file_rows);
    ck_assert_uint_le(table->target_count, table->columns);
    for (size_t i = 0; i < table->target_count; i++)
        ck_assert_uint_lt(table->target[i], table->columns);
    for (size_t r = 0; r < table->rows; r++)
        for (size_t c = 0; c < table->columns; c++) {
            double value = table_value(table, r, c);
            ck_assert(isfinite(value));
            if (table->column[c].text)
                ck_assert(value >= 0 && value < (double)table->column[c].label_count);
        }
}

static inline void read_hostile(reader *read, const void *bytes, size_t size)
{
    bg_error error;
    bg_table *table;
    bg_status status = read_bytes(read, bytes, size, NULL, &table, &error);
    if (status == BG_OK) {
        expect_sound(table);
        bg_table_free(table);
        return;
    }
    ck_assert(status == BG_E_DATA || status == BG_E_MEMORY);
    ck_assert_int_eq(error.status, status);
    ck_assert(strlen(error.text) > 8);
}

/* The file cut at every byte, then with one to four bytes changed. */
static inline void read_all_hostile(reader *read, const void *bytes, size_t size)
{
    enum { CHANGED = 2000 };
    rng r = rng_seeded(size, 1);
    for (size_t cut = 1; cut <= size; cut++)
        read_hostile(read, bytes, cut);
    unsigned char *copy = malloc(size);
    ck_assert_ptr_nonnull(copy);
    for (size_t i = 0; i < CHANGED; i++) {
        memcpy(copy, bytes, size);
        for (uint64_t changes = 1 + rng_below(&r, 4); changes; changes--)
            copy[rng_below(&r, size)] = (unsigned char)rng_below(&r, 256);
        read_hostile(read, copy, size);
    }
    free(copy);
}

/* Every allocation fails in turn, until none is left to fail: no crash, no leak, memory is named.
 */
static inline void read_starved(reader *read, const void *bytes, size_t size)
{
    bg_status status = BG_E_MEMORY;
    size_t n = 0;
    while (status != BG_OK) {
        bg_error error;
        bg_table *table = NULL;
        memory_fail_after(++n);
        status = read_bytes(read, bytes, size, NULL, &table, &error);
        memory_fail_after(0);
        ck_assert(status == BG_OK || status == BG_E_MEMORY);
        bg_table_free(table);
    }
    ck_assert_uint_gt(n, 3);
}

/* tests ends with NULL; each finds a folder of its own. */
static inline int run_suite(const char *name, const TTest *const *tests)
{
    size_t count = 0;
    while (tests[count])
        count++;
    return run_case(name, tests, count, 60, files_open, files_close);
}

#endif
