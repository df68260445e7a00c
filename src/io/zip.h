/* Zip archives of plain files, as NumPy writes them (PKWARE's APPNOTE 6.3, without encryption,
 * several disks, and sizes beyond 4 GiB): members stored or deflated, each with its CRC-32. */
#ifndef IO_ZIP_H
#define IO_ZIP_H

#include "io/input.h"

typedef struct zip_member {
    char *name;                 /* owned */
    const unsigned char *bytes; /* packed of them in the archive, borrowed */
    size_t packed, size;        /* size: unpacked */
    uint32_t crc;
    bool deflated;
} zip_member;

typedef struct zip {
    const input *in;    /* borrowed, must outlive the archive */
    zip_member *member; /* in the archive's order; members of them, owned */
    size_t members;
} zip;

bool zip_recognise(const input *in);

/* Reads and checks the directory.  BG_E_DATA: it is damaged, names a member twice, or uses what is
 * not known here. */
bg_status zip_open(const input *in, zip *archive, bg_error *error);
void zip_close(zip *archive);

/* NULL: there is none of this name. */
const zip_member *zip_find(const zip *archive, const char *name);

/* The member's bytes as a file of their own, called `name` (borrowed) in sentences; *in goes with
 * input_release. */
bg_status zip_unpack(const zip_member *member, const char *name, input *in, bg_error *error);

#endif
