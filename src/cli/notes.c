#include "notes.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dropout.h"
#include "schedule.h"
#include "shell.h"
#include "talk.h"
#include "weights.h"

#define NOTE_SIZE SCHEDULE_WORDS

/* FNV-1a over the encoded rows, by whole doubles: other rows, other scaling, other targets or other
 * weights give another number. */
static int data_digest(const bg_data *data, uint64_t *digest)
{
    size_t inputs = bg_data_inputs(data), targets = bg_data_targets(data);
    double *row = calloc(inputs + targets + 1, sizeof *row);
    if (!row)
        return complain_memory("a data row");
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t r = 0; r < bg_data_rows(data); r++) {
        bg_data_row(data, r, row, row + inputs);
        row[inputs + targets] = bg_data_weight(data, r);
        for (size_t i = 0; i < inputs + targets + 1; i++) {
            uint64_t word;
            memcpy(&word, &row[i], sizeof word);
            h = (h ^ word) * 0x100000001b3u;
            h ^= h >> 29; /* a double's low bits are often 0, and FNV carries upwards only */
        }
    }
    free(row);
    *digest = h;
    return EXIT_DONE;
}

static void write_number(const void *value, char note[NOTE_SIZE])
{
    char digits[32];
    bg_number_text(*(const double *)value, BG_F64, digits);
    snprintf(note, NOTE_SIZE, "%s", digits);
}

static void write_count(const void *value, char note[NOTE_SIZE])
{
    snprintf(note, NOTE_SIZE, "%" PRIu64, *(const uint64_t *)value);
}

static void write_size(const void *value, char note[NOTE_SIZE])
{
    snprintf(note, NOTE_SIZE, "%zu", *(const size_t *)value);
}

static void write_batch(const void *value, char note[NOTE_SIZE])
{
    size_t batch = *(const size_t *)value;
    snprintf(note, NOTE_SIZE, batch ? "%zu" : "all", batch);
}

static void write_optimizer(const void *value, char note[NOTE_SIZE])
{
    int optimizer = (int)*(const bg_optimizer *)value;
    snprintf(note, NOTE_SIZE, "%s", bg_name(BG_KIND_OPTIMIZER, optimizer));
}

static void write_sign(const void *value, char note[NOTE_SIZE])
{
    snprintf(note, NOTE_SIZE, "%s", *(const bool *)value ? "ascent" : "descent");
}

static void write_dropout(const void *value, char note[NOTE_SIZE])
{
    const command *c = *(command *const *)value;
    snprintf(note, NOTE_SIZE, "%s", dropout_given(c) ? c->value[OPT_DROPOUT].text : "0");
}

static void write_weights(const void *value, char note[NOTE_SIZE])
{
    snprintf(note, NOTE_SIZE, "%s", weights_kind(*(command *const *)value));
}

static void write_schedule(const void *value, char note[NOTE_SIZE])
{
    schedule_describe(value, note);
}

static const struct {
    const char *key;
    size_t place; /* in a training */
    void (*write)(const void *value, char note[NOTE_SIZE]);
    bool fixed; /* a run that goes on must have the same */
} notes[] = {
    {"optimizer", offsetof(training, options.optimizer), write_optimizer, true},
    {"batch", offsetof(training, options.batch), write_batch, true},
    {"seed", offsetof(training, options.seed), write_count, true},
    {"update-sign", offsetof(training, options.ascent), write_sign, true},
    {"clip", offsetof(training, options.clip), write_number, true},
    {"dropout", offsetof(training, c), write_dropout, true},
    {"schedule", offsetof(training, options), write_schedule, true},
    {"weights", offsetof(training, c), write_weights, true},
    {"rows", offsetof(training, rows), write_count, true},
    {"tile-rows", offsetof(training, plan.tile_rows), write_size, false},
    {"slots", offsetof(training, plan.slots), write_size, false},
    {"lr", offsetof(training, options.lr), write_number, false},
    {"epochs", offsetof(training, progress.epochs), write_count, false},
    {"steps", offsetof(training, progress.steps), write_count, false},
    {"epoch-loss", offsetof(training, progress.loss), write_number, false},
    {"partial-loss", offsetof(training, progress.partial_loss), write_number, false},
    {"partial-penalty", offsetof(training, progress.partial_penalty), write_number, false},
    {"best-epoch", offsetof(training, best_epoch), write_count, false},
    {"best-loss", offsetof(training, best_loss), write_number, false},
};

#define NOTES (sizeof notes / sizeof *notes)

static int add_note(training *t, const char *key, const char *words)
{
    bg_error error;
    return bg_model_set_note(t->model, key, words, &error) == BG_OK ? EXIT_DONE
                                                                    : complain_error(&error);
}

static int add_command_note(training *t)
{
    text line = text_open("note"); /* any name: gathered, never written */
    shell_add_line(&line, t->c->argc, t->c->argv);
    text_add_bytes(&line, "", 1);
    int code = text_failed(&line) ? complain_memory("a note")
                                  : add_note(t, "command", line.bytes);
    free(line.bytes);
    return code;
}

int notes_write(training *t)
{
    char note[NOTE_SIZE];
    uint64_t digest = 0;
    int code = data_digest(t->data, &digest);
    snprintf(note, sizeof note, "%016" PRIx64, digest);
    if (code == EXIT_DONE)
        code = add_note(t, "data", note);
    if (code == EXIT_DONE)
        code = add_command_note(t);
    if (code == EXIT_DONE)
        code = add_note(t, "version", bg_version());
    for (size_t i = 0; i < NOTES && code == EXIT_DONE; i++) {
        notes[i].write((const char *)t + notes[i].place, note);
        code = add_note(t, notes[i].key, note);
    }
    return code;
}

int complain_other(const char *path, const char *what, const char *there, const char *here)
{
    return complain(EXIT_USAGE, "%s is of another run: its %s is %s, here it is %s", path, what,
                    there, here);
}

int notes_compare(const char *path, const bg_model *from, const training *t)
{
    char note[NOTE_SIZE];
    for (size_t i = 0; i < NOTES; i++) {
        const char *there = bg_model_get_note(from, notes[i].key);
        if (!there)
            return complain(EXIT_DATA, "%s is no checkpoint: it does not say \"%s\"", path,
                            notes[i].key);
        notes[i].write((const char *)t + notes[i].place, note);
        if (notes[i].fixed && strcmp(there, note) != 0)
            return complain_other(path, notes[i].key, there, note);
    }
    uint64_t digest;
    int code = data_digest(t->data, &digest);
    snprintf(note, sizeof note, "%016" PRIx64, digest);
    const char *there = bg_model_get_note(from, "data");
    if (code == EXIT_DONE && (!there || strcmp(there, note) != 0))
        code = complain(EXIT_USAGE, "%s is of another run: its data differ", path);
    return code;
}

bool note_count(const bg_model *from, const char *key, uint64_t *count)
{
    const char *words = bg_model_get_note(from, key);
    return words && count_parse(words, strlen(words), count);
}

bool note_number(const bg_model *from, const char *key, double *value)
{
    const char *words = bg_model_get_note(from, key);
    return words && bg_number_parse(words, value);
}
