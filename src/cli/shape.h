/* Widths and activations as --layers and --activation say them. */
#ifndef CLI_SHAPE_H
#define CLI_SHAPE_H

#include "options.h"

typedef struct shape {
    size_t layers;             /* L */
    size_t *widths;            /* n[0..L], owned */
    bg_activation *activations; /* f[1..L] at [0..L-1], owned */
} shape;

/* --layers has the hidden widths.  Says what is wrong; shape_close frees in any case. */
int shape_open(const command *c, size_t inputs, size_t outputs, shape *s);
/* The same without data: --layers has all widths, inputs first. */
int shape_open_whole(const command *c, shape *s);
/* Of a network that is there. */
int shape_of_net(const bg_net *net, shape *s);
void shape_close(shape *s);

#endif
