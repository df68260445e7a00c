/* Small tables and models for the tests. */
#ifndef TESTS_SAMPLES_H
#define TESTS_SAMPLES_H

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "net/model.h"
#include "net/schema.h"
#include "suite.h"

#define OK(call) ck_assert_msg((call) == BG_OK, "%s", problem.text)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static bg_error problem;

/* Columns are named by `names` ("a,b,y"; NULL: no names); the last `targets` are the targets. */
static inline bg_table *sample_table(size_t rows, size_t columns, const double *values,
                                     const char *names, size_t targets)
{
    bg_table *table = NULL;
    OK(table_create("some.csv", rows, columns, BG_F64, &table, &problem));
    for (size_t i = 0; i < rows * columns; i++)
        table_set(table, i / columns, i % columns, values[i]);
    table->named = names != NULL;
    for (size_t c = 0; names && c < columns; c++) {
        char name[64] = "";
        size_t length = strcspn(names, ",");
        memcpy(name, names, length);
        table->column[c].name = memory_copy_text(name);
        names += length + (names[length] == ',');
    }
    for (size_t i = 0; i < targets; i++)
        table->target[i] = columns - targets + i;
    table->target_count = targets;
    return table;
}

/* Makes a column text: one word a row. */
static inline void sample_text(bg_table *table, size_t column, const char *const *words)
{
    table->column[column].text = true;
    for (size_t row = 0; row < table->rows; row++) {
        size_t label = table_label(&table->column[column], words[row], strlen(words[row]));
        table_set(table, row, column, (double)label);
    }
}

/* Parameters 0.5, -0.25, ... that are exact in both precisions and all different. */
static inline bg_net *sample_net(bg_dtype dtype, const size_t *widths, size_t layers,
                                 const bg_activation *activations)
{
    bg_net_spec spec = {dtype, layers, widths, activations};
    bg_net *net = NULL;
    OK(bg_net_create(&spec, &net, &problem));
    double value = 0.5;
    for (size_t l = 1; l <= layers; l++) {
        double weight[64], bias[8];
        ck_assert(widths[l] <= 8 && widths[l - 1] <= 8);
        for (size_t i = 0; i < widths[l] * widths[l - 1]; i++, value = -value * 0.75)
            weight[i] = (double)(float)value;
        for (size_t i = 0; i < widths[l]; i++, value = -value * 0.75)
            bias[i] = (double)(float)value;
        bg_net_set(net, l, weight, bias);
    }
    return net;
}

/* 2-3-2 classes from a CSV with awkward names, notes, and `vectors` of state. */
static inline bg_model *sample_model(bg_dtype dtype, size_t vectors)
{
    static const double values[] = {0.1, 10, 0, 0.7, 30, 1, 1.3, 50, 0};
    static const char *const words[] = {"B\"\xc3\xa9t\\e", "a, b", "B\"\xc3\xa9t\\e"};
    bg_table *table = sample_table(3, 3, values, "x 1,\xe2\x82\xac,kind", 1);
    sample_text(table, 2, words);
    bg_schema *schema = NULL;
    OK(bg_schema_learn(table, NULL, &schema, &problem));
    bg_table_free(table);
    size_t widths[] = {2, 3, 2};
    bg_activation activations[] = {BG_TANH, BG_SOFTMAX};
    bg_objective objective = {.loss = BG_SOFTMAX_CE, .reduction = BG_MEAN, .l2 = 0.001, .l1 = 0.5};
    bg_net *net = sample_net(dtype, widths, 2, activations);
    bg_model *model = NULL;
    OK(bg_model_create(net, schema, &objective, &model, &problem));
    OK(bg_model_set_note(model, "seed", "42", &problem));
    OK(bg_model_set_note(model, "command", "train 'a b.csv' -o \xc3\xbc\n\t\x01", &problem));
    for (size_t v = 0; v < vectors; v++) {
        double state[17];
        for (size_t i = 0; i < COUNT(state); i++)
            state[i] = 1.0 / (double)(1 + i + 100 * v);
        OK(bg_model_set_state(model, v, state, &problem));
    }
    return model;
}

/* A folder of the test's own, gone with sample_folder_remove. */
static inline char *sample_folder(void)
{
    static char folder[64];
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.40s/backgemm-XXXXXX", base ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    return folder;
}

static inline void sample_folder_remove(const char *folder)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static inline const char *sample_path(const char *folder, const char *name)
{
    static char path[8][400];
    static int next;
    char *here = path[next++ % 8];
    snprintf(here, sizeof path[0], "%s/%s", folder, name);
    return here;
}

/* The bytes of a file; the caller's. */
static inline unsigned char *sample_bytes(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    unsigned char *bytes = malloc(1 << 20);
    ck_assert_ptr_nonnull(bytes);
    *size = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

static inline void sample_write(const char *path, const void *bytes, size_t size)
{
    remove(path); /* some file systems flush a file that is cut to be written anew */
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

/* Fails with the words in its sentence. */
#define REFUSED(call, wanted, words)                                                               \
    do {                                                                                           \
        memset(&problem, 0, sizeof problem);                                                       \
        ck_assert_int_eq(call, wanted);                                                            \
        ck_assert_int_eq(problem.status, wanted);                                                  \
        ck_assert_msg(strstr(problem.text, words), "\"%s\" lacks \"%s\"", problem.text, words);    \
    } while (0)

/* The tests of a file, in main. */
#define RUN_TESTS(name, ...) RUN_CASE(name, 120, __VA_ARGS__)

#endif
