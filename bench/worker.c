/*
 * One side of a race: a trainer that waits for orders on standard input.
 *     worker FOLDER f32|f64 THREADS ROWS LAYERS HIDDEN OUTPUT LOSS OPTIMIZER LR BATCH SEED
 * FOLDER has x, t, w1, b1 ... as .npy in double.  It answers "ready VERSION"; then to
 *     reset    start weights, a new trainer: "done"
 *     run K    K epochs (of one update when BATCH is 0): "SECONDS LOSS", the loss of the last epoch
 */
#include "backgemm.h"
#include "peers/side.h"

enum { ARGUMENTS = 13 };

typedef struct side {
    const char *folder;
    size_t widths[MOST_WIDTHS], layers, rows;
    bg_activation activations[MOST_WIDTHS];
    bg_train_options options;
    bg_net *net;
    bg_data *data;
    bg_trainer *trainer;
} side;

static void stop_on(bg_status status, const bg_error *error)
{
    if (status != BG_OK)
        give_up(error->text);
}

static int value_of(bg_kind kind, const char *word)
{
    int value = bg_value(kind, word);
    if (value < 0)
        give_up(word);
    return value;
}

static void read_shape(side *s, char *layers, const char *hidden, const char *output)
{
    s->layers = read_widths(layers, s->widths) - 1;
    for (size_t l = 0; l < s->layers; l++)
        s->activations[l] =
            (bg_activation)value_of(BG_KIND_ACTIVATION, l + 1 < s->layers ? hidden : output);
}

static void read_data(side *s, bg_dtype dtype)
{
    size_t inputs = s->widths[0], outputs = s->widths[s->layers];
    double *x = read_npy(s->folder, "x", 0, s->rows * inputs);
    double *t = read_npy(s->folder, "t", 0, s->rows * outputs);
    bg_error error;
    stop_on(bg_data_create(dtype, s->rows, inputs, outputs, x, t, &s->data, &error), &error);
    free(x);
    free(t);
}

static void reset(void *opened)
{
    side *s = opened;
    bg_error error;
    bg_trainer_free(s->trainer);
    for (size_t l = 1; l <= s->layers; l++) {
        double *w = read_npy(s->folder, "w", l, s->widths[l] * s->widths[l - 1]);
        double *b = read_npy(s->folder, "b", l, s->widths[l]);
        bg_net_set(s->net, l, w, b);
        free(w);
        free(b);
    }
    stop_on(bg_trainer_create(s->net, s->data, &s->options, &s->trainer, &error), &error);
}

static void open_side(side *s, char **words)
{
    bg_dtype dtype = (bg_dtype)value_of(BG_KIND_DTYPE, words[2]);
    bg_error error;
    s->folder = words[1];
    s->rows = strtoul(words[4], NULL, 10);
    read_shape(s, words[5], words[6], words[7]);
    bg_train_defaults(&s->options);
    s->options.objective.loss = (bg_loss)value_of(BG_KIND_LOSS, words[8]);
    s->options.optimizer = (bg_optimizer)value_of(BG_KIND_OPTIMIZER, words[9]);
    s->options.lr = strtod(words[10], NULL);
    s->options.batch = strtoul(words[11], NULL, 10);
    s->options.seed = strtoul(words[12], NULL, 10);
    s->options.threads = (int)strtol(words[3], NULL, 10);
    bg_net_spec spec = {dtype, s->layers, s->widths, s->activations};
    stop_on(bg_net_create(&spec, &s->net, &error), &error);
    read_data(s, dtype);
    reset(s);
}

static double run(void *opened, unsigned long epochs)
{
    side *s = opened;
    bg_progress progress;
    bg_error error;
    stop_on(bg_trainer_run(s->trainer, epochs, &progress, &error), &error);
    return progress.loss;
}

int main(int count, char **words)
{
    side s = {0};
    if (count != ARGUMENTS)
        give_up("thirteen words, see the source");
    open_side(&s, words);
    serve(bg_version(), reset, run, &s);
    bg_trainer_free(s.trainer);
    bg_data_free(s.data);
    bg_net_free(s.net);
    return 0;
}
