/*
 * FANN's side of a race, the protocol of bench/worker.c:
 *     fann FOLDER ROWS LAYERS HIDDEN OUTPUT LR
 * Batch training of mse.  FANN takes the mean of the gradients of half the squared error, so the
 * rate is doubled and divided by the outputs; its MSE is ours.  It knows one thread.
 */
#include <floatfann.h>

#include "side.h"

enum { ARGUMENTS = 7 };

static const char *folder;
static size_t widths[MOST_WIDTHS], layers;
static struct fann_train_data *data;

/* FANN's tanh has steepness 1 here, its sigmoid 1/2: then they are the usual ones. */
static void set_units(struct fann *net, unsigned layer, const char *name)
{
    static const struct {
        const char *name;
        enum fann_activationfunc_enum function;
        float steepness;
    } units[] = {{"sigmoid", FANN_SIGMOID, 0.5f},
                 {"tanh", FANN_SIGMOID_SYMMETRIC, 1},
                 {"identity", FANN_LINEAR, 1}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(units[i].name, name) == 0) {
            fann_set_activation_function_layer(net, units[i].function, (int)layer);
            fann_set_activation_steepness_layer(net, units[i].steepness, (int)layer);
            return;
        }
    }
    give_up("FANN has no such units");
}

/* A layer's connections come in order: for each unit its inputs, then the bias. */
static void reset(void *opened)
{
    struct fann *net = opened;
    unsigned count = fann_get_total_connections(net), at = 0;
    struct fann_connection *connections = calloc(count, sizeof *connections);
    fann_get_connection_array(net, connections);
    for (size_t l = 1; l < layers; l++) {
        double *w = read_npy(folder, "w", l, widths[l] * widths[l - 1]);
        double *b = read_npy(folder, "b", l, widths[l]);
        for (size_t unit = 0; unit < widths[l]; unit++) {
            for (size_t from = 0; from < widths[l - 1]; from++)
                connections[at++].weight = (float)w[unit * widths[l - 1] + from];
            connections[at++].weight = (float)b[unit];
        }
        free(w);
        free(b);
    }
    fann_set_weight_array(net, connections, count);
    free(connections);
}

static void read_data(size_t rows)
{
    size_t inputs = widths[0], outputs = widths[layers - 1];
    data = fann_create_train((unsigned)rows, (unsigned)inputs, (unsigned)outputs);
    double *x = read_npy(folder, "x", 0, rows * inputs);
    double *t = read_npy(folder, "t", 0, rows * outputs);
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < inputs; j++)
            data->input[i][j] = (float)x[i * inputs + j];
        for (size_t j = 0; j < outputs; j++)
            data->output[i][j] = (float)t[i * outputs + j];
    }
    free(x);
    free(t);
}

static double run(void *net, unsigned long steps)
{
    double loss = 0;
    while (steps--)
        loss = (double)fann_train_epoch(net, data);
    return loss;
}

int main(int count, char **words)
{
    if (count != ARGUMENTS)
        give_up("seven words, see the source");
    folder = words[1];
    layers = read_widths(words[3], widths);
    unsigned counts[MOST_WIDTHS];
    for (size_t l = 0; l < layers; l++)
        counts[l] = (unsigned)widths[l];
    struct fann *net = fann_create_standard_array((unsigned)layers, counts);
    for (size_t l = 1; l < layers; l++)
        set_units(net, (unsigned)l, l + 1 < layers ? words[4] : words[5]);
    fann_set_training_algorithm(net, FANN_TRAIN_BATCH);
    fann_set_train_error_function(net, FANN_ERRORFUNC_LINEAR);
    fann_set_learning_rate(net, 2 * strtof(words[6], NULL) / (float)widths[layers - 1]);
    read_data(strtoul(words[2], NULL, 10));
    reset(net);
    serve("2.2.0", reset, run, net);
    fann_destroy_train(data);
    fann_destroy(net);
    return 0;
}
