/* A network with all that is needed to predict from raw rows, and what is known of how it was
 * made. */
#ifndef NET_MODEL_H
#define NET_MODEL_H

#include "backgemm.h"

#define MODEL_MOST_STATE ((size_t)32) /* vectors: more than any optimizer keeps */

typedef struct model_note {
    char *key, *text; /* owned */
} model_note;

struct bg_model {
    bg_net *net;       /* owned */
    bg_schema *schema; /* owned, may be NULL */
    bg_objective objective;
    model_note *note; /* sorted by key; owned */
    size_t notes, note_room;
    double **state; /* checkpoint: state_vectors of bg_net_parameters values; owned */
    size_t state_vectors;
};

/* Of --l1 and --l2: squares of it and sums of them stay finite in double. */
#define MOST_PENALTY 1e30

/* BG_E_ARGUMENT: an unknown loss or reduction, or a penalty out of range. */
bg_status objective_valid(const bg_objective *objective, bg_error *error);

#endif
