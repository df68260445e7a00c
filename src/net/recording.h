/* A run that another program recorded step by step. */
#ifndef NET_RECORDING_H
#define NET_RECORDING_H

#include "backgemm.h"

struct bg_recording {
    char *source; /* the file as the user named it; owned */
    char *maker;  /* what made it, as it says; owned, NULL: it does not say */
    bg_dtype dtype;
    size_t layers;
    size_t *widths;             /* n[0..layers], owned */
    bg_activation *activations; /* f[1..layers] at [0..layers-1], owned */
    bg_train_options options;   /* what it says it did; lr is that of the first step */
    size_t parameters;          /* weights and biases, flat vectors ordered as by bg_gradient */
    size_t steps;
    double *lr;        /* of each step, owned */
    double *loss;      /* the objective before each step, owned */
    double *values;    /* (steps + 1) x parameters: before the first step and after each; owned */
    double *gradients; /* steps x parameters, the penalty l2 included; owned */
    size_t data_rows;  /* of inputs and targets */
    double *inputs;    /* data_rows x n[0], owned */
    double *targets;   /* data_rows x n[layers], owned */
    size_t *first;     /* first[s]..first[s+1]-1 are the rows of step s, owned */
    size_t *index;     /* places in inputs and targets of those rows; owned, NULL: in order */
    size_t most_rows;  /* of a step */
};

/* The rows of step s (from 0); *data is the caller's. */
bg_status recording_batch(const bg_recording *r, size_t s, bg_data **data, bg_error *error);

/* A network of the recorded shape with these parameters; *net is the caller's. */
bg_status recording_net(const bg_recording *r, const double *values, bg_net **net, bg_error *error);

#endif
