/*
 * FANN's side of a race, the protocol of bench/worker.c:
 *     fann FOLDER ROWS LAYERS HIDDEN OUTPUT LR
 * Batch training of mse.  FANN takes the mean of the gradients of half the squared error, so the
 * rate is doubled and divided by the outputs; its MSE is ours.  It knows one thread.
 */
#include <floatfann.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_WIDTHS = 32, ARGUMENTS = 7 };

static const char *folder;
static unsigned widths[MOST_WIDTHS], layers;

static void give_up(const char *what)
{
    fprintf(stderr, "fann: %s\n", what);
    exit(1);
}

static double *read_npy(const char *name, size_t count)
{
    char path[4096];
    unsigned char head[10];
    snprintf(path, sizeof path, "%s/%s.npy", folder, name);
    FILE *f = fopen(path, "rb");
    double *values = calloc(count, sizeof *values);
    if (!f || !values || fread(head, 1, sizeof head, f) != sizeof head || head[6] != 1 ||
        fseek(f, head[8] + 256 * head[9], SEEK_CUR) != 0 ||
        fread(values, sizeof *values, count, f) != count)
        give_up(path);
    fclose(f);
    return values;
}

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
static void reset(struct fann *net)
{
    unsigned count = fann_get_total_connections(net), at = 0;
    struct fann_connection *connections = calloc(count, sizeof *connections);
    fann_get_connection_array(net, connections);
    for (unsigned l = 1; l < layers; l++) {
        char weight[16], bias[16];
        snprintf(weight, sizeof weight, "w%u", l);
        snprintf(bias, sizeof bias, "b%u", l);
        double *w = read_npy(weight, (size_t)widths[l] * widths[l - 1]);
        double *b = read_npy(bias, widths[l]);
        for (unsigned unit = 0; unit < widths[l]; unit++) {
            for (unsigned from = 0; from < widths[l - 1]; from++)
                connections[at++].weight = (float)w[unit * widths[l - 1] + from];
            connections[at++].weight = (float)b[unit];
        }
        free(w);
        free(b);
    }
    fann_set_weight_array(net, connections, count);
    free(connections);
}

static struct fann_train_data *read_data(unsigned rows)
{
    unsigned inputs = widths[0], outputs = widths[layers - 1];
    struct fann_train_data *data = fann_create_train(rows, inputs, outputs);
    double *x = read_npy("x", (size_t)rows * inputs), *t = read_npy("t", (size_t)rows * outputs);
    for (size_t i = 0; i < rows; i++) {
        for (unsigned j = 0; j < inputs; j++)
            data->input[i][j] = (float)x[i * inputs + j];
        for (unsigned j = 0; j < outputs; j++)
            data->output[i][j] = (float)t[i * outputs + j];
    }
    free(x);
    free(t);
    return data;
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int count, char **words)
{
    if (count != ARGUMENTS)
        give_up("seven words, see the source");
    folder = words[1];
    char *rest = words[3];
    for (char *word; layers < MOST_WIDTHS && (word = strtok_r(rest, ",", &rest));)
        widths[layers++] = (unsigned)strtoul(word, NULL, 10);
    struct fann *net = fann_create_standard_array(layers, widths);
    for (unsigned l = 1; l < layers; l++)
        set_units(net, l, l + 1 < layers ? words[4] : words[5]);
    fann_set_training_algorithm(net, FANN_TRAIN_BATCH);
    fann_set_train_error_function(net, FANN_ERRORFUNC_LINEAR);
    fann_set_learning_rate(net, 2 * strtof(words[6], NULL) / (float)widths[layers - 1]);
    struct fann_train_data *data = read_data((unsigned)strtoul(words[2], NULL, 10));
    reset(net);
    puts("ready 2.2.0");
    char line[64];
    unsigned long steps;
    while (fflush(stdout) == 0 && fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "run %lu", &steps) != 1) {
            reset(net);
            puts("done");
            continue;
        }
        double start = seconds_now();
        float loss = 0;
        for (unsigned long i = 0; i < steps; i++)
            loss = fann_train_epoch(net, data);
        printf("%.9g %.9g\n", seconds_now() - start, (double)loss);
    }
    fann_destroy_train(data);
    fann_destroy(net);
    return 0;
}
