/* Archives: what NumPy and others write is read; damage of every kind is found. */
#include "io_files.h"

#include <zlib.h>

#include "io/zip.h"

typedef struct archive {
    unsigned char bytes[2048];
    size_t size, directory, members;
    unsigned char entries[1024]; /* of the directory, written behind the members */
    size_t entries_size;
} archive;

static void put(unsigned char *bytes, size_t *at, size_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[(*at)++] = (unsigned char)(i < 8 ? value >> (8 * i) : 0);
}

/* A member whose packed bytes are given; fields as in the local header and the directory. */
static void add_member(archive *a, const char *name, size_t method, const void *packed,
                       size_t packed_size, size_t size, size_t crc)
{
    size_t offset = a->size, length = strlen(name);
    put(a->bytes, &a->size, 0x04034b50, 4);
    put(a->bytes, &a->size, 0, 22); /* all of it stands in the directory as well */
    put(a->bytes, &a->size, length, 2);
    put(a->bytes, &a->size, 4, 2); /* some extra field */
    memcpy(a->bytes + a->size, name, length);
    a->size += length + 4;
    memcpy(a->bytes + a->size, packed, packed_size);
    a->size += packed_size;
    put(a->entries, &a->entries_size, 0x02014b50, 4);
    put(a->entries, &a->entries_size, 0, 6);
    put(a->entries, &a->entries_size, method, 2);
    put(a->entries, &a->entries_size, 0, 4);
    put(a->entries, &a->entries_size, crc, 4);
    put(a->entries, &a->entries_size, packed_size, 4);
    put(a->entries, &a->entries_size, size, 4);
    put(a->entries, &a->entries_size, length, 2);
    put(a->entries, &a->entries_size, 0, 12);
    put(a->entries, &a->entries_size, offset, 4);
    memcpy(a->entries + a->entries_size, name, length);
    a->entries_size += length;
    a->members++;
}

static void finish(archive *a, const char *comment)
{
    a->directory = a->size;
    memcpy(a->bytes + a->size, a->entries, a->entries_size);
    a->size += a->entries_size;
    put(a->bytes, &a->size, 0x06054b50, 4);
    put(a->bytes, &a->size, 0, 4);
    put(a->bytes, &a->size, a->members, 2);
    put(a->bytes, &a->size, a->members, 2);
    put(a->bytes, &a->size, a->entries_size, 4);
    put(a->bytes, &a->size, a->directory, 4);
    put(a->bytes, &a->size, strlen(comment), 2);
    memcpy(a->bytes + a->size, comment, strlen(comment));
    a->size += strlen(comment);
}

/* Deflates without a header; the size. */
static size_t deflated(const char *text, unsigned char *packed, size_t room)
{
    z_stream z = {.next_in = (z_const Bytef *)text, .avail_in = (uInt)strlen(text)};
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = packed;
    z.avail_out = (uInt)room;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

static size_t sum(const char *text)
{
    return crc32(0, (const Bytef *)text, (uInt)strlen(text));
}

static const char hello[] = "hello, hello, hello";

static archive two_members(const char *comment)
{
    archive a = {.size = 0};
    unsigned char packed[100];
    size_t size = deflated(hello, packed, sizeof packed);
    add_member(&a, "plain", 0, hello, strlen(hello), strlen(hello), sum(hello));
    add_member(&a, "packed", 8, packed, size, strlen(hello), sum(hello));
    finish(&a, comment);
    return a;
}

START_TEST(stored_and_deflated_members_come_out)
{
    static const char *const comments[] = {"", "a comment with PK\5\6 in it, longer than the mark"};
    for (size_t c = 0; c < 2; c++) {
        archive a = two_members(comments[c]);
        input in = input_copy("x", a.bytes, a.size), out;
        zip z;
        ck_assert(zip_recognise(&in));
        ck_assert_int_eq(zip_open(&in, &z, NULL), BG_OK);
        ck_assert_uint_eq(z.members, 2);
        ck_assert_ptr_null(zip_find(&z, "pack"));
        for (size_t i = 0; i < 2; i++) {
            const zip_member *m = zip_find(&z, i ? "packed" : "plain");
            ck_assert_int_eq(zip_unpack(m, "x: m", &out, NULL), BG_OK);
            ck_assert_str_eq(out.bytes, hello);
            input_release(&out);
        }
        zip_close(&z);
        free(in.block);
    }
}
END_TEST

static void expect_sentence(const archive *a, const char *member, const char *sentence)
{
    input in = input_copy("x", a->bytes, a->size), out;
    zip z = {0};
    bg_error error = {.status = BG_OK};
    bg_status status = zip_open(&in, &z, &error);
    if (status == BG_OK)
        status = zip_unpack(zip_find(&z, member), "x: m", &out, &error);
    ck_assert_str_eq(error.text, sentence);
    ck_assert_int_eq(status, BG_E_DATA);
    zip_close(&z);
    free(in.block);
}

START_TEST(damage_is_named)
{
    unsigned char packed[100];
    size_t size = deflated(hello, packed, sizeof packed), n = strlen(hello);
    static const struct {
        size_t method, size, crc;
        const char *sentence;
    } wrong[] = {
        {0, 0, 1, "x: m: its checksum is wrong"},
        {8, 0, 1, "x: m: its checksum is wrong"},
        {8, 1, 0, "x: m: its packed data is corrupt"},
        {8, (size_t)-1, 0, "x: m: its packed data is corrupt"},
        {0, 1, 0, "x: member \"m\" cannot have the 20 bytes that it promises"},
        {8, 1 << 20, 0, "x: member \"m\" cannot have the 1048595 bytes that it promises"},
        {8, 0xffffffff - 19, 0, "x: member \"m\" is too large: its size takes 64 bits (ZIP64)"},
        {12, 0, 0, "x: member \"m\" is packed by method 12; stored and deflated are known"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        archive a = {.size = 0};
        bool plain = wrong[i].method == 0;
        add_member(&a, "m", wrong[i].method, plain ? (const void *)hello : packed, plain ? n : size,
                   n + wrong[i].size, sum(hello) + wrong[i].crc);
        finish(&a, "");
        expect_sentence(&a, "m", wrong[i].sentence);
    }
    archive twice = {.size = 0};
    add_member(&twice, "m", 0, hello, n, n, sum(hello));
    add_member(&twice, "m", 0, hello, n, n, sum(hello));
    finish(&twice, "");
    expect_sentence(&twice, "m", "x: the zip archive has two members \"m\"");
}
END_TEST

/* All members of what can be opened are unpacked. */
static void open_hostile(const void *bytes, size_t size)
{
    input in = input_copy("x", bytes, size), out;
    zip z;
    bg_error error;
    bg_status status = zip_open(&in, &z, &error);
    for (size_t i = 0; status == BG_OK && i < z.members; i++)
        if (zip_unpack(&z.member[i], "x: m", &out, &error) == BG_OK)
            input_release(&out);
    if (status == BG_OK)
        zip_close(&z);
    else
        ck_assert(status == BG_E_DATA && strlen(error.text) > 8);
    free(in.block);
}

START_TEST(hostile_archives_do_no_harm)
{
    archive a = two_members("");
    rng r = rng_seeded(1, 1);
    for (size_t cut = 0; cut <= a.size; cut++)
        open_hostile(a.bytes, cut);
    for (int i = 0; i < 20000; i++) {
        archive copy = a;
        for (uint64_t changes = 1 + rng_below(&r, 3); changes; changes--)
            copy.bytes[rng_below(&r, a.size)] = (unsigned char)rng_below(&r, 256);
        open_hostile(copy.bytes, copy.size);
    }
}
END_TEST

RUN_CASE("zip", 60, stored_and_deflated_members_come_out, damage_is_named,
         hostile_archives_do_no_harm)
