#include "io/input.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/status.h"

typedef struct buffer {
    void *bytes; /* room of them, owned */
    size_t size, room;
} buffer;

/* Room for one byte more than `size`, for the 0 at the end.  A block that grows needs room for the
 * old one beside it, and a table for the numbers comes after: so a share of the memory, no more. */
static bg_status make_room(buffer *b, size_t size, const char *name, bg_error *error)
{
    size_t most = memory_limit() / (b->room ? 4 : 2);
    if (size > most && b->size + 2 < most)
        size = most;
    if (size > most)
        return fail_at(error, BG_E_MEMORY, name, 0, 0,
                       "more than %zu MiB are too much for this machine's memory", most >> 20);
    if (!memory_grow(&b->bytes, &b->room, size + 1, 1))
        return fail_memory(error, name);
    return BG_OK;
}

static bg_status read_all(int file, const char *name, buffer *b, bg_error *error)
{
    enum { STEP = 1 << 16 };
    struct stat about;
    if (fstat(file, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0)
        TRY(make_room(b, (size_t)about.st_size + 1, name, error));
    for (;;) {
        if (b->room < b->size + 2)
            TRY(make_room(b, b->size + STEP, name, error));
        ssize_t got = read(file, (char *)b->bytes + b->size, b->room - b->size - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_at(error, BG_E_IO, name, 0, 0, "cannot be read: %s", strerror(errno));
        if (got == 0)
            return BG_OK;
        b->size += (size_t)got;
    }
}

static bool is_gzip(const unsigned char *bytes, size_t size)
{
    return size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

static uInt at_most_uint(size_t size)
{
    return size > UINT_MAX ? UINT_MAX : (uInt)size;
}

/* Unpacks one member after the other; what follows a member must be another. */
static bg_status inflate_members(z_stream *z, const buffer *packed, buffer *b, const char *name,
                                 bg_error *error)
{
    const unsigned char *bytes = packed->bytes;
    size_t used = 0;
    for (;;) {
        if (b->room < b->size + 2)
            TRY(make_room(b, b->size ? 2 * b->size : 4 * packed->size, name, error));
        uInt in = at_most_uint(packed->size - used), out = at_most_uint(b->room - b->size - 1);
        z->next_in = (z_const Bytef *)(bytes + used);
        z->avail_in = in;
        z->next_out = (Bytef *)b->bytes + b->size;
        z->avail_out = out;
        int result = inflate(z, Z_NO_FLUSH);
        used += in - z->avail_in;
        b->size += out - z->avail_out;
        if (result == Z_MEM_ERROR)
            return fail_memory(error, name);
        if (result == Z_DATA_ERROR || result == Z_NEED_DICT)
            return fail_at(error, BG_E_DATA, name, 0, 0, "its gzip data is corrupt near byte %zu",
                           used);
        if (result == Z_STREAM_END && used == packed->size)
            return BG_OK;
        if (result == Z_STREAM_END && !is_gzip(bytes + used, packed->size - used))
            return fail_at(error, BG_E_DATA, name, 0, 0,
                           "something else follows its gzip data at byte %zu", used);
        if (result == Z_STREAM_END)
            inflateReset(z);
        else if (used == packed->size && z->avail_out)
            return fail_at(error, BG_E_DATA, name, 0, 0, "its gzip data is cut short");
    }
}

static bg_status unpack(buffer *b, const char *name, bg_error *error)
{
    enum { GZIP_ONLY = 16 };
    z_stream z = {0};
    if (inflateInit2(&z, MAX_WBITS + GZIP_ONLY) != Z_OK)
        return fail_memory(error, name);
    buffer unpacked = {0};
    bg_status status = inflate_members(&z, b, &unpacked, name, error);
    inflateEnd(&z);
    memory_release(b->bytes);
    *b = unpacked;
    return status;
}

static bg_status read_buffer(const char *path, const char *name, buffer *b, bg_error *error)
{
    bool standard = strcmp(path, "-") == 0;
    int file = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return fail_at(error, BG_E_IO, name, 0, 0, "cannot be opened: %s", strerror(errno));
    bg_status status = read_all(file, name, b, error);
    if (!standard)
        close(file);
    TRY(status);
    if (is_gzip(b->bytes, b->size))
        TRY(unpack(b, name, error));
    if (b->size == 0)
        return fail_at(error, BG_E_DATA, name, 0, 0, "the file is empty");
    return BG_OK;
}

bg_status input_read(const char *path, input *in, bg_error *error)
{
    static const char mark[] = "\xef\xbb\xbf";
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    buffer b = {0};
    bg_status status = read_buffer(path, name, &b, error);
    if (status != BG_OK) {
        memory_release(b.bytes);
        return status;
    }
    ((char *)b.bytes)[b.size] = 0;
    size_t skip = b.size > 3 && memcmp(b.bytes, mark, 3) == 0 ? 3 : 0;
    *in = (input){name, b.bytes, (const char *)b.bytes + skip, b.size - skip};
    return BG_OK;
}

void input_release(input *in)
{
    memory_release(in->block);
    *in = (input){0};
}

bg_status bg_file_read(const char *path, char **bytes, size_t *size, bg_error *error)
{
    input in;
    TRY(input_read(path, &in, error));
    memmove(in.block, in.bytes, in.size + 1);
    *bytes = in.block;
    *size = in.size;
    return BG_OK;
}

bool input_has_suffix(const input *in, const char *suffixes)
{
    size_t length = strlen(in->name);
    if (length > 3 && strcasecmp(in->name + length - 3, ".gz") == 0)
        length -= 3;
    for (const char *suffix = suffixes; *suffix; suffix += strspn(suffix, " ")) {
        size_t size = strcspn(suffix, " ");
        if (length > size && strncasecmp(in->name + length - size, suffix, size) == 0)
            return true;
        suffix += size;
    }
    return false;
}
