/* What measured plans found:
 *     backgemm wisdom 1
 *     KEY, ten fields <tab> rows of a tile <tab> slots <tab> seconds <tab> seconds of the estimate
 * The key says with what: version, processor, BLAS as it describes itself, its core, our kernels,
 * precision, widths, activations, loss and optimizer (and "dropout" where there is any), rows of a
 * step. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/hardware.h"
#include "base/number.h"
#include "base/status.h"
#include "kernel/blas.h"
#include "io/input.h"
#include "net/dropout.h"

#define FIRST_LINE "backgemm wisdom 1"
#define KEY_FIELDS 10
#define NUMBERS 4
#define MOST_KEY ((size_t)1 << 15) /* 1000 layers of widths and names */
#define MOST_NUMBERS 160

/* ---------------------------------------------------------------------------- the key --- */

/* Adds words and the mark after them; what would break a line becomes a space. */
static void add_words(char *key, const char *words, char mark)
{
    size_t at = strlen(key);
    for (; *words && at + 2 < MOST_KEY; words++)
        key[at++] = (unsigned char)*words < 0x20 || *words == 0x7f ? ' ' : *words;
    key[at++] = mark;
    key[at] = 0;
}

static void add_count(char *key, size_t count, char mark)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%zu", count);
    add_words(key, digits, mark);
}

/* *key, to be released: all ten fields, a tab after each. */
static bg_status make_key(const bg_net_spec *spec, const bg_train_options *options, size_t rows,
                          char **key, bg_error *error)
{
    bg_plan cut;
    blas_library blas;
    char cpu[96];
    TRY(bg_plan_choose(spec, options, rows, &cut, NULL, error));
    hardware_cpu_name(cpu, sizeof cpu);
    blas_describe(&blas);
    char *k = memory_zeroed(MOST_KEY, 1);
    if (!k)
        return fail_memory(error, "a line of wisdom");
    const char *const words[] = {bg_version(),     cpu,
                                 blas.config,      blas.core,
                                 cut.instructions, bg_name(BG_KIND_DTYPE, (int)spec->dtype)};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        add_words(k, *words[i] ? words[i] : "unknown", '\t');
    for (size_t l = 0; l <= spec->layers; l++)
        add_count(k, spec->widths[l], l < spec->layers ? '-' : '\t');
    for (size_t l = 0; l < spec->layers; l++)
        add_words(k, bg_name(BG_KIND_ACTIVATION, (int)spec->activations[l]),
                  l + 1 < spec->layers ? '-' : '\t');
    bool drops = dropout_any(options, spec->layers);
    add_words(k, bg_name(BG_KIND_LOSS, (int)options->objective.loss), ' ');
    add_words(k, bg_name(BG_KIND_OPTIMIZER, (int)options->optimizer), drops ? ' ' : '\t');
    if (drops)
        add_words(k, "dropout", '\t');
    add_count(k, cut.rows, '\t');
    *key = k;
    return BG_OK;
}

/* -------------------------------------------------------------------------- the lines --- */

typedef struct line {
    const char *text; /* borrowed */
    size_t size;      /* without the newline */
    size_t key;       /* bytes of the key, its last tab included */
    bg_tuning tuning;
} line;

static bool is_count(double value)
{
    return value >= 1 && value <= 65536 && value == nearbyint(value);
}

static bool is_time(double seconds)
{
    return seconds > 0 && seconds < 1e9;
}

static bool is_tuning(const bg_tuning *t)
{
    return is_count((double)t->tile_rows) && is_count((double)t->slots) && is_time(t->seconds) &&
           is_time(t->estimate);
}

static bool read_numbers(const char *text, size_t size, bg_tuning *tuning)
{
    double values[NUMBERS];
    for (size_t i = 0; i < NUMBERS; i++) {
        const char *tab = i + 1 < NUMBERS ? memchr(text, '\t', size) : text + size;
        if (!tab || !number_parse(text, (size_t)(tab - text), &values[i]) ||
            !(i < 2 ? is_count : is_time)(values[i]))
            return false;
        size -= i + 1 < NUMBERS ? (size_t)(tab - text) + 1 : 0;
        text = tab + 1;
    }
    *tuning = (bg_tuning){.tile_rows = (size_t)values[0],
                          .slots = (size_t)values[1],
                          .seconds = values[2],
                          .estimate = values[3]};
    return true;
}

static bool read_line(line *l)
{
    size_t at = 0;
    for (size_t i = 0; i < l->size; i++)
        if ((unsigned char)l->text[i] < 0x20 && l->text[i] != '\t')
            return false;
    for (int field = 0; field < KEY_FIELDS; field++) {
        const char *tab = memchr(l->text + at, '\t', l->size - at);
        if (!tab || tab == l->text + at)
            return false;
        at = (size_t)(tab - l->text) + 1;
    }
    l->key = at;
    return read_numbers(l->text + at, l->size - at, &l->tuning);
}

/* The line at *place, which moves on; false: the end. */
static bool next_line(const input *in, size_t *place, line *l)
{
    if (*place >= in->size)
        return false;
    const char *text = in->bytes + *place;
    const char *end = memchr(text, '\n', in->size - *place);
    *l = (line){.text = text, .size = end ? (size_t)(end - text) : in->size - *place};
    *place += l->size + 1;
    return true;
}

static bool is_first_line(const line *l)
{
    return l->size == strlen(FIRST_LINE) && memcmp(l->text, FIRST_LINE, l->size) == 0;
}

static bool has_key(const line *l, const char *key)
{
    return l->key == strlen(key) && memcmp(l->text, key, l->key) == 0;
}

/* *in: what the file holds, size 0 when there is nothing. */
static bg_status read_file(const char *path, input *in, bg_error *error)
{
    struct stat status;
    *in = (input){.name = path};
    bool there = stat(path, &status) == 0;
    if (there ? S_ISREG(status.st_mode) && status.st_size == 0 : errno == ENOENT)
        return BG_OK;
    return input_read(path, in, error);
}

static bool search(const input *in, const char *key, bg_tuning *tuning, uint64_t *bad_line)
{
    line l;
    size_t place = 0;
    bool found = false;
    *bad_line = 0;
    for (uint64_t number = 1; next_line(in, &place, &l); number++) {
        bool good = number == 1 ? is_first_line(&l) : read_line(&l);
        if (!good && !*bad_line)
            *bad_line = number;
        if (!good && number == 1)
            return false;
        if (good && number > 1 && has_key(&l, key)) {
            *tuning = l.tuning;
            found = true;
        }
    }
    return found;
}

bg_status bg_wisdom_find(const char *path, const bg_net_spec *spec, const bg_train_options *options,
                         size_t rows, bg_tuning *tuning, bool *found, uint64_t *bad_line,
                         bg_error *error)
{
    char *key;
    input in;
    TRY(make_key(spec, options, rows, &key, error));
    bg_status status = read_file(path, &in, error);
    if (status == BG_OK)
        *found = search(&in, key, tuning, bad_line);
    input_release(&in);
    memory_release(key);
    return status;
}

/* ---------------------------------------------------------------------------- keeping --- */

/* A file of another kind is left alone. */
static bg_status check_kind(const input *in, bg_error *error)
{
    line first;
    size_t place = 0;
    if (next_line(in, &place, &first) && !is_first_line(&first))
        return fail_at(error, BG_E_DATA, in->name, 1, 0,
                       "this is no file of wisdom, and it stays as it is");
    return BG_OK;
}

/* The file with the new line in it: *text, to be released. */
static bg_status merge(const input *in, const char *key, const bg_tuning *tuning, char **text,
                       bg_error *error)
{
    char seconds[32], estimate[32];
    size_t place = 0, room = in->size + strlen(key) + sizeof FIRST_LINE + MOST_NUMBERS, used;
    char *merged = memory_zeroed(room, 1);
    line l;
    if (!merged)
        return fail_memory(error, "the wisdom");
    used = (size_t)snprintf(merged, room, "%s\n", FIRST_LINE);
    for (uint64_t number = 1; next_line(in, &place, &l); number++) {
        if (number == 1 || !read_line(&l) || has_key(&l, key))
            continue;
        memcpy(merged + used, l.text, l.size);
        used += l.size;
        merged[used++] = '\n';
    }
    bg_number_text(tuning->seconds, BG_F32, seconds);
    bg_number_text(tuning->estimate, BG_F32, estimate);
    snprintf(merged + used, room - used, "%s%zu\t%zu\t%s\t%s\n", key, tuning->tile_rows,
             tuning->slots, seconds, estimate);
    *text = merged;
    return BG_OK;
}

/* FILE.lock, held by one process at a time; it stays behind, empty. */
static bg_status lock(const char *path, int *file, bg_error *error)
{
    char name[4096];
    if ((size_t)snprintf(name, sizeof name, "%s.lock", path) >= sizeof name)
        return fail(error, BG_E_IO, "%s: the name is too long", path);
    int f = open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    int locked = f < 0 ? -1 : flock(f, LOCK_EX);
    while (locked != 0 && f >= 0 && errno == EINTR)
        locked = flock(f, LOCK_EX);
    if (locked != 0) {
        int reason = errno;
        if (f >= 0)
            close(f);
        return fail(error, BG_E_IO, "cannot write %s: %s", name, strerror(reason));
    }
    *file = f;
    return BG_OK;
}

static bg_status replace(const char *path, const char *key, const bg_tuning *tuning,
                         bg_error *error)
{
    input in;
    char *text = NULL;
    bg_status status = read_file(path, &in, error);
    if (status == BG_OK)
        status = check_kind(&in, error);
    if (status == BG_OK)
        status = merge(&in, key, tuning, &text, error);
    if (status == BG_OK)
        status = bg_file_write(path, text, strlen(text), error);
    memory_release(text);
    input_release(&in);
    return status;
}

bg_status bg_wisdom_keep(const char *path, const bg_net_spec *spec, const bg_train_options *options,
                         size_t rows, const bg_tuning *tuning, bg_error *error)
{
    char *key;
    int file;
    if (!is_tuning(tuning))
        return fail(error, BG_E_ARGUMENT, "a tuning of %zu rows, %zu slots, %g and %g s is none",
                    tuning->tile_rows, tuning->slots, tuning->seconds, tuning->estimate);
    TRY(make_key(spec, options, rows, &key, error));
    input in;
    bg_status status = read_file(path, &in, error);
    if (status == BG_OK)
        status = check_kind(&in, error);
    input_release(&in);
    if (status == BG_OK)
        status = lock(path, &file, error);
    if (status == BG_OK) {
        status = replace(path, key, tuning, error);
        close(file);
    }
    memory_release(key);
    return status;
}
