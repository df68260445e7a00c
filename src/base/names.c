/* The words for every enumerated choice of the public header. */
#include <string.h>

#include "backgemm.h"

#define MOST_NAMES 16

/* In the order of the enums; a list ends with NULL. */
static const char *const names[BG_KIND_COUNT][MOST_NAMES] = {
    [BG_KIND_DTYPE] = {"f32", "f64"},
    [BG_KIND_ACTIVATION] = {"identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus",
                            "gelu", "silu", "softmax"},
    [BG_KIND_LOSS] = {"mse", "half_sse", "sse", "mae", "huber", "bce", "softmax_ce"},
    [BG_KIND_REDUCTION] = {"mean", "sum"},
    [BG_KIND_OPTIMIZER] = {"gd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "adagrad",
                           "rprop", "lstsq", "lm", "lbfgs"},
    [BG_KIND_SCHEDULE] = {"constant", "step", "exponential", "cosine"},
    [BG_KIND_INIT] = {"zeros", "ones", "constant", "glorot-uniform", "glorot-normal", "he-uniform",
                      "he-normal", "lecun-uniform", "lecun-normal", "orthogonal"},
    [BG_KIND_TASK] = {"regression", "classes", "bits"},
    [BG_KIND_SCALING] = {"none", "standard", "minmax"},
    [BG_KIND_ENGINE] = {"narrow", "thin", "direct", "packed", "amx", "blas"},
};

const char *bg_name(bg_kind kind, int value)
{
    if ((unsigned)kind >= BG_KIND_COUNT || (unsigned)value >= MOST_NAMES)
        return NULL;
    return names[kind][value];
}

int bg_value(bg_kind kind, const char *name)
{
    for (int value = 0; bg_name(kind, value); value++)
        if (strcmp(bg_name(kind, value), name) == 0)
            return value;
    return -1;
}
