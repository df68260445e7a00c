/* A plan as people and programs read it. */
#ifndef CLI_PLAN_TEXT_H
#define CLI_PLAN_TEXT_H

#include "shape.h"
#include "text.h"

typedef struct planned {
    const char *name; /* of the data, borrowed; NULL: a bare shape */
    uint64_t rows;    /* of the data */
    shape shape;      /* owned */
    bg_net_spec spec; /* points into shape */
    bg_train_options options;
    bg_plan plan;
    bg_plan_layer *layers; /* owned */
    bg_tuning tuning;      /* zeroed: none was asked for or found */
    double peak;           /* GFLOP/s, measured; 0: not asked for */
} planned;

void plan_add_text(text *out, const planned *p); /* 80 columns */
void plan_add_json(text *out, const planned *p); /* one object */

#endif
