/* A gradient certificate on paper. */
#ifndef CLI_CERTIFICATE_H
#define CLI_CERTIFICATE_H

#include "options.h"
#include "text.h"

/* All of it borrowed. */
typedef struct certified {
    const command *c;
    const char *model; /* file; NULL: made by the options */
    const char *data;
    const bg_net *net;
    const bg_objective *objective;
    const bg_certificate *certificate;
    uint64_t seed;
} certified;

void certificate_add_text(text *out, const certified *c); /* fits 80 columns */
void certificate_add_json(text *out, const certified *c);

/* Small networks of every activation, loss, reduction and precision; prints their table and returns
 * an exit code. */
int check_everything(const command *c);

#endif
