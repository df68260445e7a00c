/* A whole file, or standard input, in memory: unpacked when it is gzip. */
#ifndef IO_INPUT_H
#define IO_INPUT_H

#include "backgemm.h"

typedef struct input {
    const char *name;  /* as the user named it, for sentences; borrowed */
    char *block;       /* owned */
    const char *bytes; /* size of them in block, without a UTF-8 byte order mark; a 0 follows */
    size_t size;       /* >= 1 after a successful read */
} input;

/* Reads `path`, "-" is standard input.  BG_E_IO: cannot be read; BG_E_DATA: empty, or gzip that is
 * cut short, corrupt or followed by something else; BG_E_MEMORY: more than a good share of the
 * memory. */
bg_status input_read(const char *path, input *in, bg_error *error);
void input_release(input *in);

/* Does the name end in one of these suffixes (".csv .tsv"), in any case, ".gz" set aside? */
bool input_has_suffix(const input *in, const char *suffixes);

#endif
