/* What the machine is, for people and for programs. */
#ifndef CLI_MACHINE_H
#define CLI_MACHINE_H

#include "json.h"

/* Says what went wrong. */
int machine_describe(bg_machine *machine);

/* An object under `name`. */
void machine_add_json(json *j, const char *name, const bg_machine *machine);

/* All of it, a line for each thing; or what a benchmark's reader has to know. */
void machine_add_text(text *out, const bg_machine *machine);
void machine_add_header(text *out, const bg_machine *machine);

#endif
