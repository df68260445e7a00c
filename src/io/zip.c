#include "io/zip.h"

#include <string.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/limit.h"
#include "base/status.h"

/* Sizes and places of the three records, by field. */
enum {
    LOCAL_SIZE = 30,
    LOCAL_NAME_LENGTH = 26,
    LOCAL_EXTRA_LENGTH = 28,
    ENTRY_SIZE = 46,
    ENTRY_FLAGS = 8,
    ENTRY_METHOD = 10,
    ENTRY_CRC = 16,
    ENTRY_PACKED = 20,
    ENTRY_UNPACKED = 24,
    ENTRY_NAME_LENGTH = 28,
    ENTRY_EXTRA_LENGTH = 30,
    ENTRY_COMMENT_LENGTH = 32,
    ENTRY_OFFSET = 42,
    END_SIZE = 22,
    END_DISK = 4,
    END_FIRST_DISK = 6,
    END_MEMBERS_HERE = 8,
    END_MEMBERS = 10,
    END_DIRECTORY_SIZE = 12,
    END_DIRECTORY = 16,
    END_COMMENT_LENGTH = 20
};
enum {
    STORED = 0,
    DEFLATED = 8,
    FLAG_ENCRYPTED = 1,
    MOST_COMMENT = 65535,
    MOST_NAME = 255,
    MOST_MEMBERS = 4096
};
#define BEYOND_32_BITS 0xffffffffu
#define MOST_INFLATION ((size_t)1032) /* deflate's best: 258 bytes in two bits */

static const char local_mark[] = "PK\3\4", entry_mark[] = "PK\1\2", end_mark[] = "PK\5\6";

bool zip_recognise(const input *in)
{
    return in->size >= END_SIZE &&
           (memcmp(in->bytes, local_mark, 4) == 0 || memcmp(in->bytes, end_mark, 4) == 0);
}

static size_t field2(const unsigned char *record, size_t at)
{
    return (size_t)bytes_get(record + at, 2);
}

static size_t field4(const unsigned char *record, size_t at)
{
    return (size_t)bytes_get(record + at, 4);
}

/* The last record stands before a comment that reaches to the end of the file. */
static const unsigned char *find_end(const input *in)
{
    const unsigned char *bytes = (const unsigned char *)in->bytes;
    for (size_t comment = 0; comment <= MOST_COMMENT && comment + END_SIZE <= in->size; comment++) {
        const unsigned char *end = bytes + in->size - END_SIZE - comment;
        if (memcmp(end, end_mark, 4) == 0 && field2(end, END_COMMENT_LENGTH) == comment)
            return end;
    }
    return NULL;
}

/* The directory's first byte and size, checked against the file. */
static bg_status find_directory(const input *in, const unsigned char **directory, size_t *size,
                                size_t *members, bg_error *error)
{
    const unsigned char *bytes = (const unsigned char *)in->bytes, *end = find_end(in);
    if (!end)
        return fail_at(error, BG_E_DATA, in->name, 0, 0,
                       "a zip archive without its directory: cut short, or not zip at all");
    size_t first = field4(end, END_DIRECTORY), before_end = (size_t)(end - bytes);
    *size = field4(end, END_DIRECTORY_SIZE);
    *members = field2(end, END_MEMBERS);
    if (field2(end, END_DISK) || field2(end, END_FIRST_DISK) ||
        field2(end, END_MEMBERS_HERE) != *members)
        return fail_at(error, BG_E_DATA, in->name, 0, 0, "a zip archive in several parts");
    if (first > before_end || *size != before_end - first)
        return fail_at(error, BG_E_DATA, in->name, 0, 0,
                       "the directory of the zip archive does not fit the file");
    if (*members > MOST_MEMBERS)
        return fail_at(error, BG_E_DATA, in->name, 0, 0,
                       "a zip archive of %zu members; up to %d are read", *members, MOST_MEMBERS);
    *directory = bytes + first;
    return BG_OK;
}

/* Where the bytes stand: behind a local header, which repeats the name and may add fields. */
static bg_status find_bytes(const input *in, size_t offset, zip_member *m, bg_error *error)
{
    const unsigned char *bytes = (const unsigned char *)in->bytes, *local = bytes + offset;
    bool fits =
        offset <= in->size && in->size - offset >= LOCAL_SIZE && memcmp(local, local_mark, 4) == 0;
    size_t start =
        fits ? LOCAL_SIZE + field2(local, LOCAL_NAME_LENGTH) + field2(local, LOCAL_EXTRA_LENGTH)
             : 0;
    if (!fits || in->size - offset < start || in->size - offset - start < m->packed)
        return fail_at(error, BG_E_DATA, in->name, 0, 0,
                       "member \"%s\" of the zip archive is not where the directory says", m->name);
    m->bytes = local + start;
    return BG_OK;
}

static bg_status check_member(const input *in, const unsigned char *entry, zip_member *m,
                              bg_error *error)
{
    size_t method = field2(entry, ENTRY_METHOD);
    if (field2(entry, ENTRY_FLAGS) & FLAG_ENCRYPTED)
        return fail_at(error, BG_E_DATA, in->name, 0, 0, "member \"%s\" is encrypted", m->name);
    if (method != STORED && method != DEFLATED)
        return fail_at(error, BG_E_DATA, in->name, 0, 0,
                       "member \"%s\" is packed by method %zu; stored and deflated are known",
                       m->name, method);
    if (m->packed == BEYOND_32_BITS || m->size == BEYOND_32_BITS)
        return fail_at(error, BG_E_DATA, in->name, 0, 0,
                       "member \"%s\" is too large: its size takes 64 bits (ZIP64)", m->name);
    m->deflated = method == DEFLATED;
    if (m->deflated ? m->size / MOST_INFLATION > m->packed : m->size != m->packed)
        return fail_at(error, BG_E_DATA, in->name, 0, 0,
                       "member \"%s\" cannot have the %zu bytes that it promises", m->name,
                       m->size);
    return find_bytes(in, field4(entry, ENTRY_OFFSET), m, error);
}

/* One entry of the directory, which has `left` bytes; *used of them are the entry's. */
static bg_status read_entry(const input *in, const unsigned char *entry, size_t left, zip_member *m,
                            size_t *used, bg_error *error)
{
    bool fits = left >= ENTRY_SIZE && memcmp(entry, entry_mark, 4) == 0;
    size_t length = fits ? field2(entry, ENTRY_NAME_LENGTH) : 0;
    *used = fits ? ENTRY_SIZE + length + field2(entry, ENTRY_EXTRA_LENGTH) +
                       field2(entry, ENTRY_COMMENT_LENGTH)
                 : 0;
    const char *name = (const char *)entry + ENTRY_SIZE;
    if (!fits || *used > left || length == 0 || length > MOST_NAME || memchr(name, 0, length))
        return fail_at(error, BG_E_DATA, in->name, 0, 0,
                       "the directory of the zip archive is damaged");
    m->name = memory_zeroed(length + 1, 1);
    if (!m->name)
        return fail_memory(error, in->name);
    memcpy(m->name, name, length);
    m->packed = field4(entry, ENTRY_PACKED);
    m->size = field4(entry, ENTRY_UNPACKED);
    m->crc = (uint32_t)field4(entry, ENTRY_CRC);
    return check_member(in, entry, m, error);
}

static bg_status read_directory(zip *z, const unsigned char *directory, size_t size,
                                bg_error *error)
{
    for (size_t i = 0; i < z->members; i++) {
        size_t used;
        zip_member *m = &z->member[i];
        TRY(read_entry(z->in, directory, size, m, &used, error));
        if (zip_find(z, m->name) != m)
            return fail_at(error, BG_E_DATA, z->in->name, 0, 0,
                           "the zip archive has two members \"%s\"", m->name);
        directory += used;
        size -= used;
    }
    if (size)
        return fail_at(error, BG_E_DATA, z->in->name, 0, 0,
                       "the directory of the zip archive is damaged");
    return BG_OK;
}

bg_status zip_open(const input *in, zip *archive, bg_error *error)
{
    const unsigned char *directory;
    size_t size;
    zip z = {.in = in};
    TRY(find_directory(in, &directory, &size, &z.members, error));
    z.member = memory_zeroed(z.members, sizeof *z.member);
    if (!z.member)
        return fail_memory(error, in->name);
    bg_status status = read_directory(&z, directory, size, error);
    if (status != BG_OK) {
        zip_close(&z);
        return status;
    }
    *archive = z;
    return BG_OK;
}

void zip_close(zip *archive)
{
    for (size_t i = 0; archive->member && i < archive->members; i++)
        memory_release(archive->member[i].name);
    memory_release(archive->member);
    *archive = (zip){0};
}

const zip_member *zip_find(const zip *archive, const char *name)
{
    for (size_t i = 0; i < archive->members && archive->member[i].name; i++)
        if (strcmp(archive->member[i].name, name) == 0)
            return &archive->member[i];
    return NULL;
}

/* The whole of a raw deflate stream into exactly m->size bytes. */
static bg_status inflate_member(const zip_member *m, const char *name, char *bytes, bg_error *error)
{
    z_stream z = {.next_in = (z_const Bytef *)m->bytes,
                  .avail_in = (uInt)m->packed,
                  .next_out = (Bytef *)bytes,
                  .avail_out = (uInt)m->size};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
        return fail_memory(error, name);
    int result = inflate(&z, Z_FINISH);
    bool whole = result == Z_STREAM_END && z.avail_in == 0 && z.avail_out == 0;
    inflateEnd(&z);
    if (result == Z_MEM_ERROR)
        return fail_memory(error, name);
    return whole ? BG_OK : fail_at(error, BG_E_DATA, name, 0, 0, "its packed data is corrupt");
}

bg_status zip_unpack(const zip_member *m, const char *name, input *in, bg_error *error)
{
    if (m->size > memory_limit() / 4)
        return fail_at(error, BG_E_MEMORY, name, 0, 0,
                       "%zu MiB are too much for this machine's memory", m->size >> 20);
    if (m->size == 0)
        return fail_at(error, BG_E_DATA, name, 0, 0, "the file is empty");
    char *block = memory_zeroed(m->size + 1, 1);
    if (!block)
        return fail_memory(error, name);
    bg_status status = BG_OK;
    if (m->deflated)
        status = inflate_member(m, name, block, error);
    else
        memcpy(block, m->bytes, m->size);
    if (status == BG_OK && crc32(0, (const Bytef *)block, (uInt)m->size) != m->crc)
        status = fail_at(error, BG_E_DATA, name, 0, 0, "its checksum is wrong");
    if (status != BG_OK) {
        memory_release(block);
        return status;
    }
    *in = (input){name, block, block, m->size};
    return BG_OK;
}
